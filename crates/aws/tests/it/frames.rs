//! Messages of event streams that botocore reads are read, with the same headers; those it refuses are refused.

use std::process::Command;

use bailiwick_aws::protocol::eventstream::{HeaderValue, messages};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

fn told(name: &str, value: &HeaderValue) -> Json {
    match value {
        HeaderValue::Boolean(value) => json!([name, "boolean", value]),
        HeaderValue::Bytes(bytes) => json!([name, "bytes", STANDARD.encode(bytes)]),
        HeaderValue::Integer(number) => json!([name, "integer", number]),
        HeaderValue::String(text) => json!([name, "string", text]),
        HeaderValue::Timestamp(time) => json!([name, "timestamp", time]),
    }
}

#[test]
fn messages_are_read_as_botocore_reads_them() {
    let Ok(python) = std::env::var("BAILIWICK_PYTHON") else {
        println!("skipped: set BAILIWICK_PYTHON to a Python interpreter that has botocore");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/frames_peer.py");
    let output = Command::new(python).arg(script).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut whole, mut damaged) = (0, 0);
    for line in text.lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let bytes = STANDARD.decode(line["bytes"].as_str().unwrap()).unwrap();
        let Some(headers) = line.get("headers") else {
            assert!(messages(&bytes).is_err(), "{line}");
            damaged += 1;
            continue;
        };
        let found = messages(&bytes).unwrap_or_else(|problem| panic!("{problem:?} {line}"));
        let [message] = found.as_slice() else { panic!("{line}") };
        let told: Vec<Json> = message.headers.iter().map(|(name, value)| told(name, value)).collect();
        assert_eq!(json!(told), *headers);
        assert_eq!(STANDARD.encode(message.payload), line["payload"].as_str().unwrap());
        whole += 1;
    }
    assert!(whole >= 1_400 && damaged >= 400, "{whole} {damaged}");
}
