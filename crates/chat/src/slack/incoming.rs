//! What the Events API brings. Source: Slack's documentation, "The Events API", "app_mention event", "message event" and
//! "Slack Connect".
//!
//! A message is known by its channel and its time, which are the same in every retry; an event's own id is not looked at.

use serde::Deserialize;

use super::{SlackError, read, stranger, time_of};
use crate::event::{Event, EventKind, Place, Platform, Proof, Who};
use crate::limits::{MESSAGE_BYTES, check_id, check_length};
use crate::mention::words_after_bare_aws;

/// What one request of the Events API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// Slack asks whether this address is ours; the text is the answer.
    Challenge(String),
    /// Something that is meant for the bot: a mention, or words that may be a command or answer an open question.
    Event(Box<Event>),
    /// Slack sends no more for a minute.
    RateLimited,
    /// The app was taken out of a workspace, or its tokens were revoked.
    Removed {
        /// The workspace.
        workspace: String,
    },
    /// Nothing for us, and why.
    Ignored(&'static str),
}

#[derive(Deserialize)]
struct Envelope {
    r#type: String,
    #[serde(default)]
    challenge: Option<String>,
    #[serde(default)]
    team_id: Option<String>,
    #[serde(default)]
    event: Option<Message>,
    #[serde(default)]
    authorizations: Vec<Authorization>,
    #[serde(default)]
    is_ext_shared_channel: bool,
}

#[derive(Deserialize)]
struct Authorization {
    #[serde(default)]
    team_id: Option<String>,
    #[serde(default)]
    user_id: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    r#type: String,
    #[serde(default)]
    subtype: Option<String>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    bot_id: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    ts: Option<String>,
    #[serde(default)]
    thread_ts: Option<String>,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    channel_type: Option<String>,
    #[serde(default)]
    team: Option<String>,
    #[serde(default)]
    user_team: Option<String>,
}

/// Reads the body of a request whose signature was checked, or the payload of an envelope.
///
/// # Errors
/// It is no JSON of this form, or larger or deeper than what is read.
pub fn incoming(body: &[u8]) -> Result<Incoming, SlackError> {
    const WHAT: &str = "the event";
    let envelope: Envelope = read(WHAT, body)?;
    match envelope.r#type.as_str() {
        "url_verification" => {
            let challenge = envelope.challenge.ok_or_else(|| SlackError::form(WHAT, "there is no challenge"))?;
            check_length("the challenge", challenge.len(), MESSAGE_BYTES)?;
            return Ok(Incoming::Challenge(challenge));
        }
        "app_rate_limited" => return Ok(Incoming::RateLimited),
        "event_callback" => {}
        _ => return Ok(Incoming::Ignored("another kind of callback")),
    }
    let first = envelope.authorizations.first();
    let workspace = envelope.team_id.or_else(|| first.and_then(|first| first.team_id.clone()));
    let workspace = workspace.ok_or_else(|| SlackError::form(WHAT, "there is no team_id"))?;
    let event = envelope.event.ok_or_else(|| SlackError::form(WHAT, "there is no event"))?;
    match event.r#type.as_str() {
        "app_uninstalled" | "tokens_revoked" => return Ok(Incoming::Removed { workspace }),
        "app_mention" | "message" => {}
        _ => return Ok(Incoming::Ignored("another kind of event")),
    }
    let bot = first.and_then(|first| first.user_id.as_deref());
    message(&workspace, bot, envelope.is_ext_shared_channel, event)
}

fn message(workspace: &str, bot: Option<&str>, shared: bool, event: Message) -> Result<Incoming, SlackError> {
    if event.bot_id.is_some() || event.subtype.as_deref().is_some_and(|subtype| subtype == "bot_message") {
        return Ok(Incoming::Ignored("a message of a bot"));
    }
    // Edits, deletions, joins and the like; a file with words and a reply that is shown in the channel are messages.
    if !matches!(event.subtype.as_deref(), None | Some("file_share" | "thread_broadcast")) {
        return Ok(Incoming::Ignored("no message of a person"));
    }
    let needed = |what: &'static str, value: Option<String>| {
        value.ok_or_else(|| SlackError::form("the event", format!("there is no {what}")))
    };
    let (user, ts) = (needed("user", event.user)?, needed("ts", event.ts)?);
    let channel = needed("channel", event.channel)?;
    if bot == Some(user.as_str()) {
        return Ok(Incoming::Ignored("our own message"));
    }
    let text = event.text.unwrap_or_default();
    check_length("the message", text.len(), MESSAGE_BYTES)?;
    let ids = [("the user", &user), ("the channel", &channel), ("the message", &ts)];
    for (what, id) in ids.into_iter().chain(event.thread_ts.as_ref().map(|thread| ("the thread", thread))) {
        check_id(what, id)?;
    }
    check_id("the workspace", workspace)?;
    let mentioned = after_mention(&text, bot);
    let direct = event.channel_type.as_deref() == Some("im");
    let kind = match (event.r#type.as_str(), mentioned) {
        ("app_mention", Some(words)) => EventKind::Mention { words: words.trim().to_owned() },
        ("app_mention", None) => EventKind::Mention { words: text.trim().to_owned() },
        // The same message also comes as a mention, unless it is a direct one.
        (_, Some(words)) if direct => EventKind::Mention { words: words.trim().to_owned() },
        (_, Some(_)) => return Ok(Incoming::Ignored("a mention that comes as one")),
        (_, None) if text.trim().is_empty() => return Ok(Incoming::Ignored("no words")),
        (_, None) if event.thread_ts.is_some() || !direct && words_after_bare_aws(&text).is_some() => {
            EventKind::Answer { words: text.trim().to_owned() }
        }
        (_, None) if direct => EventKind::Mention { words: text.trim().to_owned() },
        (_, None) => return Ok(Incoming::Ignored("talk")),
    };
    let home = event.user_team.as_deref().or(event.team.as_deref());
    let place = Place { thread: event.thread_ts, ..Place::new(Platform::Slack, workspace, channel) };
    Ok(Incoming::Event(Box::new(Event {
        unresolved: stranger(workspace, home, shared),
        proof: Proof::Platform,
        who: Who { display_name: user.clone(), member_id: user },
        place,
        at: time_of(&ts),
        message: ts,
        kind,
    })))
}

/// The words after the first mention of the bot. Where its id is not known, any mention counts: Slack says of what it
/// sends as `app_mention` that it mentions us.
fn after_mention<'a>(text: &'a str, bot: Option<&str>) -> Option<&'a str> {
    text.match_indices("<@").find_map(|(at, mark)| {
        let (id, words) = text.get(at + mark.len()..)?.split_once('>')?;
        let id = id.split('|').next().unwrap_or(id);
        bot.is_none_or(|bot| bot == id).then_some(words)
    })
}

#[cfg(test)]
mod tests;
