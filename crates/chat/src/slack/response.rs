//! What Slack's Web API answers. Source: Slack's documentation, "Web API responses", "Rate limits", and the errors on the
//! page of each method.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::request::EVENT_TYPE;
use crate::event::{ChannelKind, Member};

/// The pause when Slack asks for one without saying how long.
const DEFAULT_PAUSE: Duration = Duration::from_secs(1);

/// Why a method did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Too many requests; nothing was done.
    #[error("Slack asks to wait {} s", after.as_secs())]
    Limited {
        /// How long to wait.
        after: Duration,
    },
    /// The token is not, or no longer, good; nothing was done.
    #[error("Slack does not take the token: {0}; authorize the workspace again")]
    Token(String),
    /// The app lacks a scope; nothing was done.
    #[error("the app lacks a scope: {0}; install it again with the scopes of `bailiwick manifest slack`")]
    Scope(String),
    /// Something failed on Slack's side; it may have been done.
    #[error("Slack failed: {0}")]
    Broken(String),
    /// The form of the message is refused; nothing was done.
    #[error("Slack refuses the message's form: {0}")]
    Form(String),
    /// It is refused for good; nothing was done.
    #[error("Slack refuses it: {0}")]
    Refused(String),
}

/// Reads the answer of a method; the members of an answer that says `ok`.
///
/// # Errors
/// Slack did not do it, or nobody knows.
pub fn answer(status: u16, retry_after: Option<&str>, body: &[u8]) -> Result<Value, ApiError> {
    let pause = || {
        let seconds = retry_after.and_then(|text| text.trim().parse::<u64>().ok()).map(Duration::from_secs);
        seconds.unwrap_or(DEFAULT_PAUSE).clamp(DEFAULT_PAUSE, Duration::from_secs(3_600))
    };
    if status == 429 {
        return Err(ApiError::Limited { after: pause() });
    }
    if status != 200 {
        return Err(ApiError::Broken(format!("status {status}")));
    }
    let json: Value = serde_json::from_slice(body).map_err(|_| ApiError::Broken("the answer is no JSON".to_owned()))?;
    if json["ok"].as_bool() == Some(true) {
        return Ok(json);
    }
    let error: String = json["error"].as_str().unwrap_or("unknown_error").chars().take(200).collect();
    Err(match error.as_str() {
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => ApiError::Limited { after: pause() },
        "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive" => {
            ApiError::Token(error)
        }
        "missing_scope" | "not_allowed_token_type" | "no_permission" => {
            let needed = json["needed"].as_str().map(|needed| format!("{error} ({needed})"));
            ApiError::Scope(needed.unwrap_or(error))
        }
        "internal_error"
        | "fatal_error"
        | "service_unavailable"
        | "request_timeout"
        | "team_added_to_org"
        | "unknown_error" => ApiError::Broken(error),
        "invalid_blocks"
        | "invalid_blocks_format"
        | "invalid_attachments"
        | "msg_blocks_too_long"
        | "msg_too_long"
        | "attachment_payload_limit_exceeded"
        | "too_many_attachments" => ApiError::Form(error),
        _ => ApiError::Refused(error),
    })
}

/// The time of a message that was posted or changed: Slack's id of it.
pub fn ts(answer: &Value) -> Option<String> {
    answer["ts"].as_str().map(ToOwned::to_owned)
}

