//! Whether a message passes.

use core::net::IpAddr;

use serde_json::{Map, Value};

use super::{Attribute, Attributes, Clause, Comparison, Literal, Object, Pattern, Text, wildcard};

/// Over the attributes of the message. Sets of attributes are flat: a nested clause fits nothing.
pub(super) fn attributes(object: &Object, attributes: &Attributes) -> bool {
    object.0.iter().all(|clause| match clause {
        Clause::Or(objects) => objects.iter().any(|object| self::attributes(object, attributes)),
        Clause::Nested(..) => false,
        Clause::Values(name, patterns) => {
            let values = attributes.get(name).map(values_of).unwrap_or_default();
            // A message without any attribute has none that could be missing.
            fits(patterns, &values, !attributes.is_empty())
        }
    })
}

/// The values of an attribute. Only `String`, `String.Array` and `Number` are compared.
fn values_of(attribute: &Attribute) -> Vec<Literal> {
    match attribute.r#type.as_str() {
        "String" => vec![Literal::String(attribute.value.clone())],
        "Number" => attribute.value.trim().parse().map(Literal::number).into_iter().collect(),
        "String.Array" => match serde_json::from_str(&attribute.value) {
            Ok(Value::Array(list)) => list.iter().filter_map(literal).collect(),
            // A value that stands alone is compared as it is; what is no JSON matches nothing.
            Ok(alone) => literal(&alone).into_iter().collect(),
            Err(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
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

/// Over the body, which must be a JSON object.
pub(super) fn body(object: &Object, body: &str) -> bool {
    match serde_json::from_str(body) {
        Ok(Value::Object(map)) => within(object, &map),
        _ => false,
    }
}

/// All clauses of one object must be met within one object of the body.
fn within(object: &Object, map: &Map<String, Value>) -> bool {
    object.0.iter().all(|clause| match clause {
        Clause::Or(objects) => objects.iter().any(|object| within(object, map)),
        Clause::Values(name, patterns) => {
            let mut values = Vec::new();
            if let Some(value) = map.get(name) {
                leaves(value, &mut values);
            }
            fits(patterns, &values, true)
        }
        Clause::Nested(name, nested) => match map.get(name) {
            Some(Value::Object(inner)) => within(nested, inner),
            Some(Value::Array(list)) if list.iter().any(holds_object) => any_object(nested, list),
            // Nothing is there, so only what must be absent is met.
            _ => within(nested, &Map::new()),
        },
    })
}

fn holds_object(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(list) => list.iter().any(holds_object),
        _ => false,
    }
}

fn any_object(object: &Object, list: &[Value]) -> bool {
    list.iter().any(|value| match value {
        Value::Object(map) => within(object, map),
        Value::Array(list) => any_object(object, list),
        _ => false,
    })
}

/// The values of a key: itself, or the elements of its arrays. Objects and empty arrays have none.
fn leaves(value: &Value, out: &mut Vec<Literal>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| leaves(value, out)),
        scalar => out.extend(literal(scalar)),
    }
}

/// Whether one pattern fits one value; `absence` says whether a missing value may count as such.
fn fits(patterns: &[Pattern], values: &[Literal], absence: bool) -> bool {
    patterns.iter().any(|pattern| match pattern {
        Pattern::Exists(true) => !values.is_empty(),
        Pattern::Exists(false) => values.is_empty() && absence,
        pattern => values.iter().any(|value| one(pattern, value)),
    })
}

fn one(pattern: &Pattern, value: &Literal) -> bool {
    match (pattern, value) {
        (Pattern::Exact(wanted), value) => wanted == value,
        (Pattern::NotThese(list), value) => !list.contains(value),
        (Pattern::Text(text), Literal::String(value)) => fits_text(text, value),
        (Pattern::NoneFits(texts), Literal::String(value)) => !texts.iter().any(|text| fits_text(text, value)),
        // What is no text begins and ends with none.
        (Pattern::NoneFits(_), _) => true,
        (Pattern::Numeric(bounds), Literal::Number(number)) => {
            bounds.iter().all(|(comparison, bound)| match comparison {
                Comparison::Less => number < bound,
                Comparison::LessOrEqual => number <= bound,
                Comparison::Equal => number == bound,
                Comparison::Greater => number > bound,
                Comparison::GreaterOrEqual => number >= bound,
            })
        }
        (Pattern::Cidr(net), Literal::String(value)) => {
            value.parse::<IpAddr>().is_ok_and(|address| net.contains(&address))
        }
        (Pattern::Exists(_) | Pattern::Text(_) | Pattern::Numeric(_) | Pattern::Cidr(_), _) => false,
    }
}

fn fits_text(text: &Text, value: &str) -> bool {
    match text {
        Text::Prefix { text, fold: false } => value.starts_with(text),
        Text::Prefix { text, fold: true } => value.to_lowercase().starts_with(text),
        Text::Suffix { text, fold: false } => value.ends_with(text),
        Text::Suffix { text, fold: true } => value.to_lowercase().ends_with(text),
        Text::EqualsIgnoreCase(text) => value.to_lowercase() == *text,
        Text::Wildcard(pattern) => wildcard::matches(pattern, value),
    }
}
