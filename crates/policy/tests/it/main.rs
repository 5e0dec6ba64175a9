//! Tests of the crate from outside.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod conformance;
mod damage;
mod rules;
mod simulator;
