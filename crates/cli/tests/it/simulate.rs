//! `bailiwick simulate` with a question.

use super::{Files, Ran, bailiwick, policy};

const DANA: &str = "arn:aws:iam::111122223333:user/dana";
const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alarms";

fn files() -> Files {
    Files::new(&[
        ("publish.json", &policy(r#"{"Sid": "Publish", "Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}"#)),
        ("list.json", &policy(r#"{"Effect": "Allow", "Action": "sns:List*", "Resource": "*"}"#)),
        ("everything.json", &policy(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#)),
        (
            "protect.json",
            &policy(
                r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Sid": "Protect", "Effect": "Deny", "Action": "sns:Publish", "Resource": "*"}"#,
            ),
        ),
        (
            "tags.json",
            &policy(
                r#"{"Effect": "Allow", "Action": "sns:Publish", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]}, "StringEquals": {"aws:PrincipalTag/team": "blue"}}}"#,
            ),
        ),
        (
            "topic.json",
            &policy(&format!(
                r#"{{"Effect": "Allow", "Principal": {{"AWS": "{DANA}"}}, "Action": "sns:Publish", "Resource": "{TOPIC}"}}"#
            )),
        ),
        (
            "trust.json",
            &policy(&format!(r#"{{"Effect": "Allow", "Principal": {{"AWS": "{DANA}"}}, "Action": "sts:AssumeRole"}}"#)),
        ),
        ("broken.json", "{\"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Effect\": \"Permit\"}]}"),
    ])
}

fn publish(more: &[&str]) -> Ran {
    let base = ["simulate", "--principal", DANA, "--action", "sns:Publish", "--resource", TOPIC, "--format", "json"];
    bailiwick(&[&base, more].concat())
}

#[test]
fn the_decision_says_what_decided_and_where() {
    let files = files();
    let ran = publish(&["--identity", &files.path("publish.json")]);
    let answer = ran.json();
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!((&answer["decision"], &answer["layer"]), (&"allowed".into(), &"identity".into()));
    assert_eq!(answer["policy"], files.path("publish.json").as_str());
    assert_eq!(answer["statement"], serde_json::json!({"index": 0, "sid": "Publish", "line": 3, "column": 17}));
    assert_eq!(answer["aws"], serde_json::Value::Null);

    let protected = format!("{},{}", files.path("everything.json"), files.path("protect.json"));
    let scp = ["--scp", &files.path("everything.json"), "--scp", &protected];
    let ran = publish(&[&["--identity", &files.path("publish.json")], &scp[..]].concat());
    let answer = ran.json();
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert_eq!(
        (&answer["decision"], &answer["layer"], &answer["level"]),
        (&"explicit_deny".into(), &"scp".into(), &1.into())
    );
    assert_eq!(
        (&answer["policy"], &answer["statement"]["sid"]),
        (&files.path("protect.json").into(), &"Protect".into())
    );
    assert_eq!(answer["statement"]["index"], 1);
    assert_eq!(answer["aws"]["code"], "AuthorizationError");
}

#[test]
fn every_layer_counts() {
    let files = files();
    let allowed = ["--identity", &files.path("everything.json")];
    for option in ["--boundary", "--session", "--guardrail", "--scp"] {
        let ran = publish(&[&allowed[..], &[option, &files.path("list.json")]].concat());
        assert_eq!(ran.status, 1, "{option}: {}{}", ran.out, ran.err);
        assert_eq!(ran.json()["blocked_by"], serde_json::json!([option.trim_start_matches("--")]));
        let ran = publish(&[&allowed[..], &[option, &files.path("publish.json")]].concat());
        assert_eq!(ran.status, 0, "{option}: {}{}", ran.out, ran.err);
    }
    let ran = publish(&["--resource-policy", &files.path("topic.json")]);
    assert_eq!((ran.status, ran.json()["layer"].clone()), (0, "resource".into()));
    assert_eq!(publish(&[]).status, 1, "nothing allows nothing");

    let role = "arn:aws:iam::111122223333:role/ops";
    let assume =
        ["simulate", "--principal", DANA, "--action", "sts:AssumeRole", "--resource", role, "--format", "json"];
    let trusted = bailiwick(&[&assume[..], &["--resource-policy", &files.path("trust.json")]].concat());
    assert_eq!((trusted.status, trusted.json()["layer"].clone()), (0, "trust".into()), "{}", trusted.err);
}

#[test]
fn keys_of_several_values_are_known() {
    let files = files();
    let ask = |more: &[&str]| publish(&[&["--identity", &files.path("tags.json")], more].concat()).status;
    let blue = ["--context", "aws:PrincipalTag/team=blue"];
    assert_eq!(ask(&[&blue[..], &["--context", "aws:TagKeys=team"]].concat()), 0, "one value of a key of several");
    assert_eq!(ask(&[&blue[..], &["--context", "aws:TagKeys=team", "--context", "AWS:TAGKEYS=stage"]].concat()), 0);
    assert_eq!(ask(&[&blue[..], &["--context", "aws:TagKeys=team", "--context", "aws:TagKeys=cost"]].concat()), 1);
    assert_eq!(ask(&["--context", "aws:PrincipalTag/team=a=b"]), 1);
    assert_eq!(ask(&["--context", "team"]), 2);
}

#[test]
fn policies_of_aws_go_by_their_names() {
    let ask = |action: &str, policy: &str| {
        bailiwick(&["simulate", "--principal", DANA, "--action", action, "--identity", policy, "--format", "json"])
    };
    let ran = ask("sns:ListTopics", "ReadOnlyAccess");
    assert_eq!((ran.status, ran.json()["policy"].clone()), (0, "ReadOnlyAccess".into()), "{}", ran.err);
    assert_eq!(ask("sns:Publish", "arn:aws:iam::aws:policy/ReadOnlyAccess").status, 1);
    let ran = ask("sns:Publish", "ReadOnlyAcces");
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("`ReadOnlyAcces`") && ran.err.contains("no managed policy"), "{}", ran.err);
}

#[test]
fn a_question_that_cannot_be_asked_is_no_denial() {
    let files = files();
    let ran = publish(&["--identity", &files.path("broken.json")]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("line 2, column 28") && ran.err.contains("bailiwick lint"), "{}", ran.err);
    for arguments in [
        &["simulate"][..],
        &["simulate", "--principal", DANA],
        &["simulate", "--principal", "dana", "--action", "sns:Publish"],
        &["simulate", "--principal", DANA, "--action", "Publish"],
        &["simulate", "--principal", DANA, "--action", "sns:Publish", "--resource-account", "1"],
        &["simulate", "--principal", DANA, "--action", "sns:Publish", "--identity", "-", "--boundary", "-"],
        &["simulate", "--cases", "x", "--principal", DANA],
    ] {
        let ran = bailiwick(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.err);
        assert!(!ran.err.is_empty() && ran.out.is_empty());
    }
}

#[test]
fn the_table_is_for_people() {
    let files = files();
    let identity = files.path("list.json");
    let ran = bailiwick(&[
        "simulate",
        "--principal",
        DANA,
        "--action",
        "sns:Publish",
        "--resource",
        TOPIC,
        "--identity",
        &identity,
    ]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.starts_with("decision    denied (nothing allows it)\n"), "{}", ran.out);
    assert!(ran.out.contains("layer       identity-based policy\n"), "{}", ran.out);
    assert!(
        ran.out.contains("AWS says    AuthorizationError: User: arn:aws:iam::111122223333:user/dana is not authorized")
    );
    assert!(!ran.out.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn the_policies_of_every_organization_need_no_file() {
    let files =
        Files::new(&[("deny.json", &policy(r#"{"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}"#))]);
    let ask = |action: &str, scp: &[&str]| {
        let caller = "arn:aws:iam::111122223333:user/dana";
        let mut arguments = vec!["simulate", "--principal", caller, "--action", action];
        arguments.extend(["--resource", "arn:aws:s3:::reports/q1.csv", "--identity", "AmazonS3FullAccess"]);
        scp.iter().for_each(|level| arguments.extend(["--scp", level]));
        arguments.extend(["--rcp", "RCPFullAWSAccess"]);
        bailiwick(&arguments).status
    };
    let account = format!("FullAWSAccess,{}", files.path("deny.json"));
    assert_eq!(ask("s3:DeleteObject", &["FullAWSAccess", "p-FullAWSAccess"]), 0);
    assert_eq!(ask("s3:DeleteObject", &["FullAWSAccess", &account]), 1);
    assert_eq!(ask("s3:GetObject", &["FullAWSAccess", &account]), 0);
    assert_eq!(ask("s3:GetObject", &["FullAWSAccess", &files.path("deny.json")]), 1, "the level allows nothing");
}
