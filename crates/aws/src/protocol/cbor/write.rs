use crate::model::{Kind, Service, Shape, ShapeRef};
use crate::protocol::names::wire_name;
use crate::protocol::problem::Problem;
use crate::protocol::timestamp::epoch_f64;
use crate::value::{MAX_DEPTH, Value};

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
/// The tag of seconds since 1970.
const EPOCH_TAG: u64 = 1;

fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let major = major << 5;
    let bytes = argument.to_be_bytes();
    let (info, used) = match argument {
        0..=23 => {
            out.push(major | bytes[7]);
            return;
        }
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push(major | info);
    out.extend_from_slice(bytes.get(8 - used..).unwrap_or_default());
}

fn text(out: &mut Vec<u8>, text: &str) {
    head(out, TEXT, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn integer(out: &mut Vec<u8>, number: i64) {
    if number < 0 { head(out, NEGATIVE, number.unsigned_abs() - 1) } else { head(out, UNSIGNED, number.unsigned_abs()) }
}

/// Infinity and NaN in two bytes, as botocore writes them.
fn odd_float(out: &mut Vec<u8>, number: f64) -> bool {
    let bits: u16 = match number {
        number if number.is_nan() => 0x7e00,
        number if number == f64::INFINITY => 0x7c00,
        number if number == f64::NEG_INFINITY => 0xfc00,
        _ => return false,
    };
    out.push(0xf9);
    out.extend_from_slice(&bits.to_be_bytes());
    true
}

fn double(out: &mut Vec<u8>, number: f64) {
    if !odd_float(out, number) {
        out.push(0xfb);
        out.extend_from_slice(&number.to_be_bytes());
    }
}

/// A map of texts, for errors that no model describes.
pub(crate) fn write_text_map<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let pairs: Vec<_> = pairs.into_iter().collect();
    let mut out = Vec::with_capacity(64);
    head(&mut out, MAP, pairs.len() as u64);
    for (name, value) in pairs {
        text(&mut out, name);
        text(&mut out, value);
    }
    out
}

/// A structure's members as a map, with more text entries before them.
pub(crate) fn write_members<'v>(
    service: &Service,
    shape: &Shape,
    members: impl IntoIterator<Item = (&'v String, &'v Value)>,
    more: &[(&str, &str)],
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<(), Problem> {
    let members: Vec<_> = members.into_iter().filter(|(_, value)| **value != Value::Null).collect();
    head(out, MAP, (members.len() + more.len()) as u64);
    for (name, value) in more {
        text(out, name);
        text(out, value);
    }
    for (name, value) in members {
        let member = shape.member(name).ok_or_else(|| Problem::new("is no member of the model").within(name))?;
        text(out, wire_name(&member.target, service.target(&member.target), name));
        write(service, &member.target, value, out, depth + 1).map_err(|problem| problem.within(name))?;
    }
    Ok(())
}

/// A value as CBOR.
pub(crate) fn write(
    service: &Service,
    target: &ShapeRef,
    value: &Value,
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<(), Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::too_deep());
    }
    let shape = service.target(target);
    match (&shape.kind, value) {
        (_, Value::Null) => out.push(0xf6),
        (Kind::Structure(structure), Value::Map(members)) if !structure.document => {
            write_members(service, shape, members, &[], out, depth)?;
        }
        (Kind::List(element), Value::List(values)) => {
            head(out, ARRAY, values.len() as u64);
            for (index, value) in values.iter().enumerate() {
                write(service, element, value, out, depth + 1).map_err(|problem| problem.at(index))?;
            }
        }
        (Kind::Map { value: element, .. }, Value::Map(entries)) => {
            head(out, MAP, entries.len() as u64);
            for (name, value) in entries {
                text(out, name);
                write(service, element, value, out, depth + 1).map_err(|problem| problem.within(name))?;
            }
        }
        (Kind::String, Value::String(value)) => text(out, value),
        (Kind::Boolean, Value::Boolean(value)) => out.push(if *value { 0xf5 } else { 0xf4 }),
        (Kind::Integer | Kind::Long, Value::Integer(number)) => integer(out, *number),
        (Kind::Float, Value::Float(number)) => {
            // Smithy's float has 32 bits; a value that would change is written with 64, which every reader takes.
            let narrow = *number as f32;
            if f64::from(narrow) == *number && number.is_finite() {
                out.push(0xfa);
                out.extend_from_slice(&narrow.to_be_bytes());
            } else {
                double(out, *number);
            }
        }
        (Kind::Double, Value::Float(number)) => double(out, *number),
        (Kind::Double | Kind::Float, Value::Integer(number)) => double(out, *number as f64),
        (Kind::Blob, Value::Blob(bytes)) => {
            head(out, BYTES, bytes.len() as u64);
            out.extend_from_slice(bytes);
        }
        (Kind::Timestamp(_), Value::Timestamp(time)) => {
            head(out, TAG, EPOCH_TAG);
            if time.as_millis().rem_euclid(1000) == 0 {
                integer(out, time.as_seconds());
            } else {
                double(out, epoch_f64(*time));
            }
        }
        (kind, value) => return Err(Problem::expected(kind.as_str(), value.kind())),
    }
    Ok(())
}
