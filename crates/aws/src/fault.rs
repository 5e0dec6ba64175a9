//! The public half of an error on the wire: what a caller may read, in and out.
//!
//! The private half (a cause, a stack of reasons) belongs to the log of whoever made the fault. How a fault is written is
//! the protocol's matter; see [`crate::protocol::server`].

use std::collections::BTreeMap;

use crate::model::{Protocol, Service};
use crate::protocol::WireError;
use crate::sigv4::SigV4Error;
use crate::value::Value;

/// Who has to do something about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultSide {
    /// The service: HTTP 5xx.
    Receiver,
    /// The caller: HTTP 4xx.
    Sender,
}

/// An error as a caller sees it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    /// The error code on the wire, such as `NoSuchEntity` or `AccessDeniedException`.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// The text, which may be shown to the caller.
    pub message: String,
    /// Who has to do something about it.
    pub side: FaultSide,
    /// More members of the error's structure, by the model's names.
    pub fields: BTreeMap<String, Value>,
    /// The same call may succeed later.
    pub retryable: bool,
    /// The call was turned away for its rate; retry more slowly.
    pub throttling: bool,
}

impl Fault {
    /// A fault of the caller, with its status (400 for most).
    pub fn sender(code: impl Into<String>, status: u16, message: impl Into<String>) -> Self {
        Fault {
            code: code.into(),
            status,
            message: message.into(),
            side: FaultSide::Sender,
            fields: BTreeMap::new(),
            retryable: false,
            throttling: false,
        }
    }

    /// A fault of the service, status 500 for most; the same call may succeed later.
    pub fn receiver(code: impl Into<String>, status: u16, message: impl Into<String>) -> Self {
        let sender = Fault::sender(code, status, message);
        Fault { side: FaultSide::Receiver, retryable: true, ..sender }
    }

    /// The fault of this code as the service's model declares it: its status, side and the code on the wire. Unknown codes
    /// are faults of the caller with status 400.
    pub fn modelled(service: &Service, code: &str, message: impl Into<String>) -> Self {
        let mut fault = Fault::sender(code, 400, message);
        if let Some(error) = crate::protocol::client::error_shape(service, code).and_then(|shape| shape.exception()) {
            // JSON names errors by their shapes, XML by a code that may differ.
            let by_code = matches!(service.protocol, Protocol::Query | Protocol::Ec2 | Protocol::RestXml);
            if let Some(wire) = error.code.as_ref().filter(|_| by_code) {
                fault.code = wire.to_string();
            }
            let at_service = error.fault && !error.sender_fault;
            fault.status = error.status.unwrap_or(if at_service { 500 } else { 400 });
            if fault.status >= 500 {
                fault.side = FaultSide::Receiver;
            }
            fault.retryable = error.retryable;
            fault.throttling = error.throttling;
        }
        fault
    }

    /// With one more member.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(name.into(), value.into());
        self
    }

    /// The fault that a service of this protocol answers when the signature is not accepted. The codes and statuses
    /// differ by protocol; the texts are AWS's.
    pub fn from_sigv4(error: &SigV4Error, protocol: Protocol) -> Self {
        let (code, status) = match protocol {
            Protocol::Query | Protocol::RestXml => (error.code(), query_status(error)),
            Protocol::Ec2 => ec2_code(error),
            Protocol::Json | Protocol::Cbor => {
                (json_code(error), if bad_form(error) { 400 } else { json_status(error) })
            }
            Protocol::RestJson => (json_code(error), if bad_form(error) { 400 } else { 403 }),
        };
        let message = match (protocol, error) {
            (Protocol::Json | Protocol::RestJson | Protocol::Cbor, SigV4Error::MissingAuthenticationToken) => {
                "Missing Authentication Token".to_owned()
            }
            (Protocol::Ec2, SigV4Error::InvalidClientTokenId | SigV4Error::SignatureDoesNotMatch) => {
                "AWS was not able to validate the provided access credentials".to_owned()
            }
            (Protocol::Ec2, SigV4Error::Expired { .. }) => "Request has expired.".to_owned(),
            _ => error.to_string(),
        };
        Fault::sender(code, status, message)
    }
}

impl From<&WireError> for Fault {
    /// What a caller is told of a mistake of ours: nothing but that there was one.
    fn from(_: &WireError) -> Self {
        Fault::receiver("InternalFailure", 500, "The request processing has failed because of an unknown error.")
    }
}

fn bad_form(error: &SigV4Error) -> bool {
    matches!(error, SigV4Error::IncompleteSignature(_) | SigV4Error::ContentSha256Mismatch | SigV4Error::Unsupported(_))
}

fn query_status(error: &SigV4Error) -> u16 {
    if bad_form(error) { 400 } else { 403 }
}

/// `X-Amz-Target` services answer everything but a missing or wrong session with 400.
fn json_status(_: &SigV4Error) -> u16 {
    400
}

fn json_code(error: &SigV4Error) -> &'static str {
    match error {
        SigV4Error::MissingAuthenticationToken => "MissingAuthenticationTokenException",
        SigV4Error::IncompleteSignature(_) => "IncompleteSignatureException",
        SigV4Error::InvalidClientTokenId => "UnrecognizedClientException",
        SigV4Error::ExpiredToken => "ExpiredTokenException",
        SigV4Error::ContentSha256Mismatch => "InvalidSignatureException",
        SigV4Error::Unsupported(_) => "NotImplementedException",
        SigV4Error::SignatureDoesNotMatch
        | SigV4Error::WrongScope(_)
        | SigV4Error::Expired { .. }
        | SigV4Error::NotYetCurrent { .. } => "InvalidSignatureException",
    }
}

fn ec2_code(error: &SigV4Error) -> (&'static str, u16) {
    match error {
        SigV4Error::MissingAuthenticationToken => ("MissingAuthenticationToken", 403),
        SigV4Error::InvalidClientTokenId | SigV4Error::SignatureDoesNotMatch => ("AuthFailure", 401),
        SigV4Error::ExpiredToken => ("RequestExpired", 400),
        SigV4Error::Expired { .. } => ("RequestExpired", 400),
        other => (other.code(), query_status(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_faults_by_protocol() {
        let cases = [
            (SigV4Error::SignatureDoesNotMatch, Protocol::Query, "SignatureDoesNotMatch", 403),
            (SigV4Error::SignatureDoesNotMatch, Protocol::Json, "InvalidSignatureException", 400),
            (SigV4Error::SignatureDoesNotMatch, Protocol::RestJson, "InvalidSignatureException", 403),
            (SigV4Error::SignatureDoesNotMatch, Protocol::Ec2, "AuthFailure", 401),
            (SigV4Error::InvalidClientTokenId, Protocol::Query, "InvalidClientTokenId", 403),
            (SigV4Error::InvalidClientTokenId, Protocol::Json, "UnrecognizedClientException", 400),
            (SigV4Error::InvalidClientTokenId, Protocol::RestJson, "UnrecognizedClientException", 403),
            (SigV4Error::ExpiredToken, Protocol::Query, "ExpiredToken", 403),
            (SigV4Error::MissingAuthenticationToken, Protocol::Query, "MissingAuthenticationToken", 403),
            (SigV4Error::IncompleteSignature("x".to_owned()), Protocol::Query, "IncompleteSignature", 400),
        ];
        for (error, protocol, code, status) in cases {
            let fault = Fault::from_sigv4(&error, protocol);
            assert_eq!((&*fault.code, fault.status), (code, status), "{error:?} {protocol:?}");
        }
    }
}
