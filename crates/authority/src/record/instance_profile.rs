use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::caller::Tags;

/// An instance profile: the wrapping in which EC2 takes a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceProfileRecord {
    /// The account.
    pub account: AccountId,
    /// The unique id (`AIPA...`).
    pub id: String,
    /// The friendly name; unique in the account without regard to case.
    pub name: String,
    /// The path, from `/` to `/`.
    pub path: String,
    /// The unique id of the role in it.
    #[serde(default)]
    pub role_id: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}
