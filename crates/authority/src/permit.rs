//! The permit: what must be handed over, by value, to whatever acts. Only [`crate::Authority::authorize`] makes one, and
//! only after the decision was committed to the audit trail.

use std::sync::Arc;

use bailiwick_ident::{AccountId, Partition, Region, Timestamp};

use crate::{audit::Shared, call::Call, caller::Caller, caller::Tags, origin::Origin, ruling::Ruling};

/// How long a permit is good, in seconds.
pub const PERMIT_SECONDS: i64 = 60;

/// Why a permit does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PermitError {
    /// It was made too long ago.
    #[error("the permit for {operation} ended at {at}; ask for the decision again")]
    Expired {
        /// The operation.
        operation: String,
        /// When it ended.
        at: Timestamp,
    },
    /// The call is not the one that was decided.
    #[error("the permit is for another call than this {operation}; ask for the decision again")]
    OtherCall {
        /// The operation of the call that was given.
        operation: String,
    },
}

/// A resource that a permit covers, with the action that was allowed on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermittedResource {
    /// The IAM action.
    pub action: String,
    /// An ARN or `*`.
    pub resource: String,
}

/// The session that a call for another account's endpoint is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPlan {
    /// The role to assume.
    pub role_arn: String,
    /// The session's name.
    pub session_name: String,
    /// The source identity.
    pub source_identity: Option<String>,
    /// Session tags.
    pub tags: Tags,
    /// Managed policies that bound the session: the channel's guardrails.
    pub policy_arns: Vec<String>,
    /// An inline policy that bounds the session.
    pub policy: Option<String>,
    /// How long the session shall last, in seconds.
    pub duration_seconds: u32,
}

/// The right to make one exact call, once, within a minute. It is used up by opening it:
///
/// ```
/// # use bailiwick_authority::{Authorized, Call, Permit, PermitError};
/// # use bailiwick_ident::Timestamp;
/// fn once(permit: Permit, call: Call, now: Timestamp) -> Result<Authorized, PermitError> {
///     permit.open(call, now)
/// }
/// ```
///
/// so it cannot be opened twice,
///
/// ```compile_fail,E0382
/// # use bailiwick_authority::{Authorized, Call, Permit, PermitError};
/// # use bailiwick_ident::Timestamp;
/// fn twice(permit: Permit, call: Call, now: Timestamp) -> Result<Authorized, PermitError> {
///     let _ = permit.open(call.clone(), now);
///     permit.open(call, now)
/// }
/// ```
///
/// it cannot be copied,
///
/// ```compile_fail,E0599
/// # use bailiwick_authority::Permit;
/// fn copy(permit: &Permit) -> Permit {
///     Permit::clone(permit)
/// }
/// ```
///
/// and it cannot be made outside this crate, not even from another one's parts.
///
/// ```compile_fail,E0451
/// # use bailiwick_authority::Permit;
/// fn forge(permit: Permit) -> Permit {
///     let Permit { bound } = permit;
///     Permit { bound }
/// }
/// ```
#[derive(Debug)]
pub struct Permit {
    bound: Box<Bound>,
}

/// What a permit is bound to.
#[derive(Debug)]
struct Bound {
    caller: Caller,
    origin: Origin,
    digest: [u8; 32],
    account: AccountId,
    region: Region,
    partition: Partition,
    operation: String,
    resources: Vec<PermittedResource>,
    plan: Option<SessionPlan>,
    ruling: Arc<Ruling>,
    shared: Shared,
    expires_at: Timestamp,
}

/// Proof, known inside this crate only, that a decision was committed.
pub(crate) struct Recorded {
    pub(crate) ruling: Arc<Ruling>,
    pub(crate) shared: Shared,
    pub(crate) committed_at: Timestamp,
}

/// What a ruling allowed.
fn resources(ruling: &Ruling) -> Vec<PermittedResource> {
    let permitted = |check: &crate::CheckRuling| PermittedResource {
        action: check.action.clone(),
        resource: check.resource.clone(),
    };
    ruling.checks.iter().map(permitted).collect()
}

