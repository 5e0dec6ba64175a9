//! What steers it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bailiwick_chat::slack::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};
use serde::Deserialize;
use serde_json::{Value, json};

use super::state::Failure;
use super::{Slack, socket};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// How a request is signed.
#[derive(Default)]
struct Signing {
    /// How many seconds ago; negative in the future.
    age: i64,
    /// Another signature; empty for none.
    signature: Option<String>,
    retry: Option<u32>,
}

/// Sends what Slack would send, over a connection where the app opened one; what the bot answered.
async fn send(slack: &Slack, path: &str, kind: &str, body: Vec<u8>, signing: Signing) -> Value {
    if socket::used(slack) {
        let kind = match path {
            "events" => "events_api",
            "commands" => "slash_commands",
            _ => "interactive",
        };
        return socket::send(slack, kind, &payload(kind, &body)).await;
    }
    let timestamp = ((slack.settings.now)() / 1_000 - signing.age).to_string();
    let signature =
        signing.signature.unwrap_or_else(|| sign(slack.settings.signing_secret.as_bytes(), &timestamp, &body));
    let mut request = Request::post(format!("{}/{path}", slack.settings.bot_url))
        .header("content-type", kind)
        .header(TIMESTAMP_HEADER, timestamp);
    if !signature.is_empty() {
        request = request.header(SIGNATURE_HEADER, signature);
    }
    if let Some(retry) = signing.retry {
        request = request.header("x-slack-retry-num", retry).header("x-slack-retry-reason", "http_timeout");
    }
    let request = match request.body(body) {
        Ok(request) => request,
        Err(error) => return json!({"error": error.to_string()}),
    };
    match slack.transport.send(request).await {
        Ok(answer) => {
            json!({"status": answer.status().as_u16(), "body": String::from_utf8_lossy(answer.body())})
        }
        Err(error) => json!({"error": error.to_string()}),
    }
}

/// What a request over HTTP carries, as an envelope carries it.
fn payload(kind: &str, body: &[u8]) -> Value {
    if kind == "events_api" {
        return serde_json::from_slice(body).unwrap_or_default();
    }
    let fields = form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), json!(value)));
    let fields = Value::Object(fields.collect());
    match fields["payload"].as_str() {
        Some(payload) => serde_json::from_str(payload).unwrap_or_default(),
        None => fields,
    }
}

#[derive(Deserialize)]
pub(super) struct Say {
    #[serde(default)]
    text: String,
    #[serde(default = "user_id")]
    user: String,
    #[serde(default = "channel_id")]
    channel: String,
    thread_ts: Option<String>,
    #[serde(default)]
    mention: bool,
    ts: Option<String>,
    event_id: Option<String>,
    #[serde(default)]
    age: i64,
    signature: Option<String>,
    /// Other bytes than the event's.
    body: Option<String>,
    retry: Option<u32>,
    /// Members of the event, or of the callback, that are different.
    #[serde(default)]
    event: Value,
    #[serde(default)]
    callback: Value,
}

fn user_id() -> String {
    "U1".to_owned()
}

fn channel_id() -> String {
    "C1".to_owned()
}

fn merge(into: &mut Value, from: &Value) {
    for (name, value) in from.as_object().into_iter().flatten() {
        into[name] = value.clone();
    }
}

/// Somebody writes.
pub(super) async fn say(State(slack): State<Arc<Slack>>, Json(said): Json<Say>) -> Json<Value> {
    let now = (slack.settings.now)();
    let team = slack.settings.team.clone();
    let text = if said.mention { format!("<@UBOT> {}", said.text) } else { said.text.clone() };
    let ts = match &said.ts {
        Some(ts) => ts.clone(),
        None => {
            let mut state = slack.state();
            let ts = state.ts(now);
            let message = json!({"ts": ts, "user": said.user, "text": text, "thread_ts": said.thread_ts});
            state.messages.entry(said.channel.clone()).or_default().push(message);
            ts
        }
    };
    let kind = if said.mention { "app_mention" } else { "message" };
    let mut event = json!({
        "type": kind, "user": said.user, "text": text, "ts": ts, "channel": said.channel, "team": team, "event_ts": ts,
    });
    if let Some(thread) = &said.thread_ts {
        event["thread_ts"] = json!(thread);
    }
    merge(&mut event, &said.event);
    let mut callback = json!({
        "type": "event_callback", "team_id": team, "api_app_id": "A1", "event": event,
        "event_id": said.event_id.unwrap_or_else(|| format!("Ev{ts}")), "event_time": now / 1_000,
        "authorizations": [{"team_id": team, "user_id": "UBOT", "is_bot": true}],
    });
    merge(&mut callback, &said.callback);
    let body = said.body.unwrap_or_else(|| callback.to_string()).into_bytes();
    let signing = Signing { age: said.age, signature: said.signature, retry: said.retry };
    let mut answer = send(&slack, "events", JSON, body, signing).await;
    answer["ts"] = json!(ts);
    Json(answer)
}

#[derive(Deserialize)]
pub(super) struct Command {
    text: String,
    #[serde(default = "user_id")]
    user: String,
    #[serde(default = "channel_id")]
    channel: String,
    trigger_id: Option<String>,
}

fn trigger(slack: &Slack) -> String {
    let now = (slack.settings.now)();
    format!("{}.trigger", slack.state().ts(now))
}

