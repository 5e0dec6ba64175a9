//! What steers it: people who write and press, and what goes wrong.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bailiwick_chat::teams::cloud::PUBLIC;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::keys::Signs;
use super::state::Member;
use super::{Teams, cards};

/// How long a token for the bot holds, in seconds.
const HOLDS: i64 = 3600;

/// Who acts, where, and what is made wrong about it.
#[derive(Deserialize)]
struct Scene {
    #[serde(default = "dana")]
    user: String,
    #[serde(default = "general")]
    channel: String,
    thread: Option<String>,
    /// Members of the activity that are put in place of its own.
    #[serde(default)]
    change: Map<String, Value>,
    /// Claims that are put in place of the token's own.
    #[serde(default)]
    claims: Map<String, Value>,
    #[serde(default)]
    key: Signs,
    /// In place of the whole token.
    bearer: Option<String>,
    /// In place of the whole body.
    body: Option<String>,
    /// In place of the activity's id.
    id: Option<String>,
}

fn dana() -> String {
    "29:dana".to_owned()
}

fn general() -> String {
    "19:general@thread.tacv2".to_owned()
}

/// Words in a channel.
#[derive(Deserialize)]
pub(super) struct Say {
    text: String,
    #[serde(default = "yes")]
    mention: bool,
    #[serde(flatten)]
    scene: Scene,
}

fn yes() -> bool {
    true
}

/// A press.
#[derive(Deserialize)]
pub(super) struct Press {
    message: String,
    title: String,
    /// What is written into the fields beside the button.
    #[serde(default)]
    inputs: Map<String, Value>,
    #[serde(flatten)]
    scene: Scene,
}

impl Scene {
    /// Moves it to where a message is.
    fn at(&mut self, conversation: &str) {
        if let Some((channel, thread)) = conversation.split_once(";messageid=") {
            self.channel = channel.to_owned();
            self.thread = Some(thread.to_owned());
        }
    }

    /// The activity without what kind it is.
    fn activity(&self, teams: &Teams, id: &str) -> Value {
        let state = teams.state();
        let name = state.members.get(&self.user).map(|member| member.name.clone());
        let directory_id = state.members.get(&self.user).map(|member| member.aad_object_id.clone());
        let thread = self.thread.as_deref().unwrap_or(id);
        let settings = &teams.settings;
        let bot = json!({"id": format!("28:{}", settings.app_id), "name": "Bailiwick"});
        json!({
            "id": id,
            "serviceUrl": teams.service_url(),
            "channelId": "msteams",
            "from": {"id": self.user, "name": name, "aadObjectId": directory_id},
            "conversation": {
                "isGroup": true,
                "conversationType": "channel",
                "tenantId": settings.tenant,
                "id": format!("{};messageid={thread}", self.channel),
            },
            "recipient": bot,
            "channelData": {
                "channel": {"id": self.channel},
                "team": {"id": teams.team()},
                "tenant": {"id": settings.tenant},
            },
        })
    }

    /// Posts an activity to the bot, signed, with what is to be wrong about it.
    async fn send(&self, teams: &Teams, mut activity: Value) -> Result<(StatusCode, Value), String> {
        if let Some(members) = activity.as_object_mut() {
            members.extend(self.change.clone());
        }
        let now = (teams.settings.now)();
        let mut claims = json!({
            "iss": PUBLIC.issuer,
            "aud": teams.settings.app_id,
            "nbf": now - 5,
            "exp": now + HOLDS,
            "serviceurl": teams.service_url(),
        });
        if let Some(members) = claims.as_object_mut() {
            members.extend(self.claims.clone());
        }
        let bearer = match &self.bearer {
            Some(bearer) => bearer.clone(),
            None => format!("Bearer {}", teams.keys.token(self.key, &claims)),
        };
        let body = self.body.clone().unwrap_or_else(|| activity.to_string());
        let mut request = http::Request::post(&teams.settings.bot_url).header("content-type", "application/json");
        if !bearer.is_empty() {
            request = request.header("authorization", bearer);
        }
        let request = request.body(body.into_bytes()).map_err(|error| error.to_string())?;
        let response = teams.transport.send(request).await.map_err(|error| error.to_string())?;
        let answer = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        Ok((response.status(), answer))
    }
}

fn told(id: &str, result: Result<(StatusCode, Value), String>) -> Response {
    match result {
        Ok((status, answer)) => Json(json!({"id": id, "status": status.as_u16(), "answer": answer})).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, Json(json!({"error": error}))).into_response(),
    }
}

