use bailiwick_aws::Value;

use crate::call::Call;

/// A text with `${Member}` for members of the input, `${Partition}`, `${Region}` and `${Account}` for the place of the call,
/// and `${Member|default}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

/// What stands for the place of the call.
const PLACE: [&str; 3] = ["Account", "Partition", "Region"];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Member { path: Vec<String>, default: Option<String> },
    Text(String),
}

/// The value at a path of member names.
pub(super) fn at<'a>(input: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(input, |value, name| value.get(name))
}

/// A scalar as the text that a condition key takes.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Boolean(value) => Some(value.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Timestamp(time) => Some(time.to_rfc3339()),
        Value::Blob(_) | Value::Document(_) | Value::List(_) | Value::Map(_) | Value::Null => None,
    }
}

impl Template {
    /// Reads a template.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, after) = (&rest[..start], &rest[start + 2..]);
            let end = after.find('}').ok_or_else(|| format!("`{text}` has a `${{` without its `}}`"))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (name, default) = match after[..end].split_once('|') {
                Some((name, default)) => (name, Some(default.to_owned())),
                None => (&after[..end], None),
            };
            if name.is_empty() {
                return Err(format!("`{text}` names no member in `${{}}`"));
            }
            parts.push(Part::Member { path: name.split('.').map(str::to_owned).collect(), default });
            rest = &after[end + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Template { parts })
    }

    /// Whether the template itself leaves a part open, with a `*`.
    fn is_open(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('*')))
    }

    /// The members of the input that it names.
    pub(super) fn members(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Member { path, .. } => path.first().map(String::as_str).filter(|name| !PLACE.contains(name)),
            Part::Text(_) => None,
        })
    }

    /// The text for a call, and whether a part of it is open, with a `*`; `None` when a member without default is not
    /// there. A member that is there and empty leaves its part open: the handler says what is wrong with it to whoever may.
    pub(super) fn fill(&self, call: &Call) -> Option<(String, bool)> {
        let (mut out, mut open) = (String::new(), self.is_open());
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Member { path, default } => {
                    let given = at(&call.input, path).and_then(scalar);
                    let there = given.is_some();
                    let value = given.filter(|text| !text.is_empty());
                    out.push_str(&match (value, path.as_slice(), default) {
                        (Some(value), ..) => value,
                        (None, [one], _) if one == "Account" => call.account.to_string(),
                        (None, [one], _) if one == "Partition" => call.partition.to_string(),
                        (None, [one], _) if one == "Region" => call.region.to_string(),
                        (None, _, Some(default)) => default.clone(),
                        (None, _, None) if there => {
                            open = true;
                            "*".to_owned()
                        }
                        (None, _, None) => return None,
                    });
                }
            }
        }
        Some((out, open))
    }
}
