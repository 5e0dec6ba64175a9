//! Services as AWS models them: operations, shapes and the traits that bind them to a wire.
//!
//! The vocabulary is that of AWS's own service models (botocore's `service-2.json`). Names are interned per service;
//! shapes refer to each other by index; members keep the model's order, which output and serialization depend on.
//! Documentation is not part of it.

use std::sync::Arc;

pub mod botocore;
mod names;
mod shape;
pub mod source;
pub(crate) mod stored;
mod table;

pub(crate) use names::Names;

pub use shape::{
    Bound, Constraints, Exception, Kind, Location, Member, RareTraits, Shape, ShapeRef, Structure, TimestampFormat,
    XmlNamespace,
};
pub use table::Table;

/// Text of a model, shared by everything that names the same thing.
pub type Text = Arc<str>;

/// The place of a shape in [`Service::shapes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShapeId(pub u32);

/// A wire protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `smithy-rpc-v2-cbor`: CBOR bodies at `/service/NAME/operation/NAME`.
    Cbor,
    /// `ec2`: form bodies in, XML out, EC2's variant of `query`.
    Ec2,
    /// `json`: `X-Amz-Target` and JSON bodies, version 1.0 or 1.1.
    Json,
    /// `query`: form bodies in, XML out.
    Query,
    /// `rest-json`: URIs, headers and JSON bodies.
    RestJson,
    /// `rest-xml`: URIs, headers and XML bodies.
    RestXml,
}

impl Protocol {
    /// Reads the name that the models use.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "smithy-rpc-v2-cbor" => Protocol::Cbor,
            "ec2" => Protocol::Ec2,
            "json" => Protocol::Json,
            "query" => Protocol::Query,
            "rest-json" => Protocol::RestJson,
            "rest-xml" => Protocol::RestXml,
            _ => return None,
        })
    }

    /// The name that the models use.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Cbor => "smithy-rpc-v2-cbor",
            Protocol::Ec2 => "ec2",
            Protocol::Json => "json",
            Protocol::Query => "query",
            Protocol::RestJson => "rest-json",
            Protocol::RestXml => "rest-xml",
        }
    }
}

/// One service of AWS, in one API version.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// The name that botocore and the command line use, such as `sns`.
    pub name: Text,
    /// The service id, such as `Cognito Identity`.
    pub service_id: Text,
    /// The API version, such as `2010-03-31`.
    pub api_version: Text,
    /// The prefix of endpoint hosts, such as `monitoring` for CloudWatch.
    pub endpoint_prefix: Text,
    /// The service name in a signature's credential scope.
    pub signing_name: Text,
    /// The signature version, such as `v4` or `s3`.
    pub signature_version: Text,
    /// Authentication schemes in order of preference, such as `aws.auth#sigv4`; empty when the model names none.
    pub auth: Vec<Text>,
    /// The protocol of first choice.
    pub protocol: Protocol,
    /// Every protocol the service speaks, best first.
    pub protocols: Vec<Protocol>,
    /// `1.0` or `1.1`, for [`Protocol::Json`].
    pub json_version: Option<Text>,
    /// What stands before the operation's name in `X-Amz-Target`.
    pub target_prefix: Option<Text>,
    /// The one host of a service without Regions.
    pub global_endpoint: Option<Text>,
    /// The namespace of the XML documents.
    pub xml_namespace: Option<Text>,
    /// The service spoke `query` before, and names its old error codes in `x-amzn-query-error`.
    pub query_compatible: bool,
    /// Parameters of the endpoint rules that a client sets, with their types.
    pub client_context: Vec<(Text, Text)>,
    /// Operations, in the model's order.
    pub operations: Table<Operation>,
    /// Shapes, found by [`ShapeId`].
    pub shapes: Table<Shape>,
    /// What `aws SERVICE wait NAME` polls.
    pub waiters: Vec<Waiter>,
    pub(crate) names: Names,
}

impl Service {
    /// The operation of this name, such as `ListTopics`.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.names.operation(&self.operations, name).map(|place| &self.operations[place])
    }

    /// The operation of this command-line name, such as `list-topics`.
    pub fn operation_by_cli_name(&self, name: &str) -> Option<&Operation> {
        self.names.cli(&self.operations, name).map(|place| &self.operations[place])
    }

    /// The shape of this id. Ids of the same service are always known: the reader checks every reference.
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0 as usize]
    }

    /// The shape that a reference points to.
    pub fn target(&self, reference: &ShapeRef) -> &Shape {
        self.shape(reference.shape)
    }

    /// The shape of this name.
    pub fn shape_named(&self, name: &str) -> Option<&Shape> {
        self.shape_id(name).map(|id| self.shape(id))
    }

    /// The id of the shape of this name.
    pub fn shape_id(&self, name: &str) -> Option<ShapeId> {
        self.names.shape(&self.shapes, name).map(|place| ShapeId(place as u32))
    }

    /// The error shape an operation answers with under this error code, such as `NotFound`: by the code of the `error`
    /// trait, else by the shape's name.
    pub fn error_by_code(&self, code: &str) -> Option<&Shape> {
        let is_code = |shape: &&Shape| {
            shape.exception().is_some_and(|error| error.code.as_deref().unwrap_or(&shape.name) == code)
        };
        let mut errors = self.names.exceptions.iter().map(|id| self.shape(ShapeId(*id)));
        self.shape_named(code).filter(is_code).or_else(|| errors.find(is_code))
    }
}

