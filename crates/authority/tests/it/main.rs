//! The authority over an ephemeral store and the sample organization, end to end.

mod api;
mod chat;
mod invariants;
mod organization;
mod rows;
mod sessions;
mod world;
