//! The pages: each parses its request, calls one use case, and renders the answer.

pub(crate) mod act;
pub(crate) mod audit;
pub(crate) mod complete;
pub(crate) mod file;
pub(crate) mod identity;
pub(crate) mod live;
pub(crate) mod manage;
pub(crate) mod overview;
pub(crate) mod room;
pub(crate) mod rooms;
pub(crate) mod sign_in;

use crate::{Fault, RoomSummary, Session};
use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};

/// What the frame around every page shows.
pub(crate) struct Frame {
    title: String,
    here: &'static str,
    person: Option<String>,
    form_token: String,
    rooms: Vec<(String, String)>,
    /// The id of the room that is shown.
    room: String,
}

impl Frame {
    /// The frame of a page for someone who is signed in; `here` is the place in the navigation.
    pub(crate) fn signed_in(title: impl Into<String>, here: &'static str, session: &Session) -> Self {
        Frame {
            title: title.into(),
            here,
            person: Some(session.person.name.clone()),
            form_token: session.form_token.clone(),
            rooms: Vec::new(),
            room: String::new(),
        }
    }

    /// Shows the person's rooms in the navigation, and which one this is.
    pub(crate) fn among(self, rooms: &[RoomSummary], room: &str) -> Self {
        let rooms = rooms.iter().map(|room| (room.id.clone(), room.name.clone())).collect();
        Frame { rooms, room: room.to_owned(), ..self }
    }

    pub(crate) fn signed_out(title: impl Into<String>) -> Self {
        Frame {
            title: title.into(),
            here: "",
            person: None,
            form_token: String::new(),
            rooms: Vec::new(),
            room: String::new(),
        }
    }
}

/// A request that got no page: what happened, and what to do.
pub(crate) struct Problem(Fault);

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Problem(fault)
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page could not be rendered");
        Problem(Fault::Internal { request_id: "the time of this request".to_owned() })
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    headline: String,
    advice: &'static str,
    signed_out: bool,
}

impl Problem {
    fn status(&self) -> StatusCode {
        match &self.0 {
            Fault::NotSignedIn | Fault::WrongSignIn(_) => StatusCode::UNAUTHORIZED,
            Fault::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Fault::Gone(_) | Fault::LinkUsed => StatusCode::GONE,
            Fault::Refused(_) => StatusCode::FORBIDDEN,
            Fault::NotFound(_) => StatusCode::NOT_FOUND,
            Fault::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Fault::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn page(&self) -> ProblemPage {
        let signed_out = matches!(self.0, Fault::NotSignedIn | Fault::LinkUsed);
        let advice = match &self.0 {
            Fault::NotSignedIn | Fault::LinkUsed => {
                "Bailiwick prints a one-time sign-in link when it starts; ask whoever runs it for a new one. IAM users sign in with their name and password."
            }
            Fault::NotFound(_) => "It may have been removed, or you may not be a member there.",
            Fault::Gone(_)
            | Fault::Refused(_)
            | Fault::Invalid(_)
            | Fault::TooMany(_)
            | Fault::WrongSignIn(_)
            | Fault::Internal { .. } => "",
        };
        let headline = capital(&self.0.to_string());
        ProblemPage { frame: Frame::signed_out("Bailiwick"), headline, advice, signed_out }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self.page().render() {
            Ok(html) => (self.status(), Html(html)).into_response(),
            Err(_) => (self.status(), self.0.to_string()).into_response(),
        }
    }
}

/// A sentence as it stands on a page.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Any other address under the console.
pub(crate) async fn not_found() -> Problem {
    Problem(Fault::NotFound("page"))
}

/// A page as a response.
pub(crate) fn page(template: &impl Template) -> Result<Response, Problem> {
    Ok(Html(template.render()?).into_response())
}

/// Whether htmx sent the request: it wants a short answer instead of a page.
pub(crate) fn by_script(headers: &HeaderMap) -> bool {
    headers.get("hx-request").is_some_and(|value| value == "true")
}
