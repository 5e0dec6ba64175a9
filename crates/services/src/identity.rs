//! Proof of who somebody is on another platform. Two sides have to say so: the platform, by its OpenID Connect answer, and the
//! web session in which that answer arrives.
//!
//! - A **link** is what a member is given in chat: to choose a role, or to let one command run that asks for a stronger proof than
//!   the platform's word. It names the member, and has no power by itself: whoever opens it proves to be that member, or gets
//!   nothing.
//! - A **sign-in** is a question to the platform that is under way for a link. It belongs to one web session and is used up by its
//!   answer.
//! - A **proof** is what a sign-in ends with. It is good once, for a short time, and buys the mapping of a role.
//!
//! Of each only the SHA-256 of its token is stored.

use bailiwick_authority::Platform;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Timestamp};
use bailiwick_store::{Change, EntityKey, Expect, Store, StoreError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Context;

/// How long a proof is good, in seconds.
pub const PROOF_SECONDS: i64 = 10 * 60;
/// How long a link is good, in seconds: somebody may have to sign in first.
pub const LINK_SECONDS: i64 = 30 * 60;
/// How long somebody may take to sign in at the platform, in seconds.
pub const SIGN_IN_SECONDS: i64 = 10 * 60;

/// The kind of the entities that hold links.
pub const LINK: &str = "chatbot.identity-link";

const KIND: &str = "chatbot.identity-proof";

/// A member of a workspace, as the platform names both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatIdentity {
    /// The platform.
    pub platform: Platform,
    /// The workspace; with Microsoft Teams the tenant.
    pub workspace: String,
    /// The member.
    pub member: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Proof {
    format: u32,
    identity: ChatIdentity,
    expires_at: Timestamp,
}

/// What a link in chat is for, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The member it was given to.
    pub identity: ChatIdentity,
    /// The name people see.
    pub name: String,
    /// The account of the configuration.
    pub account: AccountId,
    /// ARN of the channel configuration in which a role is to be chosen, or a command is to run.
    pub configuration: String,
    /// The command that is to run, where the link is for one; else it is for choosing a role.
    #[serde(default)]
    pub command: Option<Pending>,
    /// The sign-in that is under way; the newest one counts.
    #[serde(default)]
    pub sign_in: Option<SignIn>,
    /// The web session in which the member was proved, as [`digest`] writes it.
    #[serde(default)]
    pub proved_in: Option<String>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A command that runs once its requester has proved more of who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its id.
    pub id: String,
    /// As it is shown to people: without what is secret.
    pub shown: String,
    /// A session is not enough, it needs a second factor.
    pub second_factor: bool,
    /// Others have to approve it after that.
    #[serde(default)]
    pub approvals: bool,
}

/// A question to a platform that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// The token that comes back with the answer, as [`digest`] writes it.
    pub token: String,
    /// The web session it belongs to, as [`digest`] writes it.
    pub session: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A link as it is stored: by the digest of its token, in one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What it is for.
    pub link: Link,
    digest: String,
    revision: u64,
}

impl Stored {
    /// The link in another state, unless somebody else changed it.
    fn put(&self, link: &Link) -> Result<Change, Fault> {
        let key = EntityKey::global(LINK, &self.digest);
        Ok(Change::new().put(key, crate::fault::to_stored(link)?, Expect::Revision(self.revision)))
    }

    /// What begins a sign-in under an unpredictable token, in a session. The answer is brought to [`Stored::answered`].
    ///
    /// # Errors
    /// It cannot be written as JSON, which a correct build does not see.
    pub fn begin(&self, token: &str, session: &str, now: Timestamp) -> Result<Change, Fault> {
        let expires_at = now.plus_seconds(SIGN_IN_SECONDS);
        let sign_in = SignIn { token: digest(token), session: session.to_owned(), expires_at };
        self.put(&Link { sign_in: Some(sign_in), ..self.link.clone() })
    }

    /// What uses up the sign-in of a token, before anything is done with its answer. `None` where it is another one, of another
    /// session, or too old.
    ///
    /// # Errors
    /// As [`Stored::begin`].
    pub fn answered(&self, token: &str, session: &str, now: Timestamp) -> Result<Option<Change>, Fault> {
        let fits = |sign_in: &SignIn| {
            sign_in.token == digest(token) && sign_in.session == session && now <= sign_in.expires_at
        };
        match self.link.sign_in.as_ref().is_some_and(fits) {
            true => self.put(&Link { sign_in: None, ..self.link.clone() }).map(Some),
            false => Ok(None),
        }
    }

    /// What notes that the member was proved in a session, with the proof under its own token.
    ///
    /// # Errors
    /// As [`Stored::begin`].
    pub fn proved(&self, session: &str, proof: &str, now: Timestamp) -> Result<Change, Fault> {
        let put = self.put(&Link { proved_in: Some(session.to_owned()), ..self.link.clone() })?;
        Ok(put.and(prove(proof, self.link.identity.clone(), now)?))
    }

    /// What uses the link up, unless somebody else changed it or used it up.
    pub fn used_once(&self) -> Change {
        Change::new().delete(EntityKey::global(LINK, &self.digest), Expect::Revision(self.revision))
    }

    /// What uses the link up.
    pub fn used(&self) -> Change {
        Change::new().delete(EntityKey::global(LINK, &self.digest), Expect::Any)
    }
}

/// The SHA-256 of a token, in hexadecimal digits.
pub fn digest(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn key(token: &str) -> EntityKey {
    EntityKey::global(KIND, digest(token))
}

/// What stores the proof of an identity under an unpredictable token. Whoever calls this has the platform's own word for it.
///
/// # Errors
/// It cannot be written as JSON, which a correct build does not see.
pub fn prove(token: &str, identity: ChatIdentity, now: Timestamp) -> Result<Change, Fault> {
    let proof = Proof { format: 1, identity, expires_at: now.plus_seconds(PROOF_SECONDS) };
    // The same sign-in may be repeated for a link; the newest proof is the one that counts.
    Ok(Change::new().put(key(token), crate::fault::to_stored(&proof)?, Expect::Any))
}

/// What stores a link under an unpredictable token.
///
/// # Errors
/// As [`prove`].
pub fn offer(token: &str, link: &Link) -> Result<Change, Fault> {
    Ok(Change::new().put(EntityKey::global(LINK, digest(token)), crate::fault::to_stored(link)?, Expect::Absent))
}

/// A link by the digest of its token. `None` for one that is unknown, used or too old.
///
/// # Errors
/// The store's.
pub async fn link(store: &dyn Store, digest: &str, now: Timestamp) -> Result<Option<Stored>, StoreError> {
    let found = store.entity(EntityKey::global(LINK, digest)).await?;
    Ok(found.and_then(|entity| {
        let link: Link = serde_json::from_str(&entity.body).ok()?;
        let stored = Stored { link, digest: digest.to_owned(), revision: entity.revision };
        (now <= stored.link.expires_at).then_some(stored)
    }))
}

/// Whom a token proves, used up by the commit of the call. `None` when it is unknown, used or too old: which of these is not
/// said.
pub(crate) async fn redeem(cx: &Context<'_>, token: &str) -> Result<Option<ChatIdentity>, Fault> {
    let key = key(token);
    let Some((proof, revision)) = cx.read::<Proof>(key.clone()).await? else { return Ok(None) };
    if proof.expires_at < cx.now {
        return Ok(None);
    }
    cx.commit(Change::new().delete(key, Expect::Revision(revision)));
    Ok(Some(proof.identity))
}
