//! CBOR bodies (RFC 8949), of `smithy-rpc-v2-cbor`.

mod read;
mod write;

pub(crate) use read::{Item, parse, read, read_members};
pub(crate) use write::{write, write_members, write_text_map};
