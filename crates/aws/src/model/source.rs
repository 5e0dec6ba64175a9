//! Reads a service from the JSON form that the data pack is built from and that our own models are written in.
//!
//! The form is botocore's `service-2.json` with short keys, without documentation: per operation `cli`, `method`, `uri`,
//! `in`, `out`, `err`; per shape `t`, `m`, `req`, `member`, `key`, `value`; a reference is a shape's name or a pair of the
//! name and its traits. Whatever is not understood is an error, so that a new trait is noticed when the pack is built.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value as Json;

use super::*;

/// A model that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("service model `{service}` cannot be read: {reason}")]
pub struct SourceError {
    service: String,
    reason: String,
}

type Result<T> = std::result::Result<T, String>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawService {
    name: String,
    service_id: String,
    api_version: String,
    endpoint_prefix: String,
    signing_name: Option<String>,
    signature_version: String,
    #[serde(default)]
    auth: Vec<String>,
    protocol: String,
    #[serde(default)]
    protocols: Vec<String>,
    json_version: Option<String>,
    target_prefix: Option<String>,
    global_endpoint: Option<String>,
    xml_namespace: Option<String>,
    aws_query_compatible: Option<Json>,
    #[serde(default)]
    client_context_params: IndexMap<String, String>,
    #[serde(rename = "ops")]
    operations: IndexMap<String, RawOperation>,
    shapes: IndexMap<String, RawShape>,
    #[serde(default)]
    waiters: IndexMap<String, RawWaiter>,
    // Known and of no use here: the document's id, older versions beside this one, HTTP/2, and Glacier's tree hash.
    #[serde(rename = "uid")]
    _uid: Option<String>,
    #[serde(rename = "otherVersions")]
    _other_versions: Option<Json>,
    #[serde(rename = "protocolSettings")]
    _protocol_settings: Option<Json>,
    #[serde(rename = "checksumFormat")]
    _checksum_format: Option<Json>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawOperation {
    cli: String,
    method: Option<String>,
    uri: Option<String>,
    code: Option<u16>,
    #[serde(rename = "in")]
    input: Option<RawRef>,
    #[serde(rename = "out")]
    output: Option<RawRef>,
    #[serde(default, rename = "err")]
    errors: Vec<RawRef>,
    #[serde(default)]
    idempotent: bool,
    #[serde(default)]
    readonly: bool,
    #[serde(default)]
    deprecated: bool,
    page: Option<RawPage>,
    endpoint: Option<RawEndpoint>,
    authtype: Option<String>,
    #[serde(default)]
    auth: Vec<String>,
    http_checksum: Option<RawChecksum>,
    #[serde(default)]
    http_checksum_required: bool,
    #[serde(default)]
    unsigned_payload: bool,
    endpointdiscovery: Option<RawDiscovery>,
    #[serde(default)]
    static_context_params: IndexMap<String, RawStatic>,
    #[serde(default)]
    operation_context_params: IndexMap<String, RawPath>,
    #[serde(rename = "endpointoperation")]
    _endpoint_operation: Option<Json>,
    #[serde(rename = "requestcompression")]
    _request_compression: Option<Json>,
}

#[derive(Deserialize)]
struct RawDiscovery {
    #[serde(default)]
    required: bool,
}

#[derive(Deserialize)]
struct RawStatic {
    value: Json,
}

#[derive(Deserialize)]
struct RawPath {
    path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawEndpoint {
    host_prefix: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPage {
    input_token: OneOrMany,
    output_token: OneOrMany,
    limit_key: Option<String>,
    result_key: Option<OneOrMany>,
    more_results: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawChecksum {
    request_algorithm_member: Option<String>,
    #[serde(default)]
    request_checksum_required: bool,
    request_validation_mode_member: Option<String>,
    #[serde(default)]
    response_algorithms: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawRef {
    Plain(String),
    WithTraits(String, Box<RawTraits>),
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawTraits {
    location: Option<String>,
    location_name: Option<String>,
    #[serde(default)]
    idempotency_token: bool,
    #[serde(default)]
    host_label: bool,
    #[serde(default)]
    jsonvalue: bool,
    #[serde(default)]
    xml_attribute: bool,
    #[serde(default)]
    flattened: bool,
    #[serde(default)]
    streaming: bool,
    #[serde(default)]
    eventpayload: bool,
    #[serde(default)]
    deprecated: bool,
    query_name: Option<String>,
    xml_namespace: Option<RawNamespace>,
    context_param: Option<RawContextParam>,
    result_wrapper: Option<String>,
    // Two references of API Gateway repeat the values of their shape.
    #[serde(rename = "enum")]
    _enum: Option<Json>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawNamespace {
    Uri(String),
    Full { uri: String, prefix: Option<String> },
}

#[derive(Deserialize)]
struct RawContextParam {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawShape {
    t: String,
    #[serde(default)]
    m: IndexMap<String, RawRef>,
    #[serde(default)]
    req: Vec<String>,
    member: Option<RawRef>,
    key: Option<RawRef>,
    value: Option<RawRef>,
    #[serde(default, rename = "enum")]
    enum_values: Vec<String>,
    min: Option<serde_json::Number>,
    max: Option<serde_json::Number>,
    pattern: Option<String>,
    payload: Option<String>,
    #[serde(default)]
    flattened: bool,
    timestamp_format: Option<String>,
    #[serde(default)]
    union: bool,
    #[serde(default)]
    document: bool,
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    exception: bool,
    error: Option<RawError>,
    #[serde(default)]
    fault: bool,
    retryable: Option<RawRetryable>,
    #[serde(default)]
    eventstream: bool,
    #[serde(default)]
    event: bool,
    #[serde(default)]
    streaming: bool,
    #[serde(default)]
    requires_length: bool,
    #[serde(default)]
    sparse: bool,
    #[serde(default)]
    wrapper: bool,
    #[serde(default)]
    deprecated: bool,
    location_name: Option<String>,
    xml_namespace: Option<RawNamespace>,
    #[serde(default)]
    xml_order: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawError {
    code: Option<String>,
    http_status_code: Option<u16>,
    #[serde(default)]
    sender_fault: bool,
    #[serde(default)]
    fault: bool,
}

#[derive(Deserialize)]
struct RawRetryable {
    #[serde(default)]
    throttling: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWaiter {
    op: String,
    delay: u32,
    max: u32,
    acc: Vec<RawAcceptor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAcceptor {
    matcher: String,
    argument: Option<String>,
    state: String,
    expected: Json,
}

impl Service {
    /// Reads a model from its JSON form. Fails on traits that are not known, on references to shapes that are not there,
    /// and on required members, payloads or waiters that name nothing.
    pub fn from_json(text: &str) -> std::result::Result<Service, SourceError> {
        let raw: RawService = serde_json::from_str(text)
            .map_err(|error| SourceError { service: text.chars().take(40).collect(), reason: error.to_string() })?;
        let service = raw.name.clone();
        build(raw).map_err(|reason| SourceError { service, reason })
    }
}

struct Names<'a> {
    texts: HashSet<Text>,
    ids: HashMap<&'a str, ShapeId>,
}

impl Names<'_> {
    fn text(&mut self, text: &str) -> Text {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Text = text.into();
        self.texts.insert(new.clone());
        new
    }

    fn maybe(&mut self, text: &Option<String>) -> Option<Text> {
        text.as_deref().map(|text| self.text(text))
    }

    fn all(&mut self, texts: &[String]) -> Vec<Text> {
        texts.iter().map(|text| self.text(text)).collect()
    }

    fn namespace(&mut self, raw: &RawNamespace) -> XmlNamespace {
        match raw {
            RawNamespace::Uri(uri) => XmlNamespace { uri: self.text(uri), prefix: None },
            RawNamespace::Full { uri, prefix } => XmlNamespace { uri: self.text(uri), prefix: self.maybe(prefix) },
        }
    }

    fn reference(&mut self, raw: &RawRef) -> Result<ShapeRef> {
        let none = RawTraits::default();
        let (name, traits) = match raw {
            RawRef::Plain(name) => (name, &none),
            RawRef::WithTraits(name, traits) => (name, &**traits),
        };
        let shape = *self.ids.get(name.as_str()).ok_or_else(|| format!("there is no shape `{name}`"))?;
        let location = match &traits.location {
            None => None,
            Some(text) => Some(Location::parse(text).ok_or_else(|| format!("unknown location `{text}`"))?),
        };
        let rare = RareTraits {
            query_name: self.maybe(&traits.query_name),
            xml_namespace: traits.xml_namespace.as_ref().map(|raw| self.namespace(raw)),
            context_param: traits.context_param.as_ref().map(|param| self.text(&param.name)),
            result_wrapper: self.maybe(&traits.result_wrapper),
        };
        Ok(ShapeRef {
            shape,
            location,
            location_name: self.maybe(&traits.location_name),
            idempotency_token: traits.idempotency_token,
            host_label: traits.host_label,
            json_value: traits.jsonvalue,
            xml_attribute: traits.xml_attribute,
            flattened: traits.flattened,
            streaming: traits.streaming,
            event_payload: traits.eventpayload,
            deprecated: traits.deprecated,
            rare: (rare != RareTraits::default()).then(|| Box::new(rare)),
        })
    }

    fn maybe_reference(&mut self, raw: &Option<RawRef>) -> Result<Option<ShapeRef>> {
        raw.as_ref().map(|raw| self.reference(raw)).transpose()
    }
}

fn build(raw: RawService) -> Result<Service> {
    let ids = raw.shapes.keys().enumerate().map(|(i, name)| (name.as_str(), ShapeId(i as u32))).collect();
    let mut names = Names { texts: HashSet::new(), ids };
    let protocol = |name: &str| Protocol::parse(name).ok_or_else(|| format!("unknown protocol `{name}`"));
    let first = protocol(&raw.protocol)?;
    let mut protocols = raw.protocols.iter().map(|name| protocol(name)).collect::<Result<Vec<_>>>()?;
    if protocols.is_empty() {
        protocols.push(first);
    }
    let shapes: Vec<_> =
        raw.shapes.iter().map(|(name, shape)| build_shape(&mut names, name, shape)).collect::<Result<_>>()?;
    let operation = |(name, operation): (&String, &RawOperation)| {
        build_operation(&mut names, name, operation).map_err(|reason| format!("`{name}`: {reason}"))
    };
    let operations: Vec<_> = raw.operations.iter().map(operation).collect::<Result<_>>()?;
    let (operations, shapes) = (Table::from(operations), Table::from(shapes));
    let mut waiters = Vec::new();
    for (name, waiter) in &raw.waiters {
        if !raw.operations.contains_key(&waiter.op) {
            return Err(format!("waiter `{name}` names no operation"));
        }
        waiters.push(build_waiter(&mut names, name, waiter));
    }
    Ok(Service {
        name: names.text(&raw.name),
        service_id: names.text(&raw.service_id),
        api_version: names.text(&raw.api_version),
        endpoint_prefix: names.text(&raw.endpoint_prefix),
        signing_name: names.text(raw.signing_name.as_ref().unwrap_or(&raw.endpoint_prefix)),
        signature_version: names.text(&raw.signature_version),
        auth: names.all(&raw.auth),
        protocol: first,
        protocols,
        json_version: names.maybe(&raw.json_version),
        target_prefix: names.maybe(&raw.target_prefix),
        global_endpoint: names.maybe(&raw.global_endpoint),
        xml_namespace: names.maybe(&raw.xml_namespace),
        query_compatible: raw.aws_query_compatible.is_some(),
        client_context: raw
            .client_context_params
            .iter()
            .map(|(name, kind)| (names.text(name), names.text(kind)))
            .collect(),
        names: super::Names::of(&operations, &shapes),
        operations,
        shapes,
        waiters,
    })
}

fn build_operation(names: &mut Names, name: &str, raw: &RawOperation) -> Result<Operation> {
    let mut errors = Vec::new();
    for error in &raw.errors {
        errors.push(names.reference(error)?.shape);
    }
    let auth_type = match raw.authtype.as_deref() {
        None => None,
        Some("none") => Some(AuthType::None),
        Some("v4-unsigned-body") => Some(AuthType::V4UnsignedBody),
        Some("bearer") => Some(AuthType::Bearer),
        Some(other) => return Err(format!("unknown authtype `{other}`")),
    };
    Ok(Operation {
        name: names.text(name),
        cli_name: names.text(&raw.cli),
        method: names.text(raw.method.as_deref().unwrap_or("POST")),
        uri: names.text(raw.uri.as_deref().unwrap_or("/")),
        code: raw.code.unwrap_or(200),
        input: names.maybe_reference(&raw.input)?,
        output: names.maybe_reference(&raw.output)?,
        errors,
        idempotent: raw.idempotent,
        readonly: raw.readonly,
        deprecated: raw.deprecated,
        page: match &raw.page {
            None => None,
            Some(page) => Some(Box::new(build_page(names, page)?)),
        },
        host_prefix: raw.endpoint.as_ref().map(|endpoint| names.text(&endpoint.host_prefix)),
        auth_type,
        auth: names.all(&raw.auth),
        checksum: raw.http_checksum.as_ref().map(|checksum| {
            Box::new(Checksum {
                request_algorithm_member: names.maybe(&checksum.request_algorithm_member),
                request_required: checksum.request_checksum_required,
                request_validation_mode_member: names.maybe(&checksum.request_validation_mode_member),
                response_algorithms: names.all(&checksum.response_algorithms),
            })
        }),
        checksum_required: raw.http_checksum_required,
        unsigned_payload: raw.unsigned_payload,
        endpoint_discovery_required: raw.endpointdiscovery.as_ref().is_some_and(|discovery| discovery.required),
        static_context: raw
            .static_context_params
            .iter()
            .map(|(name, param)| (names.text(name), param.value.clone()))
            .collect(),
        operation_context: raw
            .operation_context_params
            .iter()
            .map(|(name, param)| (names.text(name), names.text(&param.path)))
            .collect(),
    })
}

fn build_page(names: &mut Names, raw: &RawPage) -> Result<Page> {
    let many = |names: &mut Names, raw: &OneOrMany| match raw {
        OneOrMany::One(one) => vec![names.text(one)],
        OneOrMany::Many(many) => names.all(many),
    };
    let page = Page {
        input_token: many(names, &raw.input_token),
        output_token: many(names, &raw.output_token),
        limit_key: names.maybe(&raw.limit_key),
        result_key: raw.result_key.as_ref().map(|raw| many(names, raw)).unwrap_or_default(),
        more_results: names.maybe(&raw.more_results),
    };
    if page.input_token.len() == page.output_token.len() { Ok(page) } else { Err("tokens do not pair".to_owned()) }
}

fn build_waiter(names: &mut Names, name: &str, raw: &RawWaiter) -> Waiter {
    Waiter {
        name: names.text(name),
        operation: names.text(&raw.op),
        delay: raw.delay,
        max_attempts: raw.max,
        acceptors: raw
            .acc
            .iter()
            .map(|acceptor| Acceptor {
                matcher: names.text(&acceptor.matcher),
                argument: names.maybe(&acceptor.argument),
                state: names.text(&acceptor.state),
                expected: acceptor.expected.clone(),
            })
            .collect(),
    }
}

fn build_shape(names: &mut Names, name: &str, raw: &RawShape) -> Result<Shape> {
    let missing = |what: &str| format!("shape `{name}` has no {what}");
    let kind = match raw.t.as_str() {
        "blob" => Kind::Blob,
        "boolean" => Kind::Boolean,
        "double" => Kind::Double,
        "float" => Kind::Float,
        "integer" => Kind::Integer,
        "long" => Kind::Long,
        "string" => Kind::String,
        "list" => Kind::List(names.maybe_reference(&raw.member)?.ok_or_else(|| missing("member"))?),
        "map" => Kind::Map {
            key: names.maybe_reference(&raw.key)?.ok_or_else(|| missing("key"))?,
            value: names.maybe_reference(&raw.value)?.ok_or_else(|| missing("value"))?,
        },
        "structure" => Kind::Structure(Box::new(build_structure(names, name, raw)?)),
        "timestamp" => Kind::Timestamp(match raw.timestamp_format.as_deref() {
            None => None,
            Some(text) => {
                Some(TimestampFormat::parse(text).ok_or_else(|| format!("unknown timestamp format `{text}`"))?)
            }
        }),
        other => return Err(format!("shape `{name}` is of the unknown type `{other}`")),
    };
    let constraints = Constraints {
        min: raw.min.as_ref().map(bound),
        max: raw.max.as_ref().map(bound),
        pattern: names.maybe(&raw.pattern),
        compiled: Default::default(),
        enum_values: names.all(&raw.enum_values),
    };
    Ok(Shape {
        name: names.text(name),
        kind,
        constraints: (constraints != Constraints::default()).then(|| Box::new(constraints)),
        sensitive: raw.sensitive,
        flattened: raw.flattened,
        streaming: raw.streaming,
        requires_length: raw.requires_length,
        sparse: raw.sparse,
        deprecated: raw.deprecated,
        location_name: names.maybe(&raw.location_name),
        xml_namespace: raw.xml_namespace.as_ref().map(|raw| Box::new(names.namespace(raw))),
    })
}

fn bound(number: &serde_json::Number) -> Bound {
    match number.as_i64() {
        Some(value) => Bound::Integer(value),
        None => match number.as_f64() {
            // Limits such as `1.0` are written with a fraction in the models but are whole.
            Some(value) if value.fract() == 0.0 && value.abs() < 9e15 => Bound::Integer(value as i64),
            Some(value) => Bound::Float(value),
            None => Bound::Float(f64::NAN),
        },
    }
}

fn build_structure(names: &mut Names, name: &str, raw: &RawShape) -> Result<Structure> {
    let mut members = Vec::with_capacity(raw.m.len());
    for (member, target) in &raw.m {
        members.push(Member {
            name: names.text(member),
            required: raw.req.contains(member),
            target: names.reference(target)?,
        });
    }
    for wanted in raw.req.iter().chain(&raw.payload) {
        if !raw.m.contains_key(wanted) {
            return Err(format!("shape `{name}` names the member `{wanted}`, which it does not have"));
        }
    }
    let exception = (raw.exception || raw.error.is_some()).then(|| {
        let none = RawError::default();
        let error = raw.error.as_ref().unwrap_or(&none);
        Box::new(Exception {
            code: names.maybe(&error.code),
            status: error.http_status_code,
            sender_fault: error.sender_fault,
            fault: raw.fault || error.fault,
            retryable: raw.retryable.is_some(),
            throttling: raw.retryable.as_ref().is_some_and(|retryable| retryable.throttling),
        })
    });
    Ok(Structure {
        members,
        payload: names.maybe(&raw.payload),
        union: raw.union,
        document: raw.document,
        exception,
        event_stream: raw.eventstream,
        event: raw.event,
        wrapper: raw.wrapper,
        xml_order: names.all(&raw.xml_order),
    })
}
