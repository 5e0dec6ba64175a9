//! Between [`Value`] and JSON as people write and read it: `--cli-input-json`, option values, `--output json`.
//!
//! This is the JSON of the command line, not of a wire protocol: member names are those of the API, whatever
//! `locationName` says.

use bailiwick_ident::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde_json::Value as Json;

use super::{MAX_DEPTH, Value};
use crate::model::{Kind, Service, ShapeRef};
use crate::protocol::timestamp;

/// How a blob is written in JSON that people write (`--cli-binary-format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BlobFormat {
    /// In base64, the AWS CLI's default since version 2.
    #[default]
    Base64,
    /// As it is; the bytes of the text.
    RawInBase64Out,
}

/// How a timestamp is written in JSON that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampStyle {
    /// Seconds since 1970 as a number.
    Epoch,
    /// As the AWS CLI does with `cli_timestamp_format=iso8601`: `2026-11-22T10:00:00+00:00`.
    Iso8601,
    /// `2026-11-22T10:00:00Z`, with milliseconds where there are some.
    Rfc3339,
}

/// JSON that does not fit the model. The path names the parameter, such as `input.Tags[0].Key`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid value for parameter `{path}`: {reason}")]
pub struct FromJsonError {
    path: String,
    reason: String,
}

impl FromJsonError {
    /// The parameter, from the member of the input on, such as `Tags[0].Key`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong with it, and what is expected.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Reads JSON as the type that `target` refers to. Types must fit; limits, patterns and required members are left to
/// validation. Null members are absent.
pub fn from_json(service: &Service, target: &ShapeRef, json: &Json, blobs: BlobFormat) -> Result<Value, FromJsonError> {
    Reader { service, blobs, path: Vec::new() }.read(target, json)
}

struct Reader<'a> {
    service: &'a Service,
    blobs: BlobFormat,
    path: Vec<String>,
}

impl Reader<'_> {
    fn fail<T>(&self, reason: String) -> Result<T, FromJsonError> {
        let path = self.path.concat();
        Err(FromJsonError { path: path.strip_prefix('.').unwrap_or(&path).to_owned(), reason })
    }

    fn within(&mut self, step: String, target: &ShapeRef, json: &Json) -> Result<Value, FromJsonError> {
        if self.path.len() >= MAX_DEPTH {
            return self.fail("it is nested too deeply".to_owned());
        }
        self.path.push(step);
        let value = self.read(target, json)?;
        self.path.pop();
        Ok(value)
    }

    fn read(&mut self, target: &ShapeRef, json: &Json) -> Result<Value, FromJsonError> {
        let service = self.service;
        let shape = service.target(target);
        if shape.is_document() {
            return Ok(Value::Document(json.clone()));
        }
        match (&shape.kind, json) {
            (_, Json::Null) => Ok(Value::Null),
            (Kind::Boolean, Json::Bool(value)) => Ok(Value::Boolean(*value)),
            (Kind::Integer | Kind::Long, Json::Number(number)) => match number.as_i64() {
                Some(number) => Ok(Value::Integer(number)),
                None => self.fail(format!("`{number}` is not a whole number of 64 bits")),
            },
            (Kind::Float | Kind::Double, Json::Number(number)) => match number.as_f64() {
                Some(number) => Ok(Value::Float(number)),
                None => self.fail(format!("`{number}` is not a number")),
            },
            (Kind::String, Json::String(text)) => Ok(Value::String(text.clone())),
            // A header that holds JSON takes the JSON itself.
            (Kind::String, other) if target.json_value => Ok(Value::String(other.to_string())),
            (Kind::Blob, Json::String(text)) => match self.blobs {
                BlobFormat::RawInBase64Out => Ok(Value::Blob(text.clone().into_bytes())),
                BlobFormat::Base64 => match STANDARD.decode(text) {
                    Ok(bytes) => Ok(Value::Blob(bytes)),
                    Err(_) => self.fail(
                        "it is not base64; write it in base64 or give `--cli-binary-format raw-in-base64-out`"
                            .to_owned(),
                    ),
                },
            },
            (Kind::Timestamp(_), json) => match timestamp(json) {
                Some(time) => Ok(Value::Timestamp(time)),
                None => self.fail(format!("`{json}` is not a time such as 2026-11-22T10:00:00Z or seconds since 1970")),
            },
            (Kind::List(element), Json::Array(elements)) => {
                let mut list = Vec::with_capacity(elements.len());
                for (index, json) in elements.iter().enumerate() {
                    list.push(self.within(format!("[{index}]"), element, json)?);
                }
                Ok(Value::List(list))
            }
            (Kind::Map { value: target, .. }, Json::Object(entries)) => {
                let mut map = IndexMap::with_capacity(entries.len());
                for (name, json) in entries {
                    let value = self.within(format!(".{name}"), target, json)?;
                    map.insert(name.clone(), value);
                }
                Ok(Value::Map(map))
            }
            (Kind::Structure(_), Json::Object(entries)) => {
                let mut map = IndexMap::with_capacity(entries.len());
                for (name, json) in entries {
                    let Some(member) = shape.member(name) else {
                        let known: Vec<&str> = shape.members().iter().map(|member| &*member.name).collect();
                        return self.fail(format!("unknown parameter `{name}`, must be one of: {}", known.join(", ")));
                    };
                    match self.within(format!(".{name}"), &member.target, json)? {
                        Value::Null => {}
                        value => {
                            map.insert(name.clone(), value);
                        }
                    }
                }
                Ok(Value::Map(map))
            }
            (kind, json) => self.fail(format!("a {} is expected, not {}", kind.as_str(), described(json))),
        }
    }
}

