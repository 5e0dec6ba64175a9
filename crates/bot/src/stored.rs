//! What a command's row remembers between its messages, in stored form.

use bailiwick_chat::cards::Ran;
use serde::{Deserialize, Serialize};

const FORMAT: u32 = 1;

/// The open question of a command that asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    format: u32,
    /// The option that is asked for, without hyphens.
    pub(crate) parameter: String,
    /// The message that asked.
    pub(crate) message: String,
    /// What stands between the command's words and the answer, where no operation's model asks.
    #[serde(default)]
    pub(crate) before: Option<String>,
}

impl Asked {
    pub(crate) fn new(parameter: &str, message: String) -> Self {
        Asked { format: FORMAT, parameter: parameter.to_owned(), message, before: None }
    }
}

/// What ran where and as whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredRan {
    command: String,
    account: String,
    region: String,
    role: String,
}

impl From<&Ran> for StoredRan {
    fn from(ran: &Ran) -> Self {
        let Ran { command, account, region, role } = ran.clone();
        StoredRan { command, account, region, role }
    }
}

impl From<StoredRan> for Ran {
    fn from(stored: StoredRan) -> Self {
        let StoredRan { command, account, region, role } = stored;
        Ran { command, account, region, role }
    }
}

/// How strong a proof is that was brought for one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Proved {
    Session,
    SecondFactor,
}

/// What a settled or proposed command can still show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) format: u32,
    /// The message that carries the command's card, to be settled when a button is pressed.
    #[serde(default)]
    pub(crate) message: Option<String>,
    /// The answer as JSON text.
    #[serde(default)]
    pub(crate) json: Option<String>,
    /// What ran, for the following parts of its answer.
    #[serde(default)]
    pub(crate) ran: Option<StoredRan>,
    /// Its answer has pages: a `NextToken` in it goes on where it ends.
    #[serde(default)]
    pub(crate) paged: bool,
    /// It was refused, and approvals would let it run.
    #[serde(default)]
    pub(crate) approvals: bool,
    /// Who asked has proved more of who they are than their platform says, for this command.
    #[serde(default)]
    pub(crate) proved: Option<Proved>,
    /// The trace of the decision: a card in the chat crate's stored form.
    #[serde(default)]
    pub(crate) trace: Option<String>,
    /// The name of who asked.
    #[serde(default)]
    pub(crate) requester: Option<String>,
}

impl Shown {
    pub(crate) fn new(message: Option<String>) -> Self {
        Shown { format: FORMAT, message, ..Shown::default() }
    }
}

/// Writes a stored form. Strings and numbers always serialize.
pub(crate) fn write<T: Serialize>(form: &T) -> String {
    serde_json::to_string(form).unwrap_or_default()
}

/// Reads a stored form; what a later version wrote reads as nothing.
pub(crate) fn read<T: serde::de::DeserializeOwned>(text: Option<&str>) -> Option<T> {
    serde_json::from_str(text?).ok()
}
