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
        (Some(id), Some(payload)) => Ok(Frame::Envelope(Envelope { id, kind, payload })),
        _ => Err(SlackError::form("the frame", "an envelope needs an envelope_id and a payload")),
    }
}

/// The frame that acknowledges an envelope.
pub fn acknowledgement(envelope: &str) -> String {
    serde_json::json!({ "envelope_id": envelope }).to_string()
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
        assert_eq!(acknowledgement(&envelope.id), r#"{"envelope_id":"e1"}"#);
        assert!(matches!(frame(br#"{"type":"new_kind"}"#), Ok(Frame::Unknown)));
        assert!(frame(br#"{"type":"events_api"}"#).is_err());
        assert!(frame(b"{").is_err());
    }
}
