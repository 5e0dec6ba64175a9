//! The authority itself: the one value that answers "may they", records the answer, and only then hands out a permit.

mod authenticate;
mod channel;
mod commit;
mod unrecorded;

use std::sync::Arc;

use arc_swap::ArcSwap;
use bailiwick_aws::{pack::Pack, sigv4::SigningKey};
use bailiwick_ident::{Partition, Timestamp};
use bailiwick_store::{Change, Store, StoreError, vault::Vault};

use crate::{
    audit,
    bounded::Bounded,
    call::Call,
    caller::{Caller, Principal, Session},
    decide::{self, Detail, Grounds},
    directory::{Directory, LoadError},
    facts::{Rows, RowsError},
    managed::ManagedPolicies,
    nonsupported::{NonSupported, OpenError},
    origin::Origin,
    permit::{Permit, Recorded, SessionPlan},
    regions::Regions,
    remote::Remotes,
    ruling::Ruling,
    session::{self, IssueError, IssuedCredentials},
    usage::Usage,
    world::{Clock, Entropy, ordered_uuid},
};
pub use channel::ChannelError;
pub(crate) use channel::{channel_role, configuration};
pub use commit::CommitError;
pub use unrecorded::{Decision, Unrecorded};

/// What an authority is made of.
pub struct Parts {
    /// Where directory and audit trail are kept.
    pub store: Arc<dyn Store>,
    /// Seals secrets and session tokens.
    pub vault: Arc<Vault>,
    /// AWS's catalogue and managed policies.
    pub pack: Arc<Pack>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The partition that the directory is of.
    pub partition: Partition,
}

/// The answer to [`Authority::authorize`]. Either way it is in the audit trail.
#[derive(Debug)]
pub enum Outcome {
    /// The call may be made once, with this permit.
    Allowed(Permit),
    /// The call must not be made.
    Denied(Box<Ruling>),
}

/// No decision was made or it could not be recorded. The caller's only correct answer is to refuse.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The store failed, or a precondition of what was to be committed with the decision does not hold.
    #[error("the decision could not be recorded: {0}")]
    Store(#[from] StoreError),
    /// The directory could not be read.
    #[error("the directory could not be read: {0}")]
    Load(#[from] LoadError),
    /// The directory changed again and again while the decision was made.
    #[error("the directory changes faster than a decision can be made; try again")]
    Restless,
    /// The authorization rows that Bailiwick carries are not usable.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// The list of Regions that Bailiwick carries is not usable.
    #[error(transparent)]
    Regions(#[from] bailiwick_aws::pack::PackError),
    /// The list of non-supported operations that Bailiwick carries is not usable.
    #[error("the list of non-supported operations is damaged: {0}")]
    NonSupported(#[from] toml::de::Error),
    /// The decision's record could not be written as JSON.
    #[error("the decision's record could not be written: {0}")]
    Record(String),
}

/// Whether what policies say of a call of the API binds. Calls from chat are always bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Enforcement {
    /// What is not allowed is refused.
    #[default]
    Enforce,
    /// Everything is let through; the records say what would have been refused.
    Log,
    /// Everything is let through, and policies are not asked.
    Off,
}

impl Enforcement {
    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Enforcement::Enforce => "enforce",
            Enforcement::Log => "log",
            Enforcement::Off => "off",
        }
    }
}

/// A ruling with its record.
struct Ruled {
    ruling: Ruling,
    plan: Option<SessionPlan>,
    record: Change,
    shared: audit::Shared,
}

/// How often a decision that met a change of the directory is made again.
const ATTEMPTS: usize = 8;

/// Who may what. The only maker of a [`Permit`].
pub struct Authority {
    parts: Parts,
    directory: ArcSwap<Directory>,
    rows: Rows,
    managed: ManagedPolicies,
    non_supported: NonSupported,
    loading: tokio::sync::Mutex<()>,
    usage: Usage,
    regions: Regions,
    enforcement: Enforcement,
    signing_keys: Bounded<String, Arc<SigningKey>>,
    remotes: Remotes,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("revision", &self.directory.load().revision()).finish_non_exhaustive()
    }
}

