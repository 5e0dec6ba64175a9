//! The form of a service in the data pack: a head, every text once, then the operations and the shapes, each a row of its
//! own in postcard.
//!
//! Reading it back is the cost of a service's first use, so only the head is read then. A row is read when it is first asked
//! for: a call needs some ten of the thousands that a large service has.

use std::sync::Arc;

use indexmap::IndexSet;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::*;

/// A stored service that cannot be read; the pack is damaged or of another version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stored service model is damaged: {0}")]
pub(crate) struct StoredError(&'static str);

type Result<T> = std::result::Result<T, StoredError>;

/// The place of a text in the table.
type T = u32;
/// Zero for none, else the place of a text plus one.
type M = u32;

#[derive(Serialize, Deserialize)]
struct StoredHead {
    /// The lengths of the texts, and of the rows, which stand behind the head in this order.
    texts: Vec<u32>,
    operations: Vec<u32>,
    shapes: Vec<u32>,
    /// Places in the order of names.
    operations_by_name: Vec<u32>,
    operations_by_cli_name: Vec<u32>,
    shapes_by_name: Vec<u32>,
    exceptions: Vec<u32>,
    name: T,
    service_id: T,
    api_version: T,
    endpoint_prefix: T,
    signing_name: T,
    signature_version: T,
    auth: Vec<T>,
    protocols: Vec<u8>,
    json_version: M,
    target_prefix: M,
    global_endpoint: M,
    xml_namespace: M,
    query_compatible: bool,
    client_context: Vec<(T, T)>,
    waiters: Vec<(T, T, u32, u32, Vec<StoredAcceptor>)>,
}

/// Matcher, argument, state, and the expected value as JSON text.
type StoredAcceptor = (T, M, T, T);

/// Input token, output token, limit key, result key, more results.
type StoredPage = (Vec<T>, Vec<T>, M, Vec<T>, M);
/// Query name, XML namespace and prefix, context parameter, result wrapper.
type StoredRare = (M, Option<(T, M)>, M, M);

#[derive(Serialize, Deserialize)]
struct StoredOperation {
    // The names stand first, so that they can be read alone.
    name: T,
    cli_name: T,
    method: T,
    uri: T,
    code: u16,
    input: Option<StoredRef>,
    output: Option<StoredRef>,
    errors: Vec<u32>,
    flags: u16,
    page: Option<StoredPage>,
    host_prefix: M,
    auth_type: u8,
    auth: Vec<T>,
    checksum: Option<(M, bool, M, Vec<T>)>,
    static_context: Vec<(T, T)>,
    operation_context: Vec<(T, T)>,
}

#[derive(Serialize, Deserialize)]
struct StoredShape {
    name: T,
    kind: StoredKind,
    constraints: Option<StoredConstraints>,
    flags: u16,
    location_name: M,
    xml_namespace: Option<(T, M)>,
}

#[derive(Serialize, Deserialize)]
enum StoredKind {
    Blob,
    Boolean,
    Double,
    Float,
    Integer,
    List(StoredRef),
    Long,
    Map(StoredRef, StoredRef),
    String,
    Structure {
        members: Vec<(T, bool, StoredRef)>,
        payload: M,
        flags: u8,
        exception: Option<(M, u16, u8)>,
        xml_order: Vec<T>,
    },
    Timestamp(u8),
}

#[derive(Serialize, Deserialize)]
struct StoredConstraints {
    min: Option<StoredBound>,
    max: Option<StoredBound>,
    pattern: M,
    enum_values: Vec<T>,
}

#[derive(Serialize, Deserialize)]
enum StoredBound {
    Float(f64),
    Integer(i64),
}

#[derive(Serialize, Deserialize)]
struct StoredRef {
    shape: u32,
    flags: u16,
    location_name: M,
    rare: Option<StoredRare>,
}

const PROTOCOLS: [Protocol; 6] =
    [Protocol::Cbor, Protocol::Ec2, Protocol::Json, Protocol::Query, Protocol::RestJson, Protocol::RestXml];
const LOCATIONS: [Option<Location>; 6] = [
    None,
    Some(Location::Header),
    Some(Location::Headers),
    Some(Location::QueryString),
    Some(Location::StatusCode),
    Some(Location::Uri),
];
const AUTH_TYPES: [Option<AuthType>; 4] =
    [None, Some(AuthType::Bearer), Some(AuthType::None), Some(AuthType::V4UnsignedBody)];
const TIMESTAMP_FORMATS: [Option<TimestampFormat>; 4] =
    [None, Some(TimestampFormat::Iso8601), Some(TimestampFormat::Rfc822), Some(TimestampFormat::UnixTimestamp)];

fn code_of<V: PartialEq>(table: &[V], value: &V) -> u8 {
    table.iter().position(|known| known == value).unwrap_or(usize::from(u8::MAX)) as u8
}

fn value_of<V: Copy>(table: &[V], code: u8) -> Result<V> {
    table.get(usize::from(code)).copied().ok_or(StoredError("an unknown code"))
}

fn flags<const N: usize>(bits: [bool; N]) -> u16 {
    bits.iter().enumerate().fold(0, |all, (place, bit)| all | (u16::from(*bit) << place))
}

fn flag(flags: u16, place: u16) -> bool {
    flags >> place & 1 == 1
}

/// Writes a service; the result is what [`read`] takes.
pub(crate) fn write(service: &Service) -> postcard::Result<Vec<u8>> {
    let mut writer = Writer { texts: IndexSet::new() };
    let mut rows = Vec::new();
    let mut put = |row: postcard::Result<Vec<u8>>| -> postcard::Result<u32> {
        let row = row?;
        rows.extend_from_slice(&row);
        Ok(row.len() as u32)
    };
    let operations = service
        .operations
        .values()
        .map(|operation| put(postcard::to_allocvec(&writer.operation(operation))))
        .collect::<postcard::Result<_>>()?;
    let shapes = service
        .shapes
        .values()
        .map(|shape| put(postcard::to_allocvec(&writer.shape(shape))))
        .collect::<postcard::Result<_>>()?;
    let mut head = writer.head(service);
    (head.operations, head.shapes) = (operations, shapes);
    head.texts = writer.texts.iter().map(|text| text.len() as u32).collect();
    let head = postcard::to_allocvec(&head)?;
    let mut bytes = (head.len() as u32).to_le_bytes().to_vec();
    bytes.extend_from_slice(&head);
    writer.texts.iter().for_each(|text| bytes.extend_from_slice(text.as_bytes()));
    bytes.extend_from_slice(&rows);
    Ok(bytes)
}

struct Writer {
    texts: IndexSet<Text>,
}

impl Writer {
    fn t(&mut self, text: &Text) -> T {
        self.texts.insert_full(text.clone()).0 as u32
    }

    fn m(&mut self, text: &Option<Text>) -> M {
        text.as_ref().map_or(0, |text| self.t(text) + 1)
    }

    fn all(&mut self, texts: &[Text]) -> Vec<T> {
        texts.iter().map(|text| self.t(text)).collect()
    }

    fn json(&mut self, json: &serde_json::Value) -> T {
        self.t(&json.to_string().into())
    }

    fn namespace(&mut self, namespace: &XmlNamespace) -> (T, M) {
        (self.t(&namespace.uri), self.m(&namespace.prefix))
    }

    fn reference(&mut self, reference: &ShapeRef) -> StoredRef {
        let bits = flags([
            reference.idempotency_token,
            reference.host_label,
            reference.json_value,
            reference.xml_attribute,
            reference.flattened,
            reference.streaming,
            reference.event_payload,
            reference.deprecated,
        ]);
        StoredRef {
            shape: reference.shape.0,
            flags: bits | u16::from(code_of(&LOCATIONS, &reference.location)) << 8,
            location_name: self.m(&reference.location_name),
            rare: reference.rare.as_ref().map(|rare| {
                (
                    self.m(&rare.query_name),
                    rare.xml_namespace.as_ref().map(|namespace| self.namespace(namespace)),
                    self.m(&rare.context_param),
                    self.m(&rare.result_wrapper),
                )
            }),
        }
    }

    /// The head, still without lengths.
    fn head(&mut self, service: &Service) -> StoredHead {
        let mut protocols = vec![code_of(&PROTOCOLS, &service.protocol)];
        protocols.extend(service.protocols.iter().map(|protocol| code_of(&PROTOCOLS, protocol)));
        StoredHead {
            texts: Vec::new(),
            operations: Vec::new(),
            shapes: Vec::new(),
            operations_by_name: service.names.operations.clone(),
            operations_by_cli_name: service.names.cli.clone(),
            shapes_by_name: service.names.shapes.clone(),
            exceptions: service.names.exceptions.clone(),
            name: self.t(&service.name),
            service_id: self.t(&service.service_id),
            api_version: self.t(&service.api_version),
            endpoint_prefix: self.t(&service.endpoint_prefix),
            signing_name: self.t(&service.signing_name),
            signature_version: self.t(&service.signature_version),
            auth: self.all(&service.auth),
            protocols,
            json_version: self.m(&service.json_version),
            target_prefix: self.m(&service.target_prefix),
            global_endpoint: self.m(&service.global_endpoint),
            xml_namespace: self.m(&service.xml_namespace),
            query_compatible: service.query_compatible,
            client_context: service.client_context.iter().map(|(name, kind)| (self.t(name), self.t(kind))).collect(),
            waiters: service
                .waiters
                .iter()
                .map(|waiter| {
                    let acceptors = waiter
                        .acceptors
                        .iter()
                        .map(|acceptor| {
                            (
                                self.t(&acceptor.matcher),
                                self.m(&acceptor.argument),
                                self.t(&acceptor.state),
                                self.json(&acceptor.expected),
                            )
                        })
                        .collect();
                    (self.t(&waiter.name), self.t(&waiter.operation), waiter.delay, waiter.max_attempts, acceptors)
                })
                .collect(),
        }
    }

    fn operation(&mut self, operation: &Operation) -> StoredOperation {
        StoredOperation {
            name: self.t(&operation.name),
            cli_name: self.t(&operation.cli_name),
            method: self.t(&operation.method),
            uri: self.t(&operation.uri),
            code: operation.code,
            input: operation.input.as_ref().map(|input| self.reference(input)),
            output: operation.output.as_ref().map(|output| self.reference(output)),
            errors: operation.errors.iter().map(|id| id.0).collect(),
            flags: flags([
                operation.idempotent,
                operation.readonly,
                operation.deprecated,
                operation.checksum_required,
                operation.unsigned_payload,
                operation.endpoint_discovery_required,
            ]),
            page: operation.page.as_ref().map(|page| {
                (
                    self.all(&page.input_token),
                    self.all(&page.output_token),
                    self.m(&page.limit_key),
                    self.all(&page.result_key),
                    self.m(&page.more_results),
                )
            }),
            host_prefix: self.m(&operation.host_prefix),
            auth_type: code_of(&AUTH_TYPES, &operation.auth_type),
            auth: self.all(&operation.auth),
            checksum: operation.checksum.as_ref().map(|checksum| {
                (
                    self.m(&checksum.request_algorithm_member),
                    checksum.request_required,
                    self.m(&checksum.request_validation_mode_member),
                    self.all(&checksum.response_algorithms),
                )
            }),
            static_context: operation
                .static_context
                .iter()
                .map(|(name, value)| (self.t(name), self.json(value)))
                .collect(),
            operation_context: operation
                .operation_context
                .iter()
                .map(|(name, path)| (self.t(name), self.t(path)))
                .collect(),
        }
    }

    fn shape(&mut self, shape: &Shape) -> StoredShape {
        let bound = |bound: Bound| match bound {
            Bound::Float(value) => StoredBound::Float(value),
            Bound::Integer(value) => StoredBound::Integer(value),
        };
        StoredShape {
            name: self.t(&shape.name),
            kind: self.kind(&shape.kind),
            constraints: shape.constraints.as_ref().map(|constraints| StoredConstraints {
                min: constraints.min.map(bound),
                max: constraints.max.map(bound),
                pattern: self.m(&constraints.pattern),
                enum_values: self.all(&constraints.enum_values),
            }),
            flags: flags([
                shape.sensitive,
                shape.flattened,
                shape.streaming,
                shape.requires_length,
                shape.sparse,
                shape.deprecated,
            ]),
            location_name: self.m(&shape.location_name),
            xml_namespace: shape.xml_namespace.as_ref().map(|namespace| self.namespace(namespace)),
        }
    }

    fn kind(&mut self, kind: &Kind) -> StoredKind {
        match kind {
            Kind::Blob => StoredKind::Blob,
            Kind::Boolean => StoredKind::Boolean,
            Kind::Double => StoredKind::Double,
            Kind::Float => StoredKind::Float,
            Kind::Integer => StoredKind::Integer,
            Kind::List(element) => StoredKind::List(self.reference(element)),
            Kind::Long => StoredKind::Long,
            Kind::Map { key, value } => StoredKind::Map(self.reference(key), self.reference(value)),
            Kind::String => StoredKind::String,
            Kind::Structure(structure) => StoredKind::Structure {
                members: structure
                    .members
                    .iter()
                    .map(|member| (self.t(&member.name), member.required, self.reference(&member.target)))
                    .collect(),
                payload: self.m(&structure.payload),
                flags: flags([
                    structure.union,
                    structure.document,
                    structure.event_stream,
                    structure.event,
                    structure.wrapper,
                ]) as u8,
                exception: structure.exception.as_ref().map(|exception| {
                    let bits = [exception.sender_fault, exception.fault, exception.retryable, exception.throttling];
                    (self.m(&exception.code), exception.status.unwrap_or(0), flags(bits) as u8)
                }),
                xml_order: self.all(&structure.xml_order),
            },
            Kind::Timestamp(format) => StoredKind::Timestamp(code_of(&TIMESTAMP_FORMATS, format)),
        }
    }
}

/// Reads what [`write`] wrote: the head now, the rows when they are asked for. The pack's sections carry a checksum, so that
/// what is read later is what was written.
pub(crate) fn read(bytes: Vec<u8>) -> Result<Service> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(StoredError("it has no head"))?;
    let length = u32::from_le_bytes(*length) as usize;
    let head = rest.get(..length).ok_or(StoredError("its head is cut short"))?;
    let head: StoredHead = postcard::from_bytes(head).map_err(|_| StoredError("its head does not decode"))?;
    let mut end = length.saturating_add(4);
    let mut ends = |lengths: &[u32]| -> Vec<usize> {
        let begin = std::iter::once(end);
        let ends = begin.chain(lengths.iter().map(|length| {
            end = end.saturating_add(*length as usize);
            end
        }));
        ends.collect()
    };
    let (texts, operations, shapes) = (ends(&head.texts), ends(&head.operations), ends(&head.shapes));
    if end != bytes.len() {
        return Err(StoredError("its rows are not as long as it says"));
    }
    Stored { bytes, texts, operations, shapes }.service(head)
}

