use super::connect::{failed, int, rows, uint};
use crate::{Entity, EntityKey, EntityQuery, Expect, KindFilter, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

const BY_KEY: &str = "kind = ?1 AND partition = ?2 AND account = ?3 AND region = ?4 AND id = ?5";

fn revision(db: &Connection, key: &EntityKey) -> Result<Option<u64>, StoreError> {
    db.prepare_cached(&format!("SELECT revision FROM entity WHERE {BY_KEY}"))
        .and_then(|mut statement| {
            statement
                .query_row(params![key.kind, key.partition, key.account, key.region, key.id], |row| uint(row, 0))
                .optional()
        })
        .map_err(failed)
}

/// The check that every kind of row with a revision shares. `what` is only made when it fails.
pub(super) fn hold(expect: Expect, there: Option<u64>, what: impl Fn() -> String) -> Result<(), StoreError> {
    match (expect, there) {
        (Expect::Any, _) | (Expect::Absent, None) | (Expect::Present, Some(_)) => Ok(()),
        (Expect::Absent, Some(_)) => Err(StoreError::duplicate(what())),
        (Expect::Revision(expected), Some(found)) if expected == found => Ok(()),
        (Expect::Revision(expected), Some(found)) => {
            Err(StoreError::conflict(format!("{} has revision {found}, not {expected}", what())))
        }
        (Expect::Present | Expect::Revision(_), None) => {
            Err(StoreError::conflict(format!("{} does not exist", what())))
        }
    }
}

pub(super) fn require(db: &Connection, key: &EntityKey, expect: Expect) -> Result<Option<u64>, StoreError> {
    let there = revision(db, key)?;
    hold(expect, there, || key.to_string())?;
    Ok(there)
}

pub(super) fn put(db: &Connection, key: &EntityKey, body: &str, expect: Expect) -> Result<u64, StoreError> {
    let next = require(db, key, expect)?.unwrap_or(0).saturating_add(1);
    db.prepare_cached(
        "INSERT INTO entity (kind, partition, account, region, id, revision, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT DO UPDATE SET revision = excluded.revision, body = excluded.body",
    )
    .and_then(|mut statement| {
        statement.execute(params![key.kind, key.partition, key.account, key.region, key.id, int(next), body])
    })
    .map_err(failed)?;
    Ok(next)
}

pub(super) fn delete(db: &Connection, key: &EntityKey, expect: Expect) -> Result<(), StoreError> {
    require(db, key, expect)?;
    db.prepare_cached(&format!("DELETE FROM entity WHERE {BY_KEY}"))
        .and_then(|mut statement| statement.execute(params![key.kind, key.partition, key.account, key.region, key.id]))
        .map_err(failed)?;
    Ok(())
}

const COLUMNS: &str = "kind, partition, account, region, id, revision, body";

fn read(row: &Row<'_>) -> rusqlite::Result<Entity> {
    Ok(Entity {
        key: EntityKey {
            kind: row.get(0)?,
            partition: row.get(1)?,
            account: row.get(2)?,
            region: row.get(3)?,
            id: row.get(4)?,
        },
        revision: uint(row, 5)?,
        body: row.get(6)?,
    })
}

pub(super) fn get(db: &Connection, key: &EntityKey) -> Result<Option<Entity>, StoreError> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM entity WHERE {BY_KEY}"))
        .and_then(|mut statement| {
            statement.query_row(params![key.kind, key.partition, key.account, key.region, key.id], read).optional()
        })
        .map_err(failed)
}

/// The smallest text after every text that begins with `prefix`; none when there is no such text.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

/// Conditions and their values, in order.
#[derive(Default)]
struct Conditions {
    sql: Vec<String>,
    values: Vec<String>,
}

impl Conditions {
    fn add(&mut self, sql: &str, value: &str) {
        self.sql.push(sql.to_owned());
        self.values.push(value.to_owned());
    }

    fn prefix(&mut self, column: &str, prefix: &str) {
        self.add(&format!("{column} >= ?"), prefix);
        if let Some(end) = after_prefix(prefix) {
            self.add(&format!("{column} < ?"), &end);
        }
    }
}

pub(super) fn list(db: &Connection, query: &EntityQuery) -> Result<Vec<Entity>, StoreError> {
    let mut conditions = Conditions::default();
    match &query.kind {
        KindFilter::Is(kind) => conditions.add("kind = ?", kind),
        KindFilter::StartsWith(prefix) => conditions.prefix("kind", prefix),
    }
    for (column, value) in
        [("partition = ?", &query.partition), ("account = ?", &query.account), ("region = ?", &query.region)]
    {
        if let Some(value) = value {
            conditions.add(column, value);
        }
    }
    if let Some(prefix) = &query.id_prefix {
        conditions.prefix("id", prefix);
    }
    if let Some(EntityKey { kind, partition, account, region, id }) = &query.after {
        conditions.sql.push("(kind, partition, account, region, id) > (?, ?, ?, ?, ?)".to_owned());
        conditions.values.extend([kind, partition, account, region, id].map(Clone::clone));
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM entity WHERE {} ORDER BY kind, partition, account, region, id LIMIT {}",
        conditions.sql.join(" AND "),
        rows(query.limit)
    );
    let values: Vec<&dyn ToSql> = conditions.values.iter().map(|value| value as &dyn ToSql).collect();
    db.prepare_cached(&sql)
        .and_then(|mut statement| statement.query_map(values.as_slice(), read)?.collect())
        .map_err(failed)
}

pub(super) fn directory_revision(db: &Connection) -> Result<u64, StoreError> {
    db.prepare_cached("SELECT revision FROM directory")
        .and_then(|mut statement| statement.query_row([], |row| uint(row, 0)))
        .map_err(failed)
}

pub(super) fn require_directory(db: &Connection, revision: u64) -> Result<(), StoreError> {
    match directory_revision(db)? {
        found if found == revision => Ok(()),
        found => Err(StoreError::conflict(format!("the directory has revision {found}, not {revision}"))),
    }
}

pub(super) fn advance_directory(db: &Connection, from: u64) -> Result<(), StoreError> {
    require_directory(db, from)?;
    db.prepare_cached("UPDATE directory SET revision = ?")
        .and_then(|mut statement| statement.execute([int(from.saturating_add(1))]))
        .map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::after_prefix;

    #[test]
    fn the_end_of_a_prefix_is_after_all_its_texts() {
        assert_eq!(after_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(after_prefix("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(after_prefix("\u{10FFFF}"), None);
        assert_eq!(after_prefix(""), None);
    }
}
