//! Temporary credentials. A session token is stateless: everything the session is, sealed under the master key. It ends by
//! time, as AWS's do, or where the directory says that it was revoked; the role's policies are read from the directory at each call.

mod authenticate;
mod web_identity;

use bailiwick_aws::sigv4::Secret;
use bailiwick_ident::{AccountId, Timestamp};
use bailiwick_store::vault::{Purpose, Vault, VaultError};
use serde::{Deserialize, Serialize};

use crate::{
    caller::{Principal, Session, Tags},
    record::AccessKeyRecord,
    world::{Entropy, secret_access_key, unique_id},
};
pub use authenticate::AuthError;
pub(crate) use authenticate::{Sealed, authenticate, role_session};
pub(crate) use web_identity::Claimed;
pub use web_identity::{KeySet, TokenError, UnverifiedToken, WebIdentity};

const TOKEN_FORMAT: u32 = 1;

/// Whose session it is, in stored form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Holder {
    /// A federated user of an IAM user (`None`: of the root user).
    Federated { account: AccountId, name: String, user_id: Option<String> },
    /// A session of a role, by the role's unique id: a role made again under the same name is another one.
    Role { account: AccountId, role_id: String, session_name: String },
    /// The root user, through `sts:GetSessionToken`.
    Root { account: AccountId },
    /// An IAM user, through `sts:GetSessionToken`.
    User { account: AccountId, user_id: String },
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Token {
    format: u32,
    pub(crate) access_key_id: String,
    secret: String,
    pub(crate) holder: Holder,
    policy: Option<String>,
    policy_arns: Vec<String>,
    tags: Tags,
    transitive: Vec<String>,
    source_identity: Option<String>,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    mfa_at: Option<Timestamp>,
    chained: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    web_identity: Option<WebIdentity>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    default_regions_only: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    assumed_root: bool,
}

/// The record of an access key, with its secret sealed. `user_id` is `None` for a key of the root user.
///
/// # Errors
/// The secret cannot be sealed.
pub fn access_key_record(
    vault: &Vault,
    account: AccountId,
    user_id: Option<String>,
    id: &str,
    secret: &Secret,
    now: Timestamp,
) -> Result<AccessKeyRecord, VaultError> {
    Ok(AccessKeyRecord {
        account,
        id: id.to_owned(),
        user_id,
        sealed_secret: vault.seal_for(Purpose::AccessKeySecret, id, secret.expose().as_bytes())?,
        active: true,
        created_at: now,
    })
}

/// Newly issued temporary credentials.
#[derive(Clone)]
pub struct IssuedCredentials {
    /// `ASIA...`
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: Secret,
    /// The sealed session.
    pub session_token: Secret,
    /// When they end.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for IssuedCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedCredentials")
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A session that cannot be issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// Such a principal has no temporary credentials.
    #[error("`{0}` cannot have temporary credentials")]
    Principal(String),
    /// The token could not be sealed.
    #[error("the session token could not be sealed: {0}")]
    Seal(String),
}

/// Issues credentials for a principal's session.
pub(crate) fn issue(
    vault: &Vault,
    entropy: &dyn Entropy,
    principal: &Principal,
    session: &Session,
) -> Result<IssuedCredentials, IssueError> {
    let holder = match principal {
        Principal::RoleSession { account, role_id, session_name, .. } => {
            Holder::Role { account: *account, role_id: role_id.clone(), session_name: session_name.clone() }
        }
        Principal::Federated { account, name, user_id, .. } => {
            Holder::Federated { account: *account, name: name.clone(), user_id: user_id.clone() }
        }
        Principal::User { account, id, .. } => Holder::User { account: *account, user_id: id.clone() },
        Principal::Root { account } => Holder::Root { account: *account },
        other => return Err(IssueError::Principal(other.user_id())),
    };
    let secret = secret_access_key(entropy);
    let token = Token {
        format: TOKEN_FORMAT,
        access_key_id: unique_id(entropy, "ASIA"),
        secret: secret.clone(),
        holder,
        policy: session.policy.clone(),
        policy_arns: session.policy_arns.clone(),
        tags: session.tags.clone(),
        transitive: session.transitive_tag_keys.clone(),
        source_identity: session.source_identity.clone(),
        issued_at: session.issued_at,
        expires_at: session.expires_at,
        mfa_at: session.mfa_at,
        chained: session.chained,
        web_identity: session.web_identity.clone(),
        default_regions_only: session.default_regions_only,
        assumed_root: session.assumed_root,
    };
    let text = serde_json::to_vec(&token).map_err(|error| IssueError::Seal(error.to_string()))?;
    let sealed = vault.seal(Purpose::SessionToken, &text).map_err(|error| IssueError::Seal(error.to_string()))?;
    Ok(IssuedCredentials {
        access_key_id: token.access_key_id,
        secret_access_key: Secret::new(secret),
        session_token: Secret::new(sealed),
        expires_at: token.expires_at,
    })
}

/// The token behind a sealed text; `None` when it is not ours.
fn open(vault: &Vault, sealed: &str) -> Option<Token> {
    let bytes = vault.open(Purpose::SessionToken, sealed).ok()?;
    let token: Token = serde_json::from_slice(&bytes).ok()?;
    (token.format == TOKEN_FORMAT).then_some(token)
}

impl Token {
    fn secret(&self) -> Secret {
        Secret::new(self.secret.clone())
    }

    fn session(&self) -> Session {
        Session {
            policy: self.policy.clone(),
            policy_arns: self.policy_arns.clone(),
            tags: self.tags.clone(),
            transitive_tag_keys: self.transitive.clone(),
            source_identity: self.source_identity.clone(),
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            mfa_at: self.mfa_at,
            chained: self.chained,
            web_identity: self.web_identity.clone(),
            default_regions_only: self.default_regions_only,
            assumed_root: self.assumed_root,
            console: false,
        }
    }
}