/// A service in its stored form, to read rows from. The places are those where each text and row begins, and the last ends.
pub(crate) struct Stored {
    bytes: Vec<u8>,
    texts: Vec<usize>,
    operations: Vec<usize>,
    shapes: Vec<usize>,
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stored").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl Stored {
    fn part(&self, begins: &[usize], place: usize) -> Result<&[u8]> {
        let part = || self.bytes.get(*begins.get(place)?..*begins.get(place + 1)?);
        part().ok_or(StoredError("a part is missing"))
    }

    /// The beginning of a row, or all of it.
    fn row<R: DeserializeOwned>(&self, begins: &[usize], place: usize) -> Result<R> {
        let read = postcard::take_from_bytes(self.part(begins, place)?);
        read.map(|(row, _)| row).map_err(|_| StoredError("a row does not decode"))
    }

    fn str(&self, place: T) -> Result<&str> {
        std::str::from_utf8(self.part(&self.texts, place as usize)?).map_err(|_| StoredError("a text is not UTF-8"))
    }

    /// The name of an operation, which is read no further.
    pub(super) fn operation_name(&self, place: usize) -> Option<&str> {
        self.str(self.row(&self.operations, place).ok()?).ok()
    }

    /// The name of an operation on the command line.
    pub(super) fn cli_name(&self, place: usize) -> Option<&str> {
        let (_, name): (T, T) = self.row(&self.operations, place).ok()?;
        self.str(name).ok()
    }

