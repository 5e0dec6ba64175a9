//! Every case of `testdata/` through every engine.

use bailiwick_policy::cases::{self, Case, Engine};
use std::fmt::Write as _;
use std::path::PathBuf;

fn testdata() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn read(file: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(testdata().join(file)).unwrap();
    cases::read(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The files that hold decisions and admissions of the language; the others hold full answers of services.
fn files() -> Vec<String> {
    let apart = ["captured_simulator.jsonl"];
    let entries = std::fs::read_dir(testdata()).unwrap();
    let mut files: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.retain(|file| file.ends_with(".jsonl") && !apart.contains(&file.as_str()));
    files.sort();
    files
}

/// Runs every case and fails with the list of those that disagree.
fn run(engine: Engine) {
    let (mut count, mut report, mut failures) = (0, String::new(), 0);
    for file in files() {
        for case in &read(&file) {
            let answer = case.run(engine);
            count += 1;
            if answer.agrees != Some(true) {
                failures += 1;
                writeln!(
                    report,
                    "{file} {} ({})\n  expected {:?}\n  answered {}",
                    case.id,
                    case.name,
                    expected(case),
                    answer.to_json()
                )
                .unwrap();
            }
        }
    }
    assert_eq!(failures, 0, "{failures} of {count} cases disagree:\n{report}");
    assert!(count > 2_000, "only {count} cases were found");
}

fn expected(case: &Case) -> String {
    match &case.question {
        cases::Question::Authorize(case) => format!("{:?} {:?}", case.expected, case.blocked_by),
        cases::Question::Validate(case) => format!("{:?} {:?} {:?}", case.valid, case.aws_code, case.aws_message),
        cases::Question::Simulate(_) => "the answer on the wire".to_owned(),
        cases::Question::Wildcard { expected, .. } => format!("{expected:?}"),
        cases::Question::Compare(case) => format!("{:?}", case.expected),
        cases::Question::Other { kind, .. } => kind.clone(),
    }
}

#[test]
fn the_oracle_agrees_with_every_case() {
    run(Engine::Oracle);
}

#[test]
fn the_compiled_engine_agrees_with_every_case_and_with_the_oracle() {
    run(Engine::Both);
}

#[test]
fn ids_are_unique() {
    let mut ids: Vec<String> = files().iter().flat_map(|file| read(file)).map(|case| case.id).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
