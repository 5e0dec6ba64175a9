//! The frame around every handler: permit, handler, commit, outcome.

mod incoming;

use std::sync::Arc;

use bailiwick_authority::audit::{self, End};
use bailiwick_authority::{
    Authority, AuthorityError, Call, Caller, Clock, CommitError, Decision, Directory, Entropy, Origin, Permit,
    PermitError, Principal, Ruling, Unrecorded, ordered_uuid,
};
use bailiwick_aws::Value;
use bailiwick_aws::fault::Fault;
use bailiwick_aws::pack::Pack;
use bailiwick_ident::Timestamp;
use bailiwick_store::vault::Vault;
use bailiwick_store::{AuditDraft, Change, Store, StoreError};
use tokio::sync::Semaphore;

use self::incoming::Paces;
pub use self::incoming::{Posted, WebhookRefusal};
use crate::context::{Wanted, World};
use crate::operation::{Entry, Handler};
use crate::sns::{Signer, SnsSettings};
use crate::sts::{Checking, KeyCache};
use crate::turns::Turns;
use crate::{Context, Fetch, Settings, Wake, fault};

/// How often a call that met a change of the directory is decided and made again.
const ATTEMPTS: usize = 8;
/// How many passwords are compared at a time: each takes a tenth of a second of a processor.
const COMPARED_AT_A_TIME: usize = 2;

/// A service's model name and the operations served of it.
pub(crate) const SERVICES: &[(&str, &[Entry])] = &[
    ("account", crate::account::OPERATIONS),
    ("bailiwick", crate::bailiwick::OPERATIONS),
    ("chatbot", crate::chatbot::OPERATIONS),
    ("chime", crate::chime::OPERATIONS),
    ("iam", crate::iam::OPERATIONS),
    ("organizations", crate::organizations::OPERATIONS),
    ("sns", crate::sns::OPERATIONS),
    ("sts", crate::sts::OPERATIONS),
];

