use super::*;
use bailiwick_chat::{Block, plain};
use serde_json::Value;
use std::fmt::Write as _;

fn notification(message: &str) -> Notification {
    Notification {
        topic: Arn::parse("arn:aws:sns:us-east-1:444455556666:alarms").unwrap(),
        published: Timestamp::parse_rfc3339("2026-11-22T10:00:00Z").unwrap(),
        subject: None,
        message: message.to_owned(),
        attributes: Vec::new(),
    }
}

/// Each file of `testdata/` is a notification and the card it must become, as text.
macro_rules! cases {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            check(include_str!(concat!("../testdata/", stringify!($name), ".json")));
        }
    )*};
}

cases! {
    alarm_composite alarm_math alarm_metric alarm_ok alarm_old_form
    custom custom_broken custom_too_long
    event_alarm event_guardduty event_health event_unknown
    raw_empty raw_json raw_not_json raw_text
    stack
}

#[track_caller]
fn check(case: &str) {
    let case: Value = serde_json::from_str(case).unwrap();
    let message = match &case["message"] {
        Value::String(text) => text.clone(),
        document => document.to_string(),
    };
    let mut notification = notification(&message);
    notification.subject = case["subject"].as_str().map(str::to_owned);
    let attributes = case["attributes"].as_object().unwrap();
    notification.attributes = attributes.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect();
    let rendered = render(&notification);

    let text = plain::card(&rendered.card);
    let mut as_lines = String::new();
    for line in text.lines() {
        writeln!(as_lines, "    {},", Value::from(line)).unwrap();
    }
    let expected: Vec<&str> = case["expect"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(text.lines().collect::<Vec<_>>(), expected, "\n{text}\n{as_lines}");

    assert_eq!(rendered.kind.as_str(), case["kind"]);
    assert_eq!(rendered.thread.as_deref(), case["thread"].as_str());
    assert_eq!(rendered.at, Timestamp::parse_rfc3339(case["at"].as_str().unwrap()).unwrap());
    let correlation = rendered.correlation.map(|correlation| {
        let phase = match correlation.phase {
            Phase::Opens => "opens",
            Phase::Continues => "continues",
            Phase::Closes => "closes",
        };
        serde_json::json!([correlation.key, phase])
    });
    assert_eq!(correlation.unwrap_or_default(), case["correlation"]);
}

#[test]
fn an_alarm_that_goes_ok_says_how_long_it_lasted() {
    let alarm = |state: &str, time: &str| {
        let document = serde_json::json!({
            "AlarmName": "a", "NewStateValue": state, "StateChangeTime": time, "Trigger": {},
            "AlarmArn": "arn:aws:cloudwatch:us-east-1:444455556666:alarm:a",
        });
        render(&notification(&document.to_string()))
    };
    let (opened, closed) =
        (alarm("ALARM", "2026-11-22T09:00:00.000+0000"), alarm("OK", "2026-11-22T10:12:30.000+0000"));
    assert_eq!(opened.correlation.as_ref().unwrap().key, closed.correlation.as_ref().unwrap().key);
    let card = closed.closing(opened.at);
    assert!(card.context.contains(&"lasted 1 hour 12 minutes".to_owned()), "{:?}", card.context);
    assert_eq!(card.footer.as_deref(), Some("Began 2026-11-22T09:00:00Z."));
}

#[test]
fn what_switches_custom_actions_off() {
    let with = |value: &str| {
        let message = format!(
            r#"{{"version":"1.0","source":"custom","content":{{"description":"d"}},"metadata":{{"enableCustomActions":{value}}}}}"#
        );
        render(&notification(&message)).custom_actions
    };
    assert!(!with("false"));
    assert!(with("true"));
    assert!(with("null"));
}

#[test]
fn a_hostile_document_is_shown_and_bounded() {
    let deep = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
    let rendered = render(&notification(&deep));
    assert_eq!(rendered.kind, Kind::Raw);
    assert!(matches!(&rendered.card.body[0], Block::Code { text, .. } if text.len() <= CARD_TEXT_BYTES + 3));

    let wide = format!("[{}]", "1,".repeat(200_000));
    assert_eq!(render(&notification(&wide)).kind, Kind::Raw);

    // Members of the wrong type are left out; the card stays.
    let odd = r#"{"AlarmName":"a","NewStateValue":"ALARM","Trigger":{"Metrics":[1,{"Id":{}}],"Dimensions":"x","Threshold":{}},"AlarmArn":7,"StateChangeTime":"soon"}"#;
    let rendered = render(&notification(odd));
    assert_eq!((rendered.kind, rendered.card.title.as_str()), (Kind::Alarm, "a"));
    assert_eq!(rendered.at, notification("").published);
}
