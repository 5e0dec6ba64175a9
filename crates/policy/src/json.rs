//! A strict JSON reader that keeps places, numbers as written, and every key of an object, also a repeated one.
//!
//! General readers lose what a policy needs: they keep the last of two equal keys, round numbers to binary fractions, and forget
//! where things were. This one reads RFC 8259 exactly, with a limit on depth and size, and never recovers from an error.

mod reader;

pub(crate) use reader::{Kind, Reader};

use crate::Span;
use std::borrow::Cow;

/// The deepest nesting of objects and lists that is read. A policy needs six.
pub const MAX_DEPTH: usize = 64;

/// The largest text that is read, in bytes. AWS's largest policy document has 20 KiB.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// Where reading stopped.
    pub span: Span,
    /// What was expected, or what is too large.
    pub message: String,
}

/// A JSON value with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<'a> {
    /// From its first to just after its last character.
    pub span: Span,
    /// What it is.
    pub value: Json<'a>,
}

/// One key of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// The place of the key, quotes included.
    pub key_span: Span,
    /// Its value.
    pub value: Node<'a>,
}

/// What a JSON value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string, with escapes resolved.
    String(Cow<'a, str>),
    /// A list.
    Array(Vec<Node<'a>>),
    /// An object: its members in order, repeated keys included.
    Object(Vec<Member<'a>>),
}

impl<'a> Node<'a> {
    /// The first member with this key, of an object.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        match &self.value {
            Json::Object(members) => members.iter().find(|member| member.key == key).map(|member| &member.value),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn as_array(&self) -> Option<&[Node<'a>]> {
        match &self.value {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }
}

/// Reads one JSON value; nothing but white space may surround it.
pub fn parse(text: &str) -> Result<Node<'_>, JsonError> {
    let mut reader = Reader::new(text)?;
    let node = node(&mut reader)?;
    reader.finish()?;
    Ok(node)
}

fn node<'a>(reader: &mut Reader<'a>) -> Result<Node<'a>, JsonError> {
    match reader.peek()? {
        Kind::Null => reader.literal().map(|(_, span)| Node { span, value: Json::Null }),
        Kind::Bool => reader.literal().map(|(text, span)| Node { span, value: Json::Bool(text == "true") }),
        Kind::Number => reader.number().map(|(text, span)| Node { span, value: Json::Number(text) }),
        Kind::String => reader.string().map(|(text, span)| Node { span, value: Json::String(text) }),
        Kind::Array => {
            let mut items = Vec::new();
            let span = reader.array(|reader| {
                items.push(node(reader)?);
                Ok(())
            })?;
            Ok(Node { span, value: Json::Array(items) })
        }
        Kind::Object => {
            let mut members = Vec::new();
            let span = reader.object(|reader, key, key_span| {
                let value = node(reader)?;
                members.push(Member { key, key_span, value });
                Ok(())
            })?;
            Ok(Node { span, value: Json::Object(members) })
        }
    }
}

/// Writes a text as a JSON string, quotes included.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_text_and_place() {
        let text = r#" {"a": [1.50, "x\u00e9\ud801\udc00", true, null], "a": {}} "#;
        let node = parse(text).unwrap();
        let Json::Object(members) = &node.value else { panic!("an object") };
        assert_eq!(members.len(), 2, "both keys are kept");
        let items = members[0].value.as_array().unwrap();
        assert_eq!(items[0].value, Json::Number("1.50"));
        assert_eq!(items[1].as_str(), Some("x\u{e9}\u{10400}"));
        assert_eq!(&text[items[2].span.range()], "true");
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let deep = "[".repeat(MAX_DEPTH + 1);
        for bad in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "-",
            "nul",
            "tru",
            "'a'",
            "\"a",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "\"\u{1}\"",
            "1 2",
            "{\"a\" 1}",
            "{a:1}",
            "[1 2]",
            "\u{feff}1",
            &deep,
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
