//! From JSON to lines.

use super::{Line, MAX_LINES, Page, Role, Span, Tree, Window};
use crate::python;
use serde_json::{Map, Value};

/// Below this nesting a value is shown as JSON on one line.
const MAX_INDENT: usize = 6;
/// The longest text of one span, in characters.
const MAX_SPAN: usize = 2_048;
/// A list of structures is drawn as columns when it has at most this many members and fits this width.
const MAX_COLUMNS: usize = 5;
const MAX_WIDTH: usize = 132;
/// Items of a list that is not the answer's main list.
const MAX_INNER: usize = 20;

pub(super) fn build(response: &Value, window: Window) -> Tree {
    let mut builder = Builder { tree: Tree::default() };
    match response {
        Value::Object(map) => builder.response(map, window),
        Value::Array(items) => builder.window(items, window, 0),
        Value::Null => {}
        scalar => builder.text(0, None, &python::text(scalar)),
    }
    builder.tree
}

struct Builder {
    tree: Tree,
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn scalar_text(value: &Value) -> String {
    let text = match value {
        Value::Bool(bool) => bool.to_string(),
        Value::Null => String::new(),
        other => python::text(other),
    };
    clip(&text)
}

fn clip(text: &str) -> String {
    if text.chars().count() <= MAX_SPAN {
        return text.to_owned();
    }
    text.chars().take(MAX_SPAN).chain("…".chars()).collect()
}

/// What people copy: ARNs, and ids such as `i-0123456789abcdef0` or a UUID.
fn is_identifier(text: &str) -> bool {
    let plain = !text.is_empty() && !text.contains(char::is_whitespace);
    let id = |text: &str| {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        text.len() >= 10
            && digits >= 4
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            && !looks_like_time(text)
    };
    plain && (text.starts_with("arn:") || text.starts_with("https://") || id(text))
}

fn looks_like_time(text: &str) -> bool {
    text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(7) == Some(&b'-')
}

fn value_span(value: &Value) -> Span {
    let text = scalar_text(value);
    let role = if value.is_string() && is_identifier(&text) { Role::Identifier } else { Role::Text };
    Span::new(role, text)
}

/// The last part of an ARN, which is what the thing is called.
fn short_name(arn: &str) -> Option<&str> {
    let resource = arn.starts_with("arn:").then(|| arn.splitn(6, ':').nth(5)).flatten()?;
    let name = resource.rsplit([':', '/']).next()?;
    (!name.is_empty() && name != arn).then_some(name)
}

/// The member that says what a structure is called: `Name`, something that ends in it, an id, an ARN.
fn name_member(map: &Map<String, Value>) -> Option<&str> {
    let text = |suffixes: &[&str]| {
        map.iter().find_map(|(key, value)| {
            let named = value.as_str().is_some_and(|text| !text.is_empty() && !text.contains('\n'));
            let lower = key.to_ascii_lowercase();
            (named && suffixes.iter().any(|suffix| lower.ends_with(suffix))).then_some(key.as_str())
        })
    };
    let exact = map.iter().find(|(key, value)| key.eq_ignore_ascii_case("name") && value.is_string());
    exact.map(|(key, _)| key.as_str()).or_else(|| text(&["name"])).or_else(|| text(&["id"])).or_else(|| text(&["arn"]))
}

fn is_tags(items: &[Value]) -> bool {
    let tag = |map: &Map<String, Value>| {
        map.len() == 2
            && (map.contains_key("Key") && map.contains_key("Value")
                || map.contains_key("key") && map.contains_key("value"))
            && map.values().all(is_scalar)
    };
    !items.is_empty() && items.iter().all(|item| item.as_object().is_some_and(tag))
}

fn tag_text(item: &Value) -> String {
    let part = |long: &str, short: &str| item.get(long).or(item.get(short)).map(scalar_text).unwrap_or_default();
    format!("{}={}", part("Key", "key"), part("Value", "value"))
}

impl Builder {
    fn push(&mut self, line: Line) {
        if self.tree.lines.len() < MAX_LINES {
            self.tree.lines.push(line);
        } else {
            self.tree.cut = true;
        }
    }

    fn line(&mut self, indent: usize, bullet: bool, spans: Vec<Span>) {
        self.push(Line { indent, bullet, spans });
    }

