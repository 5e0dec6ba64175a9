//! One input or output of an operation, as a value of its own.
//!
//! A [`Value`] is what every protocol decodes to and encodes from, what a permit binds by its digest, and what handlers
//! see through serde with AWS's member names. It is typed as the model is: a blob is bytes and a timestamp a time,
//! whatever the wire made of them.

use bailiwick_ident::Timestamp;
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

mod de;
pub mod json;
mod ser;

pub use de::DeserializeError;
pub use ser::SerializeError;

/// The greatest nesting of a value that is read, written or compared.
pub const MAX_DEPTH: usize = 64;

/// A value of a modelled type.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing; in sparse lists and maps only. A member that is absent has no entry.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number of 32 or 64 bits.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    String(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// A point in time.
    Timestamp(Timestamp),
    /// A list.
    List(Vec<Value>),
    /// A structure or a map, in the order it was given.
    Map(IndexMap<String, Value>),
    /// Any JSON, where the model allows it.
    Document(serde_json::Value),
}

impl Value {
    /// An empty structure.
    pub fn empty() -> Self {
        Value::Map(IndexMap::new())
    }

    /// A structure or map of these entries.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Value::Map(entries.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A list of these elements.
    pub fn list(elements: impl IntoIterator<Item = Value>) -> Self {
        Value::List(elements.into_iter().collect())
    }

    /// The member or entry of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_map()?.get(name)
    }

    /// The entries of a structure or map.
    pub fn as_map(&self) -> Option<&IndexMap<String, Value>> {
        match self {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries of a structure or map, to change.
    pub fn as_map_mut(&mut self) -> Option<&mut IndexMap<String, Value>> {
        match self {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The elements of a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// True or false.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// What kind of value it is, in the words of the models.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Boolean(_) => "boolean",
            Value::Integer(_) => "integer",
            Value::Float(_) => "float",
            Value::String(_) => "string",
            Value::Blob(_) => "blob",
            Value::Timestamp(_) => "timestamp",
            Value::List(_) => "list",
            Value::Map(_) => "map",
            Value::Document(_) => "document",
        }
    }

    /// SHA-256 over a canonical form in which two values are equal exactly if they mean the same: entries sorted by name,
    /// every part tagged with its type and length, so that a blob is never taken for text nor a list for its neighbour.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"bailiwick value 1\0");
        absorb(self, &mut hash);
        hash.finalize().into()
    }

    /// JSON with sorted keys and without spaces, for people and logs; blobs in base64, times in RFC 3339.
    pub fn canonical_json(&self) -> String {
        sorted(&json::to_json(self, json::TimestampStyle::Rfc3339)).to_string()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Value::Timestamp(time)
    }
}

fn part(hash: &mut Sha256, tag: u8, bytes: &[u8]) {
    hash.update([tag]);
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

fn absorb(value: &Value, hash: &mut Sha256) {
    match value {
        Value::Null => part(hash, b'n', &[]),
        Value::Boolean(value) => part(hash, b'b', &[u8::from(*value)]),
        Value::Integer(number) => part(hash, b'i', &number.to_be_bytes()),
        Value::Float(number) => part(hash, b'f', &number.to_bits().to_be_bytes()),
        Value::String(text) => part(hash, b's', text.as_bytes()),
        Value::Blob(bytes) => part(hash, b'x', bytes),
        Value::Timestamp(time) => part(hash, b't', &time.as_millis().to_be_bytes()),
        Value::List(elements) => {
            part(hash, b'l', &(elements.len() as u64).to_be_bytes());
            elements.iter().for_each(|element| absorb(element, hash));
        }
        Value::Map(entries) => {
            part(hash, b'm', &(entries.len() as u64).to_be_bytes());
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            for (name, value) in entries {
                part(hash, b'k', name.as_bytes());
                absorb(value, hash);
            }
        }
        Value::Document(json) => part(hash, b'd', sorted(json).to_string().as_bytes()),
    }
}

fn sorted(json: &serde_json::Value) -> serde_json::Value {
    match json {
        serde_json::Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            serde_json::Value::Object(entries.into_iter().collect())
        }
        serde_json::Value::Array(elements) => serde_json::Value::Array(elements.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
