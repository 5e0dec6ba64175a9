//! The adapter of the built-in chat: room messages and button presses become events, and bodies become the JSON that
//! the room stores and the page shows.
//!
//! The stored forms carry a version and are read back strictly: an unknown version or an unknown part is an error, never
//! a guess. Reading checks size and depth before anything is built.

mod stored_body;
mod stored_event;

pub use stored_body::{body_from_json, body_to_json, bounded_to_json};
pub use stored_event::{event_from_json, event_to_json};

use crate::card::ButtonId;
use crate::event::{Event, EventKind, Place, Platform, Proof, Who};
use crate::limits::{LimitError, MESSAGE_BYTES, STORED_BYTES, check_depth, check_id, check_length};
use crate::mention::{words_after_bare_aws, words_for_bot};
use bailiwick_ident::Timestamp;

/// A message a member posted in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomMessage {
    /// The Chime account the room belongs to.
    pub account: String,
    /// The room.
    pub room: String,
    /// The message's own id.
    pub message: String,
    /// The thread it was posted in, by the id of its first message.
    pub thread: Option<String>,
    /// Who posted it.
    pub sender: Who,
    /// What was posted.
    pub content: String,
    /// What proves that it was them.
    pub proof: Proof,
    /// When it was stored.
    pub created: Timestamp,
}

/// A press on a button of a card in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomPress {
    /// The Chime account the room belongs to.
    pub account: String,
    /// The room.
    pub room: String,
    /// The press's own id.
    pub press: String,
    /// The message that carries the card.
    pub card_message: String,
    /// The thread of that message.
    pub thread: Option<String>,
    /// Who pressed.
    pub sender: Who,
    /// Which button.
    pub button: ButtonId,
    /// What the button is about.
    pub target: String,
    /// The choice, with [`ButtonId::Choose`].
    pub value: Option<String>,
    /// What proves that it was them.
    pub proof: Proof,
    /// When it was pressed.
    pub created: Timestamp,
}

/// Turns a message into an event when it may be meant for the bot: a mention, words after a bare `aws`, or, where
/// `thread_waits` says that the bot has an open question in the message's thread, an answer. `None` is talk among people. A message over a limit is an
/// error, whoever it is meant for.
pub fn message_event(message: &RoomMessage, thread_waits: bool) -> Result<Option<Event>, LimitError> {
    check_length("the message", message.content.len(), MESSAGE_BYTES)?;
    for (what, id) in [
        ("the account id", &message.account),
        ("the room id", &message.room),
        ("the message id", &message.message),
        ("the member id", &message.sender.member_id),
    ] {
        check_id(what, id)?;
    }
    let kind = match words_for_bot(&message.content) {
        Some(words) => EventKind::Mention { words: words.to_owned() },
        None if thread_waits && message.thread.is_some() && !message.content.trim().is_empty()
            || words_after_bare_aws(&message.content).is_some() =>
        {
            EventKind::Answer { words: message.content.trim().to_owned() }
        }
        None => return Ok(None),
    };
    Ok(Some(Event {
        who: message.sender.clone(),
        place: place(&message.account, &message.room, message.thread.as_ref()),
        message: message.message.clone(),
        at: message.created,
        kind,
        unresolved: None,
        proof: message.proof,
    }))
}

/// Turns a press into an event.
pub fn press_event(press: &RoomPress) -> Result<Event, LimitError> {
    for (what, id) in [
        ("the account id", &press.account),
        ("the room id", &press.room),
        ("the press id", &press.press),
        ("the message id", &press.card_message),
        ("the member id", &press.sender.member_id),
        ("the button's target", &press.target),
    ] {
        check_id(what, id)?;
    }
    check_length("the choice", press.value.as_ref().map_or(0, String::len), MESSAGE_BYTES)?;
    Ok(Event {
        who: press.sender.clone(),
        place: place(&press.account, &press.room, press.thread.as_ref()),
        message: press.press.clone(),
        at: press.created,
        kind: EventKind::Press {
            button: press.button,
            target: press.target.clone(),
            value: press.value.clone(),
            card_message: press.card_message.clone(),
        },
        unresolved: None,
        proof: press.proof,
    })
}

