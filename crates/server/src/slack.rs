//! What Slack sends: events, slash commands, buttons and forms, and the way through which the app is installed.
//!
//! A request is taken for Slack's by its signature over the raw body, and is acknowledged once what it brings is kept.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bailiwick_authority::Clock;
use bailiwick_bot::{Accepted, Bot};
use bailiwick_chat::Event;
use bailiwick_chat::slack::command::SlashCommand;
use bailiwick_chat::slack::incoming::{Incoming, incoming};
use bailiwick_chat::slack::interaction::{FormOrigin, Interaction, interaction, payload_of_form};
use bailiwick_chat::slack::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER, verify};
use bailiwick_chat::slack::socket::{Envelope, EnvelopeKind, Receipt};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};

use crate::body::{Bodies, BodyError};
use crate::host::Doing;

/// Where Slack's requests come in.
pub(crate) const PATH: &str = "/chat/slack/";
/// Slack waits three seconds; what takes longer is brought again.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);
/// The cookie that ties an installation to the browser that began it.
const COOKIE: &str = "bailiwick-slack-install";
/// The answer to a slash command: what was typed is shown in the channel.
const SHOWN: &str = "{\"response_type\":\"in_channel\"}";

/// What is asked of Slack while somebody waits.
pub trait SlackSide: Send + Sync {
    /// Opens the form for an answer.
    fn open_form<'a>(
        &'a self,
        workspace: &'a str,
        trigger: &'a str,
        origin: &'a FormOrigin,
    ) -> Doing<'a, Result<(), String>>;

    /// Where a browser goes to install the app, and the secret that comes back with it; the link that began it must be
    /// one of ours.
    fn begin_install(&self, link: &str) -> Result<(String, String), String>;

    /// Ends an installation; the name of the workspace. `state` came from Slack, `secret` from the browser's cookie.
    fn end_install<'a>(&'a self, code: &'a str, state: &'a str, secret: &'a str) -> Doing<'a, Result<String, String>>;
}

/// What is needed to understand Slack.
pub struct Slack {
    /// The secrets that requests may be signed with; two while one is rotated.
    pub signing_secrets: Vec<Vec<u8>>,
    /// Keeps what is meant for it.
    pub bot: Arc<Bot>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Asks Slack.
    pub side: Arc<dyn SlackSide>,
}

impl Slack {
    /// Answers a request below [`PATH`].
    pub(crate) async fn answer(&self, bodies: &Bodies, parts: Parts, body: Body) -> Response {
        let path = parts.uri.path().strip_prefix(PATH).unwrap_or_default();
        match (path, &parts.method) {
            ("install", &Method::GET) => return self.install(&parts),
            ("oauth", &Method::GET) => return self.installed(&parts).await,
            ("events" | "commands" | "interactivity", &Method::POST) => {}
            ("events" | "commands" | "interactivity", _) => {
                return (StatusCode::METHOD_NOT_ALLOWED, [("allow", "POST")], "Slack sends a POST\n").into_response();
            }
            _ => return (StatusCode::NOT_FOUND, "nothing is here\n").into_response(),
        }
        let header = |name: &str| text(&parts.headers, name);
        let declared = header("content-length").and_then(|length| length.parse().ok());
        let body = match bodies.read(body, declared).await {
            Ok(body) => body,
            Err(error) => return unread(error),
        };
        let (timestamp, signature) = (header(TIMESTAMP_HEADER), header(SIGNATURE_HEADER));
        let now = self.clock.now();
        let checked = |secret: &Vec<u8>| verify(secret, timestamp, signature, &body, now);
        // With two secrets the request is Slack's when either made its signature; the first one's refusal is told.
        let first = self.signing_secrets.first().map(checked);
        if !matches!(first, Some(Ok(()))) && !self.signing_secrets.iter().skip(1).any(|secret| checked(secret).is_ok())
        {
            let why =
                first.and_then(Result::err).map_or("no signing secret is configured".to_owned(), |e| e.to_string());
            tracing::warn!(why, "a request that is not Slack's was refused");
            return (StatusCode::UNAUTHORIZED, format!("{why}\n")).into_response();
        }
        let answering = async {
            match path {
                "events" => self.event(&body).await,
                "commands" => self.command(SlashCommand::from_form(&body)).await,
                _ => match payload_of_form(&body) {
                    Ok(payload) => self.interaction(payload.as_bytes()).await,
                    Err(error) => Reply::malformed(&error),
                },
            }
        };
        match tokio::time::timeout(ANSWER_WITHIN, answering).await {
            Ok(reply) => reply.response(),
            Err(_) => Reply::Unavailable.response(),
        }
    }

    /// Takes an envelope of Socket Mode; what becomes of it.
    pub async fn envelope(&self, envelope: &Envelope) -> Receipt {
        let payload = envelope.payload.get().as_bytes();
        let reply = match envelope.kind {
            EnvelopeKind::Event => self.event(payload).await,
            EnvelopeKind::Interaction => self.interaction(payload).await,
            EnvelopeKind::Command => match serde_json::from_slice::<SlashCommand>(payload) {
                Ok(command) => self.command(command).await,
                Err(_) => Reply::Malformed("the command cannot be read".to_owned()),
            },
        };
        match reply {
            Reply::Unavailable => Receipt::Again,
            Reply::Shown => Receipt::Answered(SHOWN.to_owned()),
            // What cannot be read will not be readable when it comes again.
            Reply::Challenge(_) | Reply::Taken | Reply::Malformed(_) => Receipt::Taken,
        }
    }

