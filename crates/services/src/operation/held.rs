//! Holds the inputs that handlers read to the models.
//!
//! Every input type is read twice: once from a value that has every member the model knows, so that no type can differ,
//! and while it is read, the names of the members it asks for are written down, so that none can be misspelled and none
//! that a caller sets is dropped without a word.

use std::collections::BTreeSet;

use bailiwick_aws::model::Kind;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::{Service, ShapeRef, Value};
use bailiwick_ident::Timestamp;
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor, value};

use crate::{Authorized, Context};

/// What a handler makes of an input: the members it asks for, as paths such as `Tags.Key`, or why it cannot read it.
pub(crate) type Read = fn(&Value) -> Result<BTreeSet<String>, String>;

/// Reads `input` as the handler's input type.
pub(crate) fn read<I: DeserializeOwned, F>(
    _handler: impl Fn(&'static Context<'static>, Authorized<I>) -> F,
    input: &Value,
) -> Result<BTreeSet<String>, String> {
    let mut asked = BTreeSet::new();
    match I::deserialize(Reading { value: input, path: String::new(), asked: &mut asked }) {
        Ok(_) => Ok(asked),
        Err(error) => Err(error.to_string()),
    }
}

struct Reading<'v, 'a> {
    value: &'v Value,
    path: String,
    asked: &'a mut BTreeSet<String>,
}

type Failure = value::Error;

impl<'de> Deserializer<'de> for Reading<'_, '_> {
    type Error = Failure;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        for field in fields {
            self.asked.insert(format!("{}{field}", self.path));
        }
        self.deserialize_map(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Value::Map(entries) = self.value else { return self.deserialize_any(visitor) };
        let entries: Vec<_> = entries.iter().collect();
        visitor.visit_map(Entries { entries: entries.into_iter(), value: None, path: self.path, asked: self.asked })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Value::List(elements) = self.value else { return self.deserialize_any(visitor) };
        visitor.visit_seq(Elements { elements: elements.iter(), path: self.path, asked: self.asked })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let text = self.value.as_str().unwrap_or_default().to_owned();
        let deserializer: value::StringDeserializer<Failure> = text.into_deserializer();
        deserializer.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::String(text) => visitor.visit_str(text),
            Value::Blob(bytes) => visitor.visit_bytes(bytes),
            Value::Timestamp(time) => visitor.visit_i64(time.as_millis()),
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Map(_) => self.deserialize_map(visitor),
            Value::Null | Value::Document(_) => visitor.visit_unit(),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct identifier ignored_any
    }
}

struct Entries<'v, 'a> {
    entries: std::vec::IntoIter<(&'v String, &'v Value)>,
    value: Option<(&'v String, &'v Value)>,
    path: String,
    asked: &'a mut BTreeSet<String>,
}

impl<'de> serde::de::MapAccess<'de> for Entries<'_, '_> {
    type Error = Failure;

    fn next_key_seed<K: serde::de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        self.value = self.entries.next();
        let Some((name, _)) = self.value else { return Ok(None) };
        let name: value::StringDeserializer<Failure> = name.clone().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: serde::de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        let (name, value) = self.value.unwrap();
        seed.deserialize(Reading { value, path: format!("{}{name}.", self.path), asked: self.asked })
            .map_err(|error| serde::de::Error::custom(format!("{}{name}: {error}", self.path)))
    }
}

struct Elements<'v, 'a> {
    elements: std::slice::Iter<'v, Value>,
    path: String,
    asked: &'a mut BTreeSet<String>,
}

impl<'de> serde::de::SeqAccess<'de> for Elements<'_, '_> {
    type Error = Failure;

    fn next_element_seed<S: serde::de::DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Failure> {
        let Some(value) = self.elements.next() else { return Ok(None) };
        seed.deserialize(Reading { value, path: self.path.clone(), asked: self.asked }).map(Some)
    }
}

