//! Socket Mode: events over a connection that we open, for servers that Slack cannot reach.
//! Source: Slack's documentation, "Using Socket Mode".

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_chat::limits::STORED_BYTES;
use bailiwick_chat::slack::request;
use bailiwick_chat::slack::response::ApiError;
use bailiwick_chat::slack::socket::{Envelope, Frame, Receipt, acknowledgement, frame};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
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

/// How long a connection that Slack ends is listened to beside its successor.
const LINGER: Duration = Duration::from_secs(10);
/// The pause before the next connection, at first.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// A connection that held for so long was a good one: the next pause is the first again.
const HELD: Duration = Duration::from_secs(10);

/// Takes what a connection brings.
pub trait Receives: Send + Sync {
    /// Keeps what an envelope carries, before it is acknowledged.
    fn receive<'a>(&'a self, envelope: &'a Envelope) -> Pin<Box<dyn Future<Output = Receipt> + Send + 'a>>;
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
        let line = Line { slack, token: app_token, receives, stop: stop.clone() };
        let task = tokio::spawn(work(line));
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

/// How a connection is kept up: what all connections of an app have in common.
struct Line {
    slack: Arc<Slack>,
    token: Zeroizing<String>,
    receives: Arc<dyn Receives>,
    stop: CancellationToken,
}

async fn work(line: Line) {
    let mut pause = FIRST_PAUSE;
    while !line.stop.is_cancelled() {
        let begun = line.slack.clock.now();
        let ended = tokio::select! {
            ended = line.connection() => ended,
            () = line.stop.cancelled() => return,
        };
        let lasted = line.slack.clock.now().as_millis().saturating_sub(begun.as_millis());
        let lasted = Duration::from_millis(u64::try_from(lasted).unwrap_or(0));
        if lasted > HELD {
            pause = FIRST_PAUSE;
        }
        match ended {
            // Slack asked for another connection, after a while.
            Ok(()) if pause == FIRST_PAUSE && lasted > FIRST_PAUSE => continue,
            Ok(()) => tracing::info!("Slack asks for another connection at once; it waits"),
            Err(error) => {
                tracing::warn!(%error, "the connection to Slack ended; it is opened again");
                if let Ended::Call(SlackCallError::Api(ApiError::Limited { after })) = error {
                    pause = pause.max(after);
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = line.stop.cancelled() => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

impl Line {
    /// One connection, until Slack asks for another or it breaks.
    async fn connection(&self) -> Result<(), Ended> {
        let answer = self.slack.call(Some(&self.token), &request::open_connection()).await?;
        let broken = || SlackCallError::from(ApiError::Broken("the answer names no address".to_owned()));
        let url = answer["url"].as_str().ok_or_else(broken)?;
        let config = WebSocketConfig::default().max_message_size(Some(STORED_BYTES)).max_frame_size(Some(STORED_BYTES));
        let opening = tokio_tungstenite::connect_async_with_config(url, Some(config), true);
        let (socket, _) = tokio::time::timeout(OPEN_WITHIN, opening).await.map_err(|_| Ended::Slow)??;
        let (done, acknowledgements) = mpsc::channel(ACKNOWLEDGEMENTS);
        let mut link = Link { socket, done, acknowledgements, receives: Arc::clone(&self.receives) };
        let reason = link.listen().await?;
        tracing::info!(reason, "Slack asks for another connection");
        // What still comes over this one is taken while the next one opens: Slack tells before it ends it.
        tokio::spawn(async move {
            let _ = tokio::time::timeout(LINGER, async { while link.listen().await.is_ok() {} }).await;
            let _ = link.socket.close(None).await;
        });
        Ok(())
    }
}

/// One open connection.
struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    done: mpsc::Sender<String>,
    acknowledgements: mpsc::Receiver<String>,
    receives: Arc<dyn Receives>,
}

impl Link {
    /// Takes what comes until Slack asks for another connection; its reason.
    async fn listen(&mut self) -> Result<String, Ended> {
        loop {
            let message = tokio::select! {
                message = tokio::time::timeout(SILENCE, self.socket.next()) => message.map_err(|_| Ended::Silent)?,
                Some(acknowledgement) = self.acknowledgements.recv() => {
                    self.socket.send(Message::text(acknowledgement)).await?;
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
                Ok(Frame::Disconnect { reason }) => return Ok(reason),
                Ok(Frame::Envelope(envelope)) => self.take(envelope),
                Ok(Frame::Unknown) => {}
                Err(error) => tracing::warn!(%error, "a frame of Slack cannot be read"),
            }
        }
    }

    /// Keeps what an envelope carries, and has it acknowledged then.
    fn take(&self, envelope: Envelope) {
        let (receives, done) = (Arc::clone(&self.receives), self.done.clone());
        tokio::spawn(async move {
            let answer = match receives.receive(&envelope).await {
                Receipt::Again => return,
                Receipt::Taken => None,
                Receipt::Answered(json) => Some(json).filter(|_| envelope.takes_answer),
            };
            // The connection may have ended; Slack then brings it again, and it is known.
            let _ = done.send(acknowledgement(&envelope.id, answer.as_deref())).await;
        });
    }
}
