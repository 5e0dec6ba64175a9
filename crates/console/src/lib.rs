//! The web pages for people: rooms with live messages, an overview, sheets on which things are managed, the audit trail.
//!
//! [`router`] hands back an axum router for everything under `/console`; somebody else owns the socket. No page decides
//! anything: each request is parsed, one function of [`Entrance`], [`Rooms`], [`Records`], [`Sheets`] or
//! [`Identities`] is called, and its answer is rendered. Every
//! page works without JavaScript; with it, messages arrive by server-sent events.
//!
//! What protects the pages: a session cookie that scripts cannot read and other sites cannot send, a form token and a
//! check of the request's origin on everything that changes something, and a content security policy that allows
//! nothing inline and nothing from elsewhere.

mod access;
mod assets;
mod pages;
mod protect;
mod view;

pub use access::entrance::{Connection, Entrance, Offered, Person, Session, SessionToken, SignedIn, Step, Who};
pub use access::fault::Fault;
pub use access::identities::{Answered, Command, Identities, InSession, Proving};
pub use access::records::{
    AuditFilter, AuditPage, AuditRow, ChainState, ChannelState, Delivery, Feedback, Health, Overview, Record, Records,
    Refused,
};
pub use access::rooms::{
    Author, Completion, FileContent, Message, MessagePage, NewMessage, Press, RoomDetails, RoomEvent, RoomEventKind,
    RoomSummary, Rooms, Wake,
};
pub use access::sheets::{
    Act, Cell, Choice, Done, Field, Filled, Form, Picture, Row, SHEETS, Secret, Section, Sheet, Sheets, YOU,
};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::routing::{any, get, post};
use std::pin::Pin;
use std::sync::Arc;

/// What an asynchronous call into the use cases returns.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// The largest form that is read: a message of the longest allowed length, percent-encoded, and its hidden fields.
const FORM_BYTES: usize = 64 * 1024;

/// How the pages are served.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Whether people reach the pages over TLS; the session cookie is then marked `Secure`.
    pub tls: bool,
}

/// What every page needs.
#[derive(Clone)]
pub(crate) struct Console {
    pub(crate) entrance: Arc<dyn Entrance>,
    pub(crate) rooms: Arc<dyn Rooms>,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) sheets: Arc<dyn Sheets>,
    pub(crate) identities: Arc<dyn Identities>,
    pub(crate) settings: Settings,
}

/// The use cases that the pages are served from.
pub struct UseCases {
    /// Who comes in.
    pub entrance: Arc<dyn Entrance>,
    /// The rooms.
    pub rooms: Arc<dyn Rooms>,
    /// The overview and the audit trail.
    pub records: Arc<dyn Records>,
    /// The sheets.
    pub sheets: Arc<dyn Sheets>,
    /// Who somebody is on a chat platform.
    pub identities: Arc<dyn Identities>,
}

/// The routes under `/console`, over the use cases.
pub fn router(of: UseCases, settings: Settings) -> Router {
    let UseCases { entrance, rooms, records, sheets, identities } = of;
    Router::new()
        .route("/console", get(pages::rooms::list))
        .route("/console/", get(pages::rooms::list))
        .route("/console/sign-in", get(pages::sign_in::enter).post(pages::sign_in::by_password))
        .route("/console/sign-in/code", post(pages::sign_in::by_code))
        .route("/console/sign-in/password", post(pages::sign_in::by_new_password))
        .route("/console/sign-out", post(pages::sign_in::sign_out))
        .route("/console/rooms", get(pages::rooms::list))
        .route("/console/rooms/{room}", get(pages::room::conversation))
        .route("/console/rooms/{room}/threads/{thread}", get(pages::room::thread))
        .route("/console/rooms/{room}/events", get(pages::live::events))
        .route("/console/rooms/{room}/completions", get(pages::complete::completions))
        .route("/console/rooms/{room}/files/{message}/{key}", get(pages::file::download))
        .route("/console/rooms/{room}/messages", post(pages::act::post_message))
        .route("/console/rooms/{room}/presses", post(pages::act::press))
        .route("/console/overview", get(pages::overview::overview))
        .route("/console/identity", get(pages::identity::look).post(pages::identity::choose))
        .route("/console/identity/run", post(pages::identity::confirm))
        .route("/console/identity/sign-in", get(pages::identity::begin))
        .route("/console/identity/{platform}", get(pages::identity::end))
        .route("/console/manage", get(pages::manage::first))
        .route("/console/manage/{name}", get(pages::manage::sheet))
        .route("/console/manage/{name}/{act}", post(pages::manage::act))
        .route("/console/audit", get(pages::audit::stream))
        .route("/console/audit/{record}", get(pages::audit::record))
        .route("/console/assets/{name}", get(assets::asset))
        // A route, not a fallback: whoever merges this router has a fallback of its own.
        .route("/console/{*rest}", any(pages::not_found))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(map_response(protect::headers::harden))
        .with_state(Console { entrance, rooms, records, sheets, identities, settings })
}
