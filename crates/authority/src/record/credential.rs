use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::caller::Tags;

/// A user's password for the console.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginProfileRecord {
    /// The account.
    pub account: AccountId,
    /// The unique id of the user; a user has one password.
    pub user_id: String,
    /// The password's hash, in the form of [`crate::password`].
    pub hash: String,
    /// Hashes of the passwords before, newest first, for a policy that forbids using them again.
    #[serde(default)]
    pub previous: Vec<String>,
    /// Whether the user must choose another one when it signs in.
    pub reset_required: bool,
    /// When the profile was created.
    pub created_at: Timestamp,
    /// When the password was last set.
    pub changed_at: Timestamp,
}

impl std::fmt::Debug for LoginProfileRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginProfileRecord")
            .field("account", &self.account)
            .field("user_id", &self.user_id)
            .field("reset_required", &self.reset_required)
            .field("changed_at", &self.changed_at)
            .finish_non_exhaustive()
    }
}

/// A virtual MFA device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaDeviceRecord {
    /// The account.
    pub account: AccountId,
    /// The serial number, which is an ARN: `arn:P:iam::A:mfa/PATH/NAME`.
    pub serial_number: String,
    /// The seed of its codes, sealed under the master key for this serial number.
    pub sealed_seed: String,
    /// The unique id of the user it is enabled for.
    #[serde(default)]
    pub user_id: Option<String>,
    /// When it was enabled.
    #[serde(default)]
    pub enabled_at: Option<Timestamp>,
    /// The time step of the last code that was accepted: a code counts once.
    #[serde(default)]
    pub last_step: i64,
    /// By how many time steps its clock is ahead of ours.
    #[serde(default)]
    pub drift: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

impl std::fmt::Debug for MfaDeviceRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MfaDeviceRecord")
            .field("serial_number", &self.serial_number)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}
