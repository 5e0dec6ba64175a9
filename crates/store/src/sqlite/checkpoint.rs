//! Writes the log back into the file beside the writer, so that commits need not wait for it.
//!
//! Only a log that is written back whole begins anew. Where commits follow each other so closely that the thread here never
//! gets there, the writer itself writes back the little that is left, at a longer log.

use super::connect::{self, failed};
use crate::StoreError;
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

/// After how many pages of the log (of 4 KiB) they are written back into the file. Every writing back waits for the disk
/// twice and writes a page once however often it changed, so that a longer log costs less; it takes this much more disk.
const LOG_PAGES: i32 = 4_000;
/// At how many pages the writer sees to it itself.
const MOST_PAGES: i32 = 4 * LOG_PAGES;
/// How often in a row the thread follows a writer that goes on meanwhile.
const TRIES: usize = 3;

/// The thread, which ends once the writer's connection has no hook any more.
pub(super) struct Checkpoints(JoinHandle<()>);

impl Checkpoints {
    /// Starts the thread for the writer's connection.
    pub(super) fn start(path: &Path, writer: &mut Connection) -> Result<Self, StoreError> {
        let db = connect::reader(path)?;
        let (sender, due) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(move || run(&db, &due))
            .map_err(|error| StoreError::unavailable(format!("no thread for checkpoints: {error}")))?;
        let mut log = Log { asked_at: 0, last: 0, sender };
        writer
            .wal_hook(Some(move |wal: &mut Wal, pages: i32| {
                log.committed(wal, pages);
                Ok(())
            }))
            .map_err(failed)?;
        Ok(Checkpoints(thread))
    }

    /// Ends the thread, after what it has begun.
    pub(super) fn stop(self, writer: &mut Connection) -> Result<(), StoreError> {
        writer.wal_hook(None::<fn(&mut Wal, i32) -> rusqlite::Result<()>>).map_err(failed)?;
        self.0.join().map_err(|_| StoreError::unavailable("the thread for checkpoints ended badly"))
    }
}

/// The log as the writer sees it after each commit.
struct Log {
    /// How long it was when the thread was last asked; 0 for a log that it was not asked for.
    asked_at: i32,
    last: i32,
    sender: SyncSender<()>,
}

impl Log {
    fn committed(&mut self, wal: &mut Wal, pages: i32) {
        if pages < self.last {
            self.asked_at = 0;
        }
        self.last = pages;
        if pages >= MOST_PAGES {
            // Nothing is lost where it fails or the thread is at it: the next commit comes here again.
            if let Err(error) = wal.checkpoint() {
                tracing::debug!(%error, pages, "the log is not written back yet");
            }
        } else if pages - self.asked_at >= LOG_PAGES {
            self.asked_at = pages;
            if let Err(TrySendError::Disconnected(())) = self.sender.try_send(()) {
                tracing::error!("the thread for checkpoints is gone; the writer sees to them itself");
            }
        }
    }
}

fn run(db: &Connection, due: &Receiver<()>) {
    while due.recv().is_ok() {
        for _ in 0..TRIES {
            // Whether it was busy, the pages of the log, and how many of them are in the file.
            let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
            match db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], read) {
                Ok((log, done)) if done < log => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "the log cannot be written back; it is tried again later");
                    break;
                }
            }
        }
    }
}