pub(super) async fn say(State(teams): State<Arc<Teams>>, Json(say): Json<Say>) -> Response {
    let id = say.scene.id.clone().unwrap_or_else(|| teams.state().id());
    let mut activity = say.scene.activity(&teams, &id);
    let mention = "<at>Bailiwick</at>";
    activity["type"] = json!("message");
    activity["textFormat"] = json!("plain");
    activity["text"] = json!(say.text);
    if say.mention {
        activity["text"] = json!(format!("{mention} {}", say.text));
        activity["entities"] = json!([{"type": "mention", "text": mention, "mentioned": activity["recipient"]}]);
    }
    let result = say.scene.send(&teams, activity).await;
    told(&id, result)
}

pub(super) async fn press(State(teams): State<Arc<Teams>>, Json(mut press): Json<Press>) -> Response {
    let found = {
        let state = teams.state();
        let message = state.messages.iter().find(|message| message.id == press.message).cloned();
        message.and_then(|message| {
            let card = message.activity.pointer("/attachments/0/content")?;
            let button = cards::button(card, &press.title)?;
            Some((message.conversation.clone(), button["verb"].clone(), button["data"].clone()))
        })
    };
    let Some((conversation, verb, mut data)) = found else {
        return (StatusCode::NOT_FOUND, Json(json!({"error": "there is no such button"}))).into_response();
    };
    if let Some(members) = data.as_object_mut() {
        members.extend(press.inputs.clone());
    }
    press.scene.at(&conversation);
    let action = json!({"type": "Action.Execute", "title": press.title, "verb": verb, "data": data});
    invoke(&teams, &press.scene, &press.message, json!({"action": action, "trigger": "manual"})).await
}

/// Somebody looks at a message.
#[derive(Deserialize)]
pub(super) struct Look {
    message: String,
    #[serde(flatten)]
    scene: Scene,
}

/// What somebody's client does who looks at a card: it asks for the newer one, where the card says so and names them, or names
/// nobody in a conversation of few.
pub(super) async fn look(State(teams): State<Arc<Teams>>, Json(mut look): Json<Look>) -> Response {
    let found = {
        let state = teams.state();
        let message = state.messages.iter().find(|message| message.id == look.message);
        let conversation = message.map(|message| message.conversation.clone());
        let refresh = message.and_then(|message| message.activity.pointer("/attachments/0/content/refresh"));
        let asks = |refresh: &&Value| match refresh.get("userIds").and_then(Value::as_array) {
            Some(users) => users.iter().any(|user| *user == look.scene.user),
            None => state.members.len() <= cards::MAX_REFRESHED,
        };
        conversation.zip(refresh.filter(asks).map(|refresh| refresh["action"].clone()))
    };
    let Some((conversation, action)) = found else {
        return (StatusCode::NOT_FOUND, Json(json!({"error": "nothing is refreshed for this user"}))).into_response();
    };
    look.scene.at(&conversation);
    invoke(&teams, &look.scene, &look.message, json!({"action": action, "trigger": "automatic"})).await
}

/// Sends an invoke about a card, and looks at the card that answers it.
async fn invoke(teams: &Teams, scene: &Scene, message: &str, value: Value) -> Response {
    let id = scene.id.clone().unwrap_or_else(|| format!("f:{}", teams.state().id()));
    let mut activity = scene.activity(teams, &id);
    activity["type"] = json!("invoke");
    activity["name"] = json!("adaptiveCard/action");
    activity["replyToId"] = json!(message);
    activity["value"] = value;
    let result = scene.send(teams, activity).await;
    if let Ok((_, answer)) = &result
        && answer["type"] == "application/vnd.microsoft.card.adaptive"
    {
        // Whoever pressed or looks sees the card that was answered.
        let message =
            json!({"type": "message", "attachments": [{"contentType": answer["type"], "content": answer["value"]}]});
        if let Some(fault) = cards::fault(&message) {
            return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"error": fault}))).into_response();
        }
    }
    told(&id, result)
}

pub(super) async fn messages(State(teams): State<Arc<Teams>>) -> Json<Value> {
    Json(json!(teams.state().messages))
}

pub(super) async fn member(State(teams): State<Arc<Teams>>, Json(member): Json<Member>) -> StatusCode {
    teams.state().members.insert(member.id.clone(), member);
    StatusCode::NO_CONTENT
}

/// What goes wrong next.
#[derive(Deserialize)]
pub(super) struct Fail {
    status: u16,
    retry_after: Option<u32>,
    times: usize,
}

pub(super) async fn fail(State(teams): State<Arc<Teams>>, Json(fail): Json<Fail>) -> StatusCode {
    let failures = std::iter::repeat_n((fail.status, fail.retry_after), fail.times.min(1000));
    teams.state().failures.extend(failures);
    StatusCode::NO_CONTENT
}

pub(super) async fn revoke(State(teams): State<Arc<Teams>>) -> StatusCode {
    teams.state().tokens.clear();
    StatusCode::NO_CONTENT
}
