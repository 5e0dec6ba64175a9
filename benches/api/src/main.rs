//! Loads an AWS-compatible API on this machine with signed requests, over connections that are kept alive, and prints what
//! it saw as one JSON object.
//!
//! `load --endpoint 127.0.0.1:7878 --op iam:GetRole -p RoleName=bench --ak AKIA... --sk ... -c 16 -n 20000`
//!
//! Every request is signed afresh. It is cheap on purpose: it shares the machine with what it measures.

mod sign;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The API versions of the services that speak the query protocol.
const VERSIONS: &[(&str, &str)] = &[("iam", "2010-05-08"), ("sns", "2010-03-31"), ("sts", "2011-06-15")];

struct Options {
    address: SocketAddr,
    service: String,
    body: String,
    content_type: &'static str,
    target: Option<String>,
    key: sign::Key,
    clients: usize,
    requests: u64,
    seconds: u64,
    once: bool,
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn options() -> Option<Options> {
    let (mut named, mut parameters) = (BTreeMap::new(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    let mut once = false;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--once" => once = true,
            "-p" => parameters.push(arguments.next()?.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()))?),
            name => {
                named.insert(name.trim_start_matches('-').to_owned(), arguments.next()?);
            }
        }
    }
    let get = |name: &str, default: &str| named.get(name).cloned().unwrap_or_else(|| default.to_owned());
    let address: SocketAddr = get("endpoint", "127.0.0.1:7878").trim_start_matches("http://").parse().ok()?;
    // Only this machine is ever loaded.
    assert!(address.ip().is_loopback(), "only a loopback address is loaded");
    let operation = get("op", "sts:GetCallerIdentity");
    let (service, action) = operation.split_once(':')?;
    let version = VERSIONS.iter().find(|(name, _)| *name == service).map(|(_, version)| *version);
    let (content_type, target, body) = match version {
        Some(version) => {
            let mut body = format!("Action={action}&Version={version}");
            for (name, value) in &parameters {
                body.push_str(&format!("&{}={}", encode(name), encode(value)));
            }
            ("application/x-www-form-urlencoded; charset=utf-8", None, body)
        }
        None => {
            let target = format!("AWSOrganizationsV20161128.{action}");
            ("application/x-amz-json-1.1", Some(target), get("body", "{}"))
        }
    };
    let key =
        sign::Key::new(get("ak", "testing"), get("sk", "testing"), named.get("token").cloned(), "us-east-1", service);
    Some(Options {
        address,
        service: service.to_owned(),
        body,
        content_type,
        target,
        key,
        clients: get("c", "1").parse().ok()?,
        requests: get("n", "1000").parse().ok()?,
        seconds: get("max-secs", "20").parse().ok()?,
        once,
    })
}

#[derive(Default)]
struct Seen {
    latencies: Vec<u32>,
    statuses: BTreeMap<u16, u64>,
    started: u64,
    connections: u64,
    first_bad: Option<String>,
}

/// One request over a connection that may be there already; the status and the body.
async fn one(
    options: &Options,
    connection: &mut Option<TcpStream>,
    buffer: &mut Vec<u8>,
    seen: &RefCell<Seen>,
) -> std::io::Result<(u16, Vec<u8>)> {
    let head = options.key.request(
        &options.address.to_string(),
        options.content_type,
        options.target.as_deref(),
        &options.body,
    );
    for fresh in [false, true] {
        if fresh || connection.is_none() {
            let socket = TcpStream::connect(options.address).await?;
            socket.set_nodelay(true)?;
            seen.borrow_mut().connections += 1;
            *connection = Some(socket);
        }
        let Some(socket) = connection.as_mut() else { continue };
        if socket.write_all(head.as_bytes()).await.is_err() {
            continue;
        }
        match read(socket, buffer).await {
            Ok((status, body, kept)) => {
                if !kept {
                    *connection = None;
                }
                return Ok((status, body));
            }
            Err(error) if fresh => return Err(error),
            // A connection that was closed in between.
            Err(_) => {}
        }
    }
    Err(std::io::ErrorKind::ConnectionReset.into())
}

