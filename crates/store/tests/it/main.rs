//! The store from outside: the conformance suite, files and locks, crashes, tampering, throughput.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

mod conformance;
mod crash;
mod folder;
mod model;
mod tamper;
mod throughput;

use bailiwick_store::vault::MasterKey;
use bailiwick_store::{Settings, SqliteStore};

fn ephemeral() -> SqliteStore {
    SqliteStore::ephemeral(MasterKey::from_bytes([9; 32]), &Settings::default()).unwrap()
}

fn open(folder: &std::path::Path) -> SqliteStore {
    SqliteStore::open(folder, &Settings::default()).unwrap()
}
