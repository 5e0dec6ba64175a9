use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// Sessions that were ended before their time: those of a subject that were issued no later than a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedSessionRecord {
    /// The account whose sessions they are.
    pub account: AccountId,
    /// Whose: the access key id of one set of temporary credentials (`ASIA...`), or what `aws:userid` is in all sessions of
    /// a name (`AROA...:session-name` of a role, `ACCOUNT:name` of a federated user).
    pub subject: String,
    /// The access key id or the ARN by which they were named.
    pub shown: String,
    /// Sessions issued until then are refused; the same name may be used anew afterwards.
    pub revoked_at: Timestamp,
}

impl RevokedSessionRecord {
    /// How long any session lasts at most, in seconds: that of an IAM user. Source: AWS's STS API reference, GetSessionToken.
    const LONGEST_SECONDS: i64 = 129_600;

    /// When the last of these sessions has ended by itself, so that nothing needs remembering any more.
    pub fn until(&self) -> Timestamp {
        self.revoked_at.plus_seconds(Self::LONGEST_SECONDS)
    }
}
