//! The server's side: a request becomes an operation and its input, an output or a [`Fault`] becomes a response.

mod fault;
mod response;
mod route;

pub use fault::encode_fault;
pub use route::{Route, protocol_of, route};

#[cfg(doc)]
use crate::fault::Fault;
