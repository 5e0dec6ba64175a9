use http::header::CONTENT_TYPE;
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::response::{json_type, namespace, respond, set, set_request_id};
use crate::fault::{Fault, FaultSide};
use crate::http::Response;
use crate::model::{Protocol, Service, Shape, ShapeRef};
use crate::protocol::client::error_shape;
use crate::protocol::rest::{self, Format};
use crate::protocol::{cbor, json, xml};
use crate::value::Value;

/// The response of an error in a protocol's form. It never fails: fields that the model has no place for are left out.
pub fn encode_fault(service: &Service, protocol: Protocol, fault: &Fault, request_id: &str) -> Response {
    let mut response = match protocol {
        Protocol::Query => respond(fault.status, "text/xml", query_error(service, fault, request_id)),
        Protocol::Ec2 => respond(fault.status, "text/xml;charset=UTF-8", ec2_error(fault, request_id)),
        Protocol::RestXml if service.signing_name.starts_with("s3") => {
            respond(fault.status, "application/xml", s3_error(fault, request_id))
        }
        Protocol::RestXml => respond(fault.status, "text/xml", query_error(service, fault, request_id)),
        Protocol::Json => {
            let mut body = Map::new();
            body.insert("__type".to_owned(), Json::from(fault.code.as_str()));
            body.extend(json_members(service, fault, "message"));
            respond(fault.status, &json_type(service), Json::Object(body).to_string().into_bytes())
        }
        Protocol::RestJson => rest_json_error(service, fault),
        Protocol::Cbor => {
            let mut response = respond(fault.status, "application/cbor", cbor_error(service, fault));
            set(&mut response, "smithy-protocol", "rpc-v2-cbor");
            response
        }
    };
    set_request_id(&mut response, service, protocol, request_id);
    response
}

/// The fields that the error's shape has, without the message.
fn known_fields<'f>(shape: Option<&Shape>, fault: &'f Fault) -> Vec<(&'f String, &'f Value)> {
    let Some(shape) = shape else { return Vec::new() };
    let is_known = |name: &str| !name.eq_ignore_ascii_case("message") && shape.member(name).is_some();
    fault.fields.iter().filter(|(name, _)| is_known(name)).collect()
}

/// The name of the message on the wire: `message` or `Message`, as the model says.
fn message_name<'s>(shape: Option<&'s Shape>, default: &'s str) -> &'s str {
    shape
        .and_then(|shape| shape.members().iter().find(|member| member.name.eq_ignore_ascii_case("message")))
        .map_or(default, |member| member.target.location_name.as_deref().unwrap_or(&member.name))
}

fn json_members(service: &Service, fault: &Fault, default_message: &str) -> Map<String, Json> {
    let shape = error_shape(service, &fault.code);
    let mut out = Map::new();
    out.insert(message_name(shape, default_message).to_owned(), Json::from(fault.message.as_str()));
    if let Some(shape) = shape
        && let Ok(Json::Object(fields)) = json::write_members(service, shape, known_fields(Some(shape), fault), 0)
    {
        out.extend(fields);
    }
    out
}

fn rest_json_error(service: &Service, fault: &Fault) -> Response {
    let shape = error_shape(service, &fault.code);
    let id = shape.and_then(|shape| service.shape_id(&shape.name));
    // The model may bind members to headers; the message is always in the body.
    let bound = id.and_then(|id| {
        let fields: IndexMap<String, Value> =
            known_fields(shape, fault).into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        rest::write_bound(service, &ShapeRef::plain(id), Format::Json, &fields).ok()
    });
    let mut body = match bound.as_ref().and_then(|bound| json::parse(&bound.body).ok()) {
        Some(Json::Object(fields)) => fields,
        _ => Map::new(),
    };
    body.insert(message_name(shape, "message").to_owned(), Json::from(fault.message.as_str()));
    let mut response = respond(fault.status, "application/json", Json::Object(body).to_string().into_bytes());
    if let Some(bound) = bound {
        let mut headers = bound.headers;
        headers.remove(CONTENT_TYPE);
        response.headers_mut().extend(headers);
    }
    set(&mut response, "x-amzn-errortype", &fault.code);
    response
}

fn cbor_error(service: &Service, fault: &Fault) -> Vec<u8> {
    let shape = error_shape(service, &fault.code);
    let more = [("__type", fault.code.as_str()), (message_name(shape, "message"), fault.message.as_str())];
    let mut out = Vec::new();
    if let Some(shape) = shape
        && cbor::write_members(service, shape, known_fields(Some(shape), fault), &more, &mut out, 0).is_ok()
    {
        return out;
    }
    cbor::write_text_map(more)
}

fn query_error(service: &Service, fault: &Fault, request_id: &str) -> Vec<u8> {
    let mut writer = xml::Writer::default();
    writer.open("ErrorResponse", &namespace(service));
    writer.open("Error", &[]);
    writer.leaf("Type", &[], if fault.side == FaultSide::Receiver { "Receiver" } else { "Sender" });
    writer.leaf("Code", &[], &fault.code);
    writer.leaf("Message", &[], &fault.message);
    if let Some(shape) = error_shape(service, &fault.code) {
        let mut fields = xml::Writer::default();
        if xml::write_members(service, shape, known_fields(Some(shape), fault), &mut fields, 0).is_ok() {
            writer.append(fields);
        }
    }
    writer.close("Error");
    writer.leaf("RequestId", &[], request_id);
    writer.close("ErrorResponse");
    writer.into_string().into_bytes()
}

fn ec2_error(fault: &Fault, request_id: &str) -> Vec<u8> {
    let mut writer = xml::Writer::default();
    writer.open("Response", &[]);
    writer.open("Errors", &[]);
    writer.open("Error", &[]);
    writer.leaf("Code", &[], &fault.code);
    writer.leaf("Message", &[], &fault.message);
    writer.close("Error");
    writer.close("Errors");
    writer.leaf("RequestID", &[], request_id);
    writer.close("Response");
    writer.into_string().into_bytes()
}

fn s3_error(fault: &Fault, request_id: &str) -> Vec<u8> {
    let mut writer = xml::Writer::default();
    writer.open("Error", &[]);
    writer.leaf("Code", &[], &fault.code);
    writer.leaf("Message", &[], &fault.message);
    writer.leaf("RequestId", &[], request_id);
    writer.close("Error");
    writer.into_string().into_bytes()
}
