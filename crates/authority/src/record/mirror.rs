//! What a sync read of a remote account: a copy of its roles, of the policies they bear, and of the policies of its
//! organization. The account's own IAM stays the truth.
//! Sources: the IAM API reference, GetAccountAuthorizationDetails; the Organizations API reference, ListPoliciesForTarget.

use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::RoleRecord;

/// The head of a copy: of when it is, and what it knows of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirrorRecord {
    /// The account.
    pub account: AccountId,
    /// When it was read.
    pub synced_at: Timestamp,
    /// The ARN of the role that read it.
    pub read_as: String,
    /// The policies of the organization that bind the account.
    pub organization: MirroredOrganization,
}

/// What could be read of the account's organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MirroredOrganization {
    /// The policies of every level from the root to the account; `None` for a kind that does not bind the account.
    Levels {
        /// Service control policies.
        scp: Option<Vec<MirroredLevel>>,
        /// Resource control policies.
        rcp: Option<Vec<MirroredLevel>>,
    },
    /// The account is in no organization.
    NotInUse,
    /// It was not allowed to be read: these layers are left to the account's own organization.
    NotReadable {
        /// Why.
        why: String,
    },
}

/// One level: the root, an organizational unit, or the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirroredLevel {
    /// Its name.
    pub target: String,
    /// The policies attached to it.
    pub policies: Vec<MirroredDocument>,
}

/// A policy of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirroredDocument {
    /// The name.
    pub name: String,
    /// The document.
    pub document: String,
}

/// A role of a remote account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirroredRoleRecord {
    /// The ARN.
    pub arn: String,
    /// The role as it was read.
    pub role: RoleRecord,
}

/// A managed policy of a remote account, or one of AWS's in another version than the catalogue's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirroredPolicyRecord {
    /// The account that it was read in.
    pub account: AccountId,
    /// The ARN.
    pub arn: String,
    /// The document in force.
    pub document: String,
}
