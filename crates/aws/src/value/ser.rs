//! Makes a [`Value`] from a derived struct whose fields carry AWS's member names.

use bailiwick_ident::Timestamp;
use indexmap::IndexMap;
use serde::ser::{self, Serialize};

use super::{MAX_DEPTH, Value};
use crate::model::{Kind, Service, ShapeRef};

/// A type that cannot be a value, or is not of the form that the model asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SerializeError(String);

impl ser::Error for SerializeError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        SerializeError(message.to_string())
    }
}

impl Value {
    /// Makes a value of `data` without a model: numbers stay numbers, byte vectors become lists. Use
    /// [`Value::serialize_as`] for the input or output of an operation.
    pub fn serialize<T: Serialize + ?Sized>(data: &T) -> Result<Value, SerializeError> {
        data.serialize(ToValue)
    }

    /// Makes a value of `data` as the model has it: whole numbers where the model has a timestamp are milliseconds (the
    /// form of [`bailiwick_ident::Timestamp`]), bytes become blobs. Fails on members that the model does not have.
    pub fn serialize_as<T: Serialize + ?Sized>(
        data: &T,
        service: &Service,
        target: &ShapeRef,
    ) -> Result<Value, SerializeError> {
        conform(Value::serialize(data)?, service, target, 0)
    }
}

fn conform(value: Value, service: &Service, target: &ShapeRef, depth: usize) -> Result<Value, SerializeError> {
    if depth > MAX_DEPTH {
        return Err(SerializeError("the value is nested too deeply".to_owned()));
    }
    let shape = service.target(target);
    if shape.is_document() {
        return Ok(match value {
            Value::Document(json) => Value::Document(json),
            other => Value::Document(super::json::to_json(&other, super::json::TimestampStyle::Rfc3339)),
        });
    }
    let wrong = |value: &Value| {
        SerializeError(format!("`{}` is modelled as {}, not {}", shape.name, shape.kind.as_str(), value.kind()))
    };
    Ok(match (&shape.kind, value) {
        (_, Value::Null) => Value::Null,
        (Kind::Timestamp(_), Value::Integer(millis)) => Value::Timestamp(Timestamp::from_millis(millis)),
        (Kind::Blob, Value::List(elements)) => {
            let byte = |element: &Value| element.as_i64().and_then(|number| u8::try_from(number).ok());
            match elements.iter().map(byte).collect::<Option<Vec<u8>>>() {
                Some(bytes) => Value::Blob(bytes),
                None => return Err(wrong(&Value::List(elements))),
            }
        }
        (Kind::Blob, Value::String(text)) => Value::Blob(text.into_bytes()),
        (Kind::Float | Kind::Double, Value::Integer(number)) => Value::Float(number as f64),
        (Kind::List(element), Value::List(elements)) => Value::List(
            elements.into_iter().map(|value| conform(value, service, element, depth + 1)).collect::<Result<_, _>>()?,
        ),
        (Kind::Map { value: target, .. }, Value::Map(entries)) => Value::Map(
            entries
                .into_iter()
                .map(|(name, value)| Ok((name, conform(value, service, target, depth + 1)?)))
                .collect::<Result<_, SerializeError>>()?,
        ),
        (Kind::Structure(_), Value::Map(entries)) => {
            let mut members = IndexMap::with_capacity(entries.len());
            for (name, value) in entries {
                let member = shape
                    .member(&name)
                    .ok_or_else(|| SerializeError(format!("`{}` has no member `{name}`", shape.name)))?;
                if value != Value::Null {
                    members.insert(name, conform(value, service, &member.target, depth + 1)?);
                }
            }
            Value::Map(members)
        }
        (Kind::Boolean, value @ Value::Boolean(_))
        | (Kind::Integer | Kind::Long, value @ Value::Integer(_))
        | (Kind::Float | Kind::Double, value @ Value::Float(_))
        | (Kind::String, value @ Value::String(_))
        | (Kind::Blob, value @ Value::Blob(_))
        | (Kind::Timestamp(_), value @ Value::Timestamp(_)) => value,
        (_, value) => return Err(wrong(&value)),
    })
}

struct ToValue;

