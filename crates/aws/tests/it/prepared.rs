//! Whole requests beside those that botocore's own clients send: method, address, headers, body, and what they are signed for.

use bailiwick_aws::endpoint::EndpointSettings;
use bailiwick_aws::model::{Operation, Protocol, Service};
use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::client::{self, Destination};
use bailiwick_aws::protocol::settle;
use bailiwick_aws::value::Value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::botocore::tagged;
use crate::endpoints::{ACCOUNT, run};
use crate::generate::{Generator, Random, Side};
use crate::round_trip::{is_ambiguous, services};

/// Buckets as they are named: by host, by path, by ARN.
const BUCKETS: [&str; 6] = [
    "my-bucket",
    "my.bucket",
    "My_Old_Bucket",
    "arn:aws:s3:eu-west-1:444455556666:accesspoint/mine",
    "arn:aws:s3-outposts:eu-west-1:444455556666:outpost/op-01234567890123456/accesspoint/mine",
    "arn:aws:s3-object-lambda:eu-west-1:444455556666:accesspoint/mine",
];

/// The protocol that botocore speaks where there is a choice.
fn protocol(service: &Service) -> Protocol {
    if service.protocols.contains(&Protocol::Json) { Protocol::Json } else { service.protocol }
}

fn put(input: &mut Value, name: &str, value: &str) {
    input.as_map_mut().unwrap().insert(name.to_owned(), value.into());
}

/// A generated input in which the members that choose an address have values that are ones.
fn input(service: &Service, operation: &Operation, index: usize) -> Value {
    let random = Random::new((index as u64) << 20 ^ service.operations.len() as u64);
    let mut input =
        Generator { service, protocol: protocol(service), random, side: Side::Input, plain: true }.operation(operation);
    let members = operation.input.as_ref().map(|target| service.target(target).members()).unwrap_or_default();
    for member in members {
        let name = &*member.name;
        match (&*service.name, name) {
            ("s3", "Bucket") => put(&mut input, name, BUCKETS[index % BUCKETS.len()]),
            ("s3", "Expires") => put(&mut input, name, "2030-01-02T03:04:05Z"),
            ("s3", "CopySource") => put(&mut input, name, "other-bucket/a key/ä"),
            ("s3", "ChecksumAlgorithm") => {
                put(&mut input, name, ["CRC32", "SHA256", "SHA1"][index % 3]);
            }
            // Who gives the digest of a key gives the key in base64; botocore makes both of the key's bytes.
            ("s3", "SSECustomerKeyMD5" | "CopySourceSSECustomerKeyMD5") => {
                input.as_map_mut().unwrap().shift_remove(name);
            }
            ("s3control", "Bucket") => put(&mut input, name, "my-bucket"),
            ("s3control", "AccountId") => put(&mut input, name, ACCOUNT),
            ("machinelearning", "PredictEndpoint") => {
                put(&mut input, name, "https://realtime.machinelearning.us-east-1.amazonaws.com");
            }
            _ if member.target.context_param().is_some() && service.target(&member.target).members().is_empty() => {
                // Names of streams, tables and the like, and their ARNs, choose hosts by their form.
                if let Some(Value::String(_)) = input.get(name) {
                    put(&mut input, name, if name.ends_with("Id") { "abcdefghi" } else { "mine" });
                }
            }
            _ if member.target.host_label && input.get(name).is_some() => put(&mut input, name, ACCOUNT),
            _ => {}
        }
        if member.target.idempotency_token {
            put(&mut input, name, "8f2b3c1e-0000-4000-8000-000000000001");
        }
    }
    input
}

fn prepared(
    pack: &Pack,
    service: &Service,
    operation: &Operation,
    given: &Value,
    region: &str,
    settings: &EndpointSettings,
) -> Json {
    let mut input = given.clone();
    settle(service, operation, &mut input);
    let to = Destination { protocol: protocol(service), region, settings, endpoint: None };
    match client::prepare(pack, service, operation, &input, to) {
        Err(error) => json!({ "error": error.to_string() }),
        Ok(client::Prepared { request, signing_name, signing_region }) => {
            let headers = request.headers().iter();
            let headers =
                headers.map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))));
            json!({
                "method": request.method().as_str(),
                "url": request.uri().to_string(),
                "headers": headers.collect::<serde_json::Map<_, _>>(),
                "body": STANDARD.encode(request.body()),
                "signing": [signing_name, signing_region],
            })
        }
    }
}

