//! Work: the inbox (what came in and must be handled) and the outbox (bytes that must go out). Workers claim rows for a time (a
//! lease) and get a fencing number; only the holder of the latest number may finish or retry the row.

use bailiwick_ident::Timestamp;
use std::any::Any;
use std::sync::Arc;

/// Asks for rows to work on. Claimed rows are hidden from other claims until the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who works, for logs.
    pub worker: String,
    /// The time now.
    pub now: Timestamp,
    /// How long the rows stay hidden, in milliseconds.
    pub lease_millis: u32,
    /// At most so many rows; at most [`MAX_ROWS`](crate::MAX_ROWS).
    pub limit: u32,
}

/// Asks for rows to be handed over as they are committed. See [`Store::hand_posts`](crate::Store::hand_posts).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handing {
    /// Who works, as in a [`Claim`].
    pub worker: String,
    /// How long a row stays hidden from when it was added, in milliseconds.
    pub lease_millis: u32,
    /// How many rows may wait to be taken; at least one.
    pub room: usize,
}

/// The value that the body of a row was written from, for whoever the row is handed to in the same process: it need not be read
/// again from its body. It is not stored, and says nothing that the body does not say: rows are equal without it.
#[derive(Clone, Default)]
pub struct Made(Option<Arc<dyn Any + Send + Sync>>);

impl Made {
    /// A value to go along.
    pub fn of<T: Any + Send + Sync>(value: T) -> Self {
        Made(Some(Arc::new(value)))
    }

    /// The value, where one of this type goes along.
    pub fn value<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.as_ref()?.downcast_ref()
    }
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Made(..)" } else { "Made" })
    }
}

impl PartialEq for Made {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Made {}

/// Where a row of work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkState {
    /// Not claimed, or given back for another try.
    Waiting,
    /// Claimed; after the lease ended it can be claimed again.
    Claimed,
    /// Done.
    Finished,
    /// Given up (outbox only).
    Dead,
}

/// Something that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// Its place in the order in which rows were added, whatever the clock said.
    pub sequence: u64,
    /// The identity of the message on its platform: what makes a redelivery a duplicate.
    pub id: String,
    /// Where from, for example `room` or `slack`.
    pub source: String,
    /// JSON text.
    pub body: String,
    /// When it came, by the clock of then.
    pub received_at: Timestamp,
    /// Where it stands.
    pub state: WorkState,
    /// The fencing number of the latest claim; 0 before the first.
    pub fence: u64,
    /// How many times it was claimed.
    pub attempts: u32,
    /// Not to be claimed before; the beginning of time for what was due when it was added, so that a clock that is put back
    /// holds nothing up.
    pub not_before: Timestamp,
    /// What the last failed try said.
    pub error: Option<String>,
    /// What became of it, once finished.
    pub outcome: Option<String>,
}

/// Bytes to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Deterministic and unique: the same answer computed twice has the same key and goes out once.
    pub key: String,
    /// Where to. Rows of one destination leave in the order in which they were added.
    pub destination: String,
    /// JSON text.
    pub body: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: WorkState,
    /// The fencing number of the latest claim; 0 before the first.
    pub fence: u64,
    /// How many times it was claimed.
    pub attempts: u32,
    /// Not to be claimed before; the beginning of time for what was due when it was added, so that a clock that is put back
    /// holds nothing up.
    pub not_before: Timestamp,
    /// What the last failed try said.
    pub error: Option<String>,
    /// When it was finished or given up.
    pub ended_at: Option<Timestamp>,
    /// What its receiver knows it by, where that was kept.
    pub receipt: Option<String>,
    /// What the body was written from; nothing for a row that was read.
    pub made: Made,
}

/// Which outbox rows to read, in the order in which they were added.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutboxQuery {
    /// Only rows in this state.
    pub state: Option<WorkState>,
    /// Only rows to this destination.
    pub destination: Option<String>,
    /// At most so many rows; at most [`MAX_ROWS`](crate::MAX_ROWS). 0 means that maximum.
    pub limit: u32,
}

/// How many rows there are, for the overview page and for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Inbox rows not yet finished.
    pub inbox_open: u64,
    /// Outbox rows not yet finished or given up.
    pub outbox_open: u64,
    /// Outbox rows given up.
    pub outbox_dead: u64,
    /// Commands that wait for an approval or a button.
    pub commands_waiting: u64,
    /// Commands in all.
    pub commands: u64,
    /// Room messages.
    pub room_messages: u64,
    /// Audit records.
    pub audit_records: u64,
}
