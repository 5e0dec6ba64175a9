use crate::fault::Fault;
use crate::http::{Request, RequestHead, Response, form_pairs};
use crate::model::{Location, Operation, Protocol, Service};
use crate::protocol::names::wire_name;
use crate::protocol::problem::{Problem, WireError};
use crate::protocol::query::{Dialect, Tree, read_input};
use crate::protocol::rest::{self, Format, Template};
use crate::protocol::scalar::Reading;
use crate::protocol::{MAX_REQUEST_BODY, cbor, json};
use crate::value::Value;

/// The operation that a request is for, and the protocol it speaks.
#[derive(Debug, Clone, Copy)]
pub struct Route<'s> {
    /// The service.
    pub service: &'s Service,
    /// The operation.
    pub operation: &'s Operation,
    /// The protocol of the request, in which the answer must be.
    pub protocol: Protocol,
}

impl Route<'_> {
    /// The input that the request holds. Types fit the model; limits and required members are not checked.
    ///
    /// # Errors
    /// A fault that can be sent as it is: `MalformedInput`, `SerializationException` or `MalformedXML` by protocol.
    pub fn decode(&self, request: &Request) -> Result<Value, Fault> {
        self.read(request).map_err(|problem| malformed(self.protocol, &problem))
    }

    /// The response of a success.
    ///
    /// # Errors
    /// [`WireError::Output`] when the output does not fit the model: a mistake of ours, not of the caller. Log it and
    /// answer with its [`Fault`], an `InternalFailure`.
    pub fn encode(&self, output: &Value, request_id: &str) -> Result<Response, WireError> {
        super::response::encode(self, output, request_id)
    }

    /// The response of an error.
    pub fn fault(&self, fault: &Fault, request_id: &str) -> Response {
        super::encode_fault(self.service, self.protocol, fault, request_id)
    }

    fn read(&self, request: &Request) -> Result<Value, Problem> {
        let body = request.body().as_slice();
        if body.len() > MAX_REQUEST_BODY {
            return Err(Problem::new("the body is too long"));
        }
        let format = match self.protocol {
            Protocol::RestJson => Format::Json,
            Protocol::RestXml => Format::Xml,
            other => return self.read_rpc(other, request),
        };
        rest::read_input(self.service, self.operation, format, request.into(), body)
    }

    fn read_rpc(&self, protocol: Protocol, request: &Request) -> Result<Value, Problem> {
        let Some(target) = &self.operation.input else { return Ok(Value::empty()) };
        let body = request.body().as_slice();
        match protocol {
            Protocol::Cbor if body.is_empty() => Ok(Value::empty()),
            Protocol::Cbor => cbor::read(self.service, target, &cbor::parse(body)?, Reading::Request, 0),
            Protocol::Query => read_input(self.service, Dialect::Query, target, &form(request)?),
            Protocol::Ec2 => read_input(self.service, Dialect::Ec2, target, &form(request)?),
            _ if body.iter().all(u8::is_ascii_whitespace) => Ok(Value::empty()),
            _ => match json::read(self.service, target, &json::parse(body)?, Reading::Request, 0)? {
                Value::Map(members) => Ok(Value::Map(members)),
                _ => Err(Problem::new("Unexpected value type in payload")),
            },
        }
    }
}

fn form(request: &Request) -> Result<Tree, Problem> {
    let head = RequestHead::from(request);
    let body = std::str::from_utf8(request.body()).map_err(|_| Problem::new("the body is not UTF-8"))?;
    Tree::parse([head.query(), body.trim_end_matches(['\r', '\n'])])
}

/// The fault of a message that does not fit, in the code and, as far as they are known, the words of AWS.
fn malformed(protocol: Protocol, problem: &Problem) -> Fault {
    let (code, text) = match protocol {
        Protocol::Query | Protocol::Ec2 => ("MalformedInput", problem.text().to_owned()),
        Protocol::RestXml => ("MalformedXML", problem.to_string()),
        Protocol::Json | Protocol::RestJson | Protocol::Cbor => ("SerializationException", problem.text().to_owned()),
    };
    Fault::sender(code, 400, text)
}

/// The protocol that a request to this service speaks, by what only one of them has; the service's own if nothing tells.
pub fn protocol_of(service: &Service, request: &Request) -> Protocol {
    let head = RequestHead::from(request);
    let speaks = |protocol: Protocol| service.protocol == protocol || service.protocols.contains(&protocol);
    if head.headers.contains_key("smithy-protocol") && speaks(Protocol::Cbor) {
        return Protocol::Cbor;
    }
    if head.headers.contains_key("x-amz-target") && speaks(Protocol::Json) {
        return Protocol::Json;
    }
    let form = || {
        let typed =
            head.header("content-type").is_some_and(|text| text.starts_with("application/x-www-form-urlencoded"));
        typed || head.query().split('&').any(|pair| pair.starts_with("Action="))
    };
    [Protocol::Query, Protocol::Ec2].into_iter().find(|form_of| speaks(*form_of) && form()).unwrap_or(service.protocol)
}

