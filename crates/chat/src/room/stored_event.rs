//! The stored form of an event, version 1: what an inbox row holds between the moment a message is accepted and the
//! moment it is answered.

use super::{ReadError, read};
use crate::card::ButtonId;
use crate::event::{Event, EventKind, Place, Platform, Proof, Who};
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;

/// The stored form of an event, as JSON on one line. Events of every platform share it.
pub fn event_to_json(event: &Event) -> String {
    let stored = StoredEvent {
        v: VERSION,
        member: event.who.member_id.clone(),
        name: event.who.display_name.clone(),
        platform: event.place.platform.as_str().to_owned(),
        workspace: event.place.workspace.clone(),
        channel: event.place.channel.clone(),
        thread: event.place.thread.clone(),
        message: event.message.clone(),
        at: event.at.as_millis(),
        unresolved: event.unresolved.clone(),
        proof: Some(event.proof).filter(|proof| *proof != Proof::default()).map(|proof| proof.as_str().to_owned()),
        kind: match event.kind.clone() {
            EventKind::Mention { words } => StoredKind::Mention { words },
            EventKind::Command { words } => StoredKind::Command { words },
            EventKind::Answer { words } => StoredKind::Answer { words },
            EventKind::Press { button, target, value, card_message } => {
                StoredKind::Press { button: button.as_str().to_owned(), target, value, card_message }
            }
        },
    };
    // Strings, numbers and lists of them always serialize.
    serde_json::to_string(&stored).unwrap_or_default()
}

/// Reads a stored event.
pub fn event_from_json(json: &[u8]) -> Result<Event, ReadError> {
    let stored: StoredEvent = read("chat event", VERSION, json)?;
    let unknown =
        |what: &str, name: &str| ReadError::Form { what: "chat event", reason: format!("`{name}` is no {what}") };
    Ok(Event {
        who: Who { member_id: stored.member, display_name: stored.name },
        place: Place {
            platform: Platform::parse(&stored.platform).ok_or_else(|| unknown("platform", &stored.platform))?,
            workspace: stored.workspace,
            channel: stored.channel,
            thread: stored.thread,
        },
        message: stored.message,
        at: Timestamp::from_millis(stored.at),
        unresolved: stored.unresolved,
        proof: match stored.proof.as_deref() {
            None => Proof::default(),
            Some(name) => Proof::parse(name).ok_or_else(|| unknown("proof", name))?,
        },
        kind: match stored.kind {
            StoredKind::Mention { words } => EventKind::Mention { words },
            StoredKind::Command { words } => EventKind::Command { words },
            StoredKind::Answer { words } => EventKind::Answer { words },
            StoredKind::Press { button, target, value, card_message } => EventKind::Press {
                button: ButtonId::parse(&button).ok_or_else(|| unknown("button", &button))?,
                target,
                value,
                card_message,
            },
        },
    })
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredEvent {
    v: u32,
    member: String,
    name: String,
    platform: String,
    workspace: String,
    channel: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<String>,
    message: String,
    /// Milliseconds since the epoch.
    at: i64,
    kind: StoredKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unresolved: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredKind {
    Mention {
        words: String,
    },
    Command {
        words: String,
    },
    Answer {
        words: String,
    },
    Press {
        button: String,
        target: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        card_message: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_back_as_it_was_written() {
        let kinds = [
            EventKind::Mention { words: "sns list-topics".into() },
            EventKind::Command { words: "help".into() },
            EventKind::Answer { words: "arn".into() },
            EventKind::Press {
                button: ButtonId::Choose,
                target: "c-1".into(),
                value: Some("x".into()),
                card_message: "m-0".into(),
            },
        ];
        for kind in kinds {
            let event = Event {
                who: Who { member_id: "lee".into(), display_name: "Lee \"L\"".into() },
                place: Place {
                    platform: Platform::Slack,
                    workspace: "T1".into(),
                    channel: "C1".into(),
                    thread: Some("t".into()),
                },
                message: "m-1".into(),
                at: Timestamp::from_millis(1_700_000_000_123),
                kind,
                unresolved: Some("is a guest".into()),
                proof: Proof::SecondFactor,
            };
            assert_eq!(event_from_json(event_to_json(&event).as_bytes()).unwrap(), event);
        }
    }

    #[test]
    fn an_unknown_platform_or_version_is_refused() {
        let json = |v: u32, platform: &str| {
            format!(
                r#"{{"v":{v},"member":"m","name":"n","platform":"{platform}","workspace":"w","channel":"c","message":"x","at":0,"kind":{{"mention":{{"words":""}}}}}}"#
            )
        };
        assert!(event_from_json(json(1, "chime").as_bytes()).is_ok());
        assert!(event_from_json(json(1, "irc").as_bytes()).unwrap_err().to_string().contains("`irc` is no platform"));
        assert!(matches!(event_from_json(json(9, "chime").as_bytes()), Err(ReadError::Version { version: 9, .. })));
    }
}
