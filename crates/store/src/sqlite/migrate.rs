//! Numbered migrations. Each is applied once, in a transaction of its own, and recorded with the hash of its text: a migration
//! that was changed afterwards is found at the next start.

use super::connect::failed;
use crate::{StoreError, hex};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

/// In order. The text of a migration that was ever released never changes.
const MIGRATIONS: [(&str, &str); 5] = [
    ("first", include_str!("../../migrations/0001_first.sql")),
    ("outbox-due", include_str!("../../migrations/0002_outbox_due.sql")),
    ("posts", include_str!("../../migrations/0003_posts.sql")),
    ("fewer-indexes", include_str!("../../migrations/0004_fewer_indexes.sql")),
    ("fewer-pages", include_str!("../../migrations/0005_fewer_pages.sql")),
];

/// Brings the schema to this program's.
pub(super) fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    apply(db, &MIGRATIONS)
}

fn apply(db: &mut Connection, migrations: &[(&str, &str)]) -> Result<(), StoreError> {
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
    )
    .map_err(failed)?;
    check_not_newer(db, migrations.len())?;
    for ((name, text), number) in migrations.iter().zip(1_i64..) {
        let hash = hex::encode(&Sha256::digest(text.as_bytes()));
        let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
        let applied: Option<String> = transaction
            .query_row("SELECT hash FROM migration WHERE number = ?", [number], |row| row.get(0))
            .optional()
            .map_err(failed)?;
        match applied {
            Some(applied) if applied == hash => continue,
            Some(_) => {
                return Err(StoreError::corrupt(
                    format!("migration {number} ({name})"),
                    "it was applied with another text; use the program version that wrote this folder",
                ));
            }
            None => {}
        }
        transaction.execute_batch(text).map_err(failed)?;
        transaction
            .execute("INSERT INTO migration (number, name, hash) VALUES (?, ?, ?)", params![number, name, hash])
            .map_err(failed)?;
        transaction.commit().map_err(failed)?;
        tracing::info!(number, name, "schema migration applied");
    }
    Ok(())
}

/// Checks, without writing, that the schema is this program's.
pub(super) fn check_current(db: &Connection) -> Result<(), StoreError> {
    check_not_newer(db, MIGRATIONS.len())?;
    let applied: i64 = db.query_row("SELECT count(*) FROM migration", [], |row| row.get(0)).map_err(failed)?;
    if usize::try_from(applied) != Ok(MIGRATIONS.len()) {
        return Err(StoreError::unavailable(
            "the data folder is from an older version; start the server once to bring it up",
        ));
    }
    Ok(())
}

fn check_not_newer(db: &Connection, known: usize) -> Result<(), StoreError> {
    let latest: Option<i64> =
        db.query_row("SELECT max(number) FROM migration", [], |row| row.get(0)).map_err(failed)?;
    let latest = latest.unwrap_or(0);
    if usize::try_from(latest).is_ok_and(|latest| latest <= known) {
        return Ok(());
    }
    Err(StoreError::unavailable(format!(
        "the data folder was written by a newer version (migration {latest}, this program knows {known}); use that version"
    )))
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, apply, migrate};
    use crate::StoreError;
    use rusqlite::Connection;
    use rusqlite::types::Value;

    #[test]
    fn applies_each_migration_once_and_notices_a_changed_one() {
        let mut db = Connection::open_in_memory().unwrap();
        let first = ("first", "CREATE TABLE a (x INTEGER) STRICT");
        apply(&mut db, &[first]).unwrap();
        apply(&mut db, &[first, ("second", "CREATE TABLE b (x INTEGER) STRICT")]).unwrap();
        let tables: i64 =
            db.query_row("SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b')", [], |r| r.get(0)).unwrap();
        assert_eq!(tables, 2);

        let changed = apply(&mut db, &[("first", "CREATE TABLE c (x INTEGER) STRICT"), first]).unwrap_err();
        assert!(matches!(changed, StoreError::Corrupt { .. }), "{changed}");
        let newer = apply(&mut db, &[first]).unwrap_err();
        assert!(newer.to_string().contains("newer version"), "{newer}");
    }

    #[test]
    fn a_failing_migration_leaves_nothing() {
        let mut db = Connection::open_in_memory().unwrap();
        let broken = ("broken", "CREATE TABLE a (x INTEGER) STRICT; CREATE TABLE a (x INTEGER) STRICT");
        assert!(apply(&mut db, &[broken]).is_err());
        let tables: i64 =
            db.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'a'", [], |r| r.get(0)).unwrap();
        assert_eq!(tables, 0);
    }

    #[test]
    fn tables_that_are_made_anew_keep_their_rows_and_places() {
        let mut db = Connection::open_in_memory().unwrap();
        apply(&mut db, MIGRATIONS.split_at(4).0).unwrap();
        db.execute_batch(
            "INSERT INTO audit VALUES ('n', 1, 1, 'a', 'decision', '{}', x'00', x'01'), ('n', 2, 1, 'b', 'outcome', '{}', x'01', x'02');
             INSERT INTO inbox VALUES (7, 'i', 'chat', '{}', 1, 1, 2, 3, 4, 'bot', 'e', 'o');
             INSERT INTO command VALUES (5, 'c', 'i', 'r', 't', 'm', 'proposed', 'x', 'y', 'z', 1, 2, 3, 4);
             INSERT INTO room_message VALUES (3, 'm', 'r', NULL, 'w', 'card', '{}', 1, 2);
             INSERT INTO outbox VALUES (9, 'k', 'chat/d', '{}', 1, 2, 3, 4, 5, 'post', NULL, 6);",
        )
        .unwrap();
        let dump = |db: &Connection, sql: &str| {
            let mut statement = db.prepare(sql).unwrap();
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| (0..columns).map(|at| row.get::<_, Value>(at)).collect()).unwrap();
            rows.collect::<Result<Vec<Vec<Value>>, _>>().unwrap()
        };
        let tables = [
            "SELECT sequence, node, format, id, kind, record, previous, hash FROM audit ORDER BY sequence",
            "SELECT * FROM inbox",
            "SELECT * FROM command",
            "SELECT * FROM room_message",
            "SELECT sequence, key, destination, body, created_at, state, fence, attempts, due, worker, error, ended_at FROM outbox",
        ];
        let before = tables.map(|sql| dump(&db, sql));
        migrate(&mut db).unwrap();
        assert_eq!(tables.map(|sql| dump(&db, sql)), before);
        assert!(before.iter().all(|rows| !rows.is_empty()));
    }

    #[test]
    fn the_schema_is_strict_throughout() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        let loose: i64 = db
            .query_row(
                "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(loose, 0);
    }
}
