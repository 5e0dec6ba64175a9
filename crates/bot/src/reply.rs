//! The one way out: what the bot says.
//!
//! Every message of the bot is kept under a deterministic id: an answer computed twice is the same message, and the store
//! refuses the second. A room is part of our own store, so its message is delivered by the commit that makes it; a message
//! to another platform goes into the outbox in that commit.

use bailiwick_chat::post::{Act, Thread, destination, post_to_json};
use bailiwick_chat::room::body_to_json;
use bailiwick_chat::{Body, Card, Event, Place, Platform};
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, NewRoomMessage, RoomMessageKind};

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
    let json = body_to_json(&Body::Card(Box::new(card)));
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
            let key = format!("post/{id}");
            change.and(send(key, &place, &id, &Act::Post { thread }, json, now))
        }
    }
}

/// Replaces a card that was posted. `cause` names what made the change, so that the same change made again is one edit.
pub(crate) fn edit(place: &Place, message: &str, cause: &str, card: Card, now: Timestamp) -> Change {
    let json = body_to_json(&Body::Card(Box::new(card)));
    let change = Change::new().update_room_message(message, json.clone(), None);
    match place.platform {
        Platform::Room if !is_webhook(place) => {
            change.room_event(&place.channel, CHANGED, Some(message.to_owned()), "{}")
        }
        Platform::Room | Platform::Slack | Platform::Teams => {
            let key = format!("edit/{message}/{cause}");
            change.and(send(key, place, message, &Act::Edit, json, now))
        }
    }
}

/// Whether a place is a webhook of Amazon Chime's form: its channel is the ARN of its configuration, and no room's id is one.
fn is_webhook(place: &Place) -> bool {
    place.channel.starts_with("arn:")
}

fn send(key: String, place: &Place, message: &str, act: &Act, card: String, now: Timestamp) -> Change {
    Change::new().outbox(key, destination(place), post_to_json(place, message, act, card), now)
}
