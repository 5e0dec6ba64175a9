//! What nobody has to sign: the links in SNS's messages, and the certificate its signatures are checked with.
//! Source: AWS's SNS developer guide, "Subscribing an HTTPS endpoint" and "Verifying the signatures of Amazon SNS messages".

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use bailiwick_authority::{Call, Caller, Origin, Principal};
use bailiwick_aws::fault::Fault;
use bailiwick_aws::http::{Request, RequestHead, Response, form_pairs, header};
use bailiwick_aws::protocol::server;
use bailiwick_aws::sigv4::SigV4Error;
use bailiwick_ident::{Arn, Region};
use bailiwick_services::Answer;

use crate::Api;
use crate::api::{failed, unavailable};

/// The operations, with the member of the input that says where they are made.
const LINKS: &[(&str, &str)] = &[("ConfirmSubscription", "TopicArn"), ("Unsubscribe", "SubscriptionArn")];

/// The beginning of a certificate's path.
const CERTIFICATE: &str = "/SimpleNotificationService-";

/// Whether a request is for a certificate.
pub(crate) fn is_certificate(request: &http::Request<Body>) -> bool {
    matches!(*request.method(), http::Method::GET | http::Method::HEAD) && request.uri().path().starts_with(CERTIFICATE)
}

/// The certificate of a path, of whichever partition signs with it.
pub(crate) async fn certificate(apis: &[Arc<Api>], path: &str) -> http::Response<Body> {
    let file = path.strip_prefix('/').unwrap_or(path);
    let mut found = Ok(None);
    for api in apis {
        found = api.services.signer().certificate(file).await;
        if !matches!(found, Ok(None)) {
            break;
        }
    }
    let (status, kind, body) = match found {
        Ok(Some(certificate)) => (200, "application/x-pem-file", certificate.pem),
        Ok(None) => (404, "text/plain; charset=utf-8", "there is no such certificate\n".to_owned()),
        Err(error) => {
            tracing::error!(%error, "the certificate cannot be read");
            (503, "text/plain; charset=utf-8", "the certificate cannot be read; try again in a moment\n".to_owned())
        }
    };
    let mut response = http::Response::new(Body::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    response
}

/// The action of a request, in its address or its form.
fn action(request: &Request) -> Option<&'static (&'static str, &'static str)> {
    let head = RequestHead::from(request);
    let body = std::str::from_utf8(request.body()).ok()?;
    let mut pairs = form_pairs(head.query()).chain(form_pairs(body)).filter_map(Result::ok);
    let (_, action) = pairs.find(|(name, _)| name == "Action")?;
    LINKS.iter().find(|(name, _)| *name == action.trim_end())
}

/// Whether a request is one of SNS's links.
pub(crate) fn is_link(request: &Request) -> bool {
    action(request).is_some()
}

/// Answers a link that was followed.
pub(crate) async fn respond(api: &Api, peer: Option<SocketAddr>, request: &Request, request_id: &str) -> Response {
    let missing =
        |request: RequestHead<'_>| api.refuse_unknown(request, &SigV4Error::MissingAuthenticationToken, request_id);
    let Some((_, member)) = action(request) else { return missing(RequestHead::from(request)) };
    let Ok(service) = api.pack.service("sns") else { return missing(RequestHead::from(request)) };
    let route = match server::route(&service, request) {
        Ok(route) => route,
        Err(fault) => return server::encode_fault(&service, service.protocol, &fault, request_id),
    };
    let answer = async {
        let input = route.decode(request)?;
        let wrong = || Fault::sender("InvalidParameter", 400, format!("Invalid parameter: {member}"));
        let arn = input.get(member).and_then(bailiwick_aws::Value::as_str).and_then(|text| Arn::parse(text).ok());
        let arn = arn.ok_or_else(wrong)?;
        let caller = Caller {
            principal: Principal::Anonymous,
            source_ip: peer.map(|peer| peer.ip().to_string()),
            user_agent: header(request.headers(), "user-agent").map(|text| text.chars().take(512).collect()),
            secure_transport: peer.is_some_and(|peer| peer.ip().is_loopback()),
            ..Caller::system(request_id)
        };
        let call = Call {
            service: service.name.to_string(),
            operation: route.operation.name.to_string(),
            account: arn.account_id().ok_or_else(wrong)?,
            region: Region::parse(arn.region()).map_err(|_| wrong())?,
            partition: api.partition.clone(),
            input,
        };
        match api.services.call(&caller, &Origin::Api, call).await {
            Ok(Answer::Output(output)) => {
                route.encode(&output, request_id).map_err(|error| unavailable(&error.to_string()))
            }
            Ok(Answer::Fault(fault)) => Err(fault),
            Ok(Answer::Denied(ruling)) => Err(ruling.fault().unwrap_or_else(|| unavailable("no reason was given"))),
            Err(error) => Err(failed(&error, request_id)),
        }
    };
    answer.await.unwrap_or_else(|fault| route.fault(&fault, request_id))
}
