//! The frames of Socket Mode. Source: Slack's documentation, "Using Socket Mode".

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{SlackError, read};

/// One frame.
#[derive(Debug)]
pub enum Frame {
    /// The connection is ready.
    Hello,
    /// Slack is about to end the connection; another is to be opened.
    Disconnect {
        /// Why, such as `refresh_requested`.
        reason: String,
    },
    /// Something that has to be acknowledged.
    Envelope(Envelope),
    /// A kind of frame that is not known; there is nothing to do.
    Unknown,
}

/// Something that has to be acknowledged, with what a request over HTTP would carry.
#[derive(Debug)]
pub struct Envelope {
    /// What is acknowledged.
    pub id: String,
    /// What the payload is.
    pub kind: EnvelopeKind,
    /// JSON text.
    pub payload: Box<RawValue>,
    /// Whether the acknowledgement may carry an answer.
    pub takes_answer: bool,
}

/// What becomes of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// It could not be kept: it is not acknowledged, and comes again.
    Again,
    /// It is kept, or nothing for us.
    Taken,
    /// It is kept, and Slack is given this JSON as the answer.
    Answered(String),
}

/// What an envelope carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvelopeKind {
    /// For [`incoming`](super::incoming::incoming).
    Event,
    /// A [`SlashCommand`](super::command::SlashCommand) as JSON.
    Command,
    /// For [`interaction`](super::interaction::interaction).
    Interaction,
}

#[derive(Deserialize)]
struct Stored {
    r#type: String,
    #[serde(default)]
    envelope_id: Option<String>,
    #[serde(default)]
    payload: Option<Box<RawValue>>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    accepts_response_payload: bool,
}

/// Reads a text frame.
///
/// # Errors
/// It is no JSON of this form, or larger or deeper than what is read.
pub fn frame(text: &[u8]) -> Result<Frame, SlackError> {
    let stored: Stored = read("the frame", text)?;
    let kind = match stored.r#type.as_str() {
        "hello" => return Ok(Frame::Hello),
        "disconnect" => return Ok(Frame::Disconnect { reason: stored.reason.unwrap_or_default() }),
        "events_api" => EnvelopeKind::Event,
        "slash_commands" => EnvelopeKind::Command,
        "interactive" => EnvelopeKind::Interaction,
        _ => return Ok(Frame::Unknown),
    };
    match (stored.envelope_id, stored.payload) {
        (Some(id), Some(payload)) => {
            Ok(Frame::Envelope(Envelope { id, kind, payload, takes_answer: stored.accepts_response_payload }))
        }
        _ => Err(SlackError::form("the frame", "an envelope needs an envelope_id and a payload")),
    }
}

/// The frame that acknowledges an envelope, with the JSON text of an answer where there is one.
pub fn acknowledgement(envelope: &str, answer: Option<&str>) -> String {
    let payload = answer.and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok());
    match payload {
        None => serde_json::json!({ "envelope_id": envelope }).to_string(),
        Some(payload) => serde_json::json!({ "envelope_id": envelope, "payload": payload }).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart() {
        assert!(matches!(frame(br#"{"type":"hello","num_connections":1}"#), Ok(Frame::Hello)));
        let disconnect = frame(br#"{"type":"disconnect","reason":"refresh_requested","debug_info":{}}"#).unwrap();
        assert!(matches!(disconnect, Frame::Disconnect { reason } if reason == "refresh_requested"));
        let text =
            br#"{"envelope_id":"e1","type":"slash_commands","payload":{"a": 1},"accepts_response_payload":true}"#;
        let Frame::Envelope(envelope) = frame(text).unwrap() else { panic!() };
        assert_eq!((envelope.kind, envelope.payload.get()), (EnvelopeKind::Command, r#"{"a": 1}"#));
        assert!(envelope.takes_answer);
        assert_eq!(acknowledgement(&envelope.id, None), r#"{"envelope_id":"e1"}"#);
        assert_eq!(acknowledgement("e1", Some(r#"{"a":1}"#)), r#"{"envelope_id":"e1","payload":{"a":1}}"#);
        assert!(matches!(frame(br#"{"type":"new_kind"}"#), Ok(Frame::Unknown)));
        assert!(frame(br#"{"type":"events_api"}"#).is_err());
        assert!(frame(b"{").is_err());
    }
}
