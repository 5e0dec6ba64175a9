//! Command lines made from the models: each option in one of the forms that it may be written in, now and then broken.

use crate::generate::Random;
use bailiwick_aws::model::{Kind, Member, ShapeRef};
use bailiwick_aws::pack::Pack;
use bailiwick_aws::{Operation, Service};
use bailiwick_command::parse::option_name;
use serde_json::{Map, Value as Json, json};

const TEXTS: &[&str] = &[
    "abc",
    "my-name",
    "a b",
    "x,y",
    "é",
    "true",
    "12",
    "a=b",
    "arn:aws:sns:us-east-1:123456789012:t",
    "1.5",
    "it's",
    "say \"x\"",
    "a.b/c",
    "123456789012",
    "name_1",
    "Value",
    "2020-01-01",
    "*",
    "x:y",
    "averylongnamethatisstillaname-0123456789",
];
/// Texts that a tokenizer, an option or a shorthand might take for something else.
const ODD: &[&str] = &[
    "",
    " ",
    " lead",
    "trail ",
    "-1",
    "-x",
    "-x y",
    "--",
    "-",
    "--abc",
    "--abc d",
    "日本語",
    "😀",
    "e\u{301}",
    "a\nb",
    "tab\tx",
    "[a,b]",
    "[]",
    "{}",
    "{",
    "]",
    "null",
    "k=[a,b]",
    "k={a=b}",
    "x=",
    "=x",
    ",",
    "a,",
    ",a",
    "'",
    "\"",
    "\\",
    "a\\,b",
    "a\\=b",
    "'a,b'",
    "\"a=b\"",
    "'a'b",
    "a'b'",
    "@=x",
    "a@=b",
    "1e3",
    "0x10",
    "+5",
    "True",
    "1.0",
    "http://example.com/x?y=z#f",
    "$HOME",
    "`x`",
    "a;b|c",
    "%2F",
    "\"\"",
    "''",
    "\u{feff}x",
    "\u{a0}",
];
const NUMBERS: &[&str] = &[
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "2147483648",
    "-2147483649",
    "-1",
    "-0",
    "+5",
    " 5",
    "5 ",
    "007",
    "0x1F",
    "1e3",
    "1.0",
    "5.5",
    "",
    "1__0",
    "５",
    "true",
    "\"5\"",
    "1e400",
    "nan",
    "inf",
    "-Infinity",
    ".5",
    "5.",
    "1_0.5",
];
const TIMES: &[&str] = &[
    "2020-01-01T00:00:00Z",
    "2020-01-01",
    "1577836800",
    "2020-01-01T10:00:00+02:00",
    "2020-01-01T10:00:00",
    "2020-02-30",
    "never",
    "Wed, 01 Jan 2020 00:00:00 GMT",
    "Wed, 01 Jan 2020 00:00:00 +0200",
    "20200101T000000Z",
    "20200101",
    "2020-01-01 10:00",
    "2020-01-01 10:00:00.123456Z",
    "2020-01-01T10:00:00.5Z",
    "2020-01-01T10:00:00-0730",
    "2020-01-01T10:00Z",
    "2020-01-01T25:00:00Z",
    "2020-01-01T23:59:60Z",
    "1577836800.5",
    "-1",
    "0",
    "1e9",
    "1577836800000",
    "",
    "nan",
    "2020-13-01",
    "2020/01/02",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2020-01-01T10:00:00 UTC",
    "2020-01-01T10:00:00z",
    "2020-W01-1",
];

/// At most `count` lines, spread over all services.
pub(super) fn generate(pack: &Pack, count: usize) -> Vec<Vec<String>> {
    let mut random = Random::new(3);
    // Our own service is none of the AWS CLI's.
    let names: Vec<String> = pack.services().filter(|name| *name != "bailiwick").map(str::to_owned).collect();
    let each = count / names.len() + 1;
    let cli = pack.cli().unwrap();
    let mut lines = Vec::new();
    for name in &names {
        let Some(command) = cli.command_of_service(name) else { continue };
        let service = pack.service(name).unwrap();
        let operations: Vec<&Operation> = service
            .operations
            .values()
            .filter(|operation| !command.absent.iter().any(|absent| **absent == *operation.cli_name))
            .filter(|operation| !command.renamed.iter().any(|(_, api)| **api == *operation.name))
            .collect();
        for _ in 0..each {
            if operations.is_empty() || lines.len() >= count {
                break;
            }
            let operation = *random.pick(&operations);
            lines.push(Line { service: &service, random: &mut random }.of(&command.name, operation));
        }
    }
    lines
}

struct Line<'a> {
    service: &'a Service,
    random: &'a mut Random,
}

