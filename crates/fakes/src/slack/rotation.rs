//! Tokens of the bot that end. Source: Slack's documentation, "Using token rotation".

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::Slack;
use super::api::{good, refuse, text};

/// The tokens that were given out.
#[derive(Default)]
pub(super) struct Tokens {
    /// Each with when it ends, in seconds.
    given: Vec<(String, i64)>,
    /// The one refresh token that is good.
    refresh: Option<String>,
    /// How many were given out.
    pub(super) count: u64,
}

impl Tokens {
    /// Why a token is not taken, in Slack's word; `None` where it was not given out here.
    pub(super) fn fault(&self, token: &str, now: i64) -> Option<Option<&'static str>> {
        let (_, until) = self.given.iter().find(|(given, _)| given == token)?;
        Some((now >= *until).then_some("token_expired"))
    }

    /// The next pair.
    fn next(&mut self, seconds: i64, now: i64) -> Value {
        self.count += 1;
        let (token, refresh) = (format!("xoxe.xoxb-fake-{}", self.count), format!("xoxe-fake-{}", self.count));
        self.given.push((token.clone(), now.saturating_add(seconds)));
        self.refresh = Some(refresh.clone());
        json!({"token_type": "bot", "access_token": token, "refresh_token": refresh, "expires_in": seconds})
    }
}

/// What there was so far has ended.
pub(super) async fn expire(State(slack): State<Arc<Slack>>) {
    for (_, until) in &mut slack.state().tokens.given {
        *until = 0;
    }
}

/// `oauth.v2.access`: for the code of an installation, or for a refresh token, which is used up by that.
pub(super) fn access(slack: &Slack, arguments: &Value) -> Response {
    let settings = &slack.settings;
    if text(arguments, "client_secret") != settings.client_secret {
        return refuse("bad_client_secret");
    }
    let now = (settings.now)() / 1_000;
    let mut state = slack.state();
    let refreshes = text(arguments, "grant_type") == "refresh_token";
    let mut answer = match (refreshes, settings.token_seconds) {
        (true, Some(seconds)) if state.tokens.refresh.as_deref() == Some(text(arguments, "refresh_token")) => {
            state.tokens.next(seconds, now)
        }
        (true, _) => return refuse("invalid_refresh_token"),
        (false, _) if text(arguments, "code").is_empty() => return refuse("invalid_code"),
        (false, Some(seconds)) => state.tokens.next(seconds, now),
        (false, None) => json!({"token_type": "bot", "access_token": settings.bot_token}),
    };
    answer["team"] = json!({"id": settings.team, "name": "fake"});
    good(answer)
}
