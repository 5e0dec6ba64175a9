//! Our requests and responses beside botocore's: the same inputs through its serializers, our answers through its parsers.

use std::io::Write as _;
use std::process::{Command, Stdio};

use bailiwick_aws::fault::Fault;
use bailiwick_aws::http::Response;
use bailiwick_aws::model::{Operation, Protocol, Service};
use bailiwick_aws::protocol::{client, server};
use bailiwick_aws::value::Value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::generate::{Generator, Random, Side};
use crate::round_trip::{is_ambiguous, services};

const REQUEST_ID: &str = "8f2b3c1e-0000-4000-8000-000000000001";

pub(crate) fn tagged(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(value) => json!(value),
        Value::Integer(number) => json!(number),
        Value::Float(number) => json!({ "f": number.to_string() }),
        Value::String(text) => json!(text),
        Value::Blob(bytes) => json!({ "b": STANDARD.encode(bytes) }),
        Value::Timestamp(time) => json!({ "t": time.as_seconds() }),
        Value::List(values) => Json::Array(values.iter().map(tagged).collect()),
        Value::Map(entries) => {
            let entries: serde_json::Map<String, Json> =
                entries.iter().map(|(name, value)| (name.clone(), tagged(value))).collect();
            json!({ "m": entries })
        }
        Value::Document(json) => json!({ "d": json }),
    }
}

fn headers(headers: &http::HeaderMap) -> Json {
    let pairs =
        headers.iter().map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))));
    Json::Object(pairs.collect())
}

fn response(response: &Response) -> Json {
    json!({
        "status": response.status().as_u16(),
        "headers": headers(response.headers()),
        "body": STANDARD.encode(response.body()),
    })
}

fn fault(service: &Service, operation: &Operation, protocol: Protocol) -> Json {
    let name = operation.errors.first().map(|id| service.shape(*id).name.to_string());
    let made = match name {
        Some(name) => Fault::modelled(service, &name, "it is <not> \"there\" & never was"),
        None => Fault::sender("AccessDenied", 403, "User: arn:aws:iam::1:user/a is not authorized"),
    };
    let mut json = response(&server::encode_fault(service, protocol, &made, REQUEST_ID));
    json["code"] = json!(made.code);
    json["message"] = json!(made.message);
    json
}

/// One line for the script; `None` for operations that botocore's plain serializers and parsers cannot be asked about.
fn line(service: &Service, operation: &Operation, index: usize) -> Option<Json> {
    let protocol = service.protocol;
    let streams = |target: &Option<bailiwick_aws::ShapeRef>| {
        target.as_ref().is_some_and(|target| {
            service.target(target).members().iter().any(|member| service.target(&member.target).is_event_stream())
        })
    };
    if streams(&operation.input) || streams(&operation.output) || is_ambiguous(service, operation) {
        return None;
    }
    let generate = |side: Side| {
        let random = Random::new((index as u64) << 16 ^ service.operations.len() as u64);
        Generator { service, protocol, random, side, plain: true }.operation(operation)
    };
    let (mut input, output) = (generate(Side::Input), generate(Side::Output));
    // A text in the model, in which botocore wants a time.
    if let ("s3", Some(expires)) = (&*service.name, input.as_map_mut().and_then(|members| members.get_mut("Expires"))) {
        *expires = Value::from("Wed, 02 Jan 2030 03:04:05 GMT");
    }
    let request = client::encode(service, operation, &input).unwrap();
    let answer = server::Route { service, operation, protocol }.encode(&output, REQUEST_ID).unwrap();
    Some(json!({
        "service": &*service.name,
        "operation": &*operation.name,
        "protocol": protocol.as_str(),
        "input": tagged(&input),
        "request": {
            "method": request.method.as_str(),
            "target": request.target,
            "headers": headers(&request.headers),
            "body": STANDARD.encode(&request.body),
            "host_prefix": request.host_prefix,
        },
        "output": tagged(&output),
        "response": response(&answer),
        "fault": fault(service, operation, protocol),
    }))
}

#[test]
fn requests_and_responses_are_botocores() {
    let Ok(python) = std::env::var("BAILIWICK_PYTHON") else {
        println!("skipped: set BAILIWICK_PYTHON to a Python interpreter that has botocore");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/botocore_peer.py");
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        // Our own service is none of botocore's.
        for service in services().iter().filter(|service| &*service.name != "bailiwick") {
            // Every operation of the small services, a share of the large ones: the bar is 2,000 over all protocols.
            let step = service.operations.len().div_ceil(40);
            for (index, operation) in service.operations.values().enumerate().step_by(step) {
                if let Some(line) = line(service, operation, index) {
                    writeln!(stdin, "{line}").unwrap();
                }
            }
        }
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (last, found) = text.trim_end().rsplit_once('\n').map_or((text.trim_end(), ""), |(found, last)| (last, found));
    let summary: Json = serde_json::from_str(last).unwrap_or_else(|_| panic!("the script failed: {text}"));
    println!("{summary}");
    assert_eq!(summary["differences"], 0, "{summary}\n{found}");
    assert!(summary["compared"].as_u64() >= Some(2000), "{summary}");
}
