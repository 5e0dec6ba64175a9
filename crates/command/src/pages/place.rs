//! A path of member names, where a list of an answer stands.

use serde_json::{Map, Value as Json};

use crate::query::{Expression, QueryError};

/// Where something stands in an answer: member names from the outside in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place(Vec<String>);

impl Place {
    /// Reads a path of names and dots. What the models list is joined with is never more than that.
    pub(super) fn read(path: &str) -> Result<Place, QueryError> {
        let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match path.split('.').all(plain) {
            true => Ok(Place(path.split('.').map(str::to_owned).collect())),
            // A path with more in it is an expression, which can be searched but not set.
            false => Err(Expression::parse(path)
                .err()
                .unwrap_or(QueryError::Value { message: format!("`{path}` is not a path of member names") })),
        }
    }

    pub(super) fn find<'a>(&self, within: &'a Json) -> Option<&'a Json> {
        self.0.iter().try_fold(within, |value, name| value.get(name))
    }

    pub(super) fn find_mut<'a>(&self, within: &'a mut Json) -> Option<&'a mut Json> {
        self.0.iter().try_fold(within, |value, name| value.get_mut(name))
    }

    /// Puts a value there, with the structures around it where they are missing.
    pub(super) fn set(&self, within: &mut Json, value: Json) {
        let Some((last, around)) = self.0.split_last() else { return };
        let mut inner = within;
        for name in around {
            let Some(map) = structure(inner) else { return };
            inner = map.entry(name).or_insert(Json::Null);
        }
        if let Some(map) = structure(inner) {
            map.insert(last.clone(), value);
        }
    }

    /// Puts a value there; a structure that is there already gets its members.
    pub(super) fn add(&self, within: &mut Json, value: Json) {
        match (self.find_mut(within), value) {
            (Some(Json::Object(there)), Json::Object(members)) => there.extend(members),
            (_, value) => self.set(within, value),
        }
    }
}

/// The value as a structure; nothing becomes an empty one.
fn structure(value: &mut Json) -> Option<&mut Map<String, Json>> {
    if value.is_null() {
        *value = Json::Object(Map::new());
    }
    value.as_object_mut()
}
