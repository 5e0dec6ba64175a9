use super::*;
use serde_json::{Value, json};

fn callback(event: Value) -> Value {
    json!({
        "type": "event_callback", "team_id": "T1", "api_app_id": "A1", "event_id": "Ev1", "event_time": 1_795_000_000,
        "authorizations": [{"team_id": "T1", "user_id": "UBOT", "is_bot": true}], "event": event,
    })
}

fn mention(text: &str) -> Value {
    callback(
        json!({"type": "app_mention", "user": "U1", "text": text, "ts": "1795000000.000100", "channel": "C1", "team": "T1"}),
    )
}

fn say(text: &str, thread: Option<&str>) -> Value {
    callback(
        json!({"type": "message", "user": "U1", "text": text, "ts": "1795000001.000200", "thread_ts": thread, "channel": "C1", "channel_type": "channel"}),
    )
}

fn got(value: &Value) -> Incoming {
    incoming(value.to_string().as_bytes()).unwrap()
}

fn event(value: &Value) -> Event {
    match got(value) {
        Incoming::Event(event) => *event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mention_is_known_by_its_channel_and_time_whatever_its_event_id() {
    let first = mention("<@UBOT> sns list-topics");
    let mut again = first.clone();
    again["event_id"] = json!("Ev2");
    let event_of = event(&first);
    assert_eq!(event_of.kind, EventKind::Mention { words: "sns list-topics".into() });
    assert_eq!((event_of.place.workspace.as_str(), event_of.place.channel.as_str()), ("T1", "C1"));
    assert_eq!((event_of.at.as_millis(), event_of.reply_thread()), (1_795_000_000_000, Some("1795000000.000100")));
    assert_eq!(event(&again).identity(), event_of.identity());
    assert_eq!(event_of.unresolved, None);
}

#[test]
fn the_words_are_those_after_our_mention() {
    let words = |text: &str| match event(&mention(text)).kind {
        EventKind::Mention { words } => words,
        other => panic!("{other:?}"),
    };
    assert_eq!(words("hello <@U2>, <@UBOT|aws> help"), "help");
    assert_eq!(words("<@UBOT>"), "");
    assert_eq!(words("<@UBOT> a <@U3> b"), "a <@U3> b");
}

#[test]
fn words_in_a_thread_may_answer_and_talk_is_not_for_us() {
    assert_eq!(event(&say("arn:x", Some("1795000000.000100"))).kind, EventKind::Answer { words: "arn:x".into() });
    assert_eq!(got(&say("lunch?", None)), Incoming::Ignored("talk"));
    let bare = "aws sns list-topics";
    for thread in [None, Some("1.0")] {
        assert_eq!(event(&say(bare, thread)).kind, EventKind::Answer { words: bare.into() });
    }
    assert_eq!(got(&say("<@UBOT> help", Some("1.0"))), Incoming::Ignored("a mention that comes as one"));
    assert_eq!(got(&say(" ", Some("1.0"))), Incoming::Ignored("no words"));
    let mut direct = say("help", None);
    direct["event"]["channel_type"] = json!("im");
    assert_eq!(event(&direct).kind, EventKind::Mention { words: "help".into() });
}

#[test]
fn bots_edits_and_our_own_messages_are_left_alone() {
    for (member, value) in [
        ("bot_id", json!("B1")),
        ("subtype", json!("message_changed")),
        ("subtype", json!("bot_message")),
        ("subtype", json!("channel_join")),
        ("user", json!("UBOT")),
    ] {
        let mut message = say("x", Some("1.0"));
        message["event"][member] = value;
        assert!(matches!(got(&message), Incoming::Ignored(_)), "{message}");
    }
    assert!(matches!(got(&callback(json!({"type": "reaction_added"}))), Incoming::Ignored(_)));
    assert!(matches!(got(&json!({"type": "something_new"})), Incoming::Ignored(_)));
}

#[test]
fn an_actor_of_another_workspace_is_not_resolved() {
    let with = |member: &str, value: Value| {
        let mut message = mention("<@UBOT> help");
        message["event"][member] = value;
        message
    };
    assert!(event(&with("user_team", json!("T2"))).unresolved.unwrap().contains("Slack Connect"));
    assert!(event(&with("team", json!("T2"))).unresolved.is_some());
    assert!(event(&with("user_team", json!("E1"))).unresolved.unwrap().contains("organization"));
    let mut shared = with("team", Value::Null);
    assert_eq!(event(&shared).unresolved, None);
    shared["is_ext_shared_channel"] = json!(true);
    assert!(event(&shared).unresolved.is_some());
    shared["event"]["user_team"] = json!("T1");
    assert_eq!(event(&shared).unresolved, None);
}

#[test]
fn other_callbacks_are_told_apart() {
    assert_eq!(got(&json!({"type": "url_verification", "challenge": "abc"})), Incoming::Challenge("abc".into()));
    assert_eq!(got(&json!({"type": "app_rate_limited", "team_id": "T1"})), Incoming::RateLimited);
    let removed = Incoming::Removed { workspace: "T1".into() };
    assert_eq!(got(&callback(json!({"type": "app_uninstalled"}))), removed);
}

#[test]
fn what_is_malformed_too_long_or_too_deep_is_an_error_that_quotes_nothing() {
    let secret = b"{\"type\": \"event_callback\", \"token\": \"xoxb-secret\" oops";
    let error = incoming(secret).unwrap_err().to_string();
    assert!(error.contains("column") && !error.contains("xoxb"), "{error}");
    for value in [
        json!([]),
        json!({"type": "event_callback"}),
        json!({"type": "event_callback", "team_id": "T1"}),
        json!({"type": "url_verification"}),
        callback(json!({"type": "app_mention", "user": "U1", "ts": "1.0"})),
        callback(json!({"type": "app_mention", "user": "", "ts": "1.0", "channel": "C1"})),
        mention(&"x".repeat(MESSAGE_BYTES + 1)),
    ] {
        assert!(incoming(value.to_string().as_bytes()).is_err(), "{value}");
    }
    let deep = format!("{{\"type\":{}{}}}", "[".repeat(100), "]".repeat(100));
    assert!(matches!(incoming(deep.as_bytes()), Err(SlackError::Limit(_))));
    assert!(incoming(&vec![b' '; 2 << 20]).is_err());
}
