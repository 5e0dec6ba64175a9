//! The limits of a change, checked before it is queued.

use crate::{Change, EntityKey, MAX_BODY_BYTES, MAX_KEY_BYTES, MAX_OPS, Op, StoreError};

fn size(what: &str, value: &str, limit: usize) -> Result<(), StoreError> {
    if value.len() > limit {
        let what = format!("{what} of {} bytes", value.len());
        return Err(StoreError::Limit { what, limit: limit as u64 });
    }
    Ok(())
}

fn name(what: &str, value: &str) -> Result<(), StoreError> {
    size(what, value, MAX_KEY_BYTES)
}

fn body(what: &str, value: &str) -> Result<(), StoreError> {
    size(what, value, MAX_BODY_BYTES)
}

/// An id must say something: an empty one is a caller's mistake that would otherwise look like a duplicate later.
fn id(what: &str, value: &str) -> Result<(), StoreError> {
    if value.is_empty() {
        return Err(StoreError::conflict(format!("an empty {what} cannot be stored")));
    }
    name(what, value)
}

fn key(key: &EntityKey) -> Result<(), StoreError> {
    id("entity kind", &key.kind)?;
    id("entity id", &key.id)?;
    [&key.partition, &key.account, &key.region].into_iter().try_for_each(|part| name("entity key", part))
}

pub(crate) fn check(change: &Change) -> Result<(), StoreError> {
    if change.ops().len() > MAX_OPS {
        let what = format!("a change of {} operations", change.ops().len());
        return Err(StoreError::Limit { what, limit: MAX_OPS as u64 });
    }
    change.ops().iter().try_for_each(check_op)
}

fn check_op(op: &Op) -> Result<(), StoreError> {
    match op {
        Op::PutEntity { key: entity, body: text, .. } => {
            key(entity)?;
            body("an entity body", text)
        }
        Op::DeleteEntity { key: entity, .. } | Op::RequireEntity { key: entity, .. } => key(entity),
        Op::RequireDirectoryRevision(_) | Op::AdvanceDirectory { .. } | Op::Sweep { .. } => Ok(()),
        Op::AddRoomMessage(message) => {
            id("room message id", &message.id)?;
            id("room", &message.room)?;
            name("thread", message.thread.as_deref().unwrap_or_default())?;
            name("author", &message.author)?;
            body("a room message", &message.body)
        }
        Op::UpdateRoomMessage { id: message, body: text, .. } => {
            id("room message id", message)?;
            body("a room message", text)
        }
        Op::AddRoomEvent { room, kind, message, body: text } => {
            id("room", room)?;
            id("room event kind", kind)?;
            name("room message id", message.as_deref().unwrap_or_default())?;
            body("a room event", text)
        }
        Op::AddInbox { id: message, source, body: text, .. } => {
            id("inbox id", message)?;
            name("inbox source", source)?;
            body("an inbox row", text)
        }
        Op::FinishInbox { id: message, outcome: text, .. } | Op::RetryInbox { id: message, error: text, .. } => {
            id("inbox id", message)?;
            body("an inbox outcome", text)
        }
        Op::PutCommand { row, .. } => {
            id("command id", &row.id)?;
            for text in [&row.inbox_id, &row.room, &row.actor] {
                name("a command's name", text)?;
            }
            name("thread", row.thread.as_deref().unwrap_or_default())?;
            body("a command's text", &row.text)?;
            body("a command's call", row.call.as_deref().unwrap_or_default())?;
            body("a command's answer", row.answer.as_deref().unwrap_or_default())
        }
        Op::AddOutbox { key, destination, body: text, .. } => {
            id("outbox key", key)?;
            id("outbox destination", destination)?;
            body("an outbox row", text)
        }
        Op::ReleaseOutbox { worker, .. } => id("worker", worker),
        Op::FinishOutbox { key, receipt, .. } => {
            id("outbox key", key)?;
            name("an outbox receipt", receipt.as_deref().unwrap_or_default())
        }
        Op::ReviveOutbox { key, .. } => id("outbox key", key),
        Op::RetryOutbox { key, error, .. } | Op::DeadOutbox { key, error, .. } => {
            id("outbox key", key)?;
            body("an outbox error", error)
        }
        Op::Audit(draft) => {
            id("audit id", &draft.id)?;
            body("an audit record", &draft.record)
        }
        Op::PutIdempotent(row) => {
            id("idempotency token", &row.token)?;
            for text in [&row.scope, &row.operation, &row.digest] {
                name("an idempotency row's name", text)?;
            }
            body("an idempotent result", &row.result)
        }
    }
}
