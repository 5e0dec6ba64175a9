//! That every captured answer of AWS is repeated somewhere, or says why not: `testdata/captures.json`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

/// Files with one case a line, each with an id that begins with the capture's; a capture of several decisions has several.
const LINES: &[&str] = &[
    "../aws/testdata/query/captures.jsonl",
    "../policy/testdata/captured_conditions.jsonl",
    "../policy/testdata/captured_decisions.jsonl",
    "../policy/testdata/captured_grammar.jsonl",
    "../policy/testdata/captured_service_grammar.jsonl",
    "../policy/testdata/captured_simulator.jsonl",
    "../policy/testdata/captured_simulator_decisions.jsonl",
];

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}

/// The captures that are repeated.
fn replayed() -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for path in LINES {
        for line in read(path).lines() {
            let case: Json = serde_json::from_str(line).unwrap();
            ids.insert(text(&case["id"]).split('/').next().unwrap().to_owned());
        }
    }
    let calls = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/calls");
    for file in std::fs::read_dir(calls).unwrap() {
        let steps: Vec<Json> = serde_json::from_str(&read(file.unwrap().path())).unwrap();
        ids.extend(steps.iter().filter_map(|step| step["capture"].as_array()).flatten().map(text));
    }
    let cases: Vec<Json> = serde_json::from_str(&read("testdata/admission/organizations.json")).unwrap();
    ids.extend(cases.iter().map(|case| &case["capture"]).filter(|id| id.is_string()).map(text));
    let cases: Vec<Json> = serde_json::from_str(&read("../notify/testdata/sns/filter_policy.json")).unwrap();
    let names = cases.iter().map(|case| text(&case["name"]));
    ids.extend(names.filter(|name| observed(name)).map(|name| format!("sns-filters-{name}")));
    ids
}

/// Whether a case of the filters is an observation; the others follow the guide.
fn observed(name: &str) -> bool {
    name.starts_with("case-") || name.starts_with("admission-")
}

#[test]
fn every_captured_answer_is_repeated_or_says_why_not() {
    let index: Json = serde_json::from_str(&read("testdata/captures.json")).unwrap();
    let left: Vec<&Json> = index["not_replayed"].as_array().unwrap().iter().collect();
    let left_ids: Vec<String> = left.iter().flat_map(|one| one["ids"].as_array().unwrap()).map(text).collect();
    let replayed = replayed();
    let both: Vec<_> = left_ids.iter().filter(|id| replayed.contains(*id)).collect();
    assert!(both.is_empty(), "repeated, and said not to be: {both:?}");
    assert!(left.iter().all(|one| one["why"].as_str().is_some_and(|why| !why.is_empty())));
    let captured = index["captured"].as_u64().unwrap();
    assert_eq!((replayed.len(), left_ids.len()), (1_235, 14));
    assert_eq!(u64::try_from(replayed.len() + left_ids.len()).unwrap(), captured);
}
