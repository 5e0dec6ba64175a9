use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Uri};

use crate::http::Request;
use crate::model::{Operation, Protocol, Service};
use crate::protocol::problem::{Problem, WireError};
use crate::protocol::query::{Dialect, write_input};
use crate::protocol::rest::{self, Format};
use crate::protocol::{cbor, json};
use crate::value::Value;

/// A request that has no endpoint and no signature yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsigned {
    /// The method.
    pub method: Method,
    /// Path and query, percent-encoded, beginning with `/`; without a path where the endpoint has it.
    pub target: String,
    /// The headers that the protocol and the input ask for.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// What is put before the endpoint's host, such as `123456789012.`; ends in a dot or not as the model says.
    pub host_prefix: Option<String>,
}

impl Unsigned {
    /// The request at an endpoint such as `https://sns.us-east-1.amazonaws.com`, whose own path, if any, comes first.
    /// `with_host_prefix` is false for endpoints that are one host for everything, such as an emulator's.
    ///
    /// # Errors
    /// [`WireError::Request`] when endpoint and target together are no URI.
    pub fn at(self, endpoint: &Uri, with_host_prefix: bool) -> Result<Request, WireError> {
        let problem = |text: &str| WireError::Request {
            operation: self.target.split('?').next().unwrap_or_default().to_owned(),
            problem: Problem::new(text),
        };
        let authority = endpoint.authority().ok_or_else(|| problem("the endpoint has no host"))?;
        let prefix = self.host_prefix.as_deref().filter(|_| with_host_prefix).unwrap_or_default();
        let base = endpoint.path().trim_end_matches('/');
        let uri = Uri::builder()
            .scheme(endpoint.scheme_str().unwrap_or("https"))
            .authority(format!("{prefix}{authority}"))
            .path_and_query(match self.target.strip_prefix('/') {
                None if base.is_empty() => format!("/{}", self.target),
                _ => format!("{base}{}", self.target),
            })
            .build()
            .map_err(|_| problem("the endpoint and the path make no address"))?;
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers;
        Ok(request)
    }
}

/// Writes an operation's input in the service's protocol of first choice.
///
/// # Errors
/// [`WireError::Request`] when the value does not fit the model's types or has no place on the wire.
pub fn encode(service: &Service, operation: &Operation, input: &Value) -> Result<Unsigned, WireError> {
    encode_as(service.protocol, service, operation, input)
}

/// As [`encode`], in another of [`Service::protocols`].
///
/// # Errors
/// As [`encode`].
pub fn encode_as(
    protocol: Protocol,
    service: &Service,
    operation: &Operation,
    input: &Value,
) -> Result<Unsigned, WireError> {
    write(protocol, service, operation, input)
        .map_err(|problem| WireError::Request { operation: operation.name.to_string(), problem })
}

fn write(protocol: Protocol, service: &Service, operation: &Operation, input: &Value) -> Result<Unsigned, Problem> {
    let mut request = match protocol {
        Protocol::Query => form(service, Dialect::Query, operation, input)?,
        Protocol::Ec2 => form(service, Dialect::Ec2, operation, input)?,
        Protocol::Json => json_rpc(service, operation, input)?,
        Protocol::Cbor => cbor_rpc(service, operation, input)?,
        Protocol::RestJson => rest_request(service, operation, Format::Json, input)?,
        Protocol::RestXml => rest_request(service, operation, Format::Xml, input)?,
    };
    request.host_prefix = host_prefix(service, operation, input)?;
    if service.query_compatible && matches!(protocol, Protocol::Json | Protocol::Cbor) {
        set(&mut request.headers, "x-amzn-query-mode", "true")?;
    }
    Ok(request)
}

fn post(target: String, body: Vec<u8>) -> Unsigned {
    Unsigned { method: Method::POST, target, headers: HeaderMap::new(), body, host_prefix: None }
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), Problem> {
    let value =
        HeaderValue::from_str(value).map_err(|_| Problem::new(format!("cannot be written as the header `{name}`")))?;
    headers.insert(HeaderName::from_static(name), value);
    Ok(())
}

fn form(service: &Service, dialect: Dialect, operation: &Operation, input: &Value) -> Result<Unsigned, Problem> {
    let input = operation.input.as_ref().map(|target| (target, input));
    let body = write_input(service, dialect, &operation.name, input)?;
    let mut request = post("/".to_owned(), body.into_bytes());
    set(&mut request.headers, "content-type", "application/x-www-form-urlencoded; charset=utf-8")?;
    Ok(request)
}

fn json_rpc(service: &Service, operation: &Operation, input: &Value) -> Result<Unsigned, Problem> {
    let body = match &operation.input {
        Some(target) => json::write(service, target, input, 0)?.to_string(),
        None => "{}".to_owned(),
    };
    let mut request = post("/".to_owned(), body.into_bytes());
    let prefix = service.target_prefix.as_deref().unwrap_or_default();
    set(&mut request.headers, "x-amz-target", &format!("{prefix}.{}", operation.name))?;
    let version = service.json_version.as_deref().unwrap_or("1.0");
    set(&mut request.headers, "content-type", &format!("application/x-amz-json-{version}"))?;
    Ok(request)
}

fn cbor_rpc(service: &Service, operation: &Operation, input: &Value) -> Result<Unsigned, Problem> {
    let prefix = service.target_prefix.as_deref().unwrap_or_default();
    let mut body = Vec::new();
    if let Some(target) = &operation.input {
        cbor::write(service, target, input, &mut body, 0)?;
    }
    let mut request = post(format!("/service/{prefix}/operation/{}", operation.name), body);
    set(&mut request.headers, "smithy-protocol", "rpc-v2-cbor")?;
    set(&mut request.headers, "accept", "application/cbor")?;
    if !request.body.is_empty() {
        set(&mut request.headers, "content-type", "application/cbor")?;
    }
    Ok(request)
}

fn rest_request(service: &Service, operation: &Operation, format: Format, input: &Value) -> Result<Unsigned, Problem> {
    let written = rest::write_input(service, operation, format, input)?;
    let method = Method::from_bytes(operation.method.as_bytes())
        .map_err(|_| Problem::new(format!("`{}` is no HTTP method", operation.method)))?;
    let mut headers = written.headers;
    if written.body.is_empty() && headers.get(CONTENT_TYPE).is_some_and(|value| value.is_empty()) {
        headers.remove(CONTENT_TYPE);
    }
    Ok(Unsigned { method, target: written.target, headers, body: written.body, host_prefix: None })
}

fn host_prefix(service: &Service, operation: &Operation, input: &Value) -> Result<Option<String>, Problem> {
    let Some(template) = operation.host_prefix.as_deref() else { return Ok(None) };
    let mut out = template.to_owned();
    let members = operation.input.as_ref().map_or(&[][..], |target| service.target(target).members());
    for member in members.iter().filter(|member| member.target.host_label) {
        let label = format!("{{{}}}", member.name);
        if !out.contains(&label) {
            continue;
        }
        let text = input
            .get(&member.name)
            .and_then(Value::as_str)
            .filter(|text| {
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
            })
            .ok_or_else(|| {
                Problem::new("is part of the host: only letters, digits, `-` and `.` can be in it").within(&member.name)
            })?;
        out = out.replace(&label, text);
    }
    Ok(Some(out))
}
