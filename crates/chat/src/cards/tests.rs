use super::*;
use crate::card::TraceVerdict;
use crate::plain;

fn ran() -> Ran {
    Ran {
        command: "sns list-topics".into(),
        account: "444455556666 (workload)".into(),
        region: "us-east-1".into(),
        role: "ops-readonly".into(),
    }
}

#[track_caller]
fn check(card: &Card, expected: &str) {
    let text = plain::card(card);
    assert_eq!(text.trim_end(), expected.trim_matches('\n'), "\n{text}");
}

#[test]
fn an_answer_says_what_ran_where_then_the_tree() {
    let lines = vec![
        TreeLine::heading(0, "Topics (2)"),
        TreeLine::item(1, "alarms", "arn:aws:sns:us-east-1:444455556666:alarms"),
        TreeLine::item(1, "deployments", "arn:aws:sns:us-east-1:444455556666:deployments"),
    ];
    check(
        &answer_tree(&ran(), lines, "c-1"),
        "
sns list-topics · 444455556666 (workload) · us-east-1 · as ops-readonly
Topics (2)
  • alarms       arn:aws:sns:us-east-1:444455556666:alarms
  • deployments  arn:aws:sns:us-east-1:444455556666:deployments
[Raw JSON] [Run again]
",
    );
    check(
        &answer_tree(&ran(), Vec::new(), "c-1"),
        "
sns list-topics · 444455556666 (workload) · us-east-1 · as ops-readonly
Done. The answer is empty.
[Raw JSON] [Run again]
",
    );
}

#[test]
fn a_mutation_asks_its_requester() {
    let waits = Phrase::WaitsForRequester { requester: "Lee", open_for: Duration::from_secs(600) };
    let card =
        confirm(&ran(), "sns publish --topic-arn …:alarms --message \"hi\"", "changes data: yes", false, "c-2", &waits);
    check(
        &card,
        "
● Run this?   sns publish --topic-arn …:alarms --message \"hi\"
Account 444455556666 (workload) · us-east-1 · as ops-readonly · changes data: yes
[Run] [Add options] [Cancel]
Waits for Lee, 10 minutes, once.
",
    );
    assert!(card.buttons.iter().all(|button| button.target == "c-2"));
    let danger = confirm(&ran(), "sns delete-topic", "deletes: yes", true, "c-2", &waits);
    assert_eq!(danger.buttons[0].style, ButtonStyle::Danger);
    assert!(danger.buttons[0].confirm.is_some());
}

#[test]
fn a_refusal_names_layer_statement_and_who_can_change_it() {
    let facts = Refusal {
        because: "this channel's guardrails do not allow sns:Publish.".into(),
        asked: "sns:Publish on arn:aws:sns:us-east-1:444455556666:alarms".into(),
        layer: "guardrails (protection policy, ReadOnlyAccess)".into(),
        stopped: "no statement allows it; the role ops-readonly does not allow it either".into(),
        can_change: "the channel's administrators: Dana, Lee".into(),
        approval_helps: false,
    };
    check(
        &refusal(&facts, "c-3"),
        "
✗ Not run: this channel's guardrails do not allow sns:Publish.
  asked          sns:Publish on arn:aws:sns:us-east-1:444455556666:alarms
  stopped by     guardrails (protection policy, ReadOnlyAccess): no statement allows it; the role ops-readonly does not allow it either
  can change it  the channel's administrators: Dana, Lee
[Why?]
",
    );
    let asks = refusal(&Refusal { approval_helps: true, ..facts }, "c-3");
    assert_eq!(asks.buttons[0].id, ButtonId::AskForApproval);
}

#[test]
fn why_shows_every_layer() {
    let lines = vec![
        TraceLine::new(1, "non-supported operations", TraceVerdict::Passed, ""),
        TraceLine::new(6, "guardrails", TraceVerdict::Stopped, "ReadOnlyAccess allows sns:Get*, sns:List*")
            .quote("\"Action\": [\"sns:Get*\", \"sns:List*\"]"),
        TraceLine::new(7, "agent", TraceVerdict::NotThere, ""),
        TraceLine::new(8, "resource policy of the topic", TraceVerdict::Noted, "does not grant it to this session"),
    ];
    check(
        &trace("sns:Publish", lines),
        "
Why   sns:Publish
  1 non-supported operations      passed
  6 guardrails                    stopped    ReadOnlyAccess allows sns:Get*, sns:List*
      \"Action\": [\"sns:Get*\", \"sns:List*\"]
  7 agent                         not there
  8 resource policy of the topic  does not grant it to this session
",
    );
}

#[test]
fn a_question_offers_choices_and_a_mistake_the_nearest_command() {
    let choices = ["arn:aws:sns:us-east-1:444455556666:alarms".to_owned()];
    check(
        &question("--topic-arn", "The ARN of the topic.", &choices, Duration::from_secs(600), "q-1"),
        "
Which `--topic-arn`?
The ARN of the topic.
[arn:aws:sns:us-east-1:444455556666:alarms] [Cancel]
Reply in this thread within 10 minutes.
",
    );
    check(
        &mistake("`ec2` has no operation `descrbe-instances`.", &["@aws ec2 describe-instances".to_owned()]),
        "
✗ Not understood: `ec2` has no operation `descrbe-instances`.
Did you mean `@aws ec2 describe-instances`?
",
    );
    check(
        &mistake("`x` is no service.", &[]),
        "✗ Not understood: `x` is no service.\n`@aws help` shows what can be asked.",
    );
}

#[test]
fn a_service_error_quotes_the_service() {
    check(
        &service_error(&ran(), "sns get-topic-attributes", "NotFound", "Topic does not exist"),
        "
✗ Failed: sns get-topic-attributes answered `NotFound`
sns list-topics · 444455556666 (workload) · us-east-1 · as ops-readonly
│ Topic does not exist
",
    );
}
