//! The pages over rooms in memory, request by request.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must stop")]

#[path = "../../examples/demo/memory.rs"]
mod memory;

mod browser;
mod identity;
mod live;
mod pages;
mod protection;
mod sign_in;
