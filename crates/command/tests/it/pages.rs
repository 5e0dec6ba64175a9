//! Walks over random pages: the same calls and the same joined answer as botocore's paginator.

use crate::generate::Random;
use crate::python;
use bailiwick_aws::model::{Kind, Page};
use bailiwick_aws::pack::Pack;
use bailiwick_aws::value::json::{TimestampStyle, to_json};
use bailiwick_command::lex::Word;
use bailiwick_command::pages::{MAX_PAGES, Pages};
use bailiwick_command::parse::{Call, Dialect, Grammar, Parsed, Setting};
use serde_json::{Map, Value, json};

/// Walks of each operation.
const WALKS: usize = 12;

/// Operations of every shape of paging: one token and several, a flag, nested places, texts, what is kept of the first page.
const LINES: &[&str] = &[
    "sns list-topics",
    "iam list-users",
    "iam get-group --group-name g",
    "ec2 describe-instances",
    "s3api list-objects-v2 --bucket b",
    "s3api list-object-versions --bucket b",
    "route53 list-resource-record-sets --hosted-zone-id z",
    "cloudfront list-distributions",
    "rds describe-engine-default-parameters --db-parameter-group-family f",
    "rds download-db-log-file-portion --db-instance-identifier d --log-file-name l",
    "dynamodb list-tables",
    "organizations list-accounts",
    "cloudformation describe-change-set --change-set-name c",
    "athena get-query-results --query-execution-id q",
    "logs describe-log-groups",
];

fn call(grammar: &Grammar, line: &str) -> Call {
    let words: Vec<Word> = line.split(' ').map(Word::plain).collect();
    match grammar.parse(&words, &Setting { dialect: Dialect::Cli, attachments: &[] }).unwrap() {
        Parsed::Call(call) => *call,
        other => panic!("{line}: {other:?}"),
    }
}

fn put(page: &mut Value, path: &str, value: Value) {
    let mut inner = page;
    for name in path.split('.') {
        if inner.is_null() {
            *inner = Value::Object(Map::new());
        }
        inner = inner.as_object_mut().unwrap().entry(name).or_insert(Value::Null);
    }
    *inner = value;
}

/// A page with some of each list, and the tokens of the next page unless it is the last.
fn page(random: &mut Random, call: &Call, facts: &Page, number: usize, last: bool) -> Value {
    let mut page = json!({"Unlisted": number});
    for path in &facts.result_key {
        let count = random.below(4);
        let texts = &**path == "LogFileData";
        let items: Vec<Value> = (0..count).map(|item| json!(format!("{number}.{item}"))).collect();
        match random.below(8) {
            0 => {}
            _ if texts => put(&mut page, path, json!("é".repeat(count))),
            _ => put(&mut page, path, Value::Array(items)),
        }
    }
    let shape = call.model().unwrap().input.as_ref().map(|input| call.service.target(input)).unwrap();
    for (path, name) in facts.output_token.iter().zip(&facts.input_token) {
        if path.chars().any(|c| !c.is_ascii_alphanumeric() && c != '.') {
            continue;
        }
        let kind = shape.member(name).map(|member| &call.service.target(&member.target).kind);
        let token = match kind {
            _ if last && random.below(2) == 0 => json!(""),
            _ if last => continue,
            Some(Kind::Integer | Kind::Long) => json!(number + 1),
            _ => json!(format!("token-{number}")),
        };
        put(&mut page, path, token);
    }
    if let Some(more) = &facts.more_results {
        put(&mut page, more, json!(!last));
    }
    if random.below(2) == 0 {
        put(&mut page, "ChangeSetName", json!("c"));
        put(&mut page, "Group", json!({"GroupName": number}));
    }
    page
}

#[test]
fn walked_as_botocore_walks() {
    let grammar = Grammar::new(Pack::embedded().unwrap()).unwrap();
    let mut random = Random::new(11);
    let (mut cases, mut ours) = (Vec::new(), Vec::new());
    for line in LINES {
        let plain = call(&grammar, line);
        let facts = plain.model().unwrap().page.clone().unwrap();
        for _ in 0..WALKS {
            let count = 1 + random.below(4);
            let pages: Vec<Value> =
                (0..count).map(|number| page(&mut random, &plain, &facts, number, number + 1 == count)).collect();
            let max_items = (random.below(2) == 0).then(|| random.below(6));
            let page_size = (facts.limit_key.is_some() && random.below(3) == 0).then(|| 1 + random.below(9));
            let mut starting_token = (random.below(3) == 0).then(|| "service-token".to_owned());
            for again in 0..2 {
                let mut options = plain.clone();
                options.options.paging.max_items = max_items.map(|most| i64::try_from(most).unwrap());
                options.options.paging.page_size = page_size.map(|size| i64::try_from(size).unwrap());
                options.options.paging.starting_token = starting_token.clone();
                let said = walk(&options, &pages);
                let resume = said["whole"]["NextToken"].as_str().map(str::to_owned);
                cases.push(json!({
                    "service": &*plain.service.name, "operation": &*plain.operation, "pages": pages,
                    "max_items": max_items, "page_size": page_size, "starting_token": starting_token,
                }));
                ours.push(said);
                starting_token = resume;
                if again == 0 && starting_token.is_none() {
                    break;
                }
            }
        }
    }
    let Some(answers) = python::answers("paginate.py", &cases) else { return };
    let mut compared = 0;
    for ((case, theirs), ours) in cases.iter().zip(answers).zip(ours) {
        // Where the pages run out or a token does not fit, both stop with an error of their own.
        if theirs.get("error").is_some() || ours.get("error").is_some() {
            assert!(
                theirs.get("error").is_some() && ours.get("error").is_some(),
                "{case}\nours {ours}\ntheirs {theirs}"
            );
            continue;
        }
        compared += 1;
        assert_eq!(ours, theirs, "{case}");
        assert_eq!(ours["whole"].to_string(), theirs["whole"].to_string(), "the order of members: {case}");
    }
    println!("compared {compared} walks of {}", cases.len());
    assert!(compared > LINES.len() * WALKS / 2, "{compared} of {}", cases.len());
}

fn walk(call: &Call, pages: &[Value]) -> Value {
    let failed = |error: &dyn std::fmt::Display| json!({"error": error.to_string()});
    let given = call.input.as_map().unwrap();
    let mut walk = match Pages::of(call, MAX_PAGES) {
        Ok(walk) => walk.unwrap(),
        Err(error) => return failed(&error),
    };
    let mut calls = Vec::new();
    let mut next = walk.first();
    let mut pages = pages.iter();
    loop {
        match next {
            Err(error) => return failed(&error),
            Ok(input) => {
                // The paginator under test is given no input but tokens and limits.
                let changed = input.as_map().unwrap().iter().filter(|(name, value)| given.get(*name) != Some(*value));
                calls.push(Value::Object(
                    changed.map(|(name, value)| (name.clone(), to_json(value, TimestampStyle::Epoch))).collect(),
                ));
            }
        }
        let Some(page) = pages.next() else { return failed(&"there are no more pages") };
        next = match walk.accept(page.clone()) {
            Ok(None) => break,
            Ok(Some(input)) => Ok(input),
            Err(error) => Err(error),
        };
    }
    json!({"calls": calls, "whole": walk.finish().response})
}
