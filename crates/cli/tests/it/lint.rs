//! `bailiwick lint`.

use super::{Files, bailiwick, policy, with_input};

const GOOD: &str =
    r#"{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}"#;

#[test]
fn findings_stand_in_the_text() {
    let files = Files::new(&[("a.json", "{\n  \"Version\": \"2012-10-18\",\n  \"Statement\": []\n}\n")]);
    let ran = bailiwick(&["lint", &files.path("a.json")]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(ran.out.contains("error[bad-version]: there is no policy version `2012-10-18`"), "{}", ran.out);
    assert!(ran.out.contains("a.json:2:14") && ran.out.contains("^^^^^^^^^^^^"), "{}", ran.out);
    assert!(ran.out.contains("help: write \"2012-10-17\""), "{}", ran.out);
    assert!(!ran.out.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn only_errors_fail() {
    let files = Files::new(&[
        ("good.json", &policy(GOOD)),
        ("odd.json", &policy(r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}"#)),
        ("bad.json", "{"),
        ("empty.json", ""),
    ]);
    let ran = bailiwick(&["lint", &files.path("good.json")]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{}", ran.err);
    let ran = bailiwick(&["lint", &files.path("odd.json")]);
    assert_eq!(ran.status, 0);
    assert!(ran.out.contains("warning[pass-any-role]"), "{}", ran.out);
    for bad in ["bad.json", "empty.json"] {
        assert_eq!(bailiwick(&["lint", &files.path(bad)]).status, 1, "{bad}");
    }
    let ran = bailiwick(&["lint", &files.path("none.json"), &files.path("odd.json")]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("none.json") && ran.out.contains("pass-any-role"), "the others are still checked");
    assert_eq!(bailiwick(&["lint"]).status, 2);
    assert_eq!(bailiwick(&["lint", "--type", "team", &files.path("good.json")]).status, 2);
}

#[test]
fn services_and_actions_are_looked_up() {
    let text = policy(
        r#"{"Effect": "Allow", "Action": ["s3:GetObjekt", "nosuch:Thing", "s3:getobject"], "Resource": "*"},
           {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "arn:aws:s3:::reports"},
           {"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sqs:us-east-1:111122223333:jobs"}"#,
    );
    let ran = with_input(&["lint", "-", "--format", "json"], &text);
    let listed = ran.json();
    assert_eq!((&listed[0]["file"], &listed[0]["type"]), (&"<stdin>".into(), &"identity".into()));
    let codes: Vec<&str> =
        listed[0]["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    for code in ["unknown-action", "unknown-service", "wildcard-only-action", "wrong-resource-type"] {
        assert_eq!(codes.iter().filter(|found| **found == code).count(), 1, "{code}: {codes:?}");
    }
}

#[test]
fn the_type_is_told_or_guessed() {
    let trust =
        policy(r#"{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}"#);
    let kind = |more: &[&str]| {
        let ran = with_input(&[&["lint", "-", "--format", "json"], more].concat(), &trust);
        (ran.status, ran.json()[0]["type"].as_str().unwrap().to_owned())
    };
    assert_eq!(kind(&[]), (0, "trust".to_owned()));
    assert_eq!(kind(&["--type", "identity"]), (1, "identity".to_owned()), "identity policies have no principal");
    for name in ["identity", "resource", "trust", "scp", "rcp", "session", "endpoint", "boundary", "guardrail"] {
        assert_eq!(kind(&["--type", name]).1, name);
    }
}

#[test]
fn sarif_names_rules_and_places() {
    let files =
        Files::new(&[("odd name.json", &policy(r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}"#))]);
    let path = files.path("odd name.json");
    let ran = bailiwick(&["lint", &path, "--format", "sarif"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let log = ran.json();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert!(run["tool"]["driver"]["rules"].as_array().unwrap().iter().any(|rule| rule["id"] == "pass-any-role"));
    let result = run["results"].as_array().unwrap().iter().find(|result| result["ruleId"] == "pass-any-role").unwrap();
    let place = &result["locations"][0]["physicalLocation"];
    assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("odd%20name.json"));
    assert_eq!(place["region"]["startLine"], 3);
}

#[test]
fn damaged_text_is_drawn_without_trouble() {
    let texts = [
        "",
        "\n",
        "{",
        "{\"Version\": \"é",
        "\u{feff}{}",
        "[]",
        "{\r\n\"Statement\"\r\n:\r\n1}\r\n",
        "{\"Statement\":\"\u{1b}[2J😀\"}",
        "{\"Statement\":[{\"Effect\":\"\\u001b[31mPermit\"}]}",
        "null",
        "{\"a\":\t\t1}",
    ];
    for text in texts {
        for kind in ["identity", "trust", "scp", "endpoint"] {
            let ran = with_input(&["lint", "-", "--type", kind], text);
            assert_eq!(ran.status, 1, "{text:?}: {}", ran.err);
            assert!(!ran.out.contains('\u{1b}'), "{text:?}: {:?}", ran.out);
        }
    }
    let large = format!("{{\"Statement\":[{}]}}", vec!["{}"; 20_000].join(","));
    let ran = with_input(&["lint", "-"], &large);
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("more; `--format json` lists all"), "drawing is bounded");
    let ran = with_input(&["lint", "-"], &" ".repeat(5 << 20));
    assert_eq!(ran.status, 2, "{}", ran.err);
}

#[test]
fn managed_policies_of_aws_are_policies() {
    for name in ["ReadOnlyAccess", "AdministratorAccess", "SecurityAudit"] {
        let ran = bailiwick(&["lint", name, "--format", "json"]);
        assert_eq!(ran.status, 0, "{name}: {}", ran.out);
    }
}

#[test]
fn a_line_that_is_too_long_for_a_terminal_is_drawn_in_part() {
    let long = "a".repeat(200_000);
    let text = policy(&format!(r#"{{"Sid": "{long}", "Effect": "Allow", "Action": "s3:GetObjekt", "Resource": "*"}}"#));
    let line = text.lines().find(|line| line.contains("GetObjekt")).unwrap();
    let ran = with_input(&["lint", "-"], &text);
    assert!(ran.out.contains("`s3` has no action `GetObjekt`"), "{:.2000}", ran.out);
    let column = line.find("\"s3:GetObjekt").unwrap() + 1;
    assert!(ran.out.contains(&format!(":{column}\n")), "the column is that of the line: {:.2000}", ran.out);
    assert!(ran.out.lines().all(|line| line.len() < 400), "{:.2000}", ran.out);
}

/// The codes of what is found in a policy of these statements.
fn codes(more: &[&str], statements: &str) -> Vec<String> {
    let ran = with_input(&[&["lint", "-", "--format", "json"], more].concat(), &policy(statements));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let listed = ran.json();
    listed[0]["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_guardrail_that_limits_nothing_is_said() {
    let ran = bailiwick(&["lint", "--type", "guardrail", "AdministratorAccess"]);
    assert!(ran.out.contains("warning[open-guardrail]: as a guardrail this limits nothing"), "{}", ran.out);
    let ran = bailiwick(&["lint", "--type", "guardrail", "AmazonSNSReadOnlyAccess"]);
    assert!(!ran.out.contains("open-guardrail"), "{}", ran.out);
    let all = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    assert_eq!(codes(&["--type", "guardrail"], all), ["open-guardrail"]);
    assert_eq!(codes(&[], all), ["allow-everything"]);
}

#[test]
fn what_a_service_does_not_support_is_said_once() {
    let chime = r#"{"Effect": "Allow", "Action": ["chime:GetAccount", "chime:ListAccounts"], "Resource": "arn:aws:chime::111122223333:account/a"}"#;
    assert_eq!(codes(&[], chime), ["unsupported-resource"]);
    let with = |key: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "chatbot:DescribeSlackChannels", "Resource": "*", "Condition": {{"StringEquals": {{"{key}": "a"}}}}}}"#
        )
    };
    assert_eq!(codes(&[], &with("chatbot:Team")), ["unsupported-key"]);
    for key in ["aws:ResourceTag/team", "aws:RequestTag/team"] {
        assert_eq!(codes(&[], &with(key)), [""; 0], "{key}");
        assert_eq!(codes(&["--seed-semantics"], &with(key)), ["unsupported-tag"], "{key}");
    }
}
