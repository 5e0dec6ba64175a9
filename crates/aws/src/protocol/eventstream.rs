//! The framing of event streams, `application/vnd.amazon.eventstream`: messages with typed headers and a
//! payload, each part under a checksum. Source: the Smithy specification, "Amazon Event Stream Specification".

use crate::crc::crc32;
use crate::protocol::problem::Problem;

/// Lengths and their checksum before the headers, in bytes.
const PRELUDE: usize = 12;
/// The checksum at the end, in bytes.
const TRAILER: usize = 4;
/// The longest headers of a message, in bytes.
const MAX_HEADERS: usize = 128 * 1024;
/// The longest payload of a message, in bytes.
const MAX_PAYLOAD: usize = 24 * 1024 * 1024;
/// The most messages of one answer.
const MAX_MESSAGES: usize = 1_000_000;

/// The value of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderValue {
    /// True or false.
    Boolean(bool),
    /// Bytes; a UUID is sixteen.
    Bytes(Vec<u8>),
    /// A whole number of 8, 16, 32 or 64 bits.
    Integer(i64),
    /// Text.
    String(String),
    /// Milliseconds since 1970-01-01.
    Timestamp(i64),
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// The headers, in order.
    pub headers: Vec<(String, HeaderValue)>,
    /// The payload.
    pub payload: &'a [u8],
}

impl Message<'_> {
    /// The text of a header such as `:event-type`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).and_then(|(_, value)| match value {
            HeaderValue::String(text) => Some(text.as_str()),
            _ => None,
        })
    }
}

/// Reads every message of a body.
///
/// # Errors
/// A length that does not fit, a checksum that does not match, a header that cannot be read, a body that ends within a
/// message.
pub fn messages(mut body: &[u8]) -> Result<Vec<Message<'_>>, Problem> {
    let mut messages = Vec::new();
    while !body.is_empty() {
        if messages.len() == MAX_MESSAGES {
            return Err(Problem::new("the stream holds too many messages"));
        }
        let (message, rest) = message(body)?;
        messages.push(message);
        body = rest;
    }
    Ok(messages)
}

/// A message of encoded headers and a payload, with its lengths and checksums. What is too long for a length comes out as a
/// message that [`messages`] refuses.
pub fn frame(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    let mut out = length(headers.len() + payload.len() + PRELUDE + TRAILER).to_vec();
    out.extend(length(headers.len()));
    out.extend(crc32(&out).to_be_bytes());
    out.extend_from_slice(headers);
    out.extend_from_slice(payload);
    out.extend(crc32(&out).to_be_bytes());
    out
}

fn message(bytes: &[u8]) -> Result<(Message<'_>, &[u8]), Problem> {
    let cut = || Problem::new("the stream ends within a message");
    let mut prelude = Cursor(bytes);
    let total = prelude.u32().ok_or_else(cut)? as usize;
    let headers_length = prelude.u32().ok_or_else(cut)? as usize;
    let prelude_crc = prelude.u32().ok_or_else(cut)?;
    if crc32(bytes.get(..8).ok_or_else(cut)?) != prelude_crc {
        return Err(Problem::new("the checksum of a message's lengths does not match"));
    }
    let payload_length = total.checked_sub(PRELUDE + TRAILER).and_then(|rest| rest.checked_sub(headers_length));
    let payload_length = payload_length.ok_or_else(|| Problem::new("the lengths of a message do not fit"))?;
    if headers_length > MAX_HEADERS || payload_length > MAX_PAYLOAD {
        return Err(Problem::new("a message of the stream is too long"));
    }
    let whole = bytes.get(..total).ok_or_else(cut)?;
    let (checked, trailer) = whole.split_at(total - TRAILER);
    if Cursor(trailer).u32() != Some(crc32(checked)) {
        return Err(Problem::new("the checksum of a message does not match"));
    }
    let (headers, payload) = checked.get(PRELUDE..).ok_or_else(cut)?.split_at(headers_length);
    let headers = read_headers(headers).ok_or_else(|| Problem::new("the headers of a message cannot be read"))?;
    Ok((Message { headers, payload }, bytes.get(total..).unwrap_or_default()))
}

fn read_headers(bytes: &[u8]) -> Option<Vec<(String, HeaderValue)>> {
    let mut cursor = Cursor(bytes);
    let mut headers = Vec::new();
    while !cursor.0.is_empty() {
        let length = usize::from(cursor.u8()?);
        let name = String::from_utf8(cursor.take(length)?.to_vec()).ok()?;
        let value = match cursor.u8()? {
            0 => HeaderValue::Boolean(true),
            1 => HeaderValue::Boolean(false),
            2 => HeaderValue::Integer(i64::from(i8::from_be_bytes(cursor.array()?))),
            3 => HeaderValue::Integer(i64::from(i16::from_be_bytes(cursor.array()?))),
            4 => HeaderValue::Integer(i64::from(i32::from_be_bytes(cursor.array()?))),
            5 => HeaderValue::Integer(i64::from_be_bytes(cursor.array()?)),
            kind @ (6 | 7) => {
                let length = usize::from(u16::from_be_bytes(cursor.array()?));
                let bytes = cursor.take(length)?.to_vec();
                if kind == 6 { HeaderValue::Bytes(bytes) } else { HeaderValue::String(String::from_utf8(bytes).ok()?) }
            }
            8 => HeaderValue::Timestamp(i64::from_be_bytes(cursor.array()?)),
            9 => HeaderValue::Bytes(cursor.take(16)?.to_vec()),
            _ => return None,
        };
        if headers.iter().any(|(known, _)| *known == name) {
            return None;
        }
        headers.push((name, value));
    }
    Some(headers)
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
}

/// A message as a service writes it, for tests.
#[cfg(test)]
pub(crate) fn write(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    for (name, value) in headers {
        head.push(u8::try_from(name.len()).unwrap());
        head.extend(name.as_bytes());
        head.push(7);
        head.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        head.extend(value.as_bytes());
    }
    let total = u32::try_from(PRELUDE + head.len() + payload.len() + TRAILER).unwrap();
    let mut out = total.to_be_bytes().to_vec();
    out.extend(u32::try_from(head.len()).unwrap().to_be_bytes());
    out.extend(crc32(&out).to_be_bytes());
    out.extend(head);
    out.extend(payload);
    out.extend(crc32(&out).to_be_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: the Smithy specification's examples, an empty message and one with a text header.
    #[test]
    fn messages_of_the_specification() {
        let empty = [0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff];
        assert_eq!(messages(&empty).unwrap(), [Message { headers: vec![], payload: &[] }]);
        let body = [write(&[("content-type", "application/json")], b"{}"), empty.to_vec()].concat();
        let read = messages(&body).unwrap();
        assert_eq!(read[0].text("content-type"), Some("application/json"));
        assert_eq!((read[0].payload, read.len()), (&b"{}"[..], 2));
    }

    #[test]
    fn a_changed_bit_or_a_missing_byte_is_found() {
        let whole = write(&[(":event-type", "Records")], b"payload");
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(messages(&changed).is_err(), "{at}");
            assert!(at == 0 || messages(&whole[..at]).is_err(), "{at}");
        }
        assert!(messages(&whole).is_ok());
    }
}
