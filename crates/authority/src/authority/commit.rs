use std::sync::Arc;

use bailiwick_store::{Change, Committed, StoreError};

use super::Authority;
use crate::{
    directory::{ApplyError, LoadError},
    record::DirectoryChange,
};

/// A change of the directory that was not made. Nothing of it, nor of what was to be committed with it, is kept.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The change does not fit the directory.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The directory or the stored records could not be read or written.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The change was computed from an older directory. Read it again and compute the change anew.
    #[error("the directory is at revision {now}, the change was computed from {from}; compute it again")]
    Stale {
        /// The revision the change was computed from.
        from: u64,
        /// The revision now.
        now: u64,
    },
    /// The store failed, or a precondition of the rest of the change does not hold.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Authority {
    /// Commits a change of the directory and `also` together, and puts the new snapshot in force. `base_revision` is the
    /// revision of the snapshot that the change was computed from. An empty change commits only `also`.
    ///
    /// # Errors
    /// [`CommitError::Stale`] when the directory has moved; the other reasons of [`CommitError`].
    pub async fn commit_directory(
        &self,
        base_revision: u64,
        change: DirectoryChange,
        also: Change,
    ) -> Result<Committed, CommitError> {
        if change.is_empty() {
            return Ok(self.parts.store.commit(also).await?);
        }
        // One writer at a time in this process: the snapshot that is swapped in is the one that was committed.
        let _one = self.loading.lock().await;
        let directory = self.directory();
        if directory.revision() != base_revision {
            return Err(CommitError::Stale { from: base_revision, now: directory.revision() });
        }
        let next = directory.apply(&change)?;
        let ops = change.to_ops(&self.parts.partition, base_revision)?;
        match self.parts.store.commit(ops.and(also)).await {
            Ok(committed) => {
                self.directory.store(Arc::new(next.at_revision(committed.directory_revision)));
                Ok(committed)
            }
            Err(conflict @ StoreError::Conflict { .. }) => {
                let now = self.parts.store.directory_revision().await?;
                drop(_one);
                if now == base_revision {
                    return Err(conflict.into());
                }
                self.refresh().await?;
                Err(CommitError::Stale { from: base_revision, now })
            }
            Err(error) => Err(error.into()),
        }
    }
}
