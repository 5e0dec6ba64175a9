//! The grammar that all management policies share: settings of a shape, with inheritance operators for values.
//! Source: AWS's Organizations guide, "Inheritance operators" and the syntax page of each type, and AWS's answers to
//! documents that stretch them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Text that a setting or a name takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Word {
    /// An AI service, or `default` for all of them.
    AiService,
    /// Any text.
    Any,
    /// A resource type that tag policies are enforced for: of one service, never of all.
    Enforced,
    /// A GUID in lower case.
    Guid,
    /// A GUID in lower case, or `*`.
    GuidOrStar,
    /// One of these, spelled so.
    OneOf(&'static [&'static str]),
    /// The id of a Slack workspace.
    Slack,
    /// The id of a Slack workspace, or `*`.
    SlackOrStar,
    /// The key of a tag.
    TagKey,
    /// The value of a tag, with one wildcard at most.
    TagValue,
    /// A whole number from the first to the last.
    Whole(i64, i64),
}

/// What stands at a place of a document.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Settings of any name.
    Each(Word, &'static Shape),
    /// Settings by name, in any case.
    Fields(&'static [(&'static str, Shape)]),
    /// Settings of any name and depth.
    Free,
    /// A setting with a list of values.
    Many(Word),
    /// A setting with one value.
    One(Word),
}

/// The deepest document. It is less than what the merge takes.
const MAX_DEPTH: usize = 20;
const CONTROL: &str = "@@operators_allowed_for_child_policies";

impl Word {
    fn takes(self, text: &str) -> bool {
        match self {
            Word::AiService => is_service(text),
            Word::Any => true,
            Word::Enforced => is_enforced(text),
            Word::Guid => is_guid(text),
            Word::GuidOrStar => text == "*" || is_guid(text),
            Word::OneOf(words) => words.contains(&text),
            Word::Slack => is_slack(text),
            Word::SlackOrStar => text == "*" || is_slack(text),
            Word::TagKey => (1..=128).contains(&text.chars().count()) && !text.contains('*'),
            Word::TagValue => text.chars().count() <= 256 && text.matches('*').count() <= 1,
            Word::Whole(first, last) => text.parse::<i64>().is_ok_and(|number| (first..=last).contains(&number)),
        }
    }
}

fn is_service(text: &str) -> bool {
    let letter = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(letter)
}

/// `service:type`, `service:*` or `service:ALL_SUPPORTED`.
fn is_enforced(text: &str) -> bool {
    let Some((service, kind)) = text.split_once(':') else { return false };
    let letter = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_' | b'/' | b'.');
    is_service(service) && (kind == "*" || ((1..=128).contains(&kind.len()) && kind.bytes().all(letter)))
}

fn is_slack(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &&str| part.bytes().all(|letter| matches!(letter, b'0'..=b'9' | b'a'..=b'f'));
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(hex)
}

/// A value as text; AWS reads numbers, booleans and null as what they are written as.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Null | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn is_one(value: &Value, word: Word) -> bool {
    scalar(value).is_some_and(|text| word.takes(&text))
}

fn is_list(value: &Value, word: Word) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(|value| is_one(value, word)))
}

/// The list of operators that lower policies may use: no exact repeats, and `@@none` alone.
fn is_control(value: &Value) -> bool {
    let Some(list) = value.as_array() else { return false };
    let mut seen = BTreeSet::new();
    for word in list {
        let Some(word) = word.as_str() else { return false };
        let known = ["@@all", "@@append", "@@assign", "@@none", "@@remove"];
        if !known.iter().any(|known| known.eq_ignore_ascii_case(word)) || !seen.insert(word) {
            return false;
        }
    }
    list.len() == 1 || !seen.iter().any(|word| word.eq_ignore_ascii_case("@@none"))
}

/// Names without case must differ.
fn names_differ(object: &Map<String, Value>) -> bool {
    let names: BTreeSet<String> = object.keys().map(|name| name.to_lowercase()).collect();
    names.len() == object.len()
}

/// Whether a document is one of this shape. At its top AWS takes values, and makes nothing of them.
pub(super) fn fits(shape: Shape, document: &Value) -> bool {
    let Some(object) = document.as_object().filter(|object| names_differ(object)) else { return false };
    let (operators, settings): (Vec<_>, Vec<_>) = object.iter().partition(|(name, _)| name.starts_with("@@"));
    let harmless = |value: &Value| match value {
        Value::Array(list) => list.iter().all(|value| scalar(value).is_some()),
        one => scalar(one).is_some(),
    };
    let operators_fit = operators.iter().all(|(name, value)| match name.to_lowercase().as_str() {
        CONTROL => is_control(value),
        "@@append" | "@@assign" | "@@remove" => harmless(value),
        _ => false,
    });
    let settings: Map<String, Value> =
        settings.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    operators_fit && !settings.is_empty() && inside(shape, &Value::Object(settings), 0)
}

fn inside(shape: Shape, value: &Value, depth: usize) -> bool {
    let Some(object) = value.as_object().filter(|object| depth < MAX_DEPTH && names_differ(object)) else {
        return false;
    };
    object.iter().all(|(name, value)| {
        let folded = name.to_lowercase();
        if folded.starts_with("@@") {
            return folded == CONTROL && is_control(value) || operator_fits(shape, &folded, value);
        }
        match shape {
            Shape::Each(word, below) => word.takes(name) && inside(*below, value, depth + 1),
            Shape::Fields(fields) => {
                let field = fields.iter().find(|(field, _)| *field == folded);
                field.is_some_and(|(_, below)| inside(*below, value, depth + 1))
            }
            Shape::Free => inside(Shape::Free, value, depth + 1),
            Shape::Many(_) | Shape::One(_) => false,
        }
    })
}

fn operator_fits(shape: Shape, operator: &str, value: &Value) -> bool {
    match (shape, operator) {
        (Shape::One(word), "@@assign") => is_one(value, word),
        (Shape::Many(word), "@@append" | "@@assign" | "@@remove") => is_list(value, word),
        (Shape::Free, "@@assign") => is_one(value, Word::Any) || is_list(value, Word::Any),
        (Shape::Free, "@@append" | "@@remove") => is_list(value, Word::Any),
        _ => false,
    }
}
