//! Writing is data: a [`Change`] lists typed operations with their preconditions. Several crates compose one change; the store
//! commits it whole or not at all.

use crate::{AuditDraft, CommandRow, EntityKey, Expect, Idempotent, Made, NewRoomMessage};
use bailiwick_ident::Timestamp;

/// The fencing number of work that is held from the beginning.
pub const HELD_FENCE: u64 = 1;

/// One typed operation of a [`Change`]. Operations are applied in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Stores an entity and adds one to its revision.
    PutEntity {
        /// Where and what.
        key: EntityKey,
        /// JSON text.
        body: String,
        /// What must be there before.
        expect: Expect,
    },
    /// Removes an entity. With [`Expect::Any`] a missing entity is no error; [`Expect::Absent`] only asserts.
    DeleteEntity {
        /// Where and what.
        key: EntityKey,
        /// What must be there before.
        expect: Expect,
    },
    /// Asserts an entity's state without writing it.
    RequireEntity {
        /// Where and what.
        key: EntityKey,
        /// What must be there.
        expect: Expect,
    },
    /// Asserts the revision of the directory, else `Conflict`.
    RequireDirectoryRevision(u64),
    /// Asserts the revision of the directory and adds one.
    AdvanceDirectory {
        /// The revision the change was computed from.
        from: u64,
    },
    /// Adds a message to a room; a known id is a `Duplicate`.
    AddRoomMessage(NewRoomMessage),
    /// Replaces the body of a message and adds one to its version.
    UpdateRoomMessage {
        /// The message.
        id: String,
        /// The new body, JSON text.
        body: String,
        /// The version the new body was computed from; none: whatever it is.
        expect_version: Option<u64>,
    },
    /// Adds an event to a room's stream.
    AddRoomEvent {
        /// The room's id.
        room: String,
        /// What happened.
        kind: String,
        /// The message it is about.
        message: Option<String>,
        /// JSON text.
        body: String,
    },
    /// Stores work that came in; a known id is a `Duplicate`.
    AddInbox {
        /// The message's identity.
        id: String,
        /// Where from.
        source: String,
        /// JSON text.
        body: String,
        /// When it came.
        received_at: Timestamp,
        /// Who holds it from the beginning, and until when; none: whoever claims it.
        held: Option<(String, Timestamp)>,
    },
    /// Ends claimed work; another fence than the latest, or no claim, is a `Conflict`.
    FinishInbox {
        /// The message's identity.
        id: String,
        /// The claim's fencing number.
        fence: u64,
        /// What became of it.
        outcome: String,
    },
    /// Gives claimed work back for another try.
    RetryInbox {
        /// The message's identity.
        id: String,
        /// The claim's fencing number.
        fence: u64,
        /// Not to be claimed before.
        not_before: Timestamp,
        /// Why.
        error: String,
    },
    /// Stores a command. Compare and set with [`Expect::Revision`] on its version, so that a button pressed twice runs once.
    PutCommand {
        /// The command; its `version` is ignored.
        row: CommandRow,
        /// What must be there before.
        expect: Expect,
    },
    /// Stores bytes to send. A known key is ignored and said in [`Committed::known_outbox`].
    AddOutbox {
        /// Deterministic and unique.
        key: String,
        /// Where to.
        destination: String,
        /// JSON text.
        body: String,
        /// What the body was written from, or nothing.
        made: Made,
        /// Not to be sent before.
        not_before: Timestamp,
        /// When it was added.
        created_at: Timestamp,
    },
    /// Ends claimed bytes as sent.
    FinishOutbox {
        /// The row's key.
        key: String,
        /// The claim's fencing number.
        fence: u64,
        /// When.
        at: Timestamp,
        /// What the receiver knows them by, where that is kept.
        receipt: Option<String>,
    },
    /// Gives claimed bytes back for another try. Later rows of the same destination wait for it.
    RetryOutbox {
        /// The row's key.
        key: String,
        /// The claim's fencing number.
        fence: u64,
        /// Not to be claimed before.
        not_before: Timestamp,
        /// Why.
        error: String,
    },
    /// Gives claimed bytes up. The destination's next row is free.
    DeadOutbox {
        /// The row's key.
        key: String,
        /// The claim's fencing number.
        fence: u64,
        /// Why.
        error: String,
        /// When.
        at: Timestamp,
    },
    /// Lets bytes that were given up be tried once more, due at once. Its tries are counted on.
    ReviveOutbox {
        /// The row's key.
        key: String,
        /// When.
        at: Timestamp,
    },
    /// Gives back all bytes that a worker of this name holds, due at once: what a process before held when it died. Only for
    /// whoever knows that no other worker of the name is at work.
    ReleaseOutbox {
        /// The name, as in the claim.
        worker: String,
        /// When they are due.
        at: Timestamp,
    },
    /// Appends a record to the audit chain; the writer gives it its sequence and seals it.
    Audit(AuditDraft),
    /// Stores the result under an idempotency token; one still in force is a `Duplicate`.
    PutIdempotent(Idempotent),
    /// Removes what is of no more use: idempotency rows expired before, and outbox rows without a receipt finished before. Never inbox
    /// identities, commands, messages or audit records.
    Sweep {
        /// The limit in time.
        before: Timestamp,
    },
}