impl Authority {
    /// Reads the directory and the authorization rows.
    ///
    /// # Errors
    /// The directory cannot be read, or the rows that the program carries are damaged.
    pub async fn open(parts: Parts) -> Result<Self, AuthorityError> {
        let directory = Directory::load(parts.store.as_ref(), &parts.partition).await?;
        Ok(Authority {
            rows: Rows::read()?,
            managed: ManagedPolicies::new(Arc::clone(&parts.pack)),
            non_supported: NonSupported::read()?,
            directory: ArcSwap::from_pointee(directory),
            loading: tokio::sync::Mutex::new(()),
            usage: Usage::default(),
            regions: Regions::read(&parts.pack)?,
            enforcement: Enforcement::Enforce,
            signing_keys: authenticate::signing_keys(),
            remotes: Remotes::default(),
            parts,
        })
    }

    /// The same authority with another way of enforcing, for an instance that holds nothing worth protecting.
    #[must_use]
    pub fn with_enforcement(mut self, enforcement: Enforcement) -> Self {
        self.enforcement = enforcement;
        self
    }

    /// The same authority with single operations opened to channels that are on the list of non-supported ones. Every
    /// ruling about one says so.
    ///
    /// # Errors
    /// A name is no single operation, or is not on the list.
    pub fn with_opened(mut self, operations: &[String]) -> Result<Self, OpenError> {
        self.non_supported = self.non_supported.opening(&self.parts.pack, operations)?;
        Ok(self)
    }

    /// The same authority with accounts that are elsewhere.
    #[must_use]
    pub fn with_remotes(mut self, remotes: Remotes) -> Self {
        self.remotes = remotes;
        self
    }

    /// The accounts that are elsewhere.
    pub fn remotes(&self) -> &Remotes {
        &self.remotes
    }

    /// The operations on the list of non-supported ones that this server opens to channels, as `service:operation` in lower
    /// case.
    pub fn opened(&self) -> impl Iterator<Item = &str> {
        self.non_supported.opened()
    }

    /// Whether what is refused at the API is refused in earnest.
    pub fn enforces(&self) -> bool {
        self.enforcement == Enforcement::Enforce
    }

    /// Every Region, with its partition.
    pub fn regions(&self) -> &Regions {
        &self.regions
    }

    /// The snapshot in force.
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    /// The authorization rows of the operations that Bailiwick serves.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The documents of managed policies, AWS's own among them.
    pub fn managed_policies(&self) -> &ManagedPolicies {
        &self.managed
    }

