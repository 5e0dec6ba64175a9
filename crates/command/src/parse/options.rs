//! Options that every command takes: `--region`, `--output`, `--query` and the like.

use super::mistake::shown;
use super::scan::{ambiguous, is_option, needs_value, resolve, split_option};
use super::unpack::whole_of_any_size;
use super::{Dialect, Mistake, MistakeKind, Options};
use crate::lex::Word;
use crate::output::Format;
use crate::query::Expression;
use bailiwick_aws::value::json::BlobFormat;

/// The name, and whether it takes a value.
const GLOBAL: [(&str, bool); 17] = [
    ("debug", false),
    ("endpoint-url", true),
    ("no-verify-ssl", false),
    ("no-paginate", false),
    ("output", true),
    ("query", true),
    ("profile", true),
    ("region", true),
    ("version", false),
    ("color", true),
    ("no-sign-request", false),
    ("ca-bundle", true),
    ("cli-read-timeout", true),
    ("cli-connect-timeout", true),
    ("v2-debug", false),
    // Version 2 of the AWS CLI.
    ("cli-binary-format", true),
    ("no-cli-pager", false),
];

/// The names of all of them, for suggestions.
pub(super) fn names() -> impl Iterator<Item = &'static str> + Clone {
    GLOBAL.iter().map(|(name, _)| *name)
}

/// Takes the global options out of the words.
pub(super) fn take_global(words: &[Word], dialect: Dialect) -> Result<(Options, Vec<Word>), Mistake> {
    let mut options = Options::default();
    let mut rest = Vec::with_capacity(words.len());
    let mut position = 0;
    while let Some(word) = words.get(position) {
        position += 1;
        let (typed, explicit) = split_option(&word.text);
        let hidden = word.quoted && dialect == Dialect::Chat && word.text.contains(char::is_whitespace);
        let candidate = if hidden { Ok(None) } else { resolve(typed, names()) };
        let name = candidate.map_err(|candidates| ambiguous("", typed, &candidates))?;
        let Some((name, takes_value)) = GLOBAL.iter().find(|(known, _)| Some(*known) == name) else {
            rest.push(word.clone());
            continue;
        };
        let value = match (takes_value, explicit) {
            (true, Some(value)) => value.to_owned(),
            (true, None) => {
                let next = words.get(position).filter(|next| !is_option(next, dialect));
                position += 1;
                next.ok_or_else(|| needs_value("", name))?.text.clone()
            }
            (false, None) => String::new(),
            (false, Some(_)) => {
                return Err(Mistake::new(MistakeKind::Value, "", &format!("`--{name}` takes no value")));
            }
        };
        set(&mut options, name, value, dialect)?;
    }
    Ok((options, rest))
}

fn bad(name: &str, value: &str, expected: &str) -> Mistake {
    Mistake::new(MistakeKind::Value, "", &format!("`{}` is not a value of `--{name}`, {expected}", shown(value)))
}

fn set(options: &mut Options, name: &str, value: String, dialect: Dialect) -> Result<(), Mistake> {
    match name {
        "output" => {
            let format = Format::parse(&value);
            options.output = Some(format.ok_or_else(|| bad(name, &value, "it is one of: json, text, table, yaml"))?);
        }
        "query" => {
            let query = Expression::parse(&value).map_err(|error| bad(name, &value, &error.to_string()))?;
            options.query = Some(query);
        }
        "region" => options.region = Some(value),
        "no-paginate" => options.paging.off = true,
        "cli-binary-format" => {
            options.binary_format = match value.as_str() {
                "base64" => BlobFormat::Base64,
                "raw-in-base64-out" => BlobFormat::RawInBase64Out,
                _ => return Err(bad(name, &value, "it is one of: base64, raw-in-base64-out")),
            }
        }
        "color" if !matches!(value.as_str(), "on" | "off" | "auto") => {
            return Err(bad(name, &value, "it is one of: on, off, auto"));
        }
        "cli-read-timeout" | "cli-connect-timeout" if whole_of_any_size(&value).is_none() => {
            return Err(bad(name, &value, "it is a whole number of seconds"));
        }
        "endpoint-url" if !value.contains(':') => return Err(bad(name, &value, "it begins with http:// or https://")),
        "no-cli-pager" => {}
        _ if dialect == Dialect::Cli => options.other.push((name.to_owned(), value)),
        _ => {
            let reason = match name {
                "profile" | "no-sign-request" => "credentials come from the channel's role",
                "endpoint-url" | "ca-bundle" | "no-verify-ssl" => "endpoints are configured by the administrators",
                _ => "it is for a terminal",
            };
            let wrong = format!("`--{name}` has no meaning here, {reason}; leave it out");
            return Err(Mistake::new(MistakeKind::NotHere, "", &wrong));
        }
    }
    Ok(())
}
