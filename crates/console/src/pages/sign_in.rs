//! Signing in, by a one-time link or as an IAM user in up to three steps, and signing out.

use crate::access::entrance::{Offered, Step};
use crate::pages::{Frame, Problem, capital};
use crate::protect::peer::Peer;
use crate::protect::{form, session};
use crate::{Console, Fault, SignedIn};
use askama::Template;
use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

/// What is asked for.
enum Asked {
    /// Account, name and password; what was filled in but the password.
    Password { account: String, user: String },
    /// A code; the ticket.
    Code(String),
    /// Another password; the ticket.
    NewPassword(String),
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    asked: Asked,
    /// What was not right the last time.
    wrong: String,
}

fn asking(asked: Asked, wrong: Option<Fault>) -> Result<Response, Problem> {
    let text = wrong.as_ref().map(|fault| capital(&fault.to_string())).unwrap_or_default();
    let page = SignInPage { frame: Frame::signed_out("Sign in"), asked, wrong: text }.render()?;
    let page = Html(page).into_response();
    Ok(match wrong {
        Some(fault) => (Problem::from(fault).into_response().status(), page).into_response(),
        None => page,
    })
}

fn enters(console: &Console, signed_in: &SignedIn) -> Result<Response, Problem> {
    let cookie = session::begin(signed_in, console.settings.tls).ok_or(Fault::NotSignedIn)?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/console/rooms")).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Link {
    token: Option<String>,
}

/// Exchanges the link for a session and leaves its address behind at once; without one, the form for IAM users.
pub(crate) async fn enter(
    State(console): State<Console>,
    headers: HeaderMap,
    Peer(from): Peer,
    link: Result<Query<Link>, QueryRejection>,
) -> Result<Response, Problem> {
    let Ok(Query(link)) = link else { return Err(Fault::LinkUsed.into()) };
    let Some(token) = link.token else {
        return asking(Asked::Password { account: String::new(), user: String::new() }, None);
    };
    // A browser that only looks ahead must not use the link up.
    if ["sec-purpose", "purpose"].iter().any(|name| {
        headers.get(*name).and_then(|value| value.to_str().ok()).is_some_and(|purpose| purpose.contains("prefetch"))
    }) {
        return Err(Fault::NotSignedIn.into());
    }
    if token.is_empty() || token.len() > 512 {
        return Err(Fault::LinkUsed.into());
    }
    enters(&console, &console.entrance.by_link(&token, &from).await?)
}

/// Goes on to the next step, or asks again.
fn next(console: &Console, step: Result<Step, Fault>, again: Asked) -> Result<Response, Problem> {
    match step {
        Ok(Step::Done(signed_in)) => enters(console, &signed_in),
        Ok(Step::Code(ticket)) => asking(Asked::Code(ticket), None),
        Ok(Step::NewPassword(ticket)) => asking(Asked::NewPassword(ticket), None),
        Err(fault @ (Fault::WrongSignIn(_) | Fault::TooMany(_) | Fault::Invalid(_))) => asking(again, Some(fault)),
        // What was begun is over.
        Err(fault @ Fault::Gone(_)) => {
            asking(Asked::Password { account: String::new(), user: String::new() }, Some(fault))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Takes a form of somebody who is not signed in: from a page of ours, and read whole.
fn ours<T>(headers: &HeaderMap, sent: Result<Form<T>, FormRejection>) -> Result<T, Fault> {
    if !form::same_origin(headers) {
        return Err(Fault::Refused(
            "this form did not come from a page of ours; open the page and repeat it".to_owned(),
        ));
    }
    let Form(sent) = sent.map_err(|_| Fault::Invalid("this form cannot be read; load the page again".to_owned()))?;
    Ok(sent)
}

#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    account: String,
    user: String,
    password: String,
}

/// The first step of an IAM user.
pub(crate) async fn by_password(
    State(console): State<Console>,
    headers: HeaderMap,
    Peer(from): Peer,
    sent: Result<Form<PasswordForm>, FormRejection>,
) -> Result<Response, Problem> {
    let PasswordForm { account, user, password } = ours(&headers, sent)?;
    let offered = Offered { account: account.trim().to_owned(), user: user.trim().to_owned(), password };
    let step = console.entrance.by_password(&offered, &from).await;
    next(&console, step, Asked::Password { account: offered.account, user: offered.user })
}

#[derive(Deserialize)]
pub(crate) struct CodeForm {
    ticket: String,
    code: String,
}

/// The step that shows a code.
pub(crate) async fn by_code(
    State(console): State<Console>,
    headers: HeaderMap,
    Peer(from): Peer,
    sent: Result<Form<CodeForm>, FormRejection>,
) -> Result<Response, Problem> {
    let CodeForm { ticket, code } = ours(&headers, sent)?;
    let step = console.entrance.by_code(&ticket, code.trim(), &from).await;
    next(&console, step, Asked::Code(ticket))
}

#[derive(Deserialize)]
pub(crate) struct NewPasswordForm {
    ticket: String,
    old: String,
    new: String,
    again: String,
}

/// The step that sets another password.
pub(crate) async fn by_new_password(
    State(console): State<Console>,
    headers: HeaderMap,
    Peer(from): Peer,
    sent: Result<Form<NewPasswordForm>, FormRejection>,
) -> Result<Response, Problem> {
    let NewPasswordForm { ticket, old, new, again } = ours(&headers, sent)?;
    let step = match new == again {
        true => console.entrance.by_new_password(&ticket, &old, &new, &from).await,
        false => Err(Fault::Invalid("the new password and its repetition differ".to_owned())),
    };
    next(&console, step, Asked::NewPassword(ticket))
}

#[derive(Deserialize)]
pub(crate) struct SignOut {
    form_token: String,
}

/// Ends the session, here and in the browser.
pub(crate) async fn sign_out(
    State(console): State<Console>,
    headers: HeaderMap,
    current: session::Current,
    Form(sent): Form<SignOut>,
) -> Result<Response, Problem> {
    form::check(&headers, &current.session, &sent.form_token)?;
    console.entrance.sign_out(&current.token).await?;
    let cookie = session::end(console.settings.tls).ok_or(Fault::NotSignedIn)?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/console")).into_response())
}
