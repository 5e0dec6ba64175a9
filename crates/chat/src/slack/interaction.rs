//! Buttons, menus and forms. Source: Slack's documentation, "Handling user interaction in your Slack apps", "block_actions
//! payload" and "view_submission payload".

use serde::{Deserialize, Serialize};

use super::{SlackError, read, stranger, time_of};
use crate::card::ButtonId;
use crate::event::{Event, EventKind, Place, Platform, Proof, Who};
use crate::limits::{MESSAGE_BYTES, check_id, check_length};
use bailiwick_ident::Timestamp;

/// The action of the button that opens a form for the answer to a question.
pub(super) const OPEN_FORM: &str = "open-form";
/// What the id of a menu's block begins with; the target follows.
pub(super) const MENU: &str = "choose/";
/// The form, and its one field.
pub(super) const FORM: &str = "answer";
pub(super) const FIELD: &str = "value";

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interaction {
    /// A button was pressed, a choice made, or a form sent.
    Event(Box<Event>),
    /// Somebody wants the form for an answer or for more options. It has to be opened within three seconds.
    OpenForm {
        /// What opens it.
        trigger_id: String,
        /// The workspace whose token is used.
        workspace: String,
        /// What the form brings back.
        origin: FormOrigin,
        /// What happens where it cannot be opened.
        otherwise: Option<Box<Event>>,
    },
    /// Nothing for us, and why.
    Ignored(&'static str),
}

/// Where the question stands that a form answers; travels with the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormOrigin {
    /// The channel.
    pub channel: String,
    /// The thread, or the message that one would begin with.
    pub thread: String,
    /// What the question asks for, as a label.
    pub label: String,
    /// The command that options are added to; none where a question is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

#[derive(Deserialize)]
struct Payload {
    r#type: String,
    #[serde(default)]
    team: Option<Named>,
    #[serde(default)]
    user: Option<User>,
    #[serde(default)]
    channel: Option<Named>,
    #[serde(default)]
    container: Option<Container>,
    #[serde(default)]
    trigger_id: Option<String>,
    #[serde(default)]
    actions: Vec<Action>,
    #[serde(default)]
    view: Option<View>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct User {
    id: String,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    team_id: Option<String>,
}

#[derive(Deserialize)]
struct Container {
    #[serde(default)]
    message_ts: Option<String>,
    #[serde(default)]
    channel_id: Option<String>,
    #[serde(default)]
    thread_ts: Option<String>,
}

#[derive(Deserialize)]
struct Action {
    action_id: String,
    #[serde(default)]
    block_id: String,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    action_ts: Option<String>,
    #[serde(default)]
    selected_option: Option<Chosen>,
}

#[derive(Deserialize)]
struct Chosen {
    value: String,
}

#[derive(Deserialize)]
struct View {
    id: String,
    #[serde(default)]
    callback_id: String,
    #[serde(default)]
    private_metadata: String,
    #[serde(default)]
    state: Option<State>,
}

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    values: std::collections::BTreeMap<String, std::collections::BTreeMap<String, Field>>,
}

#[derive(Deserialize)]
struct Field {
    #[serde(default)]
    value: Option<String>,
}

/// The payload in the form of a request whose signature was checked.
///
/// # Errors
/// The form has no payload.
pub fn payload_of_form(body: &[u8]) -> Result<String, SlackError> {
    let payload = form_urlencoded::parse(body).find(|(name, _)| name == "payload");
    payload.map(|(_, value)| value.into_owned()).ok_or_else(|| SlackError::form("the form", "there is no payload"))
}

/// Reads a payload.
///
/// # Errors
/// It is no JSON of this form, or a part is missing, too long or too deep.
pub fn interaction(json: &[u8], now: Timestamp) -> Result<Interaction, SlackError> {
    let payload: Payload = read(WHAT, json)?;
    match payload.r#type.as_str() {
        "block_actions" => pressed(payload, now),
        "view_submission" => sent(payload, now),
        _ => Ok(Interaction::Ignored("another kind of interaction")),
    }
}

