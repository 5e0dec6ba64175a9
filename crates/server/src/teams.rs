//! The messaging endpoint of Microsoft Teams.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bailiwick_bot::TeamsDoor;
use bailiwick_chat::teams::MAX_ACTIVITY_BYTES;
use http::{StatusCode, header};
use http_body_util::{BodyExt as _, Limited};

/// Where Teams posts to; this path belongs into the bot's registration.
const MESSAGES: &str = "/chat/teams/messages";
/// How long an activity may take to arrive.
const MAX_TIME: Duration = Duration::from_secs(10);

/// The route, for the pages' router.
pub fn teams(door: Arc<TeamsDoor>) -> Router {
    Router::new().route(MESSAGES, post(receive)).with_state(door)
}

async fn receive(State(door): State<Arc<TeamsDoor>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let collected = tokio::time::timeout(MAX_TIME, Limited::new(body, MAX_ACTIVITY_BYTES).collect()).await;
    let body = match collected {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        }
        Ok(Err(_)) => return StatusCode::BAD_REQUEST.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let answer = door.receive(authorization, &body).await;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match answer.body {
        Some(json) => {
            let body = Body::from(json.to_string());
            (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
        }
        None => status.into_response(),
    }
}
