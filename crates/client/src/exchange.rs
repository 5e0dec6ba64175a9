//! One call to an endpoint: encoded, signed, sent, repeated where that is harmless, decoded.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bailiwick_authority::{Clock, Entropy};
use bailiwick_aws::endpoint::EndpointSettings;
use bailiwick_aws::model::Protocol;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::client::{self, ResponseError};
use bailiwick_aws::protocol::timestamp;
use bailiwick_aws::sigv4::{Scope, sign};
use bailiwick_aws::{Operation, Service, Value};
use bailiwick_ident::{Region, Timestamp};

use crate::invoke::InvokeError;
use crate::keys::{KeySource, Keys};
use crate::retry::{self, Bucket, Failure, Repeat};
use crate::transport::{Transport, TransportError};

/// A clock that differs by more than this from the service's is put right; SigV4 itself bears fifteen minutes.
const SKEW_SECONDS: i64 = 240;

/// Where a call goes.
#[derive(Debug, Clone)]
pub struct Place {
    /// The endpoint that takes every call; `None` for AWS's own.
    pub endpoint: Option<http::Uri>,
    /// The Region.
    pub region: Region,
    /// What is chosen about AWS's own endpoints.
    pub settings: EndpointSettings,
    /// Speak CBOR to services that speak it. Otherwise JSON is preferred where there is a choice, as AWS's SDKs for Python do.
    pub cbor: bool,
    /// How long one exchange with it may take; `None` for the time of the pool.
    pub timeout: Option<Duration>,
}

impl Place {
    /// The protocol that a service is spoken to in.
    fn protocol(&self, service: &Service) -> Protocol {
        let first = if self.cbor { Protocol::Cbor } else { Protocol::Json };
        if service.protocols.contains(&first) { first } else { service.protocol }
    }
}

/// Makes calls over one pool of connections.
pub struct Exchange {
    transport: Transport,
    pack: Arc<Pack>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    bucket: Bucket,
    /// How far the services' clocks are ahead of ours, in milliseconds.
    skew: AtomicI64,
}

/// One attempt's end.
enum Attempt {
    Answered(Value),
    /// The error, what it says about another attempt, and the service's time where it sent one.
    Failed(InvokeError, Option<Failure>, Option<Timestamp>),
}

impl Exchange {
    /// An exchange over a pool.
    pub fn new(transport: Transport, pack: Arc<Pack>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Exchange { transport, pack, clock, entropy, bucket: Bucket::default(), skew: AtomicI64::new(0) }
    }

    /// Calls an operation. Idempotency tokens are in the input already.
    ///
    /// # Errors
    /// What became of it, and whether it may have been carried out.
    pub async fn call(
        &self,
        place: &Place,
        source: &dyn KeySource,
        service: &Service,
        operation: &Operation,
        input: &Value,
    ) -> Result<Value, InvokeError> {
        let repeat = match operation.readonly || has_token(service, operation, input) {
            true => Repeat::Harmless,
            false => Repeat::Harmful,
        };
        let mut cost = None;
        let mut clock_was_set = false;
        let mut attempt = 1;
        loop {
            let keys = source.keys().await.map_err(InvokeError::NotSent)?;
            let (error, failure, time) = match self.attempt(place, &keys, service, operation, input, repeat).await? {
                Attempt::Answered(value) => {
                    self.bucket.give(cost);
                    return Ok(value);
                }
                Attempt::Failed(error, failure, time) => (error, failure, time),
            };
            if !clock_was_set && self.set_clock(&error, time) {
                clock_was_set = true;
                continue;
            }
            let Some(failure) = failure.filter(|failure| retry::may_repeat(*failure, repeat)) else {
                return Err(error);
            };
            if attempt >= retry::MAX_ATTEMPTS {
                return Err(error);
            }
            let Some(taken) = self.bucket.take(failure) else { return Err(error) };
            cost = Some(taken);
            attempt += 1;
            let mut scatter = [0; 4];
            self.entropy.fill(&mut scatter);
            tokio::time::sleep(retry::pause(attempt, u32::from_le_bytes(scatter))).await;
        }
    }

    /// The model of a service.
    pub(crate) fn service(&self, name: &str) -> Result<Arc<Service>, InvokeError> {
        self.pack.service(name).map_err(|error| InvokeError::NotSent(error.to_string()))
    }

