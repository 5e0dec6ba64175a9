//! The services over a real authority and a store in memory, with the sample organization.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod admission;
mod calls;
mod captures;
mod channels;
mod frame;
mod manual;
mod rooms;
mod sessions;
mod sign_in;
mod usage;
mod world;
