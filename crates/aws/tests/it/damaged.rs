//! Valid messages with a few bytes changed, cut off or doubled: each decoder gives a value or an error, in bounded time.
//!
//! `fuzz/` looks for more, for as long as one likes; this runs with every build.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use bailiwick_aws::http::Response;
use bailiwick_aws::protocol::eventstream::{frame, messages};
use bailiwick_aws::protocol::{client, server};

use crate::generate::{Generator, Random, Side};
use crate::round_trip::service;

/// How long one service's messages may take before it counts as a hang: hundreds of times what they take.
const HANGS: Duration = Duration::from_secs(120);
/// Services of all protocols.
const SERVICES: [&str; 12] = [
    "bedrock-runtime",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "iam",
    "kinesis",
    "lambda",
    "logs",
    "route53",
    "s3",
    "sns",
    "sqs",
];

/// Changes some bytes, each in one of the ways that break readers.
fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    const TELLING: &[u8] = b"<>&;/\"'{}[]:,=%\\ \n\0\x7f\x80\xc0\xff09-+.eE";
    for _ in 0..1 + random.below(4) {
        let at = random.below(bytes.len() + 1);
        let until = (at + random.below(12)).min(bytes.len());
        match random.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..until)),
            2 => {
                let part = bytes[at..until].to_vec();
                bytes.splice(at..at, part.repeat(1 + random.below(40)));
            }
            3 => bytes.insert(at, *random.pick(TELLING)),
            4 if at < bytes.len() => bytes[at] = *random.pick(TELLING),
            _ if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            _ => {}
        }
    }
}

/// Runs the work of each service on a thread of its own, and fails if one does not end.
fn each_service(work: fn(&str, &AtomicUsize)) {
    for name in SERVICES {
        let (done, end) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let count = AtomicUsize::new(0);
            work(name, &count);
            let _ = done.send(count.into_inner());
        });
        match end.recv_timeout(HANGS) {
            Ok(count) => assert!(count > 50, "only {count} messages of {name}"),
            Err(mpsc::RecvTimeoutError::Disconnected) => std::panic::resume_unwind(thread.join().unwrap_err()),
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("a decoder of {name} does not end"),
        }
    }
}

#[test]
fn damaged_answers_are_read_or_refused() {
    each_service(|name, count| {
        let service = service(name);
        let step = service.operations.len().div_ceil(24);
        for protocol in service.protocols.iter().copied() {
            for (index, operation) in service.operations.values().enumerate().step_by(step) {
                let random = Random::new(index as u64);
                let mut generator = Generator { service: &service, protocol, random, side: Side::Output, plain: false };
                let output = generator.operation(operation);
                let route = server::Route { service: &service, operation, protocol };
                let Ok(whole) = route.encode(&output, "id-1") else { continue };
                for _ in 0..40 {
                    let mut body = whole.body().clone();
                    damage(&mut generator.random, &mut body);
                    let mut response = Response::new(body);
                    *response.headers_mut() = whole.headers().clone();
                    *response.status_mut() = if generator.random.below(5) == 0 { 400 } else { 200 }.try_into().unwrap();
                    for value in response.headers_mut().values_mut() {
                        let mut text = value.as_bytes().to_vec();
                        if generator.random.below(3) == 0 {
                            damage(&mut generator.random, &mut text);
                        }
                        *value = http::HeaderValue::from_bytes(&text).unwrap_or_else(|_| value.clone());
                    }
                    let _ = client::decode_as(protocol, &service, operation, &response);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    });
}

#[test]
fn damaged_requests_are_read_or_refused() {
    each_service(|name, count| {
        let endpoint: http::Uri = "http://127.0.0.1:7878".parse().unwrap();
        let service = service(name);
        let step = service.operations.len().div_ceil(24);
        for protocol in service.protocols.iter().copied() {
            for (index, operation) in service.operations.values().enumerate().step_by(step) {
                let random = Random::new(index as u64);
                let mut generator = Generator { service: &service, protocol, random, side: Side::Input, plain: false };
                let input = generator.operation(operation);
                let Ok(unsigned) = client::encode_as(protocol, &service, operation, &input) else { continue };
                let whole = unsigned.at(&endpoint, false).unwrap();
                for _ in 0..40 {
                    let mut body = whole.body().clone();
                    damage(&mut generator.random, &mut body);
                    let mut target = whole.uri().path_and_query().unwrap().as_str().as_bytes().to_vec();
                    if generator.random.below(2) == 0 {
                        damage(&mut generator.random, &mut target);
                    }
                    let target = String::from_utf8_lossy(&target).into_owned();
                    let mut builder = http::Request::builder().method(whole.method()).uri(target);
                    for (name, value) in whole.headers() {
                        builder = builder.header(name, value);
                    }
                    let Ok(request) = builder.body(body) else { continue };
                    if let Ok(route) = server::route(&service, &request) {
                        let _ = route.decode(&request);
                    }
                    let _ = server::Route { service: &service, operation, protocol }.decode(&request);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    });
}

#[test]
fn damaged_streams_of_events_are_read_or_refused() {
    let operations = [("s3", "SelectObjectContent"), ("logs", "StartLiveTail"), ("bedrock-runtime", "ConverseStream")];
    let models = operations.map(|(name, operation)| (service(name), operation));
    let mut headers = Vec::new();
    for (name, value) in [(":message-type", "event"), (":event-type", "Records"), (":content-type", "application/json")]
    {
        headers.push(name.len() as u8);
        headers.extend(name.bytes());
        headers.push(7);
        headers.extend((value.len() as u16).to_be_bytes());
        headers.extend(value.bytes());
    }
    let whole = frame(&headers, br#"{"role":"assistant"}"#);
    assert_eq!(messages(&whole).unwrap().len(), 1);
    let mut random = Random::new(5);
    for round in 0..4_000 {
        // Broken inside with right checksums, so that what is behind them is reached; or with whatever checksums there are then.
        let (mut inside, mut payload) = (headers.clone(), br#"{"role":"assistant"}"#.to_vec());
        damage(&mut random, &mut inside);
        damage(&mut random, &mut payload);
        let mut body = frame(&inside, &payload);
        body.extend_from_slice(&whole);
        if round % 2 == 0 {
            damage(&mut random, &mut body);
        }
        let _ = messages(&body);
        for (service, operation) in &models {
            let _ = client::decode(service, service.operation(operation).unwrap(), &Response::new(body.clone()));
        }
    }
}
