use crate::{PolicyType, Span};

/// A layer of a decision. Layers are named by the type of the policies they hold.
pub type Layer = PolicyType;

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Every layer that applies lets the request pass.
    Allowed,
    /// No statement denies it, but a layer that has to allow it does not.
    ImplicitDeny,
    /// A statement denies it, or a policy that applies could not be read.
    ExplicitDeny,
}

impl Outcome {
    /// Whether the request may go on.
    pub fn is_allowed(self) -> bool {
        self == Outcome::Allowed
    }

    /// `allowed`, `implicit_deny` or `explicit_deny`, as conformance cases spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Allowed => "allowed",
            Outcome::ImplicitDeny => "implicit_deny",
            Outcome::ExplicitDeny => "explicit_deny",
        }
    }
}

/// A decision with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// What decided it: the first layer, in AWS's order, that gives this outcome.
    pub reason: Reason,
    /// Every layer that cuts the request, in AWS's order; empty when it is allowed. A layer cuts by denying explicitly, or by not
    /// allowing where it has to.
    pub blocked_by: Vec<Layer>,
}

/// What decided a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The layer that decided.
    pub layer: Layer,
    /// For SCPs and RCPs the level, 0 being the root.
    pub level: Option<usize>,
    /// The name of the policy that decided; `None` where no single policy did.
    pub policy: Option<String>,
    /// The statement that decided; `None` where none did.
    pub statement: Option<StatementRef>,
    /// Why.
    pub cause: Cause,
}

/// Why a layer decided as it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A statement allows the request.
    StatementAllows,
    /// A statement denies the request.
    StatementDenies,
    /// No statement of the layer allows the request.
    NothingAllows,
    /// A policy of the layer could not be read, so that nobody can know what it denies.
    Unreadable,
    /// The action needs no permission: `sts:GetCallerIdentity`.
    NoPermissionNeeded,
    /// The caller is the root user of the account that owns the resource, whom nothing has to allow.
    RootUser,
}

/// Where a statement is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRef {
    /// Its position in the policy, from 0.
    pub index: usize,
    /// Its `Sid`, if it has one.
    pub sid: Option<String>,
    /// Its place in the text of the policy.
    pub span: Span,
}