    /// The response itself: its longest list is the main one and is paged.
    fn response(&mut self, map: &Map<String, Value>, window: Window) {
        let lists = map.iter().filter_map(|(key, value)| Some((key, value.as_array()?)));
        let main =
            lists.max_by_key(|(_, items)| items.len()).filter(|(_, items)| !items.is_empty()).map(|(key, _)| key);
        let single = map.iter().filter(|(_, value)| !is_blank(value)).count() == 1;
        self.members(map, 0, |builder, key, items| {
            if Some(key) == main.map(String::as_str) {
                builder.title(0, key, Some(items.len()));
                builder.window(items, window, 1);
                true
            } else {
                false
            }
        });
        let empty =
            map.iter().filter_map(|(key, value)| Some((key, value.as_array()?))).filter(|(_, items)| items.is_empty());
        if main.is_none() || single {
            for (key, _) in empty {
                self.title(0, key, Some(0));
            }
        }
    }

    fn window(&mut self, items: &[Value], window: Window, indent: usize) {
        let first = window.first.min(items.len().saturating_sub(1));
        let last = first.saturating_add(window.size.max(1)).min(items.len());
        self.list(items.get(first..last).unwrap_or_default(), indent);
        if last - first < items.len() {
            self.tree.page = Some(Page { first: first + 1, last, total: items.len() });
        }
    }

    fn title(&mut self, indent: usize, text: &str, count: Option<usize>) {
        let text = match count {
            Some(count) => format!("{} ({count})", clip(text)),
            None => clip(text),
        };
        self.line(indent, false, vec![Span::new(Role::Title, text)]);
    }

    fn text(&mut self, indent: usize, label: Option<Span>, text: &str) {
        if text.contains('\n') {
            if let Some(label) = label {
                self.line(indent, false, vec![label]);
            }
            for line in text.lines() {
                self.line(indent + 1, false, vec![Span::new(Role::Text, clip(line))]);
            }
            return;
        }
        let role = if is_identifier(text) { Role::Identifier } else { Role::Text };
        let value = Span::new(role, clip(text));
        self.line(indent, false, label.into_iter().chain([value]).collect());
    }

    /// The members of a structure: scalars first in aligned pairs, then what is nested. `special` may draw a list itself.
    fn members(
        &mut self,
        map: &Map<String, Value>,
        indent: usize,
        mut special: impl FnMut(&mut Self, &str, &[Value]) -> bool,
    ) {
        let shown: Vec<_> = map.iter().filter(|(_, value)| !is_blank(value)).collect();
        let inline = |value: &Value| is_scalar(value) || value.as_array().is_some_and(|items| is_tags(items));
        let width =
            shown.iter().filter(|(_, value)| inline(value)).map(|(key, _)| super::columns(key)).max().unwrap_or(0);
        for (key, value) in shown.iter().filter(|(_, value)| inline(value)) {
            let mut label = Span::new(Role::Label, clip(key));
            label.pad = (width + 2).saturating_sub(label.width());
            match value {
                Value::Array(tags) if special(self, key, tags) => {}
                Value::Array(tags) => {
                    let text = tags.iter().map(tag_text).collect::<Vec<_>>().join(", ");
                    self.line(indent, false, vec![label, Span::new(Role::Text, clip(&text))]);
                }
                scalar => self.text(indent, Some(label), &scalar_text(scalar)),
            }
        }
        for (key, value) in shown.into_iter().filter(|(_, value)| !inline(value)) {
            match value {
                Value::Array(items) if special(self, key, items) => {}
                Value::Array(items) => {
                    self.title(indent, key, Some(items.len()));
                    self.inner_list(items, indent + 1);
                }
                Value::Object(inner) => {
                    self.title(indent, key, None);
                    self.nested(inner, indent + 1);
                }
                _ => {}
            }
        }
    }

    fn nested(&mut self, map: &Map<String, Value>, indent: usize) {
        if indent > MAX_INDENT {
            let text = clip(&Value::Object(map.clone()).to_string());
            self.line(indent, false, vec![Span::new(Role::Text, text)]);
            return;
        }
        self.members(map, indent, |_, _, _| false);
    }

    fn inner_list(&mut self, items: &[Value], indent: usize) {
        let shown = items.len().min(MAX_INNER);
        self.list(items.get(..shown).unwrap_or_default(), indent);
        if shown < items.len() {
            self.line(indent, false, vec![Span::new(Role::Note, format!("and {} more", items.len() - shown))]);
        }
    }

    fn list(&mut self, items: &[Value], indent: usize) {
        if let Some(rows) = columns_of(items) {
            self.rows(rows, indent);
            return;
        }
        for item in items {
            match item {
                Value::Object(map) => self.item(map, indent),
                Value::Array(inner) => {
                    self.line(indent, true, vec![Span::new(Role::Title, format!("({})", inner.len()))]);
                    if indent > MAX_INDENT {
                        self.line(indent + 1, false, vec![Span::new(Role::Text, clip(&item.to_string()))]);
                    } else {
                        self.inner_list(inner, indent + 1);
                    }
                }
                scalar => self.line(indent, true, vec![value_span(scalar)]),
            }
        }
    }

