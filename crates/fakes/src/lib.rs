//! Chat platforms that are none: they speak as the real ones do, enforce their limits, and keep what is said, for tests and
//! for trying out. They trust whoever reaches them and belong on this machine only.

mod keys;
mod sign_in;
pub mod slack;
pub mod teams;
