//! The one thread that writes. It takes everything that is queued, applies each piece in a savepoint of its own, and commits
//! them together: one wait for the disk serves all that came while the last one was under way. Nobody is answered before.

use super::apply::apply;
use super::audit::Sealer;
use super::checkpoint::Checkpoints;
use super::connect::failed;
use super::hand::Hand;
use super::known::{Known, Touched};
use super::work;
use crate::{Change, Claim, Committed, Handing, InboxRow, OutboxRow, StoreError};
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};

/// How much may be queued before `commit` waits for room.
const QUEUE: usize = 1024;

/// At most so many pieces share one commit.
const BATCH: usize = 256;

/// Where an answer goes. An asker who went away does not matter.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// A read, run on some connection; it answers by itself.
pub(super) type ReadJob = Box<dyn FnOnce(&mut Connection) + Send>;

pub(super) enum Job {
    Commit(Change, Reply<Committed>),
    ClaimInbox(Claim, Reply<Vec<InboxRow>>),
    ClaimOutbox(Claim, work::Rows, Reply<Vec<OutboxRow>>),
    HandPosts(Handing, Reply<mpsc::Receiver<OutboxRow>>),
    /// Only for a store in memory, which has one connection.
    Read(ReadJob),
    /// Ends the thread after what was queued before.
    Close(Reply<()>),
}

/// An answer that waits for the common commit; it is given the commit's failure, if there is one.
type Held = Box<dyn FnOnce(Option<&StoreError>)>;

fn hold<T: 'static>(reply: Reply<T>, answer: Result<T, StoreError>) -> Held {
    Box::new(move |failure| {
        let answer = failure.map_or(answer, |error| Err(error.clone()));
        let _ = reply.send(answer);
    })
}

/// What the writer tells those who ask the store.
#[derive(Clone, Default)]
pub(super) struct Shared {
    pub(super) known: Arc<Known>,
    pub(super) inbox_mark: Arc<AtomicU64>,
}

pub(super) struct Writer {
    db: Connection,
    sealer: Sealer,
    shared: Shared,
    hand: Hand,
    jobs: mpsc::Receiver<Job>,
    /// None for a store in memory.
    checkpoints: Option<Checkpoints>,
    /// Why the present transaction cannot be committed: SQLite ended it by itself, or a piece could not be taken back.
    broken: Option<StoreError>,
}

/// What holds as long as the thread runs and is given back when it ends.
pub(super) type Guard = Box<dyn Send>;

/// Starts the thread. It keeps `guard` until it has closed the database.
pub(super) fn start(
    db: Connection,
    sealer: Sealer,
    shared: Shared,
    checkpoints: Option<Checkpoints>,
    guard: Guard,
) -> Result<(mpsc::Sender<Job>, std::thread::JoinHandle<()>), StoreError> {
    let (sender, jobs) = mpsc::channel(QUEUE);
    let writer = Writer { db, sealer, shared, hand: Hand::default(), jobs, checkpoints, broken: None };
    let thread = std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || {
            let reply = writer.run();
            drop(guard);
            if let Some((reply, answer)) = reply {
                let _ = reply.send(answer);
            }
        })
        .map_err(|error| StoreError::unavailable(format!("no thread for the writer: {error}")))?;
    Ok((sender, thread))
}

impl Writer {
    /// Works until it is told to close or nobody can send any more. Returns the answer that is due once everything is closed.
    fn run(mut self) -> Option<(Reply<()>, Result<(), StoreError>)> {
        let mut closing = None;
        let mut batch = Vec::with_capacity(BATCH);
        while closing.is_none() && self.jobs.blocking_recv_many(&mut batch, BATCH) > 0 {
            let mut reads = Vec::new();
            let mut writes = Vec::with_capacity(batch.len());
            for job in batch.drain(..) {
                match job {
                    Job::Read(read) => reads.push(read),
                    Job::Close(reply) => closing = Some(reply),
                    other if closing.is_none() => writes.push(other),
                    _ => {}
                }
            }
            self.write(writes);
            for read in reads {
                read(&mut self.db);
            }
        }
        let closed = self.close();
        closing.map(|reply| (reply, closed))
    }

