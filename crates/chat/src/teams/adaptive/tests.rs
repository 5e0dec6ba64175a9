use super::*;
use crate::card::{ButtonId, Fact, TraceLine, TraceVerdict, TreeLine};
use crate::cards::{self, Ran, Refusal};
use crate::phrase::Phrase;
use std::time::Duration;

const NOBODY: Refreshed<'_> = Refreshed { message: "m-1", users: &[] };

/// Every kind of card the product shows, under the name of its golden file.
fn kinds() -> Vec<(&'static str, Card)> {
    let ran = Ran {
        command: "sns list-topics".into(),
        account: "444455556666 (workload)".into(),
        region: "us-east-1".into(),
        role: "ops-readonly".into(),
    };
    let arn = "arn:aws:sns:us-east-1:444455556666:alarms";
    let tree = vec![TreeLine::heading(0, "Topics (1)"), TreeLine::item(1, "alarms", arn)];
    let waits = Phrase::WaitsForRequester { requester: "Lee", open_for: Duration::from_secs(600) };
    let refusal = Refusal {
        because: "this channel's guardrails do not allow sns:Publish.".into(),
        asked: format!("sns:Publish on {arn}"),
        layer: "guardrails (protection policy, ReadOnlyAccess)".into(),
        stopped: "no statement allows it".into(),
        can_change: "the channel's administrators: Dana, Lee".into(),
        approval_helps: true,
    };
    let trace = vec![
        TraceLine::new(1, "non-supported operations", TraceVerdict::Passed, ""),
        TraceLine::new(6, "guardrails", TraceVerdict::Stopped, "ReadOnlyAccess allows sns:Get*")
            .quote("\"Action\": \"sns:Get*\""),
        TraceLine::new(8, "resource policy", TraceVerdict::Noted, "does not grant it"),
    ];
    let facts = vec![Fact::words("Region", "us-east-1"), Fact::words("State", "ALARM since 10 minutes")];
    let notification = Card::titled("High CPU")
        .state(Tone::Bad, "ALARM")
        .context("CloudWatch")
        .text("Threshold crossed: `CPU` > 90\nfor 5 minutes")
        .block(Block::Facts(facts))
        .block(Block::Markdown("*Runbook*: [open](https://wiki.example/cpu)".into()))
        .block(Block::List(vec!["i-1 <script>".into(), "`i-2`".into()]))
        .footer("Sent by alarms");
    let many = (0..8).fold(Card::titled("Which?"), |card, n| card.button(Button::choice("q-1", format!("choice-{n}"))));
    let names: Vec<String> = (0..8).map(|n| format!("name-{n}")).collect();
    vec![
        ("answer", cards::answer_tree(&ran, tree, "c-1")),
        ("answer_exact", cards::answer_exact(&ran, "{\n  \"Topics\": []\n}".into(), Some("json"), "c-1")),
        ("confirm", cards::confirm(&ran, "sns publish --message \"hi\"", "changes data: yes", false, "c-2", &waits)),
        ("confirm_danger", cards::confirm(&ran, "sns delete-topic", "changes data: yes", true, "c-3", &waits)),
        ("refusal", cards::refusal(&refusal, "c-4")),
        ("trace", cards::trace("sns:Publish", trace)),
        (
            "question",
            cards::question("--topic-arn", "The ARN of the topic.", &[arn.into()], Duration::from_secs(600), "q-1"),
        ),
        ("mistake", cards::mistake("`ec2` has no operation `x`.", &["@aws ec2 help".into()])),
        ("service_error", cards::service_error(&ran, "sns get-topic-attributes", "NotFound", "Topic *does* not exist")),
        ("note", cards::note(Tone::Caution, "Ambiguous", &Phrase::Ambiguous)),
        ("notification", notification),
        ("many_choices", many),
        ("question_of_many", cards::question("--name", "The name.", &names, Duration::from_secs(600), "q-2")),
    ]
}

/// Golden files are written anew with `BAILIWICK_BLESS=1`.
#[test]
fn every_kind_of_card_is_shown_as_in_its_golden_file() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/teams/cards");
    for (name, card) in kinds() {
        let file = folder.join(format!("{name}.json"));
        let shown = format!("{}\n", serde_json::to_string_pretty(&message(&card, NOBODY)).unwrap());
        if std::env::var_os("BAILIWICK_BLESS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &shown).unwrap();
        }
        let golden = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(shown, golden, "{name}");
    }
}

