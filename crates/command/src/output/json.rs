//! `--output json`: four spaces of indent, characters outside of ASCII as they are, nothing at all for an empty answer.

use crate::python;
use serde_json::Value;

pub(super) fn render(response: &Value) -> String {
    let mut out = String::new();
    if response.as_object().is_some_and(serde_json::Map::is_empty) {
        return out;
    }
    write(response, 0, &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, level: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&python::number(number)),
        Value::String(text) => python::json_string(text, false, out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                line(position > 0, level + 1, out);
                write(item, level + 1, out);
            }
            line(false, level, out);
            out.push(']');
        }
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            out.push('{');
            for (position, (key, item)) in map.iter().enumerate() {
                line(position > 0, level + 1, out);
                python::json_string(key, false, out);
                out.push_str(": ");
                write(item, level + 1, out);
            }
            line(false, level, out);
            out.push('}');
        }
    }
}

fn line(comma: bool, level: usize, out: &mut String) {
    if comma {
        out.push(',');
    }
    out.push('\n');
    out.extend(std::iter::repeat_n("    ", level));
}
