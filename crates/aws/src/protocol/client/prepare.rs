use http::Uri;
use http::header::{HeaderName, HeaderValue};
use serde_json::Value as Json;

use super::{Unsigned, add_checksum, customize, encode_as};
use crate::endpoint::{self, EndpointError, EndpointSettings};
use crate::http::{Request, percent_encode};
use crate::model::{Operation, Protocol, Service};
use crate::pack::Pack;
use crate::protocol::problem::{Problem, WireError};
use crate::value::Value;

/// Where a call goes.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// The protocol, one of [`Service::protocols`].
    pub protocol: Protocol,
    /// The Region.
    pub region: &'a str,
    /// What is chosen about AWS's own endpoints.
    pub settings: &'a EndpointSettings,
    /// The endpoint that takes every call; `None` for AWS's own.
    pub endpoint: Option<&'a Uri>,
}

/// Services at AWS that take other signatures than the fourth version's. Source: the service models of botocore 1.43,
/// `signatureVersion`.
const OTHER_SIGNATURES: [(&str, &str); 3] =
    [("codecatalyst", "bearer token"), ("importexport", "version 2"), ("sdb", "version 2")];

/// Services whose operations are called where DescribeEndpoints says. Source: the same, `endpointdiscovery`, `required`.
const DISCOVERED: [&str; 2] = ["timestream-query", "timestream-write"];

/// A request that lacks only its signature.
#[derive(Debug)]
pub struct Prepared {
    /// The request.
    pub request: Request,
    /// The service name of the signature.
    pub signing_name: String,
    /// The Region of the signature.
    pub signing_region: String,
}

/// Why there is no request.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PrepareError {
    /// There is no endpoint.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The endpoint wants a kind of signature that is not offered.
    #[error(
        "the endpoint of this call wants a signature of the kind `{0}`, which is not offered; configure another endpoint"
    )]
    Scheme(String),
    /// The service tells each caller where to call it.
    #[error(
        "`{0}` is called at an address that its operation DescribeEndpoints names: configure that address as the service's endpoint"
    )]
    Discovery(String),
    /// The input does not fit.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// Makes the request of a call as the AWS SDKs make it: the input as the service wants it, headers, checksum, host and
/// path. The idempotency tokens are in the input already. An endpoint of the caller's own takes the whole path, with a
/// bucket's name in it; AWS's rules choose host and path otherwise.
///
/// # Errors
/// As [`PrepareError`] says.
pub fn prepare(
    pack: &Pack,
    service: &Service,
    operation: &Operation,
    input: &Value,
    to: Destination<'_>,
) -> Result<Prepared, PrepareError> {
    let problem = |problem| WireError::Request { operation: operation.name.to_string(), problem };
    let input = customize::input(service, operation, input).map_err(problem)?;
    let mut unsigned = encode_as(to.protocol, service, operation, &input)?;
    customize::request(service, operation, &mut unsigned);
    add_checksum(service, operation, &input, &mut unsigned)?;
    let settings = settings(service, operation, to.settings);
    let known = endpoint::resolve_for(pack, service, to.region, &settings, Some((operation, &input)));
    if let Some(uri) = to.endpoint {
        // What the rules say of the signature holds for other endpoints, too, where they say anything.
        let (signing_name, signing_region) = match known {
            Ok(known) => (known.signing_name, known.signing_region),
            Err(_) => (service.signing_name.to_string(), to.region.to_owned()),
        };
        return Ok(Prepared { request: unsigned.at(uri, false)?, signing_name, signing_region });
    }
    let known = known?;
    if let Some((_, kind)) = OTHER_SIGNATURES.iter().find(|(name, _)| *name == &*service.name) {
        return Err(PrepareError::Scheme((*kind).to_owned()));
    }
    if DISCOVERED.contains(&&*service.name) && &*operation.name != "DescribeEndpoints" {
        return Err(PrepareError::Discovery(service.name.to_string()));
    }
    if known.scheme != "sigv4" {
        return Err(PrepareError::Scheme(known.scheme));
    }
    let no_address = |_| problem(Problem::new("the endpoint is no address"));
    let uri: Uri = match predict_endpoint(service, operation, &input) {
        Some(host) => host.parse().map_err(no_address)?,
        None => known.url.parse().map_err(no_address)?,
    };
    for (name, value) in &known.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            unsigned.headers.insert(name, value);
        }
    }
    placed_by_rules(service, operation, &input, &mut unsigned);
    Ok(Prepared {
        request: unsigned.at(&uri, true)?,
        signing_name: known.signing_name,
        signing_region: known.signing_region,
    })
}

/// The settings of one call: where a bucket lies is asked with the bucket in the path, because its own host may redirect.
fn settings(service: &Service, operation: &Operation, given: &EndpointSettings) -> EndpointSettings {
    let mut settings = given.clone();
    if &*service.name == "s3" && &*operation.name == "GetBucketLocation" {
        settings.built_in.insert("AWS::S3::ForcePathStyle".to_owned(), Json::Bool(true));
    }
    settings
}

/// Takes out of path and host what the endpoint rules put there as well: the bucket, the account of S3 Control.
fn placed_by_rules(service: &Service, operation: &Operation, input: &Value, unsigned: &mut Unsigned) {
    if &*service.name == "s3"
        && operation.uri.starts_with("/{Bucket}")
        && let Some(bucket) = input.get("Bucket").and_then(Value::as_str)
        && let Some(rest) = unsigned.target.strip_prefix(&format!("/{}", percent_encode(bucket, b"")))
    {
        unsigned.target = rest.to_owned();
    }
    let accounts_by_rules = operation
        .static_context
        .iter()
        .any(|(name, value)| &**name == "RequiresAccountId" && value == &Json::Bool(true));
    if accounts_by_rules && operation.host_prefix.as_deref() == Some("{AccountId}.") {
        unsigned.host_prefix = None;
    }
}

/// Machine Learning predicts at an endpoint that the input names.
fn predict_endpoint<'v>(service: &Service, operation: &Operation, input: &'v Value) -> Option<&'v str> {
    let is_it = &*service.name == "machinelearning" && &*operation.name == "Predict";
    // Nowhere but at AWS: what is typed in a chat must not choose whom the signature is shown to.
    let at_aws = |url: &&str| {
        let host = url.strip_prefix("https://").unwrap_or_default().split('/').next().unwrap_or_default();
        host.ends_with(".amazonaws.com") && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
    };
    input.get("PredictEndpoint").and_then(Value::as_str).filter(|_| is_it).filter(at_aws)
}