fn form(pairs: &[(&str, &str)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
}

/// Somebody gives the slash command.
pub(super) async fn command(State(slack): State<Arc<Slack>>, Json(given): Json<Command>) -> Json<Value> {
    let trigger = given.trigger_id.unwrap_or_else(|| trigger(&slack));
    let body = form(&[
        ("team_id", &slack.settings.team),
        ("channel_id", &given.channel),
        ("user_id", &given.user),
        ("user_name", &given.user.to_lowercase()),
        ("command", "/aws"),
        ("text", &given.text),
        ("trigger_id", &trigger),
    ]);
    Json(send(&slack, "commands", FORM, body, Signing::default()).await)
}

#[derive(Deserialize)]
pub(super) struct Press {
    #[serde(default = "channel_id")]
    channel: String,
    ts: String,
    action: String,
    #[serde(default = "user_id")]
    user: String,
    option: Option<String>,
    /// The time of the press, to bring the same one again.
    action_ts: Option<String>,
    user_team: Option<String>,
}

/// The blocks of a message, attached or not.
fn blocks_of(message: &Value) -> Vec<Value> {
    let own = message["blocks"].as_array().into_iter().flatten();
    let attached = message["attachments"].as_array().into_iter().flatten();
    own.chain(attached.flat_map(|one| one["blocks"].as_array().into_iter().flatten())).cloned().collect()
}

/// Somebody presses a button.
pub(super) async fn press(State(slack): State<Arc<Slack>>, Json(pressed): Json<Press>) -> Response {
    let Some(message) = slack.state().message(&pressed.channel, &pressed.ts).map(|message| message.clone()) else {
        return (StatusCode::NOT_FOUND, "there is no such message\n").into_response();
    };
    let found = blocks_of(&message).into_iter().find_map(|block| {
        let element = block["elements"].as_array()?.iter().find(|one| one["action_id"] == *pressed.action)?.clone();
        Some((block["block_id"].as_str().unwrap_or("b").to_owned(), element))
    });
    let Some((block, element)) = found else {
        return (StatusCode::NOT_FOUND, "the message has no such button\n").into_response();
    };
    let at = (slack.settings.now)();
    let action_ts = pressed.action_ts.unwrap_or_else(|| slack.state().ts(at));
    let mut action = json!({
        "action_id": pressed.action, "block_id": block, "type": element["type"], "action_ts": action_ts,
        "value": element["value"],
    });
    if let Some(option) = pressed.option {
        action["selected_option"] = json!({"value": option});
    }
    let team = &slack.settings.team;
    let payload = json!({
        "type": "block_actions", "team": {"id": team}, "trigger_id": trigger(&slack),
        "user": {"id": pressed.user, "username": pressed.user.to_lowercase(), "team_id": pressed.user_team.as_ref().unwrap_or(team)},
        "channel": {"id": pressed.channel},
        "container": {"type": "message", "message_ts": pressed.ts, "channel_id": pressed.channel, "thread_ts": message["thread_ts"]},
        "actions": [action],
    });
    let mut answer = interact(&slack, &payload).await;
    answer["action_ts"] = json!(action_ts);
    Json(answer).into_response()
}

async fn interact(slack: &Slack, payload: &Value) -> Value {
    let body = form(&[("payload", &payload.to_string())]);
    send(slack, "interactivity", FORM, body, Signing::default()).await
}

#[derive(Deserialize)]
pub(super) struct Submit {
    value: String,
    #[serde(default = "user_id")]
    user: String,
}

/// Somebody sends the form that was opened last.
pub(super) async fn submit(State(slack): State<Arc<Slack>>, Json(sent): Json<Submit>) -> Response {
    let Some(mut view) = slack.state().views.last().cloned() else {
        return (StatusCode::NOT_FOUND, "no form is open\n").into_response();
    };
    let input = view["blocks"][0].clone();
    let (block, action) = (input["block_id"].as_str(), input["element"]["action_id"].as_str());
    let (block, action) = (block.unwrap_or_default().to_owned(), action.unwrap_or_default().to_owned());
    view["state"] = json!({"values": {block: {action: {"type": "plain_text_input", "value": sent.value}}}});
    let team = &slack.settings.team;
    let payload = json!({
        "type": "view_submission", "team": {"id": team}, "view": view,
        "user": {"id": sent.user, "username": sent.user.to_lowercase(), "team_id": team},
    });
    Json(interact(&slack, &payload).await).into_response()
}

#[derive(Deserialize)]
pub(super) struct Where {
    #[serde(default = "channel_id")]
    channel: String,
}

/// The messages of a channel.
pub(super) async fn messages(State(slack): State<Arc<Slack>>, Query(query): Query<Where>) -> Json<Value> {
    Json(json!(slack.state().messages.get(&query.channel)))
}

/// Counts, forms and files.
pub(super) async fn state(State(slack): State<Arc<Slack>>) -> Json<Value> {
    let state = slack.state();
    let bot = |messages: &Vec<Value>| messages.iter().filter(|message| message["user"] == "UBOT").count();
    let posted: usize = state.messages.values().map(bot).sum();
    Json(json!({
        "calls": state.calls, "limited": state.limited, "views": state.views, "files": state.files, "posted": posted,
        "sockets": state.sockets.told(), "tokens": state.tokens.count,
    }))
}

/// What is said of a user.
pub(super) async fn user(State(slack): State<Arc<Slack>>, Json(user): Json<Value>) -> StatusCode {
    let id = user["id"].as_str().unwrap_or_default().to_owned();
    slack.state().users.insert(id, user);
    StatusCode::OK
}

/// What is said of a channel.
pub(super) async fn channel(State(slack): State<Arc<Slack>>, Json(channel): Json<Value>) -> StatusCode {
    let id = channel["id"].as_str().unwrap_or_default().to_owned();
    slack.state().channels.insert(id, channel);
    StatusCode::OK
}

/// Lets calls fail.
pub(super) async fn fail(State(slack): State<Arc<Slack>>, Json(failure): Json<Failure>) -> StatusCode {
    slack.state().failures.push(failure);
    StatusCode::OK
}
