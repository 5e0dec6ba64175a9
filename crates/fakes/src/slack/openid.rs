//! "Sign in with Slack". Source: Slack's documentation, "Sign in with Slack" and the pages of its two methods.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Slack;
use super::api::{good, refuse, text};
use crate::sign_in::{Browser, Question, site};

/// How long an id token holds, in seconds.
const HOLDS: i64 = 300;

/// Where a browser is sent to sign in.
pub(super) async fn authorize(State(slack): State<Arc<Slack>>, Query(question): Query<Question>) -> Response {
    // Slack signs in to the workspace that is named, where somebody is a member of it.
    if !question.team.is_empty() && question.team != slack.settings.team {
        return (StatusCode::BAD_REQUEST, "invalid_team\n").into_response();
    }
    let now = (slack.settings.now)() / 1_000;
    slack.state().sign_ins.answer(question, site(&slack.settings.bot_url), now)
}

/// The keys.
pub(super) async fn keys(State(slack): State<Arc<Slack>>) -> Json<Value> {
    Json(json!({"keys": [slack.signer.published()]}))
}

/// Who is signed in, in the browser.
pub(super) async fn browser(State(slack): State<Arc<Slack>>, Json(browser): Json<Browser>) {
    slack.state().sign_ins.browser = browser;
}

fn member(slack: &Slack, browser: &Browser) -> (String, String) {
    (slack.settings.team.clone(), browser.user.clone().unwrap_or_else(|| "U1".to_owned()))
}

/// `openid.connect.token`.
pub(super) fn token(slack: &Slack, arguments: &Value) -> Response {
    if text(arguments, "client_secret") != slack.settings.client_secret {
        return refuse("bad_client_secret");
    }
    let now = (slack.settings.now)() / 1_000;
    let mut state = slack.state();
    let found = state.sign_ins.take(
        text(arguments, "code"),
        text(arguments, "client_id"),
        text(arguments, "redirect_uri"),
        now,
    );
    let Some(code) = found else { return refuse("invalid_code") };
    let (team, user) = member(slack, &code.browser);
    let mut claims = json!({
        "iss": "https://slack.com", "sub": user, "aud": code.question.client_id, "exp": now + HOLDS, "iat": now,
        "auth_time": now, "nonce": code.question.nonce, "https://slack.com/team_id": team,
        "https://slack.com/user_id": user,
    });
    for (name, value) in &code.browser.claims {
        claims[name] = value.clone();
    }
    let signer = if code.browser.foreign { &slack.stranger } else { &slack.signer };
    let access_token = state.sign_ins.name("user-token");
    state.sign_ins.tokens.insert(access_token.clone(), code.browser);
    good(json!({"access_token": access_token, "token_type": "Bearer", "id_token": signer.token(&claims)}))
}

/// `openid.connect.userInfo`.
pub(super) fn user_info(slack: &Slack, token: &str) -> Response {
    let state = slack.state();
    let Some(browser) = state.sign_ins.tokens.get(token) else { return refuse("invalid_auth") };
    let (team, user) = member(slack, browser);
    let mut info = json!({"sub": user, "https://slack.com/user_id": user, "https://slack.com/team_id": team});
    for (name, value) in &browser.info {
        info[name] = value.clone();
    }
    good(info)
}
