//! The webhooks of Amazon Chime, in both directions: a card as what a webhook takes, and what a webhook brings as words.
//!
//! Amazon Chime itself ended in February 2026; its format is spoken by our rooms and by others. A webhook carries
//! notifications only: nobody presses anything there.
//!
//! Source: AWS's Amazon Chime developer guide, "Using webhooks with Amazon Chime": `POST` with `{"Content": "..."}`, at most
//! 4 KB, one message a second to a webhook, and the statuses of errors.

use crate::card::Card;
use crate::limits::cut;
use crate::plain;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The largest payload, in bytes.
pub const MAX_PAYLOAD: usize = 4096;
/// The time between two messages to one webhook.
pub const INTERVAL: Duration = Duration::from_secs(1);
/// The longest wait that an answer can ask for.
const MAX_WAIT: Duration = Duration::from_secs(3600);

/// What a webhook takes.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Payload {
    content: String,
}

/// The payload that shows a card: its text, cut until it fits. Nothing in it calls everybody of a room.
pub fn payload(card: &Card) -> Vec<u8> {
    let text = plain::card(&card.clone().settled());
    let text = calm(text.trim_end());
    let mut limit = MAX_PAYLOAD;
    loop {
        let (kept, was_cut) = cut(&text, limit);
        let content = if was_cut { format!("{kept}…") } else { kept.to_owned() };
        // A text always serializes.
        let payload = serde_json::to_vec(&Payload { content }).unwrap_or_default();
        if payload.len() <= MAX_PAYLOAD {
            return payload;
        }
        // A byte takes six at most, as `\u0001`: what is taken away here is never too much.
        limit = limit.saturating_sub(((payload.len() - MAX_PAYLOAD) / 6).max(1));
    }
}

/// Whether words call everybody of a room.
pub fn calls_everybody(text: &str) -> bool {
    calm(text) != text
}

/// The words without mentions of all members, which a resource's name or an alarm's text must not make.
fn calm(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        out.push_str(before);
        out.push('@');
        let calls = ["all", "present"].iter().any(|name| {
            after.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
                && !after[name.len()..].starts_with(|c: char| c.is_alphanumeric())
        });
        if calls {
            out.push('\u{2060}');
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What an answer of a webhook means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is shown.
    Shown,
    /// Too many of late; another try after that long.
    Limited(Duration),
    /// Another try later.
    Later(String),
    /// It never will be shown: the webhook is gone or does not take it.
    Never(String),
}

/// Reads an answer. `retry_after` is the header of that name.
pub fn read_answer(status: u16, retry_after: Option<&str>) -> Answer {
    let wait = || retry_after.and_then(|text| text.trim().parse().ok()).map(|s| Duration::from_secs(s).min(MAX_WAIT));
    match status {
        200..=299 => Answer::Shown,
        429 => Answer::Limited(wait().unwrap_or(INTERVAL)),
        403 => Answer::Never("the webhook's address is not valid".to_owned()),
        404 => Answer::Never("the webhook was deleted or has a new address".to_owned()),
        408 | 500..=599 => Answer::Later(format!("the webhook answered with status {status}")),
        _ => Answer::Never(format!("the webhook answered with status {status}")),
    }
}

/// Why a payload is not shown, with the status that a webhook answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// More than 4 KB.
    #[error("the payload is larger than {MAX_PAYLOAD} bytes")]
    TooLarge,
    /// Not `{"Content": "..."}`.
    #[error("the payload is not of the form {{\"Content\": \"...\"}}")]
    Form,
    /// Nothing to show.
    #[error("the content is empty")]
    Empty,
}

impl PayloadError {
    /// 413 for what is too large, else 400.
    pub fn status(self) -> u16 {
        if self == PayloadError::TooLarge { 413 } else { 400 }
    }
}

/// The words of a payload that came in. The markers `/md` and `/code` at their beginning are taken off.
///
/// # Errors
/// [`PayloadError`].
pub fn read_payload(body: &[u8]) -> Result<String, PayloadError> {
    if body.len() > MAX_PAYLOAD {
        return Err(PayloadError::TooLarge);
    }
    let payload: Payload = serde_json::from_slice(body).map_err(|_| PayloadError::Form)?;
    let content = payload.content.trim();
    let marked = ["/md", "/code"].iter().find_map(|mark| content.strip_prefix(mark));
    let words = marked.filter(|rest| rest.starts_with(char::is_whitespace)).unwrap_or(content).trim();
    if words.is_empty() { Err(PayloadError::Empty) } else { Ok(words.to_owned()) }
}