const WHAT: &str = "the interaction";

fn missing(what: &str) -> SlackError {
    SlackError::form(WHAT, format!("there is no {what}"))
}

/// Who acted, in which workspace, and why the actor cannot be resolved, if so.
fn actor(payload: &Payload) -> Result<(Who, String, Option<String>), SlackError> {
    let user = payload.user.as_ref().ok_or_else(|| missing("user"))?;
    // An app that is installed for a whole organization is told no team; the user's is then the only one there is.
    let workspace = payload.team.as_ref().map(|team| team.id.clone()).or_else(|| user.team_id.clone());
    let workspace = workspace.ok_or_else(|| missing("team"))?;
    check_id("the user", &user.id)?;
    check_id("the workspace", &workspace)?;
    let name = user.username.as_ref().or(user.name.as_ref()).unwrap_or(&user.id);
    let who = Who { member_id: user.id.clone(), display_name: name.clone() };
    let unresolved = stranger(&workspace, user.team_id.as_deref(), false);
    Ok((who, workspace, unresolved))
}

fn pressed(payload: Payload, now: Timestamp) -> Result<Interaction, SlackError> {
    let (who, workspace, unresolved) = actor(&payload)?;
    let action = payload.actions.into_iter().next().ok_or_else(|| missing("action"))?;
    let container = payload.container.ok_or_else(|| missing("container"))?;
    let channel = container.channel_id.or(payload.channel.map(|channel| channel.id));
    let (channel, message) = (channel.ok_or_else(|| missing("channel"))?, container.message_ts);
    let message = message.ok_or_else(|| missing("message"))?;
    check_id("the channel", &channel)?;
    check_id("the message", &message)?;
    if action.action_id == OPEN_FORM {
        let trigger_id = payload.trigger_id.ok_or_else(|| missing("trigger_id"))?;
        let (thread, label) = (container.thread_ts.unwrap_or(message), action.value.unwrap_or_default());
        let origin = FormOrigin { channel, thread, label, command: None };
        return Ok(Interaction::OpenForm { trigger_id, workspace, origin, otherwise: None });
    }
    // Several buttons of one kind are numbered: `choose:2`.
    let name = action.action_id.split(':').next().unwrap_or_default();
    let Some(button) = ButtonId::parse(name) else { return Ok(Interaction::Ignored("no button of ours")) };
    let (target, value) = match (action.selected_option, action.block_id.strip_prefix(MENU)) {
        (Some(chosen), Some(target)) => (target.to_owned(), Some(chosen.value)),
        _ => pressed_value(action.value.as_deref().unwrap_or_default())?,
    };
    check_id("the button's target", &target)?;
    check_length("the choice", value.as_ref().map_or(0, String::len), MESSAGE_BYTES)?;
    let pressed = action.action_ts.unwrap_or_else(|| now.as_millis().to_string());
    let form = (button == ButtonId::AddOptions).then_some(payload.trigger_id).flatten().map(|trigger_id| {
        let thread = container.thread_ts.clone().unwrap_or_else(|| message.clone());
        let (channel, label) = (channel.clone(), "Options, as you would type them".to_owned());
        (trigger_id, workspace.clone(), FormOrigin { channel, thread, label, command: Some(target.clone()) })
    });
    let event = Box::new(Event {
        unresolved,
        proof: Proof::Platform,
        at: time_of(&pressed),
        // A press has no id of its own; who pressed what when is the same in every delivery of it.
        message: format!("{message}/{}/{}/{pressed}", who.member_id, action.action_id),
        who,
        place: Place { thread: container.thread_ts, ..Place::new(Platform::Slack, workspace, channel) },
        kind: EventKind::Press { button, target, value, card_message: message },
    });
    Ok(match form {
        None => Interaction::Event(event),
        Some((trigger_id, workspace, origin)) => {
            Interaction::OpenForm { trigger_id, workspace, origin, otherwise: Some(event) }
        }
    })
}

