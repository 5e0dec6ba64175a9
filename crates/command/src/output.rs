//! An answer as text: the AWS CLI's own formats, and the tree that is read in a room.
//!
//! `json`, `text` and `table` are those of the AWS CLI version 1, byte for byte; `yaml` is that of version 2, which alone
//! has it. [`tree`] is ours: neutral lines and spans that a face draws in its own way.
//! Nothing here knows a card, a platform or a terminal.

mod json;
mod parsed;
pub mod s3;
mod table;
mod text;
pub mod tree;
pub(crate) mod wide;
mod yaml;

#[cfg(test)]
mod tests;

pub use parsed::parsed_response;

use serde_json::Value;

use crate::pages::Whole;
use crate::query::{Expression, QueryError};

/// A format of `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Indented JSON.
    Json,
    /// Boxes drawn with `|`, `-` and `+`.
    Table,
    /// Lines of fields separated by tabs.
    Text,
    /// YAML, as version 2 of the AWS CLI prints it.
    Yaml,
}

impl Format {
    /// All of them, in the order in which help lists them.
    pub const ALL: [Format; 4] = [Format::Json, Format::Text, Format::Table, Format::Yaml];

    /// Reads the value of `--output`.
    pub fn parse(name: &str) -> Option<Self> {
        Format::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// The value of `--output`.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Table => "table",
            Format::Text => "text",
            Format::Yaml => "yaml",
        }
    }
}

/// An answer that a format cannot show. The AWS CLI stops with an error in the same places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The lists of the answer are too irregular for the format.
    #[error("the answer does not fit `--output {}` ({reason}), use `--output json`", format.as_str())]
    Irregular {
        /// The format that was asked for.
        format: Format,
        /// What does not fit.
        reason: &'static str,
    },
}

/// The text of a response in a format, as the AWS CLI prints it, with its final newline; empty where the CLI prints nothing.
///
/// `operation` is the API's name, such as `ListTopics`: it is the title of a table. `response` is what
/// [`parsed_response`] made of the answer, or what `--query` made of that.
///
/// # Errors
/// [`OutputError::Irregular`], for [`Format::Table`] and [`Format::Text`] only.
pub fn render(format: Format, operation: &str, response: &Value) -> Result<String, OutputError> {
    Ok(match format {
        Format::Json => json::render(response),
        Format::Table => table::render(operation, response)?,
        Format::Text => text::render(response)?,
        Format::Yaml => yaml::render(response),
    })
}

/// Why an answer is not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShowError {
    /// The format does not fit.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// `--query` has no answer.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// The text of all pages of an answer as the AWS CLI prints it: `text` page by page, `--query` applied to each, the other
/// formats once for the whole.
///
/// # Errors
/// The format's and the query's.
pub fn render_whole(
    format: Format,
    operation: &str,
    whole: &Whole,
    query: Option<&Expression>,
) -> Result<String, ShowError> {
    let one = |response: &Value| -> Result<String, ShowError> {
        Ok(match query {
            Some(query) => render(format, operation, &query.search(response)?)?,
            None => render(format, operation, response)?,
        })
    };
    match format {
        Format::Text => whole.pages.iter().map(one).collect(),
        _ => one(&whole.response),
    }
}
