//! Answers that are streams of events: read whole, each event a structure of its one member.

use http::HeaderMap;
use indexmap::IndexMap;

use super::response::ResponseError;
use crate::fault::Fault;
use crate::http::Response;
use crate::model::{Kind, Member, Operation, Protocol, Service, ShapeRef};
use crate::protocol::eventstream::{Message, messages};
use crate::protocol::problem::{Problem, WireError};
use crate::protocol::rest::{self, Format};
use crate::protocol::scalar::Reading;
use crate::protocol::{cbor, json};
use crate::value::Value;

/// The member of an operation's output that is a stream of events.
pub(super) fn stream<'a>(service: &'a Service, operation: &Operation) -> Option<&'a Member> {
    let shape = service.target(operation.output.as_ref()?);
    shape.members().iter().find(|member| service.target(&member.target).is_event_stream())
}

/// Reads an output with a stream of events. The stream's member becomes a list of structures with one member each, in the
/// order of the events.
///
/// # Errors
/// The fault that a message of the stream tells of, or what cannot be read.
pub(super) fn read(
    protocol: Protocol,
    service: &Service,
    operation: &Operation,
    stream: &Member,
    response: &Response,
) -> Result<Value, ResponseError> {
    let status = response.status().as_u16();
    let problem = |problem| WireError::Response { operation: operation.name.to_string(), status, problem };
    let mut members = IndexMap::new();
    let Some(target) = operation.output.as_ref() else { return Ok(Value::Map(members)) };
    let shape = service.target(target);
    if let Some(format) = rest_format(protocol) {
        members = rest::read_bound(service, shape, format, status, response.headers(), &[]).map_err(problem)?;
    }
    let mut events = Vec::new();
    for message in messages(response.body()).map_err(problem)? {
        match message.text(":message-type") {
            Some("event") => {}
            Some("exception") => return Err(exception(protocol, service, &message)),
            Some("error") => {
                let code = message.text(":error-code").unwrap_or("Unknown");
                let text = message.text(":error-message").unwrap_or_default();
                return Err(ResponseError::Fault(Box::new(Fault::receiver(code, 500, text))));
            }
            _ => return Err(problem(Problem::new("a message of the stream is no event")).into()),
        }
        let name = message.text(":event-type").unwrap_or_default();
        if name == "initial-response" {
            let initial = document(protocol, service, target, message.payload).map_err(problem)?;
            members.extend(initial.as_map().cloned().unwrap_or_default());
            continue;
        }
        // An event that is younger than the model is left out, as the SDKs do.
        if let Some(member) = service.target(&stream.target).member(name) {
            let value =
                event(protocol, service, &member.target, &message).map_err(|found| problem(found.within(name)))?;
            events.push(Value::map([(name, value)]));
        }
    }
    if !response.body().is_empty() {
        members.insert(stream.name.to_string(), Value::List(events));
    }
    Ok(Value::Map(members))
}

fn rest_format(protocol: Protocol) -> Option<Format> {
    match protocol {
        Protocol::RestJson => Some(Format::Json),
        Protocol::RestXml => Some(Format::Xml),
        _ => None,
    }
}

/// An event: its payload member if it has one, else its members as a document.
fn event(protocol: Protocol, service: &Service, target: &ShapeRef, message: &Message<'_>) -> Result<Value, Problem> {
    let shape = service.target(target);
    let Some(payload) = shape.members().iter().find(|member| member.target.event_payload) else {
        return document(protocol, service, target, message.payload);
    };
    let value = match &service.target(&payload.target).kind {
        Kind::Blob => Value::Blob(message.payload.to_vec()),
        Kind::String => Value::String(
            String::from_utf8(message.payload.to_vec())
                .map_err(|_| Problem::new("is not UTF-8").within(&payload.name))?,
        ),
        _ => document(protocol, service, &payload.target, message.payload)?,
    };
    Ok(Value::map([(&*payload.name, value)]))
}

/// A structure as the protocol writes bodies.
fn document(protocol: Protocol, service: &Service, target: &ShapeRef, payload: &[u8]) -> Result<Value, Problem> {
    let shape = service.target(target);
    if payload.is_empty() {
        return Ok(Value::empty());
    }
    if shape.is_document() {
        return json::read(service, target, &json::parse(payload)?, Reading::Response, 0);
    }
    let members = match protocol {
        Protocol::Cbor => cbor::read_members(service, shape, &cbor::parse(payload)?, Reading::Response, 0)?,
        Protocol::Json | Protocol::RestJson => {
            rest::read_body(service, Format::Json, shape, payload, Reading::Response, |_| true)?
        }
        Protocol::Ec2 | Protocol::Query | Protocol::RestXml => {
            rest::read_body(service, Format::Xml, shape, payload, Reading::Response, |_| true)?
        }
    };
    Ok(Value::Map(members))
}

