//! The sheets: what is managed, with the buttons and forms that do it. What was done is said on the sheet itself, which is shown
//! as it is then.

use crate::access::sheets::{Cell, Field, Filled, SHEETS, Sheet};
use crate::pages::{Frame, Problem, page};
use crate::protect::form;
use crate::protect::session::Current;
use crate::view::moment::Moment;
use crate::{Console, Fault};
use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

/// What came of an act.
struct Said {
    /// It was done.
    done: bool,
    words: String,
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct SheetPage {
    frame: Frame,
    title: &'static str,
    name: &'static str,
    sheet: Sheet,
    said: Option<Said>,
    tabs: [(&'static str, &'static str); 5],
}

impl SheetPage {
    fn moment(at: &bailiwick_ident::Timestamp) -> Moment {
        Moment::from(*at)
    }
}

fn known(name: &str) -> Result<(&'static str, &'static str), Fault> {
    SHEETS.into_iter().find(|(known, _)| *known == name).ok_or(Fault::NotFound("page"))
}

async fn shown(console: &Console, current: &Current, name: &str, said: Option<Said>) -> Result<Response, Problem> {
    let (name, title) = known(name)?;
    let sheet = console.sheets.sheet(&current.session.person, name).await?;
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

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Presses a button or sends a form of a sheet.
pub(crate) async fn act(
    State(console): State<Console>,
    headers: HeaderMap,
    current: Current,
    Path((name, act)): Path<(String, String)>,
    sent: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, Problem> {
    let Form(pairs) =
        sent.map_err(|_| Fault::Invalid("this form cannot be read; load the page again and repeat it".to_owned()))?;
    let filled = Filled::new(pairs);
    form::check(&headers, &current.session, filled.one("form_token"))?;
    known(&name)?;
    let (status, said) = match console.sheets.act(&current.session.person, &name, &act, filled).await {
        Ok(words) => (axum::http::StatusCode::OK, Said { done: true, words: capital(&words) }),
        Err(fault) => {
            let words = capital(&fault.to_string());
            (Problem::from(fault).into_response().status(), Said { done: false, words })
        }
    };
    Ok((status, shown(&console, &current, &name, Some(said)).await?).into_response())
}
