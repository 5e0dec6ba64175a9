//! The rooms' webhooks, at the paths and in the form of Amazon Chime's.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bailiwick_chat::chime::MAX_PAYLOAD;
use bailiwick_services::Services;
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};

/// How long a payload may take to arrive.
const MAX_TIME: Duration = Duration::from_secs(10);

/// The route, for the pages' router.
pub fn webhooks(services: Arc<Services>) -> Router {
    Router::new().route("/incomingwebhooks/{id}", post(receive)).with_state(services)
}

fn answer(status: u16, json: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json")], json).into_response()
}

async fn receive(
    State(services): State<Arc<Services>>,
    Path(id): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    request: Request,
) -> Response {
    let token = query.iter().find(|(name, _)| name == "token").map(|(_, token)| token.as_str());
    let collected = tokio::time::timeout(MAX_TIME, Limited::new(request.into_body(), MAX_PAYLOAD).collect()).await;
    let body = match collected {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return answer(413, format!(r#"{{"Message":"the payload is larger than {MAX_PAYLOAD} bytes"}}"#));
        }
        Ok(Err(_)) => return StatusCode::BAD_REQUEST.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    match services.incoming_webhook(&id, token, &body).await {
        Ok(posted) => answer(200, format!(r#"{{"MessageId":"{}","RoomId":"{}"}}"#, posted.message_id, posted.room_id)),
        Err(refusal) => {
            let words = refusal.words.replace(['"', '\\'], "'");
            let mut response = answer(refusal.status, format!(r#"{{"Message":"{words}"}}"#));
            if refusal.status == 429 {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            response
        }
    }
}
