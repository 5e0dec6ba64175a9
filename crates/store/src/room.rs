//! Rooms of the built-in chat: messages, and the events that a browser's stream follows.

use bailiwick_ident::Timestamp;

/// What the body of a room message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoomMessageKind {
    /// Words somebody wrote.
    Text,
    /// A card in the chat crate's stored form.
    Card,
}

/// A message to store with [`Op::AddRoomMessage`](crate::Op::AddRoomMessage).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRoomMessage {
    /// Unique in the store; a second message with it is a `Duplicate`.
    pub id: String,
    /// The room's id.
    pub room: String,
    /// The id of the message that began the thread; none for a message in the room itself.
    pub thread: Option<String>,
    /// Who wrote it: a member id, or the bot's own name.
    pub author: String,
    /// What the body is.
    pub kind: RoomMessageKind,
    /// JSON text.
    pub body: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomMessage {
    /// Its place in the order of all messages of the store; pass it as `before` to page back.
    pub sequence: u64,
    /// Unique id.
    pub id: String,
    /// The room's id.
    pub room: String,
    /// The id of the message that began the thread.
    pub thread: Option<String>,
    /// Who wrote it.
    pub author: String,
    /// What the body is.
    pub kind: RoomMessageKind,
    /// JSON text.
    pub body: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// 1 when added, one more with each update.
    pub version: u64,
}

/// Which messages of a room to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThreadFilter {
    /// All messages, in threads or not.
    All,
    /// Only messages outside threads.
    OutsideThreads,
    /// Only the messages of the thread that this message began (without that message itself).
    In(String),
}

/// The latest messages of a room, returned oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomMessageQuery {
    /// The room's id.
    pub room: String,
    /// Threads.
    pub thread: ThreadFilter,
    /// Only messages with a smaller sequence.
    pub before: Option<u64>,
    /// At most so many, the latest ones; at most [`MAX_ROWS`](crate::MAX_ROWS).
    pub limit: u32,
}

impl RoomMessageQuery {
    /// The latest `limit` messages of a room, in threads or not.
    pub fn latest(room: impl Into<String>, limit: u32) -> Self {
        Self { room: room.into(), thread: ThreadFilter::All, before: None, limit }
    }

    /// Only the messages that the filter lets through.
    pub fn thread(mut self, thread: ThreadFilter) -> Self {
        self.thread = thread;
        self
    }

    /// Only messages before this sequence.
    pub fn before(mut self, sequence: u64) -> Self {
        self.before = Some(sequence);
        self
    }
}

/// Something that happened in a room, in the order in which it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomEvent {
    /// Rises over all rooms of the store, without a promise of being dense in one room: the `Last-Event-ID` of the stream.
    pub sequence: u64,
    /// The room's id.
    pub room: String,
    /// What happened, for example `message.added`.
    pub kind: String,
    /// The message it is about.
    pub message: Option<String>,
    /// JSON text.
    pub body: String,
}
