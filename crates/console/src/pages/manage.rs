//! The sheets: what is managed, with the buttons and forms that do it. What was done is said on the sheet itself, which is shown
//! as it is then.

use crate::access::sheets::{Cell, Done, Field, Filled, SHEETS, Secret, Section, Sheet, YOU};
use crate::pages::{Frame, Problem, capital, page};
use crate::protect::form;
use crate::protect::peer::Peer;
use crate::protect::session::Current;
use crate::view::moment::Moment;
use crate::{Console, Fault};
use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

/// What came of an act.
struct Said {
    /// It was done.
    done: bool,
    words: String,
    sections: Vec<Section>,
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct SheetPage {
    frame: Frame,
    title: &'static str,
    name: &'static str,
    sheet: Sheet,
    said: Option<Said>,
    tabs: [(&'static str, &'static str); 6],
}

impl SheetPage {
    fn moment(at: &bailiwick_ident::Timestamp) -> Moment {
        Moment::from(*at)
    }
}

fn known(name: &str) -> Result<(&'static str, &'static str), Fault> {
    SHEETS.into_iter().find(|(known, _)| *known == name).ok_or(Fault::NotFound("page"))
}

async fn shown(console: &Console, current: &Current, name: &str, mut said: Option<Said>) -> Result<Response, Problem> {
    let (name, title) = known(name)?;
    let mut sheet = console.sheets.sheet(&current.session.person, name).await?;
    if let Some(said) = &mut said {
        sheet.sections.splice(0..0, std::mem::take(&mut said.sections));
    }
    let frame = Frame::signed_in(title, "manage", &current.session);
    page(&SheetPage { frame, title, name, sheet, said, tabs: SHEETS })
}

/// The first sheet.
pub(crate) async fn first() -> Redirect {
    Redirect::to("/console/manage/channels")
}

/// A sheet.
pub(crate) async fn sheet(
    State(console): State<Console>,
    current: Current,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    shown(&console, &current, &name, None).await
}

/// Presses a button or sends a form of a sheet.
pub(crate) async fn act(
    State(console): State<Console>,
    headers: HeaderMap,
    mut current: Current,
    Peer(from): Peer,
    Path((name, act)): Path<(String, String)>,
    sent: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, Problem> {
    let Form(pairs) =
        sent.map_err(|_| Fault::Invalid("this form cannot be read; load the page again and repeat it".to_owned()))?;
    let filled = Filled::new(pairs);
    form::check(&headers, &current.session, filled.one("form_token"))?;
    known(&name)?;
    let done = match (name.as_str(), act.as_str()) {
        (YOU, "second-factor") => {
            let done = console.entrance.step_up(&current.token, filled.one("code"), &from).await;
            // From here on the session is another.
            if done.is_ok() {
                current.session = console.entrance.session(&current.token).await?.ok_or(Fault::NotSignedIn)?;
            }
            done.map(|()| Done::from("this session has a second factor now".to_owned()))
        }
        _ => console.sheets.act(&current.session.person, &name, &act, filled).await,
    };
    let (status, said) = match done {
        Ok(Done { words, sections }) => (StatusCode::OK, Said { done: true, words: capital(&words), sections }),
        Err(fault) => {
            let words = capital(&fault.to_string());
            let said = Said { done: false, words, sections: Vec::new() };
            (Problem::from(fault).into_response().status(), said)
        }
    };
    Ok((status, shown(&console, &current, &name, Some(said)).await?).into_response())
}