    /// The name of a shape.
    pub(super) fn shape_name(&self, place: usize) -> Option<&str> {
        self.str(self.row(&self.shapes, place).ok()?).ok()
    }

    /// An operation. One that cannot be read has no name, so that nobody may call it.
    fn operation_at(&self, place: usize) -> Operation {
        let read = self.row(&self.operations, place).and_then(|row| self.operation(&row));
        read.unwrap_or_else(|_| Operation::named(Text::default(), Text::default()))
    }

    /// A shape. No value fits one that cannot be read.
    fn shape_at(&self, place: usize) -> Shape {
        let read = self.row(&self.shapes, place).and_then(|row| self.shape(&row));
        read.unwrap_or_else(|_| {
            let nothing =
                Constraints { min: Some(Bound::Integer(1)), max: Some(Bound::Integer(0)), ..Default::default() };
            Shape { constraints: Some(Box::new(nothing)), ..Shape::of(Text::default(), Kind::String) }
        })
    }

    fn t(&self, place: T) -> Result<Text> {
        self.str(place).map(Text::from)
    }

    fn m(&self, place: M) -> Result<Option<Text>> {
        match place {
            0 => Ok(None),
            place => self.t(place - 1).map(Some),
        }
    }

    fn all(&self, places: &[T]) -> Result<Vec<Text>> {
        places.iter().map(|place| self.t(*place)).collect()
    }

