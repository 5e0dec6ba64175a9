use indexmap::IndexMap;

use crate::model::{Kind, Service, Shape, ShapeRef};
use crate::protocol::names::wire_name;
use crate::protocol::problem::Problem;
use crate::protocol::scalar::Reading;
use crate::protocol::timestamp;
use crate::value::{MAX_DEPTH, Value};

/// A data item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Array(Vec<Item>),
    Boolean(bool),
    Bytes(Vec<u8>),
    Float(f64),
    Integer(i128),
    Map(Vec<(Item, Item)>),
    Null,
    Tag(u64, Box<Item>),
    Text(String),
}

impl Item {
    fn name(&self) -> &'static str {
        match self {
            Item::Array(_) => "list",
            Item::Boolean(_) => "boolean",
            Item::Bytes(_) => "blob",
            Item::Float(_) => "float",
            Item::Integer(_) => "integer",
            Item::Map(_) => "map",
            Item::Null => "null",
            Item::Tag(..) => "tag",
            Item::Text(_) => "string",
        }
    }

    /// The entry of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Item> {
        let Item::Map(entries) = self else { return None };
        entries.iter().find_map(|(key, value)| matches!(key, Item::Text(text) if text == name).then_some(value))
    }

    /// The text.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Item::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads one item that fills the bytes.
pub(crate) fn parse(bytes: &[u8]) -> Result<Item, Problem> {
    let mut reader = Reader { bytes, at: 0 };
    let item = reader.item(0)?;
    if reader.at == bytes.len() { Ok(item) } else { Err(not_cbor("there is more after the end")) }
}

fn not_cbor(text: &str) -> Problem {
    Problem::new(format!("the body is not CBOR: {text}"))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Problem> {
        let end = self.at.checked_add(count).ok_or_else(|| not_cbor("it ends early"))?;
        let taken = self.bytes.get(self.at..end).ok_or_else(|| not_cbor("it ends early"))?;
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Problem> {
        self.take(1)?.first().copied().ok_or_else(|| not_cbor("it ends early"))
    }

    /// The argument of a head; `None` for an indefinite length.
    fn argument(&mut self, info: u8) -> Result<Option<u64>, Problem> {
        let width = match info {
            0..=23 => return Ok(Some(u64::from(info))),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            31 => return Ok(None),
            _ => return Err(not_cbor("a reserved length")),
        };
        Ok(Some(self.take(width)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))))
    }

    /// Whether the break that ends an indefinite item is next; takes it.
    fn at_break(&mut self) -> bool {
        let there = self.bytes.get(self.at) == Some(&0xff);
        if there {
            self.at += 1;
        }
        there
    }

    fn item(&mut self, depth: usize) -> Result<Item, Problem> {
        if depth > 2 * MAX_DEPTH {
            return Err(Problem::too_deep());
        }
        let first = self.byte()?;
        let (major, info) = (first >> 5, first & 31);
        match major {
            0 => Ok(Item::Integer(i128::from(self.definite(info)?))),
            1 => Ok(Item::Integer(-1 - i128::from(self.definite(info)?))),
            2 => self.chunks(major, info).map(Item::Bytes),
            3 => String::from_utf8(self.chunks(major, info)?)
                .map(Item::Text)
                .map_err(|_| not_cbor("a text is not UTF-8")),
            4 => {
                let length = self.argument(info)?;
                let mut items = Vec::new();
                while self.more(length, items.len())? {
                    items.push(self.item(depth + 1)?);
                }
                Ok(Item::Array(items))
            }
            5 => {
                let length = self.argument(info)?;
                let mut entries = Vec::new();
                while self.more(length, entries.len())? {
                    entries.push((self.item(depth + 1)?, self.item(depth + 1)?));
                }
                Ok(Item::Map(entries))
            }
            6 => {
                let tag = self.definite(info)?;
                Ok(Item::Tag(tag, Box::new(self.item(depth + 1)?)))
            }
            _ => self.simple(info),
        }
    }

    fn definite(&mut self, info: u8) -> Result<u64, Problem> {
        self.argument(info)?.ok_or_else(|| not_cbor("a length is missing"))
    }

    fn more(&mut self, length: Option<u64>, have: usize) -> Result<bool, Problem> {
        match length {
            Some(length) => Ok((have as u64) < length),
            None => Ok(!self.at_break()),
        }
    }

    fn chunks(&mut self, major: u8, info: u8) -> Result<Vec<u8>, Problem> {
        let size = |length: u64| usize::try_from(length).map_err(|_| not_cbor("it ends early"));
        if let Some(length) = self.argument(info)? {
            return Ok(self.take(size(length)?)?.to_vec());
        }
        let mut out = Vec::new();
        while !self.at_break() {
            let first = self.byte()?;
            if first >> 5 != major {
                return Err(not_cbor("a chunk of another type"));
            }
            let length = size(self.definite(first & 31)?)?;
            out.extend_from_slice(self.take(length)?);
        }
        Ok(out)
    }

    fn simple(&mut self, info: u8) -> Result<Item, Problem> {
        Ok(match info {
            20 => Item::Boolean(false),
            21 => Item::Boolean(true),
            22 | 23 => Item::Null,
            25 => Item::Float(half(u16::from_be_bytes(self.array()?))),
            26 => Item::Float(f64::from(f32::from_be_bytes(self.array()?))),
            27 => Item::Float(f64::from_be_bytes(self.array()?)),
            _ => return Err(not_cbor("an unknown simple value")),
        })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        self.take(N)?.try_into().map_err(|_| not_cbor("it ends early"))
    }
}

