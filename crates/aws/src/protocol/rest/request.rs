use http::HeaderMap;
use http::header::CONTENT_TYPE;
use indexmap::IndexMap;

use super::header::{from_header, insert, to_header};
use super::{Format, Template, in_body, read_body, write_body};
use crate::http::{RequestHead, form_pairs, percent_encode};
use crate::model::{Kind, Location, Member, Operation, Service, Shape, ShapeRef, TimestampFormat};
use crate::protocol::names::wire_name;
use crate::protocol::problem::Problem;
use crate::protocol::scalar::{Reading, from_text, to_text};
use crate::protocol::{json, xml};
use crate::value::Value;

/// What a REST request is made of.
pub(crate) struct Written {
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Writes an input over path, query, headers and body.
pub(crate) fn write_input(
    service: &Service,
    operation: &Operation,
    format: Format,
    input: &Value,
) -> Result<Written, Problem> {
    let template = Template::new(&operation.uri);
    let empty = IndexMap::new();
    let members = input.as_map().unwrap_or(&empty);
    let mut written = Written { target: String::new(), headers: HeaderMap::new(), body: Vec::new() };
    let mut labels: Vec<(&str, String)> = Vec::new();
    let mut query: Vec<(String, String)> = Vec::new();
    let mut body: IndexMap<&String, &Value> = IndexMap::new();
    let input_target = operation.input.as_ref();
    let shape = input_target.map(|target| service.target(target));
    for (name, value) in members.iter().filter(|(_, value)| **value != Value::Null) {
        let member = shape
            .and_then(|shape| shape.member(name))
            .ok_or_else(|| Problem::new("is no member of the model").within(name))?;
        let own = wire_name(&member.target, service.target(&member.target), name);
        match member.target.location {
            Some(Location::Uri) => labels.push((own, scalar(service, member, value).map_err(|p| p.within(name))?)),
            Some(Location::QueryString) => write_query(service, member, own, value, &mut query)?,
            Some(Location::Header) => {
                if let Some(text) = to_header(service, &member.target, value).map_err(|p| p.within(name))? {
                    insert(&mut written.headers, own, &text).map_err(|p| p.within(name))?;
                }
            }
            Some(Location::Headers) => {
                for (key, value) in value.as_map().into_iter().flatten() {
                    let text = value.as_str().ok_or_else(|| Problem::expected("string", value.kind()).within(name))?;
                    insert(&mut written.headers, &format!("{own}{key}"), text).map_err(|p| p.within(name))?;
                }
            }
            Some(Location::StatusCode) => return Err(Problem::new("belongs to responses").within(name)),
            None => {
                body.insert(name, value);
            }
        }
    }
    let path = template.path(|label| labels.iter().find(|(name, _)| *name == label).map(|(_, text)| text.clone()))?;
    let mut text = template.query().to_owned();
    for (name, value) in &query {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&percent_encode(name, b""));
        text.push('=');
        text.push_str(&percent_encode(value, b""));
    }
    written.target = if text.is_empty() { path } else { format!("{path}?{text}") };
    if let (Some(shape), Some(target)) = (shape, input_target) {
        write_request_body(service, format, shape, target, &body, &mut written)?;
    }
    Ok(written)
}

fn write_request_body(
    service: &Service,
    format: Format,
    shape: &Shape,
    target: &ShapeRef,
    body: &IndexMap<&String, &Value>,
    written: &mut Written,
) -> Result<(), Problem> {
    let content_type = match format {
        Format::Json => "application/json",
        Format::Xml => "application/xml",
    };
    if let Some(payload) = shape.payload() {
        let value = body.get(&payload.name.to_string()).copied();
        if let Some(raw) = raw_payload(service, payload, value)? {
            written.body = raw;
            return Ok(());
        }
        if body.len() > usize::from(value.is_some()) {
            return Err(Problem::new("a member stands neither in the payload nor anywhere else"));
        }
        match (value, format) {
            (Some(value), Format::Json) => {
                written.body = json::write(service, &payload.target, value, 0)
                    .map_err(|problem| problem.within(&payload.name))?
                    .to_string()
                    .into_bytes();
            }
            (Some(value), Format::Xml) => {
                let mut writer = xml::Writer::default();
                let name = wire_name(&payload.target, service.target(&payload.target), &payload.name);
                xml::write(service, &payload.target, value, name, &mut writer, 0)
                    .map_err(|problem| problem.within(&payload.name))?;
                refuse_lost(writer.lost_characters())?;
                written.body = writer.into_string().into_bytes();
            }
            (None, Format::Json) => written.body = b"{}".to_vec(),
            (None, Format::Xml) => {}
        }
    } else if !body.is_empty() {
        let (bytes, lost) = write_body(service, format, target, &shape.name, body)?;
        refuse_lost(lost)?;
        written.body = bytes;
    } else if format == Format::Json && shape.members().iter().any(|member| in_body(&member.target)) {
        written.body = b"{}".to_vec();
    }
    if !written.body.is_empty() && !written.headers.contains_key(CONTENT_TYPE) {
        insert(&mut written.headers, "content-type", content_type)?;
    }
    Ok(())
}

