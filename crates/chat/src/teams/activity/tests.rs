use super::super::cloud::PUBLIC;
use super::super::token::tests::{APP, NOW, URL, bearer, keys};
use super::inbound::{GUEST, OTHER_TENANT, UNNAMED};
use super::*;
use crate::card::ButtonId;
use crate::event::EventKind;
use crate::teams::connector::Member;
use serde_json::{Value, json};

const MESSAGE: &str = include_str!("../../../testdata/teams/message.json");
const EXECUTE: &str = include_str!("../../../testdata/teams/execute.json");
const REFRESH: &str = include_str!("../../../testdata/teams/refresh.json");
const INSTALLED: &str = include_str!("../../../testdata/teams/installed.json");
const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const GROUP: &str = "d7fb6f1a-0a65-4b5e-8a44-3d32a1f6c9e1";
const CHANNEL: &str = "19%3A4b6bed8d24574f6a9e436813cb2617d8%40thread.tacv2";

fn app() -> App {
    App::new(APP, PUBLIC, None, ServiceUrls::new(PUBLIC, &[]))
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn verified(activity: &Value) -> Activity {
    let unverified = Unverified::parse(activity.to_string().as_bytes()).unwrap();
    unverified.verify(Some(&bearer()), &app(), &keys(&["msteams"]), Timestamp::from_seconds(NOW)).unwrap()
}

fn inbound(activity: &Value) -> Inbound {
    verified(activity).inbound(Timestamp::from_seconds(NOW), |_| None).unwrap()
}

fn incoming(activity: &Value) -> Incoming {
    match inbound(activity) {
        Inbound::Event(incoming) => *incoming,
        other => panic!("{other:?}"),
    }
}

/// The message with one change.
fn changed(pointer: &str, value: Value) -> Value {
    let mut activity = json_of(MESSAGE);
    *activity.pointer_mut(pointer).unwrap() = value;
    activity
}

#[test]
fn a_mention_in_a_channel_becomes_an_event() {
    let incoming = incoming(&json_of(MESSAGE));
    assert_eq!(incoming.event.unresolved, None);
    let event = incoming.event;
    assert_eq!(event.who.member_id, "9c0a6ba9-0c6b-4d5f-a5b6-6b0f4c8b4b9d");
    assert_eq!(event.who.display_name, "Dana Lee");
    assert_eq!((event.place.workspace.as_str(), event.place.channel.as_str()), (GROUP, CHANNEL));
    // The message that begins a thread is in none, and answers to it begin one.
    assert_eq!((event.place.thread.as_deref(), event.reply_thread()), (None, Some("1763794800000")));
    assert_eq!(event.message, "1763794800000");
    assert_eq!(event.kind, EventKind::Mention { words: "sns list-topics --region us-east-1".into() });
    assert_eq!(event.at.to_string(), "2025-11-22T07:00:00.000Z");
    assert_eq!(incoming.reference.tenant, TENANT);
    assert_eq!(
        incoming.reference.conversation_in(Some("1")),
        "19:4b6bed8d24574f6a9e436813cb2617d8@thread.tacv2;messageid=1"
    );
    assert_eq!(incoming.sender, "29:1bSnHZ7Js2STWrgk6ScEErLk1Lp2zQuD5H2qQ0cP");
    let chat = Reference { conversation: "19:a@thread.v2".into(), ..incoming.reference.clone() };
    assert_eq!(chat.conversation_in(Some("1")), "19:a@thread.v2");
    let json = incoming.reference.to_json();
    assert_eq!(Reference::from_json(&json, &app().service_urls), Some(incoming.reference));
    assert_eq!(Reference::from_json(&json.replace("smba.", "evil."), &app().service_urls), None);
}

#[test]
fn a_reply_is_in_its_thread_and_without_a_mention_an_answer() {
    let reply = changed("/id", json!("1763794899999"));
    assert_eq!(incoming(&reply).event.place.thread.as_deref(), Some("1763794800000"));
    let mut words = changed("/text", json!("arn:aws:sns:us-east-1:444455556666:alarms"));
    assert_eq!(inbound(&words), Inbound::Ignored("nothing was asked"));
    words["id"] = json!("1763794899999");
    assert!(matches!(incoming(&words).event.kind, EventKind::Answer { words } if words.starts_with("arn:")));
    let bare = changed("/text", json!("aws sns list-topics"));
    assert_eq!(incoming(&bare).event.kind, EventKind::Answer { words: "aws sns list-topics".into() });
}

#[test]
fn a_personal_chat_needs_no_mention_and_is_in_no_team() {
    let mut activity = changed("/conversation/conversationType", json!("personal"));
    activity["conversation"]["id"] = json!("a:1pL6i0oY3C0K8oAj8");
    activity["channelData"] = json!({"tenant": {"id": TENANT}});
    activity["text"] = json!("help");
    let event = incoming(&activity).event;
    assert_eq!(event.place.workspace, TENANT);
    assert_eq!(event.kind, EventKind::Mention { words: "help".into() });
}

#[test]
fn a_team_that_only_teams_names_is_looked_up() {
    let mut activity = json_of(MESSAGE);
    activity["channelData"]["team"].as_object_mut().unwrap().remove("aadGroupId");
    let team = "19:b1c1a1d15a2b4c29a3f0d1e2f3a4b5c6@thread.tacv2";
    assert!(matches!(inbound(&activity), Inbound::UnknownTeam { team: asked, .. } if asked == team));
    let known = |asked: &str| (asked == team).then(|| GROUP.to_uppercase());
    let found = verified(&activity).inbound(Timestamp::from_seconds(NOW), known).unwrap();
    assert!(matches!(found, Inbound::Event(incoming) if incoming.event.place.workspace == GROUP));
}

#[test]
fn strangers_are_nobody() {
    for (pointer, value, expected) in [
        ("/from/aadObjectId", Value::Null, UNNAMED),
        ("/from/userRole", json!("guest"), GUEST),
        ("/from/userRole", json!("anonymous"), GUEST),
        ("/from/tenantId", json!("00000000-86f1-41af-91ab-2d7cd011db47"), OTHER_TENANT),
    ] {
        let incoming = incoming(&changed(pointer, value));
        assert_eq!(incoming.event.unresolved.as_deref(), Some(expected));
        assert_eq!(incoming.event.who.member_id, "");
    }
}

#[test]
fn the_roster_tells_guests_apart() {
    let member = |tenant: &str, role: &str, id: &str| Member {
        directory_id: id.to_owned(),
        tenant: tenant.to_owned(),
        role: role.to_owned(),
    };
    let dana = "9c0a6ba9-0c6b-4d5f-a5b6-6b0f4c8b4b9d";
    assert_eq!(member(&TENANT.to_uppercase(), "user", dana).doubt(TENANT, dana), None);
    for (member, why) in [
        (member("another", "user", dana), OTHER_TENANT),
        (member(TENANT, "guest", dana), GUEST),
        (member(TENANT, "user", "somebody-else"), UNNAMED),
    ] {
        assert_eq!(member.doubt(TENANT, dana), Some(why));
    }
}

#[test]
fn an_activity_says_who_sent_it() {
    for (pointer, value) in [("/from", Value::Null), ("/from/id", json!(""))] {
        for activity in [MESSAGE, EXECUTE] {
            let mut activity = json_of(activity);
            *activity.pointer_mut(pointer).unwrap() = value.clone();
            let raw = Unverified::parse(activity.to_string().as_bytes());
            let read = raw
                .and_then(|_| verified(&activity).inbound(Timestamp::from_seconds(NOW), |_| None).map_err(Into::into));
            assert_eq!(read.unwrap_err().status(), 400, "{pointer}");
        }
    }
}

#[test]
fn a_press_says_what_where_and_on_which_card() {
    let incoming = incoming(&json_of(EXECUTE));
    assert!(incoming.invoke);
    let press = EventKind::Press {
        button: ButtonId::Run,
        target: "c-1".into(),
        value: None,
        card_message: "1763794801111".into(),
    };
    assert_eq!(incoming.event.kind, press);
    assert_eq!(incoming.event.message, "f:5f1a2b3c-0000-4444-8888-9a9a9a9a9a9a");
    // A client without Action.Execute sends a message with the same data.
    let mut submit = changed("/value", json!({"verb": "choose", "target": "c-2", "value": "x"}));
    submit["replyToId"] = json!("1763794801111");
    let kind = self::incoming(&submit).event.kind;
    assert!(matches!(kind, EventKind::Press { button: ButtonId::Choose, value: Some(value), .. } if value == "x"));
    // What was written beside a list counts, and a list in which nothing is chosen is no answer.
    for (data, expected) in [
        (json!({"verb": "choose", "target": "c-2", "value": "x", "typed": "y"}), Some("y")),
        (json!({"verb": "choose", "target": "c-2", "value": ""}), None),
    ] {
        submit["value"] = data;
        let EventKind::Press { value, .. } = self::incoming(&submit).event.kind else { panic!() };
        assert_eq!(value.as_deref(), expected);
    }
    for (pointer, value) in [
        ("/value/action/verb", json!("drop-everything")),
        ("/value/action/data", json!({})),
        ("/replyToId", Value::Null),
        ("/name", json!("task/fetch")),
    ] {
        let mut activity = json_of(EXECUTE);
        *activity.pointer_mut(pointer).unwrap() = value;
        assert!(matches!(inbound(&activity), Inbound::Ignored(_)), "{pointer}");
    }
}

#[test]
fn what_is_no_request_is_ignored() {
    for kind in ["messageUpdate", "messageDelete", "messageReaction", "typing", "event", "trace"] {
        assert!(matches!(inbound(&changed("/type", json!(kind))), Inbound::Ignored(_)), "{kind}");
    }
    assert!(matches!(inbound(&changed("/from/id", json!("28:another-bot"))), Inbound::Ignored(_)));
    let installed = inbound(&json_of(INSTALLED));
    let team = Some((GROUP.to_owned(), "19:b1c1a1d15a2b4c29a3f0d1e2f3a4b5c6@thread.tacv2".to_owned()));
    assert!(matches!(installed, Inbound::Present { team: found, .. } if found == team));
    let mut removed = json_of(INSTALLED);
    removed["action"] = json!("remove");
    assert_eq!(inbound(&removed), Inbound::Gone);
}

#[test]
fn the_token_must_fit_the_activity() {
    let now = Timestamp::from_seconds(NOW);
    let status = |activity: &Value, app: &App| {
        let unverified = Unverified::parse(activity.to_string().as_bytes()).unwrap();
        unverified.verify(Some(&bearer()), app, &keys(&["msteams", "webchat"]), now).err().map(|error| error.status())
    };
    assert_eq!(status(&json_of(MESSAGE), &app()), None);
    assert_eq!(status(&changed("/serviceUrl", json!("https://evil.example/")), &app()), Some(401));
    assert_eq!(status(&changed("/channelId", json!("webchat")), &app()), Some(403));
    assert_eq!(status(&changed("/channelId", json!("slack")), &app()), Some(403));
    let elsewhere = ServiceUrls::new(super::super::cloud::Cloud::named("us-government").unwrap(), &[]);
    assert_eq!(status(&json_of(MESSAGE), &App { service_urls: elsewhere, ..app() }), Some(403));
    let single = |tenant: &str| App { tenant: Some(tenant.to_owned()), ..app() };
    assert_eq!(status(&json_of(MESSAGE), &single(&TENANT.to_uppercase())), None);
    assert_eq!(status(&json_of(MESSAGE), &single("another")), Some(403));
    assert_eq!(status(&changed("/conversation/tenantId", json!("another")), &single(TENANT)), Some(403));
    assert_eq!(status(&json_of(MESSAGE), &App { id: String::new(), ..app() }), Some(401));
}

#[test]
fn what_is_malformed_or_too_large_is_refused() {
    let status = |bytes: &[u8]| Unverified::parse(bytes).err().map(|error| error.status());
    assert_eq!(status(b""), Some(400));
    assert_eq!(status(b"[]"), Some(400));
    assert_eq!(status(br#"{"type":"message"}"#), Some(400));
    assert_eq!(status("[".repeat(100).as_bytes()), Some(400));
    assert_eq!(status(&vec![b' '; MAX_ACTIVITY_BYTES + 1]), Some(413));
    assert_eq!(status(changed("/text", json!("x".repeat(70_000))).to_string().as_bytes()), Some(413));
    assert_eq!(status(changed("/id", json!("x".repeat(600))).to_string().as_bytes()), Some(413));
    let long = changed("/text", json!(format!("<at>Bailiwick</at> {}", "x".repeat(17_000))));
    assert!(verified(&long).inbound(Timestamp::from_seconds(NOW), |_| None).is_err());
    let nowhere = changed("/conversation/id", json!(";messageid=1"));
    assert!(verified(&nowhere).inbound(Timestamp::from_seconds(NOW), |_| None).is_err());
    assert_eq!(URL, json_of(MESSAGE)["serviceUrl"]);
}

#[test]
fn a_client_that_looks_at_a_card_asks_for_the_newer_one() {
    let Inbound::Refresh(refresh) = inbound(&json_of(REFRESH)) else { panic!() };
    assert_eq!(
        (refresh.message.as_str(), refresh.who.member_id.as_str()),
        ("m-1", "9c0a6ba9-0c6b-4d5f-a5b6-6b0f4c8b4b9d")
    );
    assert_eq!((refresh.place.workspace.as_str(), refresh.place.channel.as_str()), (GROUP, CHANNEL));
    assert_eq!(refresh.sender, "29:1bSnHZ7Js2STWrgk6ScEErLk1Lp2zQuD5H2qQ0cP");
    // Whom Teams does not vouch for looks as nobody; a message is no refresh; and one has to say what it is about.
    let mut guest = json_of(REFRESH);
    guest["from"]["userRole"] = json!("guest");
    assert!(matches!(inbound(&guest), Inbound::Refresh(refresh) if refresh.who.member_id.is_empty()));
    let message = changed("/value", json!({"verb": "refresh", "target": "c-1"}));
    assert!(matches!(inbound(&message), Inbound::Ignored(_)));
    let mut nothing = json_of(REFRESH);
    nothing["value"]["action"]["data"] = json!({});
    assert!(verified(&nothing).inbound(Timestamp::from_seconds(NOW), |_| None).is_err());
}

#[test]
fn a_mention_without_its_entity_is_known_by_the_bots_name() {
    let says = |text: &str, entities: Value| {
        let mut activity = changed("/text", json!(text));
        activity["entities"] = entities;
        inbound(&activity)
    };
    for (name, text) in [
        ("Bailiwick", "<at>Bailiwick</at> help"),
        ("Bailiwick", "<p><at id=\"0\">Bailiwick</at>&nbsp;help</p>"),
        ("Ops & <b>Bailiwick</b>", "<at>Ops &amp; <b>Bailiwick</b></at> help"),
    ] {
        let mut activity = changed("/text", json!(text));
        activity["recipient"]["name"] = json!(name);
        for entities in [
            Value::Null,
            json!([]),
            json!([{"type": "mention", "text": "<at>Bail</at>", "mentioned": activity["recipient"]}]),
        ] {
            activity["entities"] = entities;
            let kind = incoming(&activity).event.kind;
            assert_eq!(kind, EventKind::Mention { words: "help".into() }, "{text}");
        }
    }
    // Somebody else of that name, another name, and what only looks like a mention.
    let other =
        json!([{"type": "mention", "text": "<at>Bailiwick</at>", "mentioned": {"id": "29:x", "name": "Bailiwick"}}]);
    for (text, entities) in [
        ("<at>Bailiwick</at> help", other),
        ("<at>Dana</at> help", Value::Null),
        ("Bailiwick help <at>", Value::Null),
        ("<at>aws</at> sns list-topics", Value::Null),
        ("<attic>Bailiwick</at> help", Value::Null),
    ] {
        assert_eq!(says(text, entities), Inbound::Ignored("nothing was asked"), "{text}");
    }
}
