use std::collections::BTreeMap;

use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::json::{BlobFormat, TimestampStyle, from_json, to_json};
use super::*;
use crate::model::{Service, ShapeRef};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Thing {
    name: String,
    count: Option<i32>,
    ratio: f64,
    data: Vec<u8>,
    at: Timestamp,
    tags: BTreeMap<String, String>,
    choice: Choice,
    parts: Vec<Part>,
    anything: serde_json::Value,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    Left(String),
    Right(i64),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    on: bool,
}

const MODEL: &str = r#"{"name":"t","serviceId":"T","apiVersion":"1","endpointPrefix":"t","signatureVersion":"v4",
"protocol":"json","jsonVersion":"1.1","ops":{"Make":{"cli":"make","in":"Thing"}},
"shapes":{"Thing":{"t":"structure","req":["Name"],"m":{"Name":"S","Count":"I","Ratio":"D","Data":"B","At":"T","Tags":"M",
 "Choice":"U","Parts":"L","Anything":"Doc"}},
"S":{"t":"string"},"I":{"t":"integer"},"D":{"t":"double"},"B":{"t":"blob"},"T":{"t":"timestamp"},
"M":{"t":"map","key":"S","value":"S"},"U":{"t":"structure","union":true,"m":{"Left":"S","Right":"I"}},
"L":{"t":"list","member":"P"},"P":{"t":"structure","m":{"On":"Bool"}},"Bool":{"t":"boolean"},
"Doc":{"t":"structure","document":true}}}"#;

fn service() -> (Service, ShapeRef) {
    let service = Service::from_json(MODEL).unwrap();
    let input = service.operation("Make").unwrap().input.clone().unwrap();
    (service, input)
}

fn thing() -> Thing {
    Thing {
        name: "n".into(),
        count: None,
        ratio: 2.0,
        data: vec![0, 255],
        at: Timestamp::from_millis(1_500),
        tags: BTreeMap::from([("k".into(), "v".into())]),
        choice: Choice::Right(7),
        parts: vec![Part { on: true }],
        anything: serde_json::json!({"a": [1, null]}),
    }
}

#[test]
fn a_struct_becomes_a_typed_value_and_comes_back() {
    let (service, input) = service();
    let value = Value::serialize_as(&thing(), &service, &input).unwrap();
    assert_eq!(value.get("At"), Some(&Value::Timestamp(Timestamp::from_millis(1_500))));
    assert_eq!(value.get("Data"), Some(&Value::Blob(vec![0, 255])));
    assert_eq!(value.get("Count"), None);
    assert_eq!(value.get("Anything"), Some(&Value::Document(serde_json::json!({"a": [1, null]}))));
    assert_eq!(value.deserialize::<Thing>().unwrap(), thing());
}

#[test]
fn a_member_that_the_model_lacks_is_refused() {
    let (service, input) = service();
    let error = Value::serialize_as(&BTreeMap::from([("Nmae", "x")]), &service, &input).unwrap_err();
    assert_eq!(error.to_string(), "`Thing` has no member `Nmae`");
    let error = Value::serialize_as(&BTreeMap::from([("Name", 1)]), &service, &input).unwrap_err();
    assert_eq!(error.to_string(), "`S` is modelled as string, not integer");
}

#[test]
fn json_of_the_command_line_reads_and_writes() {
    let (service, input) = service();
    let json = serde_json::json!({"Name": "n", "Ratio": 1, "Data": "AP8=", "At": "2026-11-22T10:00:00Z",
        "Parts": [{"On": true}], "Choice": {"Left": "l"}, "Count": null});
    let value = from_json(&service, &input, &json, BlobFormat::Base64).unwrap();
    assert_eq!(value.get("Data"), Some(&Value::Blob(vec![0, 255])));
    assert_eq!(value.get("Ratio"), Some(&Value::Float(1.0)));
    assert_eq!(value.get("Count"), None);
    let back = to_json(&value, TimestampStyle::Iso8601);
    assert_eq!(back["At"], "2026-11-22T10:00:00+00:00");
    assert_eq!(to_json(&value, TimestampStyle::Epoch)["At"], 1_795_341_600);
    assert_eq!(from_json(&service, &input, &back, BlobFormat::Base64).unwrap(), value);
    let raw = from_json(&service, &input, &serde_json::json!({"Data": "AP8="}), BlobFormat::RawInBase64Out).unwrap();
    assert_eq!(raw.get("Data"), Some(&Value::Blob(b"AP8=".to_vec())));
}

#[test]
fn json_that_does_not_fit_names_its_parameter() {
    let (service, input) = service();
    let refuse = |json: serde_json::Value| from_json(&service, &input, &json, BlobFormat::Base64).unwrap_err();
    let error = refuse(serde_json::json!({"Parts": [{"On": true}, {"On": "yes"}]}));
    assert_eq!((error.path(), error.reason()), ("Parts[1].On", "a boolean is expected, not `\"yes\"`"));
    let error = refuse(serde_json::json!({"Choice": {"Middle": 1}}));
    assert_eq!(error.reason(), "unknown parameter `Middle`, must be one of: Left, Right");
    assert_eq!(refuse(serde_json::json!({"At": "soon"})).path(), "At");
    assert_eq!(refuse(serde_json::json!({"Count": 1.5})).path(), "Count");
}

#[test]
fn times_as_people_write_them() {
    for (text, millis) in [
        (serde_json::json!("1970-01-02"), 86_400_000),
        (serde_json::json!("1970-01-01T00:00:01"), 1_000),
        (serde_json::json!("1.5"), 1_500),
        (serde_json::json!(-1), -1_000),
        (serde_json::json!("1970-01-01T01:00:00+01:00"), 0),
    ] {
        assert_eq!(json::timestamp(&text), Some(Timestamp::from_millis(millis)), "{text}");
    }
    assert_eq!(json::timestamp(&serde_json::json!("")), None);
    assert_eq!(json::timestamp(&serde_json::json!(1e300)), None);
}

#[test]
fn the_digest_ignores_order_and_tells_types_apart() {
    let one = Value::map([("a", Value::Integer(1)), ("b", Value::from("x"))]);
    let two = Value::map([("b", Value::from("x")), ("a", Value::Integer(1))]);
    assert_eq!(one.digest(), two.digest());
    assert_eq!(one.canonical_json(), r#"{"a":1,"b":"x"}"#);
    let different = [
        Value::Null,
        Value::from("1"),
        Value::Integer(1),
        Value::Float(1.0),
        Value::Blob(b"1".to_vec()),
        Value::Timestamp(Timestamp::from_millis(1)),
        Value::list([Value::Integer(1)]),
        Value::list([Value::list([Value::Integer(1)])]),
        Value::list([]),
        Value::empty(),
        Value::Document(serde_json::json!(1)),
        Value::list([Value::from("a"), Value::from("b")]),
        Value::list([Value::from("ab")]),
    ];
    let digests: std::collections::HashSet<_> = different.iter().map(Value::digest).collect();
    assert_eq!(digests.len(), different.len());
    let sorted = |a, b| Value::Document(serde_json::from_str(&format!("{{{a},{b}}}")).unwrap()).digest();
    assert_eq!(sorted("\"x\":1", "\"y\":2"), sorted("\"y\":2", "\"x\":1"));
}