/// One operation of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The name, such as `ListTopics`.
    pub name: Text,
    /// The name on the command line, such as `list-topics`.
    pub cli_name: Text,
    /// The HTTP method.
    pub method: Text,
    /// The URI template, with `{label}` and `{label+}`, perhaps with a fixed query.
    pub uri: Text,
    /// The status of a success.
    pub code: u16,
    /// The structure of the input.
    pub input: Option<ShapeRef>,
    /// The structure of the output.
    pub output: Option<ShapeRef>,
    /// The modelled errors.
    pub errors: Vec<ShapeId>,
    /// A repeat has no further effect.
    pub idempotent: bool,
    /// The model says that it only reads. Many reading operations lack the trait.
    pub readonly: bool,
    /// AWS advises against it.
    pub deprecated: bool,
    /// How its answers are paged.
    pub page: Option<Box<Page>>,
    /// What is put before the host, perhaps with `{Label}` of an input member.
    pub host_prefix: Option<Text>,
    /// How it is signed, when not as the service says.
    pub auth_type: Option<AuthType>,
    /// Authentication schemes, when not as the service says.
    pub auth: Vec<Text>,
    /// Checksums of the bodies.
    pub checksum: Option<Box<Checksum>>,
    /// A `Content-MD5` or newer checksum must be sent.
    pub checksum_required: bool,
    /// The body is not part of the signature.
    pub unsigned_payload: bool,
    /// The client must ask the service for its endpoint first.
    pub endpoint_discovery_required: bool,
    /// Parameters of the endpoint rules with fixed values, as JSON.
    pub static_context: Vec<(Text, serde_json::Value)>,
    /// Parameters of the endpoint rules as JMESPath expressions over the input.
    pub operation_context: Vec<(Text, Text)>,
}

impl Operation {
    /// An operation without input and output.
    pub(crate) fn named(name: Text, cli_name: Text) -> Self {
        Operation {
            name,
            cli_name,
            method: Text::default(),
            uri: Text::default(),
            code: 200,
            input: None,
            output: None,
            errors: Vec::new(),
            idempotent: false,
            readonly: false,
            deprecated: false,
            page: None,
            host_prefix: None,
            auth_type: None,
            auth: Vec::new(),
            checksum: None,
            checksum_required: false,
            unsigned_payload: false,
            endpoint_discovery_required: false,
            static_context: Vec::new(),
            operation_context: Vec::new(),
        }
    }
}

/// How an operation is signed when it differs from its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthType {
    /// A bearer token.
    Bearer,
    /// Not signed.
    None,
    /// Signed without the body.
    V4UnsignedBody,
}

/// How the answers of an operation are paged. The paths are JMESPath expressions, most often plain member names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Input members that take the token, one for each of `output_token`.
    pub input_token: Vec<Text>,
    /// Where the answer holds the token of the next page.
    pub output_token: Vec<Text>,
    /// The input member that bounds a page.
    pub limit_key: Option<Text>,
    /// What the pages are lists of; the first is the one counted.
    pub result_key: Vec<Text>,
    /// The flag that says whether there is more, where the token alone does not.
    pub more_results: Option<Text>,
}

/// The `httpChecksum` trait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// The input member that names the algorithm of the request.
    pub request_algorithm_member: Option<Text>,
    /// A request without a checksum is refused.
    pub request_required: bool,
    /// The input member that asks for the validation of the response.
    pub request_validation_mode_member: Option<Text>,
    /// Algorithms a response may use.
    pub response_algorithms: Vec<Text>,
}

/// What `aws SERVICE wait NAME` polls.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiter {
    /// The name, such as `InstanceRunning`.
    pub name: Text,
    /// The operation that is polled.
    pub operation: Text,
    /// Seconds between two calls.
    pub delay: u32,
    /// The greatest number of calls.
    pub max_attempts: u32,
    /// What ends the waiting, in order.
    pub acceptors: Vec<Acceptor>,
}

/// One condition of a waiter.
#[derive(Debug, Clone, PartialEq)]
pub struct Acceptor {
    /// `path`, `pathAll`, `pathAny`, `status` or `error`.
    pub matcher: Text,
    /// The JMESPath expression of the `path` matchers.
    pub argument: Option<Text>,
    /// `success`, `failure` or `retry`.
    pub state: Text,
    /// The value that is expected.
    pub expected: serde_json::Value,
}
