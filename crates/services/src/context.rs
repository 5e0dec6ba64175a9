//! What a handler may see, and where it says what it wants stored.

use std::sync::{Mutex, PoisonError};

use bailiwick_authority::{
    Authority, Call, Directory, DirectoryChange, Entropy, IssuedCredentials, Principal, Regions, Session, Usage,
};
use bailiwick_aws::fault::Fault;
use bailiwick_aws::pack::Pack;
use bailiwick_ident::Timestamp;
use bailiwick_store::vault::Vault;
use bailiwick_store::{Change, MAX_ROWS, Store};

use crate::Authorized;
use crate::sns::SnsSettings;
use crate::turns::{Turn, Turns};

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
    /// What SNS knows of the instance.
    pub(crate) sns: &'a SnsSettings,
    turns: &'a Turns,
    // Private: a handler may have credentials issued, and nothing else, from here.
    authority: &'a Authority,
    wanted: Mutex<Wanted>,
}

/// What is the same for every call.
pub(crate) struct World<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) pack: &'a Pack,
    pub(crate) vault: &'a Vault,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) settings: Settings,
    pub(crate) sns: &'a SnsSettings,
    pub(crate) turns: &'a Turns,
    pub(crate) authority: &'a Authority,
}

/// What a handler asked for.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) change: Change,
    pub(crate) directory: DirectoryChange,
    /// Held until the call has committed.
    pub(crate) turns: Vec<Turn>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(world: World<'a>, directory: &'a Directory, now: Timestamp) -> Self {
        let World { store, pack, vault, entropy, settings, sns, turns, authority } = world;
        let wanted = Mutex::default();
        Context { directory, store, pack, vault, entropy, now, settings, sns, turns, authority, wanted }
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

    /// Waits for the turn of a name, and keeps it until the call has committed or failed.
    pub(crate) async fn alone(&self, name: &str) {
        let turn = self.turns.take(name).await;
        self.wanted(|wanted| wanted.turns.push(turn));
    }

    /// When the next of so many a second may be.
    pub(crate) fn pace(&self, name: &str, rate: u32) -> Timestamp {
        self.turns.slot(name, rate, self.now)
    }

    /// Temporary credentials for a session.
    ///
    /// # Errors
    /// The principal cannot have any, or the token could not be sealed.
    pub fn issue(&self, principal: &Principal, session: &Session) -> Result<IssuedCredentials, Fault> {
        self.authority.issue(principal, session).map_err(|error| crate::fault::internal(&error.to_string()))
    }

    /// Whether the caller might make another call too, by everything that decides about calls. Nothing is recorded.
    pub(crate) fn also_may<I>(&self, of: &Authorized<I>, call: &Call) -> bool {
        let origin = of.authorized().origin();
        !self.authority.enforces() || self.authority.preview(of.caller(), origin, call).allowed
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
            let whole = u32::try_from(page.len()).is_ok_and(|rows| rows < MAX_ROWS);
            for entity in &page {
                all.push(crate::fault::stored(&entity.body)?);
            }
            match page.into_iter().last() {
                Some(last) if !whole => query = query.after(last.key),
                _ => return Ok(all),
            }
        }
    }
}
