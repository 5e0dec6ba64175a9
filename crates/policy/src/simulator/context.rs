use super::{SimulationError, number};
use crate::{Context, Value};
use bailiwick_ident::Timestamp;
use std::net::IpAddr;

/// An entry of `ContextEntries`. Members that the request does not have are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextEntry {
    /// `ContextKeyName`
    pub name: Option<String>,
    /// `ContextKeyValues`
    pub values: Option<Vec<String>>,
    /// `ContextKeyType`: `string`, `stringList`, `numeric` ...
    pub kind: Option<String>,
}

/// The type of an entry's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Binary,
    Boolean,
    Date,
    Ip,
    Numeric,
    String,
}

impl Type {
    /// Reads the type, and whether it is a list.
    fn parse(text: &str) -> Option<(Self, bool)> {
        let (name, list) = text.strip_suffix("List").map_or((text, false), |name| (name, true));
        let one = match name {
            "binary" => Type::Binary,
            "boolean" => Type::Boolean,
            "date" => Type::Date,
            "ip" => Type::Ip,
            "numeric" => Type::Numeric,
            "string" => Type::String,
            _ => return None,
        };
        Some((one, list))
    }

    /// The text that operators compare; the error is what was expected.
    fn canonical(self, text: &str) -> Result<String, &'static str> {
        match self {
            // Any text is taken; all but `true` count as false.
            Type::Boolean | Type::String => Ok(text.to_owned()),
            Type::Binary if is_base64(text) => Ok(text.to_owned()),
            Type::Binary => Err("base-64 encoded binary format"),
            Type::Date => date(text).map(Timestamp::to_rfc3339_millis).ok_or("DateTime format"),
            Type::Ip if text.parse::<IpAddr>().is_ok() => Ok(text.to_owned()),
            Type::Ip => Err("IP address"),
            Type::Numeric => number::canonical(text).ok_or("numeric format"),
        }
    }
}

const TYPES: &str =
    "binary, ipList, booleanList, ip, boolean, numericList, dateList, numeric, date, stringList, string, binaryList";

/// Reads the entries into a context. An entry without any member is passed over.
pub(super) fn read(entries: &[ContextEntry]) -> Result<Context, SimulationError> {
    let mut context = Context::new();
    for (n, entry) in entries.iter().enumerate() {
        if *entry == ContextEntry::default() {
            continue;
        }
        let name = entry.name.as_deref().filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| SimulationError::input("Context key name cannot be null or empty."))?;
        let Some(kind) = entry.kind.as_deref() else {
            return Err(SimulationError::input(format!("Context key {name} has invalid type null.")));
        };
        let Some((one, list)) = Type::parse(kind) else {
            return Err(SimulationError::validation(format_args!(
                "Value at 'contextEntries.{}.member.contextKeyType' failed to satisfy constraint: Member must satisfy enum value set: [{TYPES}]",
                n + 1
            )));
        };
        let values = entry.values.as_deref().unwrap_or_default();
        if values.is_empty() {
            return Err(SimulationError::input(format!(
                "Context values for context key {name} cannot be null or empty."
            )));
        }
        if !list && values.len() > 1 {
            let count = values.len();
            return Err(SimulationError::input(format!(
                "Context key {kind} expected a single value, but received {count}."
            )));
        }
        if context.get(name).is_some() {
            return Err(SimulationError::input(format!("Duplicate context key: {name}.")));
        }
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            texts.push(one.canonical(value).map_err(|expected| {
                SimulationError::input(format!("Invalid context value for key {name}: expected {expected}."))
            })?);
        }
        let value = if list { Value::Set(texts) } else { Value::One(texts.pop().unwrap_or_default()) };
        if !context.set(name, value) {
            return Err(SimulationError::input("Too many context keys."));
        }
    }
    Ok(context)
}

/// Base64 in the standard alphabet, padded, without bits that are not used.
fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let value = |b: u8| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'a'..=b'z' => Some(b - b'a' + 26),
        b'0'..=b'9' => Some(b - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let unused = match padding {
        0 => 0,
        1 => 0b11,
        2 => 0b1111,
        _ => return false,
    };
    let last = body.bytes().last().and_then(value).unwrap_or(0);
    text.len().is_multiple_of(4) && body.bytes().all(|b| value(b).is_some()) && last & unused == 0
}

/// A year, a month, a day, minutes, or a full time, with or without a zone (UTC); or seconds since 1970. Four digits are a year.
fn date(text: &str) -> Option<Timestamp> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.is_empty() && digits.len() != 4 && digits.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(Timestamp::from_seconds);
    }
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let day = match day.len() {
        4 if time.is_none() => format!("{day}-01-01"),
        7 if time.is_none() => format!("{day}-01"),
        _ => day.to_owned(),
    };
    let time = time.unwrap_or("00:00:00Z");
    let (clock, zone) = time.find(['Z', '+', '-']).map_or((time, "Z"), |at| time.split_at(at));
    let clock = if clock.len() == 5 { format!("{clock}:00") } else { clock.to_owned() };
    Timestamp::parse_rfc3339(&format!("{day}T{clock}{zone}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_one_spelling() {
        for (text, expected) in [
            ("2035", "2035-01-01T00:00:00.000Z"),
            ("2035-01", "2035-01-01T00:00:00.000Z"),
            ("2035-01-02", "2035-01-02T00:00:00.000Z"),
            ("2035-01-02T03:04Z", "2035-01-02T03:04:00.000Z"),
            ("2035-01-02T03:04:05", "2035-01-02T03:04:05.000Z"),
            ("2035-01-02T03:04:05.1239+02:00", "2035-01-02T01:04:05.123Z"),
            ("0", "1970-01-01T00:00:00.000Z"),
            ("1795305600", "2026-11-22T00:00:00.000Z"),
        ] {
            assert_eq!(Type::Date.canonical(text).as_deref(), Ok(expected), "{text}");
        }
        for bad in ["", "tomorrow", "2035-13", "2035-01-02T", "2035-01-02T25:00Z"] {
            assert!(Type::Date.canonical(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        for good in ["", "eWVz", "YQ==", "YWI="] {
            assert!(is_base64(good), "{good}");
        }
        for bad in ["YQ", "YR==", "eWVz\n", "YQ-_", "!base64", "====", "A==="] {
            assert!(!is_base64(bad), "{bad}");
        }
    }
}