fn described(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
        other => format!("`{}`", other.to_string().chars().take(60).collect::<String>()),
    }
}

/// A time as people write it: RFC 3339 with or without zone, a date, or seconds since 1970 as number or text.
pub fn timestamp(json: &Json) -> Option<Timestamp> {
    match json {
        Json::Number(number) => timestamp::from_epoch_f64(number.as_f64()?),
        Json::String(text) => timestamp::typed(text),
        _ => None,
    }
}

/// Writes a value as JSON with the API's member names. Blobs are base64.
pub fn to_json(value: &Value, style: TimestampStyle) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(value) => Json::Bool(*value),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => match serde_json::Number::from_f64(*number) {
            Some(number) => Json::Number(number),
            // JSON has no such numbers; AWS's protocols write them as text.
            None if number.is_nan() => Json::from("NaN"),
            None if *number > 0.0 => Json::from("Infinity"),
            None => Json::from("-Infinity"),
        },
        Value::String(text) => Json::String(text.clone()),
        Value::Blob(bytes) => Json::String(STANDARD.encode(bytes)),
        Value::Timestamp(time) => written(*time, style),
        Value::List(elements) => Json::Array(elements.iter().map(|element| to_json(element, style)).collect()),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(name, value)| (name.clone(), to_json(value, style))).collect())
        }
        Value::Document(json) => json.clone(),
    }
}

fn written(time: Timestamp, style: TimestampStyle) -> Json {
    let millis = time.as_millis();
    let fraction = millis.rem_euclid(1000);
    match style {
        TimestampStyle::Epoch if fraction == 0 => Json::from(time.as_seconds()),
        TimestampStyle::Epoch => Json::from(millis as f64 / 1000.0),
        TimestampStyle::Rfc3339 if fraction == 0 => Json::from(time.to_rfc3339()),
        TimestampStyle::Rfc3339 => Json::from(time.to_rfc3339_millis()),
        TimestampStyle::Iso8601 if fraction == 0 => Json::from(time.to_rfc3339().replace('Z', "+00:00")),
        // Python prints microseconds or nothing.
        TimestampStyle::Iso8601 => Json::from(time.to_rfc3339_millis().replace('Z', "000+00:00")),
    }
}