fn place(account: &str, room: &str, thread: Option<&String>) -> Place {
    Place { platform: Platform::Room, workspace: account.to_owned(), channel: room.to_owned(), thread: thread.cloned() }
}

/// Stored bytes that are not what they should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Larger or deeper than anything this crate writes.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// Not the JSON of this form.
    #[error("the stored {what} cannot be read: {reason}")]
    Form {
        /// What was read.
        what: &'static str,
        /// Where and why it failed.
        reason: String,
    },
    /// Written by a version this one does not know.
    #[error("the stored {what} has version {version}; this version of Bailiwick reads {known}, so upgrade it")]
    Version {
        /// What was read.
        what: &'static str,
        /// Its version.
        version: u32,
        /// The newest version known here.
        known: u32,
    },
}

#[derive(serde::Deserialize)]
struct Versioned {
    v: u32,
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(
    what: &'static str,
    known: u32,
    json: &[u8],
) -> Result<T, ReadError> {
    check_length(what, json.len(), STORED_BYTES)?;
    check_depth(what, json)?;
    let form = |error: serde_json::Error| ReadError::Form { what, reason: error.to_string() };
    // What we wrote begins with its version, and need not be looked through for it.
    let after = json.strip_prefix(b"{\"v\":").map(|rest| rest.split_at_checked(2).unwrap_or_default().0);
    // Versions have one digit so far.
    let ours = u8::try_from(known).ok().filter(|known| *known < 10).map(|known| [b'0' + known, b',']);
    if ours.is_none() || after != ours.as_ref().map(<[u8; 2]>::as_slice) {
        let Versioned { v: version } = serde_json::from_slice(json).map_err(form)?;
        if version != known {
            return Err(ReadError::Version { what, version, known });
        }
    }
    serde_json::from_slice(json).map_err(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(content: &str, thread: Option<&str>) -> RoomMessage {
        RoomMessage {
            account: "chime-1".into(),
            room: "ops".into(),
            message: "m-1".into(),
            thread: thread.map(str::to_owned),
            sender: Who { member_id: "lee".into(), display_name: "Lee".into() },
            content: content.into(),
            proof: Proof::Session,
            created: Timestamp::from_seconds(1),
        }
    }

    #[test]
    fn a_mention_an_answer_and_talk_are_told_apart() {
        let kind = |content: &str, thread, waits| {
            message_event(&message(content, thread), waits).unwrap().map(|event| event.kind)
        };
        assert_eq!(kind("@aws help", None, false), Some(EventKind::Mention { words: "help".into() }));
        assert_eq!(kind(" arn:x ", Some("t"), true), Some(EventKind::Answer { words: "arn:x".into() }));
        assert_eq!(kind("@aws help", Some("t"), true), Some(EventKind::Mention { words: "help".into() }));
        let bare = "aws sns list-topics";
        for (thread, waits) in [(None, false), (Some("t"), false), (Some("t"), true)] {
            assert_eq!(kind(bare, thread, waits), Some(EventKind::Answer { words: bare.into() }));
        }
        assert_eq!(kind("lunch?", Some("t"), false), None);
        assert_eq!(kind("lunch?", None, true), None);
        assert_eq!(kind("  ", Some("t"), true), None);
    }

    #[test]
    fn a_message_over_the_limit_is_an_error_even_without_a_mention() {
        let long = "x".repeat(MESSAGE_BYTES + 1);
        assert!(message_event(&message(&long, None), false).is_err());
        let mut nobody = message("@aws help", None);
        nobody.sender.member_id.clear();
        assert!(message_event(&nobody, false).is_err());
    }

    #[test]
    fn a_press_keeps_its_own_identity_and_points_at_its_card() {
        let press = RoomPress {
            account: "chime-1".into(),
            room: "ops".into(),
            press: "p-1".into(),
            card_message: "m-2".into(),
            thread: Some("m-1".into()),
            sender: Who { member_id: "lee".into(), display_name: "Lee".into() },
            button: ButtonId::Run,
            target: "c-1".into(),
            value: None,
            proof: Proof::Session,
            created: Timestamp::from_seconds(2),
        };
        let event = press_event(&press).unwrap();
        assert_eq!((event.message.as_str(), event.reply_thread()), ("p-1", Some("m-1")));
        assert!(press_event(&RoomPress { target: String::new(), ..press }).is_err());
    }
}
