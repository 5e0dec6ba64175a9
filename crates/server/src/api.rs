//! The AWS API: a signed request in, the service's answer out.
//!
//! The order is fixed, cheapest first: the claim is read and its age checked before the body is read, the signature is
//! verified before the body is looked into, and nothing is decided before both.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use bailiwick_authority::{AuthError, Authority, Call, Caller, Clock, Entropy, Origin, Principal, uuid};
use bailiwick_aws::Value;
use bailiwick_aws::fault::Fault;
use bailiwick_aws::http::{Request, RequestHead, Response, header};
use bailiwick_aws::model::{Protocol, Service};
use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::{fill_idempotency_tokens, server};
use bailiwick_aws::sigv4::{Claim, SigV4Error};
use bailiwick_ident::{Arn, Partition, Region};
use bailiwick_services::{Answer, CallError, Services};

use crate::body::{Bodies, BodyError};
use crate::host::Host;

/// The AWS API of one partition.
#[derive(Clone)]
pub struct Api {
    /// The service models.
    pub pack: Arc<Pack>,
    /// Authenticates.
    pub authority: Arc<Authority>,
    /// Answers.
    pub services: Arc<Services>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Request ids.
    pub entropy: Arc<dyn Entropy>,
    /// The partition of every account here.
    pub partition: Partition,
}

/// Whether a request is for the AWS API, whatever its path: it is signed, or it names an action or a target.
pub(crate) fn is_api(request: &http::Request<Body>) -> bool {
    let headers = request.headers();
    let query = request.uri().query().unwrap_or_default();
    let signed = headers.get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"AWS4-"))
        || query.contains("X-Amz-Signature=")
        || query.contains("X-Amz-Credential=");
    signed
        || headers.contains_key("x-amz-target")
        || (request.method() == http::Method::POST && request.uri().path() == "/")
        || query.split('&').any(|pair| pair.starts_with("Action="))
}

/// Answers one request of the AWS API, by the API of the partition that the Region of its signature is in.
pub(crate) async fn answer(
    host: &dyn Host,
    bodies: &Bodies,
    peer: Option<SocketAddr>,
    request: http::Request<Body>,
) -> Response {
    let any = host.any_api();
    let request_id = uuid(any.entropy.as_ref());
    let (parts, body) = request.into_parts();
    let head = RequestHead::from(&parts);
    let now = any.clock.now();
    let claim = match Claim::parse(head).and_then(|claim| claim.check_time(now).map(|()| claim)) {
        Ok(claim) => claim,
        Err(SigV4Error::MissingAuthenticationToken) => {
            return any.unsigned(bodies, peer, parts, body, &request_id).await;
        }
        Err(error) => return any.refuse_unknown(head, &error, &request_id),
    };
    let service = match any.service(claim.service()) {
        Ok(service) => service,
        Err(fault) => return unknown_service(head, &fault, &request_id),
    };
    let declared = header(&parts.headers, "content-length").and_then(|length| length.parse().ok());
    let body = match bodies.read(body, declared).await {
        Ok(body) => body,
        Err(error) => return server::encode_fault(&service, service.protocol, &body_fault(error), &request_id),
    };
    let request = Request::from_parts(parts, body);
    let protocol = server::protocol_of(&service, &request);
    let refuse =
        |error: SigV4Error| server::encode_fault(&service, protocol, &Fault::from_sigv4(&error, protocol), &request_id);
    let Some(partition) = any.authority.regions().partition(claim.region()) else {
        let text = format!("Credential should be scoped to a valid region, not '{}'.", shown(claim.region()));
        return refuse(SigV4Error::WrongScope(text));
    };
    let api = match host.api(partition).await {
        Some(api) => api,
        None => return refuse(SigV4Error::InvalidClientTokenId),
    };
    let (mut caller, key) = match api.authority.authenticate(&claim, now) {
        Ok(known) => known,
        Err(error) => {
            if let AuthError::Unavailable(cause) = &error {
                tracing::error!(cause, request_id, "credentials cannot be checked");
            }
            return refuse(error.as_sigv4());
        }
    };
    if let Err(error) = claim.verify_with_key(&key, &request, request.body(), now) {
        return refuse(error);
    }
    connection(&mut caller, peer, &request, &request_id);
    api.respond(caller, claim.region(), &service, protocol, &request).await
}

