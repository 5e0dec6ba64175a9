//! A chat message as the words of a command.
//!
//! Words are split and quoted as a shell would, and what phones and chat platforms change is changed back: long dashes,
//! curly quotes, entities, links, code fences. JSON may follow an option as it is. Nothing is ever handed to a shell: a
//! character that would mean something to one is refused by name unless it is quoted. Hyphens, names and values are left
//! to [`crate::parse`].
//!
//! ```
//! use bailiwick_command::lex::{Markup, lex};
//! let line = lex("@aws lambda invoke —payload {\"a\": [1, 2]}", Markup::Plain).unwrap();
//! let words: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
//! assert!(line.addressed);
//! assert_eq!(words, ["lambda", "invoke", "--payload", "{\"a\": [1, 2]}"]);
//! ```

mod markup;
mod split;
#[cfg(test)]
mod tests;

pub use markup::Markup;

/// The longest message that is read, in bytes. Slack's own limit is 40,000 characters.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024;
/// The most words of one message.
pub const MAX_WORDS: usize = 2_048;

/// The names that address us, besides those that the platform itself marks as a mention of our bot.
const MENTIONS: [&str; 4] = ["@aws", "@bailiwick", "@amazon q", "@q"];
/// Words that may stand before a command without naming anybody.
const BARE: [&str; 2] = ["aws", "bailiwick"];

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// The word without its quotes.
    pub text: String,
    /// A part of it was quoted, so that a hyphen in it was meant as it is.
    pub quoted: bool,
}

impl Word {
    /// A word as it is, without quotes.
    pub fn plain(text: impl Into<String>) -> Self {
        Word { text: text.into(), quoted: false }
    }
}

/// A message, split.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// The message begins with a mention of us or with the bare word `aws` or `bailiwick`.
    pub addressed: bool,
    /// The words after that; none when somebody only called our name.
    pub words: Vec<Word>,
}

/// Why a message has no words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LexError {
    /// A character that a shell would act on stands outside of quotes.
    #[error(
        "`{text}` ({name}) is not understood here, commands are never handed to a shell; if it belongs to a value, put the value in quotes"
    )]
    Metacharacter {
        /// The character or characters.
        text: &'static str,
        /// What a shell calls it.
        name: &'static str,
        /// Where it stands, in characters from zero, after the platform's markup is taken out.
        column: usize,
    },
    /// The message is longer than [`MAX_MESSAGE_BYTES`] or has more words than [`MAX_WORDS`].
    #[error("the message is too long, send long values as an attachment and name it with `file://`")]
    TooLong,
    /// A quote is opened and never closed.
    #[error("a {quote} is opened and never closed; close it, or put a `\\` before it if it belongs to a value")]
    Unclosed {
        /// Which one, in words.
        quote: &'static str,
        /// Where it is opened, in characters from zero, after the platform's markup is taken out.
        column: usize,
    },
}

/// The text of a message as it was typed, before a platform wrote it in its own way.
pub fn as_typed(text: &str, markup: Markup) -> String {
    markup::plain(text, markup).1
}

/// Splits a message into words.
///
/// # Errors
/// See [`LexError`]. No message makes it panic.
pub fn lex(message: &str, markup: Markup) -> Result<Line, LexError> {
    if message.len() > MAX_MESSAGE_BYTES {
        return Err(LexError::TooLong);
    }
    let (mentioned, text) = markup::plain(message, markup);
    let (addressed, rest) = address(&text);
    let words = split::split(unfence(rest))?;
    let (bare, words) = bare(words);
    Ok(Line { addressed: mentioned || addressed || bare, words })
}

/// Whether the text begins with one of our names, and what comes after it.
fn address(text: &str) -> (bool, &str) {
    let text = text.trim_start();
    for name in MENTIONS {
        let after = text
            .get(..name.len())
            .filter(|start| start.eq_ignore_ascii_case(name))
            .and_then(|_| text.get(name.len()..));
        if let Some(after) =
            after.filter(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_'))
        {
            return (true, after.trim_start().trim_start_matches([':', ',']));
        }
    }
    (false, text)
}

/// Takes a code fence, backticks or a shell's prompt off the whole text.
fn unfence(text: &str) -> &str {
    const LANGUAGES: [&str; 6] = ["bash", "console", "sh", "shell", "text", "zsh"];
    let text = text.trim();
    let fenced = text.strip_prefix("```").and_then(|text| text.strip_suffix("```"));
    let single = || text.strip_prefix('`').and_then(|text| text.strip_suffix('`')).filter(|text| !text.contains('`'));
    let inner = match fenced {
        Some(inner) => match inner.split_once('\n') {
            Some((language, code)) if LANGUAGES.contains(&language.trim()) => code,
            _ => inner,
        },
        None => single().unwrap_or(text),
    };
    let inner = inner.trim();
    inner.strip_prefix("$ ").unwrap_or(inner)
}

/// Takes the word `aws` or `bailiwick` off the front, also after a mention.
fn bare(mut words: Vec<Word>) -> (bool, Vec<Word>) {
    let is_bare = |word: &Word| !word.quoted && BARE.iter().any(|name| word.text.eq_ignore_ascii_case(name));
    let bare = words.first().is_some_and(is_bare);
    if bare {
        words.remove(0);
    }
    (bare, words)
}