impl Line<'_> {
    fn of(&mut self, command: &str, operation: &Operation) -> Vec<String> {
        let mut words = vec![command.to_owned(), operation.cli_name.to_string()];
        let members = operation.input.as_ref().map_or(&[][..], |input| self.service.target(input).members());
        for member in members {
            let wanted = if member.required { 97 } else { 25 };
            let shape = self.service.target(&member.target);
            if self.random.chance(wanted) && !shape.streaming && !member.target.streaming {
                self.option(member, &mut words);
            }
        }
        match self.random.below(20) {
            0 => words.extend(["--region".to_owned(), "eu-west-1".to_owned()]),
            1 => words.extend(["--query".to_owned(), "a.b".to_owned()]),
            2 => words.push("--no-such-option".to_owned()),
            3 if operation.page.is_some() => words.extend(["--max-items".to_owned(), "5".to_owned()]),
            4 if operation.page.is_some() => words.push("--no-paginate".to_owned()),
            5 => words.push("stray".to_owned()),
            _ => {}
        }
        if self.random.chance(45) {
            self.twist(members, operation, &mut words);
        }
        words
    }

    /// Writes the line in another way, which the CLI may or may not take.
    fn twist(&mut self, members: &[Member], operation: &Operation, words: &mut Vec<String>) {
        let options: Vec<usize> = (2..words.len()).filter(|at| words[*at].starts_with("--")).collect();
        match self.random.below(16) {
            // Shortened, which argparse allows where it stays unique.
            0 | 1 if !options.is_empty() => {
                let at = *self.random.pick(&options);
                let name: Vec<char> = words[at].chars().collect();
                let length = 3 + self.random.below(name.len().max(4) - 3);
                words[at] = name.into_iter().take(length).collect();
            }
            // Given twice.
            2 | 3 if !members.is_empty() => {
                let member = self.random.pick(members);
                let shape = self.service.target(&member.target);
                if !shape.streaming && !member.target.streaming {
                    self.option(member, words);
                    self.option(member, words);
                }
            }
            // With no value at all.
            4 if !options.is_empty() => {
                let at = *self.random.pick(&options);
                if at + 1 < words.len() && !words[at + 1].starts_with("--") {
                    words.remove(at + 1);
                }
            }
            // The whole input in one option, with or without the others.
            5..=7 => {
                let input = match &operation.input {
                    Some(input) => self.json(input, 3),
                    None => json!({}),
                };
                if self.random.chance(50) {
                    words.truncate(2);
                }
                let text = match self.random.below(10) {
                    0 => "{".to_owned(),
                    1 => "[]".to_owned(),
                    2 => json!({"NoSuchMember": 1}).to_string(),
                    3 => "null".to_owned(),
                    _ => input.to_string(),
                };
                words.extend(["--cli-input-json".to_owned(), text]);
            }
            8 => words.extend([
                "--query".to_owned(),
                (*self.random.pick(&["a[", "a.b[*].c", "", "@", "`1", "a==b", "f(x)"])).to_owned(),
            ]),
            9 => {
                let format = *self.random.pick(&["json", "text", "table", "yaml", "xml", "", "JSON", "js"]);
                words.extend(["--output".to_owned(), format.to_owned()]);
            }
            10 => words.push(
                (*self.random.pick(&[
                    "--debug",
                    "--no-sign-request",
                    "--no-verify-ssl",
                    "--no-cli-pager",
                    "--color=off",
                    "--color=pink",
                ]))
                .to_owned(),
            ),
            11 => {
                let number = (*self.random.pick(NUMBERS)).to_owned();
                let option = *self.random.pick(&[
                    "--max-items",
                    "--page-size",
                    "--starting-token",
                    "--cli-read-timeout",
                    "--cli-connect-timeout",
                ]);
                words.extend([option.to_owned(), number]);
            }
            // Global options before the command and between its words.
            12 => {
                let at = self.random.below(3);
                words.splice(at..at, ["--region".to_owned(), "eu-west-1".to_owned()]);
            }
            13 => words.extend([
                "--endpoint-url".to_owned(),
                (*self.random.pick(&["http://localhost:5000", "localhost", ""])).to_owned(),
            ]),
            14 => words.push("--".to_owned()),
            _ => {
                let at = 2 + self.random.below(words.len().max(3) - 2);
                let text = (*self.random.pick(ODD)).to_owned();
                words.insert(at.min(words.len()), text);
            }
        }
    }

    fn a_text(&mut self) -> String {
        let odd = self.random.chance(25);
        (*self.random.pick(if odd { ODD } else { TEXTS })).to_owned()
    }

    fn a_number(&mut self) -> Json {
        json!(*self.random.pick(NUMBERS))
    }

    fn option(&mut self, member: &Member, words: &mut Vec<String>) {
        let name = option_name(&member.name);
        let shape = self.service.target(&member.target);
        match &shape.kind {
            Kind::Boolean => {
                words.push(if self.random.chance(50) { format!("--{name}") } else { format!("--no-{name}") })
            }
            Kind::List(element) => {
                words.push(format!("--{name}"));
                let json = self.json(&member.target, 3);
                let complex = !matches!(self.scalar_kind(element), Some(()));
                match self.random.below(3) {
                    0 => words.push(json.to_string()),
                    _ => {
                        for item in json.as_array().into_iter().flatten() {
                            let word = if complex { self.complex(item) } else { text_of(item) };
                            words.push(word);
                        }
                    }
                }
            }
            Kind::Structure(_) | Kind::Map { .. } => {
                words.push(format!("--{name}"));
                let json = self.json(&member.target, 3);
                let word = self.complex(&json);
                words.push(word);
            }
            _ => {
                let value = text_of(&self.json(&member.target, 1));
                // argparse loses a value that is `--` behind a `=`.
                if self.random.chance(15) && value != "--" {
                    words.push(format!("--{name}={value}"));
                } else {
                    words.extend([format!("--{name}"), value]);
                }
            }
        }
    }

    fn scalar_kind(&self, target: &ShapeRef) -> Option<()> {
        let complex = matches!(self.service.target(target).kind, Kind::Structure(_) | Kind::Map { .. } | Kind::List(_));
        (!complex).then_some(())
    }

    /// JSON or shorthand, sometimes with a letter changed.
    fn complex(&mut self, value: &Json) -> String {
        let mut text = match value {
            Json::Object(map) if self.random.chance(60) && !map.is_empty() => {
                map.iter().map(|(key, value)| format!("{key}={}", self.shorthand(value))).collect::<Vec<_>>().join(",")
            }
            other => other.to_string(),
        };
        if self.random.chance(8) {
            let at = self.random.below(text.chars().count().max(1));
            let broken = *self.random.pick(&['=', ',', '[', ']', '{', '}', '"', '\'', '\\', ' ', 'x']);
            text = text.chars().enumerate().map(|(position, c)| if position == at { broken } else { c }).collect();
        }
        text
    }

    fn shorthand(&mut self, value: &Json) -> String {
        match value {
            Json::Object(map) => {
                let pairs: Vec<_> = map.iter().map(|(key, value)| format!("{key}={}", self.shorthand(value))).collect();
                format!("{{{}}}", pairs.join(","))
            }
            Json::Array(items) => {
                let plain = items.iter().all(|item| !item.is_array() && !item.is_object())
                    && items.len() > 1
                    && self.random.chance(40);
                let items: Vec<_> = items.iter().map(|item| self.shorthand(item)).collect();
                if plain { items.join(",") } else { format!("[{}]", items.join(",")) }
            }
            scalar => {
                let text = text_of(scalar);
                match self.random.below(4) {
                    0 => format!("'{}'", text.replace('\'', "\\'")),
                    1 => format!("\"{}\"", text.replace('"', "\\\"")),
                    _ => text,
                }
            }
        }
    }

    fn json(&mut self, target: &ShapeRef, depth: usize) -> Json {
        let shape = self.service.target(target);
        if shape.is_document() {
            return json!({"any": [1, "x"]});
        }
        match &shape.kind {
            Kind::Structure(structure) => {
                let mut map = Map::new();
                for member in &structure.members {
                    let wanted = if member.required { 98 } else { 30 };
                    let room = depth > 0 || member.required;
                    let full = structure.union && !map.is_empty();
                    if self.random.chance(wanted) && room && depth < 4 && !full {
                        map.insert(
                            member.name.to_string(),
                            if depth == 0 { json!("x") } else { self.json(&member.target, depth - 1) },
                        );
                    }
                }
                Json::Object(map)
            }
            Kind::List(element) if depth > 0 => {
                let count = self.random.below(3);
                let count = count.max(shape.min().map_or(0, |min| min.as_f64() as usize).min(4));
                Json::Array((0..count).map(|_| self.json(element, depth - 1)).collect())
            }
            Kind::Map { key, value } if depth > 0 => {
                let count = 1 + self.random.below(2);
                (0..count).map(|_| (text_of(&self.json(key, 0)), self.json(value, depth - 1))).collect()
            }
            Kind::List(_) => json!([]),
            Kind::Map { .. } => json!({}),
            Kind::Boolean => json!(self.random.chance(50)),
            Kind::Integer | Kind::Long => match self.random.below(12) {
                0 => json!(-1),
                1 => json!("1_0"),
                2 => json!("many"),
                3 => self.a_number(),
                other => json!(other + shape.min().map_or(0, |min| min.as_f64() as usize)),
            },
            Kind::Float | Kind::Double => match self.random.below(8) {
                0 => json!("1e3"),
                1 => json!("much"),
                2 => self.a_number(),
                other => json!(other as f64 / 4.0),
            },
            Kind::Timestamp(_) => json!(*self.random.pick(TIMES)),
            Kind::Blob => json!(self.a_text()),
            Kind::String => match shape.enum_values() {
                [] => json!(self.a_text()),
                values => json!(&**self.random.pick(values)),
            },
        }
    }
}

fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
