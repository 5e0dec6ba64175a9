//! The one thread that writes. It takes everything that is queued, applies each piece whole or not at all, and commits
//! them together: one wait for the disk serves all that came while the last one was under way. Nobody is answered before.

use super::apply::apply;
use super::audit::{Sealer, Tail};
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

/// Where an answer goes, and the answer while it waits for the common commit. An asker who went away does not matter.
pub(super) struct Reply<T> {
    to: oneshot::Sender<Result<T, StoreError>>,
    answer: Option<Result<T, StoreError>>,
}

impl<T> Reply<T> {
    /// A reply to whoever holds the other end.
    pub(super) fn new(to: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Reply { to, answer: None }
    }

    /// Keeps the answer; whether it is a success.
    fn keep(&mut self, answer: Result<T, StoreError>) -> bool {
        self.answer.insert(answer).is_ok()
    }

    /// Gives the answer that was kept, or the common commit's failure.
    fn give(self, failure: Option<&StoreError>) {
        let answer = failure.map(|error| Err(error.clone())).or(self.answer);
        let _ = self.to.send(answer.unwrap_or_else(|| Err(StoreError::unavailable("nobody did it"))));
    }
}

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

impl Job {
    /// Answers whoever asked for it.
    fn answer(self, failure: Option<&StoreError>) {
        match self {
            Job::Commit(_, reply) => reply.give(failure),
            Job::ClaimInbox(_, reply) => reply.give(failure),
            Job::ClaimOutbox(_, _, reply) => reply.give(failure),
            Job::HandPosts(_, reply) => reply.give(failure),
            Job::Close(reply) => reply.give(failure),
            Job::Read(_) => {}
        }
    }
}

/// What is undone when a piece fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Undo {
    /// The whole transaction.
    All,
    /// The piece alone. For this every page is copied before a piece changes it.
    Piece,
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
            if let Some((mut reply, answer)) = reply {
                reply.keep(answer);
                reply.give(None);
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

    /// Applies the pieces and answers them after the common commit. Pieces hardly ever fail: so all of them are undone where one
    /// does, and done again so that it fails alone.
    fn write(&mut self, mut jobs: Vec<Job>) {
        if jobs.is_empty() {
            return;
        }
        let mut touched = Touched::default();
        for job in &jobs {
            if let Job::Commit(change, _) = job {
                change.ops().iter().for_each(|op| touched.note(op));
            }
        }
        let tail = self.sealer.tail;
        let mut outcome = self.transaction(&mut jobs, Undo::All);
        if matches!(outcome, Ok(false)) {
            self.roll_back(tail);
            outcome = self.transaction(&mut jobs, Undo::Piece);
        }
        match outcome {
            Ok(_) => self.hand.give(),
            Err(_) => self.roll_back(tail),
        }
        // Also after a failure: it may be the failure of what came after the commit.
        self.shared.known.changed(&touched);
        if touched.inbox() {
            self.shared.inbox_mark.fetch_add(1, Ordering::AcqRel);
        }
        let failure = outcome.err();
        for job in jobs {
            job.answer(failure.as_ref());
        }
    }

    /// Undoes the present transaction.
    fn roll_back(&mut self, tail: Tail) {
        self.sealer.tail = tail;
        self.hand.take_back(0);
        if !self.db.is_autocommit()
            && let Err(error) = self.db.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "the writer cannot roll back");
        }
    }

    /// Whether everything was done and committed; with [`Undo::All`] a piece may have failed, and the transaction is still open.
    fn transaction(&mut self, jobs: &mut [Job], undo: Undo) -> Result<bool, StoreError> {
        let before = self.sealer.tail;
        self.broken = None;
        self.statement("BEGIN IMMEDIATE")?;
        for job in jobs {
            let done = match job {
                Job::Commit(change, reply) => {
                    reply.keep(self.piece(undo, |db, sealer, hand| apply(db, sealer, hand, change)))
                }
                Job::ClaimInbox(claim, reply) => reply.keep(self.piece(undo, |db, _, _| work::claim_inbox(db, claim))),
                Job::ClaimOutbox(claim, which, reply) => {
                    reply.keep(self.piece(undo, |db, _, _| work::claim_outbox(db, claim, *which)))
                }
                Job::HandPosts(handing, reply) => reply.keep(Ok(self.hand.ask(handing.clone()))),
                Job::Read(_) | Job::Close(_) => true,
            };
            if !done && undo == Undo::All {
                return Ok(false);
            }
        }
        self.still_open()?;
        if self.sealer.tail != before {
            self.sealer.sign(&self.db)?;
        }
        self.statement("COMMIT")?;
        Ok(true)
    }

    fn statement(&self, sql: &str) -> Result<(), StoreError> {
        let done = self.db.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        done.map(drop).map_err(failed)
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

    /// One piece, where only it is to be undone in a savepoint of its own.
    fn piece<T>(
        &mut self,
        undo: Undo,
        work: impl FnOnce(&Connection, &mut Sealer, &mut Hand) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.still_open()?;
        if undo == Undo::All {
            return work(&self.db, &mut self.sealer, &mut self.hand);
        }
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
