//! What is wrong with the parameters of a call, as the AWS CLI reports it before it calls: names, types, required members and
//! lower limits, each with its path. Source: botocore's parameter validation, whose sentences these are.

use super::unpack::{Params, Unpacked};
use crate::python;
use bailiwick_aws::model::{Bound, Kind, Location, Service, Shape, ShapeRef};
use bailiwick_aws::value::json::timestamp;
use serde_json::Value as Json;

/// The most lines of one report.
const MAX_LINES: usize = 100;
/// The longest value that is shown, in characters.
const MAX_SHOWN: usize = 4_096;

/// The report; nothing where a client has nothing against the parameters.
pub(super) fn report(service: &Service, input: &ShapeRef, params: &Params) -> Option<String> {
    let mut report = Report { service, lines: Vec::new() };
    let shape = service.target(input);
    report.members(shape, "", params.keys().map(String::as_str));
    for (name, value) in params {
        let Some(member) = shape.member(name) else { continue };
        let path = format!(".{name}");
        match value {
            Unpacked::Bytes(_) => {}
            Unpacked::Json(json) => report.check(&member.target, json, &path),
            Unpacked::Part(part, _) => {
                report.members(service.target(&member.target), &path, [part.as_str()].into_iter())
            }
        }
    }
    (!report.lines.is_empty()).then(|| format!("Parameter validation failed:\n{}", report.lines.join("\n")))
}

struct Report<'a> {
    service: &'a Service,
    lines: Vec<String>,
}

impl Report<'_> {
    fn say(&mut self, line: impl FnOnce() -> String) {
        if self.lines.len() < MAX_LINES {
            self.lines.push(line());
        }
    }

    fn check(&mut self, target: &ShapeRef, json: &Json, path: &str) {
        let shape = self.service.target(target);
        if shape.is_document() || target.json_value && target.location == Some(Location::Header) {
            return;
        }
        let least = shape.min().or_else(|| target.host_label.then_some(Bound::Integer(1)));
        match (&shape.kind, json) {
            (Kind::Structure(_), Json::Object(members)) => {
                self.members(shape, path, members.keys().map(String::as_str));
                for (name, value) in members {
                    if let Some(member) = shape.member(name) {
                        self.check(&member.target, value, &format!("{path}.{name}"));
                    }
                }
            }
            (Kind::List(element), Json::Array(elements)) => {
                self.length(elements.len(), least, path);
                for (index, value) in elements.iter().enumerate() {
                    self.check(element, value, &format!("{path}[{index}]"));
                }
            }
            (Kind::Map { key, value: target }, Json::Object(entries)) => {
                for (name, value) in entries {
                    self.check(key, &Json::from(name.as_str()), &format!("{path} (key: {name})"));
                    self.check(target, value, &format!("{path}.{name}"));
                }
            }
            (Kind::String, Json::String(text)) => self.length(text.chars().count(), least, path),
            (Kind::Boolean, Json::Bool(_)) | (Kind::Blob, Json::String(_)) => {}
            (Kind::Integer | Kind::Long, Json::Number(number)) if !number.is_f64() => {
                self.range(shape, json, least, path)
            }
            (Kind::Float | Kind::Double, Json::Number(_)) => self.range(shape, json, least, path),
            (Kind::Timestamp(_), json) if timestamp(json).is_some() => {}
            (kind, json) => self.say(|| {
                format!(
                    "Invalid type for parameter {}, value: {}, type: {}, valid types: {}",
                    named(path),
                    shown(shape, json),
                    class(json),
                    classes(kind)
                )
            }),
        }
    }

    /// What a structure must have, and what it may not have.
    fn members<'n>(&mut self, shape: &Shape, path: &str, given: impl Iterator<Item = &'n str> + Clone) {
        let at = named(path);
        let known = || shape.members().iter().map(|member| &*member.name).collect::<Vec<_>>().join(", ");
        match given.clone().count() {
            // The sentence runs two words together.
            0 if shape.is_union() => {
                self.say(|| format!("Must set one of the following keys for tagged unionstructure {at}: {}.", known()));
            }
            2.. if shape.is_union() => self.say(|| {
                format!(
                    "Invalid number of parameters set for tagged union structure {at}. Can only set one of the following \
                     keys: {}.",
                    known()
                )
            }),
            _ => {}
        }
        for member in shape.members().iter().filter(|member| member.required) {
            // A client fills in a token of the call itself.
            let filled = path.is_empty() && member.target.idempotency_token;
            if !filled && !given.clone().any(|name| *name == *member.name) {
                self.say(|| format!("Missing required parameter in {at}: \"{}\"", member.name));
            }
        }
        for name in given.filter(|name| shape.member(name).is_none()) {
            self.say(|| format!("Unknown parameter in {at}: \"{name}\", must be one of: {}", known()));
        }
    }

    fn length(&mut self, length: usize, least: Option<Bound>, path: &str) {
        if let Some(min) = least.filter(|min| (length as f64) < min.as_f64()) {
            self.say(|| {
                format!("Invalid length for parameter {}, value: {length}, valid min length: {min}", named(path))
            });
        }
    }

    fn range(&mut self, shape: &Shape, number: &Json, least: Option<Bound>, path: &str) {
        let below = |min: &Bound| match (number.as_i64(), min) {
            (Some(number), Bound::Integer(min)) => number < *min,
            _ => number.as_f64().is_some_and(|number| number < min.as_f64()),
        };
        if let Some(min) = least.filter(below) {
            self.say(|| {
                format!(
                    "Invalid value for parameter {}, value: {}, valid min value: {min}",
                    named(path),
                    shown(shape, number)
                )
            });
        }
    }
}

