//! Slack's Web API: posting and looking, who members are, what channels are.

mod remembered;
mod rotation;
pub(crate) mod socket;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_authority::{Authority, Clock};
use bailiwick_chat::slack::render::{Message, TextFile, message, text_alone};
use bailiwick_chat::slack::request::{self, Request};
use bailiwick_chat::slack::response::{self, ApiError};
use bailiwick_chat::{Act, Block, Card, ChannelKind, Member, Place, Platform, Post};
use bailiwick_store::vault::Vault;
use serde_json::Value;

use crate::post::{Asked, Courier, Letter, NotPosted, Pace, Posting};
use crate::{Transport, TransportError};
use remembered::Remembered;
use rotation::{EXPIRED, Rotation};

/// How fast a channel may be written to. Source: Slack's documentation, "Rate limits": about one message a second, with
/// short bursts.
const PACE: Pace = Pace { interval: Duration::from_secs(1), burst: 5 };
/// How long it is remembered who a member and what a channel is, in seconds.
const REMEMBER_SECONDS: i64 = 300;
/// How often a file is uploaded at most, and how long is waited in between: what follows in the channel waits as long.
const UPLOAD_TRIES: u32 = 3;
const UPLOAD_PAUSE: Duration = Duration::from_secs(1);
const UPLOAD_WAIT: Duration = Duration::from_secs(10);
/// How far before the present a post that may have been made is looked for, in seconds.
const LOOK_BACK_SECONDS: i64 = 3 * 60 * 60;

/// Why a method was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum SlackCallError {
    /// Slack's answer.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// No answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The workspace is not authorized, or was without a token.
    #[error("there is no token for the Slack workspace `{0}`; install the app there, or authorize it with a BotToken")]
    NoToken(String),
    /// A new token could not be kept, and so is not used.
    #[error("the next token of the bot cannot be kept: {0}")]
    NotKept(String),
    /// The address of the Web API cannot be used.
    #[error("the address of Slack's Web API cannot be used: {0}")]
    Address(String),
}

impl SlackCallError {
    /// What it means for a post.
    fn as_post(&self) -> NotPosted {
        let text = self.to_string();
        match self {
            SlackCallError::Api(ApiError::Limited { after }) => NotPosted::Limited { after: *after },
            SlackCallError::Api(ApiError::Token(_)) | SlackCallError::NoToken(_) | SlackCallError::NotKept(_) => {
                NotPosted::Later(text)
            }
            SlackCallError::Api(ApiError::Broken(_)) => NotPosted::Unknown(text),
            SlackCallError::Api(_) | SlackCallError::Address(_) => NotPosted::Never(text),
            SlackCallError::Transport(error) if error.not_sent() => NotPosted::Later(text),
            SlackCallError::Transport(_) => NotPosted::Unknown(text),
        }
    }
}

/// The bytes of files that belong to messages.
pub trait Files: Send + Sync {
    /// The text that is kept under a key.
    fn read<'a>(&'a self, key: &'a str) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>>;
}

/// Slack.
pub struct Slack {
    transport: Transport,
    api_url: String,
    authority: Arc<Authority>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    files: Arc<dyn Files>,
    members: Remembered<Member>,
    channels: Remembered<Option<ChannelKind>>,
    rotation: Option<Rotation>,
}

impl Slack {
    /// Slack as it is reached at `api_url`, by default [`request::API`]; the tokens are those of the authorized workspaces.
    pub fn new(
        transport: Transport,
        api_url: &str,
        authority: Arc<Authority>,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        files: Arc<dyn Files>,
    ) -> Self {
        let api_url = format!("{}/", api_url.trim_end_matches('/'));
        let (members, channels) = (Remembered::default(), Remembered::default());
        Slack { transport, api_url, authority, vault, clock, files, members, channels, rotation: None }
    }

    /// Slack, with what the app needs to exchange tokens that end for the next ones.
    #[must_use]
    pub fn rotating(self, client_id: &str, client_secret: &str) -> Self {
        Slack { rotation: Some(Rotation::new(client_id, client_secret)), ..self }
    }

