use super::connect::failed;
use crate::{Idempotent, StoreError};
use bailiwick_ident::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

fn read(row: &Row<'_>) -> rusqlite::Result<Idempotent> {
    Ok(Idempotent {
        scope: row.get(0)?,
        operation: row.get(1)?,
        token: row.get(2)?,
        digest: row.get(3)?,
        result: row.get(4)?,
        created_at: Timestamp::from_millis(row.get(5)?),
        expires_at: Timestamp::from_millis(row.get(6)?),
    })
}

pub(super) fn get(
    db: &Connection,
    scope: &str,
    operation: &str,
    token: &str,
) -> Result<Option<Idempotent>, StoreError> {
    db.prepare_cached(
        "SELECT scope, operation, token, digest, result, created_at, expires_at FROM idempotent \
         WHERE scope = ? AND operation = ? AND token = ?",
    )
    .and_then(|mut statement| statement.query_row(params![scope, operation, token], read).optional())
    .map_err(failed)
}

pub(super) fn put(db: &Connection, new: &Idempotent) -> Result<(), StoreError> {
    let stored = db
        .prepare_cached(
            "INSERT INTO idempotent (scope, operation, token, digest, result, created_at, expires_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET digest = excluded.digest, result = excluded.result, \
             created_at = excluded.created_at, expires_at = excluded.expires_at WHERE idempotent.expires_at <= excluded.created_at",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                new.scope,
                new.operation,
                new.token,
                new.digest,
                new.result,
                new.created_at.as_millis(),
                new.expires_at.as_millis(),
            ])
        })
        .map_err(failed)?;
    match stored {
        1 => Ok(()),
        _ => Err(StoreError::duplicate(format!("the idempotency token `{}` of {}", new.token, new.operation))),
    }
}

pub(super) fn sweep(db: &Connection, before: Timestamp) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM idempotent WHERE expires_at < ?")
        .and_then(|mut statement| statement.execute([before.as_millis()]))
        .map_err(failed)?;
    Ok(())
}