impl Permit {
    pub(crate) fn new(
        recorded: Recorded,
        caller: Caller,
        origin: Origin,
        call: &Call,
        plan: Option<SessionPlan>,
    ) -> Self {
        let resources = resources(&recorded.ruling);
        let bound = Bound {
            caller,
            origin,
            digest: call.digest(),
            account: call.account,
            region: call.region.clone(),
            partition: call.partition.clone(),
            operation: format!("{}:{}", call.service, call.operation),
            resources,
            plan,
            ruling: recorded.ruling,
            shared: recorded.shared,
            expires_at: recorded.committed_at.plus_seconds(PERMIT_SECONDS),
        };
        Permit { bound: Box::new(bound) }
    }

    /// The recorded ruling behind the permit.
    pub fn ruling(&self) -> &Ruling {
        &self.bound.ruling
    }

    /// The account the call is for.
    pub fn account(&self) -> AccountId {
        self.bound.account
    }

    /// The Region the call is for.
    pub fn region(&self) -> &Region {
        &self.bound.region
    }

    /// The partition the call is for.
    pub fn partition(&self) -> &Partition {
        &self.bound.partition
    }

    /// `service:Operation`.
    pub fn operation(&self) -> &str {
        &self.bound.operation
    }

    /// The session to make the call with at the account's endpoint; `None` when the caller's principal is no role.
    pub fn session_plan(&self) -> Option<&SessionPlan> {
        self.bound.plan.as_ref()
    }

    /// Exchanges the permit for the right to run `call`, which must be the call that was decided.
    ///
    /// # Errors
    /// [`PermitError::Expired`] after a minute; [`PermitError::OtherCall`] when any part of the call differs. Either way
    /// the permit is used up.
    pub fn open(self, call: Call, now: Timestamp) -> Result<Authorized, PermitError> {
        let bound = *self.bound;
        if now > bound.expires_at {
            return Err(PermitError::Expired { operation: bound.operation, at: bound.expires_at });
        }
        if call.digest() != bound.digest {
            return Err(PermitError::OtherCall { operation: format!("{}:{}", call.service, call.operation) });
        }
        let Bound { caller, origin, resources, plan, ruling, shared, .. } = bound;
        Ok(Authorized { caller, origin, call, resources, plan, ruling, shared })
    }
}

/// A call that may run, with everything its handler may know of why. Only [`Permit::open`] makes one.
#[derive(Debug)]
pub struct Authorized {
    caller: Caller,
    origin: Origin,
    call: Call,
    resources: Vec<PermittedResource>,
    plan: Option<SessionPlan>,
    ruling: Arc<Ruling>,
    shared: Shared,
}

impl Authorized {
    /// The right to compute a call whose decision is stored together with its outcome.
    pub(crate) fn provisional(
        ruling: Arc<Ruling>,
        shared: Shared,
        caller: Caller,
        origin: Origin,
        call: Call,
        plan: Option<SessionPlan>,
    ) -> Self {
        let resources = resources(&ruling);
        Authorized { caller, origin, call, resources, plan, ruling, shared }
    }

    /// Who calls.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Where the call came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The call.
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// The resources that were decided on, with the actions that were allowed.
    pub fn resources(&self) -> &[PermittedResource] {
        &self.resources
    }

    /// The session to make the call with at the account's endpoint.
    pub fn session_plan(&self) -> Option<&SessionPlan> {
        self.plan.as_ref()
    }

    /// The recorded ruling.
    pub fn ruling(&self) -> &Ruling {
        &self.ruling
    }

    /// The same, to be kept for longer than this right.
    pub fn shared_ruling(&self) -> Arc<Ruling> {
        Arc::clone(&self.ruling)
    }

    /// What the record of the outcome shares with the decision's.
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The request id, the same everywhere.
    pub fn request_id(&self) -> &str {
        &self.caller.request_id
    }

    /// The id of the recorded decision.
    pub fn decision_id(&self) -> &str {
        &self.ruling.id
    }
}
