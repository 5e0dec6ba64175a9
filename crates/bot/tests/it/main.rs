//! The bot over a real store, authority and services: what goes in as a message comes out as an answer, once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod agree;
mod approve;
mod doubt;
mod paging;
mod policies;
mod room;
mod talk;
mod theirs;
mod verbs;