/// What the connection says of a caller.
fn connection(caller: &mut Caller, peer: Option<SocketAddr>, request: &Request, request_id: &str) {
    caller.source_ip = peer.map(|peer| peer.ip().to_string());
    caller.user_agent = header(request.headers(), "user-agent").map(|text| text.chars().take(512).collect());
    caller.host = header(request.headers(), "host").map(|host| host_name(host).chars().take(255).collect());
    caller.secure_transport = peer.is_some_and(|peer| peer.ip().is_loopback());
    request_id.clone_into(&mut caller.request_id);
}

/// A host header without its port.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

impl Api {
    /// Answers a request without a signature: only operations whose model says that they are not signed are made.
    async fn unsigned(
        &self,
        bodies: &Bodies,
        peer: Option<SocketAddr>,
        parts: http::request::Parts,
        body: Body,
        request_id: &str,
    ) -> Response {
        let refuse = |head| self.refuse_unknown(head, &SigV4Error::MissingAuthenticationToken, request_id);
        let declared = header(&parts.headers, "content-length").and_then(|length| length.parse().ok());
        let body = match bodies.read(body, declared).await {
            Ok(body) => body,
            Err(_) => return refuse(RequestHead::from(&parts)),
        };
        let request = Request::from_parts(parts, body);
        if crate::unsigned::is_link(&request) {
            return crate::unsigned::respond(self, peer, &request, request_id).await;
        }
        let (model, protocol) = seeming(RequestHead::from(&request));
        let (Ok(service), Protocol::Query) = (self.pack.service(model), protocol) else {
            return refuse(RequestHead::from(&request));
        };
        let open = server::route(&service, &request)
            .is_ok_and(|route| route.operation.auth_type == Some(bailiwick_aws::model::AuthType::None));
        if !open {
            return refuse(RequestHead::from(&request));
        }
        let mut caller = Caller { principal: Principal::Anonymous, ..Caller::system(request_id) };
        connection(&mut caller, peer, &request, request_id);
        // Without a signature there is no scope: such requests are taken for the partition's first Region, unless the host
        // name has one.
        let region = self.region_of(caller.host.as_deref().unwrap_or_default());
        self.respond(caller, region.as_str(), &service, protocol, &request).await
    }

    /// The Region in a host name such as `sts.eu-west-1.amazonaws.com`, or the one where the partition's global services are.
    fn region_of(&self, host: &str) -> Region {
        let named = host.split('.').find(|label| self.authority.regions().partition(label) == Some(&self.partition));
        let global = || {
            let partitions = self.pack.partitions().ok()?;
            Region::parse(&partitions.get(self.partition.as_str())?.outputs.implicit_global_region).ok()
        };
        named.and_then(|label| Region::parse(label).ok()).or_else(global).unwrap_or_else(Region::us_east_1)
    }

    /// Answers a request of a caller who is known.
    async fn respond(
        &self,
        caller: Caller,
        region: &str,
        service: &Arc<Service>,
        protocol: Protocol,
        request: &Request,
    ) -> Response {
        let request_id = caller.request_id.as_str();
        let route = match server::route(service, request) {
            Ok(route) => route,
            Err(fault) => return server::encode_fault(service, protocol, &fault, request_id),
        };
        let answer = async {
            let mut input = route.decode(request)?;
            fill_idempotency_tokens(service, route.operation, &mut input, request_id);
            // Whoever is nobody yet asks for something of the account of the role.
            let named =
                || input.get("RoleArn").and_then(Value::as_str).and_then(|arn| Arn::parse(arn).ok()?.account_id());
            let account = caller
                .principal
                .account()
                .or_else(|| if caller.principal == Principal::Anonymous { named() } else { None })
                .ok_or_else(|| Fault::from_sigv4(&SigV4Error::InvalidClientTokenId, protocol))?;
            let region = Region::parse(region)
                .map_err(|error| Fault::from_sigv4(&SigV4Error::WrongScope(error.to_string()), protocol))?;
            let call = Call {
                service: service.name.to_string(),
                operation: route.operation.name.to_string(),
                account,
                region,
                partition: self.partition.clone(),
                input,
            };
            match self.services.call(&caller, &Origin::Api, call).await {
                Ok(Answer::Output(output)) => {
                    route.encode(&output, request_id).map_err(|error| unavailable(&error.to_string()))
                }
                Ok(Answer::Fault(fault)) => Err(fault),
                Ok(Answer::Denied(ruling)) => {
                    Err(self.services.refusal(&ruling).unwrap_or_else(|| unavailable("no reason was given")))
                }
                Err(error) => Err(failed(&error, request_id)),
            }
        };
        answer.await.unwrap_or_else(|fault| route.fault(&fault, request_id))
    }

