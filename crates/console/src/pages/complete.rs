//! Completion of a command that is being typed: a list for the composer.

use crate::pages::{Problem, page};
use crate::protect::session::Current;
use crate::{Completion, Console};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use bailiwick_chat::limits::MESSAGE_BYTES;
use bailiwick_chat::mention::words_for_bot;
use serde::Deserialize;

/// The most words that are offered at once.
const OFFERED: usize = 12;

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    text: String,
}

#[derive(Template)]
#[template(path = "completions.html")]
struct Completions<'a> {
    completions: Vec<(usize, &'a Completion)>,
}

/// The words that may follow; an empty list when the text is no command.
pub(crate) async fn completions(
    State(console): State<Console>,
    current: Current,
    Path(room): Path<String>,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    let found = match words(&typed.text) {
        Some(words) => console.rooms.complete(&current.session.person, &room, words).await?,
        None => Vec::new(),
    };
    page(&Completions { completions: found.iter().take(OFFERED).enumerate().collect() })
}

/// What follows the mention, with the white space it ends in.
fn words(text: &str) -> Option<&str> {
    let words = words_for_bot(text).filter(|_| text.len() <= MESSAGE_BYTES)?;
    let start = text.trim_end().len().checked_sub(words.len())?;
    let words = text.get(start..)?;
    // Right behind the name nothing is being typed yet.
    (text.trim_end().len() > start || text.ends_with(char::is_whitespace)).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn the_words_keep_the_space_they_end_in() {
        for (text, expected) in [
            ("@aws sns list", Some("sns list")),
            ("@aws sns ", Some("sns ")),
            ("@aws ", Some(" ")),
            ("@aws", None),
            ("hello", None),
            ("@aws \u{200b}sns", Some("sns")),
        ] {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }
}
