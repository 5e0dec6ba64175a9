//! Live messages: a stream of server-sent events whose ids are the room's event sequence, so that a browser that was cut
//! off continues where it stopped.

use crate::pages::Problem;
use crate::protect::session::Current;
use crate::view::message::{Composing, Shown, deleted, edited, posted};
use crate::{Console, Fault, Person, RoomEvent, RoomEventKind, SessionToken, Wake};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, StreamExt};
use serde::Deserialize;
use std::collections::VecDeque;
use std::convert::Infallible;

/// How many events are read at once.
const BATCH: u32 = 50;

#[derive(Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    after: u64,
}

struct Live {
    console: Console,
    token: SessionToken,
    person: Person,
    form_token: String,
    room: String,
    after: u64,
    ready: VecDeque<Event>,
    ended: bool,
}

/// The events after `Last-Event-ID`, or else after the query's `after`.
pub(crate) async fn events(
    State(console): State<Console>,
    current: Current,
    Path(room): Path<String>,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok());
    // Refuse before the stream begins, with a status the browser understands.
    console.rooms.room(&current.session.person, &room).await?;
    let live = Live {
        console,
        token: current.token,
        person: current.session.person,
        form_token: current.session.form_token,
        room,
        after: last.unwrap_or(query.after),
        ready: VecDeque::new(),
        ended: false,
    };
    let events = stream::unfold(live, next).map(Ok::<_, Infallible>);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

async fn next(mut live: Live) -> Option<(Event, Live)> {
    loop {
        if let Some(event) = live.ready.pop_front() {
            return Some((event, live));
        }
        if live.ended {
            return None;
        }
        if let Err(fault) = live.read().await {
            if !matches!(fault, Fault::NotSignedIn) {
                tracing::warn!(room = live.room, error = %fault, "a stream of live messages ended");
            }
            // The page says so and offers to load itself again.
            live.ready.push_back(Event::default().event("ended").data(fault.to_string()));
            live.ended = true;
        }
    }
}

impl Live {
    /// Reads the next events, or waits until there may be some. The session is looked up each time: a stream ends with
    /// the session it was opened under.
    async fn read(&mut self) -> Result<(), Fault> {
        if self.console.entrance.session(&self.token).await?.is_none() {
            return Err(Fault::NotSignedIn);
        }
        let events = self.console.rooms.events(&self.person, &self.room, self.after, BATCH).await?;
        if events.is_empty() {
            if self.console.rooms.wait(&self.room, self.after).await? == Wake::Stop {
                self.ended = true;
            }
            return Ok(());
        }
        for event in events {
            self.after = self.after.max(event.sequence);
            match self.render(&event) {
                Ok(rendered) => self.ready.push_back(rendered),
                Err(error) => {
                    tracing::error!(%error, sequence = event.sequence, "a live message could not be rendered")
                }
            }
        }
        Ok(())
    }

    fn render(&self, event: &RoomEvent) -> Result<Event, askama::Error> {
        let shown = Shown { room: &self.room, form_token: &self.form_token };
        let once = event.sequence.to_string();
        let (name, html) = match &event.kind {
            RoomEventKind::Posted(message) => {
                ("posted", posted(message, shown, Composing { once: &once, may_post: true })?)
            }
            RoomEventKind::Edited(message) => ("edited", edited(message, shown)?),
            RoomEventKind::Deleted { id } => ("deleted", deleted(id)),
        };
        // A carriage return would end the line of an event.
        Ok(Event::default().event(name).id(once.as_str()).data(html.replace('\r', "")))
    }
}
