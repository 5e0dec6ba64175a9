use super::{ShapeId, Text};
use crate::validate::CompiledPattern;

/// A named type of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// The name, such as `CreateTopicInput`.
    pub name: Text,
    /// What kind of value it is.
    pub kind: Kind,
    /// Its limits, if the model states any.
    pub constraints: Option<Box<Constraints>>,
    /// Never shown or logged.
    pub sensitive: bool,
    /// A list or map whose elements stand directly in the parent, in XML and query forms.
    pub flattened: bool,
    /// A body that is read or written as a stream.
    pub streaming: bool,
    /// A stream whose length must be known beforehand.
    pub requires_length: bool,
    /// Null elements are allowed in it.
    pub sparse: bool,
    /// AWS advises against it.
    pub deprecated: bool,
    /// The name on the wire where a list's element or a structure is written under another name.
    pub location_name: Option<Text>,
    /// The XML namespace of its element.
    pub xml_namespace: Option<Box<XmlNamespace>>,
}

/// The kind of a shape, with what belongs only to that kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Bytes.
    Blob,
    /// True or false.
    Boolean,
    /// A floating-point number of 64 bits.
    Double,
    /// A floating-point number of 32 bits.
    Float,
    /// A whole number of 32 bits.
    Integer,
    /// A list of one element type.
    List(ShapeRef),
    /// A whole number of 64 bits.
    Long,
    /// A map; the key is a string.
    Map {
        /// The type of the keys.
        key: ShapeRef,
        /// The type of the values.
        value: ShapeRef,
    },
    /// Text.
    String,
    /// Members by name.
    Structure(Box<Structure>),
    /// A point in time, and its format on the wire if it is not the protocol's.
    Timestamp(Option<TimestampFormat>),
}

impl Kind {
    /// The name that the models use, such as `structure`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Kind::Blob => "blob",
            Kind::Boolean => "boolean",
            Kind::Double => "double",
            Kind::Float => "float",
            Kind::Integer => "integer",
            Kind::List(_) => "list",
            Kind::Long => "long",
            Kind::Map { .. } => "map",
            Kind::String => "string",
            Kind::Structure(_) => "structure",
            Kind::Timestamp(_) => "timestamp",
        }
    }
}

/// How a timestamp is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimestampFormat {
    /// `2026-11-22T10:00:00Z`.
    Iso8601,
    /// `Sun, 22 Nov 2026 10:00:00 GMT`.
    Rfc822,
    /// Seconds since 1970-01-01, perhaps with a fraction.
    UnixTimestamp,
}

impl TimestampFormat {
    /// Reads the name that the models use.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "iso8601" => TimestampFormat::Iso8601,
            "rfc822" => TimestampFormat::Rfc822,
            "unixTimestamp" => TimestampFormat::UnixTimestamp,
            _ => return None,
        })
    }
}

/// What belongs only to a structure.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Structure {
    /// The members, in the model's order.
    pub members: Vec<Member>,
    /// The member that is the whole body.
    pub payload: Option<Text>,
    /// Exactly one member is set.
    pub union: bool,
    /// Any JSON value; there are no members.
    pub document: bool,
    /// An error, with its code and status.
    pub exception: Option<Box<Exception>>,
    /// A stream of events; each member is one type of event.
    pub event_stream: bool,
    /// One event of a stream.
    pub event: bool,
    /// The output is wrapped in one more element.
    pub wrapper: bool,
    /// The order of elements in XML where it is not the order of members.
    pub xml_order: Vec<Text>,
}

/// What the models say of an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exception {
    /// The code on the wire; the shape's name if absent.
    pub code: Option<Text>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The caller is at fault.
    pub sender_fault: bool,
    /// The service itself is at fault.
    pub fault: bool,
    /// The call may be repeated.
    pub retryable: bool,
    /// The call was turned away for its rate.
    pub throttling: bool,
}

/// The limits of a shape. Lengths count Unicode characters, bytes of a blob, or elements; for numbers they bound the
/// value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Constraints {
    /// The least length or value.
    pub min: Option<Bound>,
    /// The greatest length or value.
    pub max: Option<Bound>,
    /// The regular expression of the text.
    pub pattern: Option<Text>,
    /// The regular expression, compiled when it is first used.
    pub compiled: CompiledPattern,
    /// The values of a string. Services add values later, so an output may hold others.
    pub enum_values: Vec<Text>,
}

/// A limit, whole or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// Not a whole number.
    Float(f64),
    /// A whole number.
    Integer(i64),
}

impl Bound {
    /// The limit as a number, perhaps rounded.
    pub fn as_f64(self) -> f64 {
        match self {
            Bound::Float(value) => value,
            Bound::Integer(value) => value as f64,
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Bound::Float(value) => value.fmt(f),
            Bound::Integer(value) => value.fmt(f),
        }
    }
}

/// A member of a structure.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The name in the API.
    pub name: Text,
    /// It must be set.
    pub required: bool,
    /// Its type and how it is bound to the wire.
    pub target: ShapeRef,
}