    fn pairs(&self, pairs: &[(T, T)]) -> Result<Vec<(Text, Text)>> {
        pairs.iter().map(|(one, two)| Ok((self.t(*one)?, self.t(*two)?))).collect()
    }

    fn json(&self, place: T) -> Result<serde_json::Value> {
        serde_json::from_str(self.str(place)?).map_err(|_| StoredError("a JSON text does not parse"))
    }

    fn id(&self, id: u32) -> Result<ShapeId> {
        let known = (id as usize) < self.shapes.len() - 1;
        known.then_some(ShapeId(id)).ok_or(StoredError("a shape is missing"))
    }

    fn namespace(&self, (uri, prefix): (T, M)) -> Result<XmlNamespace> {
        Ok(XmlNamespace { uri: self.t(uri)?, prefix: self.m(prefix)? })
    }

    fn reference(&self, stored: &StoredRef) -> Result<ShapeRef> {
        Ok(ShapeRef {
            shape: self.id(stored.shape)?,
            location: value_of(&LOCATIONS, (stored.flags >> 8) as u8)?,
            location_name: self.m(stored.location_name)?,
            idempotency_token: flag(stored.flags, 0),
            host_label: flag(stored.flags, 1),
            json_value: flag(stored.flags, 2),
            xml_attribute: flag(stored.flags, 3),
            flattened: flag(stored.flags, 4),
            streaming: flag(stored.flags, 5),
            event_payload: flag(stored.flags, 6),
            deprecated: flag(stored.flags, 7),
            rare: match stored.rare {
                None => None,
                Some((query_name, xml_namespace, context_param, result_wrapper)) => Some(Box::new(RareTraits {
                    query_name: self.m(query_name)?,
                    xml_namespace: xml_namespace.map(|namespace| self.namespace(namespace)).transpose()?,
                    context_param: self.m(context_param)?,
                    result_wrapper: self.m(result_wrapper)?,
                })),
            },
        })
    }

