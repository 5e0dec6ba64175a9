//! The store in SQLite, in a data folder or in memory.
//!
//! A folder holds `bailiwick.db` (with its `-wal` and `-shm` beside it while open), `master.key` and `lock`. One thread writes,
//! with group commit; a few read. In memory there is one connection, and the writing thread reads too.

mod apply;
mod audit;
mod checkpoint;
mod command;
mod connect;
mod entity;
mod hand;
mod idempotent;
mod known;
mod lock;
mod migrate;
mod open;
mod readers;
mod room;
mod work;
mod writer;

pub use open::{DATABASE_FILE, MASTER_KEY_FILE, Settings};

use self::known::Known;
use crate::vault::Vault;
use crate::{
    AuditHead, AuditPublicKey, AuditRow, Change, Claim, CommandQuery, CommandRow, Committed, Counts, Entity, EntityKey,
    EntityQuery, Handing, Idempotent, InboxRow, OutboxQuery, OutboxRow, Pending, RoomEvent, RoomMessage,
    RoomMessageQuery, Store, StoreError, limits,
};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};
use writer::{Job, ReadJob, Reply};

/// A [`Store`] in SQLite. Share it behind an `Arc`; it works on threads of its own, under any executor.
pub struct SqliteStore {
    folder: Option<PathBuf>,
    node: Arc<str>,
    vault: Arc<Vault>,
    audit_key: AuditPublicKey,
    /// None where somebody else writes.
    known: Option<Arc<Known>>,
    inbox_mark: Arc<AtomicU64>,
    /// The ways in, none once closed.
    queues: Mutex<Option<Queues>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Clone)]
struct Queues {
    /// None when opened for reading only.
    writer: Option<mpsc::Sender<Job>>,
    /// None in memory.
    readers: Option<mpsc::Sender<ReadJob>>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("folder", &self.folder).field("node", &self.node).finish_non_exhaustive()
    }
}

fn closed() -> StoreError {
    StoreError::unavailable("it is closed")
}

impl SqliteStore {
    /// The vault under this store's master key.
    pub fn vault(&self) -> Arc<Vault> {
        Arc::clone(&self.vault)
    }

    /// The key that checks the heads of this store's audit chain.
    pub fn audit_public_key(&self) -> AuditPublicKey {
        self.audit_key
    }

    /// The name of the node whose audit chain this store writes.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The data folder; none in memory.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Commits what is queued, writes the log back into the file, gives the folder free. Later calls are `Unavailable`. A store
    /// that is dropped does the same, on the dropping thread.
    pub fn close(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(Queues { writer, readers }) = queues else { return Ok(()) };
            // Without readers the checkpoint can write everything back.
            drop(readers);
            let Some(writer) = writer else { return Ok(()) };
            let (reply, answer) = oneshot::channel();
            writer.send(Job::Close(Reply::new(reply))).await.map_err(|_| closed())?;
            answer.await.map_err(|_| closed())?
        })
    }

    /// Everything in a store in memory, for [`SqliteStore::ephemeral_from`].
    ///
    /// # Errors
    /// `Unavailable` for a store in a folder, whose copy is a backup of its files.
    pub fn image(&self) -> Pending<'_, Vec<u8>> {
        if self.folder.is_some() {
            let cause = "only a store in memory gives an image; copy the data folder while it is closed";
            return Box::pin(std::future::ready(Err(StoreError::unavailable(cause))));
        }
        self.on_connection(|db| db.serialize("main").map(|data| data.to_vec()).map_err(connect::failed))
    }

    fn queues(&self) -> Result<Queues, StoreError> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)
    }

    /// What was read before; none once closed, and where somebody else writes.
    fn known(&self) -> Option<&Arc<Known>> {
        let open = self.queues.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        self.known.as_ref().filter(|_| open)
    }

    fn write<T: Send + 'static>(&self, job: impl FnOnce(Reply<T>) -> Job + Send + 'static) -> Pending<'_, T> {
        Box::pin(async move {
            let Some(writer) = self.queues()?.writer else {
                return Err(StoreError::unavailable("it was opened for reading only"));
            };
            let (reply, answer) = oneshot::channel();
            writer.send(job(Reply::new(reply))).await.map_err(|_| closed())?;
            drop(writer);
            answer.await.map_err(|_| closed())?
        })
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        self.on_connection(|db| read(db))
    }

    fn on_connection<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let job: ReadJob = Box::new(move |db| {
                let _ = reply.send(read(db));
            });
            match self.queues()? {
                Queues { readers: Some(readers), .. } => readers.send(job).await.map_err(|_| closed())?,
                Queues { writer: Some(writer), .. } => writer.send(Job::Read(job)).await.map_err(|_| closed())?,
                Queues { .. } => return Err(closed()),
            }
            answer.await.map_err(|_| closed())?
        })
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        *self.queues.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
        for thread in self.threads.get_mut().unwrap_or_else(PoisonError::into_inner).drain(..) {
            if thread.join().is_err() {
                tracing::error!("a store thread ended badly");
            }
        }
    }
}

