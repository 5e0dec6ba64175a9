//! Signing in by a one-time link, and signing out.

use crate::pages::Problem;
use crate::protect::{form, session};
use crate::{Console, Fault};
use axum::Form;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Link {
    token: String,
}

/// Exchanges the link for a session and leaves its address behind at once.
pub(crate) async fn by_link(
    State(console): State<Console>,
    headers: HeaderMap,
    link: Result<Query<Link>, QueryRejection>,
) -> Result<Response, Problem> {
    // A browser that only looks ahead must not use the link up.
    if ["sec-purpose", "purpose"].iter().any(|name| {
        headers.get(*name).and_then(|value| value.to_str().ok()).is_some_and(|purpose| purpose.contains("prefetch"))
    }) {
        return Err(Fault::NotSignedIn.into());
    }
    let Ok(Query(link)) = link else { return Err(Fault::NotSignedIn.into()) };
    if link.token.is_empty() || link.token.len() > 512 {
        return Err(Fault::LinkUsed.into());
    }
    let signed_in = console.rooms.sign_in(&link.token).await?;
    let cookie = session::begin(&signed_in, console.settings.tls).ok_or(Fault::NotSignedIn)?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/console/rooms")).into_response())
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
    console.rooms.sign_out(&current.token).await?;
    let cookie = session::end(console.settings.tls).ok_or(Fault::NotSignedIn)?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/console")).into_response())
}