    /// The model of the served service that signs with this name.
    fn service(&self, signing_name: &str) -> Result<Arc<Service>, Fault> {
        let unknown = || {
            let message = format!("The service {signing_name} is not offered by this server.");
            Fault::sender("UnknownService", 404, message)
        };
        let names = self.pack.services_signing_as(signing_name).map_err(|error| unavailable(&error.to_string()))?;
        let name = names.iter().find(|name| Services::serves(name)).ok_or_else(unknown)?;
        self.pack.service(name).map_err(|error| unavailable(&error.to_string()))
    }

    /// The answer to a request whose claim cannot be read: in the protocol it seems to speak.
    pub(crate) fn refuse_unknown(&self, head: RequestHead<'_>, error: &SigV4Error, request_id: &str) -> Response {
        let (model, protocol) = seeming(head);
        match self.pack.service(model) {
            Ok(service) => server::encode_fault(&service, protocol, &Fault::from_sigv4(error, protocol), request_id),
            Err(error) => plain(503, &error.to_string()),
        }
    }
}

/// A service that speaks as the request seems to, for answers when the service itself is not known.
fn seeming(head: RequestHead<'_>) -> (&'static str, Protocol) {
    let form = head.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if head.headers.contains_key("x-amz-target") {
        ("organizations", Protocol::Json)
    } else if form || head.query().contains("Action=") || head.uri.path() == "/" {
        ("sts", Protocol::Query)
    } else {
        ("chatbot", Protocol::RestJson)
    }
}

fn unknown_service(head: RequestHead<'_>, fault: &Fault, request_id: &str) -> Response {
    let (_, protocol) = seeming(head);
    let body = match protocol {
        Protocol::Query => format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
            fault.code,
            fault.message.replace('&', "&amp;").replace('<', "&lt;")
        ),
        _ => format!(r#"{{"__type":"{}","message":"{}"}}"#, fault.code, fault.message.replace(['"', '\\'], "'")),
    };
    plain(fault.status, &body)
}

fn plain(status: u16, body: &str) -> Response {
    let mut response = Response::new(body.as_bytes().to_vec());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response
}

fn body_fault(error: BodyError) -> Fault {
    match error {
        BodyError::TooLarge => Fault::sender(
            "RequestEntityTooLarge",
            413,
            format!("The request is larger than {} bytes.", crate::body::MAX_BYTES),
        ),
        BodyError::TooSlow => Fault::sender("RequestTimeout", 408, "The request did not arrive in time."),
        BodyError::Broken => Fault::sender("IncompleteBody", 400, "The request ended in the middle."),
        BodyError::Busy => Fault::receiver("ServiceUnavailable", 503, "The server is busy; try again in a moment."),
    }
}

pub(crate) fn unavailable(cause: &str) -> Fault {
    tracing::error!(cause, "the API cannot answer");
    Fault::receiver("ServiceUnavailable", 503, "The server cannot answer now; try again in a moment.")
}

pub(crate) fn failed(error: &CallError, request_id: &str) -> Fault {
    tracing::error!(%error, request_id, "a call came to nothing");
    Fault::receiver(
        "ServiceUnavailable",
        503,
        "The decision could not be recorded, so nothing was done; try again in a moment.",
    )
}
