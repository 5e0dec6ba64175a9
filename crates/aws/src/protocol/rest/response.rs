use http::HeaderMap;
use http::header::CONTENT_TYPE;
use indexmap::IndexMap;

use super::header::{insert, to_header};
use super::request::{read_header, read_payload};
use super::{Format, in_body, write_body};
use crate::model::{Kind, Location, Operation, Service, Shape, ShapeRef};
use crate::protocol::names::wire_name;
use crate::protocol::problem::Problem;
use crate::protocol::scalar::Reading;
use crate::protocol::{json, xml};
use crate::value::Value;

/// What a REST response is made of.
pub(crate) struct Written {
    pub(crate) status: Option<u16>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Writes an output over status, headers and body.
pub(crate) fn write_output(
    service: &Service,
    operation: &Operation,
    format: Format,
    output: &Value,
) -> Result<Written, Problem> {
    match operation.output.as_ref() {
        None => Ok(Written { status: None, headers: HeaderMap::new(), body: Vec::new() }),
        Some(target) => {
            let empty = IndexMap::new();
            write_bound(service, target, format, output.as_map().unwrap_or(&empty))
        }
    }
}

/// Writes a structure with its bindings: an output, or an error.
pub(crate) fn write_bound(
    service: &Service,
    target: &ShapeRef,
    format: Format,
    members: &IndexMap<String, Value>,
) -> Result<Written, Problem> {
    let shape = service.target(target);
    let mut written = Written { status: None, headers: HeaderMap::new(), body: Vec::new() };
    let mut body: IndexMap<&String, &Value> = IndexMap::new();
    for (name, value) in members.iter().filter(|(_, value)| **value != Value::Null) {
        let member = shape.member(name).ok_or_else(|| Problem::new("is no member of the model").within(name))?;
        let own = wire_name(&member.target, service.target(&member.target), name);
        match member.target.location {
            Some(Location::StatusCode) => {
                written.status = value.as_i64().and_then(|status| u16::try_from(status).ok());
            }
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
            Some(Location::Uri | Location::QueryString) => {
                return Err(Problem::new("belongs to requests").within(name));
            }
            None => {
                body.insert(name, value);
            }
        }
    }
    write_response_body(service, format, shape, target, &body, &mut written)?;
    Ok(written)
}

fn write_response_body(
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
        match (&service.target(&payload.target).kind, value) {
            (_, None) => return Ok(()),
            (Kind::Blob, Some(Value::Blob(bytes))) => {
                written.body.clone_from(bytes);
                return Ok(());
            }
            (Kind::String, Some(Value::String(text))) => {
                written.body = text.clone().into_bytes();
                return Ok(());
            }
            (_, Some(value)) => {
                written.body = match format {
                    Format::Json => json::write(service, &payload.target, value, 0)?.to_string().into_bytes(),
                    Format::Xml => {
                        let mut writer = xml::Writer::default();
                        let name = wire_name(&payload.target, service.target(&payload.target), &payload.name);
                        xml::write(service, &payload.target, value, name, &mut writer, 0)?;
                        writer.into_string().into_bytes()
                    }
                };
            }
        }
    } else if shape.members().iter().any(|member| in_body(&member.target)) {
        written.body = write_body(service, format, target, &shape.name, body)?.0;
    }
    if !written.body.is_empty() && !written.headers.contains_key(CONTENT_TYPE) {
        insert(&mut written.headers, "content-type", content_type)?;
    }
    Ok(())
}

/// Reads an output back.
pub(crate) fn read_output(
    service: &Service,
    operation: &Operation,
    format: Format,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, Problem> {
    match operation.output.as_ref() {
        None => Ok(Value::empty()),
        Some(target) => read_bound(service, service.target(target), format, status, headers, body).map(Value::Map),
    }
}

/// Reads a structure with its bindings: an output, or an error.
pub(crate) fn read_bound(
    service: &Service,
    shape: &Shape,
    format: Format,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<IndexMap<String, Value>, Problem> {
    let mut bound: IndexMap<String, Value> = IndexMap::new();
    for member in shape.members() {
        let own = wire_name(&member.target, service.target(&member.target), &member.name);
        let value = match member.target.location {
            Some(Location::StatusCode) => Some(Ok(Value::Integer(i64::from(status)))),
            Some(Location::Header | Location::Headers) => read_header(service, member, own, headers, Reading::Response),
            _ => None,
        };
        if let Some(value) = value {
            bound.insert(member.name.to_string(), value.map_err(|problem| problem.within(&member.name))?);
        }
    }
    read_payload(service, format, shape, body, Reading::Response, &mut bound)?;
    // In the model's order, which output keeps.
    let mut out = IndexMap::with_capacity(bound.len());
    for member in shape.members() {
        if let Some(value) = bound.shift_remove(&*member.name) {
            out.insert(member.name.to_string(), value);
        }
    }
    Ok(out)
}
