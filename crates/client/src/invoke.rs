//! A permitted call to an AWS-compatible endpoint.

use std::sync::Arc;

use bailiwick_authority::audit::Attempt;
use bailiwick_authority::{Call, Clock, Permit, PermitError};
use bailiwick_aws::endpoint::{self, EndpointSettings};
use bailiwick_aws::fault::Fault;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::client::{self, ResponseError};
use bailiwick_aws::sigv4::{Credentials, Scope, sign};
use bailiwick_aws::{Operation, Service, Value};
use bailiwick_ident::AccountId;

use crate::target::{Target, Targets};
use crate::transport::{Transport, TransportError};

/// Why a call to an endpoint has no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// It may or may not have been carried out. It must never be repeated blindly.
    #[error("it is not known whether the call was carried out: {0}")]
    Ambiguous(String),
    /// The service answered with a fault.
    #[error("{0}")]
    Fault(Fault),
    /// The account has no endpoint for the service.
    #[error("account {account} has no endpoint for {service}")]
    NotConfigured {
        /// The account.
        account: AccountId,
        /// The service.
        service: String,
    },
    /// It was never sent.
    #[error("the call was not sent: {0}")]
    NotSent(String),
}

/// What became of a permitted call, with what its outcome's audit record needs.
#[derive(Debug)]
pub struct Sent {
    /// The call as the audit trail knows it.
    pub attempt: Attempt,
    /// The answer.
    pub result: Result<Value, InvokeError>,
}

/// Calls AWS-compatible endpoints.
pub struct Client {
    transport: Transport,
    targets: Targets,
    pack: Arc<Pack>,
    clock: Arc<dyn Clock>,
}

impl Client {
    /// A client for these endpoints.
    pub fn new(transport: Transport, targets: Targets, pack: Arc<Pack>, clock: Arc<dyn Clock>) -> Self {
        Client { transport, targets, pack, clock }
    }

    /// The endpoint for calls of a service in an account.
    pub fn target(&self, account: AccountId, service: &str) -> Option<&Target> {
        self.targets.find(account, service)
    }

    /// Makes a permitted call.
    ///
    /// # Errors
    /// The permit is not for this call, or too old. Everything later is in [`Sent::result`].
    pub async fn invoke(&self, permit: Permit, call: Call) -> Result<Sent, PermitError> {
        let authorized = permit.open(call.clone(), self.clock.now())?;
        let attempt = Attempt::of(&self.pack, &authorized);
        Ok(Sent { attempt, result: self.send(&call).await })
    }

    async fn send(&self, call: &Call) -> Result<Value, InvokeError> {
        let not_configured = || InvokeError::NotConfigured { account: call.account, service: call.service.clone() };
        let target = self.target(call.account, &call.service).ok_or_else(not_configured)?;
        let not_sent = |error: &dyn std::fmt::Display| InvokeError::NotSent(error.to_string());
        let service = self.pack.service(&call.service).map_err(|error| not_sent(&error))?;
        let operation = service.operation(&call.operation).ok_or_else(|| not_sent(&"no such operation"))?;
        let request = self.request(target, &service, operation, call)?;
        let reads = operation.readonly;
        let response = self.transport.send(request).await.map_err(|error| match error {
            TransportError::Connect { .. } => InvokeError::NotSent(error.to_string()),
            _ if reads => InvokeError::NotSent(format!("{error}; the call only reads, so it can be repeated")),
            _ => InvokeError::Ambiguous(error.to_string()),
        })?;
        client::decode(&service, operation, &response).map_err(|error| match error {
            ResponseError::Fault(fault) => InvokeError::Fault(*fault),
            other => InvokeError::Ambiguous(format!("the answer cannot be read: {other}")),
        })
    }

    /// The signed request.
    fn request(
        &self,
        target: &Target,
        service: &Service,
        operation: &Operation,
        call: &Call,
    ) -> Result<bailiwick_aws::http::Request, InvokeError> {
        let not_sent = |error: &dyn std::fmt::Display| InvokeError::NotSent(error.to_string());
        let unsigned = client::encode(service, operation, &call.input).map_err(|error| not_sent(&error))?;
        let settings = EndpointSettings::default();
        let resolved =
            endpoint::resolve_for(&self.pack, service, call.region.as_str(), &settings, Some((operation, &call.input)));
        let (uri, with_host_prefix, name, region) = match (&target.endpoint, resolved) {
            (Some(uri), Ok(known)) => (uri.clone(), false, known.signing_name, known.signing_region),
            (Some(uri), Err(_)) => (uri.clone(), false, service.signing_name.to_string(), call.region.to_string()),
            (None, Ok(known)) => {
                let uri = known.url.parse().map_err(|error: http::uri::InvalidUri| not_sent(&error))?;
                (uri, true, known.signing_name, known.signing_region)
            }
            (None, Err(error)) => return Err(not_sent(&error)),
        };
        let mut request = unsigned.at(&uri, with_host_prefix).map_err(|error| not_sent(&error))?;
        let credentials = Credentials {
            access_key_id: &target.access_key_id,
            secret_access_key: &target.secret_access_key,
            session_token: target.session_token.as_ref(),
        };
        let scope = Scope { region: &region, service: &name };
        sign(&mut request, credentials, scope, self.clock.now()).map_err(|error| not_sent(&error))?;
        Ok(request)
    }
}