    async fn accept(&self, event: &Event) -> Result<Accepted, Reply> {
        self.bot.accept(event).await.map_err(|error| {
            tracing::error!(%error, "what Slack brought could not be kept");
            Reply::Unavailable
        })
    }

    async fn event(&self, body: &[u8]) -> Reply {
        let event = match incoming(body) {
            Ok(Incoming::Challenge(challenge)) => return Reply::Challenge(challenge),
            Ok(Incoming::Event(event)) => event,
            Ok(Incoming::RateLimited) => {
                tracing::warn!("Slack holds events back: there were more than 30,000 in an hour");
                return Reply::Taken;
            }
            Ok(Incoming::Removed { workspace }) => {
                tracing::warn!(workspace, "the app was taken out of a Slack workspace");
                return Reply::Taken;
            }
            Ok(Incoming::Ignored(why)) => {
                tracing::debug!(why, "an event of Slack is not for us");
                return Reply::Taken;
            }
            Err(error) => return Reply::malformed(&error),
        };
        self.accept(&event).await.map_or_else(|reply| reply, |_| Reply::Taken)
    }

    async fn command(&self, command: SlashCommand) -> Reply {
        match command.event(self.clock.now()) {
            Ok(event) => self.accept(&event).await.map_or_else(|reply| reply, |_| Reply::Shown),
            Err(error) => Reply::malformed(&error),
        }
    }

    async fn interaction(&self, payload: &[u8]) -> Reply {
        match interaction(payload, self.clock.now()) {
            Ok(Interaction::Event(event)) => self.accept(&event).await.map_or_else(|reply| reply, |_| Reply::Taken),
            Ok(Interaction::OpenForm { trigger_id, workspace, origin, otherwise }) => {
                match (self.side.open_form(&workspace, &trigger_id, &origin).await, otherwise) {
                    (Ok(()), _) => Reply::Taken,
                    (Err(error), otherwise) => {
                        tracing::warn!(error, "a form could not be opened; what it asks for can be typed");
                        let Some(event) = otherwise else { return Reply::Taken };
                        self.accept(&event).await.map_or_else(|reply| reply, |_| Reply::Taken)
                    }
                }
            }
            Ok(Interaction::Ignored(why)) => {
                tracing::debug!(why, "an interaction in Slack is not for us");
                Reply::Taken
            }
            Err(error) => Reply::malformed(&error),
        }
    }

    fn install(&self, parts: &Parts) -> Response {
        let link = query(parts, "link").unwrap_or_default();
        match self.side.begin_install(&link) {
            Ok((location, secret)) => {
                let secure = if location.contains("redirect_uri=https") { "; Secure" } else { "" };
                let cookie = format!("{COOKIE}={secret}; Path={PATH}; HttpOnly; SameSite=Lax; Max-Age=900{secure}");
                (StatusCode::SEE_OTHER, [("location", location), ("set-cookie", cookie)], "").into_response()
            }
            Err(why) => (StatusCode::FORBIDDEN, format!("{why}\n")).into_response(),
        }
    }

    async fn installed(&self, parts: &Parts) -> Response {
        if let Some(error) = query(parts, "error") {
            let error: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect();
            return (StatusCode::BAD_REQUEST, format!("the app was not installed: {error}\n")).into_response();
        }
        let cookies = text(&parts.headers, "cookie").unwrap_or_default();
        let secret = cookies.split(';').find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='));
        let (Some(code), Some(state), Some(secret)) = (query(parts, "code"), query(parts, "state"), secret) else {
            let words = "the installation did not begin in this browser; begin it again\n";
            return (StatusCode::FORBIDDEN, words).into_response();
        };
        match self.side.end_install(&code, &state, secret).await {
            Ok(name) => format!("Bailiwick is installed in {name}. Channels can be configured now.\n").into_response(),
            Err(why) => {
                tracing::warn!(why, "an installation in Slack failed");
                (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response()
            }
        }
    }
}

/// What Slack is told.
enum Reply {
    /// It is ours to answer the address check.
    Challenge(String),
    /// It is kept, or not for us.
    Taken,
    /// A command is kept; what was typed is shown in the channel.
    Shown,
    /// It cannot be read; bringing it again is of no use.
    Malformed(String),
    /// It could not be kept; it is to be brought again.
    Unavailable,
}

impl Reply {
    fn malformed(error: &bailiwick_chat::slack::SlackError) -> Reply {
        tracing::warn!(%error, "a signed request cannot be read");
        Reply::Malformed(error.to_string())
    }

    fn response(self) -> Response {
        match self {
            Reply::Challenge(challenge) => ([("content-type", "text/plain")], challenge).into_response(),
            Reply::Taken => StatusCode::OK.into_response(),
            Reply::Shown => ([("content-type", "application/json")], SHOWN).into_response(),
            Reply::Malformed(why) => {
                (StatusCode::BAD_REQUEST, [("x-slack-no-retry", "1")], format!("{why}\n")).into_response()
            }
            Reply::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "it could not be kept; send it again\n").into_response()
            }
        }
    }
}

fn unread(error: BodyError) -> Response {
    let (status, words) = match error {
        BodyError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "this is too long: at most 1 MiB is read\n"),
        BodyError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time\n"),
        BodyError::Broken => (StatusCode::BAD_REQUEST, "the request ended in the middle\n"),
        BodyError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "the server is busy; send it again\n"),
    };
    (status, words).into_response()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn query(parts: &Parts, name: &str) -> Option<String> {
    let pairs = bailiwick_aws::http::form_pairs(parts.uri.query().unwrap_or_default());
    pairs.filter_map(Result::ok).find(|(key, _)| key == name).map(|(_, value)| value.to_string())
}
