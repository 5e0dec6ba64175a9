//! Commands: what somebody asked for in chat, from the words to the answer.

use bailiwick_ident::Timestamp;

/// Where a command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandState {
    /// The words are stored, nothing else.
    Received,
    /// A question went back for what is missing.
    Asking,
    /// Shown with the buttons Run and Cancel.
    Proposed,
    /// Allowed and recorded; not yet started.
    Decided,
    /// Somebody else must agree first.
    AwaitingApproval,
    /// The call may have been sent.
    Started,
    /// It ran and the answer is here.
    Finished,
    /// It ran and failed, or could not be sent.
    Failed,
    /// It was started, and whether it ran is not known.
    Ambiguous,
    /// Denied.
    Refused,
    /// Taken back by a person.
    Cancelled,
    /// Nobody answered in time.
    Expired,
}

/// All states with the words under which they are stored.
const STATES: [(CommandState, &str); 12] = [
    (CommandState::Received, "received"),
    (CommandState::Asking, "asking"),
    (CommandState::Proposed, "proposed"),
    (CommandState::Decided, "decided"),
    (CommandState::AwaitingApproval, "awaiting-approval"),
    (CommandState::Started, "started"),
    (CommandState::Finished, "finished"),
    (CommandState::Failed, "failed"),
    (CommandState::Ambiguous, "ambiguous"),
    (CommandState::Refused, "refused"),
    (CommandState::Cancelled, "cancelled"),
    (CommandState::Expired, "expired"),
];

impl CommandState {
    /// The word under which the state is stored and shown.
    pub fn as_str(self) -> &'static str {
        STATES.iter().find(|(state, _)| *state == self).map_or("", |(_, word)| word)
    }

    /// The state of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        STATES.iter().find(|(_, stored)| *stored == word).map(|(state, _)| *state)
    }

    /// Nothing follows this state.
    pub fn is_final(self) -> bool {
        use CommandState::{Ambiguous, Cancelled, Expired, Failed, Finished, Refused};
        matches!(self, Finished | Failed | Ambiguous | Refused | Cancelled | Expired)
    }
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandRow {
    /// Unique id.
    pub id: String,
    /// The inbox row it came with.
    pub inbox_id: String,
    /// The room, channel or other destination that its answers go to.
    pub room: String,
    /// The thread of the conversation.
    pub thread: Option<String>,
    /// Who asked.
    pub actor: String,
    /// Where it stands.
    pub state: CommandState,
    /// The words.
    pub text: String,
    /// The call, as JSON text, once it is known.
    pub call: Option<String>,
    /// The answer, as JSON text, once there is one.
    pub answer: Option<String>,
    /// When it came.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When a question, proposal or approval lapses.
    pub expires_at: Option<Timestamp>,
    /// Given by the store: 1 when first put, one more with each put. What a put carries here is ignored; use
    /// [`Expect::Revision`](crate::Expect::Revision) to compare.
    pub version: u64,
}

/// Which commands to read, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CommandQuery {
    /// Only this room.
    pub room: Option<String>,
    /// Only this thread.
    pub thread: Option<String>,
    /// Only what this actor asked.
    pub actor: Option<String>,
    /// Only commands that came with this inbox row.
    pub inbox_id: Option<String>,
    /// Only these states; empty means all.
    pub states: Vec<CommandState>,
    /// Only commands that lapse at or before this time.
    pub expires_by: Option<Timestamp>,
    /// Only commands that were there before this one, by its id: where a list that was cut goes on.
    pub before: Option<String>,
    /// At most so many rows; at most [`MAX_ROWS`](crate::MAX_ROWS). 0 means that maximum.
    pub limit: u32,
}
