//! The functions of the endpoint rules language. `None` is a value that is not set, on which a condition fails.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Partitions;

/// The parameters and what conditions assigned.
pub(super) type Scope = BTreeMap<String, Json>;

pub(super) fn call(function: &str, arguments: &[Option<Json>], partitions: &Partitions) -> Option<Json> {
    let argument = |place: usize| arguments.get(place).and_then(Option::as_ref);
    let text = |place: usize| argument(place).and_then(Json::as_str);
    let flag = |place: usize| argument(place).and_then(Json::as_bool);
    match function {
        "isSet" => Some(Json::Bool(argument(0).is_some())),
        "not" => Some(Json::Bool(!flag(0).unwrap_or(false))),
        "booleanEquals" | "stringEquals" => Some(Json::Bool(argument(0).is_some() && argument(0) == argument(1))),
        "getAttr" => attribute(argument(0)?, text(1)?),
        "aws.partition" => Some(partitions.of_region(text(0)?).to_json()),
        "aws.parseArn" => parse_arn(text(0)?),
        "aws.isVirtualHostableS3Bucket" => Some(Json::Bool(is_bucket_label(text(0)?, flag(1).unwrap_or(false)))),
        "isValidHostLabel" => Some(Json::Bool(is_host_label(text(0)?, flag(1).unwrap_or(false)))),
        "parseURL" => parse_url(text(0)?),
        "substring" => {
            let start = usize::try_from(argument(1)?.as_u64()?).ok()?;
            let stop = usize::try_from(argument(2)?.as_u64()?).ok()?;
            substring(text(0)?, start, stop, flag(3).unwrap_or(false))
        }
        "uriEncode" => Some(Json::from(uri_encode(text(0)?))),
        _ => None,
    }
}

/// Fills `{Name}` and `{Name#attribute}`; `{{` and `}}` stand for braces.
pub(super) fn fill(template: &str, scope: &Scope) -> Option<String> {
    let mut filled = String::with_capacity(template.len() + 16);
    let mut rest = template;
    while let Some(place) = rest.find(['{', '}']) {
        let (plain, tail) = rest.split_at(place);
        filled.push_str(plain);
        if let Some(tail) = tail.strip_prefix("{{") {
            filled.push('{');
            rest = tail;
        } else if let Some(tail) = tail.strip_prefix("}}") {
            filled.push('}');
            rest = tail;
        } else {
            let (name, tail) = tail.strip_prefix('{')?.split_once('}')?;
            let value = match name.split_once('#') {
                Some((name, path)) => attribute(scope.get(name)?, path)?,
                None => scope.get(name)?.clone(),
            };
            filled.push_str(value.as_str()?);
            rest = tail;
        }
    }
    filled.push_str(rest);
    Some(filled)
}

/// A path such as `resourceId[0]`, `[0]` or `name`.
fn attribute(value: &Json, path: &str) -> Option<Json> {
    let mut value = value;
    for step in path.split('.') {
        let (name, index) = match step.split_once('[') {
            Some((name, index)) => (name, Some(index.strip_suffix(']')?.parse::<usize>().ok()?)),
            None => (step, None),
        };
        if !name.is_empty() {
            value = value.get(name)?;
        }
        if let Some(index) = index {
            value = value.get(index)?;
        }
    }
    Some(value.clone())
}

fn parse_arn(text: &str) -> Option<Json> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [scheme, partition, service, region, account, resource] = parts.as_slice() else { return None };
    if *scheme != "arn" || partition.is_empty() || service.is_empty() || resource.is_empty() {
        return None;
    }
    let resource: Vec<&str> = resource.split([':', '/']).collect();
    Some(serde_json::json!({
        "partition": partition, "service": service, "region": region, "accountId": account, "resourceId": resource,
    }))
}

fn is_host_label(text: &str, dots: bool) -> bool {
    if dots {
        return text.split('.').all(|label| is_host_label(label, false));
    }
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_bucket_label(text: &str, dots: bool) -> bool {
    if dots {
        return text.split('.').all(|label| is_bucket_label(label, false)) && !looks_like_ip(text);
    }
    let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = text.as_bytes();
    (3..=63).contains(&bytes.len())
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

fn looks_like_ip(text: &str) -> bool {
    text.split('.').count() == 4 && text.split('.').all(|part| part.parse::<u8>().is_ok())
}

fn parse_url(text: &str) -> Option<Json> {
    let (scheme, rest) = text.split_once("://")?;
    if !matches!(scheme, "http" | "https") || text.contains('?') {
        return None;
    }
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority, format!("/{path}")),
        None => (rest, String::new()),
    };
    let normalized = if path.ends_with('/') { path.clone() } else { format!("{path}/") };
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let is_ip = looks_like_ip(host) || authority.starts_with('[');
    Some(serde_json::json!({
        "scheme": scheme, "authority": authority, "path": path, "normalizedPath": normalized, "isIp": is_ip,
    }))
}

fn substring(text: &str, start: usize, stop: usize, reverse: bool) -> Option<Json> {
    if start >= stop || text.len() < stop || !text.is_ascii() {
        return None;
    }
    let range = if reverse { text.len() - stop..text.len() - start } else { start..stop };
    text.get(range).map(Json::from)
}

fn uri_encode(text: &str) -> String {
    crate::http::percent_encode(text, b"")
}
