//! The command language held to the AWS CLI itself, which a Python with `awscli` runs.
//!
//! `BAILIWICK_PYTHON` names that Python; without it each test prints that it was skipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops where something is wrong, and says what it skipped"
)]

mod cli;
mod damaged;
mod generate;
mod output;
mod pages;
mod python;
mod query;
