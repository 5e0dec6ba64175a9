//! `bailiwick simulate --cases`.

use std::path::Path;

use super::{Files, bailiwick, with_input};

fn testdata(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy/testdata").join(file).to_str().unwrap().to_owned()
}

#[test]
fn the_engine_agrees_with_every_file_of_decisions() {
    let folder = std::fs::read_dir(testdata("")).unwrap();
    let files = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> = files.filter(|file| file.ends_with(".jsonl")).collect();
    assert!(files.len() > 15, "{files:?}");
    for file in &files {
        let ran = bailiwick(&["simulate", "--cases", &testdata(file)]);
        assert_eq!(ran.status, 0, "{file}: {}", ran.err);
        let asked = std::fs::read_to_string(testdata(file)).unwrap();
        assert_eq!(ran.out.lines().count(), asked.lines().count(), "{file}: one line a case");
        for (line, case) in ran.out.lines().zip(asked.lines()) {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap();
            let case: serde_json::Value = serde_json::from_str(case).unwrap();
            assert_eq!(answer["id"], case["id"], "in the order of the file");
            assert!(answer["decision"].is_string() && answer["blocked_by"].is_array() && answer["reason"].is_string());
            assert!(answer.get("error").is_none(), "{line}");
        }
    }
}

#[test]
fn every_evaluator_can_be_chosen() {
    for engine in ["compiled", "oracle", "both"] {
        let ran = bailiwick(&["simulate", "--engine", engine, "--cases", &testdata("rules_layers.jsonl")]);
        assert_eq!(ran.status, 0, "{engine}: {}", ran.err);
    }
    assert_eq!(bailiwick(&["simulate", "--engine", "fast", "--cases", "x"]).status, 2);
}

const RIGHT: &str = r#"{"id":"right","kind":"wildcard","pattern":"a*","text":"ab","expected":{"match":true}}"#;
const WRONG: &str = r#"{"id":"wrong","kind":"wildcard","pattern":"a*","text":"b","expected":{"match":true}}"#;

#[test]
fn the_status_says_how_the_run_went() {
    let run = |text: &str| with_input(&["simulate", "--cases", "-"], text);
    let ran = run(&format!("{RIGHT}\n\n{RIGHT}"));
    assert_eq!((ran.status, ran.out.lines().count()), (0, 2), "an empty line is no case: {}", ran.out);
    assert_eq!(run(&format!("{RIGHT}\n{WRONG}\n")).status, 1);
    assert_eq!(run("").status, 0, "no case disagrees");

    let other = r#"{"id":"c","kind":"prove"}"#;
    let ran = run(other);
    assert_eq!(ran.status, 0, "a case that expects nothing cannot disagree: {}", ran.out);
    assert!(ran.out.contains(r#""id":"c""#) && ran.out.contains(r#""error":"#));
    assert_eq!(run(r#"{"id":"c","kind":"prove","expected":"equivalent"}"#).status, 1);
}

#[test]
fn a_line_that_is_no_case_is_said_and_the_others_are_answered() {
    let run = |text: &str| with_input(&["simulate", "--cases", "-"], text);
    let ran = run(&format!("{{\"id\":\"odd\",\"kind\":\"wildcard\"}}\n{RIGHT}\n"));
    assert_eq!((ran.status, ran.out.lines().count()), (1, 2), "{}", ran.out);
    assert!(ran.out.starts_with(r#"{"id":"odd","decision":"","#) && ran.out.contains("line 1: "), "{}", ran.out);

    for (policies, request) in [(r#"{"identities":[]}"#, ""), ("{}", r#","region":"us-east-1""#)] {
        let ran = run(&format!(
            r#"{{"id":"odd","kind":"authorize","request":{{"principal":"anonymous","action":"s3:GetObject","resource":"*"{request}}},"policies":{policies}}}"#
        ));
        assert_eq!(ran.status, 1, "{}", ran.out);
        assert!(
            ran.out.contains("has no field"),
            "a field that would change the question is not passed over: {}",
            ran.out
        );
    }

    let ran = run(&format!("not json\n{RIGHT}\n"));
    assert_eq!((ran.status, ran.out.lines().count()), (2, 2), "{}", ran.out);
    assert_eq!(run("[1]\n").status, 2);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let files = Files::new(&[("long.jsonl", &format!("{{\"id\":\"{}\"}}", "x".repeat(5 << 20)))]);
    std::fs::write(files.path("binary.jsonl"), [0xff, 0xfe, b'\n']).unwrap();
    for (path, says) in [
        (files.path("none.jsonl"), "cannot read"),
        (files.path("long.jsonl"), "line 1 has more than"),
        (files.path("binary.jsonl"), "line 1 is not UTF-8 text"),
        (files.path("."), "cannot read"),
    ] {
        let ran = bailiwick(&["simulate", "--cases", &path]);
        assert_eq!(ran.status, 2, "{path}: {}", ran.err);
        assert!(ran.err.contains(says), "{path}: {}", ran.err);
    }
}
