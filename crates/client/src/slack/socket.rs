//! Socket Mode: events over a connection that we open, for servers that Slack cannot reach.
//! Source: Slack's documentation, "Using Socket Mode".

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_chat::limits::STORED_BYTES;
use bailiwick_chat::slack::request;
use bailiwick_chat::slack::response::ApiError;
use bailiwick_chat::slack::socket::{Envelope, Frame, acknowledgement, frame};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::{Slack, SlackCallError};

/// How long a connection may take to open.
const OPEN_WITHIN: Duration = Duration::from_secs(15);
/// Slack pings several times a minute; a connection that is silent for so long is dead.
const SILENCE: Duration = Duration::from_secs(90);
/// The longest pause before the next connection.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How many acknowledgements may wait to be sent.
const ACKNOWLEDGEMENTS: usize = 256;

/// Takes what a connection brings.
pub trait Receives: Send + Sync {
    /// Keeps what an envelope carries; whether it is to be acknowledged. What is not is brought again.
    fn receive<'a>(&'a self, envelope: &'a Envelope) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;
}

/// A connection that is opened again whenever it ends.
pub struct SocketMode {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl SocketMode {
    /// Opens connections with the app's token, until stopped.
    pub fn start(slack: Arc<Slack>, app_token: Zeroizing<String>, receives: Arc<dyn Receives>) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(work(slack, app_token, receives, stop.clone()));
        SocketMode { stop, task }
    }

    /// Tells it to end, without waiting.
    pub fn cancel(&self) {
        self.stop.cancel();
    }

    /// Ends it.
    pub async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(Duration::from_secs(5), self.task).await.is_err() {
            tracing::warn!("the connection to Slack did not end in time");
        }
    }
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Call(#[from] SlackCallError),
    #[error("{0}")]
    Socket(Box<tokio_tungstenite::tungstenite::Error>),
    #[error("it did not open in time")]
    Slow,
    #[error("it was silent for {} s", SILENCE.as_secs())]
    Silent,
    #[error("it was closed")]
    Closed,
}

impl From<tokio_tungstenite::tungstenite::Error> for Ended {
    fn from(error: tokio_tungstenite::tungstenite::Error) -> Self {
        Ended::Socket(Box::new(error))
    }
}

async fn work(slack: Arc<Slack>, token: Zeroizing<String>, receives: Arc<dyn Receives>, stop: CancellationToken) {
    let mut pause = Duration::from_millis(500);
    while !stop.is_cancelled() {
        let ended = tokio::select! {
            ended = connection(&slack, &token, &receives) => ended,
            () = stop.cancelled() => return,
        };
        match ended {
            // Slack asked for another connection.
            Ok(()) => pause = Duration::from_millis(500),
            Err(error) => {
                tracing::warn!(%error, "the connection to Slack ended; it is opened again");
                if let Ended::Call(SlackCallError::Api(ApiError::Limited { after })) = error {
                    pause = pause.max(after);
                }
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.cancelled() => return,
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// One connection, until Slack asks for another.
async fn connection(slack: &Slack, token: &str, receives: &Arc<dyn Receives>) -> Result<(), Ended> {
    let answer = slack.call(Some(token), &request::open_connection()).await?;
    let broken = || SlackCallError::from(ApiError::Broken("the answer names no address".to_owned()));
    let url = answer["url"].as_str().ok_or_else(broken)?;
    let config = WebSocketConfig::default().max_message_size(Some(STORED_BYTES)).max_frame_size(Some(STORED_BYTES));
    let opening = tokio_tungstenite::connect_async_with_config(url, Some(config), true);
    let (mut socket, _) = tokio::time::timeout(OPEN_WITHIN, opening).await.map_err(|_| Ended::Slow)??;
    let (done, mut acknowledged) = mpsc::channel::<String>(ACKNOWLEDGEMENTS);
    loop {
        let message = tokio::select! {
            message = tokio::time::timeout(SILENCE, socket.next()) => message.map_err(|_| Ended::Silent)?,
            Some(id) = acknowledged.recv() => {
                socket.send(Message::text(acknowledgement(&id))).await?;
                continue;
            }
        };
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(_))) | None => return Err(Ended::Closed),
            Some(Ok(_)) => continue,
            Some(Err(error)) => return Err(error.into()),
        };
        match frame(text.as_bytes()) {
            Ok(Frame::Hello) => tracing::info!("connected to Slack"),
            Ok(Frame::Disconnect { reason }) => {
                tracing::info!(reason, "Slack asks for another connection");
                // What was begun is acknowledged before the connection goes.
                while let Ok(Some(id)) = tokio::time::timeout(Duration::from_secs(2), acknowledged.recv()).await {
                    socket.send(Message::text(acknowledgement(&id))).await?;
                }
                let _ = socket.close(None).await;
                return Ok(());
            }
            Ok(Frame::Envelope(envelope)) => {
                let (receives, done) = (Arc::clone(receives), done.clone());
                tokio::spawn(async move {
                    if receives.receive(&envelope).await {
                        // The connection may have ended; Slack then brings it again, and it is known.
                        let _ = done.send(envelope.id).await;
                    }
                });
            }
            Ok(Frame::Unknown) => {}
            Err(error) => tracing::warn!(%error, "a frame of Slack cannot be read"),
        }
    }
}