    /// A structure of a list: what it is called after the bullet, the rest below.
    fn item(&mut self, map: &Map<String, Value>, indent: usize) {
        let Some(name) = name_member(map) else {
            self.line(indent, true, vec![Span::new(Role::Note, "-")]);
            return self.nested(map, indent + 1);
        };
        let text = map.get(name).map(scalar_text).unwrap_or_default();
        let mut rest = map.clone();
        match short_name(&text) {
            // The whole ARN stays below, to be copied.
            Some(short) => self.line(indent, true, vec![Span::new(Role::Name, short)]),
            None => {
                self.line(indent, true, vec![Span::new(Role::Name, text.clone())]);
                rest.shift_remove(name);
            }
        }
        self.nested(&rest, indent + 1);
    }

    /// Rows of spans, padded into columns; the first row may be labels.
    fn rows(&mut self, rows: Vec<(bool, Vec<Span>)>, indent: usize) {
        let count = rows.iter().map(|(_, spans)| spans.len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count)
            .map(|at| rows.iter().filter_map(|(_, spans)| spans.get(at)).map(Span::width).max().unwrap_or(0))
            .collect();
        for (bullet, mut spans) in rows {
            let last = spans.len().saturating_sub(1);
            for (position, span) in spans.iter_mut().enumerate().filter(|(position, _)| *position < last) {
                span.pad = (widths.get(position).copied().unwrap_or(0) + 2).saturating_sub(span.width());
            }
            // The labels stand over the text of the rows, not over their bullets.
            if !bullet && let Some(first) = spans.first_mut() {
                first.text.insert_str(0, "  ");
            }
            self.line(indent, bullet, spans);
        }
    }
}

/// Regular lists as rows: ARNs with their short names, or structures of few scalar members under their labels.
fn columns_of(items: &[Value]) -> Option<Vec<(bool, Vec<Span>)>> {
    let arns: Option<Vec<&str>> = items.iter().map(only_arn).collect();
    if let Some(arns) = arns.filter(|arns| !arns.is_empty()) {
        let row = |arn: &str| {
            let name = short_name(arn).unwrap_or(arn);
            (true, vec![Span::new(Role::Name, name), Span::new(Role::Identifier, clip(arn))])
        };
        return Some(arns.into_iter().map(row).collect());
    }
    let maps: Vec<_> = items.iter().map(Value::as_object).collect::<Option<_>>()?;
    if maps.len() < 2 || is_tags(items) {
        return None;
    }
    let mut keys: Vec<&str> = Vec::new();
    for map in &maps {
        for (key, value) in map.iter().filter(|(_, value)| !is_blank(value)) {
            if !is_scalar(value) || value.as_str().is_some_and(|text| text.contains('\n')) {
                return None;
            }
            if !keys.contains(&key.as_str()) {
                keys.push(key);
            }
        }
    }
    if keys.is_empty() || keys.len() > MAX_COLUMNS {
        return None;
    }
    let name = name_member(maps.first()?);
    keys.sort_by_key(|key| (Some(*key) != name, key.to_ascii_lowercase().ends_with("arn")));
    let labels: Vec<Span> = keys.iter().map(|key| Span::new(Role::Label, *key)).collect();
    let mut rows = vec![(false, labels)];
    for map in maps {
        let cell = |(position, key): (usize, &&str)| {
            let mut span = map.get(*key).map(value_span).unwrap_or_else(|| Span::new(Role::Text, ""));
            if position == 0 && Some(*key) == name && span.role == Role::Text {
                span.role = Role::Name;
            }
            span
        };
        rows.push((true, keys.iter().enumerate().map(cell).collect()));
    }
    let width = |at: usize| rows.iter().filter_map(|(_, spans)| spans.get(at)).map(Span::width).max().unwrap_or(0);
    let total: usize = (0..keys.len()).map(|at| width(at) + 2).sum();
    (total <= MAX_WIDTH).then_some(rows)
}

/// The ARN of an item that is an ARN, or a structure whose only member is one.
fn only_arn(item: &Value) -> Option<&str> {
    let text = match item {
        Value::Object(map) if map.len() == 1 => map.values().next()?.as_str()?,
        other => other.as_str()?,
    };
    short_name(text).map(|_| text)
}