/// What a button carries: its target, and its choice if it is one.
pub(super) fn button_value(target: &str, value: Option<&str>) -> String {
    // Strings always serialize.
    match value {
        None => serde_json::to_string(&[target]).unwrap_or_default(),
        Some(value) => serde_json::to_string(&[target, value]).unwrap_or_default(),
    }
}

fn pressed_value(text: &str) -> Result<(String, Option<String>), SlackError> {
    let parts: Vec<String> = read("the button's value", text.as_bytes())?;
    let mut parts = parts.into_iter();
    Ok((parts.next().ok_or_else(|| missing("target"))?, parts.next()))
}

fn sent(payload: Payload, now: Timestamp) -> Result<Interaction, SlackError> {
    let (who, workspace, unresolved) = actor(&payload)?;
    let view = payload.view.ok_or_else(|| missing("view"))?;
    if view.callback_id != FORM {
        return Ok(Interaction::Ignored("no form of ours"));
    }
    check_id("the view", &view.id)?;
    let origin: FormOrigin = read("the form's origin", view.private_metadata.as_bytes())?;
    check_id("the channel", &origin.channel)?;
    check_id("the thread", &origin.thread)?;
    origin.command.as_deref().map_or(Ok(()), |command| check_id("the command", command))?;
    let fields = view.state.map(|state| state.values).unwrap_or_default();
    let field = fields.into_values().flatten().find(|(name, _)| name == FIELD);
    let words = field.and_then(|(_, field)| field.value).unwrap_or_default();
    check_length("the answer", words.len(), MESSAGE_BYTES)?;
    if words.trim().is_empty() {
        return Ok(Interaction::Ignored("an empty form"));
    }
    let words = words.trim().to_owned();
    let kind = match origin.command {
        None => EventKind::Answer { words },
        Some(target) => EventKind::Press {
            button: ButtonId::AddOptions,
            target,
            value: Some(words),
            card_message: origin.thread.clone(),
        },
    };
    Ok(Interaction::Event(Box::new(Event {
        unresolved,
        proof: Proof::Platform,
        who,
        place: Place { thread: Some(origin.thread), ..Place::new(Platform::Slack, workspace, origin.channel) },
        message: format!("view/{}", view.id),
        at: now,
        kind,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn press(action: Value) -> Value {
        json!({
            "type": "block_actions", "team": {"id": "T1", "domain": "x"}, "trigger_id": "1.2.3",
            "user": {"id": "U1", "username": "dana", "team_id": "T1"}, "channel": {"id": "C1", "name": "ops"},
            "container": {"type": "message", "message_ts": "17.5", "channel_id": "C1", "thread_ts": "17.1"},
            "actions": [action],
        })
    }

    fn got(value: &Value) -> Interaction {
        interaction(value.to_string().as_bytes(), Timestamp::from_seconds(9)).unwrap()
    }

    fn event(value: &Value) -> Event {
        match got(value) {
            Interaction::Event(event) => *event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_press_is_known_by_who_pressed_what_when() {
        let value = button_value("c-1", None);
        let payload = press(
            json!({"action_id": "run", "block_id": "b", "type": "button", "value": value, "action_ts": "1795000000.5"}),
        );
        let event_of = event(&payload);
        let kind =
            EventKind::Press { button: ButtonId::Run, target: "c-1".into(), value: None, card_message: "17.5".into() };
        assert_eq!(event_of.kind, kind);
        assert_eq!((event_of.reply_thread(), event_of.who.display_name.as_str()), (Some("17.1"), "dana"));
        assert_eq!(event(&payload).identity(), event_of.identity());
        let mut later = payload.clone();
        later["actions"][0]["action_ts"] = json!("1795000001.5");
        assert_ne!(event(&later).identity(), event_of.identity());
        let mut guest = payload;
        guest["user"]["team_id"] = json!("T2");
        assert!(event(&guest).unresolved.is_some());
    }

    #[test]
    fn a_choice_comes_from_a_button_or_a_menu() {
        let choice = |kind: &EventKind| match kind {
            EventKind::Press { button, target, value, .. } => (*button, target.clone(), value.clone()),
            other => panic!("{other:?}"),
        };
        let expected = (ButtonId::Choose, "c-1".to_owned(), Some("eu \"1\"".to_owned()));
        let button =
            press(json!({"action_id": "choose:2", "value": button_value("c-1", Some("eu \"1\"")), "action_ts": "1.0"}));
        assert_eq!(choice(&event(&button).kind), expected);
        let menu = press(json!({"action_id": "choose", "block_id": "choose/c-1", "type": "static_select",
            "selected_option": {"value": "eu \"1\"", "text": {"type": "plain_text", "text": "eu"}}, "action_ts": "1.0"}));
        assert_eq!(choice(&event(&menu).kind), expected);
    }

    #[test]
    fn a_form_is_opened_and_comes_back_as_an_answer() {
        let open = press(json!({"action_id": OPEN_FORM, "value": "--topic-arn", "action_ts": "1.0"}));
        let Interaction::OpenForm { trigger_id, workspace, origin, .. } = got(&open) else { panic!() };
        assert_eq!((trigger_id.as_str(), workspace.as_str(), origin.thread.as_str()), ("1.2.3", "T1", "17.1"));
        let sent = json!({
            "type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1", "name": "dana", "team_id": "T1"},
            "view": {"id": "V1", "callback_id": FORM, "private_metadata": serde_json::to_string(&origin).unwrap(),
                     "state": {"values": {"b": {FIELD: {"type": "plain_text_input", "value": " arn:x "}}}}},
        });
        let event = event(&sent);
        assert_eq!(event.kind, EventKind::Answer { words: "arn:x".into() });
        assert_eq!((event.place.channel.as_str(), event.reply_thread()), ("C1", Some("17.1")));
    }

    #[test]
    fn options_are_added_in_a_form_that_knows_its_command() {
        let value = button_value("c-1", None);
        let pressed = press(json!({"action_id": "add-options", "value": value, "action_ts": "1.0"}));
        let Interaction::OpenForm { origin, otherwise, .. } = got(&pressed) else { panic!() };
        assert!(matches!(otherwise.unwrap().kind, EventKind::Press { button: ButtonId::AddOptions, value: None, .. }));
        let sent = json!({
            "type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1", "name": "dana", "team_id": "T1"},
            "view": {"id": "V1", "callback_id": FORM, "private_metadata": serde_json::to_string(&origin).unwrap(),
                     "state": {"values": {"b": {FIELD: {"type": "plain_text_input", "value": "--subject x"}}}}},
        });
        let expected = (ButtonId::AddOptions, "c-1".to_owned(), Some("--subject x".to_owned()));
        let EventKind::Press { button, target, value, .. } = event(&sent).kind else { panic!() };
        assert_eq!((button, target, value), expected);
    }

    #[test]
    fn what_is_not_ours_or_malformed_does_nothing() {
        assert!(matches!(got(&press(json!({"action_id": "sudo", "value": "x"}))), Interaction::Ignored(_)));
        assert!(matches!(got(&json!({"type": "shortcut"})), Interaction::Ignored(_)));
        for odd in [
            json!({"type": "block_actions"}),
            press(json!({"action_id": "run", "value": "not json"})),
            press(json!({"action_id": "run", "value": "[]"})),
            press(json!({"action_id": "run", "value": "[\"\"]"})),
        ] {
            assert!(interaction(odd.to_string().as_bytes(), Timestamp::from_seconds(0)).is_err(), "{odd}");
        }
        assert!(payload_of_form(b"a=b").is_err());
        assert_eq!(payload_of_form(b"payload=%7B%7D").unwrap(), "{}");
    }
}