/// A modelled error within the stream.
fn exception(protocol: Protocol, service: &Service, message: &Message<'_>) -> ResponseError {
    let code = message.text(":exception-type").unwrap_or("Unknown");
    let shape = super::error_shape(service, code);
    let headers = HeaderMap::new();
    let format = rest_format(protocol).unwrap_or(Format::Json);
    let fields = shape.and_then(|shape| rest::read_bound(service, shape, format, 200, &headers, message.payload).ok());
    let text = fields.as_ref().and_then(|fields| {
        fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("message")).and_then(|(_, value)| value.as_str())
    });
    let mut fault = Fault::modelled(service, code, text.unwrap_or_default());
    fault.fields = fields
        .clone()
        .unwrap_or_default()
        .into_iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("message"))
        .collect();
    ResponseError::Fault(Box::new(fault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Pack;
    use crate::protocol::client::decode;
    use crate::protocol::eventstream::write;

    fn answer(service: &str, operation: &str, body: Vec<u8>) -> Result<Value, ResponseError> {
        let model = Pack::embedded().unwrap().service(service).unwrap();
        decode(&model, model.operation(operation).unwrap(), &Response::new(body))
    }

    fn event_of(kind: &str, payload: &[u8]) -> Vec<u8> {
        write(&[(":message-type", "event"), (":event-type", kind)], payload)
    }

    #[test]
    fn select_object_content() {
        let stats = b"<Stats xmlns=\"\"><BytesScanned>512</BytesScanned><BytesReturned>3</BytesReturned></Stats>";
        let body = [event_of("Records", b"a,b"), event_of("Stats", stats), event_of("New", b"?"), event_of("End", b"")];
        let output = answer("s3", "SelectObjectContent", body.concat()).unwrap();
        let records = Value::map([("Payload", Value::Blob(b"a,b".to_vec()))]);
        let details = Value::map([("BytesScanned", Value::Integer(512)), ("BytesReturned", Value::Integer(3))]);
        let expected = Value::list([
            Value::map([("Records", records)]),
            Value::map([("Stats", Value::map([("Details", details)]))]),
            Value::map([("End", Value::empty())]),
        ]);
        assert_eq!(output.get("Payload"), Some(&expected));
    }

    #[test]
    fn json_events_with_an_initial_response() {
        let body = [event_of("initial-response", b"{}"), event_of("sessionStart", br#"{"sessionId": "s"}"#)];
        let output = answer("logs", "StartLiveTail", body.concat()).unwrap();
        let start = Value::map([("sessionId", Value::from("s"))]);
        assert_eq!(output.get("responseStream"), Some(&Value::list([Value::map([("sessionStart", start)])])));
        let body = event_of("chunk", br#"{"bytes": "aGk="}"#);
        let output = answer("bedrock-runtime", "InvokeModelWithResponseStream", body).unwrap();
        let chunk = Value::map([("bytes", Value::Blob(b"hi".to_vec()))]);
        assert_eq!(output.get("body"), Some(&Value::list([Value::map([("chunk", chunk)])])));
    }

    #[test]
    fn an_exception_in_the_stream_is_a_fault() {
        let headers = [(":message-type", "exception"), (":exception-type", "SessionTimeoutException")];
        let body = [event_of("sessionStart", b"{}"), write(&headers, br#"{"message": "too long"}"#)].concat();
        let Err(ResponseError::Fault(fault)) = answer("logs", "StartLiveTail", body) else { panic!() };
        assert_eq!((&*fault.code, &*fault.message), ("SessionTimeoutException", "too long"));
        let headers = [(":message-type", "error"), (":error-code", "InternalError"), (":error-message", "sorry")];
        let Err(ResponseError::Fault(fault)) = answer("s3", "SelectObjectContent", write(&headers, b"")) else {
            panic!()
        };
        assert_eq!((&*fault.code, &*fault.message), ("InternalError", "sorry"));
        assert!(matches!(answer("s3", "SelectObjectContent", b"nonsense".to_vec()), Err(ResponseError::Wire(_))));
    }
}
