use super::fault::read_fault;
use crate::fault::Fault;
use crate::http::Response;
use crate::model::{Operation, Protocol, Service};
use crate::protocol::problem::{Problem, WireError};
use crate::protocol::rest::{self, Format};
use crate::protocol::scalar::Reading;
use crate::protocol::{MAX_RESPONSE_BODY, cbor, json, xml};
use crate::value::Value;

/// Why a response holds no output.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ResponseError {
    /// The service said no.
    #[error(transparent)]
    Fault(Box<Fault>),
    /// The response is not what the model describes.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// Reads an operation's output from a response in the service's protocol of first choice. Members come in the model's
/// order.
///
/// # Errors
/// [`ResponseError::Fault`] for a status of 301 and above, [`ResponseError::Wire`] for an answer that cannot be read.
pub fn decode(service: &Service, operation: &Operation, response: &Response) -> Result<Value, ResponseError> {
    decode_as(service.protocol, service, operation, response)
}

/// As [`decode`], in another of [`Service::protocols`].
///
/// # Errors
/// As [`decode`].
pub fn decode_as(
    protocol: Protocol,
    service: &Service,
    operation: &Operation,
    response: &Response,
) -> Result<Value, ResponseError> {
    let status = response.status().as_u16();
    if status >= 301 {
        return Err(ResponseError::Fault(Box::new(read_fault(protocol, service, response))));
    }
    read(protocol, service, operation, response)
        .map_err(|problem| WireError::Response { operation: operation.name.to_string(), status, problem }.into())
}

fn read(protocol: Protocol, service: &Service, operation: &Operation, response: &Response) -> Result<Value, Problem> {
    let body = response.body().as_slice();
    if body.len() > MAX_RESPONSE_BODY {
        return Err(Problem::new("the body is too long"));
    }
    let status = response.status().as_u16();
    let format = match protocol {
        Protocol::RestJson => Format::Json,
        Protocol::RestXml => Format::Xml,
        other => return read_rpc(other, service, operation, body),
    };
    rest::read_output(service, operation, format, status, response.headers(), body)
}

fn read_rpc(protocol: Protocol, service: &Service, operation: &Operation, body: &[u8]) -> Result<Value, Problem> {
    let Some(target) = operation.output.as_ref() else { return Ok(Value::empty()) };
    let shape = service.target(target);
    let members = match protocol {
        Protocol::Json => rest::read_body(service, Format::Json, shape, body, Reading::Response, |_| true)?,
        Protocol::Cbor if body.is_empty() => return Ok(Value::empty()),
        Protocol::Cbor => cbor::read_members(service, shape, &cbor::parse(body)?, Reading::Response, 0)?,
        _ => {
            let root = xml::parse(body)?;
            let result = match target.result_wrapper() {
                Some(name) if protocol == Protocol::Query => root.child(name).unwrap_or(&root),
                _ => &root,
            };
            xml::read_members(service, shape, result, Reading::Response, 0, |_| true)?
        }
    };
    Ok(Value::Map(members))
}

/// The JSON object of an error's body; empty when there is none.
pub(super) fn error_object(body: &[u8]) -> serde_json::Map<String, serde_json::Value> {
    match json::parse(body) {
        Ok(serde_json::Value::Object(object)) => object,
        _ => serde_json::Map::new(),
    }
}
