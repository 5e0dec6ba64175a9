//! Text to words.

use super::{LexError, MAX_WORDS, Word};
use serde_json::Value;

/// Splits a text into words, as a shell would.
pub(super) fn split(text: &str) -> Result<Vec<Word>, LexError> {
    let mut splitter = Splitter { characters: text.chars().collect(), position: 0, attempts: MAX_ATTEMPTS };
    let mut words = Vec::new();
    while splitter.skip_blanks() {
        if words.len() >= MAX_WORDS {
            return Err(LexError::TooLong);
        }
        words.push(splitter.word()?);
    }
    Ok(words)
}

/// How many words that begin like JSON are read as JSON at most; each attempt looks at the whole rest of the text.
const MAX_ATTEMPTS: usize = 64;

struct Splitter {
    characters: Vec<char>,
    position: usize,
    attempts: usize,
}

/// Blanks as people type them and as platforms put them in.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// Marks without a width that platforms and keyboards leave in a text.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}')
}

/// The straight quote that a quote stands for.
fn straight(c: char) -> Option<char> {
    match c {
        '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '＂' => Some('"'),
        '\'' | '‘' | '’' | '‚' | '‛' => Some('\''),
        _ => None,
    }
}

/// Hyphens that phones make of two, or of one.
fn hyphens(c: char) -> Option<&'static str> {
    match c {
        '—' | '–' | '―' => Some("--"),
        '‐' | '‑' | '−' | '－' => Some("-"),
        _ => None,
    }
}

fn metacharacter(c: char, next: Option<char>) -> Option<(&'static str, &'static str)> {
    Some(match (c, next) {
        (';', _) => (";", "a command separator"),
        ('|', Some('|')) => ("||", "an or"),
        ('|', _) => ("|", "a pipe"),
        ('&', Some('&')) => ("&&", "an and"),
        ('&', _) => ("&", "a background job"),
        ('>', _) => (">", "a redirection"),
        ('<', _) => ("<", "a redirection"),
        ('`', _) => ("`", "a command substitution"),
        ('$', Some('(')) => ("$(", "a command substitution"),
        ('$', Some('{')) => ("${", "a variable substitution"),
        _ => return None,
    })
}

impl Splitter {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.position += 1;
        c
    }

    /// Moves to the next word; false at the end.
    fn skip_blanks(&mut self) -> bool {
        loop {
            match self.peek() {
                Some(c) if is_blank(c) => self.position += 1,
                // A line that is continued.
                Some('\\') if self.characters.get(self.position + 1) == Some(&'\n') => self.position += 2,
                other => return other.is_some(),
            }
        }
    }

    fn word(&mut self) -> Result<Word, LexError> {
        if let Some(text) = self.json() {
            return Ok(Word { text, quoted: true });
        }
        let mut word = Word::default();
        self.dashes(&mut word);
        while let Some(c) = self.peek() {
            if c.is_whitespace() {
                break;
            }
            let column = self.position;
            self.position += 1;
            if is_invisible(c) {
                continue;
            }
            if let Some((text, name)) = metacharacter(c, self.peek()) {
                return Err(LexError::Metacharacter { text, name, column });
            }
            match straight(c) {
                Some(quote) => {
                    word.quoted = true;
                    self.quoted(c, quote, column, &mut word.text)?;
                }
                None if c == '\\' => match self.next() {
                    None => word.text.push('\\'),
                    Some('\n') => {}
                    Some(escaped) => word.text.push(escaped),
                },
                None => word.text.push(c),
            }
            if c == '='
                && word.text.starts_with('-')
                && let Some(json) = self.json()
            {
                word.text.push_str(&json);
            }
        }
        Ok(word)
    }

    /// Long dashes at the start of a word were hyphens; elsewhere they are what was meant.
    fn dashes(&mut self, word: &mut Word) {
        // `——x`, `–-x` and `-–x` are still an option of two hyphens.
        let after = |word: &Word| (!word.text.is_empty()).then_some("-");
        while let Some(dashes) = self.peek().and_then(|c| hyphens(c).or_else(|| after(word).filter(|_| c == '-'))) {
            if word.text.len() < 2 {
                word.text.push_str(dashes);
                word.text.truncate(2);
            }
            self.position += 1;
        }
        if word.text.is_empty()
            && self.peek() == Some('-')
            && self.characters.get(self.position + 1).copied().and_then(hyphens).is_some()
        {
            self.position += 2;
            word.text.push_str("--");
        }
    }

    fn quoted(&mut self, opened: char, quote: char, column: usize, out: &mut String) -> Result<(), LexError> {
        // A curly quote may be closed by a straight one, when only half of the text was typed on a phone; a straight one only
        // by its like, so that curly ones in a value stay.
        let closes = |c: char| c == quote || (opened != quote && straight(c) == Some(quote));
        loop {
            match self.next() {
                None => {
                    let quote = if quote == '"' { "double quote" } else { "single quote" };
                    return Err(LexError::Unclosed { quote, column });
                }
                Some(c) if closes(c) => return Ok(()),
                Some('\\') if quote == '"' => match self.peek() {
                    Some('\n') => self.position += 1,
                    Some(c) if matches!(c, '"' | '\\' | '$' | '`') || closes(c) => {
                        out.push(c);
                        self.position += 1;
                    }
                    _ => out.push('\\'),
                },
                Some(c) => out.push(c),
            }
        }
    }

    /// JSON that stands here without quotes, up to a blank or the end.
    fn json(&mut self) -> Option<String> {
        if !matches!(self.peek(), Some('{' | '[')) || self.attempts == 0 {
            return None;
        }
        self.attempts -= 1;
        let rest = self.characters.get(self.position..)?;
        let typed: String = rest.iter().collect();
        let straightened: String = rest.iter().map(|&c| if straight(c) == Some('"') { '"' } else { c }).collect();
        for text in [typed, straightened] {
            let mut values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
            if !matches!(values.next(), Some(Ok(_))) {
                continue;
            }
            let json = text.get(..values.byte_offset())?;
            let after = self.position + json.chars().count();
            if self.characters.get(after).is_none_or(|&c| is_blank(c)) {
                self.position = after;
                return Some(json.to_owned());
            }
        }
        None
    }
}
