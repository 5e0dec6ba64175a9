use std::collections::BTreeSet;

use bailiwick_ident::{AccountId, Region};
use serde::{Deserialize, Serialize};

/// What an account has chosen of Regions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRegionsRecord {
    /// The account.
    pub account: AccountId,
    /// The opt-in Regions it has enabled.
    #[serde(default)]
    pub enabled: BTreeSet<Region>,
    /// The Regions in which STS issues no credentials for it.
    #[serde(default)]
    pub sts_inactive: BTreeSet<Region>,
}

impl AccountRegionsRecord {
    /// Of an account that has chosen nothing.
    pub fn new(account: AccountId) -> Self {
        AccountRegionsRecord { account, enabled: BTreeSet::new(), sts_inactive: BTreeSet::new() }
    }
}