    /// Applies the pieces and answers them after the common commit.
    fn write(&mut self, jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        let tail = self.sealer.tail;
        let mut held = Vec::with_capacity(jobs.len());
        let mut touched = Touched::default();
        let outcome = self.transaction(jobs, &mut held, &mut touched);
        match outcome {
            Ok(()) => self.hand.give(),
            Err(_) => self.hand.take_back(0),
        }
        // Also after a failure: it may be the failure of what came after the commit.
        self.shared.known.changed(&touched);
        if touched.inbox() {
            self.shared.inbox_mark.fetch_add(1, Ordering::AcqRel);
        }
        if outcome.is_err() {
            self.sealer.tail = tail;
            if !self.db.is_autocommit()
                && let Err(error) = self.db.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "the writer cannot roll back");
            }
        }
        for answer in held {
            answer(outcome.as_ref().err());
        }
    }

    fn transaction(&mut self, jobs: Vec<Job>, held: &mut Vec<Held>, touched: &mut Touched) -> Result<(), StoreError> {
        let before = self.sealer.tail;
        self.broken = None;
        let begun = self.statement("BEGIN IMMEDIATE");
        for job in jobs {
            match job {
                Job::Commit(change, reply) => {
                    change.ops().iter().for_each(|op| touched.note(op));
                    let done = begun.clone().and_then(|()| match change.only_records() {
                        true => self.records(change),
                        false => self.piece(|db, sealer, hand| apply(db, sealer, hand, change)),
                    });
                    held.push(hold(reply, done));
                }
                Job::ClaimInbox(claim, reply) => {
                    let done = begun.clone().and_then(|()| self.piece(|db, _, _| work::claim_inbox(db, &claim)));
                    held.push(hold(reply, done));
                }
                Job::ClaimOutbox(claim, which, reply) => {
                    let done =
                        begun.clone().and_then(|()| self.piece(|db, _, _| work::claim_outbox(db, &claim, which)));
                    held.push(hold(reply, done));
                }
                Job::HandPosts(handing, reply) => {
                    let done = begun.clone().map(|()| self.hand.ask(handing));
                    held.push(hold(reply, done));
                }
                Job::Read(_) | Job::Close(_) => {}
            }
        }
        begun?;
        self.still_open()?;
        if self.sealer.tail != before {
            self.sealer.sign(&self.db)?;
        }
        self.statement("COMMIT")
    }

    fn statement(&self, sql: &str) -> Result<(), StoreError> {
        let done = self.db.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        done.map(drop).map_err(failed)
    }

    /// A piece that only records, which is what most calls of the API are. It needs no savepoint: the chain knows what to
    /// take back when it fails.
    fn records(&mut self, change: Change) -> Result<Committed, StoreError> {
        self.still_open()?;
        let tail = self.sealer.tail;
        let done = apply(&self.db, &mut self.sealer, &mut self.hand, change);
        if let Err(error) = &done {
            // Where half a piece would be committed, nothing is.
            if self.db.is_autocommit() || self.sealer.take_back(&self.db, tail).is_err() {
                self.broken = Some(error.clone());
            }
            self.sealer.tail = tail;
        }
        done
    }

    /// A full disk or a failed write makes SQLite end the whole transaction by itself. What came after would then be committed
    /// alone, although its askers will hear of the failure.
    fn still_open(&self) -> Result<(), StoreError> {
        match (&self.broken, self.db.is_autocommit()) {
            (Some(error), _) => Err(error.clone()),
            (None, true) => Err(StoreError::unavailable("the transaction ended early")),
            (None, false) => Ok(()),
        }
    }

    /// One piece in a savepoint of its own: when it fails, only it is undone.
    fn piece<T>(
        &mut self,
        work: impl FnOnce(&Connection, &mut Sealer, &mut Hand) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.still_open()?;
        self.statement("SAVEPOINT piece")?;
        let (tail, handed) = (self.sealer.tail, self.hand.len());
        let done = work(&self.db, &mut self.sealer, &mut self.hand);
        if let Err(error) = &done {
            self.sealer.tail = tail;
            self.hand.take_back(handed);
            if self.db.is_autocommit() {
                self.broken = Some(error.clone());
                return done;
            }
            self.statement("ROLLBACK TO piece")?;
        }
        self.statement("RELEASE piece")?;
        done
    }

    /// Writes the log back into the file and closes.
    fn close(self) -> Result<(), StoreError> {
        let Self { mut db, jobs, checkpoints, .. } = self;
        drop(jobs);
        if let Some(checkpoints) = checkpoints {
            checkpoints.stop(&mut db)?;
        }
        let checkpoint = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(failed);
        db.close().map_err(|(_, error)| failed(error))?;
        checkpoint
    }
}

#[cfg(test)]
mod tests;
