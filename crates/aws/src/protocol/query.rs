//! Form bodies of `query` and `ec2`, both ways. Answers of both are XML; see [`super::xml`].

mod read;
mod tree;
mod write;

pub(crate) use read::read_input;
pub(crate) use tree::Tree;
pub(crate) use write::write_input;

use super::names::wire_name;
use crate::model::{Shape, ShapeRef};

/// The two ways of writing a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Ec2,
    Query,
}

impl Dialect {
    /// A member's name: EC2 has names of its own and writes the others with a capital.
    fn member_name(self, target: &ShapeRef, shape: &Shape, default: &str) -> String {
        if self == Dialect::Query {
            return wire_name(target, shape, default).to_owned();
        }
        if let Some(name) = target.query_name() {
            return name.to_owned();
        }
        let Some(name) = target.location_name.as_deref().or(shape.location_name.as_deref()) else {
            return default.to_owned();
        };
        let mut letters = name.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    }
}
