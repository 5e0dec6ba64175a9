//! A Slack that is none and its people: signed mentions go to a bot, and the time until its answer is in the thread is taken.
//!
//! `bailiwick-bench-chat 127.0.0.1:9100` serves the Web API at that address and reads plans from standard input, one JSON
//! object a line; for each it prints one line with what it saw:
//!
//! `{"url": "http://127.0.0.1:7878/chat/slack/events", "clients": 16, "requests": 8000, "channels": 2000, "rate": 0}`
//!
//! Without a `rate` each client sends its next mention as soon as the last one was acknowledged; with one, mentions leave at
//! that rate whatever becomes of them, and their times count from when they were due. Both sides are in one process, so that
//! there is one clock, and it is cheap on purpose: it shares the machine with what it measures.

mod http;
mod slack;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use slack::Posted;

/// How long answers are waited for after the last mention.
const SETTLE: Duration = Duration::from_secs(20);

struct Plan {
    address: SocketAddr,
    path: String,
    secret: String,
    clients: usize,
    requests: u64,
    channels: u64,
    rate: f64,
    text: String,
    /// Tells the messages of this plan from all others.
    first: u64,
}

#[derive(Default)]
struct Seen {
    sent: BTreeMap<String, Instant>,
    acknowledged: Vec<u32>,
    statuses: BTreeMap<u16, u64>,
    next: u64,
    first_bad: Option<String>,
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn plan(json: &Value, first: u64) -> Option<Plan> {
    let url = json["url"].as_str()?.strip_prefix("http://")?;
    let (address, path) = url.split_once('/')?;
    let address: SocketAddr = address.parse().ok()?;
    // Only this machine is ever loaded.
    assert!(address.ip().is_loopback(), "only a loopback address is loaded");
    let number = |name: &str, default: u64| json[name].as_u64().unwrap_or(default);
    Some(Plan {
        address,
        path: format!("/{path}"),
        secret: json["secret"].as_str().unwrap_or("fake-signing-secret").to_owned(),
        clients: usize::try_from(number("clients", 1)).ok()?.clamp(1, 1024),
        requests: number("requests", 1_000),
        channels: number("channels", 1).max(1),
        rate: json["rate"].as_f64().unwrap_or(0.0),
        text: json["text"].as_str().unwrap_or("<@UBOT> sns list-topics").to_owned(),
        first,
    })
}

impl Plan {
    /// The time of the message of this number, which no other message has.
    fn ts(&self, number: u64) -> String {
        let id = self.first + number;
        format!("{}.{:06}", 1_700_000_000 + id / 1_000_000, id % 1_000_000)
    }

    fn request(&self, number: u64, ts: &str) -> (String, Vec<u8>) {
        let channel = format!("C{:08}", number % self.channels);
        let body = json!({
            "type": "event_callback", "team_id": "T00000001", "api_app_id": "A1", "event_id": format!("Ev{ts}"),
            "event_time": seconds(), "authorizations": [{"team_id": "T00000001", "user_id": "UBOT", "is_bot": true}],
            "event": {
                "type": "app_mention", "user": "U1", "text": self.text, "ts": ts, "event_ts": ts, "channel": channel,
                "team": "T00000001",
            },
        });
        let (body, at) = (body.to_string().into_bytes(), seconds());
        // A key of any length is a key.
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("a key");
        mac.update(format!("v0:{at}:").as_bytes());
        mac.update(&body);
        let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nx-slack-request-timestamp: {at}\r\nx-slack-signature: v0={signature}\r\n",
            self.path, self.address
        );
        (head, body)
    }
}

async fn one(plan: &Plan, socket: &mut Option<TcpStream>, buffer: &mut Vec<u8>, head: &str, body: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
    for fresh in [false, true] {
        if fresh || socket.is_none() {
            let connected = TcpStream::connect(plan.address).await?;
            connected.set_nodelay(true)?;
            buffer.clear();
            *socket = Some(connected);
        }
        let Some(open) = socket.as_mut() else { continue };
        if http::write(open, head, body).await.is_err() {
            continue;
        }
        match http::read(open, buffer).await {
            Ok(Some(answer)) => {
                if !answer.kept || answer.first.starts_with("HTTP/1.0") {
                    *socket = None;
                }
                return Ok((answer.first.get(9..12).and_then(|text| text.parse().ok()).unwrap_or(0), answer.body));
            }
            Err(error) if fresh => return Err(error),
            // A connection that was closed in between.
            _ => *socket = None,
        }
    }
    Err(std::io::ErrorKind::ConnectionReset.into())
}

