//! The adapter of Slack: signed bytes become events, cards become Block Kit, and what is asked of Slack's Web API becomes
//! requests.
//!
//! - [`signature`]: which requests are Slack's.
//! - [`incoming`], [`interaction`], [`command`]: what the Events API, buttons and forms, and the slash command bring; each
//!   over HTTP or in an envelope of [`socket`].
//! - [`render`]: cards as messages, within Slack's limits.
//! - [`request`], [`response`]: the Web API, both ways.
//! - [`manifest`]: the app as Slack is told of it.
//!
//! Source: Slack's platform documentation, the pages named in each module.

pub mod command;
pub mod incoming;
pub mod interaction;
pub mod manifest;
mod mrkdwn;
pub mod openid;
pub mod render;
pub mod request;
pub mod response;
pub mod signature;
pub mod socket;

use crate::limits::{LimitError, STORED_BYTES, check_depth, check_length};
use bailiwick_ident::Timestamp;

/// Bytes of Slack that are not what they should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SlackError {
    /// Larger or deeper than anything that is read.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// Not the JSON or the form that was expected.
    #[error("{what} cannot be read: {reason}")]
    Form {
        /// What was read.
        what: &'static str,
        /// Where and why it failed; never the content.
        reason: String,
    },
}

impl SlackError {
    fn form(what: &'static str, reason: impl ToString) -> Self {
        SlackError::Form { what, reason: reason.to_string() }
    }
}

/// Reads JSON within the limits.
fn read<T: serde::de::DeserializeOwned>(what: &'static str, json: &[u8]) -> Result<T, SlackError> {
    check_length(what, json.len(), STORED_BYTES)?;
    check_depth(what, json)?;
    serde_json::from_slice(json).map_err(|error| {
        // The parser's words may quote what was sent.
        SlackError::form(what, format!("line {} column {}", error.line(), error.column()))
    })
}

/// The time in a Slack timestamp such as `1795000000.000100`; the epoch when it is none.
fn time_of(ts: &str) -> Timestamp {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, ""));
    let millis = fraction.get(..3).and_then(|digits| digits.parse::<i64>().ok()).unwrap_or(0);
    let seconds = seconds.parse::<i64>().unwrap_or(0);
    Timestamp::from_millis(seconds.saturating_mul(1000).saturating_add(millis))
}

/// Why somebody whose home is another workspace than the one that the app is installed in cannot be resolved; `None` for
/// one of its own members. `shared` says that the channel has members of other organizations, and then a home that is not
/// said is not known.
fn stranger(workspace: &str, home: Option<&str>, shared: bool) -> Option<String> {
    match home.filter(|home| !home.is_empty()) {
        Some(home) if home == workspace => None,
        Some(home) if home.starts_with('E') => Some("is known by an organization only, not by a workspace".to_owned()),
        Some(_) => Some("belongs to another workspace (Slack Connect)".to_owned()),
        None if shared => Some("cannot be told from the members of other workspaces in this shared channel".to_owned()),
        None => None,
    }
}

#[cfg(test)]
mod tests;