    async fn attempt(
        &self,
        place: &Place,
        keys: &Keys,
        service: &Service,
        operation: &Operation,
        input: &Value,
        repeat: Repeat,
    ) -> Result<Attempt, InvokeError> {
        let request = self.request(place, keys, service, operation, input)?;
        let transport = place.timeout.map(|timeout| self.transport.within(timeout));
        let response = match transport.as_ref().unwrap_or(&self.transport).send(request).await {
            Ok(response) => response,
            Err(error) => {
                let failure = match &error {
                    TransportError::Connect { .. } => Some(Failure::TurnedAway),
                    TransportError::Interrupted { .. } | TransportError::Timeout { .. } => Some(Failure::Silent),
                    TransportError::Forbidden { .. } | TransportError::TooLarge { .. } => None,
                };
                let error = match &error {
                    TransportError::Connect { .. } | TransportError::Forbidden { .. } => {
                        InvokeError::NotSent(error.to_string())
                    }
                    _ if operation.readonly => {
                        InvokeError::NotSent(format!("{error}; the call only reads, so it can be repeated"))
                    }
                    _ => InvokeError::Ambiguous(error.to_string()),
                };
                return Ok(Attempt::Failed(error, failure, None));
            }
        };
        let date = response.headers().get("date").and_then(|date| timestamp::parse(date.to_str().ok()?));
        Ok(match client::decode_as(place.protocol(service), service, operation, &response) {
            Ok(mut value) => {
                client::plain_keys(service, operation, input, &mut value);
                Attempt::Answered(value)
            }
            Err(ResponseError::Fault(fault)) => {
                let failure = retry::of_fault(&fault);
                Attempt::Failed(InvokeError::Fault(*fault), failure, date)
            }
            Err(other) => {
                let broken = response.status().is_server_error();
                let text = format!("the answer cannot be read: {other}");
                let error = match repeat {
                    Repeat::Harmless if operation.readonly => InvokeError::NotSent(text),
                    _ => InvokeError::Ambiguous(text),
                };
                Attempt::Failed(error, broken.then_some(Failure::Broken), date)
            }
        })
    }

    /// Puts the clock right when the service refused a signature for its time. Whether another attempt can succeed by it.
    fn set_clock(&self, error: &InvokeError, time: Option<Timestamp>) -> bool {
        /// Codes of a signature whose time is wrong, or may be.
        const SKEWED: &[&str] = &[
            "AuthFailure",
            "InvalidSignatureException",
            "RequestExpired",
            "RequestInTheFuture",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
        ];
        let (InvokeError::Fault(fault), Some(time)) = (error, time) else { return false };
        let ahead = time.as_millis() - self.now().as_millis();
        if !SKEWED.contains(&fault.code.as_str()) || ahead.abs() < SKEW_SECONDS * 1_000 {
            return false;
        }
        self.skew.fetch_add(ahead, Ordering::Relaxed);
        true
    }

    /// The service's time, as far as we know it.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now().as_millis().saturating_add(self.skew.load(Ordering::Relaxed)))
    }

    /// The signed request.
    fn request(
        &self,
        place: &Place,
        keys: &Keys,
        service: &Service,
        operation: &Operation,
        input: &Value,
    ) -> Result<bailiwick_aws::http::Request, InvokeError> {
        let not_sent = |error: &dyn std::fmt::Display| InvokeError::NotSent(error.to_string());
        let to = client::Destination {
            protocol: place.protocol(service),
            region: place.region.as_str(),
            settings: &place.settings,
            endpoint: place.endpoint.as_ref(),
        };
        let prepared = client::prepare(&self.pack, service, operation, input, to).map_err(|error| not_sent(&error))?;
        let client::Prepared { mut request, signing_name, signing_region } = prepared;
        let scope = Scope { region: &signing_region, service: &signing_name };
        sign(&mut request, keys.credentials(), scope, self.now()).map_err(|error| not_sent(&error))?;
        Ok(request)
    }
}

/// Whether an idempotency token in the input makes a repeat harmless.
fn has_token(service: &Service, operation: &Operation, input: &Value) -> bool {
    let shape = operation.input.as_ref().map(|input| service.target(input));
    let mut members = shape.iter().flat_map(|shape| shape.members());
    members.any(|member| member.target.idempotency_token && input.get(&member.name).is_some())
}
