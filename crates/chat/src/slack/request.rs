//! What is asked of Slack's Web API. Source: Slack's documentation, "Methods", the page of each.

use serde_json::{Value, json};

use super::interaction::{FIELD, FORM, FormOrigin};
use super::mrkdwn::short;
use super::render::Message;
use crate::limits::MESSAGE_BYTES;

/// The kind of the metadata that carries our id of a message.
pub const EVENT_TYPE: &str = "bailiwick_message";
/// Slack's own Web API.
pub const API: &str = "https://slack.com/api/";

/// One request: a method and its arguments. The token is whoever sends it to add.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The method, such as `chat.postMessage`.
    pub method: &'static str,
    /// The arguments.
    pub arguments: Arguments,
}

/// How the arguments of a method are sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Arguments {
    /// As a JSON body.
    Json(Value),
    /// As a form; for methods that take no JSON.
    Form(Vec<(&'static str, String)>),
}

impl Arguments {
    /// The media type and the bytes of the body.
    pub fn body(&self) -> (&'static str, Vec<u8>) {
        match self {
            // Values always serialize.
            Arguments::Json(json) => ("application/json; charset=utf-8", serde_json::to_vec(json).unwrap_or_default()),
            Arguments::Form(pairs) => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(pairs);
                ("application/x-www-form-urlencoded", form.finish().into_bytes())
            }
        }
    }
}

fn json_request(method: &'static str, arguments: Value) -> Request {
    Request { method, arguments: Arguments::Json(arguments) }
}

fn form_request(method: &'static str, arguments: Vec<(&'static str, String)>) -> Request {
    Request { method, arguments: Arguments::Form(arguments) }
}