    /// Who used what, and when last, as the audit trail tells.
    ///
    /// # Errors
    /// The trail cannot be read.
    pub async fn usage(&self) -> Result<&Usage, StoreError> {
        self.usage.read_history(self.parts.store.as_ref()).await?;
        Ok(&self.usage)
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Temporary credentials for a session of a user, role, federated user or root.
    ///
    /// # Errors
    /// Other principals have none; or the token could not be sealed.
    pub fn issue(&self, principal: &Principal, session: &Session) -> Result<IssuedCredentials, IssueError> {
        session::issue(&self.parts.vault, self.parts.entropy.as_ref(), principal, session)
    }

    /// Decides a call, records the ruling together with `also` in one commit, and only then hands out a permit.
    /// `also` is committed whatever the answer is.
    ///
    /// # Errors
    /// No decision was recorded, nothing of `also` was committed, and the call must not be made.
    pub async fn authorize(
        &self,
        caller: &Caller,
        origin: &Origin,
        call: Call,
        also: Change,
    ) -> Result<Outcome, AuthorityError> {
        self.authorize_with(caller, origin, call, |_| also.clone()).await
    }

    /// As [`Authority::authorize`], with a change that depends on the ruling: a command's next state, an answer.
    ///
    /// # Errors
    /// As [`Authority::authorize`].
    pub async fn authorize_with(
        &self,
        caller: &Caller,
        origin: &Origin,
        call: Call,
        also: impl Fn(&Ruling) -> Change + Send,
    ) -> Result<Outcome, AuthorityError> {
        for _ in 0..ATTEMPTS {
            let directory = self.directory();
            let Ruled { ruling, plan, record, shared } = self.rule(&directory, caller, origin, &call)?;
            let committed_at = ruling.decided_at;
            match self
                .parts
                .store
                .commit(Change::new().require_directory(directory.revision()).and(record).and(also(&ruling)))
                .await
            {
                Ok(_) if ruling.passes() => {
                    self.usage.note(&ruling, caller, &call);
                    let recorded = Recorded { ruling: Arc::new(ruling), shared, committed_at };
                    return Ok(Outcome::Allowed(Permit::new(recorded, caller.clone(), origin.clone(), &call, plan)));
                }
                Ok(_) => {
                    self.usage.note(&ruling, caller, &call);
                    return Ok(Outcome::Denied(Box::new(ruling)));
                }
                Err(conflict @ StoreError::Conflict { .. }) => {
                    // Either the directory moved, then the answer may be another one; or `also` does not fit any more.
                    if self.parts.store.directory_revision().await? == directory.revision() {
                        return Err(conflict.into());
                    }
                    self.refresh().await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(AuthorityError::Restless)
    }

    /// The ruling, with its record.
    fn rule(
        &self,
        directory: &Directory,
        caller: &Caller,
        origin: &Origin,
        call: &Call,
    ) -> Result<Ruled, AuthorityError> {
        let grounds = self.grounds(directory, self.now(), Detail::Brief);
        let enforcement = if matches!(origin, Origin::Api) { self.enforcement } else { Enforcement::Enforce };
        let (mut ruling, plan) = match enforcement {
            Enforcement::Off => (decide::unasked(&grounds, caller, call), None),
            Enforcement::Enforce | Enforcement::Log => decide::rule(&grounds, caller, origin, call),
        };
        ruling.enforced = enforcement == Enforcement::Enforce;
        let (draft, shared) = audit::decision(&self.parts.pack, &ruling, caller, origin, call)
            .map_err(|error| AuthorityError::Record(error.to_string()))?;
        Ok(Ruled { ruling, plan, record: Change::new().audit(draft), shared })
    }

    /// What the answer would be, for help and for questions. Nothing is recorded and there is no permit.
    pub fn preview(&self, caller: &Caller, origin: &Origin, call: &Call) -> Ruling {
        let directory = self.directory();
        decide::rule(&self.grounds(&directory, self.now(), Detail::Brief), caller, origin, call).0
    }

    /// As [`Authority::preview`], with the plain evaluator's explanation of every layer also where the call is allowed. Both
    /// evaluators answer, and where they disagree the ruling is a refusal. It takes many times as long.
    pub fn explain(&self, caller: &Caller, origin: &Origin, call: &Call) -> Ruling {
        let directory = self.directory();
        decide::rule(&self.grounds(&directory, self.now(), Detail::Full), caller, origin, call).0
    }

    fn grounds<'a>(&'a self, directory: &'a Directory, now: Timestamp, detail: Detail) -> Grounds<'a> {
        Grounds {
            directory,
            rows: &self.rows,
            managed: &self.managed,
            non_supported: &self.non_supported,
            remotes: &self.remotes,
            pack: &self.parts.pack,
            now,
            id: ordered_uuid(self.parts.entropy.as_ref(), now),
            detail,
        }
    }

    /// Reads the directory again when the store is ahead of the snapshot.
    ///
    /// # Errors
    /// The directory cannot be read. The old snapshot stays in force; decisions made from it are not recorded.
    pub async fn refresh(&self) -> Result<Arc<Directory>, LoadError> {
        let _one = self.loading.lock().await;
        let stored = self.parts.store.directory_revision().await?;
        if stored != self.directory.load().revision() {
            let loaded = Directory::load(self.parts.store.as_ref(), &self.parts.partition).await?;
            self.directory.store(Arc::new(loaded));
        }
        Ok(self.directory())
    }
}
