//! Opening: a folder for writing, a folder for reading only, or memory.

use super::audit::Sealer;
use super::checkpoint::Checkpoints;
use super::connect::{self, failed};
use super::lock::FolderLock;
use super::migrate::{check_current, migrate};
use super::{Queues, SqliteStore, readers, writer};
use crate::vault::{MasterKey, Vault};
use crate::{AuditPublicKey, StoreError};
use rusqlite::{Connection, OptionalExtension};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// The database's name in the data folder.
pub const DATABASE_FILE: &str = "bailiwick.db";

/// The master key's name in the data folder.
pub const MASTER_KEY_FILE: &str = "master.key";

/// How a store is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name of this node, whose audit chain is written. A folder keeps the name it was made with.
    pub node: String,
    /// How many threads read. At least one.
    pub readers: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { node: "main".to_owned(), readers: 2 }
    }
}

impl SqliteStore {
    /// Opens the data folder for writing; makes it, with its master key, when there is none. Only one process at a time can.
    ///
    /// # Errors
    /// `Unavailable` when another process has it, when the master key is missing or readable by others, or the disk does not
    /// do; `Corrupt` when what is stored is not what was written.
    pub fn open(folder: &Path, settings: &Settings) -> Result<Self, StoreError> {
        let shown = folder.display();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| StoreError::unavailable(format!("the data folder `{shown}` cannot be made: {error}")))?;
        let lock = FolderLock::take(folder)?;
        let path = folder.join(DATABASE_FILE);
        let key_path = folder.join(MASTER_KEY_FILE);
        // A database without its key is never given a new one: what is sealed under the old one would be lost silently.
        let master = match (key_path.exists(), path.exists()) {
            (false, false) => MasterKey::create(&key_path)?,
            _ => MasterKey::read(&key_path)?,
        };
        let mut db = connect::writer(&path)?;
        let parts = Parts::prepare(&mut db, master, settings)?;
        connect::make_durable(&db)?;
        let checkpoints = Checkpoints::start(&path, &mut db)?;
        let (readers, mut threads) = readers::start(&path, settings.readers)?;
        let (audit_key, vault, sealer) = (parts.sealer.public_key(), parts.vault, parts.sealer);
        let shared = writer::Shared::default();
        let (sender, thread) = writer::start(db, sealer, shared.clone(), Some(checkpoints), Box::new(lock))?;
        threads.push(thread);
        let queues = Queues { writer: Some(sender), readers: Some(readers) };
        Ok(Self::assemble(Some(folder), &settings.node, vault, audit_key, queues, threads, Some(shared)))
    }

    /// Opens an existing data folder for reading only, beside a process that may be writing in it.
    ///
    /// # Errors
    /// `Unavailable` when there is none or its version is another; `Corrupt` when it cannot be read.
    pub fn inspect(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(DATABASE_FILE);
        if !path.exists() {
            return Err(StoreError::unavailable(format!(
                "there is no data folder `{}`; name another with `--data`",
                folder.display()
            )));
        }
        let vault = Vault::new(MasterKey::read(&folder.join(MASTER_KEY_FILE))?);
        let audit_key = vault.audit_signer()?.public_key();
        let db = connect::reader(&path)?;
        check_current(&db)?;
        let node: String = db.query_row("SELECT name FROM node", [], |row| row.get(0)).map_err(failed)?;
        drop(db);
        let (readers, threads) = readers::start(&path, 1)?;
        let queues = Queues { writer: None, readers: Some(readers) };
        Ok(Self::assemble(Some(folder), &node, vault, audit_key, queues, threads, None))
    }

    /// A store in memory: nothing is written anywhere, everything is gone when it goes.
    ///
    /// # Errors
    /// `Unavailable` when there is no memory or thread for it.
    pub fn ephemeral(master: MasterKey, settings: &Settings) -> Result<Self, StoreError> {
        Self::in_memory(connect::memory()?, master, settings)
    }

    /// A store in memory that begins as a copy of an [`image`](SqliteStore::image): how an ephemeral instance is reset. The master
    /// key and the node must be those of the store that the image is from.
    ///
    /// # Errors
    /// `Corrupt` when the image is none, or is sealed under another key; `Unavailable` as for [`SqliteStore::ephemeral`].
    pub fn ephemeral_from(image: &[u8], master: MasterKey, settings: &Settings) -> Result<Self, StoreError> {
        let mut db = connect::memory()?;
        db.deserialize_read_exact("main", image, image.len(), false).map_err(failed)?;
        Self::in_memory(db, master, settings)
    }

    fn in_memory(mut db: Connection, master: MasterKey, settings: &Settings) -> Result<Self, StoreError> {
        let parts = Parts::prepare(&mut db, master, settings)?;
        let (audit_key, vault) = (parts.sealer.public_key(), parts.vault);
        let shared = writer::Shared::default();
        let (sender, thread) = writer::start(db, parts.sealer, shared.clone(), None, Box::new(()))?;
        let queues = Queues { writer: Some(sender), readers: None };
        let threads = vec![thread];
        Ok(Self::assemble(None, &settings.node, vault, audit_key, queues, threads, Some(shared)))
    }

    fn assemble(
        folder: Option<&Path>,
        node: &str,
        vault: Vault,
        audit_key: AuditPublicKey,
        queues: Queues,
        threads: Vec<JoinHandle<()>>,
        shared: Option<writer::Shared>,
    ) -> Self {
        Self {
            folder: folder.map(Path::to_path_buf),
            node: Arc::from(node),
            vault: Arc::new(vault),
            audit_key,
            inbox_mark: shared.as_ref().map(|shared| Arc::clone(&shared.inbox_mark)).unwrap_or_default(),
            known: shared.map(|shared| shared.known),
            queues: Mutex::new(Some(queues)),
            threads: Mutex::new(threads),
        }
    }
}

/// What a writing store needs besides its connection.
struct Parts {
    vault: Vault,
    sealer: Sealer,
}

impl Parts {
    fn prepare(db: &mut Connection, master: MasterKey, settings: &Settings) -> Result<Self, StoreError> {
        migrate(db)?;
        claim_node(db, &settings.node)?;
        let vault = Vault::new(master);
        let sealer = Sealer::resume(db, &settings.node, vault.audit_signer()?)?;
        Ok(Self { vault, sealer })
    }
}

/// The folder's node name is settled once: another name would start a second chain beside the first.
fn claim_node(db: &Connection, node: &str) -> Result<(), StoreError> {
    let stored: Option<String> =
        db.query_row("SELECT name FROM node", [], |row| row.get(0)).optional().map_err(failed)?;
    match stored {
        Some(stored) if stored == node => Ok(()),
        Some(stored) => Err(StoreError::unavailable(format!(
            "the data folder belongs to node `{stored}`, not `{node}`; set the node's name back"
        ))),
        None => {
            db.execute("INSERT INTO node (one, name) VALUES (1, ?)", [node]).map_err(failed)?;
            Ok(())
        }
    }
}