fn refuse_lost(lost: bool) -> Result<(), Problem> {
    if lost { Err(Problem::new("a text holds a character that XML cannot write")) } else { Ok(()) }
}

/// The bytes of a payload that is text or bytes; `None` for one that is a structure.
fn raw_payload(service: &Service, payload: &Member, value: Option<&Value>) -> Result<Option<Vec<u8>>, Problem> {
    let shape = service.target(&payload.target);
    match (&shape.kind, value) {
        (Kind::Blob | Kind::String, None) => Ok(Some(Vec::new())),
        (Kind::Blob, Some(Value::Blob(bytes))) => Ok(Some(bytes.clone())),
        (Kind::String, Some(Value::String(text))) => Ok(Some(text.clone().into_bytes())),
        (Kind::Blob | Kind::String, Some(other)) => {
            Err(Problem::expected(shape.kind.as_str(), other.kind()).within(&payload.name))
        }
        _ if shape.is_event_stream() => {
            Err(Problem::new("is a stream of events, which cannot be sent here").within(&payload.name))
        }
        _ => Ok(None),
    }
}

fn scalar(service: &Service, member: &Member, value: &Value) -> Result<String, Problem> {
    to_text(&service.target(&member.target).kind, value, TimestampFormat::Iso8601)
}

fn write_query(
    service: &Service,
    member: &Member,
    own: &str,
    value: &Value,
    query: &mut Vec<(String, String)>,
) -> Result<(), Problem> {
    let shape = service.target(&member.target);
    let inside = |problem: Problem| problem.within(&member.name);
    match (&shape.kind, value) {
        (Kind::List(element), Value::List(values)) => {
            let kind = &service.target(element).kind;
            for (index, value) in values.iter().enumerate() {
                let text = to_text(kind, value, TimestampFormat::Iso8601).map_err(|p| inside(p.at(index)))?;
                query.push((own.to_owned(), text));
            }
        }
        (Kind::Map { value: element, .. }, Value::Map(entries)) => {
            let inner = service.target(element);
            for (name, value) in entries {
                match (&inner.kind, value) {
                    (Kind::List(element), Value::List(values)) => {
                        let kind = &service.target(element).kind;
                        for value in values {
                            let text = to_text(kind, value, TimestampFormat::Iso8601).map_err(inside)?;
                            query.push((name.clone(), text));
                        }
                    }
                    (kind, value) => {
                        let text = to_text(kind, value, TimestampFormat::Iso8601).map_err(inside)?;
                        query.push((name.clone(), text));
                    }
                }
            }
        }
        _ => query.push((own.to_owned(), scalar(service, member, value).map_err(inside)?)),
    }
    Ok(())
}

/// Reads an input back from a request whose path fits the operation.
pub(crate) fn read_input(
    service: &Service,
    operation: &Operation,
    format: Format,
    head: RequestHead<'_>,
    body: &[u8],
) -> Result<Value, Problem> {
    let Some(target) = operation.input.as_ref() else { return Ok(Value::empty()) };
    let shape = service.target(target);
    let pairs: Vec<(String, String)> =
        form_pairs(head.query()).collect::<Result<_, _>>().map_err(|_| Problem::new("the query is not UTF-8"))?;
    let template = Template::new(&operation.uri);
    let fit =
        template.fit(head.uri.path(), &pairs).ok_or_else(|| Problem::new("the path does not fit the operation"))?;
    let mut members: IndexMap<String, Value> = IndexMap::new();
    for member in shape.members() {
        let own = wire_name(&member.target, service.target(&member.target), &member.name);
        let value = match member.target.location {
            Some(Location::Uri) => fit
                .labels
                .iter()
                .find(|(name, _)| name == own)
                .map(|(_, text)| from_text(&service.target(&member.target).kind, text, Reading::Request)),
            Some(Location::QueryString) => read_query(service, shape, member, own, template, &pairs),
            Some(Location::Header | Location::Headers) => {
                read_header(service, member, own, head.headers, Reading::Request)
            }
            Some(Location::StatusCode) | None => None,
        };
        if let Some(value) = value {
            members.insert(member.name.to_string(), value.map_err(|problem| problem.within(&member.name))?);
        }
    }
    read_payload(service, format, shape, body, Reading::Request, &mut members)?;
    Ok(Value::Map(members))
}

