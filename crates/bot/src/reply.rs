//! The one way out: what the bot says.
//!
//! A room is part of our own store, so a message to it is delivered by the same commit that makes it. Messages have
//! deterministic ids: an answer computed twice is the same message, and the store refuses the second.

use bailiwick_chat::room::body_to_json;
use bailiwick_chat::{Body, Card, Event};
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, NewRoomMessage, RoomMessageKind};

use crate::AUTHOR;

/// The kinds of room events.
pub(crate) const ADDED: &str = "message.added";
pub(crate) const CHANGED: &str = "message.updated";

/// Posts a card as the answer to an event, in its thread. `what` tells the answers to one event apart.
pub(crate) fn answer(event: &Event, what: &str, card: Card, now: Timestamp) -> Change {
    let id = format!("{}.{what}", event.message);
    post(&event.place.channel, Some(event.reply_thread().to_owned()), id, card, now)
}

/// Posts a card in a room.
pub(crate) fn post(room: &str, thread: Option<String>, id: String, card: Card, now: Timestamp) -> Change {
    Change::new()
        .room_message(NewRoomMessage {
            id: id.clone(),
            room: room.to_owned(),
            thread,
            author: AUTHOR.to_owned(),
            kind: RoomMessageKind::Card,
            body: body_to_json(&Body::Card(Box::new(card.bounded()))),
            created_at: now,
        })
        .room_event(room, ADDED, Some(id), "{}")
}

/// Replaces a card that was posted.
pub(crate) fn edit(room: &str, message: &str, card: Card) -> Change {
    let body = body_to_json(&Body::Card(Box::new(card.bounded())));
    Change::new().update_room_message(message, body, None).room_event(room, CHANGED, Some(message.to_owned()), "{}")
}
