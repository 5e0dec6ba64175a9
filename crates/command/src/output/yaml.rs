//! `--output yaml`, as version 2 of the AWS CLI prints it: YAML 1.2 in block style, keys sorted, lines folded at 80 columns.

mod scalar;

use crate::python;
use scalar::Style;
use serde_json::{Map, Value};

pub(super) fn render(response: &Value) -> String {
    let mut emitter = Emitter { out: String::new() };
    match response {
        Value::Object(map) if map.is_empty() => return String::new(),
        Value::Object(map) => emitter.mapping(map, 0, true),
        Value::Array(items) if !items.is_empty() => emitter.sequence(items, 0, true),
        other => {
            // Nothing stands before a bare value, so that it begins in the first column.
            emitter.leaf(other, 0, "");
            // Text in quotes and empty lists end by themselves; what is plain leaves the document open.
            let closed = emitter.out.ends_with(['\'', '"', ']']) && !emitter.out.starts_with(char::is_alphanumeric);
            emitter.out.push_str(if closed { "\n" } else { "\n...\n" });
        }
    }
    emitter.out
}

struct Emitter {
    out: String,
}

impl Emitter {
    fn column(&self) -> usize {
        self.out.rsplit('\n').next().unwrap_or_default().chars().count()
    }

    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// `continued`: the first entry stands on the line that is already begun, after a dash.
    fn mapping(&mut self, map: &Map<String, Value>, indent: usize, continued: bool) {
        let mut entries: Vec<_> = map.iter().collect();
        entries.sort_by_key(|(key, _)| key.as_str());
        for (position, (key, value)) in entries.into_iter().enumerate() {
            if position > 0 || !continued {
                self.indent(indent);
            }
            match Style::of(key, true) {
                Style::Plain => self.out.push_str(key),
                style => self.quoted(key, style, indent, false),
            }
            self.out.push(':');
            match value {
                Value::Object(inner) if !inner.is_empty() => {
                    self.out.push('\n');
                    self.mapping(inner, indent + 2, false);
                }
                // A list under a key stands in the key's own column.
                Value::Array(items) if !items.is_empty() => {
                    self.out.push('\n');
                    self.sequence(items, indent, false);
                }
                leaf => {
                    self.leaf(leaf, indent + 2, " ");
                    self.out.push('\n');
                }
            }
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize, continued: bool) {
        for (position, value) in items.iter().enumerate() {
            if position > 0 || !continued {
                self.indent(indent);
            }
            self.out.push('-');
            match value {
                Value::Object(inner) if !inner.is_empty() => {
                    self.out.push(' ');
                    self.mapping(inner, indent + 2, true);
                }
                Value::Array(items) if !items.is_empty() => {
                    self.out.push(' ');
                    self.sequence(items, indent + 2, true);
                }
                leaf => {
                    self.leaf(leaf, indent + 2, " ");
                    self.out.push('\n');
                }
            }
        }
    }

    /// A value of one line, or folded to `indent`, with the space that parts it from what stands before.
    fn leaf(&mut self, value: &Value, indent: usize, before: &str) {
        let plain = match value {
            Value::Null => "null".to_owned(),
            Value::Bool(bool) => bool.to_string(),
            Value::Number(number) => python::number(number),
            Value::Array(_) => "[]".to_owned(),
            Value::Object(_) => "{}".to_owned(),
            Value::String(text) => {
                self.out.push_str(before);
                match Style::of(text, false) {
                    Style::Plain => self.plain(text, indent),
                    style => self.quoted(text, style, indent, true),
                }
                return;
            }
        };
        self.out.push_str(before);
        self.out.push_str(&plain);
    }

    fn fold(&mut self, indent: usize) {
        self.out.push('\n');
        self.indent(indent);
    }

    fn plain(&mut self, text: &str, indent: usize) {
        let mut rest = text;
        while !rest.is_empty() {
            let spaces = rest.len() - rest.trim_start_matches(' ').len();
            if spaces == 1 && self.column() > scalar::WIDTH {
                self.fold(indent);
            } else {
                self.indent(spaces);
            }
            rest = rest.get(spaces..).unwrap_or_default();
            let word = rest.find(' ').unwrap_or(rest.len());
            let (word, after) = rest.split_at(word);
            self.out.push_str(word);
            rest = after;
        }
    }

    fn quoted(&mut self, text: &str, style: Style, indent: usize, split: bool) {
        let column = self.column();
        let written = if style == Style::Single {
            scalar::single(text, column, indent, split)
        } else {
            scalar::double(text, column, indent, split)
        };
        self.out.push_str(&written);
    }
}
