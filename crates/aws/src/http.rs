//! Small helpers around the `http` crate's types: the head of a request by reference, header text, percent encoding.
//!
//! Nothing here sends or receives; bodies are whole byte vectors whose size the caller has bounded.

use http::{HeaderMap, Method, Uri};

/// A request as bytes in memory.
pub type Request = http::Request<Vec<u8>>;
/// A response as bytes in memory.
pub type Response = http::Response<Vec<u8>>;

/// The head of a request: everything but the body.
#[derive(Debug, Clone, Copy)]
pub struct RequestHead<'a> {
    /// The method.
    pub method: &'a Method,
    /// The target as it was on the wire; path and query are kept as written.
    pub uri: &'a Uri,
    /// The headers.
    pub headers: &'a HeaderMap,
}

impl<'a, B> From<&'a http::Request<B>> for RequestHead<'a> {
    fn from(request: &'a http::Request<B>) -> Self {
        RequestHead { method: request.method(), uri: request.uri(), headers: request.headers() }
    }
}

impl<'a> From<&'a http::request::Parts> for RequestHead<'a> {
    fn from(parts: &'a http::request::Parts) -> Self {
        RequestHead { method: &parts.method, uri: &parts.uri, headers: &parts.headers }
    }
}

impl<'a> RequestHead<'a> {
    /// A header's text when it is there once and is visible ASCII.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.headers, name)
    }

    /// The query string as written, without `?`; empty when there is none.
    pub fn query(&self) -> &'a str {
        self.uri.query().unwrap_or_default()
    }
}

/// A header's text when it is there and is visible ASCII.
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Appends `bytes` percent-encoded: everything but RFC 3986's unreserved characters and those in `keep`.
pub fn percent_encode_into(out: &mut String, bytes: &[u8], keep: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(HEX.get(usize::from(digit)).copied().unwrap_or(b'0')));
            }
        }
    }
}

/// `text` percent-encoded: everything but RFC 3986's unreserved characters and those in `keep`.
pub fn percent_encode(text: &str, keep: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    percent_encode_into(&mut out, text.as_bytes(), keep);
    out
}

/// The bytes that percent-encoded text stands for; with `plus_is_space`, `+` is a space as in HTML forms.
/// A `%` without two hexadecimal digits stands for itself.
pub fn percent_decode(text: &str, plus_is_space: bool) -> Vec<u8> {
    let hex = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'+' if plus_is_space => out.push(b' '),
            b'%' => match (hex(bytes.get(at)), hex(bytes.get(at + 1))) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    at += 2;
                }
                _ => out.push(b'%'),
            },
            other => out.push(other),
        }
    }
    out
}

/// The names and values of a query string or form body, decoded, in order. A name without `=` has the value "".
/// Bytes that are not UTF-8 make the pair an error.
pub fn form_pairs(text: &str) -> impl Iterator<Item = Result<(String, String), std::string::FromUtf8Error>> + '_ {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((String::from_utf8(percent_decode(name, true))?, String::from_utf8(percent_decode(value, true))?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_keeps_unreserved_characters() {
        assert_eq!(percent_encode("a b/ü~*", b""), "a%20b%2F%C3%BC~%2A");
        assert_eq!(percent_encode("a/b", b"/"), "a/b");
        assert_eq!(percent_decode("a%20b+%zz%4", false), b"a b+%zz%4");
        assert_eq!(percent_decode("a+b", true), b"a b");
    }

    #[test]
    fn form_pairs_are_decoded_in_order() {
        let pairs: Vec<_> = form_pairs("A=1&B=%C3%BC+x&C&&A=2").map(Result::unwrap).collect();
        let expected = [("A", "1"), ("B", "ü x"), ("C", ""), ("A", "2")];
        assert_eq!(pairs, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert!(form_pairs("A=%FF").next().is_some_and(|pair| pair.is_err()));
    }
}
