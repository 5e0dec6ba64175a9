//! The one way out: what the bot says.
//!
//! Every message of the bot is kept under a deterministic id: an answer computed twice is the same message, and the store
//! refuses the second. A room is part of our own store, so its message is delivered by the commit that makes it; a message
//! to another platform goes into the outbox in that commit.

use bailiwick_chat::post::{Act, Post, Thread, post_key, post_to_json};
use bailiwick_chat::room::bounded_to_json;
use bailiwick_chat::{Card, Event, Place, Platform};
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, Made, NewRoomMessage, RoomMessageKind};

use crate::AUTHOR;

/// The kinds of room events.
pub(crate) const ADDED: &str = "message.added";
pub(crate) const CHANGED: &str = "message.updated";

/// The id of an answer to an event. `what` tells the answers to one event apart.
pub(crate) fn answer_id(event: &Event, what: &str) -> String {
    format!("{}.{what}", event.id())
}

/// Posts a card as the answer to an event, in its thread.
pub(crate) fn answer(event: &Event, what: &str, card: Card, now: Timestamp) -> Change {
    let thread = event.reply_thread().map(|thread| Thread::Theirs(thread.to_owned()));
    post(&event.place, thread, answer_id(event, what), card, now)
}

/// Posts a card in a channel.
pub(crate) fn post(place: &Place, thread: Option<Thread>, id: String, card: Card, now: Timestamp) -> Change {
    let place = Place { thread: None, ..place.clone() };
    let (card, json) = bounded_to_json(card);
    let kept = NewRoomMessage {
        id: id.clone(),
        room: place.channel_key(),
        thread: thread.as_ref().map(|(Thread::Theirs(id) | Thread::Ours(id))| id.clone()),
        author: AUTHOR.to_owned(),
        kind: RoomMessageKind::Card,
        body: json.clone(),
        created_at: now,
    };
    let change = Change::new().room_message(kept);
    match place.platform {
        Platform::Room if !is_webhook(&place) => change.room_event(&place.channel, ADDED, Some(id), "{}"),
        Platform::Room | Platform::Slack | Platform::Teams => {
            let key = post_key(&id);
            send(change, key, Post { place, message: id, act: Act::Post { thread }, card }, json, now)
        }
    }
}

/// Replaces a card that was posted. `cause` names what made the change, so that the same change made again is one edit.
pub(crate) fn edit(place: &Place, message: &str, cause: &str, card: Card, now: Timestamp) -> Change {
    let (card, json) = bounded_to_json(card);
    let change = Change::new().update_room_message(message, json.clone(), None);
    match place.platform {
        Platform::Room if !is_webhook(place) => {
            change.room_event(&place.channel, CHANGED, Some(message.to_owned()), "{}")
        }
        Platform::Room | Platform::Slack | Platform::Teams => {
            let key = format!("edit/{message}/{cause}");
            let post = Post { place: place.clone(), message: message.to_owned(), act: Act::Edit, card };
            send(change, key, post, json, now)
        }
    }
}

/// Whether a place is a webhook of Amazon Chime's form: its channel is the ARN of its configuration, and no room's id is one.
fn is_webhook(place: &Place) -> bool {
    place.channel.starts_with("arn:")
}

/// Adds a post to the outbox, in its stored form and, for whoever it is handed to, as it is. `card` is its card's stored form.
fn send(change: Change, key: String, post: Post, card: String, now: Timestamp) -> Change {
    let stored = post_to_json(&post.place, &post.message, &post.act, card);
    change.made_outbox(key, post.destination(), stored, Made::of(post), now)
}
