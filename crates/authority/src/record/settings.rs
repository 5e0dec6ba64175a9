use bailiwick_ident::AccountId;
use serde::{Deserialize, Serialize};

/// What an account's passwords must look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordPolicy {
    /// The fewest characters: 6 to 128.
    pub minimum_length: u32,
    /// At least one of `! @ # $ % ^ & * ( ) _ + - = [ ] { } | '`.
    pub require_symbols: bool,
    /// At least one digit.
    pub require_numbers: bool,
    /// At least one of `A` to `Z`.
    pub require_uppercase: bool,
    /// At least one of `a` to `z`.
    pub require_lowercase: bool,
    /// Users may change their own password.
    pub allow_users_to_change: bool,
    /// Days until a password expires, 1 to 1,095; none: it does not.
    pub max_age_days: Option<u32>,
    /// How many passwords before may not be used again, 1 to 24.
    pub reuse_prevention: Option<u32>,
    /// An expired password can be replaced by an administrator only.
    pub hard_expiry: Option<bool>,
}

/// The version of session tokens that STS's global endpoint issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum GlobalEndpointTokenVersion {
    /// `v1Token`: good in the Regions that are on by default.
    #[default]
    V1,
    /// `v2Token`: good in every enabled Region.
    V2,
}

/// What an account sets for all its users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IamSettingsRecord {
    /// The account.
    pub account: AccountId,
    /// The password policy; none: AWS's default one.
    #[serde(default)]
    pub password_policy: Option<PasswordPolicy>,
    /// What `iam:SetSecurityTokenServicePreferences` set.
    #[serde(default)]
    pub global_endpoint_token_version: GlobalEndpointTokenVersion,
}

impl IamSettingsRecord {
    /// The settings of an account that never set any.
    pub fn new(account: AccountId) -> Self {
        IamSettingsRecord { account, password_policy: None, global_endpoint_token_version: Default::default() }
    }
}