/// Operations that are committed together. See [`Store::commit`](crate::Store::commit).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    ops: Vec<Op>,
}

impl Change {
    /// Nothing yet. Committing an empty change does nothing and succeeds.
    pub fn new() -> Self {
        Self::default()
    }

    /// This change and then `other`.
    pub fn and(mut self, other: Change) -> Self {
        self.ops.extend(other.ops);
        self
    }

    /// Adds an operation.
    pub fn op(mut self, op: Op) -> Self {
        self.ops.push(op);
        self
    }

    /// Adds an operation in place.
    pub fn push(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// The operations, in order.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// No operation.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// See [`Op::PutEntity`].
    pub fn put(self, key: EntityKey, body: impl Into<String>, expect: Expect) -> Self {
        self.op(Op::PutEntity { key, body: body.into(), expect })
    }

    /// See [`Op::DeleteEntity`].
    pub fn delete(self, key: EntityKey, expect: Expect) -> Self {
        self.op(Op::DeleteEntity { key, expect })
    }

    /// See [`Op::RequireEntity`].
    pub fn require(self, key: EntityKey, expect: Expect) -> Self {
        self.op(Op::RequireEntity { key, expect })
    }

    /// See [`Op::RequireDirectoryRevision`].
    pub fn require_directory(self, revision: u64) -> Self {
        self.op(Op::RequireDirectoryRevision(revision))
    }

    /// See [`Op::AdvanceDirectory`].
    pub fn advance_directory(self, from: u64) -> Self {
        self.op(Op::AdvanceDirectory { from })
    }

    /// See [`Op::AddRoomMessage`].
    pub fn room_message(self, message: NewRoomMessage) -> Self {
        self.op(Op::AddRoomMessage(message))
    }

    /// See [`Op::UpdateRoomMessage`].
    pub fn update_room_message(
        self,
        id: impl Into<String>,
        body: impl Into<String>,
        expect_version: Option<u64>,
    ) -> Self {
        self.op(Op::UpdateRoomMessage { id: id.into(), body: body.into(), expect_version })
    }

    /// See [`Op::AddRoomEvent`].
    pub fn room_event(
        self,
        room: impl Into<String>,
        kind: impl Into<String>,
        message: Option<String>,
        body: impl Into<String>,
    ) -> Self {
        self.op(Op::AddRoomEvent { room: room.into(), kind: kind.into(), message, body: body.into() })
    }

    /// See [`Op::AddInbox`].
    pub fn inbox(
        self,
        id: impl Into<String>,
        source: impl Into<String>,
        body: impl Into<String>,
        received_at: Timestamp,
    ) -> Self {
        self.op(Op::AddInbox { id: id.into(), source: source.into(), body: body.into(), received_at, held: None })
    }

    /// Work that whoever stores it works on at once, as after its first claim: see [`Op::AddInbox`] and [`HELD_FENCE`].
    pub fn held_inbox(
        self,
        id: impl Into<String>,
        source: impl Into<String>,
        body: impl Into<String>,
        received_at: Timestamp,
        held: (String, Timestamp),
    ) -> Self {
        let held = Some(held);
        self.op(Op::AddInbox { id: id.into(), source: source.into(), body: body.into(), received_at, held })
    }

    /// See [`Op::FinishInbox`].
    pub fn finish_inbox(self, id: impl Into<String>, fence: u64, outcome: impl Into<String>) -> Self {
        self.op(Op::FinishInbox { id: id.into(), fence, outcome: outcome.into() })
    }

    /// See [`Op::RetryInbox`].
    pub fn retry_inbox(
        self,
        id: impl Into<String>,
        fence: u64,
        not_before: Timestamp,
        error: impl Into<String>,
    ) -> Self {
        self.op(Op::RetryInbox { id: id.into(), fence, not_before, error: error.into() })
    }

    /// See [`Op::PutCommand`].
    pub fn command(self, row: CommandRow, expect: Expect) -> Self {
        self.op(Op::PutCommand { row, expect })
    }

    /// Bytes to send, due at once. See [`Op::AddOutbox`].
    pub fn outbox(
        self,
        key: impl Into<String>,
        destination: impl Into<String>,
        body: impl Into<String>,
        created_at: Timestamp,
    ) -> Self {
        self.made_outbox(key, destination, body, Made::default(), created_at)
    }

    /// As [`Change::outbox`], with what the body was written from.
    pub fn made_outbox(
        self,
        key: impl Into<String>,
        destination: impl Into<String>,
        body: impl Into<String>,
        made: Made,
        created_at: Timestamp,
    ) -> Self {
        self.op(Op::AddOutbox {
            key: key.into(),
            destination: destination.into(),
            body: body.into(),
            made,
            not_before: created_at,
            created_at,
        })
    }

    /// See [`Op::FinishOutbox`].
    pub fn finish_outbox(self, key: impl Into<String>, fence: u64, at: Timestamp) -> Self {
        self.op(Op::FinishOutbox { key: key.into(), fence, at, receipt: None })
    }

    /// As [`Change::finish_outbox`], with what the receiver knows the bytes by. The row is kept for it, without the bytes.
    pub fn receipted_outbox(self, key: impl Into<String>, fence: u64, at: Timestamp, receipt: String) -> Self {
        self.op(Op::FinishOutbox { key: key.into(), fence, at, receipt: Some(receipt) })
    }

    /// See [`Op::RetryOutbox`].
    pub fn retry_outbox(
        self,
        key: impl Into<String>,
        fence: u64,
        not_before: Timestamp,
        error: impl Into<String>,
    ) -> Self {
        self.op(Op::RetryOutbox { key: key.into(), fence, not_before, error: error.into() })
    }

    /// See [`Op::DeadOutbox`].
    pub fn dead_outbox(self, key: impl Into<String>, fence: u64, error: impl Into<String>, at: Timestamp) -> Self {
        self.op(Op::DeadOutbox { key: key.into(), fence, error: error.into(), at })
    }

    /// See [`Op::ReviveOutbox`].
    pub fn revive_outbox(self, key: impl Into<String>, at: Timestamp) -> Self {
        self.op(Op::ReviveOutbox { key: key.into(), at })
    }

    /// See [`Op::ReleaseOutbox`].
    pub fn release_outbox(self, worker: impl Into<String>, at: Timestamp) -> Self {
        self.op(Op::ReleaseOutbox { worker: worker.into(), at })
    }

    /// Whether it adds bytes to send.
    pub fn sends(&self) -> bool {
        self.ops.iter().any(|op| matches!(op, Op::AddOutbox { .. } | Op::ReviveOutbox { .. }))
    }

    /// See [`Op::Audit`].
    pub fn audit(self, draft: AuditDraft) -> Self {
        self.op(Op::Audit(draft))
    }

    /// See [`Op::PutIdempotent`].
    pub fn idempotent(self, row: Idempotent) -> Self {
        self.op(Op::PutIdempotent(row))
    }

    /// See [`Op::Sweep`].
    pub fn sweep(self, before: Timestamp) -> Self {
        self.op(Op::Sweep { before })
    }
}

/// What a committed change became. Lists are in the order of the change's operations of that type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Committed {
    /// The directory's revision after this change.
    pub directory_revision: u64,
    /// The new revision of each entity put.
    pub entities: Vec<u64>,
    /// The sequence of each room message added.
    pub messages: Vec<u64>,
    /// The sequence of each room event: the stream's `Last-Event-ID`.
    pub events: Vec<u64>,
    /// The new version of each command put.
    pub commands: Vec<u64>,
    /// The sequence of each audit record.
    pub audit: Vec<u64>,
    /// The sequence of each inbox row added.
    pub inbox: Vec<u64>,
    /// The outbox keys that were there already and were left as they are.
    pub known_outbox: Vec<String>,
}
