use bailiwick_authority::audit::{Factor, SignInEvent};
use bailiwick_authority::record::PersonRecord;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, Expect, StoreError};
use serde::{Deserialize, Serialize};

use super::{Connection, SESSION_SECONDS, SignInError, SignedIn, Trying, Whom, begun, key};
use crate::Services;
use crate::identity::digest;

/// How long a link is good, in seconds.
const LINK_SECONDS: i64 = 15 * 60;

const LINK_KIND: &str = "console.link";

#[derive(Debug, Serialize, Deserialize)]
struct Link {
    account: bailiwick_ident::AccountId,
    person: String,
    expires_at: Timestamp,
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
    let stored = Link { account: person.account, person: person.id.clone(), expires_at };
    let change = Change::new().put(key(LINK_KIND, token), crate::fault::to_stored(&stored)?, Expect::Absent);
    Ok((change, expires_at))
}

impl Services {
    /// Uses a link up and begins a session under `session_token`. `None` when the link is unknown, used or too old: which
    /// of these is not said.
    ///
    /// # Errors
    /// The session could not be stored.
    pub async fn redeem_link(
        &self,
        token: &str,
        session_token: &str,
        connection: &Connection,
    ) -> Result<Option<SignedIn>, SignInError> {
        let now = self.clock.now();
        let Some(entity) = self.store.entity(key(LINK_KIND, token)).await? else { return Ok(None) };
        let Ok(link) = serde_json::from_str::<Link>(&entity.body) else { return Ok(None) };
        let used = Change::new().delete(entity.key.clone(), Expect::Revision(entity.revision));
        let session = SignedIn {
            account: link.account,
            whom: Whom::Person(link.person),
            began_at: now,
            expires_at: now.plus_seconds(SESSION_SECONDS),
            mfa_at: None,
        };
        let caller = session.in_rooms(&self.authority.directory(), String::new());
        let (good, digest) = (caller.is_some() && now <= link.expires_at, digest(session_token));
        let trying = Trying {
            event: SignInEvent::ConsoleLogin,
            account: Some(link.account),
            principal: caller.map(|caller| caller.principal),
            connection,
            factors: &[Factor::OneTimeLink],
            device: None,
            session: good.then_some(digest.as_str()),
            member: None,
        };
        if !good {
            self.store.commit(used.and(self.tried(trying, Err(None))?)).await?;
            return Ok(None);
        }
        let change = used.and(begun(session_token, &session)?).and(self.tried(trying, Ok(()))?);
        match self.store.commit(change).await {
            Ok(_) => Ok(Some(session)),
            // Somebody else used it in the same moment.
            Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
