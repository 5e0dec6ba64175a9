//! The only outbound socket: signs and sends what a permit allows, to the endpoint that is configured for the account.
//!
//! An account of our own directory may have an endpoint with static credentials for the services that Bailiwick itself is
//! not; our ruling is then the only gate before it. Nothing is retried here: whoever asks knows whether a repeat is
//! harmless.

mod invoke;
mod target;
mod transport;

pub use invoke::{Client, InvokeError, Sent};
pub use target::{Target, Targets};
pub use transport::{DEFAULT_TIMEOUT, MAX_RESPONSE_BYTES, Transport, TransportError};
