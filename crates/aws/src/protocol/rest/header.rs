//! Values in headers.

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

use crate::model::{Kind, Service, ShapeRef, TimestampFormat};
use crate::protocol::problem::Problem;
use crate::protocol::scalar::{Reading, base64_decode, base64_encode, from_text, to_text};
use crate::value::Value;

/// Adds a header, refusing text that would end it.
pub(crate) fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Problem> {
    let unwritable = || Problem::new(format!("cannot be written as the header `{name}`"));
    let name: HeaderName = name.parse().map_err(|_| unwritable())?;
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unwritable())?;
    headers.insert(name, value);
    Ok(())
}

/// A member's text in a header; `None` for an empty list, which has none.
pub(crate) fn to_header(service: &Service, target: &ShapeRef, value: &Value) -> Result<Option<String>, Problem> {
    let shape = service.target(target);
    match (&shape.kind, value) {
        (Kind::List(element), Value::List(values)) => {
            let inner = &service.target(element).kind;
            let mut parts = Vec::with_capacity(values.len());
            for (index, value) in values.iter().enumerate().filter(|(_, value)| **value != Value::Null) {
                let text = to_text(inner, value, TimestampFormat::Rfc822).map_err(|problem| problem.at(index))?;
                let quoted = matches!(inner, Kind::String) && text.contains(['"', ',']);
                parts.push(if quoted { format!("\"{}\"", text.replace('"', "\\\"")) } else { text });
            }
            Ok((!parts.is_empty()).then(|| parts.join(",")))
        }
        (Kind::String, Value::String(text)) if target.json_value => {
            let json = match serde_json::from_str::<serde_json::Value>(text) {
                Ok(json) => json.to_string(),
                Err(_) => serde_json::Value::from(text.as_str()).to_string(),
            };
            Ok(Some(base64_encode(ascii(&json).as_bytes())))
        }
        (Kind::String, Value::Document(json)) if target.json_value => {
            Ok(Some(base64_encode(ascii(&json.to_string()).as_bytes())))
        }
        (kind, value) => to_text(kind, value, TimestampFormat::Rfc822).map(Some),
    }
}

/// JSON in ASCII, as the AWS SDK for Python writes it into headers. Only its strings hold anything else.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c <= '~' {
            out.push(c);
        } else {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

/// A member's value from a header's text.
pub(crate) fn from_header(
    service: &Service,
    target: &ShapeRef,
    text: &str,
    reading: Reading,
) -> Result<Value, Problem> {
    let shape = service.target(target);
    match &shape.kind {
        Kind::List(element) => {
            let inner = &service.target(element).kind;
            let dates = matches!(inner, Kind::Timestamp(None | Some(TimestampFormat::Rfc822)));
            let mut values = Vec::new();
            for (index, part) in split(text, dates).iter().enumerate() {
                values.push(from_text(inner, part, reading).map_err(|problem| problem.at(index))?);
            }
            Ok(Value::List(values))
        }
        Kind::String if target.json_value => {
            let bytes = base64_decode(text)?;
            let text = String::from_utf8(bytes).map_err(|_| Problem::new("is not UTF-8 in base64"))?;
            let no_json = |_| Problem::new("is not JSON in base64");
            if text.contains("\\u") {
                let json: serde_json::Value = serde_json::from_str(&text).map_err(no_json)?;
                return Ok(Value::String(json.to_string()));
            }
            serde_json::from_str::<serde::de::IgnoredAny>(&text).map_err(no_json)?;
            Ok(Value::String(text))
        }
        kind => from_text(kind, text.trim(), reading),
    }
}

/// Splits at commas outside quotes; dates have a comma of their own.
fn split(text: &str, dates: bool) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped, mut commas) = (false, false, 0);
    for character in text.chars() {
        let Some(part) = parts.last_mut() else { break };
        match character {
            _ if escaped => {
                part.push(character);
                escaped = false;
            }
            '\\' if quoted => escaped = true,
            '"' if quoted || part.trim().is_empty() => quoted = !quoted,
            ',' if !quoted => {
                commas += 1;
                if dates && commas % 2 == 1 {
                    part.push(',');
                } else {
                    parts.push(String::new());
                }
            }
            other => part.push(other),
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_outside_quotes() {
        assert_eq!(split("a, b,c", false), ["a", "b", "c"]);
        assert_eq!(split("\"a,b\",\"c\\\"d\"", false), ["a,b", "c\"d"]);
        assert_eq!(
            split("Mon, 16 Dec 2019 23:48:18 GMT, Tue, 17 Dec 2019 23:48:18 GMT", true),
            ["Mon, 16 Dec 2019 23:48:18 GMT", "Tue, 17 Dec 2019 23:48:18 GMT"]
        );
    }
}
