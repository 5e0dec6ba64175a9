//! A Slack that is none: the Web API with its limits, and a workspace whose members write and press as they are told.
//!
//! The Web API is under `/api/`, signing in under `/openid/connect/`. As soon as the app has opened a connection (`apps.connections.open`), whatever people do comes
//! over connections instead of HTTP. What steers it is under `/_fake`:
//!
//! | request | what it does |
//! |---|---|
//! | `POST /_fake/say` | somebody writes: `text`, `user`, `channel`, `thread_ts`, `mention`; `ts`, `event_id`, `age`, `signature` and `body` bring it again or make it wrong; `event` overrides members of the event |
//! | `POST /_fake/command` | somebody gives the slash command: `text`, `user`, `channel` |
//! | `POST /_fake/press` | somebody presses `action` of the message `ts`; `option` chooses from a menu |
//! | `POST /_fake/submit` | somebody sends the form that was opened last, with `value` |
//! | `GET /_fake/messages` | the messages of `channel`, in order |
//! | `GET /_fake/state` | counts of calls, forms, files |
//! | `POST /_fake/sockets` | connections of Socket Mode: `disconnect` with a reason, `drop`; `refuse` the next ones, be `deaf` for the next acknowledgements |
//! | `POST /_fake/user`, `/_fake/channel` | what `users.info` and `conversations.info` say of an `id` |
//! | `POST /_fake/browser` | who is signed in at Slack in the browser: `user`; `error`, `claims`, `info` and `foreign` make its word wrong |
//! | `POST /_fake/expire` | the bot's tokens of before have ended |
//! | `POST /_fake/fail` | the next `times` calls of `method` get `status` or `error`, with `retry_after`; `late` carries them out first |

mod api;
mod blocks;
mod control;
mod openid;
mod rotation;
mod socket;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use bailiwick_client::{DEFAULT_TIMEOUT, Transport};
use tokio::net::TcpListener;

use crate::keys::Signer;
use state::State;

/// What it is started with.
#[derive(Clone)]
pub struct Settings {
    /// Where it is reached, without a slash at the end.
    pub base_url: String,
    /// Where the bot takes what Slack sends, such as `http://127.0.0.1:7878/chat/slack`.
    pub bot_url: String,
    /// The app's signing secret.
    pub signing_secret: String,
    /// The bot's token.
    pub bot_token: String,
    /// The app's own token, for connections.
    pub app_token: String,
    /// The client secret, for installations.
    pub client_secret: String,
    /// The workspace.
    pub team: String,
    /// How many messages a channel takes at once, and then one each second; 0 for no limit.
    pub burst: u32,
    /// How long a token of the bot holds that was given for a code or a refresh token, in seconds; they do not end without it.
    pub token_seconds: Option<i64>,
    /// The time, in milliseconds since 1970.
    pub now: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// A running one.
struct Slack {
    settings: Settings,
    transport: Transport,
    signer: Signer,
    /// Signs what is to be refused, under the name of the other.
    stranger: Signer,
    state: Mutex<State>,
}

impl Slack {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until the listener fails.
///
/// # Errors
/// The socket's.
pub async fn serve(listener: TcpListener, settings: Settings) -> Result<(), std::io::Error> {
    let signer = || Signer::new("fake-slack").ok_or_else(|| std::io::Error::other("no key can be made"));
    let slack = Arc::new(Slack {
        settings,
        transport: Transport::new(DEFAULT_TIMEOUT),
        signer: signer()?,
        stranger: signer()?,
        state: Mutex::default(),
    });
    let router = Router::new()
        .route("/api/{method}", post(api::method))
        .route("/openid/connect/authorize", get(openid::authorize))
        .route("/openid/connect/keys", get(openid::keys))
        .route("/_upload/{file}", post(api::upload))
        .route("/_fake/say", post(control::say))
        .route("/_fake/command", post(control::command))
        .route("/_fake/press", post(control::press))
        .route("/_fake/submit", post(control::submit))
        .route("/_fake/messages", get(control::messages))
        .route("/_fake/state", get(control::state))
        .route("/_fake/user", post(control::user))
        .route("/_fake/channel", post(control::channel))
        .route("/_fake/browser", post(openid::browser))
        .route("/_fake/expire", post(rotation::expire))
        .route("/_fake/fail", post(control::fail))
        .route("/_fake/sockets", post(socket::steer))
        .route("/link", get(socket::link))
        .layer(DefaultBodyLimit::max(4 << 20))
        .with_state(slack);
    axum::serve(listener, router).await
}