    fn maybe_reference(&self, stored: &Option<StoredRef>) -> Result<Option<ShapeRef>> {
        stored.as_ref().map(|stored| self.reference(stored)).transpose()
    }

    fn service(self, head: StoredHead) -> Result<Service> {
        let protocols = head.protocols.iter().map(|code| value_of(&PROTOCOLS, *code)).collect::<Result<Vec<_>>>()?;
        let (first, protocols) = protocols.split_first().ok_or(StoredError("a service without a protocol"))?;
        head.exceptions.iter().try_for_each(|id| self.id(*id).map(drop))?;
        let stored = Arc::new(self);
        Ok(Service {
            name: stored.t(head.name)?,
            service_id: stored.t(head.service_id)?,
            api_version: stored.t(head.api_version)?,
            endpoint_prefix: stored.t(head.endpoint_prefix)?,
            signing_name: stored.t(head.signing_name)?,
            signature_version: stored.t(head.signature_version)?,
            auth: stored.all(&head.auth)?,
            protocol: *first,
            protocols: protocols.to_vec(),
            json_version: stored.m(head.json_version)?,
            target_prefix: stored.m(head.target_prefix)?,
            global_endpoint: stored.m(head.global_endpoint)?,
            xml_namespace: stored.m(head.xml_namespace)?,
            query_compatible: head.query_compatible,
            client_context: stored.pairs(&head.client_context)?,
            waiters: head.waiters.iter().map(|waiter| stored.waiter(waiter)).collect::<Result<_>>()?,
            operations: Table::stored(head.operations.len(), &stored, Stored::operation_at),
            shapes: Table::stored(head.shapes.len(), &stored, Stored::shape_at),
            names: Names {
                operations: head.operations_by_name,
                cli: head.operations_by_cli_name,
                shapes: head.shapes_by_name,
                exceptions: head.exceptions,
                stored: Some(stored),
            },
        })
    }