fn named(path: &str) -> &str {
    match path.strip_prefix('.').unwrap_or(path) {
        "" => "input",
        path => path,
    }
}

/// A value as Python prints it; never one that the model calls sensitive.
fn shown(shape: &Shape, json: &Json) -> String {
    match shape.sensitive {
        true => "***".to_owned(),
        false => python::text(json).chars().take(MAX_SHOWN).collect(),
    }
}

/// The class that Python reads a value of JSON as.
fn class(json: &Json) -> &'static str {
    match json {
        Json::Null => "<class 'NoneType'>",
        Json::Bool(_) => "<class 'bool'>",
        Json::Number(number) if number.is_f64() => "<class 'float'>",
        Json::Number(_) => "<class 'int'>",
        Json::String(_) => "<class 'str'>",
        Json::Array(_) => "<class 'list'>",
        Json::Object(_) => "<class 'dict'>",
    }
}

/// The classes that a parameter of a kind may have.
fn classes(kind: &Kind) -> &'static str {
    match kind {
        Kind::Blob => "<class 'bytes'>, <class 'bytearray'>, file-like object",
        Kind::Boolean => "<class 'bool'>",
        Kind::Float | Kind::Double => "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>",
        Kind::Integer | Kind::Long => "<class 'int'>",
        Kind::List(_) => "<class 'list'>, <class 'tuple'>",
        Kind::Map { .. } | Kind::Structure(_) => "<class 'dict'>",
        Kind::String => "<class 'str'>",
        Kind::Timestamp(_) => "<class 'datetime.datetime'>, timestamp-string",
    }
}

#[cfg(test)]
mod tests {
    use crate::lex::Word;
    use crate::parse::{Dialect, Grammar, Setting};
    use bailiwick_aws::pack::Pack;

    /// What version 1 of the AWS CLI prints for each.
    const CASES: [(&[&str], &[&str]); 8] = [
        (
            &["iam", "tag-user", "--user-name", "dana", "--tags", r#"[{"Key":""}]"#],
            &[
                r#"Missing required parameter in Tags[0]: "Value""#,
                "Invalid length for parameter Tags[0].Key, value: 0, valid min length: 1",
            ],
        ),
        (
            &["iam", "tag-user", "--user-name", "", "--tags", "Kee=a,Value=b"],
            &[
                "Invalid length for parameter UserName, value: 0, valid min length: 1",
                r#"Missing required parameter in Tags[0]: "Key""#,
                r#"Unknown parameter in Tags[0]: "Kee", must be one of: Key, Value"#,
            ],
        ),
        (
            &["iam", "tag-user", "--cli-input-json", r#"{"UserName":7,"Tags":{"a":[null,true,1.5,"it's"]},"No":1}"#],
            &[
                r#"Unknown parameter in input: "No", must be one of: UserName, Tags"#,
                "Invalid type for parameter UserName, value: 7, type: <class 'int'>, valid types: <class 'str'>",
                r#"Invalid type for parameter Tags, value: {'a': [None, True, 1.5, "it's"]}, type: <class 'dict'>, valid types: <class 'list'>, <class 'tuple'>"#,
            ],
        ),
        (
            &["sns", "get-topic-attributes", "--cli-input-json", "{}"],
            &[r#"Missing required parameter in input: "TopicArn""#],
        ),
        (
            &["dynamodb", "put-item", "--table-name", "t", "--item", r#"{"k":{"S":1,"N":"2"}}"#],
            &["Invalid type for parameter Item.k.S, value: 1, type: <class 'int'>, valid types: <class 'str'>"],
        ),
        (
            &[
                "connectcases",
                "create-related-item",
                "--domain-id",
                "d",
                "--case-id",
                "c",
                "--type",
                "Sla",
                "--content",
                r#"{"sla":{}}"#,
            ],
            &["Must set one of the following keys for tagged unionstructure content.sla: slaInputConfiguration."],
        ),
        (
            &["logs", "get-log-events", "--log-stream-name", "s", "--limit", "0"],
            &["Invalid value for parameter limit, value: 0, valid min value: 1"],
        ),
        (
            &["cloudtrail", "lookup-events", "--start-time", "never"],
            &[
                "Invalid type for parameter StartTime, value: never, type: <class 'str'>, valid types: <class 'datetime.datetime'>, timestamp-string",
            ],
        ),
    ];

    #[test]
    fn all_that_is_wrong_is_said_in_the_words_of_the_aws_cli() {
        let grammar = Grammar::new(Pack::embedded().unwrap()).unwrap();
        for (line, report) in CASES {
            let words: Vec<Word> = line.iter().copied().map(Word::plain).collect();
            let mistake = grammar.parse(&words, &Setting { dialect: Dialect::Cli, attachments: &[] }).unwrap_err();
            let expected = format!("Parameter validation failed:\n{}", report.join("\n"));
            assert_eq!(mistake.wrong, expected, "{line:?}");
        }
    }
}
