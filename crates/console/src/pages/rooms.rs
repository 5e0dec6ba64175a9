//! The list of rooms.

use crate::pages::{Frame, Problem, page};
use crate::protect::session::Current;
use crate::view::moment::Moment;
use crate::{Console, RoomSummary};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

#[derive(Deserialize, Default)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "rooms.html")]
struct RoomsPage<'a> {
    frame: Frame,
    search: &'a str,
    rooms: Vec<Row<'a>>,
    none_at_all: bool,
}

struct Row<'a> {
    room: &'a RoomSummary,
    last: Option<(&'a str, Moment)>,
}

/// The rooms of the person, those whose name or description holds the searched words.
pub(crate) async fn list(
    State(console): State<Console>,
    current: Current,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let rooms = console.rooms.rooms(&current.session.person).await?;
    let wanted = search.q.trim().trim_start_matches('#').to_lowercase();
    let holds = |text: &str| text.to_lowercase().contains(&wanted);
    let rows = rooms
        .iter()
        .filter(|room| holds(&room.name) || holds(&room.about))
        .map(|room| Row { room, last: room.last.as_ref().map(|(text, at)| (text.as_str(), Moment::from(*at))) });
    page(&RoomsPage {
        frame: Frame::signed_in("Rooms", "rooms", &current.session).among(&rooms, ""),
        search: &search.q,
        rooms: rows.collect(),
        none_at_all: rooms.is_empty(),
    })
}
