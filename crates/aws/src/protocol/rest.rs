//! What `rest-json` and `rest-xml` share: URI templates, headers, query strings, payloads.

mod header;
mod request;
mod response;
mod uri;

pub(crate) use request::{read_input, write_input};
pub(crate) use response::{read_bound, read_output, write_bound, write_output};
pub(crate) use uri::Template;

use indexmap::IndexMap;

use super::problem::Problem;
use super::scalar::Reading;
use super::{json, xml};
use crate::model::{Service, Shape, ShapeRef};
use crate::value::Value;

/// How bodies are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

/// Whether a member of an input or output stands in the body.
pub(crate) fn in_body(target: &ShapeRef) -> bool {
    target.location.is_none()
}

/// The members that stand in the body, as a document. `target` names the outermost element in XML.
pub(crate) fn write_body<'v>(
    service: &Service,
    format: Format,
    target: &ShapeRef,
    default_name: &str,
    members: &IndexMap<&'v String, &'v Value>,
) -> Result<(Vec<u8>, bool), Problem> {
    let shape = service.target(target);
    match format {
        Format::Json => {
            let json = json::write_members(service, shape, members.iter().map(|(n, v)| (*n, *v)), 0)?;
            Ok((json.to_string().into_bytes(), false))
        }
        Format::Xml => {
            let mut writer = xml::Writer::default();
            let value = Value::Map(members.iter().map(|(n, v)| ((*n).clone(), (*v).clone())).collect());
            let name = super::names::wire_name(target, shape, default_name);
            xml::write(service, target, &value, name, &mut writer, 0)?;
            let lost = writer.lost_characters();
            Ok((writer.into_string().into_bytes(), lost))
        }
    }
}

/// The members that stand in the body of this input or output.
pub(crate) fn read_body(
    service: &Service,
    format: Format,
    shape: &Shape,
    body: &[u8],
    reading: Reading,
    wanted: impl Fn(&ShapeRef) -> bool,
) -> Result<IndexMap<String, Value>, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(IndexMap::new());
    }
    match format {
        Format::Json => match json::parse(body)? {
            serde_json::Value::Object(object) => json::read_members(service, shape, &object, reading, 0, wanted),
            _ => Err(Problem::new("Unexpected value type in payload")),
        },
        Format::Xml => xml::read_members(service, shape, &xml::parse(body)?, reading, 0, wanted),
    }
}
