//! The rooms: what is said, what may be done.

use crate::Answer;
use crate::access::entrance::Person;
use bailiwick_chat::{Body, ButtonId};
use bailiwick_ident::Timestamp;

/// A room in the list of rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomSummary {
    /// The id, part of the room's address.
    pub id: String,
    /// The name without `#`.
    pub name: String,
    /// What it is bound to, in a few words, for example `ops-readonly · 444455556666`.
    pub about: String,
    /// The last message in one line, and when it was posted.
    pub last: Option<(String, Timestamp)>,
}

/// A room and what it is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomDetails {
    /// The room.
    pub summary: RoomSummary,
    /// Name and value of what people should know: account, role, guardrails, topics.
    pub facts: Vec<(String, String)>,
    /// The members and what they are, for example `Dana` and `Administrator`.
    pub members: Vec<(String, String)>,
    /// Whether this person may post here; otherwise the reason.
    pub may_post: Result<(), String>,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// A member.
    Person {
        /// The name people see.
        name: String,
    },
    /// Bailiwick.
    Bot,
}

/// A message as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id; the same for all its life.
    pub id: String,
    /// The first message of the thread it belongs to; `None` when it is in the room itself.
    pub thread: Option<String>,
    /// Who wrote it.
    pub author: Author,
    /// What it says.
    pub body: Body,
    /// When it was posted.
    pub created: Timestamp,
    /// Whether it was changed since.
    pub edited: bool,
    /// Its place in the room: what [`Rooms::messages`] pages by.
    pub sequence: u64,
}

/// Some messages of a room, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessagePage {
    /// The messages, those of threads included.
    pub messages: Vec<Message>,
    /// Where the messages before these begin, when there are any: pass it as `before`.
    pub earlier: Option<u64>,
    /// The sequence of the last room event these messages include: live events follow from here.
    pub last_event: u64,
}

/// One change in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomEvent {
    /// Its number: rises without bound, is never used twice in a room, may skip.
    pub sequence: u64,
    /// What changed.
    pub kind: RoomEventKind,
}

/// What changed in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomEventKind {
    /// A message was posted.
    Posted(Message),
    /// A message changed; this is how it is now.
    Edited(Message),
    /// A message was removed.
    Deleted {
        /// Its id.
        id: String,
    },
}

/// What a person posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The thread to answer in.
    pub thread: Option<String>,
    /// The words, at most [`bailiwick_chat::limits::MESSAGE_BYTES`].
    pub text: String,
    /// Together with person, room, thread and text the identity of this act: a form that is sent twice carries the same
    /// one, and is to be accepted once.
    pub once: String,
}

/// A press on a button. Nothing in it is proven; whoever acts on it looks the card up and decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// The message that carries the card.
    pub message: String,
    /// Which button.
    pub button: ButtonId,
    /// What the button is about: the id of a command or question.
    pub target: String,
    /// The choice it stands for.
    pub value: Option<String>,
}

/// A word that may stand where the last one is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The whole word: a service, an operation, an option.
    pub word: String,
    /// What it is, in a few words; may be empty.
    pub about: String,
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileContent {
    /// The name under which it is saved.
    pub name: String,
    /// What it is.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a wait for events ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// There may be new events, or some time has passed.
    Look,
    /// The process is stopping: end the stream.
    Stop,
}

/// The use cases of rooms. Every function authorizes its own call; none trusts the page.
pub trait Rooms: Send + Sync + 'static {
    /// The rooms this person is in.
    fn rooms(&self, person: &Person) -> Answer<'_, Vec<RoomSummary>>;

    /// One room.
    fn room(&self, person: &Person, room: &str) -> Answer<'_, RoomDetails>;

    /// At most `limit` messages, those before the sequence `before` or the newest.
    fn messages(&self, person: &Person, room: &str, before: Option<u64>, limit: u32) -> Answer<'_, MessagePage>;

    /// The first message of a thread and all its replies, at most `limit`.
    fn thread(&self, person: &Person, room: &str, thread: &str, limit: u32) -> Answer<'_, MessagePage>;

    /// At most `limit` events with a sequence above `after`, in order.
    fn events(&self, person: &Person, room: &str, after: u64, limit: u32) -> Answer<'_, Vec<RoomEvent>>;

    /// Waits until there may be events above `after`, at most some seconds.
    fn wait(&self, room: &str, after: u64) -> Answer<'_, Wake>;

    /// Posts a message; its id.
    fn post(&self, person: &Person, room: &str, message: NewMessage) -> Answer<'_, String>;

    /// Words that may stand in place of the last one of a command being typed, best first. `words` is what follows the
    /// mention; where it ends in white space, the next word is asked for. Without an implementation nothing is offered.
    fn complete(&self, person: &Person, room: &str, words: &str) -> Answer<'_, Vec<Completion>> {
        let _ = (person, room, words);
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// A file of a message in the room, by the key that its card names.
    fn file(&self, person: &Person, room: &str, message: &str, key: &str) -> Answer<'_, FileContent>;

    /// Presses a button.
    fn press(&self, person: &Person, room: &str, press: Press) -> Answer<'_, ()>;
}
