//! A decision asks for no memory. This is a binary of its own because it replaces the allocator by one that counts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use allocation_counter::measure;
use bailiwick_policy::cases::{self, Authorize, Question};
use bailiwick_policy::compiled::Engine;
use bailiwick_policy::document::OperatorKind;
use bailiwick_policy::{Context, Layers, Outcome, Policy, PolicyType, Principal, Request, Resource, oracle};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;

/// How often memory is asked for while a compiled engine decides.
fn allocations(engine: &Engine, request: &Request) -> u64 {
    measure(|| {
        black_box(engine.decide(black_box(request)));
    })
    .count_total
}

fn cases() -> Vec<(String, Authorize)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines().filter(|line| !line.trim().is_empty()) {
            let Ok(case) = cases::read_line(line) else { continue };
            if let Question::Authorize(authorize) = case.question {
                found.push((case.id, *authorize));
            }
        }
    }
    found
}

#[test]
fn the_counter_counts() {
    assert_eq!(measure(|| drop(black_box(Box::new(1)))).count_total, 1);
}

#[test]
fn no_case_allocates() {
    let mut reached: BTreeMap<String, usize> = BTreeMap::new();
    let mut allocating = Vec::new();
    for (id, case) in cases() {
        let engine = Engine::compile(&case.layers);
        if allocations(&engine, &case.request) > 0 {
            allocating.push(id);
        }
        let outcome = engine.decide(&case.request);
        *reached.entry(outcome.as_str().to_owned()).or_default() += 1;
        for policy in case.layers.policies() {
            *reached.entry(format!("{} {}", policy.kind().as_str(), outcome.as_str())).or_default() += 1;
            let statements = policy.document().into_iter().flat_map(|document| &document.statements);
            for condition in statements.flat_map(|statement| &statement.conditions) {
                let name = condition.operator.value.kind.name();
                *reached.entry(format!("{name} {}", outcome.is_allowed())).or_default() += 1;
            }
        }
    }
    assert_eq!(allocating, [""; 0]);
    let operators = OperatorKind::ALL.map(|(_, name)| name);
    let wanted = operators.iter().flat_map(|name| [format!("{name} true"), format!("{name} false")]);
    let layers = PolicyType::ALL.iter().flat_map(|kind| {
        [Outcome::Allowed, Outcome::ImplicitDeny, Outcome::ExplicitDeny]
            .map(|outcome| format!("{} {}", kind.as_str(), outcome.as_str()))
    });
    let missed: Vec<String> = wanted.chain(layers).filter(|what| !reached.contains_key(what)).collect();
    assert_eq!(missed, [""; 0], "{reached:?}");
}

fn request(action: &str, resource: &str, context: Context) -> Request {
    Request {
        principal: Principal::from_arn_text("arn:aws:iam::111122223333:user/dana").unwrap(),
        action: action.to_owned(),
        resource: Resource::from_text(resource),
        resource_account: None,
        wildcard_only: false,
        context,
    }
}

fn compiled(statement: &str) -> (Engine, Layers) {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
    let policy = Policy::read("p", PolicyType::Identity, &text);
    assert!(policy.document().is_some(), "{:?}", policy.diagnostics());
    let layers = Layers { identity: Some(vec![policy]), ..Layers::default() };
    (Engine::compile(&layers), layers)
}

/// What needs more than a comparison of bytes: letters whose lower case hangs on their neighbours, and variables.
#[test]
fn text_beyond_ascii_does_not_allocate() {
    let long = "ΟΔΥΣΣΕΥΣ\u{301}".repeat(200);
    for wanted in ["ΟΔΥΣΣΕΥΣ", "${k:v}", "x${k:v}Σ", "${k:none, 'ΟΣ'}", "STRAẞE", "\u{10400}Σ"] {
        for operator in ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringEquals"] {
            let (engine, layers) = compiled(&format!(
                r#"{{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${{k:v}}*?","Condition":{{"{operator}":{{"k:text":"{wanted}"}}}}}}"#
            ));
            for text in ["Οδυσσευς", "ΟΔΥΣΣΕΥΣ", "xΟΣς", "xΟΣσ", "straße", "\u{10400}ς", "ος", &long]
            {
                for value in ["ΟΣ", "ος", "οδυσσευς", text] {
                    let context = Context::new().with("k:text", text).with("k:v", value);
                    let request = request("s3:GetObject", &format!("arn:aws:s3:::b/{value}/\u{1F600}"), context);
                    assert_eq!(engine.decide(&request), oracle::decide(&request, &layers).outcome, "{wanted} {text}");
                    assert_eq!(allocations(&engine, &request), 0, "{operator} {wanted} {text} {value}");
                }
            }
        }
    }
}

/// Actions longer than the usual buffer, patterns that are prefixes of each other, many candidates, long texts.
#[test]
fn large_inputs_do_not_allocate() {
    let name = "A".repeat(200);
    let prefixes: Vec<String> = (1..120).map(|n| format!("\"s3:{}*\"", &name[..n])).collect();
    let (engine, layers) = compiled(&format!(
        r#"[{{"Effect":"Allow","Action":[{}],"NotResource":["arn:aws:s3:::*/${{aws:username}}/*","arn:aws:sns:*:*:*"]}},
            {{"Effect":"Deny","NotAction":["s3:*a*b*?c*","sns:*"],"Resource":"arn:aws:s3:*:*:*x*y?*"}}]"#,
        prefixes.join(",")
    ));
    for length in [1, 40, 64, 65, 150, 240, 260, 5_000] {
        let key = "x/a:".repeat(length);
        let context = Context::new().with("aws:username", key.clone());
        let action = format!("s3:{}", "A".repeat(length));
        for resource in ["*".to_owned(), format!("arn:aws:s3:::b/{key}/c"), key] {
            let request = request(&action, &resource, context.clone());
            if action.len() <= 256 {
                assert_eq!(engine.decide(&request), oracle::decide(&request, &layers).outcome);
            }
            assert_eq!(allocations(&engine, &request), 0, "{length} {resource}");
        }
    }
}
