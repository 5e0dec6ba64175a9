//! Signing in at a platform: codes that are good once, for whoever is signed in there in the one browser that there is.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Map, Value};

/// How long a code is good, in seconds.
const CODE_SECONDS: i64 = 600;

/// Who is signed in, and what the platform says of it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Browser {
    /// The member.
    pub(crate) user: Option<String>,
    /// The platform's word for why it says nothing, such as `access_denied`.
    pub(crate) error: Option<String>,
    /// Claims that are put in place of the id token's own.
    #[serde(default)]
    pub(crate) claims: Map<String, Value>,
    /// Members that are put in place of those of the answer beside the token.
    #[serde(default)]
    pub(crate) info: Map<String, Value>,
    /// Another key signs than the published one.
    #[serde(default)]
    pub(crate) foreign: bool,
}

/// A question of an app.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Question {
    #[serde(default)]
    pub(crate) response_type: String,
    #[serde(default)]
    pub(crate) scope: String,
    #[serde(default)]
    pub(crate) client_id: String,
    #[serde(default)]
    pub(crate) redirect_uri: String,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) nonce: String,
    #[serde(default)]
    pub(crate) team: String,
    #[serde(default)]
    pub(crate) code_challenge: String,
    #[serde(default)]
    pub(crate) code_challenge_method: String,
}

/// A code that was given out.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) question: Question,
    pub(crate) browser: Browser,
    until: i64,
}

/// Codes and the tokens that they were exchanged for.
#[derive(Debug, Default)]
pub(crate) struct SignIns {
    pub(crate) browser: Browser,
    codes: HashMap<String, Code>,
    pub(crate) tokens: HashMap<String, Browser>,
    next: u64,
}

impl SignIns {
    /// A name that was not there before.
    pub(crate) fn name(&mut self, what: &str) -> String {
        self.next += 1;
        format!("fake-{what}-{}", self.next)
    }

    /// Answers a question by sending the browser back. `site` is where the app's redirect addresses are.
    pub(crate) fn answer(&mut self, question: Question, site: &str, now: i64) -> Response {
        let bad = |why: &str| (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response();
        if question.response_type != "code" || !question.scope.split(' ').any(|scope| scope == "openid") {
            return bad("invalid_request");
        }
        if question.client_id.is_empty() {
            return bad("invalid_client_id");
        }
        // A redirect address is one that the app has registered.
        if !question.redirect_uri.starts_with(&format!("{site}/console/identity/")) {
            return bad("bad_redirect_uri");
        }
        let browser = self.browser.clone();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("state", &question.state);
        let uri = question.redirect_uri.clone();
        match browser.error.clone() {
            Some(error) => query.append_pair("error", &error),
            None => {
                let code = self.name("code");
                query.append_pair("code", &code);
                self.codes.insert(code, Code { question, browser, until: now.saturating_add(CODE_SECONDS) });
                &mut query
            }
        };
        (StatusCode::FOUND, [("location", format!("{uri}?{}", query.finish()))]).into_response()
    }

    /// Takes a code: it is used up by this, whatever comes of it.
    pub(crate) fn take(&mut self, code: &str, client_id: &str, redirect_uri: &str, now: i64) -> Option<Code> {
        let code = self.codes.remove(code)?;
        let fits = code.question.client_id == client_id && code.question.redirect_uri == redirect_uri;
        (fits && now <= code.until).then_some(code)
    }
}

/// The site that an app's addresses are at.
pub(crate) fn site(bot_url: &str) -> &str {
    let after = bot_url.find("://").map_or(0, |at| at + 3);
    let rest = bot_url.get(after..).unwrap_or_default();
    bot_url.get(..after + rest.find('/').unwrap_or(rest.len())).unwrap_or(bot_url)
}