struct Elements(Vec<Value>, Option<&'static str>);

struct Entries(IndexMap<String, Value>, Option<String>, Option<&'static str>);

fn wrapped(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(variant) => Value::map([(variant, value)]),
        None => value,
    }
}

impl ser::Serializer for ToValue {
    type Ok = Value;
    type Error = SerializeError;
    type SerializeSeq = Elements;
    type SerializeTuple = Elements;
    type SerializeTupleStruct = Elements;
    type SerializeTupleVariant = Elements;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    fn serialize_bool(self, value: bool) -> Result<Value, SerializeError> {
        Ok(Value::Boolean(value))
    }
    fn serialize_i8(self, number: i8) -> Result<Value, SerializeError> {
        Ok(Value::Integer(number.into()))
    }
    fn serialize_i16(self, number: i16) -> Result<Value, SerializeError> {
        Ok(Value::Integer(number.into()))
    }
    fn serialize_i32(self, number: i32) -> Result<Value, SerializeError> {
        Ok(Value::Integer(number.into()))
    }
    fn serialize_i64(self, number: i64) -> Result<Value, SerializeError> {
        Ok(Value::Integer(number))
    }
    fn serialize_u8(self, number: u8) -> Result<Value, SerializeError> {
        Ok(Value::Integer(number.into()))
    }
    fn serialize_u16(self, number: u16) -> Result<Value, SerializeError> {
        Ok(Value::Integer(number.into()))
    }
    fn serialize_u32(self, number: u32) -> Result<Value, SerializeError> {
        Ok(Value::Integer(number.into()))
    }
    fn serialize_u64(self, number: u64) -> Result<Value, SerializeError> {
        i64::try_from(number).map(Value::Integer).map_err(|_| SerializeError(format!("`{number}` is too large")))
    }
    fn serialize_f32(self, number: f32) -> Result<Value, SerializeError> {
        Ok(Value::Float(number.into()))
    }
    fn serialize_f64(self, number: f64) -> Result<Value, SerializeError> {
        Ok(Value::Float(number))
    }
    fn serialize_char(self, value: char) -> Result<Value, SerializeError> {
        Ok(Value::String(value.to_string()))
    }
    fn serialize_str(self, text: &str) -> Result<Value, SerializeError> {
        Ok(Value::String(text.to_owned()))
    }
    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value, SerializeError> {
        Ok(Value::Blob(bytes.to_vec()))
    }
    fn serialize_none(self) -> Result<Value, SerializeError> {
        Ok(Value::Null)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, SerializeError> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<Value, SerializeError> {
        Ok(Value::Null)
    }
    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value, SerializeError> {
        Ok(Value::empty())
    }
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value, SerializeError> {
        Ok(Value::String(variant.to_owned()))
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Value, SerializeError> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, SerializeError> {
        Ok(wrapped(Some(variant), value.serialize(ToValue)?))
    }
    fn serialize_seq(self, length: Option<usize>) -> Result<Elements, SerializeError> {
        Ok(Elements(Vec::with_capacity(length.unwrap_or(0).min(1024)), None))
    }
    fn serialize_tuple(self, length: usize) -> Result<Elements, SerializeError> {
        self.serialize_seq(Some(length))
    }
    fn serialize_tuple_struct(self, _name: &'static str, length: usize) -> Result<Elements, SerializeError> {
        self.serialize_seq(Some(length))
    }
    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Elements, SerializeError> {
        Ok(Elements(Vec::with_capacity(length), Some(variant)))
    }
    fn serialize_map(self, _length: Option<usize>) -> Result<Entries, SerializeError> {
        Ok(Entries(IndexMap::new(), None, None))
    }
    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Entries, SerializeError> {
        Ok(Entries(IndexMap::new(), None, None))
    }
    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Entries, SerializeError> {
        Ok(Entries(IndexMap::new(), None, Some(variant)))
    }
}

impl Elements {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.0.push(value.serialize(ToValue)?);
        Ok(())
    }

    fn finish(self) -> Result<Value, SerializeError> {
        Ok(wrapped(self.1, Value::List(self.0)))
    }
}

impl ser::SerializeSeq for Elements {
    type Ok = Value;
    type Error = SerializeError;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.push(value)
    }
    fn end(self) -> Result<Value, SerializeError> {
        self.finish()
    }
}

impl ser::SerializeTuple for Elements {
    type Ok = Value;
    type Error = SerializeError;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.push(value)
    }
    fn end(self) -> Result<Value, SerializeError> {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for Elements {
    type Ok = Value;
    type Error = SerializeError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.push(value)
    }
    fn end(self) -> Result<Value, SerializeError> {
        self.finish()
    }
}

impl ser::SerializeTupleVariant for Elements {
    type Ok = Value;
    type Error = SerializeError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.push(value)
    }
    fn end(self) -> Result<Value, SerializeError> {
        self.finish()
    }
}

impl Entries {
    /// Fields of a struct that are `None` are absent, not null.
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), SerializeError> {
        match value.serialize(ToValue)? {
            Value::Null => {}
            value => {
                self.0.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Value, SerializeError> {
        Ok(wrapped(self.2, Value::Map(self.0)))
    }
}

impl ser::SerializeMap for Entries {
    type Ok = Value;
    type Error = SerializeError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), SerializeError> {
        self.1 = Some(match key.serialize(ToValue)? {
            Value::String(text) => text,
            Value::Integer(number) => number.to_string(),
            Value::Boolean(value) => value.to_string(),
            _ => return Err(SerializeError("the key of a map must be text".to_owned())),
        });
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        let key = self.1.take().ok_or_else(|| SerializeError("a map's value came before its key".to_owned()))?;
        self.0.insert(key, value.serialize(ToValue)?);
        Ok(())
    }
    fn end(self) -> Result<Value, SerializeError> {
        self.finish()
    }
}

impl ser::SerializeStruct for Entries {
    type Ok = Value;
    type Error = SerializeError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), SerializeError> {
        self.field(name, value)
    }
    fn end(self) -> Result<Value, SerializeError> {
        self.finish()
    }
}

impl ser::SerializeStructVariant for Entries {
    type Ok = Value;
    type Error = SerializeError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), SerializeError> {
        self.field(name, value)
    }
    fn end(self) -> Result<Value, SerializeError> {
        self.finish()
    }
}
