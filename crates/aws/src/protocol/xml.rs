//! XML bodies: answers of `query` and `ec2`, both ways of `rest-xml`.

mod body;
mod element;
mod writer;

pub(crate) use body::{read, read_members, write, write_members};
pub(crate) use element::{Element, parse};
pub(crate) use writer::Writer;