/// Whether a notification may be sent to an address: it is one of those that are listed, or lies below one. `listed` ends
/// each with a slash.
pub fn may_reach(url: &str, listed: &[String]) -> bool {
    let clean = !url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') && !url.contains("/..");
    clean && listed.iter().any(|prefix| prefix.ends_with('/') && url.starts_with(prefix.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{Block, Button, ButtonId, Fact, Tone};

    #[test]
    fn a_card_is_its_text_without_buttons() {
        let card = Card::titled("High CPU")
            .state(Tone::Bad, "ALARM")
            .block(Block::Facts(vec![Fact::words("Region", "us-east-1")]))
            .button(Button::new(ButtonId::Run, "c"));
        let expected = r#"{"Content":"✗ ALARM: High CPU\n  Region  us-east-1"}"#;
        assert_eq!(String::from_utf8(payload(&card)).unwrap(), expected);
    }

    #[test]
    fn whatever_is_shown_fits() {
        for text in ["x".repeat(10_000), "é\"\\\u{1}".repeat(4000), "\u{1}".repeat(4096), "y".repeat(4080)] {
            let payload = payload(&Card::default().text(text));
            assert!(payload.len() <= MAX_PAYLOAD && payload.len() > MAX_PAYLOAD / 2, "{}", payload.len());
            assert!(read_payload(&payload).is_ok());
        }
    }

    #[test]
    fn nothing_calls_everybody() {
        assert_eq!(calm("a@All @present, @alleys @aws @"), "a@\u{2060}All @\u{2060}present, @alleys @aws @");
    }

    #[test]
    fn a_payload_is_read_as_chime_reads_it() {
        assert_eq!(read_payload(br#"{"Content":" hi "}"#), Ok("hi".into()));
        assert_eq!(read_payload(br#"{"Content":"/md *hi*"}"#), Ok("*hi*".into()));
        assert_eq!(read_payload(br#"{"Content":"/mdx"}"#), Ok("/mdx".into()));
        for (body, error) in [
            ("", PayloadError::Form),
            ("[]", PayloadError::Form),
            (r#"{"text":"hi"}"#, PayloadError::Form),
            (r#"{"Content":7}"#, PayloadError::Form),
            (r#"{"Content":" "}"#, PayloadError::Empty),
        ] {
            assert_eq!(read_payload(body.as_bytes()), Err(error), "{body}");
        }
        let large = format!(r#"{{"Content":"{}"}}"#, "x".repeat(MAX_PAYLOAD));
        assert_eq!(read_payload(large.as_bytes()).unwrap_err().status(), 413);
    }

    #[test]
    fn an_answer_says_whether_to_try_again() {
        assert_eq!(read_answer(200, None), Answer::Shown);
        assert_eq!(read_answer(429, None), Answer::Limited(INTERVAL));
        assert_eq!(read_answer(429, Some("7")), Answer::Limited(Duration::from_secs(7)));
        assert!(matches!(read_answer(503, None), Answer::Later(_)));
        for status in [302, 400, 403, 404, 413] {
            assert!(matches!(read_answer(status, None), Answer::Never(_)), "{status}");
        }
    }

    #[test]
    fn only_listed_addresses_are_reached() {
        let listed = ["https://hooks.chime.aws/incomingwebhooks/".to_owned(), "bare".to_owned()];
        assert!(may_reach("https://hooks.chime.aws/incomingwebhooks/1?token=2", &listed));
        for bad in [
            "http://hooks.chime.aws/incomingwebhooks/1",
            "https://hooks.chime.aws.evil.example/incomingwebhooks/1",
            "https://hooks.chime.aws/other/1",
            "https://hooks.chime.aws/incomingwebhooks/../x",
            "bare",
        ] {
            assert!(!may_reach(bad, &listed), "{bad}");
        }
    }
}
