use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use indexmap::IndexMap;

use super::Route;
use crate::http::Response;
use crate::model::{Operation, Protocol, Service};
use crate::protocol::problem::{Problem, WireError};
use crate::protocol::rest::{self, Format};
use crate::protocol::{cbor, json, xml};
use crate::value::Value;

pub(super) fn encode(route: &Route<'_>, output: &Value, request_id: &str) -> Result<Response, WireError> {
    write(route, output, request_id)
        .map_err(|problem| WireError::Output { operation: route.operation.name.to_string(), problem })
}

fn write(route: &Route<'_>, output: &Value, request_id: &str) -> Result<Response, Problem> {
    let (service, operation) = (route.service, route.operation);
    let mut response = match route.protocol {
        Protocol::Query => {
            respond(operation.code, "text/xml", query_body(service, operation, output, request_id)?.into_bytes())
        }
        Protocol::Ec2 => {
            respond(operation.code, "text/xml;charset=UTF-8", ec2_body(service, operation, output, request_id)?)
        }
        Protocol::Json => respond(operation.code, &json_type(service), json_body(service, operation, output)?),
        Protocol::Cbor => {
            let mut body = Vec::new();
            if let Some(target) = &operation.output {
                cbor::write(service, target, output, &mut body, 0)?;
            }
            let mut response = respond(operation.code, "application/cbor", body);
            set(&mut response, "smithy-protocol", "rpc-v2-cbor");
            response
        }
        Protocol::RestJson => rest_response(service, operation, Format::Json, output)?,
        Protocol::RestXml => rest_response(service, operation, Format::Xml, output)?,
    };
    set_request_id(&mut response, service, route.protocol, request_id);
    Ok(response)
}

/// A response of this status, with a body of this type if it has one.
pub(super) fn respond(status: u16, content_type: &str, body: Vec<u8>) -> Response {
    let empty = body.is_empty();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if !empty && let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response
}

pub(super) fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

pub(super) fn set_request_id(response: &mut Response, service: &Service, protocol: Protocol, request_id: &str) {
    let s3 = protocol == Protocol::RestXml && service.signing_name.starts_with("s3");
    set(response, if s3 { "x-amz-request-id" } else { "x-amzn-requestid" }, request_id);
}

pub(super) fn json_type(service: &Service) -> String {
    format!("application/x-amz-json-{}", service.json_version.as_deref().unwrap_or("1.0"))
}

fn json_body(service: &Service, operation: &Operation, output: &Value) -> Result<Vec<u8>, Problem> {
    match &operation.output {
        // Operations without an output answer with nothing at all.
        None => Ok(Vec::new()),
        Some(target) => Ok(json::write(service, target, output, 0)?.to_string().into_bytes()),
    }
}

/// The namespace of a service's documents, as attributes.
pub(super) fn namespace(service: &Service) -> Vec<(&str, &str)> {
    service.xml_namespace.as_deref().map(|uri| ("xmlns", uri)).into_iter().collect()
}

fn query_body(service: &Service, operation: &Operation, output: &Value, request_id: &str) -> Result<String, Problem> {
    let root = format!("{}Response", operation.name);
    let mut writer = xml::Writer::default();
    writer.open(&root, &namespace(service));
    if let Some(target) = &operation.output {
        let wrapper = target.result_wrapper();
        if let Some(name) = wrapper {
            writer.open(name, &[]);
        }
        write_output_members(service, operation, output, &mut writer)?;
        if let Some(name) = wrapper {
            writer.close(name);
        }
    }
    writer.open("ResponseMetadata", &[]);
    writer.leaf("RequestId", &[], request_id);
    writer.close("ResponseMetadata");
    writer.close(&root);
    Ok(writer.into_string())
}

fn ec2_body(service: &Service, operation: &Operation, output: &Value, request_id: &str) -> Result<Vec<u8>, Problem> {
    let root = format!("{}Response", operation.name);
    let mut writer = xml::Writer::default();
    writer.open(&root, &namespace(service));
    writer.leaf("requestId", &[], request_id);
    write_output_members(service, operation, output, &mut writer)?;
    writer.close(&root);
    Ok(writer.into_string().into_bytes())
}

fn write_output_members(
    service: &Service,
    operation: &Operation,
    output: &Value,
    writer: &mut xml::Writer,
) -> Result<(), Problem> {
    let Some(target) = &operation.output else { return Ok(()) };
    let empty = IndexMap::new();
    xml::write_members(service, service.target(target), output.as_map().unwrap_or(&empty), writer, 0)
}

fn rest_response(
    service: &Service,
    operation: &Operation,
    format: Format,
    output: &Value,
) -> Result<Response, Problem> {
    let written = rest::write_output(service, operation, format, output)?;
    let status = written.status.unwrap_or(operation.code);
    // These two have no body, whatever the model says of members.
    let body = if matches!(status, 204 | 304) { Vec::new() } else { written.body };
    let mut response = respond(status, "", body);
    response.headers_mut().remove(CONTENT_TYPE);
    response.headers_mut().extend(written.headers);
    if response.body().is_empty()
        && operation.output.as_ref().is_none_or(|target| {
            !service
                .target(target)
                .members()
                .iter()
                .any(|member| member.target.location_name.as_deref() == Some("Content-Type"))
        })
    {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    Ok(response)
}
