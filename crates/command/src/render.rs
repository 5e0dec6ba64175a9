//! A call as the command that makes it: for "Run this?", for echoes, for the audit trail.

use crate::lex::Word;
use crate::output::s3::Listing;
use crate::parse::{Call, option_name};
use bailiwick_aws::model::{Kind, ShapeRef};
use bailiwick_aws::value::json::{BlobFormat, TimestampStyle, to_json};
use bailiwick_aws::{Service, Value};
use serde_json::Value as Json;
use std::fmt::Write as _;

/// What stands for a secret.
pub const MASK: &str = "****";
/// The longest value that is written whole when a line is shortened.
const MAX_SHOWN: usize = 300;

/// What is written of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// Values of sensitive parameters are masked: for everything that people read or that is kept.
    Mask,
    /// Values are written as they are: only for a line that is read again at once.
    Show,
}

/// Text as one word of a command line, in single quotes where it needs them. Single quotes inside become `'\''`.
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,@+%^~".contains(c);
    let dashed = text.chars().any(|c| matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}'));
    if !text.is_empty() && text.chars().all(plain) && !dashed {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Words as a line that splits into the same words again.
pub fn line(words: &[Word]) -> String {
    let option = |word: &Word| word.text.starts_with('-') && !word.quoted;
    let write = |word: &Word| match () {
        // A quoted hyphen is a value and must stay one.
        () if word.quoted && word.text.starts_with('-') => format!("'{}'", word.text.replace('\'', "'\\''")),
        () if option(word) => match word.text.split_once('=') {
            Some((name, value)) => format!("{name}={}", quote(value)),
            None => quote(&word.text),
        },
        () => quote(&word.text),
    };
    words.iter().map(write).collect::<Vec<_>>().join(" ")
}

/// The canonical command of a call, without a mention: the service, the operation, every parameter as an option in the
/// model's order, then `--account`, `--region`, `--query` and `--output` where they were given.
pub fn command(call: &Call, secrets: Secrets) -> String {
    let mut out = format!("{} {}", call.command, call.cli_name);
    let input = call.model().and_then(|operation| operation.input.as_ref());
    let members = input.map_or(&[][..], |input| call.service.target(input).members());
    for member in members {
        let Some(value) = call.input.get(&member.name) else { continue };
        let name = option_name(&member.name);
        match value {
            Value::Boolean(true) => {
                let _ = write!(out, " --{name}");
            }
            Value::Boolean(false) => {
                let _ = write!(out, " --no-{name}");
            }
            value => {
                let _ = write!(out, " --{name}");
                let writer = Writer { service: &call.service, secrets };
                for word in writer.words(&member.target, value, call.options.binary_format) {
                    let _ = write!(out, " {word}");
                }
            }
        }
    }
    let options = &call.options;
    let paging = &options.paging;
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    for (name, value) in [
        ("max-items", number(paging.max_items)),
        ("page-size", number(paging.page_size)),
        ("starting-token", paging.starting_token.clone()),
        ("account", options.account.clone()),
        ("region", options.region.clone()),
        ("query", options.query.as_ref().map(|query| query.as_str().to_owned())),
        ("output", options.output.map(|format| format.as_str().to_owned())),
    ] {
        if let Some(value) = value {
            let _ = write!(out, " --{name} {}", quote(&value));
        }
    }
    out
}

/// The line that gives the call again when it is read: [`command`], except for a program of the AWS CLI, whose own words also say
/// how its answer is printed. Secrets are in it.
pub fn again(call: &Call) -> String {
    let Some(Listing::Done { program, .. }) = &call.listing else { return command(call, Secrets::Show) };
    let mut out = program.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
    for (name, value) in [("account", &call.options.account), ("region", &call.options.region)] {
        if let Some(value) = value {
            let _ = write!(out, " --{name} {}", quote(value));
        }
    }
    out
}

/// The paths of secrets in an input, such as `Credentials.Password`: members that the model calls sensitive and that have
/// a value.
pub fn secret_paths(call: &Call) -> Vec<String> {
    let mut paths = Vec::new();
    if let Some(input) = call.model().and_then(|operation| operation.input.as_ref()) {
        find_secrets(&call.service, input, &call.input, "", &mut paths);
    }
    paths
}

fn find_secrets(service: &Service, target: &ShapeRef, value: &Value, path: &str, paths: &mut Vec<String>) {
    let shape = service.target(target);
    if shape.sensitive {
        paths.push(path.to_owned());
        return;
    }
    match (&shape.kind, value) {
        (Kind::Structure(_), Value::Map(entries)) => {
            for (name, value) in entries {
                if let Some(member) = shape.member(name) {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    find_secrets(service, &member.target, value, &path, paths);
                }
            }
        }
        (Kind::List(element), Value::List(items)) => {
            for (position, value) in items.iter().enumerate() {
                find_secrets(service, element, value, &format!("{path}[{position}]"), paths);
            }
        }
        (Kind::Map { value: target, .. }, Value::Map(entries)) => {
            for (name, value) in entries {
                find_secrets(service, target, value, &format!("{path}.{name}"), paths);
            }
        }
        _ => {}
    }
}

struct Writer<'a> {
    service: &'a Service,
    secrets: Secrets,
}

impl Writer<'_> {
    fn words(&self, target: &ShapeRef, value: &Value, blobs: BlobFormat) -> Vec<String> {
        let shape = self.service.target(target);
        if self.secrets == Secrets::Mask && shape.sensitive {
            return vec![MASK.to_owned()];
        }
        match value {
            Value::String(text) => vec![quote(text)],
            Value::Blob(bytes) => vec![match (std::str::from_utf8(bytes), blobs) {
                (Ok(text), BlobFormat::RawInBase64Out) if text.len() <= MAX_SHOWN || self.secrets == Secrets::Show => {
                    quote(text)
                }
                _ => format!("({} bytes)", bytes.len()),
            }],
            Value::List(items) if items.iter().all(|item| matches!(item, Value::String(_) | Value::Integer(_))) => {
                let element = shape.element();
                items
                    .iter()
                    .flat_map(|item| element.map(|element| self.words(element, item, blobs)).unwrap_or_default())
                    .collect()
            }
            Value::Integer(_) | Value::Float(_) | Value::Timestamp(_) => {
                match to_json(value, TimestampStyle::Rfc3339) {
                    Json::String(text) => vec![quote(&text)],
                    other => vec![other.to_string()],
                }
            }
            _ => vec![quote(&self.json(target, value).to_string())],
        }
    }

    fn json(&self, target: &ShapeRef, value: &Value) -> Json {
        let shape = self.service.target(target);
        if self.secrets == Secrets::Mask && shape.sensitive {
            return Json::from(MASK);
        }
        match (&shape.kind, value) {
            (Kind::Structure(_), Value::Map(entries)) => Json::Object(
                entries
                    .iter()
                    .map(|(name, value)| {
                        let json = shape.member(name).map(|member| self.json(&member.target, value));
                        (name.clone(), json.unwrap_or(Json::Null))
                    })
                    .collect(),
            ),
            (Kind::List(element), Value::List(items)) => {
                Json::Array(items.iter().map(|value| self.json(element, value)).collect())
            }
            (Kind::Map { value: target, .. }, Value::Map(entries)) => {
                Json::Object(entries.iter().map(|(name, value)| (name.clone(), self.json(target, value))).collect())
            }
            _ => to_json(value, TimestampStyle::Rfc3339),
        }
    }
}
