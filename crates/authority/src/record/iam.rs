use std::collections::BTreeMap;

use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::caller::Tags;

/// The policies of a user, group or role.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AttachedPolicies {
    /// Inline policies: document by name.
    #[serde(default)]
    pub inline: BTreeMap<String, String>,
    /// ARNs of attached managed policies, in the order they were attached.
    #[serde(default)]
    pub managed: Vec<String>,
}

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRecord {
    /// The account.
    pub account: AccountId,
    /// The unique id (`AIDA...`).
    pub id: String,
    /// The friendly name; unique in the account without regard to case.
    pub name: String,
    /// The path, from `/` to `/`.
    pub path: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Unique ids of the groups it is in, in the order it joined.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Its policies.
    #[serde(default)]
    pub policies: AttachedPolicies,
    /// ARN of the permissions boundary.
    #[serde(default)]
    pub permissions_boundary: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

/// An IAM group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRecord {
    /// The account.
    pub account: AccountId,
    /// The unique id (`AGPA...`).
    pub id: String,
    /// The friendly name; unique in the account without regard to case.
    pub name: String,
    /// The path, from `/` to `/`.
    pub path: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its policies.
    #[serde(default)]
    pub policies: AttachedPolicies,
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRecord {
    /// The account.
    pub account: AccountId,
    /// The unique id (`AROA...`).
    pub id: String,
    /// The friendly name; unique in the account without regard to case.
    pub name: String,
    /// The path, from `/` to `/`. Service-linked roles live under `/aws-service-role/`.
    pub path: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The description; may be empty.
    #[serde(default)]
    pub description: String,
    /// The trust policy, as it was given.
    pub assume_role_policy_document: String,
    /// The longest session, in seconds: 3,600 to 43,200.
    pub max_session_duration: u32,
    /// Its policies.
    #[serde(default)]
    pub policies: AttachedPolicies,
    /// ARN of the permissions boundary.
    #[serde(default)]
    pub permissions_boundary: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

/// A version of a customer managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersionRecord {
    /// `v1`, `v2`, ...
    pub id: String,
    /// The document, as it was given.
    pub document: String,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A customer managed policy. AWS's own managed policies are data of the catalogue and are never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicyRecord {
    /// The account.
    pub account: AccountId,
    /// The unique id (`ANPA...`).
    pub id: String,
    /// The friendly name.
    pub name: String,
    /// The path, from `/` to `/`.
    pub path: String,
    /// The description; may be empty.
    #[serde(default)]
    pub description: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When a version was last created.
    pub updated_at: Timestamp,
    /// Its versions, oldest first; at most five.
    pub versions: Vec<PolicyVersionRecord>,
    /// The id of the version in force.
    pub default_version: String,
    /// The number the next version gets.
    pub next_version: u32,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

/// A long-term access key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKeyRecord {
    /// The account.
    pub account: AccountId,
    /// The key id (`AKIA...`).
    pub id: String,
    /// The unique id of the user; `None` for a key of the root user.
    pub user_id: Option<String>,
    /// The secret, sealed under the master key.
    pub sealed_secret: String,
    /// Whether it may sign requests (`Active` or `Inactive` in IAM's answers).
    pub active: bool,
    /// When it was created.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for AccessKeyRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessKeyRecord")
            .field("account", &self.account)
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}
