use super::*;
use serde_json::json;

fn check(response: serde_json::Value, window: Window, expected: &str) {
    let tree = Tree::of(&response, window);
    assert_eq!(tree.to_text().trim_end(), expected.trim_matches('\n').trim_end(), "{response}");
}

#[test]
fn arns_show_their_names() {
    check(
        json!({"Topics": [
            {"TopicArn": "arn:aws:sns:us-east-1:444455556666:alarms"},
            {"TopicArn": "arn:aws:sns:us-east-1:444455556666:deployments"}
        ]}),
        Window::default(),
        "
Topics (2)
  • alarms       arn:aws:sns:us-east-1:444455556666:alarms
  • deployments  arn:aws:sns:us-east-1:444455556666:deployments
",
    );
}

#[test]
fn few_members_become_columns() {
    check(
        json!({"Accounts": [
            {"AccountId": "444455556666", "Name": "workload", "Arn": "arn:aws:x::1:a/b"},
            {"AccountId": "1", "Name": "m"}
        ], "NextToken": null}),
        Window::default(),
        "
Accounts (2)
    Name      AccountId     Arn
  • workload  444455556666  arn:aws:x::1:a/b
  • m         1
",
    );
}

#[test]
fn structures_nest() {
    check(
        json!({"Reservations": [{"ReservationId": "r-1234567890", "Instances": [
            {"InstanceId": "i-0123456789abcdef0", "State": {"Code": 16, "Name": "running"}, "EbsOptimized": false,
             "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "env", "Value": "prod"}], "SecurityGroups": []}
        ]}]}),
        Window::default(),
        "
Reservations (1)
  • r-1234567890
    Instances (1)
      • i-0123456789abcdef0
        EbsOptimized  false
        Tags          Name=web, env=prod
        State
          Code  16
          Name  running
",
    );
}

#[test]
fn long_lists_are_paged() {
    let items: Vec<_> = (0..57).map(|at| json!(format!("queue-{at}"))).collect();
    let tree = Tree::of(&json!({"QueueUrls": items}), Window { first: 10, size: 10 });
    let page = tree.page.unwrap();
    assert_eq!(page.to_string(), "items 11 to 20 of 57");
    assert_eq!(page.next(), Some(Window { first: 20, size: 10 }));
    assert_eq!(page.previous(10), Some(Window { first: 0, size: 10 }));
    assert_eq!(tree.lines.len(), 11);
    assert!(tree.to_text().contains("QueueUrls (57)\n  • queue-10\n"));
}

#[test]
fn scalars_and_empty_answers() {
    check(
        json!({"Organization": {"Id": "o-1", "Arn": "arn:aws:organizations::1:organization/o-1"}}),
        Window::default(),
        "Organization\n  Id   o-1\n  Arn  arn:aws:organizations::1:organization/o-1",
    );
    check(json!({}), Window::default(), "");
    check(json!(null), Window::default(), "");
    check(json!({"Topics": []}), Window::default(), "Topics (0)");
    check(json!("text"), Window::default(), "text");
    check(json!(["a", "b"]), Window::default(), "• a\n• b");
    check(json!({"Log": "one\ntwo"}), Window::default(), "Log\n  one\n  two");
}

#[test]
fn size_is_bounded() {
    let mut deep = json!(1);
    for _ in 0..60 {
        deep = json!({"a": deep});
    }
    assert!(Tree::of(&deep, Window::default()).lines.len() < 20);
    let wide: serde_json::Map<_, _> = (0..1000).map(|at| (format!("k{at}"), json!(at))).collect();
    let tree = Tree::of(&serde_json::Value::Object(wide), Window::default());
    assert!(tree.cut && tree.lines.len() == MAX_LINES);
}

#[test]
fn identifiers_are_marked() {
    let tree = Tree::of(&json!({"TopicArn": "arn:aws:sns:us-east-1:444455556666:alarms"}), Window::default());
    assert_eq!(tree.lines[0].spans[1].role, Role::Identifier);
}
