//! What a handler may see, and where it says what it wants stored.

use std::sync::{Mutex, PoisonError};

use bailiwick_authority::{
    Authority, Directory, DirectoryChange, Entropy, IssuedCredentials, Principal, Regions, Session, Usage,
};
use bailiwick_aws::fault::Fault;
use bailiwick_aws::pack::Pack;
use bailiwick_ident::Timestamp;
use bailiwick_store::vault::Vault;
use bailiwick_store::{Change, Store};

use crate::Settings;

/// The world as one call sees it: a snapshot of the directory, the store to read from, the time of the call. What the
/// handler asks for is committed after it returns, all of it or nothing, together with the outcome's record.
pub struct Context<'a> {
    /// The directory the call was decided on.
    pub directory: &'a Directory,
    /// To read from. Handlers do not commit.
    pub store: &'a dyn Store,
    /// Service models, managed policies, the catalogue.
    pub pack: &'a Pack,
    /// Seals what must be read back.
    pub vault: &'a Vault,
    /// Unpredictable bytes, for identifiers and keys.
    pub entropy: &'a dyn Entropy,
    /// When the call runs.
    pub now: Timestamp,
    /// How the deployment wants it.
    pub settings: Settings,
    // Private: a handler may have credentials issued, and nothing else, from here.
    authority: &'a Authority,
    wanted: Mutex<Wanted>,
}

/// What a handler asked for.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) change: Change,
    pub(crate) directory: DirectoryChange,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        directory: &'a Directory,
        store: &'a dyn Store,
        pack: &'a Pack,
        vault: &'a Vault,
        entropy: &'a dyn Entropy,
        authority: &'a Authority,
        now: Timestamp,
    ) -> Self {
        let settings = Settings::default();
        Context { directory, store, pack, vault, entropy, now, settings, authority, wanted: Mutex::default() }
    }

    pub(crate) fn with_settings(self, settings: Settings) -> Self {
        Context { settings, ..self }
    }

    fn wanted(&self, add: impl FnOnce(&mut Wanted)) {
        add(&mut self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Asks for operations on the store.
    pub fn commit(&self, change: Change) {
        self.wanted(|wanted| wanted.change = std::mem::take(&mut wanted.change).and(change));
    }

    /// Asks for changes of the directory.
    pub fn commit_directory(&self, change: DirectoryChange) {
        self.wanted(|wanted| wanted.directory = std::mem::take(&mut wanted.directory).and(change));
    }

    /// Who used what, and when last.
    ///
    /// # Errors
    /// The audit trail cannot be read.
    pub async fn usage(&self) -> Result<&Usage, Fault> {
        self.authority.usage().await.map_err(crate::fault::store)
    }

    /// Temporary credentials for a session.
    ///
    /// # Errors
    /// The principal cannot have any, or the token could not be sealed.
    pub fn issue(&self, principal: &Principal, session: &Session) -> Result<IssuedCredentials, Fault> {
        self.authority.issue(principal, session).map_err(|error| crate::fault::internal(&error.to_string()))
    }

    /// Every Region, and which of them an account has.
    pub fn regions(&self) -> &Regions {
        self.authority.regions()
    }

    /// Whether AWS itself has a managed policy under this ARN.
    ///
    /// # Errors
    /// The data pack is damaged.
    pub fn is_aws_managed_policy(&self, arn: &str) -> Result<bool, Fault> {
        let policies = self.pack.managed_policies().map_err(|error| crate::fault::internal(&error.to_string()))?;
        Ok(policies.get(arn).is_some())
    }

    pub(crate) fn into_wanted(self) -> Wanted {
        self.wanted.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stored entity at a key, read as the handler's own form.
    ///
    /// # Errors
    /// The store cannot be read, or holds what is not that form: an internal failure either way.
    pub async fn read<T: serde::de::DeserializeOwned>(
        &self,
        key: bailiwick_store::EntityKey,
    ) -> Result<Option<(T, u64)>, Fault> {
        let entity = self.store.entity(key).await.map_err(crate::fault::store)?;
        entity.map(|entity| Ok((crate::fault::stored(&entity.body)?, entity.revision))).transpose()
    }

    /// Every stored entity of a query, read as the handler's own form, in key order.
    ///
    /// # Errors
    /// As [`Context::read`].
    pub async fn read_all<T: serde::de::DeserializeOwned>(
        &self,
        query: bailiwick_store::EntityQuery,
    ) -> Result<Vec<T>, Fault> {
        let (mut query, mut all) = (query, Vec::new());
        loop {
            let page = self.store.entities(query.clone()).await.map_err(crate::fault::store)?;
            let Some(last) = page.last() else { return Ok(all) };
            query.after = Some(last.key.clone());
            for entity in &page {
                all.push(crate::fault::stored(&entity.body)?);
            }
        }
    }
}
