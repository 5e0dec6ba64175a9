use super::*;
use crate::card::{TraceLine, TraceVerdict, TreeLine};
use crate::cards::{self, Ran, Refusal};
use crate::phrase::Phrase;
use std::path::PathBuf;
use std::time::Duration;

fn ran() -> Ran {
    Ran {
        command: "sns list-topics".into(),
        account: "444455556666 (workload)".into(),
        region: "us-east-1".into(),
        role: "ops-readonly".into(),
    }
}

/// Compares with a file of `testdata/slack`; `BAILIWICK_BLESS=1` writes it.
fn golden(name: &str, card: &Card) {
    let shown = message(card);
    within_limits(&shown);
    let text = format!(
        "{:#}\n",
        json!({ "text": shown.text, "blocks": shown.blocks, "attachments": shown.attachments, "file": shown.file.map(|file| file.name) })
    );
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/slack").join(format!("{name}.json"));
    if std::env::var_os("BAILIWICK_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "{}", path.display());
}

/// Every limit that Slack has for what we use.
fn within_limits(message: &Message) {
    let blocks: Vec<&Value> = match message.attachments.first() {
        Some(attachment) => attachment["blocks"].as_array().unwrap().iter().collect(),
        None => message.blocks.iter().collect(),
    };
    assert!(!blocks.is_empty() && blocks.len() <= MAX_BLOCKS, "{} blocks", blocks.len());
    let at_most = |text: &Value, limit: usize| {
        let text = text.as_str().unwrap();
        assert!(!text.is_empty() && length(text) <= limit, "{} of {limit}: {text}", length(text));
    };
    for block in blocks {
        match block["type"].as_str().unwrap() {
            "section" => {
                at_most(&block["text"]["text"], 3_000);
                let text = block["text"]["text"].as_str().unwrap();
                assert_eq!(text.matches("```").count() % 2, 0, "{text}");
            }
            "context" => {
                assert!(block["elements"].as_array().unwrap().len() <= 10);
                at_most(&block["elements"][0]["text"], 2_000);
            }
            "actions" => {
                let elements = block["elements"].as_array().unwrap();
                assert!((1..=25).contains(&elements.len()));
                let mut actions: Vec<&str> = elements.iter().map(|e| e["action_id"].as_str().unwrap()).collect();
                actions.iter().for_each(|action| assert!(action.len() <= 255));
                actions.sort_unstable();
                actions.dedup();
                assert_eq!(actions.len(), elements.len(), "actions of one block have one id each");
                for element in elements {
                    if element["type"] == "button" {
                        at_most(&element["text"]["text"], 75);
                        at_most(&element["value"], 2_000);
                    } else {
                        let options = element["options"].as_array().unwrap();
                        assert!((1..=100).contains(&options.len()));
                        options.iter().for_each(|option| at_most(&option["value"], 150));
                    }
                }
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn every_kind_of_card_is_as_its_file_says() {
    let lines = vec![
        TreeLine::heading(0, "Topics (2)"),
        TreeLine::item(1, "alarms", "arn:aws:sns:us-east-1:444455556666:alarms"),
        TreeLine::item(1, "deployments", "arn:aws:sns:us-east-1:444455556666:deployments"),
    ];
    golden("answer_tree", &cards::answer_tree(&ran(), lines, "c-1"));
    golden("answer_exact", &cards::answer_exact(&ran(), "{\n  \"a<b\": \"```\"\n}\n".into(), Some("json"), "c-1"));
    let waits = Phrase::WaitsForRequester { requester: "Dana", open_for: Duration::from_secs(600) };
    let command = "sns publish --topic-arn arn:aws:sns:us-east-1:444455556666:alarms --message \"`hi` <!channel>\"";
    golden("confirm", &cards::confirm(&ran(), command, "changes data: yes", false, "c-1", &waits));
    golden("confirm_danger", &cards::confirm(&ran(), command, "changes data: yes", true, "c-1", &waits));
    let refusal = Refusal {
        because: "this channel's guardrails do not allow sns:Publish.".into(),
        asked: "sns:Publish on arn:aws:sns:us-east-1:444455556666:alarms".into(),
        layer: "guardrails (ReadOnlyAccess)".into(),
        stopped: "no statement allows it".into(),
        can_change: "the channel's administrators: Dana, Lee".into(),
        approval_helps: true,
    };
    golden("refusal", &cards::refusal(&refusal, "c-1"));
    let trace = vec![
        TraceLine::new(1, "non-supported operations", TraceVerdict::Passed, ""),
        TraceLine::new(4, "role ops-readonly", TraceVerdict::Stopped, "no statement allows sns:Publish")
            .quote("{\"Effect\":\"Allow\",\"Action\":\"sns:List*\"}"),
        TraceLine::new(5, "permissions boundary", TraceVerdict::NotThere, ""),
    ];
    golden("trace", &cards::trace("sns:Publish", trace));
    let open = Duration::from_secs(600);
    let few: Vec<String> = ["eu-west-1", "us-east-1"].map(str::to_owned).into();
    golden("question", &cards::question("--region", "It is needed; expected: text.", &few, open, "c-1"));
    let many: Vec<String> = (0..30).map(|n| format!("choice-{n}")).collect();
    golden("question_menu", &cards::question("--name", "It is needed.", &many, open, "c-1"));
    golden("question_open", &cards::question("--message", "It is needed.", &[], open, "c-1"));
    golden("mistake", &cards::mistake("`list-topic` is no operation of sns.", &["@aws sns list-topics".into()]));
    golden("service_error", &cards::service_error(&ran(), "Publish", "NotFound", "Topic does not exist\n<b>"));
    golden("note", &cards::note(Tone::Caution, "Ambiguous", &Phrase::Ambiguous));
    let notification = Card::titled("High CPU *prod* :fire:")
        .state(Tone::Bad, "ALARM")
        .context("us-east-1")
        .block(Block::Facts(vec![Fact::words("Since", "10:02 UTC"), Fact::identifier("Metric", "CPUUtilization")]))
        .block(Block::Markdown("*Next:* <https://x.example|runbook> <@U1> <!here>".into()))
        .block(Block::List(vec!["first".into(), "`second`".into()]))
        .block(Block::Quote("said\nso".into()))
        .footer("Lasted 4 min");
    golden("notification", &notification);
}

#[test]
fn what_is_too_long_is_cut_and_comes_as_a_file() {
    for card in [
        Card::titled("t").block(Block::Code { text: "line <&> of text\n".repeat(5_000), language: None }),
        Card::titled("t").block(Block::json("x".repeat(100_000))),
        Card::titled("t").text("&".repeat(50_000)),
        Card::titled("t").text("word ".repeat(20_000)),
        Card::titled("t").block(Block::List((0..1_500).map(|n| format!("item {n}")).collect())),
        Card::titled("x".repeat(5_000)),
        Card::titled("t")
            .block(Block::Facts((0..400).map(|n| Fact::identifier(format!("n{n}"), "v".repeat(90))).collect())),
        (0..200).fold(Card::titled("t"), |card, n| card.text(format!("block {n}"))),
    ] {
        let shown = message(&card);
        within_limits(&shown);
        let file = shown.file.expect("a file");
        assert!(shown.blocks.iter().any(|block| block.to_string().contains("the whole text is attached")));
        assert_eq!(file.text, plain::card(&card));
    }
    assert_eq!(message(&Card::titled("t").text("short")).file, None);
}

#[test]
fn choices_that_no_button_can_carry_are_left_to_be_typed() {
    let card = Card::titled("t")
        .button(Button::choice("c-1", "x".repeat(3_000)))
        .button(Button::choice("c-1", "y"))
        .button(Button::new(ButtonId::Cancel, "c-1"));
    let shown = message(&card);
    within_limits(&shown);
    let text = serde_json::to_string(&shown.blocks).unwrap();
    assert!(!text.contains("xxxx") && text.contains("choose:1") && text.contains(OPEN_FORM));
}

#[test]
fn an_empty_card_is_still_a_message() {
    within_limits(&message(&Card::default().button(Button::new(ButtonId::RawJson, "c"))));
}