    fn waiter(&self, stored: &(T, T, u32, u32, Vec<StoredAcceptor>)) -> Result<Waiter> {
        let (name, operation, delay, max_attempts, acceptors) = stored;
        Ok(Waiter {
            name: self.t(*name)?,
            operation: self.t(*operation)?,
            delay: *delay,
            max_attempts: *max_attempts,
            acceptors: acceptors
                .iter()
                .map(|(matcher, argument, state, expected)| {
                    Ok(Acceptor {
                        matcher: self.t(*matcher)?,
                        argument: self.m(*argument)?,
                        state: self.t(*state)?,
                        expected: self.json(*expected)?,
                    })
                })
                .collect::<Result<_>>()?,
        })
    }

    fn operation(&self, stored: &StoredOperation) -> Result<Operation> {
        Ok(Operation {
            name: self.t(stored.name)?,
            cli_name: self.t(stored.cli_name)?,
            method: self.t(stored.method)?,
            uri: self.t(stored.uri)?,
            code: stored.code,
            input: self.maybe_reference(&stored.input)?,
            output: self.maybe_reference(&stored.output)?,
            errors: stored.errors.iter().map(|id| self.id(*id)).collect::<Result<_>>()?,
            idempotent: flag(stored.flags, 0),
            readonly: flag(stored.flags, 1),
            deprecated: flag(stored.flags, 2),
            checksum_required: flag(stored.flags, 3),
            unsigned_payload: flag(stored.flags, 4),
            endpoint_discovery_required: flag(stored.flags, 5),
            page: match &stored.page {
                None => None,
                Some((input_token, output_token, limit_key, result_key, more_results)) => Some(Box::new(Page {
                    input_token: self.all(input_token)?,
                    output_token: self.all(output_token)?,
                    limit_key: self.m(*limit_key)?,
                    result_key: self.all(result_key)?,
                    more_results: self.m(*more_results)?,
                })),
            },
            host_prefix: self.m(stored.host_prefix)?,
            auth_type: value_of(&AUTH_TYPES, stored.auth_type)?,
            auth: self.all(&stored.auth)?,
            checksum: match &stored.checksum {
                None => None,
                Some((algorithm, required, validation, algorithms)) => Some(Box::new(Checksum {
                    request_algorithm_member: self.m(*algorithm)?,
                    request_required: *required,
                    request_validation_mode_member: self.m(*validation)?,
                    response_algorithms: self.all(algorithms)?,
                })),
            },
            static_context: stored
                .static_context
                .iter()
                .map(|(name, value)| Ok((self.t(*name)?, self.json(*value)?)))
                .collect::<Result<_>>()?,
            operation_context: self.pairs(&stored.operation_context)?,
        })
    }

