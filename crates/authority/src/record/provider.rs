use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::caller::Tags;

/// An OpenID Connect identity provider whose tokens roles may trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcProviderRecord {
    /// The account.
    pub account: AccountId,
    /// `arn:P:iam::A:oidc-provider/HOST/PATH`.
    pub arn: String,
    /// The issuer without `https://`: host and path, as the ARN and the condition keys (`HOST/PATH:sub`) spell it.
    pub url: String,
    /// The audiences whose tokens are accepted; at most 100.
    #[serde(default)]
    pub client_ids: Vec<String>,
    /// SHA-1 fingerprints of certificates, in hexadecimal; at most 5.
    #[serde(default)]
    pub thumbprints: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}
