//! Which face a request is for.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{Method, Request, StatusCode};
use tower::ServiceExt as _;

use crate::api::{self, is_api};
use crate::body::{Bodies, MAX_BYTES};
use crate::host::Host;
use crate::slack;
use crate::unsigned::{certificate, is_certificate};

/// Where an ephemeral instance is reset; nowhere else is anything there.
const RESET: &str = "/_bailiwick/reset";

/// All faces on one port: the AWS API, `/healthz`, the pages that the host brings, and the reset of an ephemeral one.
#[derive(Clone)]
pub struct Faces {
    host: Arc<dyn Host>,
    bodies: Bodies,
}

impl Faces {
    /// The faces of a host.
    pub fn new(host: Arc<dyn Host>) -> Self {
        Faces { host, bodies: Bodies::new() }
    }

    /// Answers one request. The AWS API has no paths of its own, so it is looked for before any path is.
    pub async fn answer(&self, mut request: Request<Body>, peer: SocketAddr) -> Response {
        if request.uri().path().starts_with(slack::PATH)
            && let Some(slack) = self.host.slack()
        {
            let (parts, body) = request.into_parts();
            return slack.answer(&self.bodies, parts, body).await;
        }
        if is_api(&request) {
            return api::answer(self.host.as_ref(), &self.bodies, Some(peer), request).await.map(Body::from);
        }
        if request.uri().path() == RESET
            && let Some(resetting) = self.host.reset()
        {
            // A page in somebody's browser must not reset it: browsers send an Origin with every POST.
            let meant = request.method() == Method::POST && !request.headers().contains_key("origin");
            return reset(meant, resetting).await;
        }
        if is_certificate(&request) {
            return certificate(&self.host.apis(), request.uri().path()).await;
        }
        if too_long(&request) {
            let (_, body) = request.into_parts();
            // Only the length is asked for, and a body over the limit is what it is.
            let _ = self.bodies.read(body, Some(usize::MAX)).await;
            let words = "this is too long: a request has at most 1 MiB, a message 16,000 bytes\n";
            return (StatusCode::PAYLOAD_TOO_LARGE, words).into_response();
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        let Ok(response) = self.host.pages().oneshot(request).await;
        response
    }
}

/// Whether a request says that its body is longer than any that is taken.
fn too_long(request: &Request<Body>) -> bool {
    let declared = request.headers().get(http::header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    declared.is_some_and(|length| length > MAX_BYTES)
}

async fn reset(meant: bool, resetting: crate::host::Doing<'_, Result<(), String>>) -> Response {
    if !meant {
        return (StatusCode::METHOD_NOT_ALLOWED, [("allow", "POST")], "a reset is a POST\n").into_response();
    }
    match resetting.await {
        Ok(()) => (StatusCode::OK, [("content-type", "application/json")], "{\"status\":\"ok\"}\n").into_response(),
        Err(cause) => {
            tracing::error!(cause, "the reset failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "the reset failed; the log says why\n").into_response()
        }
    }
}

/// A host's pages with what every server has beside them: made once, since it is asked for with every request.
pub fn with_pages(pages: Router) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/console") }))
        .route("/healthz", get(|| async { "ok\n" }))
        .merge(pages)
        .fallback(|| async { (StatusCode::NOT_FOUND, "nothing is here; the page is at /console\n") })
}
