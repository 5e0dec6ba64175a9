//! What Bailiwick keeps: configuration, rooms, work, commands and the audit trail. The only crate that speaks SQL.
//!
//! A write is a [`Change`]: typed operations with preconditions, composed by several crates, committed whole or not at all by
//! [`Store::commit`]. Once `commit` has answered, the change survives the loss of the process and of power. Reads are typed and
//! see every change whose commit has answered before the read began.
//!
//! [`SqliteStore`] is the backend, in a folder or in memory; [`conformance`] is what any backend must pass. Secrets that must
//! be read back are sealed by the [`vault`] before they come here; the audit chain is sealed by the writer ([`audit`]).
//!
//! Nothing here reads a clock. Nothing here is random, except the vault's keys and nonces.

pub mod audit;
mod change;
mod command;
pub mod conformance;
mod entity;
mod error;
mod hex;
mod idempotent;
mod limits;
mod room;
mod sqlite;
pub mod vault;
mod work;

pub use audit::{AuditDraft, AuditHead, AuditKind, AuditPublicKey, AuditRow};
pub use change::{Change, Committed, HELD_FENCE, Op};
pub use command::{CommandQuery, CommandRow, CommandState};
pub use entity::{Entity, EntityKey, EntityQuery, Expect, KindFilter};
pub use error::StoreError;
pub use idempotent::Idempotent;
pub use room::{NewRoomMessage, RoomEvent, RoomMessage, RoomMessageKind, RoomMessageQuery, ThreadFilter};
pub use sqlite::{DATABASE_FILE, MASTER_KEY_FILE, Settings, SqliteStore};
pub use work::{Claim, Counts, Handing, InboxRow, Made, OutboxQuery, OutboxRow, WorkState};

use std::future::Future;
use std::pin::Pin;
use tokio::sync::mpsc;

/// No read returns more rows than this; page on with the query's `after` or `before`.
pub const MAX_ROWS: u32 = 10_000;

/// No change has more operations than this.
pub const MAX_OPS: usize = 20_000;

/// No key, id, name or other short text is longer than this, in bytes.
pub const MAX_KEY_BYTES: usize = 2_048;

/// No body, record, result or error is longer than this, in bytes.
pub const MAX_BODY_BYTES: usize = 2 << 20;

/// An answer on its way.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A place that keeps what Bailiwick must not lose. Every method may answer [`StoreError::Unavailable`].
///
/// A returned future does nothing until it is polled. Dropped after that, it does not take the work back: a commit that was handed
/// over happens.
pub trait Store: Send + Sync {
    /// Applies all operations of a change in order, or none, durably.
    ///
    /// # Errors
    /// `Duplicate` and `Conflict` when a precondition does not hold, `Limit` when something is too large.
    fn commit(&self, change: Change) -> Pending<'_, Committed>;

    /// One entity.
    fn entity(&self, key: EntityKey) -> Pending<'_, Option<Entity>>;

    /// Entities in the order of their keys. Pages of several calls are not one snapshot: whoever needs one reads
    /// [`Store::directory_revision`] before and after.
    fn entities(&self, query: EntityQuery) -> Pending<'_, Vec<Entity>>;

    /// The latest messages of a room, oldest first.
    fn room_messages(&self, query: RoomMessageQuery) -> Pending<'_, Vec<RoomMessage>>;

    /// One message.
    fn room_message(&self, id: &str) -> Pending<'_, Option<RoomMessage>>;

    /// The events of a room after a sequence, in order.
    fn room_events(&self, room: &str, after: u64, limit: u32) -> Pending<'_, Vec<RoomEvent>>;

    /// The sequence of the latest event of any room, 0 before the first: where a new stream begins.
    fn last_room_event(&self) -> Pending<'_, u64>;

    /// Claims work that is due, in the order in which it came.
    fn claim_inbox(&self, claim: Claim) -> Pending<'_, Vec<InboxRow>>;

    /// Changes whenever work was added that nobody holds, or was given back. While it stays the same, a claim that found
    /// nothing finds nothing again until a lease ends or the time of some work comes.
    fn inbox_mark(&self) -> u64;

    /// Claims bytes that are due: of each destination only the first row that is not done, so that their order is kept. Rows
    /// whose destination begins with `chat/` are left to [`Store::claim_posts`].
    fn claim_outbox(&self, claim: Claim) -> Pending<'_, Vec<OutboxRow>>;

    /// Claims what is due for channels of chat platforms: rows whose destination begins with `chat/`, otherwise as
    /// [`Store::claim_outbox`] does.
    fn claim_posts(&self, claim: Claim) -> Pending<'_, Vec<OutboxRow>>;

    /// From now on, what is due for a channel of a chat platform is claimed in the commit that adds it or that ends the row
    /// before it, and handed over: nobody has to ask for it. At most `room` rows wait to be taken; what finds no room, and
    /// what is due later, is left to [`Store::claim_posts`]. Whoever asked before is given nothing more, and nobody is once
    /// the receiver is dropped; what was handed over and not taken stays claimed.
    fn hand_posts(&self, handing: Handing) -> Pending<'_, mpsc::Receiver<OutboxRow>>;

    /// One row of the inbox.
    fn inbox(&self, id: &str) -> Pending<'_, Option<InboxRow>>;

    /// Rows of the outbox.
    fn outbox(&self, query: OutboxQuery) -> Pending<'_, Vec<OutboxRow>>;

    /// One row of the outbox.
    fn outbox_row(&self, key: &str) -> Pending<'_, Option<OutboxRow>>;

    /// One command.
    fn command(&self, id: &str) -> Pending<'_, Option<CommandRow>>;

    /// Commands, newest first.
    fn commands(&self, query: CommandQuery) -> Pending<'_, Vec<CommandRow>>;

    /// Audit records after a sequence, in order.
    fn audit(&self, after: u64, limit: u32) -> Pending<'_, Vec<AuditRow>>;

    /// One audit record by its id.
    fn audit_record(&self, id: &str) -> Pending<'_, Option<AuditRow>>;

    /// The signed end of the audit chain; none while it is empty.
    fn audit_head(&self) -> Pending<'_, Option<AuditHead>>;

    /// The directory's revision; 0 before the first change to it.
    fn directory_revision(&self) -> Pending<'_, u64>;

    /// The result kept under an idempotency token, also when it has expired: compare `expires_at`.
    fn idempotent(&self, scope: &str, operation: &str, token: &str) -> Pending<'_, Option<Idempotent>>;

    /// How much there is.
    fn counts(&self) -> Pending<'_, Counts>;
}
