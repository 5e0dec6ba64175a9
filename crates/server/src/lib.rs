//! The HTTP faces: the AWS API for clients, pages for people, health for machines, and what chat platforms send. Parses, calls one use case, renders;
//! decides nothing.
//!
//! A signed request, or a POST to `/` that names an action, is the AWS API whatever its path; everything else is routed
//! by path.

mod api;
mod body;
mod host;
mod listen;
mod router;
mod slack;
mod teams;
mod unsigned;
mod webhooks;

pub use api::Api;
pub use axum::Router;
pub use host::{Doing, Host};
pub use listen::{Limits, serve};
pub use router::{Faces, with_pages};
pub use slack::{Slack, SlackSide};
pub use teams::teams;
pub use webhooks::webhooks;
