//! Reading a policy, with AWS's words for what it does not take.

use serde_json::{Map, Value};

use super::{Clause, Comparison, Literal, MAX_COMBINATIONS, MAX_KEYS, MAX_POLICY_BYTES, Object, Pattern, Scope, Text};

/// The largest number a numeric range compares with, either way.
const MAX_NUMBER: f64 = 1e9;
/// The names of patterns: an object with one of them is a pattern and no clause of `$or`.
const OPERATORS: &[&str] =
    &["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

fn refused<T>(what: impl std::fmt::Display) -> Result<T, String> {
    Err(format!("FilterPolicy: {what}"))
}

pub(super) fn policy(text: &str, scope: Scope) -> Result<Object, String> {
    if text.len() > MAX_POLICY_BYTES {
        return refused(format_args!("Filter policy is larger than {MAX_POLICY_BYTES} bytes"));
    }
    let Ok(json) = serde_json::from_str::<Value>(text) else { return refused("failed to parse JSON.") };
    let Value::Object(map) = json else { return refused("Filter is not an object") };
    if map.len() > MAX_KEYS {
        return refused(format_args!("Filter policy can not have more than {MAX_KEYS} keys"));
    }
    let mut reader = Reader { scope, combinations: 1 };
    let object = reader.object(&map, 1)?;
    if reader.combinations > MAX_COMBINATIONS {
        return refused("Filter policy is too complex");
    }
    Ok(object)
}

struct Reader {
    scope: Scope,
    /// The product of the numbers of values, each times the depth of its key; saturating.
    combinations: usize,
}

impl Reader {
    fn object(&mut self, map: &Map<String, Value>, depth: usize) -> Result<Object, String> {
        map.iter().map(|(key, value)| self.clause(key, value, depth)).collect::<Result<_, _>>().map(Object)
    }

    fn clause(&mut self, key: &str, value: &Value, depth: usize) -> Result<Clause, String> {
        match value {
            Value::Object(map) => {
                if self.scope == Scope::MessageAttributes {
                    return Err(
                        "Filter policy scope MessageAttributes does not support nested filter policy".to_owned()
                    );
                }
                if map.is_empty() {
                    return refused("Empty objects are not allowed");
                }
                Ok(Clause::Nested(key.to_owned(), self.object(map, depth + 1)?))
            }
            Value::Array(values) if values.is_empty() => refused("Empty arrays are not allowed"),
            Value::Array(values) => match alternatives(key, values) {
                Some(maps) if maps.len() < 2 => refused("There must have at least 2 Objects in $or relationship."),
                Some(maps) => self.either(&maps, depth),
                None => {
                    self.combinations = self.combinations.saturating_mul(values.len()).saturating_mul(depth);
                    let patterns = values.iter().map(pattern).collect::<Result<_, _>>()?;
                    Ok(Clause::Values(key.to_owned(), patterns))
                }
            },
            _ => refused(format_args!("\"{key}\" must be an object or an array")),
        }
    }

    /// The combinations of alternatives add up, each on top of what stands beside them.
    fn either(&mut self, maps: &[&Map<String, Value>], depth: usize) -> Result<Clause, String> {
        let before = self.combinations;
        let (mut sum, mut objects) = (0_usize, Vec::with_capacity(maps.len()));
        for map in maps {
            self.combinations = before;
            objects.push(self.object(map, depth)?);
            sum = sum.saturating_add(self.combinations);
        }
        self.combinations = sum;
        Ok(Clause::Or(objects))
    }
}

/// The objects of `$or`; `None` where `$or` is a key like any other.
fn alternatives<'a>(key: &str, values: &'a [Value]) -> Option<Vec<&'a Map<String, Value>>> {
    let object = |value: &'a Value| {
        value.as_object().filter(|map| !map.is_empty() && !map.keys().any(|key| OPERATORS.contains(&key.as_str())))
    };
    (key == "$or").then(|| values.iter().map(object).collect::<Option<_>>()).flatten()
}