/// Slack's id of the message that carries our id, among messages that were asked for.
pub fn find(answer: &Value, ours: &str) -> Option<String> {
    let messages = answer["messages"].as_array()?;
    let carries = |message: &&Value| {
        let metadata = &message["metadata"];
        metadata["event_type"] == EVENT_TYPE && metadata["event_payload"]["id"] == ours
    };
    ts(messages.iter().find(carries)?)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct User {
    team_id: Option<String>,
    name: Option<String>,
    real_name: Option<String>,
    profile: Profile,
    deleted: bool,
    is_bot: bool,
    is_restricted: bool,
    is_ultra_restricted: bool,
    is_stranger: bool,
    is_workflow_bot: bool,
    enterprise_user: EnterpriseUser,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Profile {
    display_name: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct EnterpriseUser {
    teams: Vec<String>,
}

/// A member in the answer of `users.info`. What cannot be read is somebody who is not known.
pub fn member(answer: &Value, workspace: &str) -> Member {
    let Ok(user) = User::deserialize(&answer["user"]) else {
        return Member { name: String::new(), unresolved: Some("is not known to Slack".to_owned()) };
    };
    let home = user.team_id.as_deref().unwrap_or_default();
    let ours = home == workspace || user.enterprise_user.teams.iter().any(|team| team == workspace);
    let unresolved = match () {
        () if user.deleted => Some("is no longer a member"),
        () if user.is_stranger || !ours => Some("belongs to another workspace (Slack Connect)"),
        () if user.is_restricted || user.is_ultra_restricted => Some("is a guest"),
        () if user.is_bot || user.is_workflow_bot => Some("is a bot"),
        () => None,
    };
    let given = [user.profile.display_name, user.real_name, user.name];
    let name = given.into_iter().flatten().find(|name| !name.trim().is_empty()).unwrap_or_default();
    Member { name: name.chars().take(200).collect(), unresolved: unresolved.map(str::to_owned) }
}

/// The kind of the channel in the answer of `conversations.info`, and its name.
pub fn channel(answer: &Value) -> (ChannelKind, Option<String>) {
    let channel = &answer["channel"];
    let is = |name: &str| channel[name].as_bool() == Some(true);
    let kind = match () {
        () if is("is_im") || is("is_mpim") => ChannelKind::Direct,
        // What is not said to be public is taken for private.
        () if channel["is_private"].as_bool() == Some(false) => ChannelKind::Public,
        () => ChannelKind::Private,
    };
    (kind, channel["name"].as_str().map(ToOwned::to_owned))
}

/// What an installation gave.
#[derive(Clone, PartialEq, Eq)]
pub struct Installation {
    /// The workspace.
    pub workspace: String,
    /// Its name.
    pub name: String,
    /// The bot's token; a secret.
    pub token: String,
    /// What follows it, where it ends.
    pub next: Option<NextToken>,
}

/// What follows a token that ends.
#[derive(Clone, PartialEq, Eq)]
pub struct NextToken {
    /// What the next token is had for; a secret.
    pub refresh_token: String,
    /// How long the token holds, in seconds.
    pub seconds: i64,
}

impl std::fmt::Debug for NextToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NextToken").field("seconds", &self.seconds).finish_non_exhaustive()
    }
}

/// The longest that a token may say to hold, in seconds.
const MAX_TOKEN_SECONDS: i64 = 365 * 24 * 60 * 60;

/// The bot's token in an answer of `oauth.v2.access`, and what follows it.
pub fn bot_token(answer: &Value) -> Option<(String, Option<NextToken>)> {
    let text = |name: &str| answer[name].as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    let token = text("access_token").filter(|_| answer["token_type"] == "bot")?;
    let next = text("refresh_token").zip(answer["expires_in"].as_i64());
    let next =
        next.map(|(refresh_token, seconds)| NextToken { refresh_token, seconds: seconds.clamp(1, MAX_TOKEN_SECONDS) });
    Some((token, next))
}

impl std::fmt::Debug for Installation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Installation").field("workspace", &self.workspace).finish_non_exhaustive()
    }
}

