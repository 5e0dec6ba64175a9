use std::borrow::Cow;

use bailiwick_aws::{Service, ShapeRef, Value};
use serde::{Serialize, Serializer, ser::SerializeMap as _};

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

/// A value without its secrets, as JSON.
pub(super) struct Masked<'a> {
    model: &'a Service,
    reference: Option<&'a ShapeRef>,
    value: &'a Value,
}

impl<'a> Masked<'a> {
    /// The input of an operation as `requestParameters`; `None` where there is nothing to write. When the model cannot be
    /// read nobody knows what is secret, and nothing is written.
    pub(super) fn input(model: Option<&'a Service>, operation: &str, value: &'a Value) -> Option<Self> {
        let model = model?;
        Masked::new(model, model.operation(operation)?.input.as_ref()?, value)
    }

    /// The output of an operation as `responseElements`. What an operation merely reads is not written, as in CloudTrail.
    pub(super) fn output(model: Option<&'a Service>, operation: &str, value: &'a Value) -> Option<Self> {
        let model = model?;
        let reads = ["Describe", "Get", "List", "Search", "BatchGet"].iter().any(|verb| operation.starts_with(verb));
        if reads {
            return None;
        }
        Masked::new(model, model.operation(operation)?.output.as_ref()?, value)
    }

    fn new(model: &'a Service, reference: &'a ShapeRef, value: &'a Value) -> Option<Self> {
        let empty = matches!(value, Value::Map(entries) if entries.is_empty());
        (!empty).then_some(Masked { model, reference: Some(reference), value })
    }
}

/// CloudTrail begins member names in lower case.
fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn cut(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_TEXT {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(MAX_TEXT).and_then(|(end, _)| text.get(..end)) {
        Some(start) => Cow::Owned(format!("{start}... ({} characters)", text.chars().count())),
        None => Cow::Borrowed(text),
    }
}

impl Serialize for Masked<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Masked { model, reference, value } = *self;
        let shape = reference.map(|reference| model.target(reference));
        if shape.is_some_and(|shape| shape.sensitive) {
            return to.serialize_str(HIDDEN);
        }
        match value {
            Value::Blob(bytes) => to.collect_str(&format_args!("({} bytes)", bytes.len())),
            Value::Boolean(value) => to.serialize_bool(*value),
            Value::Document(_) => to.serialize_str("(document)"),
            // A number that JSON does not have is written as null.
            Value::Float(number) => to.serialize_f64(*number),
            Value::Integer(number) => to.serialize_i64(*number),
            Value::List(elements) => {
                let reference = shape.and_then(|shape| shape.element());
                let elements = elements.iter().take(MAX_ELEMENTS);
                to.collect_seq(elements.map(|value| Masked { model, reference, value }))
            }
            Value::Map(entries) => {
                let of_map = shape.and_then(|shape| shape.map());
                let mut out = to.serialize_map(None)?;
                for (name, value) in entries.iter().take(MAX_ELEMENTS) {
                    let reference = match of_map {
                        Some((_, value)) => Some(value),
                        None => shape.and_then(|shape| shape.member(name)).map(|member| &member.target),
                    };
                    match &of_map {
                        Some(_) => out.serialize_key(name)?,
                        None => out.serialize_key(&lower_first(name))?,
                    }
                    if SECRET_MEMBERS.iter().any(|secret| secret.eq_ignore_ascii_case(name)) {
                        out.serialize_value(HIDDEN)?;
                    } else {
                        out.serialize_value(&Masked { model, reference, value })?;
                    }
                }
                out.end()
            }
            Value::Null => to.serialize_unit(),
            Value::String(text) => to.serialize_str(&cut(text)),
            Value::Timestamp(time) => to.serialize_str(&time.to_rfc3339()),
        }
    }
}