/// A floating-point number of 16 bits.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// The members of a structure that a map holds, in the model's order. Unknown ones are ignored.
pub(crate) fn read_members(
    service: &Service,
    shape: &Shape,
    item: &Item,
    reading: Reading,
    depth: usize,
) -> Result<IndexMap<String, Value>, Problem> {
    let mut out = IndexMap::new();
    for member in shape.members() {
        match item.get(wire_name(&member.target, service.target(&member.target), &member.name)) {
            None | Some(Item::Null) => {}
            Some(item) => {
                let value = read(service, &member.target, item, reading, depth + 1)
                    .map_err(|problem| problem.within(&member.name))?;
                out.insert(member.name.to_string(), value);
            }
        }
    }
    Ok(out)
}

/// The value of an item.
pub(crate) fn read(
    service: &Service,
    target: &ShapeRef,
    item: &Item,
    reading: Reading,
    depth: usize,
) -> Result<Value, Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::too_deep());
    }
    let shape = service.target(target);
    let wrong = || Problem::expected(shape.kind.as_str(), item.name());
    Ok(match (&shape.kind, item) {
        (_, Item::Null) => Value::Null,
        (Kind::Structure(structure), Item::Map(_)) if !structure.document => {
            Value::Map(read_members(service, shape, item, reading, depth)?)
        }
        (Kind::List(element), Item::Array(items)) => {
            let mut out = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                out.push(read(service, element, item, reading, depth + 1).map_err(|problem| problem.at(index))?);
            }
            Value::List(out)
        }
        (Kind::Map { value: element, .. }, Item::Map(entries)) => {
            let mut out = IndexMap::with_capacity(entries.len());
            for (key, item) in entries {
                let name = key.as_str().ok_or_else(|| Problem::expected("string", key.name()))?;
                let value = read(service, element, item, reading, depth + 1).map_err(|problem| problem.within(name))?;
                out.insert(name.to_owned(), value);
            }
            Value::Map(out)
        }
        (Kind::String, Item::Text(text)) => Value::String(text.clone()),
        (Kind::Boolean, Item::Boolean(value)) => Value::Boolean(*value),
        (Kind::Integer, Item::Integer(number)) if reading == Reading::Request => {
            Value::Integer(i64::from(i32::try_from(*number).map_err(|_| wrong())?))
        }
        (Kind::Integer | Kind::Long, Item::Integer(number)) => {
            Value::Integer(i64::try_from(*number).map_err(|_| wrong())?)
        }
        (Kind::Double | Kind::Float, Item::Float(number)) => Value::Float(*number),
        (Kind::Double | Kind::Float, Item::Integer(number)) => Value::Float(*number as f64),
        (Kind::Blob, Item::Bytes(bytes)) => Value::Blob(bytes.clone()),
        (Kind::Timestamp(_), Item::Tag(1, inner)) => time(inner).ok_or_else(wrong)?,
        (Kind::Timestamp(_), Item::Integer(_) | Item::Float(_)) if reading == Reading::Response => {
            time(item).ok_or_else(wrong)?
        }
        _ => return Err(wrong()),
    })
}

fn time(item: &Item) -> Option<Value> {
    let seconds = match item {
        Item::Integer(number) => *number as f64,
        Item::Float(number) => *number,
        _ => return None,
    };
    timestamp::from_epoch_f64(seconds).map(Value::Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_the_rfc() {
        assert_eq!(parse(&[0x18, 0x64]), Ok(Item::Integer(100)));
        assert_eq!(parse(&[0x38, 0x63]), Ok(Item::Integer(-100)));
        assert_eq!(parse(&[0xf9, 0x3c, 0x00]), Ok(Item::Float(1.0)));
        assert_eq!(parse(&[0xf9, 0x00, 0x01]), Ok(Item::Float(5.960_464_477_539_063e-8)));
        assert_eq!(parse(&[0xf9, 0x7c, 0x00]), Ok(Item::Float(f64::INFINITY)));
        assert_eq!(parse(&[0x9f, 0x01, 0x82, 0x02, 0x03, 0xff]).map(|item| item.name()), Ok("list"));
        assert_eq!(parse(&[0x7f, 0x61, b'a', 0x62, b'b', b'c', 0xff]), Ok(Item::Text("abc".to_owned())));
    }

    #[test]
    fn what_is_no_item_is_refused() {
        let deep = vec![0x81; 10_000];
        for bad in
            [&[][..], &[0x61], &[0xff], &[0x1c], &[0x9f, 0x01], &[0x01, 0x01], &[0x5b; 9], &[0x7f, 0x41, 0], &deep]
        {
            assert!(parse(bad).is_err(), "{:?}", bad.get(..4));
        }
    }
}
