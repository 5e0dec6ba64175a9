//! The app as Slack is told of it. Source: Slack's documentation, "App manifest reference".

use serde_json::{Value, json};

/// What an app needs to know of where it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// Where Slack reaches this server, such as `https://bailiwick.example.com`; `None` with Socket Mode alone.
    pub address: Option<String>,
    /// Events come over a socket that this server opens, and not as requests to it.
    pub socket: bool,
    /// The name of the slash command, with its slash.
    pub command: String,
    /// Whether messages may be read: needed for answers in a thread without a mention, and to look for a post whose outcome
    /// is not known.
    pub history: bool,
    /// The bot's token ends and is exchanged for the next one.
    pub rotate_tokens: bool,
}

/// A scope and what it is for.
pub const SCOPES: &[(&str, &str)] = &[
    ("app_mentions:read", "to be asked"),
    ("channels:read", "to know that a channel is public"),
    ("chat:write", "to answer"),
    ("commands", "for the slash command"),
    ("files:write", "to attach what a message cannot hold"),
    ("groups:read", "to know that a channel is private"),
    ("users:read", "to know guests and members of other workspaces"),
];

/// What reading messages adds.
pub const HISTORY_SCOPES: &[(&str, &str)] = &[
    ("channels:history", "to read answers in threads of public channels"),
    ("groups:history", "to read answers in threads of private channels"),
];

/// What a member is asked for who proves who they are ("Sign in with Slack").
pub const SIGN_IN_SCOPES: &[(&str, &str)] =
    &[("openid", "to prove which member somebody is"), ("profile", "to say it with the member's name")];

/// The scopes of a setup, in Slack's order.
pub fn scopes(history: bool) -> Vec<&'static str> {
    let more = if history { HISTORY_SCOPES } else { &[] };
    let mut scopes: Vec<&str> = SCOPES.iter().chain(more).map(|(scope, _)| *scope).collect();
    scopes.sort_unstable();
    scopes
}

/// The manifest, as Slack takes it under "Create an app from a manifest".
pub fn manifest(setup: &Setup) -> Value {
    let address = setup.address.as_deref().map(|address| address.trim_end_matches('/'));
    let at = |path: &str| address.map(|address| format!("{address}/chat/slack/{path}"));
    let over_http = |path: &str| at(path).filter(|_| !setup.socket);
    let mut events = vec!["app_mention", "app_uninstalled", "tokens_revoked"];
    if setup.history {
        events.extend(["message.channels", "message.groups"]);
    }
    let mut command = json!({
        "command": setup.command, "description": "Run an AWS CLI command", "usage_hint": "sns list-topics",
        "should_escape": false,
    });
    let mut subscriptions = json!({ "bot_events": events });
    let mut interactivity = json!({ "is_enabled": true });
    if let Some(url) = over_http("commands") {
        command["url"] = json!(url);
    }
    if let Some(url) = over_http("events") {
        subscriptions["request_url"] = json!(url);
    }
    if let Some(url) = over_http("interactivity") {
        interactivity["request_url"] = json!(url);
    }
    let user: Vec<&str> = SIGN_IN_SCOPES.iter().map(|(scope, _)| *scope).collect();
    let mut oauth = json!({ "scopes": { "bot": scopes(setup.history), "user": user } });
    if let (Some(installs), Some(address)) = (at("oauth"), address) {
        oauth["redirect_urls"] = json!([installs, format!("{address}/console/identity/slack")]);
    }
    json!({
        "_metadata": { "major_version": 1, "minor_version": 1 },
        "display_information": {
            "name": "Bailiwick",
            "description": "Run your cloud from chat, and never outside your bailiwick",
            "long_description": "Runs AWS CLI commands for the members of a channel, with the role, the guardrails and the policies \
                that hold there. What is refused is explained layer by layer; what changes something waits for a \
                confirmation; everything is recorded. Notifications of SNS topics appear in the channels that listen.",
        },
        "features": {
            "bot_user": { "display_name": "aws", "always_online": true },
            "slash_commands": [command],
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": subscriptions,
            "interactivity": interactivity,
            "org_deploy_enabled": false,
            "socket_mode_enabled": setup.socket,
            "token_rotation_enabled": setup.rotate_tokens,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(socket: bool, history: bool) -> Setup {
        Setup {
            address: Some("https://b.example.com/".into()),
            socket,
            command: "/aws".into(),
            history,
            rotate_tokens: false,
        }
    }

    #[test]
    fn a_manifest_names_every_address_once_and_no_more_scopes_than_it_needs() {
        let over_http = manifest(&setup(false, true));
        assert_eq!(
            over_http["settings"]["event_subscriptions"]["request_url"],
            "https://b.example.com/chat/slack/events"
        );
        let redirects = ["https://b.example.com/chat/slack/oauth", "https://b.example.com/console/identity/slack"];
        assert_eq!(over_http["oauth_config"]["redirect_urls"], json!(redirects));
        assert_eq!(over_http["oauth_config"]["scopes"]["user"], json!(["openid", "profile"]));
        let scopes = over_http["oauth_config"]["scopes"]["bot"].as_array().unwrap();
        assert!(scopes.contains(&json!("channels:history")) && !scopes.contains(&json!("chat:write.public")));
        let long = over_http["display_information"]["long_description"].as_str().unwrap();
        assert!((174..=4_000).contains(&long.len()) && !long.contains("  "), "{long}");
    }

    #[test]
    fn a_socket_needs_no_address_and_less_history_fewer_scopes() {
        let socket = manifest(&Setup { address: None, ..setup(true, false) });
        let text = socket.to_string();
        assert!(!text.contains("request_url") && !text.contains("\"url\"") && !text.contains("history"), "{text}");
        assert_eq!(socket["settings"]["socket_mode_enabled"], true);
    }
}
