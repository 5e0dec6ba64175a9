//! `bailiwick explain`.

use super::{Files, bailiwick, policy};

const DANA: &str = "arn:aws:iam::111122223333:user/dana";
const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alarms";

fn explain(files: &Files, more: &[&str]) -> super::Ran {
    let identity = files.path("identity.json");
    let base =
        ["explain", "--principal", DANA, "--action", "sns:Publish", "--resource", TOPIC, "--identity", &identity];
    bailiwick(&[&base, more].concat())
}

fn files() -> Files {
    Files::new(&[
        (
            "identity.json",
            &policy(
                r#"{"Sid": "Read", "Effect": "Allow", "Action": ["sqs:*", "sns:Get*", "sns:List*"], "Resource": "*"},
                {"Effect": "Allow", "Action": "sns:*", "Resource": "arn:aws:sns:*:*:other"},
                {"Sid": "Mfa", "Effect": "Allow", "Action": "sns:Publish", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#,
            ),
        ),
        ("everything.json", &policy(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#)),
    ])
}

#[test]
fn every_layer_and_statement_is_told() {
    let files = files();
    let ran =
        explain(&files, &["--scp", &files.path("everything.json"), "--context", "aws:MultiFactorAuthPresent=false"]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    for line in [
        "service control policy, level 1  passed    ",
        "identity-based policy            stopped   no statement allows it (1 policy, 3 statements looked at)",
        "permissions boundary             not there",
        "  1 Allow Read  Action is sns:Get*, sns:List*, sqs:*",
        "  2 Allow  Resource is arn:aws:sns:*:*:other",
        "  3 Allow Mfa  Bool aws:MultiFactorAuthPresent true: the request has `false`",
        "It would be allowed\n   with aws:MultiFactorAuthPresent = `true` (Bool true)",
    ] {
        assert!(ran.out.contains(line), "{line}\n---\n{}", ran.out);
    }
    assert!(!ran.out.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn the_deciding_statement_is_quoted() {
    let files = files();
    let ran = explain(&files, &["--context", "aws:MultiFactorAuthPresent=true"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.contains("\n   {\"Sid\": \"Mfa\", \"Effect\": \"Allow\""), "{}", ran.out);
}

#[test]
fn the_remedy_is_one() {
    let files = files();
    let ran = explain(&files, &["--format", "json"]);
    assert_eq!(ran.status, 1);
    let change = ran.json()["remedies"][0]["changes"][0].clone();
    let key = format!("{}={}", change["key"].as_str().unwrap(), change["value"].as_str().unwrap());
    let ran = explain(&files, &["--context", &key, "--format", "json"]);
    assert_eq!(ran.status, 0, "{key}: {}", ran.out);
    assert_eq!(ran.json()["remedies"], serde_json::json!([]));
}

#[test]
fn json_has_the_whole_trace() {
    let answer = explain(&files(), &["--format", "json"]).json();
    assert_eq!(answer["decision"], "implicit_deny");
    let layers: Vec<&str> =
        answer["layers"].as_array().unwrap().iter().map(|layer| layer["layer"].as_str().unwrap()).collect();
    assert_eq!(layers, ["rcp", "scp", "endpoint", "resource", "identity", "boundary", "session", "guardrail"]);
    let identity = &answer["layers"][4];
    assert_eq!((&identity["verdict"], &identity["stops"]), (&"silent".into(), &true.into()));
    let failed = &identity["policies"][0]["statements"][2]["failed"];
    assert_eq!(
        *failed,
        serde_json::json!({"element": "Condition", "operator": "Bool", "key": "aws:MultiFactorAuthPresent", "values": ["true"], "seen": null})
    );
}

#[test]
fn text_of_a_policy_cannot_steer_the_terminal() {
    let files = Files::new(&[(
        "identity.json",
        &policy(r#"{"Effect": "Allow", "Action": "sns:\u001b[2JList*", "Resource": "*"}"#),
    )]);
    let ran = explain(&files, &[]);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{:?}", ran.out);
}