/// Adds what the body holds: the payload, or every member that has no other place.
pub(crate) fn read_payload(
    service: &Service,
    format: Format,
    shape: &Shape,
    body: &[u8],
    reading: Reading,
    members: &mut IndexMap<String, Value>,
) -> Result<(), Problem> {
    let Some(payload) = shape.payload() else {
        members.extend(read_body(service, format, shape, body, reading, in_body)?);
        return Ok(());
    };
    let inner = service.target(&payload.target);
    let value = match &inner.kind {
        Kind::Blob if body.is_empty() && reading == Reading::Request => return Ok(()),
        Kind::String if body.is_empty() && reading == Reading::Request => return Ok(()),
        Kind::Blob => Value::Blob(body.to_vec()),
        Kind::String => Value::String(
            String::from_utf8(body.to_vec()).map_err(|_| Problem::new("is not UTF-8").within(&payload.name))?,
        ),
        _ if inner.is_event_stream() || body.iter().all(u8::is_ascii_whitespace) => return Ok(()),
        _ => match format {
            Format::Json => json::read(service, &payload.target, &json::parse(body)?, reading, 0),
            Format::Xml => xml::read(service, &payload.target, &xml::parse(body)?, reading, 0),
        }
        .map_err(|problem| problem.within(&payload.name))?,
    };
    members.insert(payload.name.to_string(), value);
    Ok(())
}

/// A header's member, or a map of all headers with its prefix.
pub(crate) fn read_header(
    service: &Service,
    member: &Member,
    own: &str,
    headers: &HeaderMap,
    reading: Reading,
) -> Option<Result<Value, Problem>> {
    let text_of = |value: &http::HeaderValue| {
        String::from_utf8(value.as_bytes().to_vec()).map_err(|_| Problem::new("a header is not UTF-8"))
    };
    if member.target.location == Some(Location::Header) {
        let mut texts = Vec::new();
        for value in headers.get_all(own) {
            match text_of(value) {
                Ok(text) => texts.push(text),
                Err(problem) => return Some(Err(problem)),
            }
        }
        return (!texts.is_empty()).then(|| from_header(service, &member.target, &texts.join(","), reading));
    }
    let prefix = own.to_ascii_lowercase();
    let mut entries = IndexMap::new();
    for (name, value) in headers {
        if let Some(key) = name.as_str().strip_prefix(&*prefix)
            && !key.is_empty()
        {
            match text_of(value) {
                Ok(text) => entries.insert(key.to_owned(), Value::String(text)),
                Err(problem) => return Some(Err(problem)),
            };
        }
    }
    (!entries.is_empty()).then_some(Ok(Value::Map(entries)))
}

fn read_query(
    service: &Service,
    shape: &Shape,
    member: &Member,
    own: &str,
    template: Template<'_>,
    pairs: &[(String, String)],
) -> Option<Result<Value, Problem>> {
    let inner = service.target(&member.target);
    let read = |kind: &Kind, text: &str| from_text(kind, text, Reading::Request);
    match &inner.kind {
        Kind::List(element) => {
            let kind = &service.target(element).kind;
            let values: Vec<_> =
                pairs.iter().filter(|(name, _)| name == own).map(|(_, text)| read(kind, text)).collect();
            (!values.is_empty()).then(|| values.into_iter().collect::<Result<_, _>>().map(Value::List))
        }
        Kind::Map { value: element, .. } => {
            let taken = |name: &str| {
                template.query().split('&').any(|literal| literal.split('=').next() == Some(name))
                    || shape.members().iter().any(|other| {
                        other.target.location == Some(Location::QueryString)
                            && other.name != member.name
                            && wire_name(&other.target, service.target(&other.target), &other.name) == name
                    })
            };
            let element = service.target(element);
            let mut entries: IndexMap<String, Value> = IndexMap::new();
            for (name, text) in pairs.iter().filter(|(name, _)| !taken(name) && !name.starts_with("X-Amz-")) {
                let read = match &element.kind {
                    Kind::List(element) => {
                        read(&service.target(element).kind, text).map(|value| match entries.entry(name.clone()) {
                            indexmap::map::Entry::Occupied(mut entry) => {
                                if let Value::List(values) = entry.get_mut() {
                                    values.push(value);
                                }
                            }
                            indexmap::map::Entry::Vacant(entry) => {
                                entry.insert(Value::List(vec![value]));
                            }
                        })
                    }
                    kind => read(kind, text).map(|value| {
                        entries.entry(name.clone()).or_insert(value);
                    }),
                };
                if let Err(problem) = read {
                    return Some(Err(problem));
                }
            }
            (!entries.is_empty()).then_some(Ok(Value::Map(entries)))
        }
        kind => pairs.iter().find(|(name, _)| name == own).map(|(_, text)| read(kind, text)),
    }
}
