//! A Microsoft Teams that is none: the Bot Framework's keys, login and connector, and a tenant with one team.
//!
//! What Teams offers is under `/`, as at Microsoft: `/.well-known/openidconfiguration`, `/keys`, `/TENANT/oauth2/v2.0/{token,authorize}`,
//! `/teams/v3/...`. What steers it is under `/_fake`:
//!
//! | request | what it does |
//! |---|---|
//! | `POST /_fake/say` | somebody writes: `text`, `user`, `channel`, `thread`, `mention`; `id`, `change`, `claims`, `key`, `bearer` and `body` make it wrong |
//! | `POST /_fake/press` | somebody presses the button `title` of `message`, with `inputs` in its fields |
//! | `GET /_fake/messages` | what the bot said, in order, each with what became of it |
//! | `POST /_fake/member` | a member: `id`, `aadObjectId`, `tenantId`, `userRole`, `name` |
//! | `POST /_fake/browser` | who is signed in at Entra ID in the browser: `user`; `error`, `claims` and `foreign` make its word wrong |
//! | `POST /_fake/fail` | the next `times` requests to the connector get `status`, with `retry_after` |
//! | `POST /_fake/revoke` | the tokens of before are not taken any more |

mod cards;
mod connector;
mod control;
mod entra;
mod keys;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post, put};
use bailiwick_client::{DEFAULT_TIMEOUT, Transport};
use tokio::net::TcpListener;

use keys::Keys;
use state::State;

/// What it is started with.
#[derive(Clone)]
pub struct Settings {
    /// Where it is reached, such as `http://127.0.0.1:9100`, without a slash at the end.
    pub base_url: String,
    /// Where the bot takes activities.
    pub bot_url: String,
    /// The bot's app id.
    pub app_id: String,
    /// The bot's password.
    pub password: String,
    /// The tenant.
    pub tenant: String,
    /// The team's id in the directory.
    pub team: String,
    /// The time, in seconds since 1970.
    pub now: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// It cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum FakeError {
    /// No key can be made.
    #[error("no key can be made")]
    Keys,
    /// The socket failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A running one.
struct Teams {
    settings: Settings,
    keys: Keys,
    transport: Transport,
    state: Mutex<State>,
}

impl Teams {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The service URL of its tenant.
    fn service_url(&self) -> String {
        format!("{}/teams/", self.settings.base_url)
    }

    /// The team's id in Teams.
    fn team(&self) -> String {
        format!("19:{}@thread.tacv2", self.settings.team.replace('-', ""))
    }
}

/// Serves until the listener fails.
///
/// # Errors
/// [`FakeError`].
pub async fn serve(listener: TcpListener, settings: Settings) -> Result<(), FakeError> {
    let keys = Keys::new().ok_or(FakeError::Keys)?;
    let state = Mutex::new(State::new(&settings));
    let teams = Arc::new(Teams { settings, keys, transport: Transport::new(DEFAULT_TIMEOUT), state });
    let router = Router::new()
        .route("/.well-known/openidconfiguration", get(connector::metadata))
        .route("/keys", get(connector::keys))
        .route("/{tenant}/oauth2/v2.0/token", post(connector::token))
        .route("/{tenant}/oauth2/v2.0/authorize", get(entra::authorize))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(entra::metadata))
        .route("/teams/v3/teams/{team}", get(connector::team))
        .route("/teams/v3/conversations/{conversation}/members/{user}", get(connector::member))
        .route("/teams/v3/conversations/{conversation}/activities", post(connector::post))
        .route("/teams/v3/conversations/{conversation}/activities/{id}", put(connector::update))
        .route("/_fake/say", post(control::say))
        .route("/_fake/press", post(control::press))
        .route("/_fake/look", post(control::look))
        .route("/_fake/messages", get(control::messages))
        .route("/_fake/member", post(control::member))
        .route("/_fake/browser", post(entra::browser))
        .route("/_fake/fail", post(control::fail))
        .route("/_fake/revoke", post(control::revoke))
        .with_state(teams);
    Ok(axum::serve(listener, router).await?)
}
