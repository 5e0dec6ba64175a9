//! What Microsoft offers a bot.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bailiwick_chat::teams::adaptive::MAX_MESSAGE_BYTES;
use bailiwick_chat::teams::cloud::PUBLIC;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::state::Message;
use super::{Teams, cards};

/// How long a token holds, in seconds.
const TOKEN_SECONDS: i64 = 3599;

pub(super) async fn metadata(State(teams): State<Arc<Teams>>) -> Json<Value> {
    Json(json!({
        "issuer": PUBLIC.issuer,
        "jwks_uri": format!("{}/keys", teams.settings.base_url),
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

pub(super) async fn keys(State(teams): State<Arc<Teams>>) -> Json<Value> {
    Json(teams.keys.published())
}

pub(super) async fn token(State(teams): State<Arc<Teams>>, Path(tenant): Path<String>, body: Bytes) -> Response {
    let form: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let has = |name: &str, value: &str| form.iter().any(|(key, said)| key == name && said == value);
    let settings = &teams.settings;
    let client = has("client_id", &settings.app_id) && has("client_secret", &settings.password);
    if client && has("grant_type", "authorization_code") {
        return super::entra::exchange(&teams, &tenant, &form);
    }
    let right = client
        && has("grant_type", "client_credentials")
        && has("scope", PUBLIC.scope)
        && (tenant == PUBLIC.shared_tenant || tenant == settings.tenant);
    if !right {
        let error =
            json!({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."});
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    }
    let mut state = teams.state();
    let token = format!("fake-token-{}", state.id());
    state.tokens.push(token.clone());
    Json(json!({"token_type": "Bearer", "expires_in": TOKEN_SECONDS, "access_token": token})).into_response()
}

/// An error as the connector words it.
fn error(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({"error": {"code": code, "message": message}}))).into_response()
}

/// What stands before every request: the token, and the failures that were asked for.
fn admitted(teams: &Teams, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let mut state = teams.state();
    if let Some((status, wait)) = state.failures.pop_front() {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
        let mut response = error(status, "Failing", "as it was asked to");
        if let Some(wait) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, wait.into());
        }
        return Err(Box::new(response));
    }
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if bearer.is_some_and(|bearer| state.tokens.iter().any(|token| token == bearer)) {
        return Ok(());
    }
    Err(Box::new(error(StatusCode::UNAUTHORIZED, "Unauthorized", "Authorization has been denied for this request.")))
}

pub(super) async fn team(State(teams): State<Arc<Teams>>, Path(team): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refused) = admitted(&teams, &headers) {
        return *refused;
    }
    if team != teams.team() {
        return error(StatusCode::NOT_FOUND, "NotFound", "The team is not found.");
    }
    Json(json!({"id": team, "name": "Operations", "aadGroupId": teams.settings.team})).into_response()
}

pub(super) async fn member(
    State(teams): State<Arc<Teams>>,
    Path((_, user)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Err(refused) = admitted(&teams, &headers) {
        return *refused;
    }
    match teams.state().members.get(&user) {
        Some(member) => Json(member).into_response(),
        None => error(StatusCode::NOT_FOUND, "MemberNotFoundInConversation", "The member is not there."),
    }
}

/// Checks a message: its size and its card.
fn read(body: &[u8]) -> Result<Value, Box<Response>> {
    if body.len() > MAX_MESSAGE_BYTES {
        return Err(Box::new(error(StatusCode::PAYLOAD_TOO_LARGE, "MessageSizeTooBig", "Message size too large.")));
    }
    let bad = |message: &str| Box::new(error(StatusCode::BAD_REQUEST, "BadSyntax", message));
    let activity: Value = serde_json::from_slice(body).map_err(|_| bad("The body is no JSON."))?;
    match cards::fault(&activity) {
        Some(fault) => Err(bad(&fault)),
        None => Ok(activity),
    }
}

pub(super) async fn post(
    State(teams): State<Arc<Teams>>,
    Path(conversation): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refused) = admitted(&teams, &headers) {
        return *refused;
    }
    let activity = match read(&body) {
        Ok(activity) => activity,
        Err(refused) => return *refused,
    };
    let now = (teams.settings.now)();
    let mut state = teams.state();
    if !state.turn(&conversation, now) {
        let mut response = error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Slow down.");
        response.headers_mut().insert(header::RETRY_AFTER, 1.into());
        return response;
    }
    let id = state.id();
    state.messages.push(Message { id: id.clone(), conversation, activity, edits: 0 });
    (StatusCode::CREATED, Json(json!({"id": id}))).into_response()
}

pub(super) async fn update(
    State(teams): State<Arc<Teams>>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refused) = admitted(&teams, &headers) {
        return *refused;
    }
    let activity = match read(&body) {
        Ok(activity) => activity,
        Err(refused) => return *refused,
    };
    let mut state = teams.state();
    let Some(message) = state.messages.iter_mut().find(|message| message.id == id) else {
        return error(StatusCode::NOT_FOUND, "ActivityNotFoundInConversation", "The message is not there.");
    };
    message.activity = activity;
    message.edits += 1;
    Json(json!({"id": id})).into_response()
}
