//! Microsoft Entra ID, as far as people sign in there. Source: Microsoft's identity platform documentation, "OAuth 2.0
//! authorization code flow" and "ID token claims reference".

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use bailiwick_chat::teams::cloud::PUBLIC;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};

use super::Teams;
use super::keys::Signs;
use crate::sign_in::{Browser, Question, site};

/// How long an id token holds, in seconds.
const HOLDS: i64 = 3600;

fn issuer(tenant: &str) -> String {
    format!("{}/{tenant}/v2.0", PUBLIC.login)
}

/// The metadata of a tenant.
pub(super) async fn metadata(State(teams): State<Arc<Teams>>, Path(tenant): Path<String>) -> Json<Value> {
    Json(json!({"issuer": issuer(&tenant), "jwks_uri": format!("{}/keys", teams.settings.base_url)}))
}

/// Where a browser is sent to sign in.
pub(super) async fn authorize(
    State(teams): State<Arc<Teams>>,
    Path(tenant): Path<String>,
    Query(question): Query<Question>,
) -> Response {
    let settings = &teams.settings;
    let known = tenant == settings.tenant && question.client_id == settings.app_id;
    if !known || question.code_challenge.len() != 43 || question.code_challenge_method != "S256" {
        return (StatusCode::BAD_REQUEST, "AADSTS: the request is not one that is taken\n").into_response();
    }
    teams.state().sign_ins.answer(question, site(&settings.bot_url), (settings.now)())
}

/// Who is signed in, in the browser.
pub(super) async fn browser(State(teams): State<Arc<Teams>>, Json(browser): Json<Browser>) {
    teams.state().sign_ins.browser = browser;
}

/// The answer to a code.
pub(super) fn exchange(teams: &Teams, tenant: &str, form: &[(String, String)]) -> Response {
    let text = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
    let now = (teams.settings.now)();
    let mut state = teams.state();
    let found = state.sign_ins.take(text("code"), text("client_id"), text("redirect_uri"), now);
    let Some(code) = found else { return refuse("invalid_grant") };
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, text("code_verifier").as_bytes()));
    if challenge != code.question.code_challenge {
        return refuse("invalid_grant");
    }
    let user = code.browser.user.as_deref().unwrap_or("29:dana");
    let Some(member) = state.members.get(user) else { return refuse("invalid_grant") };
    let mut claims = json!({
        "iss": issuer(tenant), "aud": code.question.client_id, "exp": now + HOLDS, "iat": now, "nbf": now,
        "nonce": code.question.nonce, "tid": member.tenant_id, "oid": member.aad_object_id, "name": member.name,
        "sub": "pairwise", "ver": "2.0",
    });
    for (name, value) in &code.browser.claims {
        claims[name] = value.clone();
    }
    let signs = if code.browser.foreign { Signs::Foreign } else { Signs::Teams };
    Json(json!({"token_type": "Bearer", "scope": "openid profile", "expires_in": HOLDS, "access_token": "none",
        "id_token": teams.keys.token(signs, &claims)}))
    .into_response()
}
