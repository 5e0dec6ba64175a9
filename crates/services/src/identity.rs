//! Proof of who somebody is on another platform, made by the side that heard it from the platform itself (an OAuth answer, a
//! signed request) and handed to that person alone. It is good once and for a short time; only its SHA-256 is stored.

use bailiwick_authority::Platform;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, EntityKey, Expect};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Context;

/// How long a proof is good, in seconds.
pub const PROOF_SECONDS: i64 = 10 * 60;

const KIND: &str = "chatbot.identity-proof";

/// A member of a workspace, as the platform names both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatIdentity {
    /// The platform.
    pub platform: Platform,
    /// The workspace or team.
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

fn key(token: &str) -> EntityKey {
    let digest = Sha256::digest(token.as_bytes());
    EntityKey::global(KIND, digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// What stores the proof of an identity under an unpredictable token. Whoever calls this has the platform's own word for it.
///
/// # Errors
/// It cannot be written as JSON, which a correct build does not see.
pub fn prove(token: &str, identity: ChatIdentity, now: Timestamp) -> Result<Change, Fault> {
    let proof = Proof { format: 1, identity, expires_at: now.plus_seconds(PROOF_SECONDS) };
    Ok(Change::new().put(key(token), crate::fault::to_stored(&proof)?, Expect::Absent))
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
