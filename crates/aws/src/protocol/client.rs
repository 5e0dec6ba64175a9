//! The client's side: an input becomes a request, a response becomes an output or a [`Fault`].

mod checksum;
mod fault;
mod request;
mod response;

pub use checksum::add_checksum;
pub(crate) use fault::error_shape;
pub use request::{Unsigned, encode, encode_as};
pub use response::{ResponseError, decode, decode_as};

#[cfg(doc)]
use crate::fault::Fault;
