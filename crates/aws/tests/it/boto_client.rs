//! botocore's own clients call a server made of this crate over a socket: their signatures verify, their requests decode,
//! and they read our answers.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use bailiwick_aws::Value;
use bailiwick_aws::fault::Fault;
use bailiwick_aws::http::{Request, Response};
use bailiwick_aws::protocol::server;
use bailiwick_aws::sigv4::{Claim, Secret};
use bailiwick_ident::Timestamp;
use serde_json::{Value as Json, json};

use crate::botocore::tagged;
use crate::generate::{Generator, Random, Side};
use crate::round_trip::service;

const SERVICES: &[&str] = &[
    "chatbot",
    "chime",
    "cloudwatch",
    "ec2",
    "iam",
    "lambda",
    "lex-models",
    "lex-runtime",
    "organizations",
    "route53",
    "sns",
    "sqs",
    "sts",
];
const SESSION_TOKEN: &str = "a/session+token==";

fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock comes from here")]
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since.as_millis() as i64)
}

fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut words = line.split(' ');
    let mut builder = http::Request::builder().method(words.next()?).uri(words.next()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
        builder = builder.header(name, value.trim());
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    builder.body(body).ok()
}

/// Verifies, routes and decodes as a server does, and answers with a generated output. `wanted` holds the calls that are
/// still to come, in order.
fn answer(request: &Request, wanted: &Mutex<Vec<Json>>) -> Response {
    let call = wanted.lock().unwrap().pop().unwrap();
    let service = service(call[0].as_str().unwrap());
    let protocol = server::protocol_of(&service, request);
    let refuse = |fault: &Fault| server::encode_fault(&service, protocol, fault, "id-1");
    let verified = Claim::parse(request).and_then(|claim| {
        assert_eq!(claim.service(), &*service.signing_name);
        assert_eq!(claim.security_token().unwrap().expose(), SESSION_TOKEN);
        claim.verify(&Secret::new("a secret of the test"), request, request.body(), now())
    });
    if let Err(error) = verified {
        return refuse(&Fault::from_sigv4(&error, protocol));
    }
    let route = match server::route(&service, request) {
        Ok(route) => route,
        Err(fault) => return refuse(&fault),
    };
    match route.decode(request) {
        Err(fault) => return refuse(&fault),
        Ok(input) if (&*route.operation.name, tagged(&input)) != (call[1].as_str().unwrap(), call[2].clone()) => {
            let text = format!("{} {} is not {}", route.operation.name, tagged(&input), call[2]);
            return refuse(&Fault::sender("Differs", 400, text));
        }
        Ok(_) => {}
    }
    let random = Random::new(7);
    let output =
        Generator { service: &service, protocol, random, side: Side::Output, plain: true }.operation(route.operation);
    route.encode(&output, "id-1").unwrap()
}

fn serve(listener: &TcpListener, wanted: &Mutex<Vec<Json>>) {
    while let Ok((stream, _)) = listener.accept() {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut stream = stream;
        // One request a connection: clients of several services take turns.
        if let Some(request) = read_request(&mut reader) {
            if request.uri().path() == "/stop" {
                return;
            }
            let response = answer(&request, wanted);
            let mut head = format!("HTTP/1.1 {}\r\n", response.status());
            for (name, value) in response.headers() {
                head.push_str(&format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes())));
            }
            head.push_str(&format!("connection: close\r\ncontent-length: {}\r\n\r\n", response.body().len()));
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(response.body()).unwrap();
        }
    }
}

/// Some operations of every service above. Left out are members that botocore fills or changes on its way to the wire, and
/// operations whose requests it does not sign.
fn calls() -> Vec<Json> {
    let mut calls = Vec::new();
    for name in SERVICES {
        let service = service(name);
        let step = service.operations.len().div_ceil(12);
        for (index, operation) in service.operations.values().enumerate().step_by(step) {
            let members = operation.input.as_ref().map_or(&[][..], |target| service.target(target).members());
            let streams = |target: &Option<bailiwick_aws::ShapeRef>| {
                target.as_ref().is_some_and(|target| {
                    service
                        .target(target)
                        .members()
                        .iter()
                        .any(|member| service.target(&member.target).is_event_stream())
                })
            };
            let unsigned =
                operation.auth_type.is_some() || operation.auth.iter().any(|auth| &**auth == "smithy.api#noAuth");
            let filled = members.iter().any(|member| member.target.idempotency_token);
            if unsigned || filled || streams(&operation.input) || streams(&operation.output) {
                continue;
            }
            let (random, protocol) = (Random::new(index as u64), service.protocol);
            let input =
                Generator { service: &service, protocol, random, side: Side::Input, plain: true }.operation(operation);
            // Of an id of Route 53 botocore sends what stands behind the last slash.
            let shortened = *name == "route53"
                && members.iter().any(|member| {
                    let is_id =
                        ["ChangeId", "DelegationSetId", "ResourceId"].contains(&&*service.target(&member.target).name);
                    is_id && input.get(&member.name).and_then(Value::as_str).is_some_and(|id| id.contains('/'))
                });
            if shortened {
                continue;
            }
            calls.push(json!([*name, &*operation.name, tagged(&input)]));
        }
    }
    calls
}

#[test]
fn clients_of_botocore_are_served() {
    let Ok(python) = std::env::var("BAILIWICK_PYTHON") else {
        println!("skipped: set BAILIWICK_PYTHON to a Python interpreter that has botocore");
        return;
    };
    let calls = calls();
    let wanted = Mutex::new(calls.iter().rev().cloned().collect::<Vec<_>>());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let summary: Json = std::thread::scope(|scope| {
        scope.spawn(|| serve(&listener, &wanted));
        let mut child = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/boto_client.py"))
            .args([&format!("http://{address}"), SESSION_TOKEN])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines: String = calls.iter().map(|call| format!("{call}\n")).collect();
        let mut stdin = child.stdin.take().unwrap();
        let writer = scope.spawn(move || stdin.write_all(lines.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let _ = writer.join();
        TcpStream::connect(address).unwrap().write_all(b"GET /stop HTTP/1.1\r\n\r\n").unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or(Json::Null)
    });
    println!("{} calls", summary["calls"]);
    assert_eq!(summary["problems"], json!([]), "{summary:#}");
    assert!(summary["calls"].as_u64() >= Some(80), "{summary}");
}
