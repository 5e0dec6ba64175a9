use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{ALGORITHM, TERMINATOR, signs_raw_path};
use crate::http::{RequestHead, percent_decode, percent_encode_into};

/// The canonical request of the guide, hashed into the text to sign. `payload_hash` is written as given.
/// `headers` are lower-case names, sorted; `skip_query` leaves out one query parameter (`X-Amz-Signature`).
pub(crate) fn string_to_sign(
    head: RequestHead<'_>,
    service: &str,
    headers: &[&str],
    payload_hash: &str,
    skip_query: Option<&str>,
    amz_date: &str,
    scope: &str,
) -> Option<String> {
    let mut text = Vec::with_capacity(512);
    text.extend_from_slice(head.method.as_str().as_bytes());
    text.push(b'\n');
    text.extend_from_slice(canonical_path(head.uri.path(), service).as_bytes());
    text.push(b'\n');
    text.extend_from_slice(canonical_query(head.query(), skip_query).as_bytes());
    text.push(b'\n');
    for name in headers {
        canonical_header(&mut text, head, name)?;
    }
    text.push(b'\n');
    text.extend_from_slice(headers.join(";").as_bytes());
    text.push(b'\n');
    text.extend_from_slice(payload_hash.as_bytes());
    Some(format!("{ALGORITHM}\n{amz_date}\n{scope}\n{}", sha256_hex(&text)))
}

/// `date/region/service/aws4_request`.
pub(crate) fn scope(date: &str, region: &str, service: &str) -> String {
    format!("{date}/{region}/{service}/{TERMINATOR}")
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.extend([byte >> 4, byte & 15].into_iter().filter_map(|digit| char::from_digit(u32::from(digit), 16)));
    }
    text
}

fn canonical_path(path: &str, service: &str) -> String {
    if signs_raw_path(service) {
        return if path.is_empty() { "/".to_owned() } else { path.to_owned() };
    }
    let normal = normalize(path);
    let mut out = String::with_capacity(normal.len() + 8);
    percent_encode_into(&mut out, normal.as_bytes(), b"/");
    out
}

/// Drops empty and `.` segments and lets `..` drop the segment before it. A last `/` stays.
fn normalize(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut out = String::with_capacity(path.len() + 1);
    for segment in &segments {
        out.push('/');
        out.push_str(segment);
    }
    if out.is_empty() || path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..") {
        out.push('/');
    }
    out
}

fn canonical_query(query: &str, skip: Option<&str>) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| skip != Some(*name))
        .map(|(name, value)| (encode_again(name), encode_again(value)))
        .collect();
    pairs.sort();
    let mut out = String::with_capacity(query.len() + 8);
    for (name, value) in &pairs {
        if !out.is_empty() {
            out.push('&');
        }
        let _ = write!(out, "{name}={value}");
    }
    out
}

fn encode_again(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    percent_encode_into(&mut out, &percent_decode(text, true), b"");
    out
}

/// Appends `name:value\n`; `None` when the request has no such header.
fn canonical_header(out: &mut Vec<u8>, head: RequestHead<'_>, name: &str) -> Option<()> {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    let mut found = false;
    for value in head.headers.get_all(name) {
        if found {
            out.push(b',');
        }
        found = true;
        let words = value.as_bytes().split(|b| matches!(b, b' ' | b'\t')).filter(|word| !word.is_empty());
        for (at, word) in words.enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            out.extend_from_slice(word);
        }
    }
    if !found {
        // HTTP/2 and requests that are yet to be sent carry the host in the target.
        let authority = (name == "host").then(|| head.uri.authority()).flatten()?;
        out.extend_from_slice(authority.as_str().as_bytes());
    }
    out.push(b'\n');
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalized_except_for_s3() {
        let cases = [
            ("", "/"),
            ("/", "/"),
            ("//a//b/", "/a/b/"),
            ("/a/./b/../c", "/a/c"),
            ("/../..", "/"),
            ("/a/b/..", "/a/"),
            ("/a%20b", "/a%2520b"),
        ];
        for (path, expected) in cases {
            assert_eq!(canonical_path(path, "iam"), expected, "{path}");
        }
        assert_eq!(canonical_path("/a//../b%20c", "s3"), "/a//../b%20c");
    }

    #[test]
    fn queries_are_sorted_by_encoded_name_then_value() {
        assert_eq!(canonical_query("b=2&a=%41&a=&b=1&c", None), "a=&a=A&b=1&b=2&c=");
        assert_eq!(canonical_query("X-Amz-Signature=abc&z=1+2", Some("X-Amz-Signature")), "z=1%202");
    }
}
