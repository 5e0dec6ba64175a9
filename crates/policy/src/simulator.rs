//! AWS's policy simulator: what `SimulateCustomPolicy`, `SimulatePrincipalPolicy` and the `GetContextKeysFor*` operations of IAM
//! answer, as plain values.
//!
//! The simulator is not the live service, and this module follows it where the two differ: statements are listed with their
//! places, keys that are missing are named, a grant to an account counts as one to its users, and a text that is no number is
//! never unequal to one. Decisions that count are made by the evaluators of this crate, not here.
//!
//! Source: AWS's IAM API reference, and AWS's recorded answers, which `testdata/captured_simulator.jsonl` holds.

mod action;
mod context;
mod decide;
mod error;
mod keys;
mod number;
mod page;
mod prepare;

use crate::document::Position;
use bailiwick_ident::AccountId;

pub use context::ContextEntry;
pub use error::SimulationError;
pub use keys::context_keys;
pub use page::simulate;
pub use prepare::policy_source;

/// A policy to simulate, and how answers call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePolicy {
    /// `SourcePolicyId`: `PolicyInputList.1` for a policy of the request, the policy's name for an attached one.
    pub id: String,
    /// The document.
    pub text: String,
}

impl SourcePolicy {
    /// The policies of a request's list, named by their place in it; `list` is the parameter: `PolicyInputList` or
    /// `PermissionsBoundaryPolicyInputList`.
    pub fn inputs<T: Into<String>>(list: &str, texts: impl IntoIterator<Item = T>) -> Vec<Self> {
        let one = |(n, text): (usize, T)| SourcePolicy { id: format!("{list}.{}", n + 1), text: text.into() };
        texts.into_iter().enumerate().map(one).collect()
    }
}

/// A question to the simulator. For `SimulatePrincipalPolicy` the caller has looked up the principal: its policies come first in
/// `policies`, and `caller_arn` is the principal where the request names no other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulation {
    /// Identity policies.
    pub policies: Vec<SourcePolicy>,
    /// The permissions boundary; at most one.
    pub permissions_boundary: Vec<SourcePolicy>,
    /// The documents of service control policies, level by level, root first. Empty: no organization is simulated.
    pub organization_policies: Vec<Vec<String>>,
    /// The actions, each answered by itself.
    pub action_names: Vec<String>,
    /// The resources; empty stands for `*`.
    pub resource_arns: Vec<String>,
    /// One policy for all of the resources.
    pub resource_policy: Option<String>,
    /// The account that owns the resources, as an ARN such as `arn:aws:iam::111122223333:root`.
    pub resource_owner: Option<String>,
    /// Who is simulated to call.
    pub caller_arn: Option<String>,
    /// Condition keys.
    pub context_entries: Vec<ContextEntry>,
    /// The largest number of results in an answer, from 1 to 1,000; 100 when missing.
    pub max_items: Option<i64>,
    /// Where to go on, from an earlier answer.
    pub marker: Option<String>,
    /// The account of whoever asks the simulator.
    pub requester_account: Option<AccountId>,
}

/// `EvalDecision`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EvalDecision {
    /// `allowed`
    Allowed,
    /// `implicitDeny`
    ImplicitDeny,
    /// `explicitDeny`
    ExplicitDeny,
}

impl EvalDecision {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            EvalDecision::Allowed => "allowed",
            EvalDecision::ExplicitDeny => "explicitDeny",
            EvalDecision::ImplicitDeny => "implicitDeny",
        }
    }
}

/// `SourcePolicyType`, as the simulator spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourcePolicyType {
    /// `Permissions Boundary Policy`
    Boundary,
    /// `IAM Policy`
    Identity,
    /// `Resource Policy`
    Resource,
}

impl SourcePolicyType {
    /// The words on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            SourcePolicyType::Boundary => "Permissions Boundary Policy",
            SourcePolicyType::Identity => "IAM Policy",
            SourcePolicyType::Resource => "Resource Policy",
        }
    }
}

/// A statement that decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatchedStatement {
    /// The policy.
    pub source_policy_id: String,
    /// Its type.
    pub source_policy_type: SourcePolicyType,
    /// Just after the token before the statement; the `{` of a lone statement counts as one.
    pub start_position: Position,
    /// Just past the statement.
    pub end_position: Position,
}

/// What one action on one resource comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceSpecificResult {
    /// The resource.
    pub eval_resource_name: String,
    /// The decision for it.
    pub eval_resource_decision: EvalDecision,
    /// The statements that decided; left out on the wire when there are none.
    pub matched_statements: Vec<MatchedStatement>,
    /// The keys that policies name and the request does not have; left out on the wire when there are none.
    pub missing_context_values: Vec<String>,
    /// Across accounts: what each type of policy decides by itself. Left out on the wire when empty.
    pub eval_decision_details: Vec<(SourcePolicyType, EvalDecision)>,
    /// Whether the boundary allows it; `None` without a boundary.
    pub allowed_by_permissions_boundary: Option<bool>,
}

/// What one action comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationResult {
    /// The action, as the request spells it.
    pub eval_action_name: String,
    /// `*`, the one resource, or the ARN template of several.
    pub eval_resource_name: String,
    /// The worst decision of all resources.
    pub eval_decision: EvalDecision,
    /// The statements that decided, of all resources. Their order means nothing.
    pub matched_statements: Vec<MatchedStatement>,
    /// The keys that policies name and the request does not have; only filled for an implicit deny.
    pub missing_context_values: Vec<String>,
    /// Whether the service control policies allow it; `None` where no organization is simulated.
    pub allowed_by_organizations: Option<bool>,
    /// Whether the boundary allows it; `None` without a boundary.
    pub allowed_by_permissions_boundary: Option<bool>,
    /// Across accounts: what each type of policy decides by itself; `None`, and left out on the wire, when no resources were given.
    pub eval_decision_details: Option<Vec<(SourcePolicyType, EvalDecision)>>,
    /// One entry for each resource given; left out on the wire when none was.
    pub resource_specific_results: Vec<ResourceSpecificResult>,
}

/// One page of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulationPage {
    /// The results, one for each action.
    pub evaluation_results: Vec<EvaluationResult>,
    /// Where the next page starts; `None` on the last one (`IsTruncated` is false).
    pub marker: Option<String>,
}
