//! The Web API.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::{Slack, blocks};

/// Answers one method.
pub(super) async fn method(
    State(slack): State<Arc<Slack>>,
    Path(method): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(arguments) = arguments(header("content-type"), &body) else { return refuse("invalid_json") };
    let token = header("authorization").strip_prefix("Bearer ").unwrap_or_default();
    *slack.state().calls.entry(method.clone()).or_default() += 1;
    if method == "apps.connections.open" {
        return super::socket::connect(&slack, token).to_string().into_response();
    }
    if matches!(method.as_str(), "oauth.v2.access" | "openid.connect.token" | "openid.connect.userInfo") {
        let failure = slack.state().failure(&method);
        return match (failure, method.as_str()) {
            (Some(failure), _) => fail(&failure),
            (None, "oauth.v2.access") => super::rotation::access(&slack, &arguments),
            (None, "openid.connect.token") => super::openid::token(&slack, &arguments),
            (None, _) => super::openid::user_info(&slack, token),
        };
    }
    let given = slack.state().tokens.fault(token, (slack.settings.now)() / 1_000);
    match given {
        Some(None) => {}
        Some(Some(error)) => return refuse(error),
        None if token == slack.settings.bot_token => {}
        None => return refuse(if token.is_empty() { "not_authed" } else { "invalid_auth" }),
    }
    let failure = slack.state().failure(&method);
    if let Some(failure) = &failure
        && !failure.late
    {
        return fail(failure);
    }
    let answer = carry_out(&slack, &method, &arguments);
    match failure {
        Some(failure) => fail(&failure),
        None => answer,
    }
}

fn fail(failure: &super::state::Failure) -> Response {
    let status = StatusCode::from_u16(failure.status.unwrap_or(200)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let error = failure.error.as_deref().unwrap_or("fatal_error");
    let retry = failure.retry_after.unwrap_or(0).to_string();
    (status, [("retry-after", retry)], json!({"ok": false, "error": error}).to_string()).into_response()
}

pub(super) fn refuse(error: &str) -> Response {
    json!({"ok": false, "error": error}).to_string().into_response()
}

pub(super) fn good(mut answer: Value) -> Response {
    answer["ok"] = json!(true);
    answer.to_string().into_response()
}

fn arguments(kind: &str, body: &[u8]) -> Option<Value> {
    if kind.starts_with("application/json") {
        return serde_json::from_slice(body).ok().filter(Value::is_object);
    }
    let pairs = form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), json!(value)));
    Some(Value::Object(pairs.collect::<Map<_, _>>()))
}

pub(super) fn text<'a>(arguments: &'a Value, name: &str) -> &'a str {
    arguments[name].as_str().unwrap_or_default()
}

