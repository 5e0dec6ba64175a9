//! Wire protocols, both ways, interpreted over the models: `query`, `ec2`, `json`, `rest-json`, `rest-xml` and
//! `smithy-rpc-v2-cbor`.
//!
//! [`client`] writes requests and reads responses, [`server`] reads requests and writes responses. What one writes the
//! other reads back. Neither validates: a value that fits its types may still break a limit of the model. Nothing here
//! sends, signs or resolves endpoints. The rules are those of AWS's protocol specifications (Smithy) and, where these are
//! silent, what botocore and the live services do.

pub mod client;
pub mod eventstream;
pub mod server;
pub mod timestamp;

mod cbor;
mod customary;
mod json;
mod names;
mod problem;
mod query;
mod rest;
mod scalar;
mod xml;

pub use customary::settle;
pub use problem::{Problem, WireError};

use crate::model::{Operation, Service};
use crate::value::Value;

/// The longest request body that [`server`] reads, in bytes.
pub const MAX_REQUEST_BODY: usize = 16 * 1024 * 1024;
/// The longest response body that [`client`] reads, in bytes.
pub const MAX_RESPONSE_BODY: usize = 256 * 1024 * 1024;

/// Fills every idempotency token of the input that the caller left out. `token` must be unique to the act and the same
/// for its repeats, 32 to 64 characters. Returns whether there was one to fill.
pub fn fill_idempotency_tokens(service: &Service, operation: &Operation, input: &mut Value, token: &str) -> bool {
    let Some(shape) = operation.input.as_ref().map(|target| service.target(target)) else { return false };
    let Some(members) = input.as_map_mut() else { return false };
    let mut filled = false;
    for member in shape.members().iter().filter(|member| member.target.idempotency_token) {
        if !members.contains_key(&*member.name) {
            members.insert(member.name.to_string(), Value::from(token));
            filled = true;
        }
    }
    filled
}