async fn client(plan: Rc<Plan>, seen: Rc<RefCell<Seen>>, begun: Instant) {
    let (mut socket, mut buffer) = (None, Vec::with_capacity(16 * 1024));
    loop {
        let number = {
            let mut seen = seen.borrow_mut();
            seen.next += 1;
            seen.next - 1
        };
        if number >= plan.requests {
            return;
        }
        let ts = plan.ts(number);
        let mut due = Instant::now();
        if plan.rate > 0.0 {
            due = begun + Duration::from_secs_f64(number as f64 / plan.rate);
            tokio::time::sleep_until(due.into()).await;
        }
        let (head, body) = plan.request(number, &ts);
        seen.borrow_mut().sent.insert(ts, due);
        let answer = tokio::time::timeout(Duration::from_secs(30), one(&plan, &mut socket, &mut buffer, &head, &body)).await;
        let took = u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX);
        let mut seen = seen.borrow_mut();
        let (status, said) = match answer {
            Ok(Ok((status, body))) => (status, String::from_utf8_lossy(&body).chars().take(200).collect()),
            Ok(Err(error)) => (0, error.to_string()),
            Err(_) => (0, "no answer".to_owned()),
        };
        *seen.statuses.entry(status).or_default() += 1;
        match status {
            200 => seen.acknowledged.push(took),
            _ => {
                socket = None;
                seen.first_bad.get_or_insert(said);
            }
        }
    }
}

fn quantiles(mut micros: Vec<u32>) -> Value {
    micros.sort_unstable();
    let at = |share: f64| micros.get(((micros.len() as f64) * share) as usize).or(micros.last()).copied().unwrap_or(0);
    json!({"p50_us": at(0.5), "p99_us": at(0.99), "max_us": at(1.0)})
}

async fn run(plan: Plan, posted: &Rc<RefCell<Posted>>) -> Value {
    *posted.borrow_mut() = Posted::default();
    let (plan, seen, begun) = (Rc::new(plan), Rc::new(RefCell::new(Seen::default())), Instant::now());
    let clients: Vec<_> = (0..plan.clients)
        .map(|_| tokio::task::spawn_local(client(Rc::clone(&plan), Rc::clone(&seen), begun)))
        .collect();
    for one in clients {
        let _ = one.await;
    }
    let ended = Instant::now();
    let answered = || {
        let (posted, seen) = (posted.borrow(), seen.borrow());
        seen.sent.keys().filter(|ts| posted.answers.contains_key(*ts)).count() >= seen.sent.len()
    };
    while !answered() && ended.elapsed() < SETTLE {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (posted, seen) = (posted.borrow(), seen.borrow());
    let found = seen.sent.iter().filter_map(|(ts, due)| Some((*due, posted.answers.get(ts)?)));
    let micros = |(due, (at, _)): (Instant, &(Instant, u32))| u32::try_from((*at - due).as_micros()).unwrap_or(u32::MAX);
    let times: Vec<u32> = found.clone().map(micros).collect();
    let last = found.clone().map(|(_, (at, _))| *at).max().unwrap_or(begun);
    let twice = found.filter(|(_, (_, count))| *count > 1).count();
    let rate = times.len() as f64 / (last - begun).as_secs_f64().max(1e-9);
    json!({
        "clients": plan.clients, "sent": seen.sent.len(), "answered": times.len(), "lost": seen.sent.len() - times.len(),
        "twice": twice, "per_second": (rate * 10.0).round() / 10.0,
        "acknowledged_per_second": (seen.acknowledged.len() as f64 / (ended - begun).as_secs_f64()).round(),
        "acknowledged": quantiles(seen.acknowledged.clone()), "answer": quantiles(times),
        "statuses": seen.statuses, "first_bad": seen.first_bad, "calls": posted.calls,
    })
}

fn main() {
    let Some(address) = std::env::args().nth(1).and_then(|text| text.parse::<SocketAddr>().ok()) else {
        eprintln!("bailiwick-bench-chat 127.0.0.1:PORT");
        std::process::exit(2);
    };
    assert!(address.ip().is_loopback(), "only this machine is served");
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { std::process::exit(1) };
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind(address).await.expect("the address is free");
        let posted = Rc::new(RefCell::new(Posted::default()));
        tokio::task::spawn_local(slack::serve(listener, Rc::clone(&posted)));
        println!("{}", json!({"listening": address.to_string()}));
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        let mut first = seconds() % 100_000_000 * 10;
        while let Ok(Some(line)) = lines.next_line().await {
            let Some(plan) = serde_json::from_str(&line).ok().and_then(|json| plan(&json, first)) else {
                println!("{}", json!({"error": "that is no plan"}));
                continue;
            };
            first += plan.requests;
            println!("{}", run(plan, &posted).await);
        }
    });
}
