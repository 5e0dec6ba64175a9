//! Any stream of events: its framing taken as it comes, and in frames whose checksums are right, so that what is behind them is
//! reached. Messages or an error, and outputs of operations with streams.
#![no_main]

use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::{client::decode, eventstream::{frame, messages}};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| Pack::embedded().expect("the pack"));

const OPERATIONS: [(&str, &str); 3] =
    [("s3", "SelectObjectContent"), ("logs", "StartLiveTail"), ("bedrock-runtime", "InvokeModelWithResponseStream")];

/// An event's headers: its type by a number, its payload's type, and whatever else.
fn headers(kind: u8, more: &[u8]) -> Vec<u8> {
    const EVENTS: [&str; 6] = ["Records", "Stats", "End", "chunk", "sessionUpdate", "initial-response"];
    let event = EVENTS[usize::from(kind) % EVENTS.len()];
    let mut out = Vec::new();
    for (name, value) in [(":message-type", "event"), (":event-type", event), (":content-type", "application/json")] {
        out.push(name.len() as u8);
        out.extend(name.bytes());
        out.push(7);
        out.extend((value.len() as u16).to_be_bytes());
        out.extend(value.bytes());
    }
    out.extend(more);
    out
}

fuzz_target!(|input: (u8, &[u8], &[u8])| {
    let (kind, more, payload) = input;
    for body in [payload.to_vec(), frame(more, payload), frame(&headers(kind, more), payload)] {
        let _ = messages(&body);
        for (service, operation) in OPERATIONS {
            let service = PACK.service(service).expect("a service");
            let operation = service.operation(operation).expect("an operation");
            let _ = decode(&service, operation, &http::Response::new(body.clone()));
        }
    }
});