/// A value with every member of a shape, and the paths of all members.
fn full(service: &Service, target: &ShapeRef, path: &str, members: &mut BTreeSet<String>, depth: usize) -> Value {
    let shape = service.target(target);
    match &shape.kind {
        Kind::Boolean => Value::Boolean(true),
        Kind::Integer | Kind::Long => Value::Integer(1),
        Kind::Float | Kind::Double => Value::Float(1.0),
        Kind::Blob => Value::Blob(b"x".to_vec()),
        Kind::Timestamp(_) => Value::Timestamp(Timestamp::from_seconds(1)),
        Kind::String => {
            let digits = shape.pattern().is_some_and(|pattern| pattern.contains("\\d{12}"));
            let first = shape.enum_values().first().map_or("x", AsRef::as_ref);
            Value::from(if digits { "444455556666" } else { first })
        }
        Kind::List(element) => Value::list([full(service, element, path, members, depth + 1)]),
        Kind::Map { value, .. } => Value::map([("x", full(service, value, &format!("{path}x."), members, depth + 1))]),
        Kind::Structure(_) if depth > 8 => Value::empty(),
        Kind::Structure(_) => Value::map(shape.members().iter().map(|member| {
            let name = format!("{path}{}", member.name);
            members.insert(name.clone());
            (member.name.to_string(), full(service, &member.target, &format!("{name}."), members, depth + 1))
        })),
    }
}

/// Members of the models that handlers do not look at: service, operation, member.
const UNREAD: &[(&str, &str, &str)] = &[
    // Everybody in the built-in chat is a private user with the one licence there is.
    ("chime", "CreateUser", "UserType"),
    ("chime", "ListUsers", "UserType"),
    ("chime", "UpdateAccount", "DefaultLicense"),
    // A choice among EC2's scenarios, which IAM says it ignores for other services and we do not know.
    ("iam", "SimulateCustomPolicy", "ResourceHandlingOption"),
    ("iam", "SimulatePrincipalPolicy", "ResourceHandlingOption"),
    // There is no billing here that it could open.
    ("organizations", "CreateAccount", "IamUserAccessToBilling"),
    ("organizations", "CreateGovCloudAccount", "IamUserAccessToBilling"),
    // A condition key of the trust policy: the decision has read it.
    ("sts", "AssumeRole", "ExternalId"),
    // The token is verified before the decision, and the caller is what it says.
    ("sts", "AssumeRoleWithWebIdentity", "ProviderId"),
    ("sts", "AssumeRoleWithWebIdentity", "WebIdentityToken"),
];

#[test]
fn handlers_read_what_the_models_say_and_leave_nothing_out() {
    let pack = Pack::embedded().unwrap();
    let mut wrong = Vec::new();
    let mut excused = BTreeSet::new();
    for (service, entries) in crate::frame::SERVICES {
        let model = pack.service(service).unwrap();
        let (mut asked_by_service, mut members_of_service) = (BTreeSet::new(), BTreeSet::new());
        for entry in *entries {
            let Some(operation) = model.operation(entry.name) else {
                wrong.push(format!("{service}:{} is not in the model", entry.name));
                continue;
            };
            let mut members = BTreeSet::new();
            let input = match &operation.input {
                Some(target) => full(&model, target, "", &mut members, 0),
                None => Value::empty(),
            };
            let asked = match (entry.read)(&input) {
                Ok(asked) => asked,
                Err(error) => {
                    wrong.push(format!("{service}:{} cannot read its input: {error}", entry.name));
                    continue;
                }
            };
            asked_by_service.extend(asked.iter().cloned());
            members_of_service.extend(members.iter().cloned());
            for name in members.difference(&asked) {
                let parent_unread = name.rsplit_once('.').is_some_and(|(parent, _)| !asked.contains(parent));
                let key = (*service, entry.name, name.as_str());
                if let Some(place) = UNREAD.iter().position(|unread| *unread == key) {
                    excused.insert(place);
                } else if !parent_unread {
                    wrong.push(format!("{service}:{} does not look at `{name}`", entry.name));
                }
            }
        }
        // One type may serve several operations, so a name is wrong only when no operation of the service has it.
        for name in asked_by_service.difference(&members_of_service) {
            wrong.push(format!("{service}: a handler reads `{name}`, which no operation has"));
        }
    }
    for (_, key) in UNREAD.iter().enumerate().filter(|(place, _)| !excused.contains(place)) {
        wrong.push(format!("{key:?} needs no excuse"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