fn streams(service: &Service, operation: &Operation) -> bool {
    operation.input.iter().any(|target| {
        service.target(target).members().iter().any(|member| service.target(&member.target).is_event_stream())
    })
}

#[test]
fn whole_requests_are_those_of_botocores_clients() {
    let pack = Pack::embedded().unwrap();
    let done = run("prepared_peer.py", |send| {
        for service in services().iter().filter(|service| &*service.name != "bailiwick") {
            // All of S3, whose handlers are many; some operations of every other service.
            let all = matches!(&*service.name, "s3" | "s3control" | "glacier" | "route53" | "dynamodb" | "kinesis");
            let step = if all { 1 } else { service.operations.len().div_ceil(6) };
            for (index, operation) in service.operations.values().enumerate().step_by(step) {
                if streams(service, operation) || is_ambiguous(service, operation) {
                    continue;
                }
                let repeats = if &*service.name == "s3" { BUCKETS.len() } else { 1 };
                for repeat in 0..repeats {
                    let given = input(service, operation, index + repeat);
                    let region = if index % 2 == 0 { "eu-west-1" } else { "us-east-1" };
                    // As it is, and with endpoints of another kind: validated cryptography, both kinds of addresses, or both.
                    let other = 1 + (index / 2 + repeat) % 3;
                    let kinds = [(false, false), (other & 1 == 1, other & 2 == 2)];
                    let kinds = if (index / step).is_multiple_of(2) { &kinds[..] } else { &kinds[..1] };
                    for &(use_fips, use_dualstack) in kinds {
                        let settings = EndpointSettings { use_fips, use_dualstack, ..EndpointSettings::default() };
                        send(&json!({
                            "service": &*service.name,
                            "operation": &*operation.name,
                            "protocol": protocol(service).as_str(),
                            "region": region,
                            "fips": use_fips,
                            "dualstack": use_dualstack,
                            "input": tagged(&given),
                            "ours": prepared(&pack, service, operation, &given, region, &settings),
                        }));
                    }
                }
            }
        }
    });
    let Some((summary, found)) = done else { return };
    assert_eq!(summary["differences"], 0, "{summary}\n{found}");
    assert!(summary["compared"].as_u64() >= Some(4_500), "{summary}");
}

#[test]
fn signatures_of_other_kinds_are_refused_with_the_reason() {
    let pack = Pack::embedded().unwrap();
    let refused = |name: &str, operation: &str, members: &[(&str, &str)]| {
        let service = pack.service(name).unwrap();
        let operation = service.operation(operation).unwrap();
        let mut input = Value::empty();
        members.iter().for_each(|(name, value)| put(&mut input, name, value));
        let refused = prepared(&pack, &service, operation, &input, "us-east-1", &EndpointSettings::default());
        refused["error"].as_str().unwrap_or_else(|| panic!("{refused}")).to_owned()
    };
    for (name, operation, members, kind) in [
        // A directory bucket, whose requests are signed with keys of CreateSession.
        ("s3", "GetObject", &[("Bucket", "mine--use1-az4--x-s3"), ("Key", "k")][..], "`sigv4-s3express`"),
        // An access point of several Regions, and an endpoint of EventBridge in several, which one signature is for.
        ("s3", "HeadBucket", &[("Bucket", "arn:aws:s3::444455556666:accesspoint/mfzwi23gnjvgw.mrap")], "`sigv4a`"),
        ("events", "PutEvents", &[("EndpointId", "abcde.veo")], "`sigv4a`"),
        ("codecatalyst", "ListSpaces", &[], "`bearer token`"),
    ] {
        let error = refused(name, operation, members);
        assert!(error.contains(kind) && error.contains("configure another endpoint"), "{name} {operation}: {error}");
    }
}
