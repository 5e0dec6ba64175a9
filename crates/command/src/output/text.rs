//! `--output text`: one line per structure, its scalar members sorted by name and separated by tabs, nested lists below
//! with their member's name in capitals.

use super::{Format, OutputError};
use crate::python;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

type Written = Result<(), OutputError>;

pub(super) fn render(response: &Value) -> Result<String, OutputError> {
    let mut out = String::new();
    item(response, None, None, &mut out)?;
    Ok(out)
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// `keys` are the scalar members of all siblings, so that every line of a list has the same fields.
fn item(value: &Value, name: Option<&str>, keys: Option<&BTreeSet<&str>>, out: &mut String) -> Written {
    match value {
        Value::Object(map) => structure(map, name, keys, out),
        Value::Array(items) => list(items, name, out),
        scalar => {
            out.push_str(&python::text(scalar));
            out.push('\n');
            Ok(())
        }
    }
}

fn list(items: &[Value], name: Option<&str>, out: &mut String) -> Written {
    if items.iter().any(Value::is_object) {
        if !items.iter().all(Value::is_object) {
            return Err(OutputError::Irregular {
                format: Format::Text,
                reason: "a list holds structures and other values",
            });
        }
        let maps = items.iter().filter_map(Value::as_object).flatten();
        let keys = maps.filter(|(_, value)| is_scalar(value)).map(|(key, _)| key.as_str()).collect();
        return items.iter().try_for_each(|element| item(element, name, Some(&keys), out));
    }
    if items.iter().any(Value::is_array) {
        let (scalars, nested): (Vec<_>, Vec<_>) = items.iter().partition(|element| is_scalar(element));
        if !scalars.is_empty() {
            scalar_list(&scalars, name, out);
        }
        return nested.into_iter().try_for_each(|element| item(element, name, None, out));
    }
    if !items.is_empty() {
        scalar_list(&items.iter().collect::<Vec<_>>(), name, out);
    }
    Ok(())
}

fn scalar_list(items: &[&Value], name: Option<&str>, out: &mut String) {
    match name {
        Some(name) => {
            for element in items {
                out.push_str(&format!("{}\t{}\n", name.to_uppercase(), python::text(element)));
            }
        }
        None => {
            let fields: Vec<_> = items.iter().map(|element| python::text(element)).collect();
            out.push_str(&fields.join("\t"));
            out.push('\n');
        }
    }
}

fn structure(map: &Map<String, Value>, name: Option<&str>, keys: Option<&BTreeSet<&str>>, out: &mut String) -> Written {
    let mut fields = Vec::new();
    let mut nested = Vec::new();
    match keys {
        None => {
            let sorted: std::collections::BTreeMap<_, _> = map.iter().collect();
            for (key, value) in sorted {
                if is_scalar(value) { fields.push(python::text(value)) } else { nested.push((key, value)) }
            }
        }
        Some(keys) => {
            fields.extend(keys.iter().map(|&key| map.get(key).map(python::text).unwrap_or_default()));
            nested.extend(map.iter().filter(|(key, _)| !keys.contains(key.as_str())));
            nested.sort_by_key(|(key, _)| key.as_str());
        }
    }
    if !fields.is_empty() {
        if let Some(name) = name {
            fields.insert(0, name.to_uppercase());
        }
        out.push_str(&fields.join("\t"));
        out.push('\n');
    }
    nested.into_iter().try_for_each(|(key, value)| item(value, Some(key), None, out))
}
