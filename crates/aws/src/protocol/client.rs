//! The client's side: an input becomes a request, a response becomes an output or a [`Fault`].

mod checksum;
mod customize;
mod events;
mod fault;
mod listing;
mod prepare;
mod request;
mod response;

pub use checksum::add_checksum;
pub(crate) use fault::error_shape;
pub use listing::plain_keys;
pub use prepare::{Destination, PrepareError, Prepared, prepare};
pub use request::{Unsigned, encode, encode_as};
pub use response::{ResponseError, decode, decode_as};

#[cfg(doc)]
use crate::fault::Fault;
