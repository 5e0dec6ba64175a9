//! Errors of services, in every protocol's form. Whatever comes is read into a fault: an error that cannot be read is
//! still an error.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::response::error_object;
use crate::fault::{Fault, FaultSide};
use crate::http::{Response, header};
use crate::model::{Protocol, Service, Shape};
use crate::protocol::rest::{self, Format};
use crate::protocol::scalar::Reading;
use crate::protocol::{cbor, xml};
use crate::value::Value;

/// Codes by which services turn calls away for their rate; the list of the SDKs' standard retry mode.
const THROTTLING: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];
/// Codes of passing trouble.
const TRANSIENT: &[&str] = &["IDPCommunicationError", "RequestTimeout", "RequestTimeoutException"];

/// What was found in an error's body and headers.
#[derive(Default)]
struct Found {
    code: Option<String>,
    message: Option<String>,
    side: Option<FaultSide>,
    fields: BTreeMap<String, Value>,
}

pub(super) fn read_fault(protocol: Protocol, service: &Service, response: &Response) -> Fault {
    let status = response.status().as_u16();
    let found = match protocol {
        Protocol::Query | Protocol::Ec2 | Protocol::RestXml => read_xml(protocol, service, response),
        Protocol::Json | Protocol::RestJson => read_json(service, response),
        Protocol::Cbor => read_cbor(service, response),
    }
    .unwrap_or_default();
    let code = found.code.filter(|code| !code.is_empty()).unwrap_or_else(|| status.to_string());
    let message = found.message.or_else(|| response.status().canonical_reason().map(str::to_owned)).unwrap_or_default();
    let modelled = error_shape(service, &code).and_then(Shape::exception);
    let throttling = THROTTLING.contains(&&*code) || status == 429 || modelled.is_some_and(|error| error.throttling);
    let retryable = throttling
        || TRANSIENT.contains(&&*code)
        || matches!(status, 500 | 502 | 503 | 504)
        || modelled.is_some_and(|error| error.retryable);
    let by_status = if status >= 500 { FaultSide::Receiver } else { FaultSide::Sender };
    Fault { code, status, message, side: found.side.unwrap_or(by_status), fields: found.fields, retryable, throttling }
}

/// The error's shape, by the shape's name (JSON) or by its code (XML).
pub(crate) fn error_shape<'s>(service: &'s Service, code: &str) -> Option<&'s Shape> {
    service.shape_named(code).filter(|shape| shape.exception().is_some()).or_else(|| service.error_by_code(code))
}

/// `com.amazon.sns#NotFound:http://...` is `NotFound`.
fn plain_code(text: &str) -> String {
    let text = text.split(':').next().unwrap_or_default();
    text.rsplit('#').next().unwrap_or_default().trim().to_owned()
}

fn is_message(name: &str) -> bool {
    name.eq_ignore_ascii_case("message")
}

fn more_fields(members: IndexMap<String, Value>) -> BTreeMap<String, Value> {
    members.into_iter().filter(|(name, _)| !is_message(name) && !name.eq_ignore_ascii_case("code")).collect()
}

fn read_xml(protocol: Protocol, service: &Service, response: &Response) -> Option<Found> {
    let root = xml::parse(response.body()).ok()?;
    let inner = root.child("Errors").unwrap_or(&root);
    let error = inner.child("Error").unwrap_or(inner);
    let code = error.text_of("Code").map(str::trim).map(str::to_owned);
    let fields = code
        .as_deref()
        .and_then(|code| error_shape(service, code))
        .and_then(|shape| match protocol {
            Protocol::RestXml => {
                let body = |target: &crate::model::ShapeRef| rest::in_body(target);
                xml::read_members(service, shape, error, Reading::Response, 0, body).ok()
            }
            _ => xml::read_members(service, shape, error, Reading::Response, 0, |_| true).ok(),
        })
        .map(more_fields)
        .unwrap_or_default();
    let side = match error.text_of("Type") {
        Some("Sender") => Some(FaultSide::Sender),
        Some("Receiver") => Some(FaultSide::Receiver),
        _ => None,
    };
    let message = error.text_of("Message").or_else(|| error.text_of("message")).map(str::to_owned);
    Some(Found { code, message, side, fields })
}

fn read_json(service: &Service, response: &Response) -> Option<Found> {
    let object = error_object(response.body());
    let text = |name: &str| object.get(name).and_then(serde_json::Value::as_str);
    let headers = response.headers();
    let code = header(headers, "x-amzn-errortype")
        .or_else(|| text("__type"))
        .or_else(|| text("code"))
        .or_else(|| text("Code"))
        .map(plain_code);
    let fields = code
        .as_deref()
        .and_then(|code| error_shape(service, code))
        .and_then(|shape| {
            let status = response.status().as_u16();
            rest::read_bound(service, shape, Format::Json, status, headers, response.body()).ok()
        })
        .map(more_fields)
        .unwrap_or_default();
    let message = object
        .iter()
        .find(|(name, value)| is_message(name) && value.is_string())
        .and_then(|(_, value)| value.as_str())
        .or_else(|| text("errorMessage"))
        // The words of OAuth, which IAM Identity Center's tokens follow.
        .or_else(|| text("error_description"))
        .map(str::to_owned);
    // An error without a JSON object is shown by its own words if it has few.
    let message = message.or_else(|| {
        let plain = std::str::from_utf8(response.body()).ok()?.trim();
        (object.is_empty() && !plain.starts_with(['<', '{']) && (1..500).contains(&plain.len()))
            .then(|| plain.to_owned())
    });
    Some(with_query_error(response, Found { code, message, side: None, fields }))
}

fn read_cbor(service: &Service, response: &Response) -> Option<Found> {
    let item = cbor::parse(response.body()).ok()?;
    let text = |name: &str| item.get(name).and_then(cbor::Item::as_str);
    let code = text("__type").map(plain_code);
    let fields = code
        .as_deref()
        .and_then(|code| error_shape(service, code))
        .and_then(|shape| cbor::read_members(service, shape, &item, Reading::Response, 0).ok())
        .map(more_fields)
        .unwrap_or_default();
    let message = text("message").or_else(|| text("Message")).map(str::to_owned);
    Some(with_query_error(response, Found { code, message, side: None, fields }))
}

/// Services that spoke `query` before name the old code and side in a header.
fn with_query_error(response: &Response, mut found: Found) -> Found {
    if let Some((code, side)) = header(response.headers(), "x-amzn-query-error").and_then(|text| text.split_once(';'))
        && !code.is_empty()
    {
        found.code = Some(code.to_owned());
        found.side = match side {
            "Sender" => Some(FaultSide::Sender),
            "Receiver" => Some(FaultSide::Receiver),
            _ => None,
        };
    }
    found
}
