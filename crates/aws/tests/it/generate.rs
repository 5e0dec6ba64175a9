//! Random values of a shape, from a seed, within what a protocol can carry. `BAILIWICK_SEED`, a number, gives others.
//!
//! What no wire can tell apart is left out: an empty list of EC2 is an absent one, a header has no spaces at its ends.

use bailiwick_aws::model::{Kind, Location, Member, Operation, Protocol, Service, Shape, ShapeRef, TimestampFormat};
use bailiwick_aws::value::Value;
use bailiwick_ident::Timestamp;

/// A small generator of random numbers (SplitMix64): the same seed gives the same values everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let other = std::env::var("BAILIWICK_SEED").map_or(0, |seed| seed.parse().unwrap());
        Random(seed ^ u64::wrapping_mul(other, 0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Which message a value is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Input,
    Output,
}

pub(crate) struct Generator<'s> {
    pub(crate) service: &'s Service,
    pub(crate) protocol: Protocol,
    pub(crate) random: Random,
    pub(crate) side: Side,
    /// Nothing that botocore writes or reads otherwise on purpose: fractions of seconds, odd header lists.
    pub(crate) plain: bool,
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Body,
    Header,
    Host,
    Payload,
    Query,
    Uri,
}

impl<'s> Generator<'s> {
    pub(crate) fn operation(&mut self, operation: &Operation) -> Value {
        let target = match self.side {
            Side::Input => operation.input.as_ref(),
            Side::Output => operation.output.as_ref(),
        };
        let Some(target) = target else { return Value::empty() };
        let shape = self.service.target(target);
        let mut members = indexmap::IndexMap::new();
        for member in shape.members() {
            if let Some(value) = self.top_member(operation, shape, member) {
                members.insert(member.name.to_string(), value);
            }
        }
        Value::Map(members)
    }

