//! Signing in at the console: one-time links become sessions. A token itself is never stored, only its SHA-256, so that
//! reading the store lets nobody in.

use bailiwick_authority::record::PersonRecord;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Timestamp};
use bailiwick_store::{Change, EntityKey, Expect, Store, StoreError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How long a link is good, in seconds.
const LINK_SECONDS: i64 = 15 * 60;
/// How long a session is good, in seconds.
const SESSION_SECONDS: i64 = 12 * 60 * 60;

const LINK_KIND: &str = "console.link";
const SESSION_KIND: &str = "console.session";

/// Whom a link or a session stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The account of the person's chat.
    pub account: AccountId,
    /// The person's id.
    pub person: String,
    /// Until when.
    pub expires_at: Timestamp,
}

fn key(kind: &str, token: &str) -> EntityKey {
    let digest = Sha256::digest(token.as_bytes());
    EntityKey::global(kind, digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The path of a link at the console's address.
pub fn path(token: &str) -> String {
    format!("/console/sign-in?token={token}")
}

/// What stores a link for a person, and until when it is good.
///
/// # Errors
/// It cannot be written as JSON, which a correct build does not see.
pub fn link(token: &str, person: &PersonRecord, now: Timestamp) -> Result<(Change, Timestamp), Fault> {
    let expires_at = now.plus_seconds(LINK_SECONDS);
    let stored = SignedIn { account: person.account, person: person.id.clone(), expires_at };
    let change = Change::new().put(key(LINK_KIND, token), crate::fault::to_stored(&stored)?, Expect::Absent);
    Ok((change, expires_at))
}

/// Uses a link up and begins a session under `session_token`. `None` when the link is unknown, used or too old: which of
/// these is not said.
///
/// # Errors
/// The store failed.
pub async fn redeem(
    store: &dyn Store,
    token: &str,
    session_token: &str,
    now: Timestamp,
) -> Result<Option<SignedIn>, StoreError> {
    let Some(entity) = store.entity(key(LINK_KIND, token)).await? else { return Ok(None) };
    let Ok(link) = serde_json::from_str::<SignedIn>(&entity.body) else { return Ok(None) };
    let used = Change::new().delete(entity.key.clone(), Expect::Revision(entity.revision));
    if link.expires_at < now {
        store.commit(used).await?;
        return Ok(None);
    }
    let session = SignedIn { expires_at: now.plus_seconds(SESSION_SECONDS), ..link };
    let body = serde_json::to_string(&session).unwrap_or_default();
    match store.commit(used.put(key(SESSION_KIND, session_token), body, Expect::Absent)).await {
        Ok(_) => Ok(Some(session)),
        // Somebody else used it in the same moment.
        Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whom a session stands for; `None` when it is unknown or has ended.
///
/// # Errors
/// The store failed.
pub async fn session(store: &dyn Store, session_token: &str, now: Timestamp) -> Result<Option<SignedIn>, StoreError> {
    let Some(entity) = store.entity(key(SESSION_KIND, session_token)).await? else { return Ok(None) };
    Ok(serde_json::from_str::<SignedIn>(&entity.body).ok().filter(|session| session.expires_at > now))
}

/// Ends a session.
///
/// # Errors
/// The store failed.
pub async fn sign_out(store: &dyn Store, session_token: &str) -> Result<(), StoreError> {
    store.commit(Change::new().delete(key(SESSION_KIND, session_token), Expect::Any)).await.map(|_| ())
}
