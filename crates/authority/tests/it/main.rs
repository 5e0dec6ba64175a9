//! The authority over an ephemeral store and the sample organization, end to end.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod api;
mod chat;
mod directory;
mod engines;
mod invariants;
mod matrix;
mod organization;
mod permissions;
mod policies;
mod remote;
mod rows;
mod sessions;
mod world;