/// The operation that a request to this service is for.
///
/// # Errors
/// A fault that can be sent as it is, in the protocol of [`protocol_of`]: an unknown or missing action, target or path.
pub fn route<'s>(service: &'s Service, request: &Request) -> Result<Route<'s>, Fault> {
    let protocol = protocol_of(service, request);
    let operation = match protocol {
        Protocol::Query | Protocol::Ec2 => by_action(service, request)?,
        Protocol::Json => by_target(service, request)?,
        Protocol::Cbor => by_rpc_path(service, request)?,
        Protocol::RestJson | Protocol::RestXml => by_path(service, request)?,
    };
    Ok(Route { service, operation, protocol })
}

fn by_action<'s>(service: &'s Service, request: &Request) -> Result<&'s Operation, Fault> {
    let head = RequestHead::from(request);
    let body = std::str::from_utf8(request.body())
        .map_err(|_| Fault::sender("MalformedInput", 400, "the body is not UTF-8"))?;
    let (mut action, mut version) = (None, None);
    for (name, value) in form_pairs(head.query()).chain(form_pairs(body)).filter_map(Result::ok) {
        match &*name {
            "Action" if action.is_none() => action = Some(value),
            "Version" if version.is_none() => version = Some(value.trim_end().to_owned()),
            _ => {}
        }
    }
    let Some(action) = action.map(|action| action.trim_end().to_owned()).filter(|action| !action.is_empty()) else {
        return Err(Fault::sender(
            "MissingAction",
            400,
            "The request is missing an action. Name one with the parameter Action.",
        ));
    };
    let version = version.unwrap_or_else(|| service.api_version.to_string());
    match service.operation(&action) {
        Some(operation) if version == *service.api_version => Ok(operation),
        _ => {
            let shown: String = action.chars().take(128).collect();
            let version: String = version.chars().take(32).collect();
            Err(Fault::sender("InvalidAction", 400, format!("Could not find operation {shown} for version {version}")))
        }
    }
}

fn by_target<'s>(service: &'s Service, request: &Request) -> Result<&'s Operation, Fault> {
    let target = RequestHead::from(request).header("x-amz-target").unwrap_or_default();
    target
        .rsplit_once('.')
        .filter(|(prefix, _)| Some(*prefix) == service.target_prefix.as_deref())
        .and_then(|(_, name)| service.operation(name))
        .ok_or_else(|| {
            let shown: String = target.chars().take(128).collect();
            Fault::sender("UnknownOperationException", 400, format!("the target `{shown}` names no operation"))
        })
}

fn by_rpc_path<'s>(service: &'s Service, request: &Request) -> Result<&'s Operation, Fault> {
    let mut parts = request.uri().path().rsplit('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(name), Some("operation"), Some(prefix), Some("service"))
            if Some(prefix) == service.target_prefix.as_deref() =>
        {
            service.operation(name).ok_or_else(|| unknown_path(request))
        }
        _ => Err(unknown_path(request)),
    }
}

fn by_path<'s>(service: &'s Service, request: &Request) -> Result<&'s Operation, Fault> {
    let head = RequestHead::from(request);
    let pairs: Vec<(String, String)> = form_pairs(head.query())
        .collect::<Result<_, _>>()
        .map_err(|_| Fault::sender("SerializationException", 400, "the query is not UTF-8"))?;
    let mut best: Option<(Closeness, &Operation)> = None;
    for operation in service.operations.values().filter(|operation| *operation.method == *head.method.as_str()) {
        let Some(fit) = Template::new(&operation.uri).fit(head.uri.path(), &pairs) else { continue };
        let closeness = closeness(service, operation, fit.literals, head, &pairs);
        // Of two that fit as well, the one that the model names first.
        if best.as_ref().is_none_or(|(closest, _)| closeness > *closest) {
            best = Some((closeness, operation));
        }
    }
    best.map(|(_, operation)| operation).ok_or_else(|| unknown_path(request))
}

/// How well a request fits an operation's path, in order of weight: literal segments, literal query parameters, whether
/// every required parameter is there, how many there are of these, and that AWS does not advise against it.
type Closeness = (usize, usize, bool, usize, bool);

fn closeness(
    service: &Service,
    operation: &Operation,
    (segments, literals): (usize, usize),
    head: RequestHead<'_>,
    pairs: &[(String, String)],
) -> Closeness {
    let members = operation.input.as_ref().map_or(&[][..], |target| service.target(target).members());
    let (mut complete, mut required) = (true, 0);
    for member in members.iter().filter(|member| member.required) {
        let name = wire_name(&member.target, service.target(&member.target), &member.name);
        let there = match member.target.location {
            Some(Location::QueryString) => pairs.iter().any(|(have, _)| have == name),
            Some(Location::Header) => head.headers.contains_key(name),
            _ => continue,
        };
        complete &= there;
        required += usize::from(there);
    }
    (segments, literals, complete, required, !operation.deprecated)
}

fn unknown_path(request: &Request) -> Fault {
    let shown: String = request.uri().path().chars().take(128).collect();
    Fault::sender("UnknownOperationException", 404, format!("no operation is at {} {shown}", request.method()))
}