    /// Asks something for a workspace, with its token.
    ///
    /// # Errors
    /// Slack did not do it, or nobody knows.
    pub async fn for_workspace(&self, workspace: &str, request: &Request) -> Result<Value, SlackCallError> {
        let token = self.current(workspace, None).await?;
        match self.call(Some(&token), request).await {
            // Its time may have been reckoned by another clock.
            Err(SlackCallError::Api(ApiError::Token(why))) if why == EXPIRED && self.rotation.is_some() => {
                let token = self.current(workspace, Some(&token)).await?;
                self.call(Some(&token), request).await
            }
            answer => answer,
        }
    }

    /// Asks something with a token, or without one.
    ///
    /// # Errors
    /// Slack did not do it, or nobody knows.
    pub async fn call(&self, token: Option<&str>, request: &Request) -> Result<Value, SlackCallError> {
        let (kind, body) = request.arguments.body();
        let mut sent = http::Request::post(format!("{}{}", self.api_url, request.method)).header("content-type", kind);
        if let Some(token) = token {
            let mut value = http::HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| ApiError::Token("it cannot be sent".to_owned()))?;
            value.set_sensitive(true);
            sent = sent.header("authorization", value);
        }
        let sent = sent.body(body).map_err(|error| SlackCallError::Address(error.to_string()))?;
        let answer = self.transport.send(sent).await?;
        let retry = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        Ok(response::answer(answer.status().as_u16(), retry, answer.body())?)
    }

    async fn post(&self, letter: Letter<'_>, shown: Message) -> Result<String, SlackCallError> {
        let Post { place, message: ours, .. } = letter.post;
        let request = match letter.theirs {
            Some(ts) => request::update(&place.channel, ts, shown),
            None => request::post_message(&place.channel, letter.thread, ours, shown),
        };
        let answer = self.for_workspace(&place.workspace, &request).await?;
        response::ts(&answer).ok_or_else(|| ApiError::Broken("the answer names no message".to_owned()).into())
    }

    /// Sends the files of a message after it. One that does not arrive is no reason to post the message again.
    async fn attach(&self, letter: Letter<'_>, ts: &str, whole: Option<TextFile>) {
        let mut files: Vec<TextFile> = whole.into_iter().collect();
        for block in &letter.post.card.body {
            let Block::File(file) = block else { continue };
            match self.files.read(&file.key).await {
                Some(text) => files.push(TextFile { name: file.name.clone(), text }),
                None => tracing::warn!(file = file.name, "a file of a message is gone"),
            }
        }
        let place = &letter.post.place;
        let thread = letter.thread.unwrap_or(ts);
        for file in files {
            let Err(error) = self.upload_patiently(place, thread, &file).await else { continue };
            tracing::warn!(%error, file = file.name, "a file of a message could not be attached");
            // Whoever waits for it reads so.
            let words =
                format!("The file {} could not be attached. `--query` or `--max-items` make it shorter.", file.name);
            let text = text_alone(&Card::titled(words));
            let told = Message { text, blocks: Vec::new(), attachments: Vec::new(), file: None };
            let id = format!("{}.{}", letter.post.message, file.name);
            let told = request::post_message(&place.channel, Some(thread), &id, told);
            if let Err(error) = self.for_workspace(&place.workspace, &told).await {
                tracing::warn!(%error, "nobody could be told so");
            }
        }
    }

    /// Uploads a file, again where Slack asks to wait or does not answer.
    async fn upload_patiently(&self, place: &Place, thread: &str, file: &TextFile) -> Result<(), SlackCallError> {
        let mut tries = 1;
        loop {
            let failed = match self.upload(place, thread, file).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let wait = match &failed {
                SlackCallError::Api(ApiError::Limited { after }) => *after,
                SlackCallError::Api(ApiError::Broken(_)) | SlackCallError::Transport(_) => UPLOAD_PAUSE,
                _ => return Err(failed),
            };
            if tries == UPLOAD_TRIES || wait > UPLOAD_WAIT {
                return Err(failed);
            }
            tries += 1;
            tokio::time::sleep(wait).await;
        }
    }

    async fn upload(&self, place: &Place, thread: &str, file: &TextFile) -> Result<(), SlackCallError> {
        let asked = request::upload_address(&file.name, file.text.len());
        let answer = self.for_workspace(&place.workspace, &asked).await?;
        let (Some(url), Some(id)) = (answer["upload_url"].as_str(), answer["file_id"].as_str()) else {
            return Err(ApiError::Broken("the answer names no address".to_owned()).into());
        };
        let sent = http::Request::post(url).header("content-type", "application/octet-stream");
        let sent = sent.body(file.text.clone().into_bytes());
        let sent = sent.map_err(|error| SlackCallError::Address(error.to_string()))?;
        let status = self.transport.status(sent).await?;
        if !status.is_success() {
            return Err(ApiError::Broken(format!("the upload was answered with {status}")).into());
        }
        let done = request::complete_upload(id, &file.name, &place.channel, Some(thread));
        self.for_workspace(&place.workspace, &done).await.map(drop)
    }
}

