//! Tests of the crate from outside: against other implementations, and over every modelled operation.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod boto_client;
mod botocore;
mod damaged;
mod endpoints;
mod frames;
mod generate;
mod prepared;
mod round_trip;
mod sigv4;
mod wire;