    fn shape(&self, stored: &StoredShape) -> Result<Shape> {
        let bound = |bound: &StoredBound| match bound {
            StoredBound::Float(value) => Bound::Float(*value),
            StoredBound::Integer(value) => Bound::Integer(*value),
        };
        Ok(Shape {
            name: self.t(stored.name)?,
            kind: self.kind(&stored.kind)?,
            constraints: match &stored.constraints {
                None => None,
                Some(constraints) => Some(Box::new(Constraints {
                    min: constraints.min.as_ref().map(bound),
                    max: constraints.max.as_ref().map(bound),
                    pattern: self.m(constraints.pattern)?,
                    compiled: Default::default(),
                    enum_values: self.all(&constraints.enum_values)?,
                })),
            },
            sensitive: flag(stored.flags, 0),
            flattened: flag(stored.flags, 1),
            streaming: flag(stored.flags, 2),
            requires_length: flag(stored.flags, 3),
            sparse: flag(stored.flags, 4),
            deprecated: flag(stored.flags, 5),
            location_name: self.m(stored.location_name)?,
            xml_namespace: stored.xml_namespace.map(|namespace| self.namespace(namespace).map(Box::new)).transpose()?,
        })
    }

    fn kind(&self, stored: &StoredKind) -> Result<Kind> {
        Ok(match stored {
            StoredKind::Blob => Kind::Blob,
            StoredKind::Boolean => Kind::Boolean,
            StoredKind::Double => Kind::Double,
            StoredKind::Float => Kind::Float,
            StoredKind::Integer => Kind::Integer,
            StoredKind::List(element) => Kind::List(self.reference(element)?),
            StoredKind::Long => Kind::Long,
            StoredKind::Map(key, value) => Kind::Map { key: self.reference(key)?, value: self.reference(value)? },
            StoredKind::String => Kind::String,
            StoredKind::Timestamp(format) => Kind::Timestamp(value_of(&TIMESTAMP_FORMATS, *format)?),
            StoredKind::Structure { members, payload, flags: bits, exception, xml_order } => {
                let bits = u16::from(*bits);
                Kind::Structure(Box::new(Structure {
                    members: members
                        .iter()
                        .map(|(name, required, target)| {
                            Ok(Member { name: self.t(*name)?, required: *required, target: self.reference(target)? })
                        })
                        .collect::<Result<_>>()?,
                    payload: self.m(*payload)?,
                    union: flag(bits, 0),
                    document: flag(bits, 1),
                    event_stream: flag(bits, 2),
                    event: flag(bits, 3),
                    wrapper: flag(bits, 4),
                    exception: match exception {
                        None => None,
                        Some((code, status, bits)) => {
                            let bits = u16::from(*bits);
                            Some(Box::new(Exception {
                                code: self.m(*code)?,
                                status: (*status != 0).then_some(*status),
                                sender_fault: flag(bits, 0),
                                fault: flag(bits, 1),
                                retryable: flag(bits, 2),
                                throttling: flag(bits, 3),
                            }))
                        }
                    },
                    xml_order: self.all(xml_order)?,
                }))
            }
        })
    }
}