fn literal(value: &Value) -> Option<Literal> {
    match value {
        Value::Null => Some(Literal::Null),
        Value::Bool(value) => Some(Literal::Bool(*value)),
        Value::Number(number) => number.as_f64().map(Literal::number),
        Value::String(text) => Some(Literal::String(text.clone())),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn pattern(value: &Value) -> Result<Pattern, String> {
    if let Some(literal) = literal(value) {
        return Ok(Pattern::Exact(literal));
    }
    let Value::Object(map) = value else {
        return refused("Match value must be String, number, true, false, or null");
    };
    let mut entries = map.iter();
    let (Some((name, operand)), None) = (entries.next(), entries.next()) else {
        return refused("Only one key allowed in match expression");
    };
    match (name.as_str(), operand) {
        ("exists", Value::Bool(exists)) => Ok(Pattern::Exists(*exists)),
        ("exists", _) => refused("exists match pattern must be either true or false."),
        ("numeric", operand) => numeric(operand).map(Pattern::Numeric),
        ("cidr", operand) => cidr(operand),
        ("anything-but", operand) => anything_but(operand),
        ("prefix" | "suffix" | "equals-ignore-case" | "wildcard", operand) => text(name, operand).map(Pattern::Text),
        _ => refused(format_args!("Unrecognized match type {name}")),
    }
}

fn text(name: &str, operand: &Value) -> Result<Text, String> {
    let (operand, fold) = match operand {
        // `{"prefix": {"equals-ignore-case": "a"}}`
        Value::Object(map) if matches!(name, "prefix" | "suffix") && map.len() == 1 => {
            (map.get("equals-ignore-case"), true)
        }
        other => (Some(other), false),
    };
    let Some(Value::String(text)) = operand else {
        return refused(format_args!("{name} match pattern must be a string"));
    };
    let text = if fold { text.to_lowercase() } else { text.clone() };
    match name {
        "prefix" => Ok(Text::Prefix { text, fold }),
        "suffix" => Ok(Text::Suffix { text, fold }),
        "wildcard" => super::wildcard::check(&text).or_else(refused).map(|()| Text::Wildcard(text)),
        _ => Ok(Text::EqualsIgnoreCase(text.to_lowercase())),
    }
}

fn anything_but(operand: &Value) -> Result<Pattern, String> {
    match operand {
        Value::Object(map) => {
            let mut entries = map.iter();
            let (Some((name, operand)), None) = (entries.next(), entries.next()) else {
                return refused("Only one key allowed in match expression");
            };
            if !matches!(name.as_str(), "prefix" | "suffix" | "equals-ignore-case" | "wildcard") {
                return refused(format_args!("Unsupported anything-but pattern: {name}"));
            }
            let texts = match operand {
                Value::Array(list) if list.is_empty() => return refused("Empty arrays are not allowed"),
                Value::Array(list) => list.iter().map(|one| text(name, one)).collect::<Result<_, _>>()?,
                one => vec![text(name, one)?],
            };
            Ok(Pattern::NoneFits(texts))
        }
        Value::Array(list) if list.is_empty() => refused("Empty arrays are not allowed"),
        Value::Array(list) => {
            let all = |is: fn(&Value) -> bool| list.iter().all(is);
            if !all(Value::is_string) && !all(Value::is_number) {
                return refused(
                    "Inside anything but list, either all values are number or string, mixed type is not supported",
                );
            }
            Ok(Pattern::NotThese(list.iter().filter_map(literal).collect()))
        }
        Value::String(_) | Value::Number(_) => Ok(Pattern::NotThese(literal(operand).into_iter().collect())),
        _ => refused("Value of anything-but must be an array or single string/number value."),
    }
}

fn cidr(operand: &Value) -> Result<Pattern, String> {
    // AWS reads it as a kind of prefix.
    let Value::String(text) = operand else { return refused("prefix match pattern must be a string") };
    let Some((address, bits)) = text.split_once('/').filter(|(_, bits)| !bits.contains('/')) else {
        return refused("Malformed CIDR, one '/' required");
    };
    if bits.parse::<u8>().is_err() {
        return refused("Malformed CIDR, mask bits must be an integer");
    }
    match text.parse::<ipnet::IpNet>() {
        Ok(net) => Ok(Pattern::Cidr(net.trunc())),
        Err(_) if address.parse::<core::net::IpAddr>().is_ok() => {
            refused("Malformed CIDR, mask bits must be between 0 and 32 (or 128)")
        }
        Err(_) => refused(format_args!("Nonstandard IP address: {address}")),
    }
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        "=" => Comparison::Equal,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

/// A value as AWS's messages quote it.
fn quoted(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn operand(name: &str, value: Option<&Value>) -> Result<f64, String> {
    let named = if name == "=" { "equals" } else { name };
    match value.and_then(Value::as_f64) {
        Some(number) if number.abs() > MAX_NUMBER => refused("Value must be between -1.0E9 and 1.0E9, inclusive"),
        Some(number) => Ok(super::compared(number)),
        None => refused(format_args!("Value of {named} must be numeric")),
    }
}

/// `[">", 0, "<=", 10]`: one comparison, or a lower and an upper bound.
fn numeric(operand_list: &Value) -> Result<Vec<(Comparison, f64)>, String> {
    let Value::Array(list) = operand_list else {
        return refused("Value of numeric must be an array.");
    };
    let mut items = list.iter();
    let Some(first) = items.next() else { return refused("Invalid member in numeric match: ]") };
    let Value::String(name) = first else {
        return refused(format_args!("Invalid member in numeric match: {}", quoted(first)));
    };
    let Some(bottom) = comparison(name) else {
        return refused(format_args!("Unrecognized numeric range operator: {name}"));
    };
    let low = operand(name, items.next())?;
    let Some(second) = items.next() else { return Ok(vec![(bottom, low)]) };
    if !matches!(bottom, Comparison::Greater | Comparison::GreaterOrEqual) {
        return refused("Too many elements in numeric expression");
    }
    let Value::String(name) = second else {
        return refused(format_args!("Bad value in numeric range: {}", quoted(second)));
    };
    let top = match comparison(name) {
        Some(top @ (Comparison::Less | Comparison::LessOrEqual)) => top,
        _ => return refused(format_args!("Bad numeric range operator: {name}")),
    };
    let high = operand(name, items.next())?;
    if high <= low {
        return refused("Bottom must be less than top");
    }
    if items.next().is_some() {
        return refused("Too many terms in numeric range expression");
    }
    Ok(vec![(bottom, low), (top, high)])
}