fn carry_out(slack: &Slack, method: &str, arguments: &Value) -> Response {
    let (settings, now) = (&slack.settings, (slack.settings.now)());
    let mut state = slack.state();
    let channel = text(arguments, "channel");
    match method {
        "auth.test" => good(json!({"team_id": settings.team, "user_id": "UBOT", "bot_id": "BBOT"})),
        "chat.postMessage" | "chat.update" | "chat.postEphemeral" => {
            if channel.is_empty() || state.channels.get(channel).is_some_and(|known| known["gone"] == true) {
                return refuse("channel_not_found");
            }
            if let Err(error) = blocks::check(arguments) {
                return refuse(error);
            }
            if let Some(wait) = state.wait(channel, settings.burst, now) {
                let limited = json!({"ok": false, "error": "ratelimited"}).to_string();
                return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", wait.to_string())], limited).into_response();
            }
            let mut message = arguments.clone();
            message["user"] = json!("UBOT");
            message["bot_id"] = json!("BBOT");
            if method == "chat.update" {
                let ts = text(arguments, "ts").to_owned();
                let Some(known) = state.message(channel, &ts) else { return refuse("message_not_found") };
                for part in ["text", "blocks", "attachments"] {
                    known[part] = message[part].clone();
                }
                known["edited"] = json!({"user": "UBOT"});
                return good(json!({"channel": channel, "ts": ts}));
            }
            let ts = state.ts(now);
            message["ts"] = json!(ts);
            if method == "chat.postMessage" {
                state.messages.entry(channel.to_owned()).or_default().push(message);
            }
            good(json!({"channel": channel, "ts": ts}))
        }
        "conversations.history" | "conversations.replies" => {
            let thread = arguments["ts"].as_str();
            let all = state.messages.get(channel).cloned().unwrap_or_default();
            let here = |message: &Value| match thread {
                None => message["thread_ts"].is_null(),
                Some(thread) => message["thread_ts"] == thread || message["ts"] == thread,
            };
            let mut found: Vec<Value> = all.into_iter().filter(here).collect();
            if text(arguments, "include_all_metadata") != "true" {
                found.iter_mut().for_each(|message| drop(message.as_object_mut().map(|m| m.remove("metadata"))));
            }
            if thread.is_none() {
                found.reverse();
            }
            good(json!({"messages": found, "has_more": false}))
        }
        "conversations.info" => {
            let known = state.channels.get(channel).cloned().unwrap_or_else(|| json!({}));
            let mut shown = json!({"id": channel, "name": channel.to_lowercase(), "is_private": false});
            for (name, value) in known.as_object().into_iter().flatten() {
                shown[name] = value.clone();
            }
            good(json!({"channel": shown}))
        }
        "users.info" => {
            let user = text(arguments, "user");
            let known = state.users.get(user).cloned().unwrap_or_else(|| json!({}));
            let mut shown = json!({"id": user, "team_id": settings.team, "name": user.to_lowercase(),
                "profile": {"display_name": called(user)}});
            for (name, value) in known.as_object().into_iter().flatten() {
                shown[name] = value.clone();
            }
            good(json!({"user": shown}))
        }
        "views.open" => {
            if text(arguments, "trigger_id").is_empty() {
                return refuse("invalid_trigger_id");
            }
            let view = &arguments["view"];
            let fits = text(view, "private_metadata").len() <= 3_000
                && view["title"]["text"].as_str().is_some_and(|title| title.chars().count() <= 24);
            if !fits {
                return refuse("invalid_arguments");
            }
            let mut view = view.clone();
            view["id"] = json!(format!("V{}", state.views.len() + 1));
            state.views.push(view.clone());
            good(json!({"view": view}))
        }
        "files.getUploadURLExternal" => {
            let id = format!("F{}", state.files.len() + 1);
            state.files.insert(id.clone(), json!({"name": text(arguments, "filename")}));
            good(json!({"upload_url": format!("{}/_upload/{id}", settings.base_url), "file_id": id}))
        }
        "files.completeUploadExternal" => {
            for file in arguments["files"].as_array().cloned().unwrap_or_default() {
                let Some(known) = state.files.get_mut(text(&file, "id")) else { return refuse("file_not_found") };
                known["channel"] = arguments["channel_id"].clone();
                known["thread_ts"] = arguments["thread_ts"].clone();
            }
            good(json!({}))
        }
        _ => refuse("unknown_method"),
    }
}

/// The name that people see of a member of whom nothing else was said.
fn called(user: &str) -> String {
    match user {
        "U1" => "Dana".to_owned(),
        "U2" => "Lee".to_owned(),
        other => format!("Member {}", other.trim_start_matches('U')),
    }
}

/// Takes the bytes of a file.
pub(super) async fn upload(State(slack): State<Arc<Slack>>, Path(file): Path<String>, body: String) -> StatusCode {
    match slack.state().files.get_mut(&file) {
        Some(known) => {
            known["text"] = json!(body);
            StatusCode::OK
        }
        None => StatusCode::NOT_FOUND,
    }
}
