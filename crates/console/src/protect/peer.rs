//! Over which connection a request comes, for the record.

use crate::{Connection, Console};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::SocketAddr;

/// What is kept of a browser's name for itself, in bytes.
const LONGEST_AGENT: usize = 256;

/// The connection of a request.
pub(crate) struct Peer(pub(crate) Connection);

impl FromRequestParts<Console> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Console) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        Ok(Peer(Connection {
            source_ip: peer.map(|ConnectInfo(peer)| peer.ip().to_string()),
            // Header text is ASCII, so that every byte is a character.
            user_agent: agent.map(|agent| agent.chars().take(LONGEST_AGENT).collect()),
        }))
    }
}
