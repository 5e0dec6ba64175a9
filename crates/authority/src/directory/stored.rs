use bailiwick_ident::Partition;
use bailiwick_store::{Change, Entity, EntityKey, EntityQuery, Expect, Store, StoreError};
use serde::{Deserialize, Serialize};

use super::{ApplyError, Directory};
use crate::record::{DirectoryChange, Record, RecordKey, RecordKind};

/// The version of the stored form that this program writes, and the newest it reads.
pub const STORED_FORMAT: u32 = 1;

/// The directory could not be read from the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored record cannot be read.
    #[error("the stored record {key} cannot be read: {cause}")]
    Record {
        /// Where it is.
        key: String,
        /// Why.
        cause: String,
    },
    /// The records do not fit together.
    #[error("the stored directory does not fit together: {0}")]
    Apply(#[from] ApplyError),
    /// The directory changed again and again while it was read.
    #[error("the directory changes faster than it can be read; try again")]
    Restless,
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    record: &'a Record,
}

#[derive(Deserialize)]
struct Read {
    format: u32,
    record: Record,
}

/// How often a load that met a change starts again.
const ATTEMPTS: usize = 8;

fn entity_key(partition: &Partition, key: &RecordKey) -> EntityKey {
    EntityKey {
        kind: key.kind.as_str().to_owned(),
        partition: partition.to_string(),
        account: key.account.map(|account| account.to_string()).unwrap_or_default(),
        region: String::new(),
        id: key.id.clone(),
    }
}

fn read(entity: &Entity) -> Result<Record, LoadError> {
    let bad = |cause: String| LoadError::Record { key: entity.key.to_string(), cause };
    let read: Read = serde_json::from_str(&entity.body).map_err(|error| bad(error.to_string()))?;
    if read.format > STORED_FORMAT {
        return Err(bad(format!("its format {} is newer than this program; update it", read.format)));
    }
    Ok(read.record)
}

/// Accounts and the organization come first: every other record belongs to one of them.
fn rank(record: &Record) -> u8 {
    match record {
        Record::Account(_) => 0,
        Record::Organization(_) => 1,
        _ => 2,
    }
}

impl DirectoryChange {
    /// The change as operations of the store. It asserts that the directory is still at `from` and advances it.
    pub fn to_ops(&self, partition: &Partition, from: u64) -> Result<Change, LoadError> {
        let mut change = Change::new().advance_directory(from);
        for key in &self.delete {
            change = change.delete(entity_key(partition, key), Expect::Present);
        }
        for record in &self.put {
            let key = entity_key(partition, &record.key());
            let body = serde_json::to_string(&Written { format: STORED_FORMAT, record })
                .map_err(|error| LoadError::Record { key: key.to_string(), cause: error.to_string() })?;
            change = change.put(key, body, Expect::Any);
        }
        Ok(change)
    }
}

impl Directory {
    /// Reads the whole directory of a partition. A change in the middle of the reading makes it start again, so that the
    /// snapshot is of one revision.
    pub async fn load(store: &dyn Store, partition: &Partition) -> Result<Directory, LoadError> {
        for _ in 0..ATTEMPTS {
            let before = store.directory_revision().await?;
            let mut records = records(store, partition).await?;
            if store.directory_revision().await? != before {
                continue;
            }
            records.sort_by_key(rank);
            let change = DirectoryChange { put: records, delete: Vec::new() };
            return Ok(Directory::new(partition.clone()).apply(&change)?.at_revision(before));
        }
        Err(LoadError::Restless)
    }
}

async fn records(store: &dyn Store, partition: &Partition) -> Result<Vec<Record>, LoadError> {
    let mut records = Vec::new();
    for kind in RecordKind::ALL {
        let mut after: Option<EntityKey> = None;
        loop {
            let mut query = EntityQuery::kind(kind.as_str()).partition(partition.as_str());
            query.after = after.take();
            let page = store.entities(query).await?;
            for entity in &page {
                records.push(read(entity)?);
            }
            match page.last() {
                Some(last) => after = Some(last.key.clone()),
                None => break,
            }
        }
    }
    Ok(records)
}
