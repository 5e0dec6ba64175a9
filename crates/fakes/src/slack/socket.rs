//! Socket Mode: what Slack would send over HTTP goes over a connection that the bot opened, and is sent again until it is
//! acknowledged. Source: Slack's documentation, "Using Socket Mode".

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::Slack;

/// How long an envelope waits for its acknowledgement. Slack's own word.
const ACKNOWLEDGE_WITHIN: Duration = Duration::from_secs(3);
/// How often an envelope is sent at most: Slack tries three more times.
const TRIES: u32 = 4;
/// How long Slack waits between two tries; the real one waits a minute and five.
const BETWEEN: Duration = Duration::from_millis(200);
/// The most connections of one app.
const MOST: usize = 10;
/// How often a connection is pinged.
const PING: Duration = Duration::from_secs(10);

/// What a connection is told.
enum Told {
    Text(String),
    /// It ends without a word.
    Drop,
}

/// The connections of the app, and the envelopes that wait.
#[derive(Default)]
pub(super) struct Sockets {
    /// Good for one connection each.
    tickets: Vec<String>,
    open: BTreeMap<u64, mpsc::UnboundedSender<Told>>,
    waiting: HashMap<String, oneshot::Sender<(u64, Value)>>,
    next: u64,
    /// How many connections there have been.
    pub(super) opened: u64,
    /// How many of the next requests for a connection are refused.
    refuse: u32,
    /// How many of the next acknowledgements are lost.
    deaf: u32,
    /// Acknowledgements of what nobody waited for.
    stray: u64,
}

impl Sockets {
    pub(super) fn told(&self) -> Value {
        json!({"open": self.open.len(), "opened": self.opened, "stray": self.stray})
    }

    fn id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// `apps.connections.open`, for the app's own token.
pub(super) fn connect(slack: &Slack, token: &str) -> Value {
    let mut state = slack.state();
    if token != slack.settings.app_token {
        return json!({"ok": false, "error": if token.starts_with("xoxb-") { "not_allowed_token_type" } else { "invalid_auth" }});
    }
    let sockets = &mut state.sockets;
    if sockets.refuse > 0 {
        sockets.refuse -= 1;
        return json!({"ok": false, "error": "internal_error"});
    }
    if sockets.open.len() >= MOST {
        return json!({"ok": false, "error": "too_many_websockets"});
    }
    let ticket = format!("ticket-{}", sockets.id());
    sockets.tickets.push(ticket.clone());
    let address = slack.settings.base_url.replacen("http", "ws", 1);
    json!({"ok": true, "url": format!("{address}/link?ticket={ticket}&app_id=A1")})
}

#[derive(Deserialize)]
pub(super) struct Ticket {
    ticket: String,
}

/// A connection begins.
pub(super) async fn link(
    State(slack): State<Arc<Slack>>,
    Query(query): Query<Ticket>,
    upgrade: WebSocketUpgrade,
) -> Response {
    {
        let tickets = &mut slack.state().sockets.tickets;
        let Some(place) = tickets.iter().position(|ticket| *ticket == query.ticket) else {
            return (StatusCode::UNAUTHORIZED, "the ticket was used\n").into_response();
        };
        tickets.remove(place);
    }
    upgrade.on_upgrade(move |socket| serve(slack, socket))
}

async fn serve(slack: Arc<Slack>, mut socket: WebSocket) {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (id, count) = {
        let sockets = &mut slack.state().sockets;
        let id = sockets.id();
        sockets.opened += 1;
        sockets.open.insert(id, tell);
        (id, sockets.open.len())
    };
    let hello = json!({
        "type": "hello", "num_connections": count, "connection_info": {"app_id": "A1"},
        "debug_info": {"host": "fake-slack", "build_number": 1, "approximate_connection_time": 18_060},
    });
    let mut said = socket.send(Message::Text(hello.to_string().into())).await;
    let mut ping = tokio::time::interval(PING);
    while said.is_ok() {
        said = tokio::select! {
            next = told.recv() => match next {
                Some(Told::Text(text)) => socket.send(Message::Text(text.into())).await,
                Some(Told::Drop) | None => break,
            },
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(text))) => {
                    hear(&slack, id, text.as_bytes());
                    Ok(())
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => Ok(()),
            },
            _ = ping.tick() => socket.send(Message::Ping("Ping from fake".into())).await,
        };
    }
    slack.state().sockets.open.remove(&id);
}

/// An acknowledgement.
fn hear(slack: &Slack, connection: u64, text: &[u8]) {
    let frame: Value = serde_json::from_slice(text).unwrap_or_default();
    let envelope = frame["envelope_id"].as_str().unwrap_or_default();
    let sockets = &mut slack.state().sockets;
    if sockets.deaf > 0 {
        sockets.deaf -= 1;
        return;
    }
    match sockets.waiting.remove(envelope) {
        Some(waiting) => drop(waiting.send((connection, frame["payload"].clone()))),
        None => sockets.stray += 1,
    }
}

/// Whether the app takes what it is sent over connections.
pub(super) fn used(slack: &Slack) -> bool {
    slack.state().sockets.opened > 0
}

/// Sends an envelope until it is acknowledged; what became of it, as an answer over HTTP would say it.
pub(super) async fn send(slack: &Slack, kind: &str, payload: &Value) -> Value {
    let begun = (slack.settings.now)();
    let mut after = 0;
    for attempt in 0..TRIES {
        let (envelope, heard, connection) = {
            let sockets = &mut slack.state().sockets;
            let envelope = format!("envelope-{}", sockets.id());
            // The one after the one that was used last, in turn.
            let mut turns = sockets.open.range(after + 1..).chain(sockets.open.iter());
            let found = turns.next().map(|(id, tell)| (*id, tell.clone()));
            let (wait, heard) = oneshot::channel();
            sockets.waiting.insert(envelope.clone(), wait);
            (envelope, heard, found)
        };
        let frame = json!({
            "envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": kind != "events_api",
            "retry_attempt": attempt, "retry_reason": if attempt > 0 { "timeout" } else { "" },
        });
        if let Some((id, tell)) = connection {
            after = id;
            let _ = tell.send(Told::Text(frame.to_string()));
            if let Ok(Ok((connection, payload))) = tokio::time::timeout(ACKNOWLEDGE_WITHIN, heard).await {
                let millis = (slack.settings.now)() - begun;
                return json!({
                    "status": 200, "connection": connection, "tries": attempt + 1, "millis": millis, "payload": payload,
                });
            }
        }
        slack.state().sockets.waiting.remove(&envelope);
        tokio::time::sleep(BETWEEN).await;
    }
    json!({"error": "it was not acknowledged", "tries": TRIES})
}

#[derive(Deserialize)]
pub(super) struct Steer {
    /// Every connection is asked to end, for this reason.
    disconnect: Option<String>,
    /// Every connection ends without a word.
    #[serde(default)]
    drop: bool,
    #[serde(default)]
    refuse: u32,
    #[serde(default)]
    deaf: u32,
}

/// What goes wrong with connections.
pub(super) async fn steer(State(slack): State<Arc<Slack>>, Json(steer): Json<Steer>) -> StatusCode {
    let sockets = &mut slack.state().sockets;
    sockets.refuse += steer.refuse;
    sockets.deaf += steer.deaf;
    for connection in sockets.open.values() {
        if let Some(reason) = &steer.disconnect {
            let text = json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake-slack"}});
            let _ = connection.send(Told::Text(text.to_string()));
        }
        if steer.drop {
            let _ = connection.send(Told::Drop);
        }
    }
    StatusCode::OK
}
