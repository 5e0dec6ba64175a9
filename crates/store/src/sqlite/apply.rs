//! One operation after the other, on the writer's connection inside a savepoint.

use super::audit::Sealer;
use super::hand::Hand;
use super::work::{End, Sending};
use super::{command, entity, idempotent, room, work};
use crate::{Change, Committed, Op, StoreError};
use rusqlite::Connection;

pub(super) fn apply(
    db: &Connection,
    sealer: &mut Sealer,
    hand: &mut Hand,
    change: &Change,
) -> Result<Committed, StoreError> {
    let mut committed = Committed::default();
    // What the directory's revision is, once an operation has asserted it.
    let mut revision = None;
    for op in change.ops() {
        revision = match op {
            Op::RequireDirectoryRevision(asserted) => Some(*asserted),
            Op::AdvanceDirectory { from } => Some(from.saturating_add(1)),
            _ => revision,
        };
        apply_op(db, sealer, hand, op, &mut committed)?;
    }
    committed.directory_revision = match revision {
        Some(asserted) => asserted,
        None => entity::directory_revision(db)?,
    };
    Ok(committed)
}

fn apply_op(
    db: &Connection,
    sealer: &mut Sealer,
    hand: &mut Hand,
    op: &Op,
    committed: &mut Committed,
) -> Result<(), StoreError> {
    match op {
        Op::PutEntity { key, body, expect } => committed.entities.push(entity::put(db, key, body, *expect)?),
        Op::DeleteEntity { key, expect } => entity::delete(db, key, *expect)?,
        Op::RequireEntity { key, expect } => drop(entity::require(db, key, *expect)?),
        Op::RequireDirectoryRevision(revision) => entity::require_directory(db, *revision)?,
        Op::AdvanceDirectory { from } => entity::advance_directory(db, *from)?,
        Op::AddRoomMessage(message) => committed.messages.push(room::add_message(db, message)?),
        Op::UpdateRoomMessage { id, body, expect_version } => room::update_message(db, id, body, *expect_version)?,
        Op::AddRoomEvent { room, kind, message, body } => {
            committed.events.push(room::add_event(db, room, kind, message.as_deref(), body)?);
        }
        Op::AddInbox { id, source, body, received_at, held } => {
            committed.inbox.push(work::add_inbox(db, id, source, body, *received_at, held.as_ref())?);
        }
        Op::FinishInbox { id, fence, outcome } => {
            work::end_inbox(db, id, *fence, &End::Finish { outcome })?;
        }
        Op::RetryInbox { id, fence, not_before, error } => {
            work::end_inbox(db, id, *fence, &End::Retry { not_before: *not_before, error })?;
        }
        Op::PutCommand { row, expect } => committed.commands.push(command::put(db, row, *expect)?),
        Op::AddOutbox { key, destination, body, made, not_before, created_at } => {
            let sending = Sending { key, destination, body, made, not_before: *not_before, created_at: *created_at };
            if !hand.add(db, &sending)? {
                committed.known_outbox.push(key.clone());
            }
        }
        Op::FinishOutbox { key, fence, at, receipt } => {
            let destination = work::end_outbox(db, key, *fence, &End::Sent { at: *at, receipt: receipt.as_deref() })?;
            hand.next(db, &destination, *at)?;
        }
        Op::RetryOutbox { key, fence, not_before, error } => {
            work::end_outbox(db, key, *fence, &End::Retry { not_before: *not_before, error }).map(drop)?;
        }
        Op::DeadOutbox { key, fence, error, at } => {
            let destination = work::end_outbox(db, key, *fence, &End::Dead { error, at: *at })?;
            hand.next(db, &destination, *at)?;
        }
        Op::ReviveOutbox { key, at } => work::revive_outbox(db, key, *at)?,
        Op::ReleaseOutbox { worker, at } => work::release_outbox(db, worker, *at)?,
        Op::Audit(draft) => committed.audit.push(sealer.append(db, draft)?),
        Op::PutIdempotent(row) => idempotent::put(db, row)?,
        Op::Sweep { before } => {
            idempotent::sweep(db, *before)?;
            work::sweep_outbox(db, *before)?;
        }
    }
    Ok(())
}
