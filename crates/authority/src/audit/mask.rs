use bailiwick_aws::{Service, ShapeRef, Value, pack::Pack};
use serde_json::{Map, Value as Json};

/// What CloudTrail writes in place of a secret.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Texts longer than this, in characters, are cut.
const MAX_TEXT: usize = 1024;

/// Lists and maps longer than this are cut.
const MAX_ELEMENTS: usize = 100;

/// Members that are secrets although not every model marks them.
const SECRET_MEMBERS: &[&str] = &[
    "clientsecret",
    "newpassword",
    "oldpassword",
    "password",
    "privatekey",
    "secretaccesskey",
    "securitytoken",
    "sessiontoken",
    "signinlink",
    "token",
    "tokencode",
    "webhookurl",
    "webidentitytoken",
];

/// The input of an operation as `requestParameters`. When the model cannot be read nobody knows what is secret, and
/// nothing is written.
pub(super) fn input(pack: &Pack, service: &str, operation: &str, value: &Value) -> Json {
    of(pack, service, value, |model| model.operation(operation).and_then(|operation| operation.input.clone()))
}

/// The output of an operation as `responseElements`. What an operation merely reads is not written, as in CloudTrail.
pub(super) fn output(pack: &Pack, service: &str, operation: &str, value: &Value) -> Json {
    let reads = ["Describe", "Get", "List", "Search", "BatchGet"].iter().any(|verb| operation.starts_with(verb));
    if reads {
        return Json::Null;
    }
    of(pack, service, value, |model| model.operation(operation).and_then(|operation| operation.output.clone()))
}

fn of(pack: &Pack, service: &str, value: &Value, shape: impl Fn(&Service) -> Option<ShapeRef>) -> Json {
    let Ok(model) = pack.service(service) else { return Json::Null };
    match (shape(&model), value) {
        (_, Value::Map(entries)) if entries.is_empty() => Json::Null,
        (Some(shape), value) => write(&model, Some(&shape), value),
        (None, _) => Json::Null,
    }
}

/// CloudTrail begins member names in lower case.
fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn cut(text: &str) -> String {
    let count = text.chars().count();
    if count <= MAX_TEXT {
        return text.to_owned();
    }
    let start: String = text.chars().take(MAX_TEXT).collect();
    format!("{start}... ({count} characters)")
}

fn write(model: &Service, reference: Option<&ShapeRef>, value: &Value) -> Json {
    let shape = reference.map(|reference| model.target(reference));
    if shape.is_some_and(|shape| shape.sensitive) {
        return Json::String(HIDDEN.to_owned());
    }
    match value {
        Value::Blob(bytes) => Json::String(format!("({} bytes)", bytes.len())),
        Value::Boolean(value) => Json::Bool(*value),
        Value::Document(_) => Json::String("(document)".to_owned()),
        Value::Float(number) => serde_json::Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::Integer(number) => Json::from(*number),
        Value::List(elements) => {
            let element = shape.and_then(|shape| shape.element());
            Json::Array(elements.iter().take(MAX_ELEMENTS).map(|value| write(model, element, value)).collect())
        }
        Value::Map(entries) => {
            let of_map = shape.and_then(|shape| shape.map());
            let mut out = Map::new();
            for (name, value) in entries.iter().take(MAX_ELEMENTS) {
                let secret = SECRET_MEMBERS.contains(&name.to_ascii_lowercase().as_str());
                let member = match of_map {
                    Some((_, value)) => Some(value),
                    None => shape.and_then(|shape| shape.member(name)).map(|member| &member.target),
                };
                let shown = if secret { Json::String(HIDDEN.to_owned()) } else { write(model, member, value) };
                out.insert(if of_map.is_some() { name.clone() } else { lower_first(name) }, shown);
            }
            Json::Object(out)
        }
        Value::Null => Json::Null,
        Value::String(text) => Json::String(cut(text)),
        Value::Timestamp(time) => Json::String(time.to_rfc3339()),
    }
}
