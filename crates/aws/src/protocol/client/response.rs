use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fault::read_fault;
use super::{checksum, events};
use crate::fault::Fault;
use crate::http::Response;
use crate::model::{Kind, Operation, Protocol, Service};
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
    if is_error_in_disguise(service, operation, response) {
        let mut fault = read_fault(protocol, service, response);
        fault.retryable = true;
        return Err(ResponseError::Fault(Box::new(fault)));
    }
    let problem = |problem| WireError::Response { operation: operation.name.to_string(), status, problem };
    checksum::verify(operation, response).map_err(problem)?;
    if response.body().len() > MAX_RESPONSE_BODY {
        return Err(problem(Problem::new("the body is too long")).into());
    }
    if let Some(stream) = events::stream(service, operation) {
        return events::read(protocol, service, operation, stream, response);
    }
    let mut output = read(protocol, service, operation, response).map_err(problem)?;
    plain(service, operation, response, &mut output);
    Ok(output)
}

/// S3 may begin a success and end it as an error, as copies that take long do.
fn is_error_in_disguise(service: &Service, operation: &Operation, response: &Response) -> bool {
    let shape = operation.output.as_ref().map(|output| service.target(output));
    let raw = shape.and_then(crate::model::Shape::payload).is_some_and(|payload| {
        let inner = service.target(&payload.target);
        inner.is_event_stream() || matches!(inner.kind, Kind::Blob | Kind::String)
    });
    &*service.name == "s3"
        && shape.is_some()
        && !raw
        && response.status().as_u16() == 200
        && begins_as_error(response.body())
        && xml::parse(response.body()).is_ok_and(|root| root.name == "Error")
}

/// Whether the outermost element may be an error, without reading the whole body.
fn begins_as_error(body: &[u8]) -> bool {
    let head = body.get(..256).unwrap_or(body);
    head.windows(b"<Error".len()).any(|window| window == b"<Error")
}

/// What SDKs make plain in single answers. Source: the handlers of botocore 1.43.
fn plain(service: &Service, operation: &Operation, response: &Response, output: &mut Value) {
    let Some(members) = output.as_map_mut() else { return };
    match (&*service.name, &*operation.name) {
        ("ec2", "GetConsoleOutput") => {
            if let Some(Value::String(text)) = members.get_mut("Output")
                && let Ok(bytes) = STANDARD.decode(text.as_bytes())
            {
                *text = String::from_utf8_lossy(&bytes).into_owned();
            }
        }
        // The whole answer is one element, and an empty one for the first Region.
        ("s3", "GetBucketLocation") if !members.contains_key("LocationConstraint") => {
            let root = xml::parse(response.body()).ok();
            if let Some(root) = root.filter(|root| root.name == "LocationConstraint" && !root.text.is_empty()) {
                members.insert("LocationConstraint".to_owned(), Value::from(root.text));
            }
        }
        _ => {}
    }
}

fn read(protocol: Protocol, service: &Service, operation: &Operation, response: &Response) -> Result<Value, Problem> {
    let body = response.body().as_slice();
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
