//! As much of Slack's Web API as a bot asks for before and while it answers a mention, and when each answer came.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::http;

/// What was posted: by the message whose thread it is in, when, and how often.
#[derive(Default)]
pub struct Posted {
    pub answers: HashMap<String, (Instant, u32)>,
    /// How often each method was called.
    pub calls: HashMap<String, u64>,
    number: u64,
}

/// Serves until the process ends.
pub async fn serve(listener: TcpListener, posted: Rc<RefCell<Posted>>) {
    while let Ok((socket, _)) = listener.accept().await {
        let _ = socket.set_nodelay(true);
        tokio::task::spawn_local(connection(socket, Rc::clone(&posted)));
    }
}

async fn connection(mut socket: TcpStream, posted: Rc<RefCell<Posted>>) {
    let mut buffer = Vec::with_capacity(16 * 1024);
    while let Ok(Some(request)) = http::read(&mut socket, &mut buffer).await {
        let path = request.first.split(' ').nth(1).unwrap_or_default();
        let method = path.rsplit('/').next().unwrap_or_default().split('?').next().unwrap_or_default();
        let body = answer(method, &request.body, &posted).to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n";
        if http::write(&mut socket, head, body.as_bytes()).await.is_err() || !request.kept {
            return;
        }
    }
}

/// One argument of a request, as JSON or as a form.
fn argument(body: &[u8], json: &Value, name: &str) -> String {
    if let Some(text) = json[name].as_str() {
        return text.to_owned();
    }
    let text = std::str::from_utf8(body).unwrap_or_default();
    let pair = text.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    pair.map(|(_, value)| value.replace("%3A", ":").replace('+', " ")).unwrap_or_default()
}

fn answer(method: &str, body: &[u8], posted: &RefCell<Posted>) -> Value {
    let mut posted = posted.borrow_mut();
    *posted.calls.entry(method.to_owned()).or_default() += 1;
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = |name: &str| argument(body, &json, name);
    match method {
        "auth.test" => {
            json!({"ok": true, "url": "http://127.0.0.1/", "team": "Bench", "user": "bot", "team_id": "T00000001", "user_id": "UBOT", "bot_id": "BBOT"})
        }
        "chat.postMessage" => {
            let (now, thread, channel) = (Instant::now(), said("thread_ts"), said("channel"));
            posted.answers.entry(thread).or_insert((now, 0)).1 += 1;
            posted.number += 1;
            let ts = format!("{}.{:06}", 1_900_000_000 + posted.number / 1_000_000, posted.number % 1_000_000);
            json!({"ok": true, "channel": channel, "ts": ts, "message": {"type": "message", "ts": ts, "bot_id": "BBOT"}})
        }
        "conversations.info" => {
            json!({"ok": true, "channel": {"id": said("channel"), "name": "bench", "is_channel": true, "is_member": true, "is_private": false}})
        }
        "users.info" => json!({"ok": true, "user": {"id": said("user"), "team_id": "T00000001", "name": "dana"}}),
        "conversations.replies" | "conversations.history" => json!({"ok": true, "messages": [], "has_more": false}),
        _ => json!({"ok": true}),
    }
}
