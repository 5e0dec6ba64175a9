//! Reading values out of documents of which nothing is certain.

use serde_json::{Map, Value};

/// The text at a JSON pointer, if there is text that is not blank.
pub(crate) fn text<'a>(document: &'a Map<String, Value>, pointer: &str) -> Option<&'a str> {
    at(document, pointer)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// The value at a JSON pointer; `/a/b` looks into `a`.
pub(crate) fn at<'a>(document: &'a Map<String, Value>, pointer: &str) -> Option<&'a Value> {
    let rest = pointer.strip_prefix('/')?;
    let (head, tail) = rest.split_once('/').map_or((rest, None), |(head, tail)| (head, Some(tail)));
    let value = document.get(head)?;
    match tail {
        Some(tail) => value.pointer(&format!("/{tail}")),
        None => Some(value),
    }
}

/// A scalar as people read it; `None` for null, lists and objects.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(plain_number(&number.to_string())),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `80.0` as `80`; other spellings stay.
pub(crate) fn plain_number(text: &str) -> String {
    text.strip_suffix(".0").unwrap_or(text).to_owned()
}

/// The text elements of a list.
pub(crate) fn texts(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}
