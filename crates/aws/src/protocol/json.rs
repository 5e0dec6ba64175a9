//! JSON bodies, of `json` and `rest-json`.

use indexmap::IndexMap;
use serde_json::{Map, Number, Value as Json};

use super::names::wire_name;
use super::problem::Problem;
use super::scalar::{Reading, base64_decode, base64_encode, float_from_text, from_text};
use super::timestamp;
use crate::model::{Kind, Service, Shape, ShapeRef, TimestampFormat};
use crate::value::{MAX_DEPTH, Value};

/// The members of a structure that belong into the body, as a JSON object.
pub(crate) fn write_members<'v>(
    service: &Service,
    shape: &Shape,
    members: impl IntoIterator<Item = (&'v String, &'v Value)>,
    depth: usize,
) -> Result<Json, Problem> {
    let mut out = Map::new();
    for (name, value) in members {
        if *value == Value::Null {
            continue;
        }
        let member = shape.member(name).ok_or_else(|| Problem::new("is no member of the model").within(name))?;
        let target = service.target(&member.target);
        let json = write(service, &member.target, value, depth + 1).map_err(|problem| problem.within(name))?;
        out.insert(wire_name(&member.target, target, name).to_owned(), json);
    }
    Ok(Json::Object(out))
}

/// A value as JSON.
pub(crate) fn write(service: &Service, target: &ShapeRef, value: &Value, depth: usize) -> Result<Json, Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::too_deep());
    }
    let shape = service.target(target);
    Ok(match (&shape.kind, value) {
        (_, Value::Null) => Json::Null,
        (Kind::Structure(structure), Value::Document(json)) if structure.document => json.clone(),
        (Kind::Structure(structure), _) if structure.document => {
            return Err(Problem::expected("document", value.kind()));
        }
        (Kind::Structure(_), Value::Map(members)) => write_members(service, shape, members, depth)?,
        (Kind::List(element), Value::List(values)) => {
            let mut out = Vec::with_capacity(values.len());
            for (index, value) in values.iter().enumerate() {
                out.push(write(service, element, value, depth + 1).map_err(|problem| problem.at(index))?);
            }
            Json::Array(out)
        }
        (Kind::Map { value: element, .. }, Value::Map(entries)) => {
            let mut out = Map::new();
            for (name, value) in entries {
                let json = write(service, element, value, depth + 1).map_err(|problem| problem.within(name))?;
                out.insert(name.clone(), json);
            }
            Json::Object(out)
        }
        (Kind::String, Value::String(text)) => Json::String(text.clone()),
        (Kind::Boolean, Value::Boolean(value)) => Json::Bool(*value),
        (Kind::Integer | Kind::Long | Kind::Double | Kind::Float, Value::Integer(number)) => Json::from(*number),
        (Kind::Double | Kind::Float, Value::Float(number)) => match Number::from_f64(*number) {
            Some(number) => Json::Number(number),
            None => Json::String(super::scalar::float_text(*number)),
        },
        (Kind::Blob, Value::Blob(bytes)) => Json::String(base64_encode(bytes)),
        (Kind::Timestamp(format), Value::Timestamp(time)) => match format {
            None | Some(TimestampFormat::UnixTimestamp) => timestamp::epoch_json(*time),
            Some(format) => Json::String(timestamp::format(*time, *format)),
        },
        (kind, value) => return Err(Problem::expected(kind.as_str(), value.kind())),
    })
}

/// Reads JSON text, bounded in depth.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json, Problem> {
    // serde_json itself refuses more than 128 levels; ours are counted while reading the value.
    serde_json::from_slice(bytes).map_err(|error| Problem::new(format!("the body is not JSON: {error}")))
}

/// The members of a structure that a JSON object holds, in the model's order. Unknown ones are ignored.
/// `in_body` says which members are to be looked for.
pub(crate) fn read_members(
    service: &Service,
    shape: &Shape,
    object: &Map<String, Json>,
    reading: Reading,
    depth: usize,
    in_body: impl Fn(&ShapeRef) -> bool,
) -> Result<IndexMap<String, Value>, Problem> {
    let mut out = IndexMap::new();
    for member in shape.members().iter().filter(|member| in_body(&member.target)) {
        let target = service.target(&member.target);
        match object.get(wire_name(&member.target, target, &member.name)) {
            None | Some(Json::Null) => {}
            Some(json) => {
                let value = read(service, &member.target, json, reading, depth + 1)
                    .map_err(|problem| problem.within(&member.name))?;
                out.insert(member.name.to_string(), value);
            }
        }
    }
    Ok(out)
}

