use bailiwick_ident::AccountId;
use serde::{Deserialize, Serialize};

use crate::caller::Tags;

/// A resource of one of our services: what authorization must know of it. A service writes the record in the same commit
/// as the resource itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceRecord {
    /// The ARN.
    pub arn: String,
    /// The account that owns it.
    pub account: AccountId,
    /// The resource-based policy, as it was given.
    #[serde(default)]
    pub policy: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}
