//! What people do in a room: post a message, press a button. Both arrive as forms, with or without JavaScript.

use crate::pages::{Problem, by_script};
use crate::protect::form;
use crate::protect::session::Current;
use crate::{Console, Fault, NewMessage, Press};
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use bailiwick_chat::ButtonId;
use bailiwick_chat::limits::{MESSAGE_BYTES, check_id, check_length};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct MessageForm {
    form_token: String,
    once: String,
    #[serde(default)]
    thread: String,
    text: String,
}

/// Posts a message.
pub(crate) async fn post_message(
    State(console): State<Console>,
    headers: HeaderMap,
    current: Current,
    Path(room): Path<String>,
    sent: Result<Form<MessageForm>, FormRejection>,
) -> Response {
    let done = async {
        let Form(sent) = sent.map_err(unreadable)?;
        form::check(&headers, &current.session, &sent.form_token)?;
        let text = sent.text.replace("\r\n", "\n");
        if text.trim().is_empty() {
            return Err(Fault::Invalid("there is nothing to post; type a message first".to_owned()));
        }
        check_length("the message", text.len(), MESSAGE_BYTES).map_err(|error| Fault::Invalid(error.to_string()))?;
        check_id("the form's identity", &sent.once).map_err(|error| Fault::Invalid(error.to_string()))?;
        let thread = Some(sent.thread).filter(|thread| !thread.is_empty());
        let back = address(&room, thread.as_deref());
        let message = NewMessage { thread, text, once: sent.once };
        let id = console.rooms.post(&current.session.person, &room, message).await?;
        Ok(format!("{back}#m-{}", encoded(&id)))
    };
    answer(&headers, done.await)
}

#[derive(Deserialize)]
pub(crate) struct PressForm {
    form_token: String,
    message: String,
    button: String,
    target: String,
    value: Option<String>,
}

/// Presses a button.
pub(crate) async fn press(
    State(console): State<Console>,
    headers: HeaderMap,
    current: Current,
    Path(room): Path<String>,
    sent: Result<Form<PressForm>, FormRejection>,
) -> Response {
    let done = async {
        let Form(sent) = sent.map_err(unreadable)?;
        form::check(&headers, &current.session, &sent.form_token)?;
        let button = ButtonId::parse(&sent.button).ok_or(Fault::NotFound("button"))?;
        let back = format!("{}#m-{}", address(&room, None), encoded(&sent.message));
        let press = Press { message: sent.message, button, target: sent.target, value: sent.value };
        console.rooms.press(&current.session.person, &room, press).await?;
        Ok(back)
    };
    answer(&headers, done.await)
}

fn unreadable(rejection: FormRejection) -> Fault {
    Fault::Invalid(match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => format!("the message is too long; at most {MESSAGE_BYTES} bytes are read"),
        _ => "this form cannot be read; load the page again and repeat it".to_owned(),
    })
}

/// A script gets an empty answer or a sentence; a browser without one goes back to the page.
fn answer(headers: &HeaderMap, done: Result<String, Fault>) -> Response {
    match done {
        Ok(_) if by_script(headers) => StatusCode::NO_CONTENT.into_response(),
        Ok(back) => Redirect::to(&back).into_response(),
        Err(fault) if by_script(headers) => {
            let sentence = fault.to_string();
            (Problem::from(fault).into_response().status(), sentence).into_response()
        }
        Err(fault) => Problem::from(fault).into_response(),
    }
}

fn address(room: &str, thread: Option<&str>) -> String {
    match thread {
        Some(thread) => format!("/console/rooms/{}/threads/{}", encoded(room), encoded(thread)),
        None => format!("/console/rooms/{}", encoded(room)),
    }
}

/// A part of an address: everything but letters, digits, `-`, `.`, `_` and `~` is percent-encoded.
pub(crate) fn encoded(part: &str) -> String {
    part.bytes().fold(String::with_capacity(part.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_any_id() {
        assert_eq!(address("a/b", Some("ü#")), "/console/rooms/a%2Fb/threads/%C3%BC%23");
        assert_eq!(address("ops-1", None), "/console/rooms/ops-1");
    }
}
