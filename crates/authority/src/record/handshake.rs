use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::PolicyType;
use crate::caller::Tags;

/// What two parties agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HandshakeAction {
    /// A member account approves all features.
    ApproveAllFeatures,
    /// The organization is to get all features, once every invited member has approved.
    EnableAllFeatures,
    /// An account is to join the organization.
    Invite,
}

impl HandshakeAction {
    /// The spelling of the API, such as `ENABLE_ALL_FEATURES`.
    pub fn as_str(self) -> &'static str {
        match self {
            HandshakeAction::ApproveAllFeatures => "APPROVE_ALL_FEATURES",
            HandshakeAction::EnableAllFeatures => "ENABLE_ALL_FEATURES",
            HandshakeAction::Invite => "INVITE",
        }
    }
}

/// How far a handshake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HandshakeState {
    /// Done as asked.
    Accepted,
    /// Taken back by the organization.
    Canceled,
    /// Refused by the other party.
    Declined,
    /// Waits for the other party.
    Open,
    /// Waits for the approvals of members.
    Requested,
}

/// Whom a handshake is with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandshakeParty {
    /// An account.
    Account(AccountId),
    /// Whichever account has this address.
    Email(String),
    /// Nobody else: the organization waits for handshakes of its own.
    Organization,
}

/// An agreement between the organization and an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeRecord {
    /// `h-...`
    pub id: String,
    /// What it is about.
    pub action: HandshakeAction,
    /// How far it is; past `expires_at` an open one is expired without being changed.
    pub state: HandshakeState,
    /// Whom it is with.
    pub party: HandshakeParty,
    /// When it was made.
    pub requested_at: Timestamp,
    /// When it ends unanswered.
    pub expires_at: Timestamp,
    /// When its state last changed.
    pub changed_at: Timestamp,
    /// What the invitation says besides.
    #[serde(default)]
    pub notes: Option<String>,
    /// Tags that the account gets when it joins.
    #[serde(default)]
    pub tags: Tags,
    /// The handshake that this one is a part of.
    #[serde(default)]
    pub parent: Option<String>,
}

impl HandshakeRecord {
    /// Whether it still waits for somebody.
    pub fn is_pending(&self, now: Timestamp) -> bool {
        matches!(self.state, HandshakeState::Open | HandshakeState::Requested) && now < self.expires_at
    }

    /// The state in the spelling of the API.
    pub fn state_at(&self, now: Timestamp) -> &'static str {
        match self.state {
            HandshakeState::Accepted => "ACCEPTED",
            HandshakeState::Canceled => "CANCELED",
            HandshakeState::Declined => "DECLINED",
            HandshakeState::Open | HandshakeState::Requested if now >= self.expires_at => "EXPIRED",
            HandshakeState::Open => "OPEN",
            HandshakeState::Requested => "REQUESTED",
        }
    }

    /// The resource part of its ARN after the organization's id, such as `invite/h-...`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.action.as_str().to_ascii_lowercase(), self.id)
    }
}

/// A request for a new account, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRequestRecord {
    /// `car-...`
    pub id: String,
    /// The name of the account.
    pub account_name: String,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When the work was done.
    pub completed_at: Timestamp,
    /// The new account; `None` when it was not made.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// The new account in AWS GovCloud (US), where one was asked for.
    #[serde(default)]
    pub gov_cloud_account: Option<AccountId>,
    /// Why it was not made, such as `EMAIL_ALREADY_EXISTS`.
    #[serde(default)]
    pub failure_reason: Option<String>,
}

/// The last valid effective policy of an account, kept while what its policies say together is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectivePolicyRecord {
    /// The account.
    pub account: AccountId,
    /// The type of policy.
    pub kind: PolicyType,
    /// The effective policy as JSON.
    pub content: String,
    /// Since when it has been in force.
    pub updated_at: Timestamp,
}