/// The value of JSON. The texts of problems in requests are those of AWS's own reader.
pub(crate) fn read(
    service: &Service,
    target: &ShapeRef,
    json: &Json,
    reading: Reading,
    depth: usize,
) -> Result<Value, Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::too_deep());
    }
    let shape = service.target(target);
    if json.is_null() {
        return Ok(Value::Null);
    }
    Ok(match (&shape.kind, json) {
        (Kind::Structure(structure), json) if structure.document => Value::Document(json.clone()),
        (Kind::Structure(_), Json::Object(object)) => {
            Value::Map(read_members(service, shape, object, reading, depth, |_| true)?)
        }
        (Kind::List(element), Json::Array(values)) => {
            let mut out = Vec::with_capacity(values.len());
            for (index, json) in values.iter().enumerate() {
                out.push(read(service, element, json, reading, depth + 1).map_err(|problem| problem.at(index))?);
            }
            Value::List(out)
        }
        (Kind::Map { value: element, .. }, Json::Object(object)) => {
            let mut out = IndexMap::with_capacity(object.len());
            for (name, json) in object {
                let value = read(service, element, json, reading, depth + 1).map_err(|problem| problem.within(name))?;
                out.insert(name.clone(), value);
            }
            Value::Map(out)
        }
        (Kind::String, Json::String(text)) => Value::String(text.clone()),
        (Kind::Boolean, Json::Bool(value)) => Value::Boolean(*value),
        (Kind::Integer | Kind::Long, Json::Number(number)) => whole(&shape.kind, number, reading)?,
        (Kind::Double | Kind::Float, Json::Number(number)) => {
            Value::Float(number.as_f64().ok_or_else(|| wrong_kind(&shape.kind, json))?)
        }
        (Kind::Double | Kind::Float, Json::String(text)) if reading == Reading::Request => match &**text {
            "NaN" | "Infinity" | "-Infinity" => {
                Value::Float(float_from_text(text).ok_or_else(|| wrong_kind(&shape.kind, json))?)
            }
            _ => return Err(wrong_kind(&shape.kind, json)),
        },
        (Kind::Blob, Json::String(text)) => Value::Blob(base64_decode(text)?),
        (Kind::Timestamp(_), Json::Number(number)) => {
            let seconds = number.as_f64().ok_or_else(|| wrong_kind(&shape.kind, json))?;
            let time = timestamp::from_epoch_f64(seconds).ok_or_else(|| wrong_kind(&shape.kind, json))?;
            match reading {
                Reading::Response if timestamp::epoch_json(time) != *json => Value::Float(seconds),
                _ => Value::Timestamp(time),
            }
        }
        (Kind::Timestamp(format), Json::String(text)) => {
            let time = timestamp::parse(text).ok_or_else(|| wrong_kind(&shape.kind, json))?;
            match reading {
                Reading::Request => Value::Timestamp(time),
                Reading::Response => timestamp::as_it_came(time, *format, text),
            }
        }
        // Services answer with texts for numbers and truth values now and then; clients take them.
        (Kind::Boolean | Kind::Integer | Kind::Long | Kind::Double | Kind::Float, Json::String(text))
            if reading == Reading::Response =>
        {
            from_text(&shape.kind, text, reading)?
        }
        (Kind::String, Json::Number(_) | Json::Bool(_)) if reading == Reading::Response => {
            Value::String(json.to_string())
        }
        (kind, json) => return Err(wrong_kind(kind, json)),
    })
}

fn whole(kind: &Kind, number: &Number, reading: Reading) -> Result<Value, Problem> {
    let text = || Problem::new(format!("{number} is not a whole number in the range of {}", kind.as_str()));
    let value = match (number.as_i64(), number.as_f64()) {
        (Some(value), _) => value,
        (None, Some(float)) if float.fract() == 0.0 && float.abs() < 9e15 => float as i64,
        (None, Some(float)) if reading == Reading::Response && float.is_finite() && float.abs() < 9e15 => float as i64,
        _ => return Err(text()),
    };
    if reading == Reading::Request && *kind == Kind::Integer && i32::try_from(value).is_err() {
        return Err(text());
    }
    Ok(Value::Integer(value))
}

/// In the words of AWS's JSON services.
fn wrong_kind(kind: &Kind, json: &Json) -> Problem {
    let token = match json {
        Json::Array(_) => return Problem::new("Start of list found where not expected"),
        Json::Object(_) => return Problem::new("Start of structure or map found where not expected."),
        Json::Bool(true) => "TRUE_VALUE",
        Json::Bool(false) => "FALSE_VALUE",
        Json::Null => "NULL_VALUE",
        Json::Number(number) if number.is_f64() => "DECIMAL_VALUE",
        Json::Number(_) => "NUMBER_VALUE",
        Json::String(_) => "STRING_VALUE",
    };
    match kind {
        Kind::List(_) => Problem::new("Expected list or null"),
        Kind::Map { .. } => Problem::new("Expected map or null"),
        Kind::Structure(_) => Problem::new("Unexpected value type in payload"),
        Kind::String => Problem::new(format!("{token} can not be converted to a String")),
        Kind::Boolean => Problem::new(format!("{token} can not be converted to a Boolean")),
        Kind::Integer => Problem::new(format!("{token} can not be converted to an Integer")),
        Kind::Long => Problem::new(format!("{token} can not be converted to a Long")),
        Kind::Float => Problem::new(format!("{token} can not be converted to a Float")),
        Kind::Double => Problem::new(format!("{token} can not be converted to a Double")),
        Kind::Timestamp(_) => Problem::new(format!("{token} can not be converted to a Timestamp")),
        Kind::Blob => Problem::new(format!("{token} can not be converted to a Blob")),
    }
}