/// What a message says, and more arguments.
fn content<const N: usize>(message: Message, more: [(&str, Value); N]) -> Value {
    let said = [
        ("text", Value::String(message.text)),
        ("blocks", Value::Array(message.blocks)),
        ("attachments", Value::Array(message.attachments)),
        ("unfurl_links", Value::Bool(false)),
        ("unfurl_media", Value::Bool(false)),
    ];
    said.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Posts a message that carries our id of it.
pub fn post_message(channel: &str, thread: Option<&str>, ours: &str, message: Message) -> Request {
    let metadata = json!({ "event_type": EVENT_TYPE, "event_payload": { "id": ours } });
    let mut arguments = content(message, [("channel", json!(channel)), ("metadata", metadata)]);
    if let Some(thread) = thread {
        arguments["thread_ts"] = json!(thread);
    }
    json_request("chat.postMessage", arguments)
}

/// Replaces what a message says. Its metadata stays.
pub fn update(channel: &str, ts: &str, message: Message) -> Request {
    json_request("chat.update", content(message, [("channel", json!(channel)), ("ts", json!(ts))]))
}

/// Shows a message to one member only.
pub fn post_ephemeral(channel: &str, user: &str, thread: Option<&str>, message: Message) -> Request {
    let mut arguments = content(message, [("channel", json!(channel)), ("user", json!(user))]);
    if let Some(thread) = thread {
        arguments["thread_ts"] = json!(thread);
    }
    json_request("chat.postEphemeral", arguments)
}

/// Opens the form for the answer to a question. The trigger holds for three seconds.
pub fn open_answer_form(trigger: &str, origin: &FormOrigin) -> Request {
    let label = if origin.label.trim().is_empty() { "Answer" } else { origin.label.as_str() };
    // Strings always serialize.
    let metadata = serde_json::to_string(origin).unwrap_or_default();
    let view = json!({
        "type": "modal", "callback_id": FORM, "private_metadata": metadata,
        "title": { "type": "plain_text", "text": if origin.command.is_some() { "Add options" } else { "Answer" } },
        "submit": { "type": "plain_text", "text": "Send" },
        "close": { "type": "plain_text", "text": "Back" },
        "blocks": [{
            "type": "input", "block_id": "answer", "label": { "type": "plain_text", "text": short(label, 2_000) },
            "element": { "type": "plain_text_input", "action_id": FIELD, "multiline": true, "max_length": MESSAGE_BYTES.min(3_000) },
        }],
    });
    json_request("views.open", json!({ "trigger_id": trigger, "view": view }))
}

/// Exchanges the code of an installation for a token.
pub fn oauth_access(client_id: &str, client_secret: &str, code: &str, redirect_uri: &str) -> Request {
    let pairs =
        [("client_id", client_id), ("client_secret", client_secret), ("code", code), ("redirect_uri", redirect_uri)];
    form_request("oauth.v2.access", pairs.map(|(name, value)| (name, value.to_owned())).into())
}

/// Exchanges a refresh token for the next token of the bot, and the next refresh token. Source: Slack's documentation, "Using
/// token rotation".
pub fn refresh(client_id: &str, client_secret: &str, refresh_token: &str) -> Request {
    let pairs = [
        ("client_id", client_id),
        ("client_secret", client_secret),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    form_request("oauth.v2.access", pairs.map(|(name, value)| (name, value.to_owned())).into())
}

/// Whose token it is.
pub fn auth_test() -> Request {
    form_request("auth.test", Vec::new())
}

/// What a channel is.
pub fn conversation(channel: &str) -> Request {
    form_request("conversations.info", vec![("channel", channel.to_owned())])
}

/// Who a member is.
pub fn user(user: &str) -> Request {
    form_request("users.info", vec![("user", user.to_owned())])
}

/// The newest messages of a channel, or of a thread, since a time, with their metadata.
pub fn messages(channel: &str, thread: Option<&str>, oldest: i64) -> Request {
    let mut pairs = vec![
        ("channel", channel.to_owned()),
        ("oldest", oldest.to_string()),
        ("limit", "100".to_owned()),
        ("include_all_metadata", "true".to_owned()),
    ];
    match thread {
        None => form_request("conversations.history", pairs),
        Some(thread) => {
            pairs.push(("ts", thread.to_owned()));
            form_request("conversations.replies", pairs)
        }
    }
}

/// An address for a Socket Mode connection; asked with the app's token, not a workspace's.
pub fn open_connection() -> Request {
    form_request("apps.connections.open", Vec::new())
}

/// An address that the bytes of a file are sent to.
pub fn upload_address(name: &str, bytes: usize) -> Request {
    form_request("files.getUploadURLExternal", vec![("filename", name.to_owned()), ("length", bytes.to_string())])
}

/// Shows a file whose bytes were sent in a channel or thread.
pub fn complete_upload(file: &str, title: &str, channel: &str, thread: Option<&str>) -> Request {
    let mut arguments = json!({ "files": [{ "id": file, "title": title }], "channel_id": channel });
    if let Some(thread) = thread {
        arguments["thread_ts"] = json!(thread);
    }
    json_request("files.completeUploadExternal", arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Card;
    use crate::slack::render::message;

    #[test]
    fn a_post_carries_our_id_and_an_edit_takes_away_what_was_there() {
        let shown = message(&Card::titled("a"));
        let Arguments::Json(post) = post_message("C1", Some("1.0"), "m-1", shown.clone()).arguments else { panic!() };
        assert_eq!(post["metadata"]["event_payload"]["id"], "m-1");
        assert_eq!((post["thread_ts"].as_str(), post["unfurl_links"].as_bool()), (Some("1.0"), Some(false)));
        let Arguments::Json(edit) = update("C1", "2.0", shown).arguments else { panic!() };
        assert_eq!((edit["ts"].as_str(), edit["attachments"].as_array().map(Vec::len)), (Some("2.0"), Some(0)));
        assert_eq!(edit.get("metadata"), None);
    }

    #[test]
    fn forms_are_escaped() {
        let (kind, body) = oauth_access("1.2", "s&c", "a b", "https://x.example/").arguments.body();
        assert_eq!(kind, "application/x-www-form-urlencoded");
        assert_eq!(body, b"client_id=1.2&client_secret=s%26c&code=a+b&redirect_uri=https%3A%2F%2Fx.example%2F");
    }

    #[test]
    fn a_thread_is_asked_for_its_replies() {
        assert_eq!(messages("C1", None, 5).method, "conversations.history");
        assert_eq!(messages("C1", Some("1.0"), 5).method, "conversations.replies");
    }
}
