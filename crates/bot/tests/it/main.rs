//! The bot over a real store, authority and services: what goes in as a message comes out as an answer, once.

mod room;
mod talk;
mod theirs;
