//! What a command's row remembers between its messages, in stored form.

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
}

impl Asked {
    pub(crate) fn new(parameter: &str, message: String) -> Self {
        Asked { format: FORMAT, parameter: parameter.to_owned(), message }
    }
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
    /// The trace of the decision: a card in the chat crate's stored form.
    #[serde(default)]
    pub(crate) trace: Option<String>,
}

impl Shown {
    pub(crate) fn new(message: Option<String>) -> Self {
        Shown { format: FORMAT, message, json: None, trace: None }
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
