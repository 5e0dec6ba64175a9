//! Proving who one is on a chat platform: the page that a link from chat leads to, and the way to the platform and back.
//!
//! The session cookie does not come along when another site leads here. Such a request is answered with a page that leads to
//! itself, which is a step within this site.

use crate::access::identities::{Answered, InSession, Proving};
use crate::pages::{Frame, Problem, page};
use crate::protect::form;
use crate::protect::peer::Peer;
use crate::protect::session::Current;
use crate::{Console, Fault};
use askama::Template;
use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

/// The longest parameter that is read, in bytes.
const LONGEST: usize = 4_096;

#[derive(Template)]
#[template(path = "identity.html")]
struct IdentityPage {
    frame: Frame,
    link: String,
    proving: Proving,
    problem: String,
}

#[derive(Template)]
#[template(path = "identity_done.html")]
struct DonePage {
    frame: Frame,
    platform: &'static str,
    title: &'static str,
    words: String,
    /// What is there next, on the platform.
    next: &'static str,
}

#[derive(Template)]
#[template(path = "identity_again.html")]
struct AgainPage {
    frame: Frame,
    /// This address once more; nothing where it was tried before.
    next: String,
    here: String,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    link: String,
    #[serde(default)]
    again: Option<String>,
}

/// The page for somebody who came from elsewhere, or is not signed in.
fn again(uri: &Uri, tried: bool) -> Result<Response, Problem> {
    let here = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
    let next = if tried { String::new() } else { format!("{here}&again=1") };
    let status = if tried { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let shown = AgainPage { frame: Frame::signed_out("Who you are"), next, here: here.replace("&again=1", "") };
    Ok((status, Html(shown.render()?)).into_response())
}

fn unreadable() -> Fault {
    Fault::Invalid("this address cannot be read; follow the link in chat again".to_owned())
}

fn in_session<'a>(current: &'a Current, Peer(from): &'a Peer) -> InSession<'a> {
    InSession { person: &current.session.person, token: &current.token, from }
}

async fn shown(
    console: &Console,
    current: &Current,
    peer: &Peer,
    link: &str,
    problem: String,
) -> Result<Response, Problem> {
    let proving = console.identities.look(in_session(current, peer), link).await?;
    let frame = Frame::signed_in("Who you are", "", &current.session);
    page(&IdentityPage { frame, link: link.to_owned(), proving, problem })
}

/// What a link from chat leads to.
pub(crate) async fn look(
    State(console): State<Console>,
    uri: Uri,
    current: Result<Current, Problem>,
    peer: Peer,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| unreadable())?;
    if asked.link.is_empty() || asked.link.len() > LONGEST {
        return Err(unreadable().into());
    }
    match current {
        Ok(current) => shown(&console, &current, &peer, &asked.link, String::new()).await,
        Err(Problem(Fault::NotSignedIn)) => again(&uri, asked.again.is_some()),
        Err(problem) => Err(problem),
    }
}

/// Sends the browser to the platform.
pub(crate) async fn begin(
    State(console): State<Console>,
    current: Current,
    peer: Peer,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| unreadable())?;
    let location = console.identities.begin(in_session(&current, &peer), &asked.link).await?;
    Ok(Redirect::to(&location).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Returned {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    again: Option<String>,
}

/// What the platform sends the browser back to.
pub(crate) async fn end(
    State(console): State<Console>,
    uri: Uri,
    Path(platform): Path<String>,
    current: Result<Current, Problem>,
    peer: Peer,
    returned: Result<Query<Returned>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(returned) = returned.map_err(|_| unreadable())?;
    let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > LONGEST);
    if returned.state.is_empty() || returned.state.len() > LONGEST || long(&returned.code) || long(&returned.error) {
        return Err(unreadable().into());
    }
    let current = match current {
        Ok(current) => current,
        Err(Problem(Fault::NotSignedIn)) => return again(&uri, returned.again.is_some()),
        Err(problem) => return Err(problem),
    };
    let code = match (returned.error, returned.code) {
        (Some(error), _) => Err(error),
        (None, Some(code)) => Ok(code),
        (None, None) => return Err(unreadable().into()),
    };
    let answered = Answered { platform, state: returned.state, code };
    let link = console.identities.end(in_session(&current, &peer), answered).await?;
    // The code and the state do not stay in the address.
    let query = format!("/console/identity?link={}", crate::pages::act::encoded(&link));
    Ok(Redirect::to(&query).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Chosen {
    form_token: String,
    link: String,
    role: String,
}

#[derive(Deserialize)]
pub(crate) struct Confirmed {
    form_token: String,
    link: String,
}

fn unreadable_form(_: FormRejection) -> Fault {
    Fault::Invalid("this form cannot be read; load the page again and repeat it".to_owned())
}

/// Lets a command of chat run, for whoever was proved to have asked for it.
pub(crate) async fn confirm(
    State(console): State<Console>,
    headers: HeaderMap,
    current: Current,
    peer: Peer,
    sent: Result<Form<Confirmed>, FormRejection>,
) -> Result<Response, Problem> {
    let Form(sent) = sent.map_err(unreadable_form)?;
    form::check(&headers, &current.session, &sent.form_token)?;
    let platform = console.identities.look(in_session(&current, &peer), &sent.link).await?.platform;
    let done = console.identities.confirm(in_session(&current, &peer), &sent.link).await;
    let after = After {
        platform,
        title: "Proved",
        next: "There, press the button of its card. It is decided again, and runs once.",
    };
    said(&console, (&current, &peer), &sent.link, after, done).await
}

/// What is said once it is done.
struct After {
    platform: &'static str,
    title: &'static str,
    next: &'static str,
}

/// The page after something was done, or could not be.
async fn said(
    console: &Console,
    (current, peer): (&Current, &Peer),
    link: &str,
    After { platform, title, next }: After,
    done: Result<String, Fault>,
) -> Result<Response, Problem> {
    match done {
        Ok(words) => {
            let frame = Frame::signed_in("Who you are", "", &current.session);
            page(&DonePage { frame, platform, title, words, next })
        }
        // What was refused is said on the page itself: there may be another way.
        Err(fault @ (Fault::Refused(_) | Fault::Invalid(_))) => {
            let words = fault.to_string();
            let status = Problem::from(fault).into_response().status();
            Ok((status, shown(console, current, peer, link, words).await?).into_response())
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Chooses a role.
pub(crate) async fn choose(
    State(console): State<Console>,
    headers: HeaderMap,
    current: Current,
    peer: Peer,
    sent: Result<Form<Chosen>, FormRejection>,
) -> Result<Response, Problem> {
    let Form(sent) = sent.map_err(unreadable_form)?;
    form::check(&headers, &current.session, &sent.form_token)?;
    let platform = console.identities.look(in_session(&current, &peer), &sent.link).await?.platform;
    let done = console.identities.choose(in_session(&current, &peer), &sent.link, &sent.role).await;
    let next = "There, `switch-role` changes the role from now on; you need not prove who you are again.";
    said(&console, (&current, &peer), &sent.link, After { platform, title: "Chosen", next }, done).await
}
