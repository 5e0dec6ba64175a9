//! The services over a real authority and a store in memory, with the sample organization.

mod calls;
mod frame;
mod rooms;
mod world;
