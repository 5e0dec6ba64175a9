//! Stored messages as pages show them.

use bailiwick_authority::Directory;
use bailiwick_chat::Body;
use bailiwick_chat::room::body_from_json;
use bailiwick_console::{Author, Message};
use bailiwick_store::RoomMessage;

/// A message as a page shows it. A body that cannot be read is said to be so, never left out.
pub(super) fn message(directory: &Directory, stored: RoomMessage) -> Message {
    let body = body_from_json(stored.body.as_bytes()).unwrap_or_else(|error| {
        tracing::error!(%error, message = stored.id, "a stored message cannot be read");
        Body::Text(format!("This message cannot be shown: {error}."))
    });
    let author = if stored.author == bailiwick_bot::AUTHOR {
        Author::Bot
    } else {
        let name = directory.person(&stored.author).map(|person| person.name.clone());
        Author::Person { name: name.unwrap_or(stored.author) }
    };
    Message {
        id: stored.id,
        thread: stored.thread,
        author,
        body,
        created: stored.created_at,
        edited: stored.version > 1,
        sequence: stored.sequence,
    }
}

/// The first line of a message, for lists.
pub(super) fn one_line(body: &Body) -> String {
    match body {
        Body::Text(text) => text.lines().next().unwrap_or_default().chars().take(120).collect(),
        Body::Card(card) => card.summary(),
    }
}
