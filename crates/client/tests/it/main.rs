//! The client against servers in the test process: a proxy, a server with a private certificate, one that speaks CBOR, and one
//! that gives sessions of roles.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod calls;
mod network;
mod peer;