/// Why a permitted call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The service answered with a fault. That is an outcome like any other: it is recorded.
    #[error("{0}")]
    Fault(Fault),
    /// The permit was not for this call, or too old.
    #[error(transparent)]
    Permit(#[from] PermitError),
    /// The directory moved since the decision. Nothing was changed; decide again.
    #[error("the directory changed since the decision; decide again")]
    Stale,
    /// The outcome could not be stored. Nothing was changed.
    #[error("the outcome could not be stored: {0}")]
    Store(#[from] StoreError),
}

/// What a whole call came to: decided, then made if it was allowed.
#[derive(Debug)]
pub enum Answer {
    /// The service's answer.
    Output(Value),
    /// The service's fault.
    Fault(Fault),
    /// The call was not allowed.
    Denied(Box<Ruling>),
}

/// What is known of a call when the change that goes with it is made.
pub enum Told<'a> {
    /// It is refused.
    Denied(&'a Ruling),
    /// It was allowed, and this is the service's answer or fault.
    Made(&'a Ruling, &'a Result<Value, Fault>),
}

/// The services, over one store and one authority.
pub struct Services {
    pub(crate) authority: Arc<Authority>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Arc<Vault>,
    pack: Arc<Pack>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    wake: Arc<Wake>,
    settings: Settings,
    fetch: Option<Arc<dyn Fetch>>,
    keys: KeyCache,
    encoded_denials: bool,
    sns: SnsSettings,
    signer: Arc<Signer>,
    turns: Turns,
    webhook_paces: Paces,
    /// Turns at comparing a password.
    pub(crate) comparing: Semaphore,
}

/// What the services are made of.
pub struct Parts {
    /// Decides and records.
    pub authority: Arc<Authority>,
    /// Keeps.
    pub store: Arc<dyn Store>,
    /// Seals.
    pub vault: Arc<Vault>,
    /// The service models.
    pub pack: Arc<Pack>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Told after each commit.
    pub wake: Arc<Wake>,
    /// What SNS must know of the instance.
    pub sns: SnsSettings,
}

impl Services {
    /// The services over these parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { authority, store, vault, pack, clock, entropy, wake, sns } = parts;
        let signer = Signer::new(Arc::clone(&store), Arc::clone(&vault), Arc::clone(&clock), sns.base_url.clone());
        Services {
            authority,
            store,
            vault,
            pack,
            clock,
            entropy,
            wake,
            settings: Settings::default(),
            fetch: None,
            keys: KeyCache::default(),
            encoded_denials: false,
            sns,
            signer: Arc::new(signer),
            turns: Turns::default(),
            webhook_paces: Paces::default(),
            comparing: Semaphore::new(COMPARED_AT_A_TIME),
        }
    }

    /// The same services, as a deployment wants them.
    #[must_use]
    pub fn with_settings(self, settings: Settings) -> Self {
        Services { settings, ..self }
    }

    /// With a way to the documents of identity providers; without one, nobody can be vouched for.
    #[must_use]
    pub fn with_fetch(mut self, fetch: Arc<dyn Fetch>) -> Self {
        self.fetch = Some(fetch);
        self
    }

    /// With refusals that carry an encoded authorization message for every service, and not only where AWS does.
    #[must_use]
    pub fn with_encoded_denials(mut self, encoded: bool) -> Self {
        self.encoded_denials = encoded;
        self
    }

    /// The fault with which the API answers a refused call; `None` for an allowed one.
    pub fn refusal(&self, ruling: &Ruling) -> Option<Fault> {
        let mut fault = ruling.fault()?;
        // EC2 does not say why, except to whoever may decode it.
        if (self.encoded_denials || ruling.service == "ec2")
            && let Some(message) = crate::sts::encoded(&self.vault, ruling)
        {
            fault.message = format!("{} Encoded authorization failure message: {message}", fault.message);
        }
        Some(fault)
    }

    /// Who signs SNS's notifications.
    pub fn signer(&self) -> Arc<Signer> {
        Arc::clone(&self.signer)
    }

    /// Every operation that is served, as model name of the service and name of the operation.
    pub fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
        SERVICES.iter().flat_map(|(service, entries)| entries.iter().map(move |entry| (*service, entry.name)))
    }

    /// Whether calls of this service are ours to answer.
    pub fn serves(service: &str) -> bool {
        SERVICES.iter().any(|(name, _)| *name == service)
    }

    fn handler(service: &str, operation: &str) -> Option<Handler> {
        let (_, entries) = SERVICES.iter().find(|(name, _)| *name == service)?;
        entries.iter().find(|entry| entry.name == operation).map(|entry| entry.handler)
    }

    /// Decides a call and makes it, for callers that need nothing committed with either: API requests. The decision is
    /// committed with what the handler asked for and with the outcome, before anybody is answered.
    ///
    /// # Errors
    /// The decision and its outcome could not be stored: nothing was done.
    pub async fn call(&self, caller: &Caller, origin: &Origin, call: Call) -> Result<Answer, CallError> {
        if caller.principal == Principal::Anonymous && Self::handler(&call.service, &call.operation).is_none() {
            return Ok(Answer::Fault(not_offered(&call)));
        }
        // What does not fit the model is refused before it is asked whether it may be done, as AWS does.
        if Self::handler(&call.service, &call.operation).is_some()
            && let Err(fault) = crate::input::check(&self.pack, &call)
        {
            return self.undecided(caller, origin, &call, fault).await;
        }
        for _ in 0..ATTEMPTS {
            let proven;
            let caller = if call.service == "sts" {
                match self.proven(caller, &call).await {
                    Ok(caller) => {
                        proven = caller;
                        &proven
                    }
                    Err(fault) => return self.undecided(caller, origin, &call, fault).await,
                }
            } else {
                caller
            };
            match self.attempt(caller, origin, &call, Ok(()), &|_| Change::new()).await? {
                Some(answer) => return Ok(answer),
                None => drop(self.authority.refresh().await.map_err(AuthorityError::from)?),
            }
        }
        Err(CallError::Restless)
    }

    /// Decides a call of ours and makes it. The decision, what the handler asked for, the outcome and what `also` makes of
    /// them are one commit: where it fails, nothing took place. `also` is asked again where the directory moved meanwhile.
    ///
    /// # Errors
    /// Nothing was stored: neither the decision nor what follows from it.
    pub async fn decide_and_make(
        &self,
        caller: &Caller,
        origin: &Origin,
        call: &Call,
        also: impl Fn(Told<'_>) -> Change + Send + Sync,
    ) -> Result<Answer, CallError> {
        let mut left = ATTEMPTS;
        while left > 0 {
            let revision = self.authority.directory().revision();
            let checked = crate::input::check(&self.pack, call);
            if let Some(answer) = self.attempt(caller, origin, call, checked, &also).await? {
                return Ok(answer);
            }
            // Where the directory is the same, it may be what goes with the call that does not fit any more.
            let same = self.authority.refresh().await.map_err(AuthorityError::from)?.revision() == revision;
            left = if same { left / 2 } else { left - 1 };
        }
        Err(CallError::Restless)
    }

    /// The caller with what the call's own parameters prove.
    async fn proven(&self, caller: &Caller, call: &Call) -> Result<Caller, Fault> {
        let mut caller = caller.clone();
        let directory = self.authority.directory();
        let (fetch, now) = (self.fetch.as_deref(), self.clock.now());
        let enforced = self.authority.enforces();
        let store = self.store.as_ref();
        let checking =
            Checking { directory: &directory, vault: &self.vault, store, fetch, keys: &self.keys, enforced, now };
        crate::sts::prove(checking, &mut caller, call).await?;
        Ok(caller)
    }

    /// Records a call that is refused without a decision, before anybody is told.
    async fn undecided(
        &self,
        caller: &Caller,
        origin: &Origin,
        call: &Call,
        fault: Fault,
    ) -> Result<Answer, CallError> {
        let now = self.clock.now();
        let id = ordered_uuid(self.entropy.as_ref(), now);
        let record = audit::undecided(&self.pack, caller, origin, call, &id, now, &fault)
            .map_err(|error| fault::internal(&error.to_string()));
        match record {
            Ok(record) => {
                self.store.commit(Change::new().audit(record)).await.map_err(CallError::Store)?;
                Ok(Answer::Fault(fault))
            }
            Err(failed) => Ok(Answer::Fault(failed)),
        }
    }

    /// One attempt at a call; `None` when something moved in between, so that it has to be decided again.
    async fn attempt(
        &self,
        caller: &Caller,
        origin: &Origin,
        call: &Call,
        checked: Result<(), Fault>,
        also: &(impl Fn(Told<'_>) -> Change + Send + Sync),
    ) -> Result<Option<Answer>, CallError> {
        let (authorized, directory, unrecorded) = match self.authority.decide(caller, origin, call.clone())? {
            Decision::Allowed(authorized, directory, unrecorded) => (authorized, directory, unrecorded),
            Decision::Denied(ruling, unrecorded) => {
                let change = unrecorded.asserted().and(also(Told::Denied(&ruling)));
                return match self.store.commit(change).await {
                    Ok(_) => Ok(Some(Answer::Denied(ruling))),
                    Err(StoreError::Conflict { .. }) => Ok(None),
                    Err(error) => Err(CallError::Store(error)),
                };
            }
        };
        let ruling = authorized.shared_ruling();
        let Ran { output, wanted, outcome } =
            match self.run(&directory, *authorized, call, checked, self.clock.now()).await {
                Ok(ran) => ran,
                Err(fault) => return Ok(Some(Answer::Fault(fault))),
            };
        let also = also(Told::Made(&ruling, &output)).audit(outcome);
        match (self.settle(&directory, unrecorded, wanted, also, output.is_ok()).await, output) {
            (Ok(()), Ok(output)) => Ok(Some(Answer::Output(output))),
            (Ok(()), Err(fault)) => Ok(Some(Answer::Fault(fault))),
            (Err(InvokeError::Stale), _) => Ok(None),
            (Err(InvokeError::Fault(fault)), _) => Ok(Some(Answer::Fault(fault))),
            (Err(InvokeError::Permit(error)), _) => Err(CallError::Permit(error)),
            (Err(InvokeError::Store(error)), _) => Err(CallError::Store(error)),
        }
    }

    /// Commits a decision with what followed from it. After a fault nothing of the handler's is kept.
    async fn settle(
        &self,
        directory: &Directory,
        decision: Unrecorded,
        wanted: Wanted,
        also: Change,
        done: bool,
    ) -> Result<(), InvokeError> {
        if !done {
            return self.store.commit(decision.asserted().and(also)).await.map(drop).map_err(from_store);
        }
        let Wanted { change, directory: moved, turns: _held } = wanted;
        if change.is_empty() && moved.is_empty() {
            return self.store.commit(decision.asserted().and(also)).await.map(drop).map_err(from_store);
        }
        let decision = if moved.is_empty() { decision.asserted() } else { decision.into_record() };
        let sends = change.sends();
        let also = decision.and(change).and(also);
        self.authority.commit_directory(directory.revision(), moved, also).await.map_err(from_commit)?;
        self.wake.signal();
        if sends {
            self.send().await;
        }
        Ok(())
    }

    /// Makes a permitted call. What the handler asked for, `also`, and the outcome's audit record are committed together;
    /// after a fault nothing of the handler's is.
    ///
    /// # Errors
    /// [`InvokeError`]. Only [`InvokeError::Fault`] leaves a trace: the outcome's record and `also`.
    pub async fn invoke(
        &self,
        permit: Permit,
        call: Call,
        also: impl FnOnce(&Result<Value, Fault>) -> Change + Send,
    ) -> Result<Value, InvokeError> {
        let now = self.clock.now();
        let revision = permit.ruling().revision;
        let authorized = permit.open(call.clone(), now)?;
        let directory = self.authority.directory();
        if directory.revision() != revision {
            return Err(InvokeError::Stale);
        }
        let checked = crate::input::check(&self.pack, &call);
        let Ran { output, wanted, outcome } =
            self.run(&directory, authorized, &call, checked, now).await.map_err(InvokeError::Fault)?;
        let record = also(&output).audit(outcome);
        match output {
            Ok(output) => {
                let Wanted { change, directory: moved, turns: _held } = wanted;
                let change = change.and(record);
                let sends = change.sends();
                self.authority.commit_directory(revision, moved, change).await.map_err(from_commit)?;
                self.wake.signal();
                if sends {
                    self.send().await;
                }
                Ok(output)
            }
            Err(fault) => {
                self.store.commit(record).await?;
                Err(InvokeError::Fault(fault))
            }
        }
    }

    /// Has what the outbox got sent. Where calls are answered when all is done, that it was tried is waited for.
    async fn send(&self) {
        match self.settings.at_once {
            true => self.sns.sent().await,
            false => self.sns.outbound.signal(),
        }
    }

    /// Runs the handler on a snapshot, with what the check of the input came to. The fault is one of ours: the outcome's
    /// record could not be written.
    async fn run(
        &self,
        directory: &Directory,
        authorized: bailiwick_authority::Authorized,
        call: &Call,
        checked: Result<(), Fault>,
        now: Timestamp,
    ) -> Result<Ran, Fault> {
        let attempt = audit::Attempt::of(&authorized);
        let world = World {
            store: self.store.as_ref(),
            pack: &self.pack,
            vault: &self.vault,
            entropy: self.entropy.as_ref(),
            settings: self.settings,
            sns: &self.sns,
            turns: &self.turns,
            authority: &self.authority,
        };
        let cx = Context::new(world, directory, now);
        let output = match (Self::handler(&call.service, &call.operation), checked) {
            (Some(handler), Ok(())) => handler(&cx, authorized).await,
            (Some(_), Err(fault)) => Err(fault),
            (None, _) => Err(not_offered(call)),
        };
        let wanted = cx.into_wanted();
        let end = match &output {
            Ok(output) => End::Finished(output),
            Err(fault) => End::Failed(fault),
        };
        let outcome = audit::outcome(&self.pack, &attempt, &ordered_uuid(self.entropy.as_ref(), now), now, end)
            .map_err(|error| fault::internal(&error.to_string()))?;
        Ok(Ran { output, wanted, outcome })
    }
}

/// What running a handler came to.
struct Ran {
    output: Result<Value, Fault>,
    wanted: Wanted,
    outcome: AuditDraft,
}

/// A call that came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No decision was recorded.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The permit did not open.
    #[error(transparent)]
    Permit(PermitError),
    /// The directory changed again and again.
    #[error("the directory changes faster than the call can be made; try again")]
    Restless,
    /// The outcome could not be stored.
    #[error("the outcome could not be stored: {0}")]
    Store(StoreError),
}

fn from_store(error: StoreError) -> InvokeError {
    match error {
        StoreError::Conflict { .. } => InvokeError::Stale,
        error => InvokeError::Store(error),
    }
}

fn from_commit(error: CommitError) -> InvokeError {
    match error {
        CommitError::Stale { .. } => InvokeError::Stale,
        // Somebody else was faster with the same entity. The handler read before it asked, so it will see that now.
        CommitError::Store(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => InvokeError::Stale,
        CommitError::Store(error) => InvokeError::Store(error),
        CommitError::Apply(error) => InvokeError::Fault(fault::internal(&error.to_string())),
        CommitError::Load(error) => InvokeError::Fault(fault::internal(&error.to_string())),
    }
}

fn not_offered(call: &Call) -> Fault {
    let message = format!("{}:{} is not offered by this server.", call.service, call.operation);
    Fault::sender("NotImplemented", 501, message)
}
