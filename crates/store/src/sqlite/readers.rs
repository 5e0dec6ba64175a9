//! A few threads, each with a connection of its own, that take reads from one queue.

use super::connect;
use super::writer::ReadJob;
use crate::StoreError;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// How many reads may be queued before a read waits for room.
const QUEUE: usize = 1024;

pub(super) fn start(path: &Path, count: usize) -> Result<(mpsc::Sender<ReadJob>, Vec<JoinHandle<()>>), StoreError> {
    let (sender, jobs) = mpsc::channel::<ReadJob>(QUEUE);
    let jobs = Arc::new(Mutex::new(jobs));
    let mut threads = Vec::with_capacity(count);
    for number in 0..count.max(1) {
        let mut db = connect::reader(path)?;
        let jobs = Arc::clone(&jobs);
        let thread = std::thread::Builder::new()
            .name(format!("store-reader-{number}"))
            .spawn(move || {
                // The lock is held while waiting, not while reading: one thread waits, the others wait for it.
                while let Some(job) = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv() {
                    job(&mut db);
                }
            })
            .map_err(|error| StoreError::unavailable(format!("no thread for reading: {error}")))?;
        threads.push(thread);
    }
    Ok((sender, threads))
}
