use bailiwick_aws::sigv4::{Secret, SigV4Error};
use bailiwick_ident::Timestamp;
use bailiwick_store::vault::{Purpose, Vault};

use super::{Holder, open};
use crate::{
    caller::{Caller, Principal, Session},
    directory::{Account, Directory, Role},
};

/// Credentials that are not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The session has ended, by time or because it was revoked.
    #[error("the session has ended; ask for new credentials")]
    Expired,
    /// The key is not known, is not active, or does not belong to its session token. Which of these is not said.
    #[error("the access key is not known or not active")]
    InvalidKey,
    /// The directory or the vault failed; nobody is let in.
    #[error("credentials cannot be checked now: {0}")]
    Unavailable(String),
}

impl AuthError {
    /// The error that the wire answers with.
    pub fn as_sigv4(&self) -> SigV4Error {
        match self {
            AuthError::Expired => SigV4Error::ExpiredToken,
            AuthError::InvalidKey | AuthError::Unavailable(_) => SigV4Error::InvalidClientTokenId,
        }
    }
}

/// A caller without the facts of its connection.
fn caller(principal: Principal, session: Option<Session>, access_key_id: &str) -> Caller {
    Caller {
        principal,
        session,
        access_key_id: Some(access_key_id.to_owned()),
        source_ip: None,
        host: None,
        user_agent: None,
        secure_transport: false,
        request_id: String::new(),
        mfa_at: None,
    }
}

fn user(account: &Account, id: &str) -> Option<Principal> {
    let user = account.user_by_id(id)?;
    Some(Principal::User {
        account: account.id(),
        arn: user.arn.clone(),
        id: user.record.id.clone(),
        name: user.record.name.clone(),
        path: user.record.path.clone(),
    })
}

/// The session of a role under a session name.
pub(crate) fn role_session(role: &Role, partition: &str, session_name: &str) -> Principal {
    let account = role.record.account;
    Principal::RoleSession {
        account,
        role_arn: role.arn.clone(),
        role_id: role.record.id.clone(),
        session_name: session_name.to_owned(),
        session_arn: format!("arn:{partition}:sts::{account}:assumed-role/{}/{session_name}", role.record.name),
    }
}

/// Where the secret of an access key is, which is opened only when it is needed.
pub(crate) enum Sealed<'a> {
    /// In the directory, sealed for the key's id.
    Stored(&'a str),
    /// In the session token, which was opened.
    Session(Secret),
}

impl Sealed<'_> {
    /// The secret.
    pub(crate) fn open(self, vault: &Vault, access_key_id: &str) -> Result<Secret, AuthError> {
        let sealed = match self {
            Sealed::Stored(sealed) => sealed,
            Sealed::Session(secret) => return Ok(secret),
        };
        let unavailable = |error: &dyn std::fmt::Display| AuthError::Unavailable(error.to_string());
        let secret =
            vault.open_for(Purpose::AccessKeySecret, access_key_id, sealed).map_err(|error| unavailable(&error))?;
        Ok(Secret::new(std::str::from_utf8(&secret).map_err(|error| unavailable(&error))?))
    }
}

fn long_term<'a>(directory: &'a Directory, access_key_id: &str) -> Result<(Caller, Sealed<'a>), AuthError> {
    let account = directory.access_key_account(access_key_id).ok_or(AuthError::InvalidKey)?;
    let key = account.access_key(access_key_id).filter(|key| key.active).ok_or(AuthError::InvalidKey)?;
    let principal = match &key.user_id {
        Some(id) => user(account, id).ok_or(AuthError::InvalidKey)?,
        None => Principal::Root { account: account.id() },
    };
    Ok((caller(principal, None, access_key_id), Sealed::Stored(&key.sealed_secret)))
}

fn temporary(
    directory: &Directory,
    vault: &Vault,
    access_key_id: &str,
    token: &str,
    now: Timestamp,
) -> Result<(Caller, Sealed<'static>), AuthError> {
    let token = open(vault, token).filter(|token| token.access_key_id == access_key_id).ok_or(AuthError::InvalidKey)?;
    if now >= token.expires_at {
        return Err(AuthError::Expired);
    }
    let partition = directory.partition().as_str();
    let principal = match &token.holder {
        Holder::Federated { account, name, user_id } => {
            let account = directory.account(*account).ok_or(AuthError::InvalidKey)?;
            if user_id.as_ref().is_some_and(|id| account.user_by_id(id).is_none()) {
                return Err(AuthError::InvalidKey);
            }
            let arn = format!("arn:{partition}:sts::{}:federated-user/{name}", account.id());
            Principal::Federated { account: account.id(), arn, name: name.clone(), user_id: user_id.clone() }
        }
        Holder::Role { account, role_id, session_name } => {
            let role = directory.account(*account).and_then(|account| account.role_by_id(role_id));
            role_session(role.ok_or(AuthError::InvalidKey)?, partition, session_name)
        }
        Holder::Root { account } => Principal::Root { account: *account },
        Holder::User { account, user_id } => {
            let account = directory.account(*account).ok_or(AuthError::InvalidKey)?;
            user(account, user_id).ok_or(AuthError::InvalidKey)?
        }
    };
    let account = principal.account().and_then(|id| directory.account(id)).ok_or(AuthError::InvalidKey)?;
    if [access_key_id, principal.user_id().as_str()].iter().any(|subject| account.is_revoked(subject, token.issued_at))
    {
        return Err(AuthError::Expired);
    }
    Ok((caller(principal, Some(token.session()), access_key_id), Sealed::Session(token.secret())))
}

/// The caller that an access key (with its session token, for temporary credentials) stands for, and where the secret is
/// that its signature must have been made with.
pub(crate) fn authenticate<'a>(
    directory: &'a Directory,
    vault: &Vault,
    access_key_id: &str,
    session_token: Option<&str>,
    now: Timestamp,
) -> Result<(Caller, Sealed<'a>), AuthError> {
    match session_token {
        Some(token) => temporary(directory, vault, access_key_id, token, now),
        None => long_term(directory, access_key_id),
    }
}