    fn top_member(&mut self, operation: &Operation, shape: &Shape, member: &Member) -> Option<Value> {
        let rest = matches!(self.protocol, Protocol::RestJson | Protocol::RestXml);
        let is_payload = rest && shape.structure()?.payload.as_ref() == Some(&member.name);
        if !rest {
            let place = if member.target.host_label { Place::Host } else { Place::Body };
            let wanted = member.required || member.target.host_label || self.random.chance(60);
            return wanted.then(|| self.value(&member.target, place, 0)).flatten();
        }
        if self.side == Side::Output && operation.code == 204 && member.target.location.is_none() {
            return None;
        }
        // With a body there is always a content type, which is read back as the member that is bound to it.
        let content_type =
            member.target.location_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("content-type"));
        let must = is_payload || member.required || member.target.host_label || content_type;
        match member.target.location {
            Some(Location::StatusCode) => return Some(Value::Integer(i64::from(operation.code))),
            Some(Location::Uri) => {
                let place = if member.target.host_label { Place::Host } else { Place::Uri };
                return self.value(&member.target, place, 0);
            }
            _ if !must && !self.random.chance(60) => return None,
            _ if member.target.host_label => return self.value(&member.target, Place::Host, 0),
            Some(Location::Header) => return self.value(&member.target, Place::Header, 0),
            Some(Location::Headers) => {
                let count = 1 + self.random.below(2);
                let entries = (0..count).map(|index| (format!("key-{index}"), self.text(Place::Header)));
                return Some(Value::map(entries.collect::<Vec<_>>().into_iter().map(|(k, v)| (k, Value::String(v)))));
            }
            Some(Location::QueryString) => return self.value(&member.target, Place::Query, 0),
            None => {}
        }
        self.value(&member.target, if is_payload { Place::Payload } else { Place::Body }, 0)
    }

    fn is_form(&self) -> bool {
        matches!(self.protocol, Protocol::Query | Protocol::Ec2)
    }

    fn is_xml(&self) -> bool {
        self.is_form() || self.protocol == Protocol::RestXml
    }

    fn value(&mut self, target: &ShapeRef, place: Place, depth: usize) -> Option<Value> {
        let shape = self.service.target(target);
        if depth > 6 && matches!(shape.kind, Kind::Structure(_) | Kind::List(_) | Kind::Map { .. }) {
            return None;
        }
        Some(match &shape.kind {
            Kind::Structure(structure) if structure.document => Value::Document(self.document(0)),
            Kind::Structure(structure) if structure.event_stream => return None,
            Kind::Structure(structure) => {
                let mut members = indexmap::IndexMap::new();
                let share = [60, 40, 30, 20, 10, 5, 0][depth.min(6)];
                if structure.union {
                    for _ in 0..8 {
                        let member = self.random.pick(&structure.members);
                        if let Some(value) = self.value(&member.target, Place::Body, depth + 1) {
                            members.insert(member.name.to_string(), value);
                            break;
                        }
                    }
                } else {
                    for member in &structure.members {
                        if (member.required || self.random.chance(share))
                            && let Some(value) = self.value(&member.target, Place::Body, depth + 1)
                        {
                            members.insert(member.name.to_string(), value);
                        }
                    }
                }
                let nothing = members.is_empty() && (structure.union || (self.is_form() && self.side == Side::Input));
                if nothing {
                    return None;
                }
                Value::Map(members)
            }
            Kind::List(element) => {
                let flat = target.flattened || shape.flattened;
                let empty_is_nothing = place != Place::Body && place != Place::Payload
                    || (self.is_xml() && flat && !(self.side == Side::Input && self.protocol == Protocol::Query))
                    || (self.protocol == Protocol::Ec2 && self.side == Side::Input);
                let count = usize::from(empty_is_nothing) + self.random.below(3);
                let values: Vec<Value> = (0..count).filter_map(|_| self.value(element, place, depth + 1)).collect();
                if values.is_empty() && empty_is_nothing {
                    return None;
                }
                Value::List(values)
            }
            Kind::Map { key, value } => {
                let empty_is_nothing = place != Place::Body && place != Place::Payload || self.is_xml();
                let count = usize::from(empty_is_nothing) + self.random.below(3);
                let mut entries = indexmap::IndexMap::new();
                for index in 0..count {
                    let key = match self.service.target(key).enum_values() {
                        [] if place == Place::Query => format!("zz-{index}"),
                        [] => format!("{}{index}", self.text(Place::Body)),
                        values => self.random.pick(values).to_string(),
                    };
                    if let Some(value) = self.value(value, place, depth + 1) {
                        entries.insert(key, value);
                    }
                }
                if entries.is_empty() && empty_is_nothing {
                    return None;
                }
                Value::Map(entries)
            }
            Kind::String if target.json_value && place == Place::Header => {
                Value::String(serde_json::json!({ "k": self.text(Place::Body), "n": [1, true, null] }).to_string())
            }
            Kind::String if shape.enum_values().is_empty() || place == Place::Host => Value::String(self.text(place)),
            Kind::String => Value::String(self.random.pick(shape.enum_values()).to_string()),
            Kind::Boolean => Value::Boolean(self.random.chance(50)),
            Kind::Integer => {
                Value::Integer(*self.random.pick(&[0, 1, -1, 42, i64::from(i32::MAX), i64::from(i32::MIN)]))
            }
            Kind::Long => Value::Integer(*self.random.pick(&[0, 1, -7, 1 << 40, i64::MAX, i64::MIN])),
            Kind::Double | Kind::Float => Value::Float((self.random.below(8000) as f64 - 4000.0) / 8.0),
            Kind::Blob if place == Place::Payload && (self.plain || self.side == Side::Input) => {
                Value::Blob(format!("x{}", self.text(Place::Body)).into_bytes())
            }
            Kind::Blob => {
                let length = self.random.below(20);
                Value::Blob((0..length).map(|_| self.random.next() as u8).collect())
            }
            Kind::Timestamp(format) => {
                let seconds = 946_684_800 + self.random.below(1_300_000_000) as i64;
                let whole = self.plain
                    || *format == Some(TimestampFormat::Rfc822)
                    || (place == Place::Header && format.is_none());
                let millis = if whole || self.random.chance(50) { 0 } else { self.random.below(1000) as i64 };
                Value::Timestamp(Timestamp::from_millis(seconds * 1000 + millis))
            }
        })
    }

    fn text(&mut self, place: Place) -> String {
        const BODY: &[&str] = &[
            "a",
            "Zz9",
            "with space",
            " ends ",
            "ü",
            "日本",
            "😀",
            "&<>\"'",
            "a=b&c",
            "100%",
            "a+b",
            "line\nbreak",
            "tab\t",
            "cr\r",
            "]]>",
            "",
            "{\"json\": [1]}",
            "a/b",
            "..",
            "C:\\x",
            "\u{85}\u{2028}",
        ];
        const HEADER: &[&str] = &["a", "Zz9", "with space", "a=b", "100%", "x;y=z", "W/tag", "-", "a:b"];
        const HEADER_ODD: &[&str] = &["a,b", "say \"hi\"", "\"", "x\\y", "\"q\\,\"", ","];
        const URI: &[&str] =
            &["a", "Zz9", "with space", "ü", "a/b", "100%", "a+b", "a?b#c", "~_-.", "arn:aws:x:y::z/w", "."];
        const HOST: &[&str] = &["a", "123456789012", "a-b"];
        let (texts, repeat) = match place {
            Place::Body | Place::Query => (BODY, 3),
            Place::Payload => (BODY, 3),
            Place::Header if !self.plain && self.random.chance(20) => (HEADER_ODD, 1),
            Place::Header => (HEADER, 1),
            Place::Uri => (URI, 1),
            Place::Host => (HOST, 1),
        };
        let count = if repeat == 1 { 1 } else { 1 + self.random.below(repeat) };
        let mut text: String = (0..count).map(|_| *self.random.pick(texts)).collect();
        // AWS's signers disagree on a path that ends in a dot segment.
        if self.plain && place == Place::Uri && text == "." {
            text = "..x".to_owned();
        }
        if self.plain && self.protocol == Protocol::RestXml {
            text = text.replace('\r', "");
        }
        if place == Place::Payload { format!("x{text}") } else { text }
    }

    fn document(&mut self, depth: usize) -> serde_json::Value {
        match self.random.below(if depth > 2 { 4 } else { 6 }) {
            0 => serde_json::Value::Bool(true),
            1 => serde_json::Value::from(self.random.below(1000)),
            2 => serde_json::Value::from(self.text(Place::Body)),
            3 => serde_json::Value::from(1.5),
            4 => serde_json::Value::Array((0..self.random.below(3)).map(|_| self.document(depth + 1)).collect()),
            _ => {
                let count = self.random.below(3);
                serde_json::Value::Object((0..count).map(|i| (format!("k{i}"), self.document(depth + 1))).collect())
            }
        }
    }
}