impl Store for SqliteStore {
    fn commit(&self, change: Change) -> Pending<'_, Committed> {
        if let Err(error) = limits::check(&change) {
            return Box::pin(std::future::ready(Err(error)));
        }
        self.write(|reply| Job::Commit(change, reply))
    }

    fn entity(&self, key: EntityKey) -> Pending<'_, Option<Entity>> {
        let Some(known) = self.known() else { return self.read(move |db| entity::get(db, &key)) };
        let since = match known.entity(&key) {
            Ok(found) => return Box::pin(std::future::ready(Ok(found))),
            Err(since) => since,
        };
        let known = Arc::clone(known);
        self.read(move |db| {
            let found = entity::get(db, &key)?;
            known.keep_entity(since, key, &found);
            Ok(found)
        })
    }

    fn entities(&self, query: EntityQuery) -> Pending<'_, Vec<Entity>> {
        let Some(known) = self.known() else { return self.read(move |db| entity::list(db, &query)) };
        let since = match known.list(&query) {
            Ok(found) => return Box::pin(std::future::ready(Ok(found))),
            Err(since) => since,
        };
        let known = Arc::clone(known);
        self.read(move |db| {
            let found = entity::list(db, &query)?;
            known.keep_list(since, query, &found);
            Ok(found)
        })
    }

    fn room_messages(&self, query: RoomMessageQuery) -> Pending<'_, Vec<RoomMessage>> {
        self.read(move |db| room::messages(db, &query))
    }

    fn room_message(&self, id: &str) -> Pending<'_, Option<RoomMessage>> {
        let id = id.to_owned();
        self.read(move |db| room::message(db, &id))
    }

    fn room_events(&self, room: &str, after: u64, limit: u32) -> Pending<'_, Vec<RoomEvent>> {
        let room = room.to_owned();
        self.read(move |db| room::events(db, &room, after, limit))
    }

    fn last_room_event(&self) -> Pending<'_, u64> {
        self.read(room::last_event)
    }

    fn claim_inbox(&self, claim: Claim) -> Pending<'_, Vec<InboxRow>> {
        self.write(|reply| Job::ClaimInbox(claim, reply))
    }

    fn inbox_mark(&self) -> u64 {
        self.inbox_mark.load(Ordering::Acquire)
    }

    fn claim_outbox(&self, claim: Claim) -> Pending<'_, Vec<OutboxRow>> {
        self.write(|reply| Job::ClaimOutbox(claim, work::Rows::Deliveries, reply))
    }

    fn claim_posts(&self, claim: Claim) -> Pending<'_, Vec<OutboxRow>> {
        self.write(|reply| Job::ClaimOutbox(claim, work::Rows::Posts, reply))
    }

    fn hand_posts(&self, handing: Handing) -> Pending<'_, mpsc::Receiver<OutboxRow>> {
        self.write(|reply| Job::HandPosts(handing, reply))
    }

    fn inbox(&self, id: &str) -> Pending<'_, Option<InboxRow>> {
        let id = id.to_owned();
        self.read(move |db| work::inbox(db, &id))
    }

    fn outbox(&self, query: OutboxQuery) -> Pending<'_, Vec<OutboxRow>> {
        self.read(move |db| work::outbox(db, &query))
    }

    fn outbox_row(&self, key: &str) -> Pending<'_, Option<OutboxRow>> {
        let key = key.to_owned();
        self.read(move |db| work::outbox_row(db, &key))
    }

    fn command(&self, id: &str) -> Pending<'_, Option<CommandRow>> {
        let id = id.to_owned();
        self.read(move |db| command::get(db, &id))
    }

    fn commands(&self, query: CommandQuery) -> Pending<'_, Vec<CommandRow>> {
        self.read(move |db| command::list(db, &query))
    }

    fn audit(&self, after: u64, limit: u32) -> Pending<'_, Vec<AuditRow>> {
        let node = Arc::clone(&self.node);
        self.read(move |db| audit::list(db, &node, after, limit))
    }

    fn audit_record(&self, id: &str) -> Pending<'_, Option<AuditRow>> {
        let id = id.to_owned();
        self.read(move |db| audit::get(db, &id))
    }

    fn audit_head(&self) -> Pending<'_, Option<AuditHead>> {
        let node = Arc::clone(&self.node);
        self.read(move |db| audit::head(db, &node))
    }

    fn directory_revision(&self) -> Pending<'_, u64> {
        self.read(entity::directory_revision)
    }

    fn idempotent(&self, scope: &str, operation: &str, token: &str) -> Pending<'_, Option<Idempotent>> {
        let (scope, operation, token) = (scope.to_owned(), operation.to_owned(), token.to_owned());
        self.read(move |db| idempotent::get(db, &scope, &operation, &token))
    }

    fn counts(&self) -> Pending<'_, Counts> {
        self.read(work::counts)
    }
}