/// Reads one answer: status, body, and whether the connection stays open.
async fn read(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<(u16, Vec<u8>, bool)> {
    buffer.clear();
    let (end, status, length, close) = loop {
        if socket.read_buf(buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let status = head.get(9..12).and_then(|text| text.parse().ok()).unwrap_or(0);
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let length = header("content-length:").and_then(|text| text.parse::<usize>().ok());
        let close = head.starts_with("http/1.0") || header("connection:") == Some("close");
        break (end + 4, status, length, close);
    };
    match length {
        Some(length) => {
            while buffer.len() < end + length {
                if socket.read_buf(buffer).await? == 0 {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        None => while socket.read_buf(buffer).await? > 0 {},
    }
    Ok((status, buffer[end..].to_vec(), !close && length.is_some()))
}

async fn run(options: Rc<Options>, requests: u64) -> (Seen, Duration) {
    let seen = Rc::new(RefCell::new(Seen::default()));
    let start = Instant::now();
    let local = tokio::task::LocalSet::new();
    for _ in 0..options.clients {
        let (options, seen) = (Rc::clone(&options), Rc::clone(&seen));
        local.spawn_local(async move {
            let (mut connection, mut buffer) = (None, Vec::with_capacity(16 * 1024));
            let within = Duration::from_secs(options.seconds + 10);
            loop {
                {
                    let mut seen = seen.borrow_mut();
                    if seen.started >= requests || start.elapsed().as_secs() >= options.seconds {
                        break;
                    }
                    seen.started += 1;
                }
                let begun = Instant::now();
                let answer = one(&options, &mut connection, &mut buffer, &seen);
                let answer = tokio::time::timeout(within, answer).await.unwrap_or_else(|_| {
                    // What may still come over it belongs to nobody.
                    connection = None;
                    Err(std::io::ErrorKind::TimedOut.into())
                });
                let took = u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX);
                let mut seen = seen.borrow_mut();
                match answer {
                    Ok((200, _)) => {
                        seen.latencies.push(took);
                        *seen.statuses.entry(200).or_default() += 1;
                    }
                    Ok((status, body)) => {
                        *seen.statuses.entry(status).or_default() += 1;
                        seen.first_bad
                            .get_or_insert_with(|| String::from_utf8_lossy(&body).chars().take(400).collect());
                    }
                    Err(error) => {
                        *seen.statuses.entry(0).or_default() += 1;
                        seen.first_bad.get_or_insert_with(|| error.to_string());
                    }
                }
            }
        });
    }
    local.await;
    let took = start.elapsed();
    (seen.take(), took)
}

fn main() {
    let Some(options) = options() else {
        eprintln!(
            "load --endpoint 127.0.0.1:PORT --op SERVICE:Action [-p Name=value]... [--body JSON] --ak ID --sk SECRET [--token T] [-c CLIENTS] [-n REQUESTS] [--max-secs S] [--once]"
        );
        std::process::exit(2);
    };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { std::process::exit(1) };
    let options = Rc::new(options);
    runtime.block_on(async {
        if options.once {
            let seen = RefCell::new(Seen::default());
            let within = Duration::from_secs(options.seconds);
            let (mut connection, mut buffer) = (None, Vec::new());
            let answer = tokio::time::timeout(within, one(&options, &mut connection, &mut buffer, &seen)).await;
            match answer.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into())) {
                Ok((status, body)) => println!("{status}\n{}", String::from_utf8_lossy(&body)),
                Err(error) => println!("0\n{error}"),
            }
            return;
        }
        // What is not measured: connections, caches, and for moto its first imports.
        let (warm, _) = run(Rc::clone(&options), options.clients as u64 * 4).await;
        let (mut seen, took) = run(Rc::clone(&options), options.requests).await;
        seen.latencies.sort_unstable();
        let at = |share: f64| seen.latencies.get((seen.latencies.len() as f64 * share) as usize).copied().unwrap_or(0);
        let good = seen.latencies.len();
        let result = json!({
            "service": options.service,
            "clients": options.clients,
            "good": good,
            "warm": warm.latencies.len(),
            "seconds": took.as_secs_f64(),
            "per_second": (good as f64 / took.as_secs_f64()).round(),
            "p50_us": at(0.5),
            "p99_us": at(0.99),
            "connections": seen.connections,
            "statuses": seen.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect::<BTreeMap<_, _>>(),
            "first_bad": seen.first_bad,
        });
        println!("{result}");
    });
}