impl Courier for Slack {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    fn pace(&self) -> Pace {
        PACE
    }

    fn send<'a>(&'a self, letter: Letter<'a>) -> Posting<'a, Result<String, NotPosted>> {
        Box::pin(async move {
            let mut shown = message(&letter.post.card);
            let file = shown.file.take();
            let posted = match self.post(letter, shown).await {
                // A card is never lost for its form.
                Err(SlackCallError::Api(ApiError::Form(error))) => {
                    tracing::warn!(error, message = letter.post.message, "the blocks of a message are refused");
                    let text = text_alone(&letter.post.card);
                    let plain = Message { text, blocks: Vec::new(), attachments: Vec::new(), file: None };
                    self.post(letter, plain).await
                }
                other => other,
            };
            let ts = posted.map_err(|error| error.as_post())?;
            if matches!(letter.post.act, Act::Post { .. }) {
                self.attach(letter, &ts, file).await;
            }
            Ok(ts)
        })
    }

    fn find<'a>(&'a self, letter: Letter<'a>) -> Posting<'a, Result<Option<String>, NotPosted>> {
        Box::pin(async move {
            let place = &letter.post.place;
            let oldest = self.clock.now().as_seconds().saturating_sub(LOOK_BACK_SECONDS);
            let asked = request::messages(&place.channel, letter.thread, oldest);
            match self.for_workspace(&place.workspace, &asked).await {
                Ok(answer) => Ok(response::find(&answer, &letter.post.message)),
                // Without the scope nobody can look; the post is sent again.
                Err(SlackCallError::Api(ApiError::Scope(_) | ApiError::Refused(_))) => Ok(None),
                Err(error) => match error.as_post() {
                    // Looking changes nothing, so what is not known is still what the row says.
                    NotPosted::Limited { .. } | NotPosted::Later(_) => Err(NotPosted::Unknown(error.to_string())),
                    other => Err(other),
                },
            }
        })
    }

    fn member<'a>(&'a self, place: &'a Place, member: &'a str) -> Posting<'a, Result<Option<Member>, NotPosted>> {
        Box::pin(async move {
            let (now, key) = (self.clock.now(), format!("{}/{member}", place.workspace));
            if let Some(known) = self.members.get(&key, now) {
                return Ok(Some(known));
            }
            let found = match self.for_workspace(&place.workspace, &request::user(member)).await {
                Ok(answer) => response::member(&answer, &place.workspace),
                Err(SlackCallError::Api(ApiError::Refused(_))) => {
                    Member { name: String::new(), unresolved: Some("is not known to Slack".to_owned()) }
                }
                Err(error) => return Err(error.as_post()),
            };
            self.members.keep(key, found.clone(), now.plus_seconds(REMEMBER_SECONDS));
            Ok(Some(found))
        })
    }

    fn channel<'a>(&'a self, place: &'a Place, asked: Asked) -> Posting<'a, Result<Option<ChannelKind>, NotPosted>> {
        Box::pin(async move {
            let (now, key) = (self.clock.now(), format!("{}/{}", place.workspace, place.channel));
            let known = self.channels.get(&key, now);
            if let Some(known) = known.filter(|_| asked == Asked::OfLate) {
                return Ok(known);
            }
            let found = match self.for_workspace(&place.workspace, &request::conversation(&place.channel)).await {
                Ok(answer) => Some(response::channel(&answer).0),
                Err(SlackCallError::Api(ApiError::Refused(_) | ApiError::Scope(_))) => None,
                Err(error) => {
                    return match (error.as_post(), known) {
                        (NotPosted::Limited { .. }, Some(known)) => Ok(known),
                        (error, _) => Err(error),
                    };
                }
            };
            self.channels.keep(key, found, now.plus_seconds(REMEMBER_SECONDS));
            Ok(found)
        })
    }
}
