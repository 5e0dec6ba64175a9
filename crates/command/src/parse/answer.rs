//! Questions for what a command leaves out, one at a time, and their answers.

use super::{Dialect, Found, Grammar, Mistake, Parsed, Setting};
use crate::lex::{Markup, Word, lex};
use crate::render;
use bailiwick_aws::model::{Kind, Member};

/// A question for a required parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The command and operation, such as `sns get-topic-attributes`.
    pub command: String,
    /// The service's name, such as `sns`.
    pub service: String,
    /// The operation's name in the API.
    pub operation: String,
    /// The option that is missing, without hyphens, such as `topic-arn`.
    pub parameter: String,
    /// The member of the input that it sets, such as `TopicArn`.
    pub member: String,
    /// What kind of value is expected.
    pub kind: QuestionKind,
    /// The values there are, where the model lists them.
    pub choices: Vec<String>,
    /// The answer is a secret and should not be typed into a room.
    pub secret: bool,
    /// How many parameters are missing, this one included.
    pub missing: usize,
    /// The command so far, quoted so that it can be split again; keep it until the answer comes.
    pub partial: String,
}

/// The kind of value a question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QuestionKind {
    /// Bytes: text, or an attachment's name.
    Blob,
    /// Yes or no.
    Boolean,
    /// Several values with spaces between them, or JSON.
    List,
    /// A map or structure: `key=value,key=value`, or JSON.
    Map,
    /// A number.
    Number,
    /// Text.
    Text,
    /// A time.
    Time,
}

impl QuestionKind {
    /// What is expected, in words.
    pub fn as_str(self) -> &'static str {
        match self {
            QuestionKind::Blob => "text, or the name of an attachment",
            QuestionKind::Boolean => "yes or no",
            QuestionKind::List => "one or more values",
            QuestionKind::Map => "`key=value,key=value`, or JSON",
            QuestionKind::Number => "a number",
            QuestionKind::Text => "text",
            QuestionKind::Time => "a time, such as 2026-11-22T10:00:00Z",
        }
    }
}

pub(super) fn question(found: &Found, member: &Member, option: &str, missing: usize, line: &[Word]) -> Question {
    let shape = found.service.target(&member.target);
    let kind = match &shape.kind {
        Kind::Blob => QuestionKind::Blob,
        Kind::Boolean => QuestionKind::Boolean,
        Kind::Double | Kind::Float | Kind::Integer | Kind::Long => QuestionKind::Number,
        Kind::List(_) => QuestionKind::List,
        Kind::Map { .. } | Kind::Structure(_) => QuestionKind::Map,
        Kind::String => QuestionKind::Text,
        Kind::Timestamp(_) => QuestionKind::Time,
    };
    let of_elements = || shape.element().map(|element| found.service.target(element).enum_values());
    let choices = match kind {
        QuestionKind::Boolean => vec!["yes".to_owned(), "no".to_owned()],
        QuestionKind::List => of_elements().unwrap_or_default().iter().map(ToString::to_string).collect(),
        _ => shape.enum_values().iter().map(ToString::to_string).collect(),
    };
    Question {
        command: format!("{} {}", found.command, found.cli_name),
        service: found.service.name.to_string(),
        operation: found.name.to_string(),
        parameter: option.to_owned(),
        member: member.name.to_string(),
        kind,
        choices,
        secret: shape.sensitive,
        missing,
        partial: render::line(line),
    }
}

impl Grammar {
    /// Goes on with a command after a question. `partial`, `parameter` and `kind` are the question's; `text` is what was
    /// answered, as it was typed.
    ///
    /// # Errors
    /// As [`Grammar::parse`]; the question may be asked again.
    pub fn answer(
        &self,
        partial: &str,
        parameter: &str,
        kind: QuestionKind,
        text: &str,
        setting: &Setting<'_>,
    ) -> Result<Parsed, Mistake> {
        let lexed = |text: &str| {
            lex(text, Markup::Plain).map_err(|error| Mistake::new(super::MistakeKind::Value, "", &error.to_string()))
        };
        let mut words = lexed(partial)?.words;
        let text = text.trim();
        let option = Word::plain(format!("--{parameter}"));
        let quoted = |text: &str| Word { text: text.to_owned(), quoted: true };
        match kind {
            QuestionKind::Boolean => {
                let yes = matches!(text.to_ascii_lowercase().as_str(), "yes" | "y" | "true" | "1");
                let no = matches!(text.to_ascii_lowercase().as_str(), "no" | "n" | "false" | "0");
                if !yes && !no {
                    let wrong = format!("`{}` is neither yes nor no", super::mistake::shown(text));
                    return Err(Mistake::new(super::MistakeKind::Value, "", &wrong));
                }
                words.push(Word::plain(format!("--{parameter}={yes}")));
            }
            QuestionKind::List => {
                words.push(option);
                // A list is split as in a command; text that a command could not hold is one value.
                let given = lexed(text).map(|line| line.words).unwrap_or_else(|_| vec![quoted(text)]);
                words.extend(given.into_iter().map(|word| Word { quoted: true, ..word }));
            }
            _ => {
                words.push(option);
                words.push(quoted(unquoted(text)));
            }
        }
        self.parse(&words, &Setting { dialect: Dialect::Chat, ..*setting })
    }
}

/// The text without the quotes around it, where someone answered as on a command line.
fn unquoted(text: &str) -> &str {
    for (open, close) in [("\"", "\""), ("'", "'"), ("`", "`"), ("“", "”")] {
        if let Some(inner) = text.strip_prefix(open).and_then(|text| text.strip_suffix(close))
            && !inner.contains(open)
        {
            return inner;
        }
    }
    text
}
