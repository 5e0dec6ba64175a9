//! Command lines against the AWS CLI's own parser: the same parameters, or refused by both.
//!
//! Half of the lines are the examples that the `awscli` package brings, half are generated from the models. Differences that
//! have a reason are listed in `testdata/cli/explained.json`; there is no room for others.

mod lines;

use crate::python;
use bailiwick_aws::model::{Kind, ShapeRef};
use bailiwick_aws::pack::Pack;
use bailiwick_aws::value::json::{TimestampStyle, to_json};
use bailiwick_aws::{Service, Value};
use bailiwick_command::lex::Word;
use bailiwick_command::parse::{Call, Dialect, Grammar, Mistake, MistakeKind, Parsed, Setting};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// How many of the package's examples are compared, spread evenly over them.
const COLLECTED: usize = 1_700;
/// How many lines are generated.
const GENERATED: usize = 1_600;

#[test]
fn parsed_as_the_cli_parses() {
    let Some(collected) = python::lines("cli.py", &["collect"]) else { return };
    let step = (collected.len() / COLLECTED).max(1);
    let mut cases: Vec<Vec<String>> = collected
        .iter()
        .step_by(step)
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|args: &Vec<String>| !args.is_empty())
        .collect();
    let grammar = Grammar::new(Pack::embedded().unwrap()).unwrap();
    let from_examples = cases.len();
    cases.extend(lines::generate(grammar.pack(), GENERATED));
    // Lines of one service together, so that its model is read once.
    cases.sort_by(|left, right| left.first().cmp(&right.first()));
    let asked: Vec<Json> = cases.iter().map(|args| json!({"args": args})).collect();
    let Some(answers) = python::answers("cli.py", &asked) else { return };
    let explained = explained();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (args, answer) in cases.iter().zip(&answers) {
        let ours = parse(&grammar, args);
        let verdict = match (&ours, answer) {
            (_, answer) if answer.get("custom").is_some() => match &ours {
                Err(_) => "a program of the CLI, refused",
                Ok(Parsed::Call(call)) if call.listing.is_some() => "a program of the CLI, as the one call it makes",
                Ok(_) => "",
            },
            (Err(mistake), answer) if mistake.kind != MistakeKind::UnknownOption && answer.get("report").is_some() => {
                match reported(mistake, &answer["report"]) {
                    true => "refused by both in the same words",
                    false => "",
                }
            }
            (Err(_), answer) if answer.get("refused").is_some() => "refused by both",
            (Ok(Parsed::Call(call)), answer) if same(call, answer) => "the same parameters",
            // `help` and skeletons are answers, not calls.
            (Ok(Parsed::Help(_) | Parsed::Print(_)), _) => "no call",
            _ => "",
        };
        if !verdict.is_empty() {
            *counts.entry(verdict).or_default() += 1;
            continue;
        }
        let line = args.join(" ");
        match explained.iter().find(|case| case.explains(&line, &ours, answer)) {
            Some(_) => *counts.entry("explained").or_default() += 1,
            None => wrong.push(format!("{line}\n  ours:   {}\n  theirs: {answer}", described(&ours))),
        }
    }
    println!("{} lines, {from_examples} from examples: {counts:?}, {} differ", cases.len(), wrong.len());
    if let Ok(path) = std::env::var("BAILIWICK_DIFFERENCES") {
        std::fs::write(path, wrong.join("\n")).unwrap();
    }
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        cases.len(),
        wrong[..wrong.len().min(25)].join("\n")
    );
    assert!(cases.len() >= 3_000 && counts["the same parameters"] > 2_000, "{counts:?}");
    assert!(counts["refused by both in the same words"] >= 150, "{counts:?}");
}

fn parse(grammar: &Grammar, args: &[String]) -> Result<Parsed, Mistake> {
    let words: Vec<Word> = args.iter().map(Word::plain).collect();
    grammar.parse(&words, &Setting { dialect: Dialect::Cli, attachments: &[] })
}

/// Whether a mistake is the report of the AWS CLI, word for word but for the limits of numbers with a fraction: some models
/// write `1.0` for what is `1` in others and here.
fn reported(ours: &Mistake, theirs: &Json) -> bool {
    let Some(ours) = ours.wrong.strip_prefix("Parameter validation failed:\n") else { return false };
    let theirs = theirs.as_str().unwrap_or_default();
    let same = |(ours, theirs): (&str, &str)| ours == theirs.strip_suffix(".0").unwrap_or(theirs) || ours == theirs;
    ours.lines().count() == theirs.lines().count() && ours.lines().zip(theirs.lines()).all(same)
}

fn described(ours: &Result<Parsed, Mistake>) -> String {
    match ours {
        Ok(Parsed::Call(call)) => format!("{} {} {:?}", call.service.name, input(call), call.options.paging),
        other => format!("{other:?}"),
    }
}

/// The input as the script writes it.
fn input(call: &Call) -> Json {
    match call.model().and_then(|operation| operation.input.as_ref()) {
        Some(target) => plain(&call.service, target, &call.input),
        None => json!({}),
    }
}

fn plain(service: &Service, target: &ShapeRef, value: &Value) -> Json {
    let shape = service.target(target);
    match (&shape.kind, value) {
        (Kind::Structure(_), Value::Map(entries)) => entries
            .iter()
            .map(|(name, value)| (name.clone(), plain(service, &shape.member(name).unwrap().target, value)))
            .collect(),
        (Kind::Map { value: target, .. }, Value::Map(entries)) => {
            entries.iter().map(|(name, value)| (name.clone(), plain(service, target, value))).collect()
        }
        (Kind::List(element), Value::List(items)) => items.iter().map(|value| plain(service, element, value)).collect(),
        _ => to_json(value, TimestampStyle::Epoch),
    }
}

fn same(call: &Call, answer: &Json) -> bool {
    let paging = &call.options.paging;
    let theirs = &answer["paging"];
    let number = |name: &str| match &theirs[name] {
        Json::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    answer["service"] == *call.service.name
        && answer["operation"] == *call.operation
        && alike(&input(call), &answer["input"])
        && number("MaxItems") == paging.max_items
        && number("PageSize") == paging.page_size
        && theirs["StartingToken"].as_str() == paging.starting_token.as_deref()
        && answer["region"].as_str() == call.options.region.as_deref()
}

/// Equality that does not tell `1` from `1.0` nor one order of keys from another.
fn alike(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => left.as_f64() == right.as_f64(),
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| alike(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| alike(value, other)))
        }
        _ => left == right,
    }
}

/// A difference that has a reason.
struct Explained {
    line: String,
    ours: String,
    theirs: String,
}

impl Explained {
    fn explains(&self, line: &str, ours: &Result<Parsed, Mistake>, answer: &Json) -> bool {
        line.contains(&self.line)
            && described(ours).contains(&self.ours)
            && (self.theirs.is_empty() || answer.to_string().contains(&self.theirs))
    }
}

fn explained() -> Vec<Explained> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/cli/explained.json");
    let cases: Vec<Json> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let text = |case: &Json, name: &str| case.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    cases
        .iter()
        .map(|case| {
            assert!(!text(case, "why").is_empty(), "every explained difference says why");
            Explained { line: text(case, "line"), ours: text(case, "ours"), theirs: text(case, "theirs") }
        })
        .collect()
}
