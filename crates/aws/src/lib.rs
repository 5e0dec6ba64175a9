//! What AWS speaks: the models of its services, its wire protocols, signatures, endpoints, and the catalogue of actions,
//! resources and condition keys.
//!
//! [`model`] is a service as a value: operations, shapes, members in the model's order. [`value`] is one input or output
//! of an operation. [`pack`] holds every service in a compact form and inflates one on first use. Everything here is
//! pure: bytes and values in, bytes and values out. Nothing here decides whether a call is allowed.

pub mod catalogue;
mod crc;
pub mod endpoint;
pub mod fault;
pub mod http;
pub mod model;
pub mod pack;
pub mod protocol;
pub mod sigv4;
pub mod support;
pub mod validate;
pub mod value;

pub use fault::{Fault, FaultSide};
pub use model::{Operation, Service, Shape, ShapeId, ShapeRef};
pub use value::Value;
