//! What one side writes the other reads back: every operation of every service, in every protocol it speaks.

use std::sync::{Arc, OnceLock};

use bailiwick_aws::model::{Operation, Protocol, Service};
use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::{client, server};
use bailiwick_aws::value::Value;
use http::Uri;

use crate::generate::{Generator, Random, Side};

fn pack() -> &'static Pack {
    static PACK: OnceLock<Arc<Pack>> = OnceLock::new();
    PACK.get_or_init(|| Pack::embedded().unwrap())
}

/// Every service of the pack.
pub(crate) fn services() -> Vec<Arc<Service>> {
    let pack = pack();
    let names: Vec<String> = pack.services().map(str::to_owned).collect();
    names.iter().map(|name| pack.service(name).unwrap()).collect()
}

/// One service of the pack.
pub(crate) fn service(name: &str) -> Arc<Service> {
    pack().service(name).unwrap()
}

/// Runs `check` over all services on two threads and gathers the complaints.
fn over_all(check: impl Fn(&Service, Protocol) -> (usize, Vec<String>) + Sync) {
    let services = services();
    let halves: Vec<Vec<&Arc<Service>>> = (0..2)
        .map(|half| services.iter().enumerate().filter(|(i, _)| i % 2 == half).map(|(_, s)| s).collect())
        .collect();
    let results: Vec<(usize, Vec<String>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = halves
            .iter()
            .map(|half| {
                let check = &check;
                scope.spawn(move || {
                    let mut total = (0, Vec::new());
                    for service in half {
                        for protocol in &service.protocols {
                            let (count, complaints) = check(service, *protocol);
                            total.0 += count;
                            total.1.extend(complaints);
                        }
                    }
                    total
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let complaints: Vec<&String> = results.iter().flat_map(|(_, complaints)| complaints).collect();
    let count: usize = results.iter().map(|(count, _)| count).sum();
    let shown: Vec<&&String> = complaints.iter().take(12).collect();
    assert!(complaints.is_empty(), "{} of {count} failed; the first: {shown:#?}", complaints.len());
    assert!(count >= 2 * 18_000, "only {count} were checked");
}

fn generator(service: &Service, protocol: Protocol, side: Side, seed: u64) -> Generator<'_> {
    let random = Random::new(seed.wrapping_mul(0x1000_0000_01b3) ^ service.operations.len() as u64);
    Generator { service, protocol, random, side, plain: false }
}

fn difference(what: &str, service: &Service, operation: &str, protocol: Protocol, wanted: &Value, got: &str) -> String {
    let wanted = format!("{wanted:?}");
    let wanted: String = wanted.chars().take(600).collect();
    let got: String = got.chars().take(600).collect();
    format!("{} {operation} {what} over {}: wrote {wanted} read {got}", service.name, protocol.as_str())
}

/// Operations at the same method and path as another: superseded ones, and one that is told apart by its host alone.
fn is_shadowed(service: &Service, operation: &Operation) -> bool {
    &*service.name == "s3"
        && matches!(&*operation.name, "GetBucketLifecycle" | "PutBucketLifecycle" | "ListDirectoryBuckets")
}

/// What no reader can tell apart: two superseded operations whose model gives two members the same element, and one whose
/// output takes every header.
pub(crate) fn is_ambiguous(service: &Service, operation: &Operation) -> bool {
    matches!(
        (&*service.name, &*operation.name),
        ("s3", "GetBucketNotification" | "PutBucketNotification") | ("dataexchange", "SendApiAsset")
    )
}

/// Streams of events are read and never written; `protocol::client::events` has its own tests.
fn is_stream(service: &Service, operation: &Operation) -> bool {
    let output = operation.output.as_ref().map(|output| service.target(output));
    output.is_some_and(|shape| shape.members().iter().any(|member| service.target(&member.target).is_event_stream()))
}

fn is_checksum(operation: &Operation, member: &str) -> bool {
    operation.checksum.is_some() && member.starts_with("Checksum")
}

#[test]
fn inputs_are_read_back() {
    let endpoint: Uri = "http://127.0.0.1:7878".parse().unwrap();
    over_all(|service, protocol| {
        let (mut count, mut complaints) = (0, Vec::new());
        for (index, operation) in service.operations.values().enumerate().filter(|(_, op)| !is_ambiguous(service, op)) {
            for round in 0..2 {
                count += 1;
                let mut generator = generator(service, protocol, Side::Input, (index * 8 + round) as u64);
                let input = generator.operation(operation);
                let complain = |got: &str| difference("input", service, &operation.name, protocol, &input, got);
                let request = match client::encode_as(protocol, service, operation, &input) {
                    Ok(unsigned) => unsigned.at(&endpoint, false).unwrap(),
                    // A stream of events cannot be sent; nothing else may fail.
                    Err(error) if error.to_string().contains("stream of events") => continue,
                    Err(error) => {
                        complaints.push(complain(&error.to_string()));
                        continue;
                    }
                };
                let route = match server::route(service, &request) {
                    Ok(_) if is_shadowed(service, operation) => Ok(server::Route { service, operation, protocol }),
                    other => other,
                };
                match route {
                    Ok(route) if route.operation.name == operation.name && route.protocol == protocol => {
                        match route.decode(&request) {
                            Ok(read) if read == input => {}
                            Ok(read) => complaints.push(complain(&format!("{read:?}"))),
                            Err(fault) => complaints.push(complain(&fault.to_string())),
                        }
                    }
                    Ok(route) => complaints.push(complain(&format!(
                        "as {} over {:?} from {}",
                        route.operation.name,
                        route.protocol,
                        request.uri()
                    ))),
                    Err(fault) => complaints.push(complain(&format!("{fault} from {}", request.uri()))),
                }
            }
        }
        (count, complaints)
    });
}

#[test]
fn outputs_are_read_back() {
    over_all(|service, protocol| {
        let (mut count, mut complaints) = (0, Vec::new());
        for (index, operation) in service
            .operations
            .values()
            .enumerate()
            .filter(|(_, op)| !is_ambiguous(service, op) && !is_stream(service, op))
        {
            for round in 0..2 {
                count += 1;
                let mut generator = generator(service, protocol, Side::Output, (index * 8 + round) as u64);
                let mut output = generator.operation(operation);
                if let Value::Map(members) = &mut output {
                    // A made-up checksum is one that does not hold.
                    members.retain(|name, _| !is_checksum(operation, name));
                }
                let complain = |got: &str| difference("output", service, &operation.name, protocol, &output, got);
                let route = server::Route { service, operation, protocol };
                match route.encode(&output, "00000000-0000-0000-0000-000000000000") {
                    Ok(response) => match client::decode_as(protocol, service, operation, &response) {
                        Ok(read) if read == output => {}
                        Ok(read) => complaints.push(complain(&format!("{read:?}"))),
                        Err(error) => complaints.push(complain(&error.to_string())),
                    },
                    Err(fault) => complaints.push(complain(&fault.to_string())),
                }
            }
        }
        (count, complaints)
    });
}
