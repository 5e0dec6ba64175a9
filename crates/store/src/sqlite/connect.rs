//! Connections and what SQLite's errors mean here.

use crate::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long a connection waits for a lock held by another process (a backup, `audit verify`).
const BUSY: Duration = Duration::from_secs(5);

/// What an error of SQLite means to a caller. Preconditions are checked before, so that a broken constraint is a defect.
#[expect(clippy::needless_pass_by_value, reason = "used as the function of map_err")]
pub(super) fn failed(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::corrupt("the database", format!("{error}; restore it from a backup"))
        }
        Some(ErrorCode::DiskFull) => StoreError::unavailable("the disk is full; free some space and try again"),
        _ => StoreError::unavailable(format!("the database says: {error}")),
    }
}

fn prepare(db: &Connection) -> Result<(), StoreError> {
    db.busy_timeout(BUSY).map_err(failed)?;
    db.set_prepared_statement_cache_capacity(128);
    // Otherwise a statement with a range is compiled anew whenever its values change, in case another plan suits them better.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
    db.pragma_update(None, "trusted_schema", false).map_err(failed)?;
    db.pragma_update(None, "temp_store", "MEMORY").map_err(failed)
}

/// The connection that writes a file.
pub(super) fn writer(path: &Path) -> Result<Connection, StoreError> {
    let db = Connection::open(path).map_err(failed)?;
    prepare(&db)?;
    // While opening, commits need not wait for the disk: the log keeps them in order, and what is lost is made again.
    db.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
    db.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    let mode: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(failed)?;
    if mode != "wal" {
        return Err(StoreError::unavailable(format!(
            "`{}` is on a file system without shared memory maps (journal mode {mode}); use a local disk",
            path.display()
        )));
    }
    Ok(db)
}

/// From here on a commit that has answered survives the loss of power.
pub(super) fn make_durable(db: &Connection) -> Result<(), StoreError> {
    db.pragma_update(None, "synchronous", "FULL").map_err(failed)
}

/// A connection that reads a file.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(failed)?;
    prepare(&db)?;
    db.pragma_update(None, "query_only", true).map_err(failed)?;
    Ok(db)
}

/// The one connection of a store in memory.
pub(super) fn memory() -> Result<Connection, StoreError> {
    let db = Connection::open_in_memory().map_err(failed)?;
    prepare(&db)?;
    Ok(db)
}

/// As SQLite stores it. Sequences and revisions never come near the limit.
pub(super) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A stored count, sequence or revision.
pub(super) fn uint(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// The number of rows a query may return; 0 asks for the maximum.
pub(super) fn rows(limit: u32) -> i64 {
    i64::from(if limit == 0 { crate::MAX_ROWS } else { limit.min(crate::MAX_ROWS) })
}
