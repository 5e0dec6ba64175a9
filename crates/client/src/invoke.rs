//! A permitted call to an AWS-compatible endpoint.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_authority::audit::Attempt;
use bailiwick_authority::{Authorized, Call, Clock, Permit, PermitError};
use bailiwick_aws::Value;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::AccountId;

use crate::assume::Sessions;
use crate::exchange::Exchange;
use crate::keys::KeySource;
use crate::target::{Target, Targets};

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
    exchange: Arc<Exchange>,
    targets: Targets,
    sessions: Sessions,
    clock: Arc<dyn Clock>,
    patience: Option<Duration>,
}

impl Client {
    /// A client for these endpoints.
    pub fn new(exchange: Arc<Exchange>, targets: Targets, clock: Arc<dyn Clock>) -> Self {
        Client { exchange, targets, sessions: Sessions::default(), clock, patience: None }
    }

    /// The same client, waiting so long for the answer of a permitted call where its account says nothing else.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Client { patience: Some(patience), ..self }
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
        let attempt = Attempt::of(&authorized);
        Ok(Sent { attempt, result: self.send(&authorized, &call).await })
    }

    /// Makes a call for a delivery, which was allowed when it was subscribed: it needs no permit, and it has no role to assume.
    pub(crate) async fn deliver(&self, target: Option<&Target>, call: &Call) -> Result<Value, InvokeError> {
        let not_configured = || InvokeError::NotConfigured { account: call.account, service: call.service.clone() };
        let target = target.filter(|target| !target.assume_roles).ok_or_else(not_configured)?;
        let service = self.exchange.service(&call.service)?;
        let operation = service.operation(&call.operation).ok_or_else(|| {
            InvokeError::NotSent(format!("there is no operation {}:{}", call.service, call.operation))
        })?;
        let place = target.place(&call.service, &call.region);
        self.exchange.call(&place, target.keys.as_ref(), &service, operation, &call.input).await
    }

    async fn send(&self, authorized: &Authorized, call: &Call) -> Result<Value, InvokeError> {
        let not_configured = || InvokeError::NotConfigured { account: call.account, service: call.service.clone() };
        let target = self.target(call.account, &call.service).ok_or_else(not_configured)?;
        let service = self.exchange.service(&call.service)?;
        let operation = service.operation(&call.operation).ok_or_else(|| {
            InvokeError::NotSent(format!("there is no operation {}:{}", call.service, call.operation))
        })?;
        let mut place = target.place(&call.service, &call.region);
        place.timeout = place.timeout.or(self.patience);
        let session;
        let source: &dyn KeySource = match (target.assume_roles, authorized.session_plan()) {
            (false, _) => target.keys.as_ref(),
            (true, None) => {
                let why = "the account wants a role to be assumed, and the caller has none".to_owned();
                return Err(InvokeError::NotSent(why));
            }
            (true, Some(plan)) => {
                let sts = target.place("sts", &call.region);
                let revision = authorized.ruling().revision;
                session = self.sessions.keys(&self.exchange, target.way(&sts), plan, revision).await?;
                &session
            }
        };
        self.exchange.call(&place, source, &service, operation, &call.input).await
    }
}