#[test]
fn words_are_never_markup() {
    let nasty = "[x](https://evil.example) **b** <at>all</at> ![i](https://evil.example/i.png)";
    let card = Card::titled(nasty)
        .state(Tone::Good, nasty)
        .context(nasty)
        .command(nasty)
        .text(nasty)
        .block(Block::List(vec![nasty.into()]))
        .block(Block::Quote(nasty.into()))
        .block(Block::Tree(vec![TreeLine::item(0, nasty, nasty)]))
        .block(Block::Facts(vec![Fact::words(nasty, nasty)]))
        .block(Block::Trace(vec![TraceLine::new(1, nasty, TraceVerdict::Stopped, nasty).quote(nasty)]))
        .footer(nasty);
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                let kind = map.get("type").and_then(Value::as_str).unwrap_or_default();
                let marked = matches!(kind, "TextBlock" | "FactSet" | "Image" | "Media" | "Action.OpenUrl");
                if marked {
                    found.push(kind.to_owned());
                }
                map.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(&render(&card, NOBODY), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn whatever_is_shown_fits_into_a_message_and_keeps_its_buttons() {
    let huge = "é<\"\\\u{1}".repeat(20_000);
    let lines = (0..2000).map(|n| TreeLine::item(3, format!("name-{n}"), "x".repeat(40))).collect();
    let facts = (0..1500).map(|n| Fact::identifier(n.to_string(), "*")).collect();
    for block in [
        Block::Text(huge.clone()),
        Block::Text("x\n".repeat(20_000)),
        Block::Markdown(huge.clone()),
        Block::json(huge.clone()),
        Block::Quote(huge.clone()),
        Block::Tree(lines),
        Block::Facts(facts),
        Block::List(vec![huge.clone(), huge.clone()]),
        Block::Trace(vec![TraceLine::new(1, "l", TraceVerdict::Passed, huge.clone()).quote(huge.clone()); 9]),
    ] {
        let card = Card::titled(huge.clone())
            .command(huge.clone())
            .block(block.clone())
            .button(Button::new(ButtonId::Run, "t".repeat(500)))
            .footer(huge.clone());
        let users = vec![format!("29:{}", "u".repeat(80)); 90];
        let shown = message(&card, Refreshed { message: "m-1", users: &users });
        assert!(shown.to_string().len() <= MAX_MESSAGE_BYTES, "{} {block:?}", shown.to_string().len());
        assert_eq!(shown["attachments"][0]["content"]["actions"][0]["verb"], "run");
    }
}

#[test]
fn a_press_is_answered_with_a_card_words_or_an_error() {
    assert_eq!(invoke_answer(&Card::titled("done"), NOBODY)["value"]["type"], "AdaptiveCard");
    assert_eq!(invoke_words("Running.")["value"], "Running.");
    assert_eq!(invoke_error(400, "BadRequest", "no")["value"]["code"], "BadRequest");
}

#[test]
fn what_waits_is_refreshed_for_the_members_who_spoke_last() {
    let button = |id| Card::titled("t").button(Button::new(id, "c-9"));
    for waits in [ButtonId::Run, ButtonId::Cancel, ButtonId::Approve, ButtonId::AskForApproval] {
        let users: Vec<String> = (0..70).map(|number| format!("29:{number}")).collect();
        let rendered = render(&button(waits), Refreshed { message: "m-1", users: &users });
        let refresh = &rendered["refresh"];
        assert_eq!(refresh["action"]["verb"], REFRESH);
        assert_eq!(
            (&refresh["action"]["type"], &refresh["action"]["data"][TARGET]),
            (&json!("Action.Execute"), &json!("m-1"))
        );
        let named = refresh["userIds"].as_array().unwrap();
        assert_eq!((named.len(), &named[0], &named[59]), (MAX_USERS, &json!("29:10"), &json!("29:69")));
        // Without names, Teams does it for all where they are few.
        assert_eq!(render(&button(waits), NOBODY)["refresh"].get("userIds"), None);
    }
    for stays in [ButtonId::RawJson, ButtonId::RunAgain, ButtonId::Why] {
        assert_eq!(render(&button(stays), NOBODY).get("refresh"), None);
    }
    assert_eq!(ButtonId::parse(REFRESH), None);
}