/// A use of a shape, with the traits that belong to the use.
#[derive(Debug, Clone, PartialEq)]
pub struct ShapeRef {
    /// The shape.
    pub shape: ShapeId,
    /// Where in an HTTP message the value stands; in the body if absent.
    pub location: Option<Location>,
    /// The name on the wire, if it is not the member's.
    pub location_name: Option<Text>,
    /// A client fills it with a fresh token if the caller gave none.
    pub idempotency_token: bool,
    /// It is part of the host.
    pub host_label: bool,
    /// A header that holds JSON in base64.
    pub json_value: bool,
    /// An attribute of the XML element, not an element.
    pub xml_attribute: bool,
    /// The elements stand directly in the parent, in XML and query forms.
    pub flattened: bool,
    /// The body is read or written as a stream.
    pub streaming: bool,
    /// It is the payload of an event.
    pub event_payload: bool,
    /// AWS advises against it.
    pub deprecated: bool,
    /// Traits that few references have.
    pub rare: Option<Box<RareTraits>>,
}

/// Traits that few references have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RareTraits {
    /// The name in EC2's requests.
    pub query_name: Option<Text>,
    /// The XML namespace of the element.
    pub xml_namespace: Option<XmlNamespace>,
    /// The parameter of the endpoint rules that takes this member's value.
    pub context_param: Option<Text>,
    /// The element around the output, in query protocols.
    pub result_wrapper: Option<Text>,
}

impl ShapeRef {
    /// A reference without traits.
    pub fn plain(shape: ShapeId) -> Self {
        ShapeRef {
            shape,
            location: None,
            location_name: None,
            idempotency_token: false,
            host_label: false,
            json_value: false,
            xml_attribute: false,
            flattened: false,
            streaming: false,
            event_payload: false,
            deprecated: false,
            rare: None,
        }
    }

    /// The name in EC2's requests.
    pub fn query_name(&self) -> Option<&str> {
        self.rare.as_ref()?.query_name.as_deref()
    }

    /// The XML namespace of the element.
    pub fn xml_namespace(&self) -> Option<&XmlNamespace> {
        self.rare.as_ref()?.xml_namespace.as_ref()
    }

    /// The parameter of the endpoint rules that takes this member's value.
    pub fn context_param(&self) -> Option<&str> {
        self.rare.as_ref()?.context_param.as_deref()
    }

    /// The element around the output, in query protocols.
    pub fn result_wrapper(&self) -> Option<&str> {
        self.rare.as_ref()?.result_wrapper.as_deref()
    }
}

/// Where in an HTTP message a member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Location {
    /// One header.
    Header,
    /// Every header with the prefix `location_name`; the member is a map.
    Headers,
    /// The query of the URI.
    QueryString,
    /// The status of the response.
    StatusCode,
    /// A label of the URI template.
    Uri,
}

impl Location {
    /// Reads the name that the models use.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "header" => Location::Header,
            "headers" => Location::Headers,
            "querystring" => Location::QueryString,
            "statusCode" => Location::StatusCode,
            "uri" => Location::Uri,
            _ => return None,
        })
    }
}

/// A namespace of XML, perhaps with its prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlNamespace {
    /// The namespace.
    pub uri: Text,
    /// The prefix it is bound to.
    pub prefix: Option<Text>,
}

impl Shape {
    /// A shape without traits.
    pub(crate) fn of(name: Text, kind: Kind) -> Self {
        Shape {
            name,
            kind,
            constraints: None,
            sensitive: false,
            flattened: false,
            streaming: false,
            requires_length: false,
            sparse: false,
            deprecated: false,
            location_name: None,
            xml_namespace: None,
        }
    }

    /// What belongs to a structure, if it is one.
    pub fn structure(&self) -> Option<&Structure> {
        match &self.kind {
            Kind::Structure(structure) => Some(structure),
            _ => None,
        }
    }

    /// The members of a structure, in the model's order; none for any other kind.
    pub fn members(&self) -> &[Member] {
        self.structure().map_or(&[], |structure| &structure.members)
    }

    /// The member of this name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members().iter().find(|member| &*member.name == name)
    }

    /// The element type of a list.
    pub fn element(&self) -> Option<&ShapeRef> {
        match &self.kind {
            Kind::List(element) => Some(element),
            _ => None,
        }
    }

    /// The key and value types of a map.
    pub fn map(&self) -> Option<(&ShapeRef, &ShapeRef)> {
        match &self.kind {
            Kind::Map { key, value } => Some((key, value)),
            _ => None,
        }
    }

    /// Any JSON value fits.
    pub fn is_document(&self) -> bool {
        self.structure().is_some_and(|structure| structure.document)
    }

    /// Exactly one member must be set.
    pub fn is_union(&self) -> bool {
        self.structure().is_some_and(|structure| structure.union)
    }

    /// A stream of events.
    pub fn is_event_stream(&self) -> bool {
        self.structure().is_some_and(|structure| structure.event_stream)
    }

    /// What the model says of the error, if it is one.
    pub fn exception(&self) -> Option<&Exception> {
        self.structure()?.exception.as_deref()
    }

    /// The member that is the whole body.
    pub fn payload(&self) -> Option<&Member> {
        self.member(self.structure()?.payload.as_deref()?)
    }

    /// The values the model knows; empty if it does not list them.
    pub fn enum_values(&self) -> &[Text] {
        self.constraints.as_ref().map_or(&[], |constraints| &constraints.enum_values)
    }

    /// The regular expression of the text.
    pub fn pattern(&self) -> Option<&str> {
        self.constraints.as_ref()?.pattern.as_deref()
    }

    /// The least length or value.
    pub fn min(&self) -> Option<Bound> {
        self.constraints.as_ref()?.min
    }

    /// The greatest length or value.
    pub fn max(&self) -> Option<Bound> {
        self.constraints.as_ref()?.max
    }
}