/// The installation in the answer of `oauth.v2.access`; `None` when it is not one of a bot in a workspace.
pub fn installation(answer: &Value) -> Option<Installation> {
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    let team = &answer["team"];
    let workspace = text(&team["id"])?;
    let name = text(&team["name"]).unwrap_or_else(|| workspace.clone());
    let (token, next) = bot_token(answer)?;
    Some(Installation { workspace, name, token, next })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(status: u16, retry: Option<&str>, body: &str) -> Result<Value, ApiError> {
        answer(status, retry, body.as_bytes())
    }

    #[test]
    fn answers_are_told_apart() {
        assert_eq!(ts(&of(200, None, r#"{"ok":true,"ts":"1.0"}"#).unwrap()).as_deref(), Some("1.0"));
        assert_eq!(of(429, Some("30"), ""), Err(ApiError::Limited { after: Duration::from_secs(30) }));
        assert_eq!(of(429, Some("soon"), ""), Err(ApiError::Limited { after: Duration::from_secs(1) }));
        let limited = of(200, Some("2"), r#"{"ok":false,"error":"ratelimited"}"#);
        assert_eq!(limited, Err(ApiError::Limited { after: Duration::from_secs(2) }));
        let error = |name: &str| of(200, None, &json!({"ok": false, "error": name}).to_string()).unwrap_err();
        assert!(matches!(error("invalid_auth"), ApiError::Token(_)));
        assert!(matches!(error("missing_scope"), ApiError::Scope(_)));
        assert!(matches!(error("fatal_error"), ApiError::Broken(_)));
        assert!(matches!(error("invalid_blocks"), ApiError::Form(_)));
        assert!(matches!(error("channel_not_found"), ApiError::Refused(_)));
        for (status, body) in [(500, ""), (200, "<html>"), (200, "{}"), (302, "")] {
            assert!(matches!(of(status, None, body), Err(ApiError::Broken(_))), "{status} {body}");
        }
    }

    #[test]
    fn a_message_is_found_by_our_id() {
        let answer = json!({"messages": [
            {"ts": "1.0", "metadata": {"event_type": "other", "event_payload": {"id": "m"}}},
            {"ts": "2.0", "metadata": {"event_type": EVENT_TYPE, "event_payload": {"id": "m"}}},
            {"ts": "3.0"},
        ]});
        assert_eq!(find(&answer, "m").as_deref(), Some("2.0"));
        assert_eq!(find(&answer, "n"), None);
    }

    #[test]
    fn guests_strangers_and_bots_are_not_resolved() {
        let who = |user: Value| member(&json!({ "user": user }), "T1");
        let dana = who(json!({"team_id": "T1", "name": "dana", "profile": {"display_name": "Dana"}}));
        assert_eq!(dana, Member { name: "Dana".into(), unresolved: None });
        for user in [
            json!({"team_id": "T1", "is_restricted": true}),
            json!({"team_id": "T1", "is_ultra_restricted": true}),
            json!({"team_id": "T2"}),
            json!({"team_id": "T1", "is_stranger": true}),
            json!({"team_id": "T1", "deleted": true}),
            json!({"team_id": "T1", "is_bot": true}),
            json!({}),
            json!("x"),
        ] {
            assert!(who(user.clone()).unresolved.is_some(), "{user}");
        }
        assert_eq!(who(json!({"team_id": "E1", "enterprise_user": {"teams": ["T1"]}})).unresolved, None);
    }

    #[test]
    fn a_channel_is_private_unless_it_is_said_to_be_public() {
        let kind = |value: Value| channel(&json!({ "channel": value })).0;
        assert_eq!(kind(json!({"is_private": false})), ChannelKind::Public);
        assert_eq!(kind(json!({"is_private": true})), ChannelKind::Private);
        assert_eq!(kind(json!({"is_im": true})), ChannelKind::Direct);
        assert_eq!(kind(json!({})), ChannelKind::Private);
    }

    #[test]
    fn an_installation_is_one_of_a_bot_and_shows_no_token() {
        let good = json!({"token_type": "bot", "access_token": "xoxb-1", "team": {"id": "T1", "name": "x"}});
        let installed = installation(&good).unwrap();
        assert_eq!((installed.token.as_str(), format!("{installed:?}").contains("xoxb")), ("xoxb-1", false));
        assert_eq!(installed.next, None);
        let ends =
            json!({"token_type": "bot", "access_token": "xoxe.xoxb-1", "refresh_token": "xoxe-1", "expires_in": 43200});
        let (_, next) = bot_token(&ends).unwrap();
        assert_eq!(next.as_ref().map(|next| (next.refresh_token.as_str(), next.seconds)), Some(("xoxe-1", 43200)));
        assert!(!format!("{next:?}").contains("xoxe"));
        assert_eq!(installation(&json!({"token_type": "user", "access_token": "x", "team": {"id": "T1"}})), None);
        assert_eq!(installation(&json!({"token_type": "bot", "access_token": "x", "team": null})), None);
    }
}
