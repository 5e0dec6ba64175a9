//! A ruling: the answer to "may they", over all nine layers, with what people need to read about it.

mod fault;

use bailiwick_ident::{AccountId, Region, Timestamp};

/// How a layer answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Left to somebody else, such as AWS for an account that is not ours.
    NotDecidedHere,
    /// The layer does not exist for this call.
    NotThere,
    /// The layer lets the call through.
    Passed,
    /// The layer stops the call.
    Stopped,
}

impl StepState {
    /// The word for people: `not decided here`, `not there`, `passed`, `stopped`.
    pub fn as_str(self) -> &'static str {
        match self {
            StepState::NotDecidedHere => "not decided here",
            StepState::NotThere => "not there",
            StepState::Passed => "passed",
            StepState::Stopped => "stopped",
        }
    }
}

/// One of the nine layers of a ruling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// 1 to 9.
    pub number: u8,
    /// The layer in words, such as `SCPs, RCPs` or `role ops-readonly`.
    pub name: String,
    /// How it answered.
    pub state: StepState,
    /// One line of explanation; may be empty.
    pub text: String,
    /// The deciding policy's name or ARN.
    pub policy: Option<String>,
    /// The deciding statement, quoted from its document.
    pub statement: Option<String>,
    /// The value that failed, such as a condition key with what it was.
    pub value: Option<String>,
}

/// Which policy kind denied, in the words AWS's messages use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenialKind {
    /// One of Bailiwick's own layers: the non-supported list, the chatbot policy, guardrails, the agent, an approval.
    Bailiwick,
    /// A permissions boundary.
    Boundary,
    /// The kind of the caller's credentials, whatever policies say.
    Credentials,
    /// The identity's own policies.
    Identity,
    /// A resource control policy.
    ResourceControl,
    /// A resource-based policy.
    Resource,
    /// A service control policy.
    ServiceControl,
    /// A session policy.
    Session,
    /// A role's trust policy.
    Trust,
}

/// Why a call was refused: the first layer, in order, that stopped it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The layer, 1 to 9.
    pub layer: u8,
    /// The kind of policy.
    pub kind: DenialKind,
    /// Whether a statement denies, or merely none allows.
    pub explicit: bool,
    /// The IAM action that was refused, such as `sns:Publish`; for a refused operation without one, `service:Operation`.
    pub action: String,
    /// The resource it was refused on: an ARN or `*`.
    pub resource: String,
    /// One sentence for people, without a full stop: `this channel's guardrails do not allow sns:Publish`.
    pub sentence: String,
    /// ARN of a resource control policy that denied; AWS names it in its message.
    pub policy_arn: Option<String>,
}

/// Somebody who can change a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changer {
    /// In which capacity: `the channel's administrators`, `administrators of account 444455556666 (workload)`.
    pub role: String,
    /// Their names, when they are known.
    pub names: Vec<String>,
}

/// One action on one resource, as it was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRuling {
    /// The IAM action.
    pub action: String,
    /// An ARN, `*`, or the ARN's format when it could not be known.
    pub resource: String,
    /// Whether it was allowed.
    pub allowed: bool,
}

/// The answer to "may they", composed of all layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// Unique; the id of the audit record.
    pub id: String,
    /// The request it answers.
    pub request_id: String,
    /// The directory's revision it was made from.
    pub revision: u64,
    /// When.
    pub decided_at: Timestamp,
    /// The service's model name.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The account of the call.
    pub account: AccountId,
    /// The Region of the call.
    pub region: Region,
    /// The caller's ARN.
    pub principal: String,
    /// Whether every layer lets the call through.
    pub allowed: bool,
    /// Whether the answer binds. It does not where an ephemeral instance was told to log what policies say, or to leave
    /// them out.
    pub enforced: bool,
    /// The nine layers, in order.
    pub steps: [Step; 9],
    /// Each action and resource that was decided; empty for calls that need no permission.
    pub checks: Vec<CheckRuling>,
    /// Why not, when not.
    pub denial: Option<Denial>,
    /// Who can change it, when it was refused.
    pub can_change: Vec<Changer>,
    /// What would have to be true for another answer, such as a missing condition key or an approval.
    pub residual: Vec<String>,
}

impl Ruling {
    /// Whether the call may be made: it is allowed, or the answer does not bind.
    pub fn passes(&self) -> bool {
        self.allowed || !self.enforced
    }

    /// Whether it was refused for want of a role that the member has chosen.
    pub fn wants_own_role(&self) -> bool {
        self.denial.as_ref().is_some_and(|denial| {
            denial.sentence.contains(crate::decide::MUST_CHOOSE)
                || denial.sentence.contains(crate::decide::CHOOSE_YOUR_OWN)
        })
    }

    /// The layers that stopped the call, in order.
    pub fn stopped(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.state == StepState::Stopped)
    }

    /// What was asked, such as `sns:Publish on arn:aws:sns:us-east-1:444455556666:alarms`.
    pub fn asked(&self) -> String {
        match &self.denial {
            Some(denial) if denial.resource == "*" => denial.action.clone(),
            Some(denial) => format!("{} on {}", denial.action, denial.resource),
            None => match self.checks.first() {
                Some(check) if check.resource != "*" => format!("{} on {}", check.action, check.resource),
                Some(check) => check.action.clone(),
                None => format!("{}:{}", self.service, self.operation),
            },
        }
    }

    /// One sentence for people: why not, or that it may run. Without a full stop.
    pub fn sentence(&self) -> String {
        match &self.denial {
            Some(denial) => denial.sentence.clone(),
            None => format!("{} may run", self.asked()),
        }
    }

    /// The layer that stopped it in words, and what the other stopping layers say:
    /// `guardrails (protection policy): no statement allows it; the role ops-readonly does not allow it either`.
    pub fn stopped_by(&self) -> Option<String> {
        let denial = self.denial.as_ref()?;
        let first = self.stopped().find(|step| step.number == denial.layer)?;
        let mut text = match &first.policy {
            Some(policy) if *policy != first.name => format!("{} ({policy}): {}", first.name, first.text),
            _ => format!("{}: {}", first.name, first.text),
        };
        for other in self.stopped().filter(|step| step.number != denial.layer) {
            // Operations, SCPs, guardrails, approvals: these layers are several.
            let does = if matches!(other.number, 1 | 3 | 6 | 9) { "do" } else { "does" };
            text.push_str(&format!("; {} {does} not allow it either", other.name));
        }
        Some(text)
    }
}
