//! One room: the conversation, a composer, what the room is bound to; and one thread of it.

use crate::pages::{Frame, Problem, page};
use crate::protect::session::Current;
use crate::view::message::{Composing, Shown, ThreadView, threads};
use crate::{Console, MessagePage, RoomDetails, RoomSummary};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

/// How many messages a page shows.
const MESSAGES: u32 = 100;
/// How many messages of one thread a page shows.
const THREAD: u32 = 500;

#[derive(Deserialize)]
pub(crate) struct Before {
    before: Option<u64>,
}

#[derive(Template)]
#[template(path = "room.html")]
struct RoomPage<'a> {
    frame: Frame,
    details: &'a RoomDetails,
    threads: Vec<ThreadView<'a>>,
    /// The thread that is shown alone.
    alone: Option<&'a str>,
    /// Whether the newest messages are shown, so that live ones follow.
    live: bool,
    earlier: Option<u64>,
    last_event: u64,
    once: &'a str,
    /// Why this person may not post.
    refused: Option<&'a str>,
}

/// The conversation, newest at the end.
pub(crate) async fn conversation(
    State(console): State<Console>,
    current: Current,
    Path(room): Path<String>,
    Query(before): Query<Before>,
) -> Result<Response, Problem> {
    let person = &current.session.person;
    let details = console.rooms.room(person, &room).await?;
    let messages = console.rooms.messages(person, &room, before.before, MESSAGES).await?;
    let rooms = console.rooms.rooms(person).await?;
    let frame = frame(&current, &details, &rooms);
    show(frame, &current, &details, &messages, None, before.before.is_none())
}

/// One thread.
pub(crate) async fn thread(
    State(console): State<Console>,
    current: Current,
    Path((room, thread)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let person = &current.session.person;
    let details = console.rooms.room(person, &room).await?;
    let messages = console.rooms.thread(person, &room, &thread, THREAD).await?;
    let rooms = console.rooms.rooms(person).await?;
    let frame = frame(&current, &details, &rooms);
    show(frame, &current, &details, &messages, Some(&thread), true)
}

fn frame(current: &Current, details: &RoomDetails, rooms: &[RoomSummary]) -> Frame {
    let title = format!("#{}", details.summary.name);
    Frame::signed_in(title, "rooms", &current.session).among(rooms, &details.summary.id)
}

fn show(
    frame: Frame,
    current: &Current,
    details: &RoomDetails,
    messages: &MessagePage,
    alone: Option<&str>,
    live: bool,
) -> Result<Response, Problem> {
    let once = messages.last_event.to_string();
    let refused = details.may_post.as_ref().err().map(String::as_str);
    let shown = Shown { room: &details.summary.id, form_token: &current.session.form_token };
    let composing = Composing { once: &once, may_post: refused.is_none() };
    page(&RoomPage {
        frame,
        details,
        threads: threads(&messages.messages, shown, composing),
        alone,
        live,
        earlier: messages.earlier,
        last_event: messages.last_event,
        once: &once,
        refused,
    })
}
