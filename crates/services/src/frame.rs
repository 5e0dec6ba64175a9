//! The frame around every handler: permit, handler, commit, outcome.

use std::sync::Arc;

use bailiwick_authority::audit::{self, End};
use bailiwick_authority::{
    Authority, AuthorityError, Call, Caller, Clock, CommitError, Entropy, Origin, Outcome, Permit, PermitError, Ruling,
    uuid,
};
use bailiwick_aws::Value;
use bailiwick_aws::fault::Fault;
use bailiwick_aws::pack::Pack;
use bailiwick_store::vault::Vault;
use bailiwick_store::{Change, Store, StoreError};

use crate::operation::{Entry, Handler};
use crate::{Context, Settings, Wake, fault};

/// How often a call that met a change of the directory is decided and made again.
const ATTEMPTS: usize = 8;

/// A service's model name and the operations served of it.
pub(crate) const SERVICES: &[(&str, &[Entry])] = &[
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

/// The services, over one store and one authority.
pub struct Services {
    authority: Arc<Authority>,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    pack: Arc<Pack>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    wake: Arc<Wake>,
    settings: Settings,
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
}

impl Services {
    /// The services over these parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { authority, store, vault, pack, clock, entropy, wake } = parts;
        Services { authority, store, vault, pack, clock, entropy, wake, settings: Settings::default() }
    }

    /// The same services, as a deployment wants them.
    #[must_use]
    pub fn with_settings(self, settings: Settings) -> Self {
        Services { settings, ..self }
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

    /// Decides a call and makes it, for callers that need nothing committed with either: API requests.
    ///
    /// # Errors
    /// No decision could be recorded, or its outcome could not be stored: nothing was done.
    pub async fn call(&self, caller: &Caller, origin: &Origin, call: Call) -> Result<Answer, CallError> {
        for _ in 0..ATTEMPTS {
            let permit = match self.authority.authorize(caller, origin, call.clone(), Change::new()).await? {
                Outcome::Allowed(permit) => permit,
                Outcome::Denied(ruling) => return Ok(Answer::Denied(ruling)),
            };
            match self.invoke(permit, call.clone(), |_| Change::new()).await {
                Ok(output) => return Ok(Answer::Output(output)),
                Err(InvokeError::Fault(fault)) => return Ok(Answer::Fault(fault)),
                Err(InvokeError::Stale | InvokeError::Permit(PermitError::Expired { .. })) => {}
                Err(InvokeError::Permit(error)) => return Err(CallError::Permit(error)),
                Err(InvokeError::Store(error)) => return Err(CallError::Store(error)),
            }
        }
        Err(CallError::Restless)
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
        let attempt = audit::Attempt::of(&self.pack, &authorized);
        let cx = Context::new(
            &directory,
            self.store.as_ref(),
            &self.pack,
            &self.vault,
            self.entropy.as_ref(),
            &self.authority,
            now,
        )
        .with_settings(self.settings);
        let output = match (Self::handler(&call.service, &call.operation), crate::input::check(&self.pack, &call)) {
            (Some(handler), Ok(())) => handler(&cx, authorized).await,
            (Some(_), Err(fault)) => Err(fault),
            (None, _) => Err(not_offered(&call)),
        };
        let wanted = cx.into_wanted();

        let end = match &output {
            Ok(output) => End::Finished(output),
            Err(fault) => End::Failed(fault),
        };
        let draft = audit::outcome(&self.pack, &attempt, &uuid(self.entropy.as_ref()), now, end)
            .map_err(|error| InvokeError::Fault(fault::internal(&error.to_string())))?;
        let record = also(&output).audit(draft);
        match output {
            Ok(output) => {
                let change = wanted.change.and(record);
                self.authority.commit_directory(revision, wanted.directory, change).await.map_err(from_commit)?;
                self.wake.signal();
                Ok(output)
            }
            Err(fault) => {
                self.store.commit(record).await?;
                Err(InvokeError::Fault(fault))
            }
        }
    }
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
