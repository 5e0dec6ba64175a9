//! A card on its way to a channel of another platform, in the form in which the outbox keeps it.

use crate::card::Card;
use crate::event::{Body, Place, Platform};
use crate::room::{ReadError, body_from_json, body_to_json, read};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What the name of a channel begins with as a destination of the outbox: a post's [`Post::destination`].
pub const DESTINATION: &str = "chat/";

const VERSION: u32 = 1;

/// The thread a card belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thread {
    /// By the platform's own id of the message that began it.
    Theirs(String),
    /// By our id of a message of ours that began it; the platform's id is looked up when the card is sent.
    Ours(String),
}

/// What is done with the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It is posted as a new message.
    Post {
        /// In this thread; `None` outside any.
        thread: Option<Thread>,
    },
    /// It takes the place of what the message says.
    Edit,
}

/// A card to be posted, or to take another's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Where; its thread is not looked at.
    pub place: Place,
    /// Our id of the message.
    pub message: String,
    /// Posted or edited.
    pub act: Act,
    /// What it says.
    pub card: Card,
}

impl Post {
    /// Where it goes, in the words of the outbox: cards to one channel leave in the order in which they were made.
    pub fn destination(&self) -> String {
        destination(&self.place)
    }

    /// The stored form, as JSON on one line. The card is bounded on the way.
    pub fn to_json(&self) -> String {
        post_to_json(&self.place, &self.message, &self.act, body_to_json(&Body::from(self.card.clone())))
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// It is not this form, or of a version that is not known here.
    pub fn from_json(json: &[u8]) -> Result<Post, ReadError> {
        let form = |reason: String| ReadError::Form { what: "chat post", reason };
        let stored: StoredPost = read("chat post", VERSION, json)?;
        let platform = Platform::parse(&stored.platform);
        let platform = platform.ok_or_else(|| form(format!("`{}` is no platform", stored.platform)))?;
        let card = match body_from_json(stored.body.get().as_bytes())? {
            Body::Card(card) => *card,
            Body::Text(text) => Card::default().text(text),
        };
        let act = match (stored.edit, stored.thread) {
            (true, None) => Act::Edit,
            (true, Some(_)) => return Err(form("an edit has no thread".to_owned())),
            (false, thread) => Act::Post {
                thread: thread.map(|thread| match thread {
                    StoredThread::Theirs(id) => Thread::Theirs(id),
                    StoredThread::Ours(id) => Thread::Ours(id),
                }),
            },
        };
        let place = Place::new(platform, stored.workspace, stored.channel);
        Ok(Post { place, message: stored.message, act, card })
    }
}

/// Where posts to a place go, in the words of the outbox: see [`Post::destination`].
pub fn destination(place: &Place) -> String {
    format!("{DESTINATION}{}", place.channel_key())
}

/// The key of the row with which a message of ours is posted, by our id of it.
pub fn post_key(message: &str) -> String {
    format!("post/{message}")
}

/// The stored form of a [`Post`] whose card has its stored form, [`body_to_json`]'s, already.
pub fn post_to_json(place: &Place, message: &str, act: &Act, card: String) -> String {
    let (edit, thread) = match act {
        Act::Edit => (true, None),
        Act::Post { thread } => (false, thread.clone()),
    };
    let stored = StoredPost {
        v: VERSION,
        platform: place.platform.as_str().to_owned(),
        workspace: place.workspace.clone(),
        channel: place.channel.clone(),
        message: message.to_owned(),
        edit,
        thread: thread.map(|thread| match thread {
            Thread::Theirs(id) => StoredThread::Theirs(id),
            Thread::Ours(id) => StoredThread::Ours(id),
        }),
        body: RawValue::from_string(card).unwrap_or_default(),
    };
    // Strings and numbers always serialize.
    serde_json::to_string(&stored).unwrap_or_default()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPost {
    v: u32,
    platform: String,
    workspace: String,
    channel: String,
    message: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    edit: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<StoredThread>,
    body: Box<RawValue>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredThread {
    Theirs(String),
    Ours(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_reads_back_as_it_was_written() {
        let acts = [
            Act::Edit,
            Act::Post { thread: None },
            Act::Post { thread: Some(Thread::Theirs("17.1".into())) },
            Act::Post { thread: Some(Thread::Ours("sns-1".into())) },
        ];
        for act in acts {
            let place = Place::new(Platform::Slack, "T1", "C1");
            let post = Post { place, message: "m".into(), act, card: Card::titled("a \"b\"").text("c") };
            assert_eq!(Post::from_json(post.to_json().as_bytes()).unwrap(), post);
            assert_eq!(post.destination(), "chat/slack/2:T1/2:C1");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let place = Place::new(Platform::Teams, "t", "c");
        let json = Post { place, message: "m".into(), act: Act::Edit, card: Card::titled("a") }.to_json();
        for (from, to) in [("microsoft_teams", "irc"), ("\"v\":1,\"pl", "\"v\":2,\"pl"), ("\"edit\"", "\"wipe\"")] {
            let changed = json.replacen(from, to, 1);
            assert!(changed != json && Post::from_json(changed.as_bytes()).is_err(), "{changed}");
        }
    }
}
