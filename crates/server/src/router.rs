//! Which face a request is for.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::Request;

use crate::api::{Api, is_api};
use crate::body::Bodies;

#[derive(Clone)]
struct Faces {
    api: Api,
    bodies: Bodies,
}

/// All faces on one port: the AWS API, `/healthz`, and the pages that `console` brings.
pub fn router(api: Api, console: Router) -> Router {
    let faces = Faces { api, bodies: Bodies::new() };
    Router::new()
        .route("/", get(|| async { Redirect::to("/console") }))
        .route("/healthz", get(|| async { "ok\n" }))
        .merge(console)
        .fallback(|| async { (http::StatusCode::NOT_FOUND, "nothing is here; the page is at /console\n") })
        .layer(middleware::from_fn_with_state(faces, api_first))
}

/// The AWS API has no paths of its own, so it is looked for before any path is.
async fn api_first(State(faces): State<Faces>, request: Request<Body>, next: Next) -> Response {
    if is_api(&request) {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
        return faces.api.answer(&faces.bodies, peer, request).await.into_response();
    }
    next.run(request).await
}
