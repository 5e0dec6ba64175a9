//! Signing in at the console: people by one-time links, IAM users by name, password and second factor. What comes of it is a
//! session. A token itself is never stored, only its SHA-256, so that reading the store lets nobody in.
//!
//! A session stands for a person of the chat or for an IAM user; where the directory links the two it stands for both, and
//! each call is made as the one whose matter it is. What the session then does is decided call by call, like anything else:
//! to be signed in grants nothing.
//!
//! - `attempts`: how often somebody may try;
//! - `factor`: codes of MFA devices, each good once;
//! - `link`: one-time links;
//! - `password`: the steps in which a user signs in;
//! - `proving`: the record of who proves to be which member of a chat platform.

mod attempts;
mod factor;
mod link;
mod password;
mod proving;

use std::sync::Arc;

use bailiwick_authority::audit::{Factor, ProvedMember, SignInEvent, SignInRecord};
use bailiwick_authority::record::PersonRecord;
use bailiwick_authority::{Account, Caller, Directory, Principal, Session, User, audit, ordered_uuid, uuid};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Timestamp};
use bailiwick_store::{Change, EntityKey, Expect, Store, StoreError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Services;
pub(crate) use factor::spend;
pub use link::{link, path};
pub use password::{Offered, Step};
pub(crate) use password::{last_used, last_used_of_all};
pub use proving::Proving;

/// How long a session is good, in seconds.
const SESSION_SECONDS: i64 = 12 * 60 * 60;

const SESSION_KIND: &str = "console.session";

/// Whom a link or a session stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// A person of the chat, by id.
    Person(String),
    /// An IAM user, by unique id.
    User(String),
}

/// A session of the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The account of the person's chat, or of the user.
    pub account: AccountId,
    /// Who signed in.
    pub whom: Whom,
    /// When it began.
    pub began_at: Timestamp,
    /// Until when it lasts.
    pub expires_at: Timestamp,
    /// When a second factor was last shown in it.
    pub mfa_at: Option<Timestamp>,
}

/// Over which connection somebody comes, for the record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// The address of the peer, without port.
    pub source_ip: Option<String>,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
}

/// Why somebody is not signed in. None of it tells which part was wrong.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Too many are being checked at this moment.
    #[error("too many people sign in at this moment; try again in a few seconds")]
    Busy,
    /// What was begun took too long, or something changed meanwhile.
    #[error("this took too long, or your password was changed meanwhile; sign in again")]
    Over,
    /// The new password was not taken; the text says why, as IAM does.
    #[error("{0}")]
    Password(String),
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// It failed inside.
    #[error("{0}")]
    Internal(String),
    /// Too many attempts failed.
    #[error("too many attempts have failed; try again in {seconds} seconds")]
    TooMany {
        /// How long to wait.
        seconds: i64,
    },
    /// Something of it is wrong.
    #[error("the account, the user name, the password or the code is not right")]
    Wrong,
}

fn key(kind: &str, token: &str) -> EntityKey {
    let digest = Sha256::digest(token.as_bytes());
    EntityKey::global(kind, digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// An IAM user as it makes calls.
fn principal(user: &User) -> Principal {
    Principal::User {
        account: user.record.account,
        arn: user.arn.clone(),
        id: user.record.id.clone(),
        name: user.record.name.clone(),
        path: user.record.path.clone(),
    }
}

impl SignedIn {
    fn of<'a>(&self, directory: &'a Directory) -> Option<&'a Arc<Account>> {
        directory.account(self.account)
    }

    /// The person of the chat that it stands for: who signed in, or who the user also is.
    pub fn person<'a>(&self, directory: &'a Directory) -> Option<&'a PersonRecord> {
        let account = self.of(directory)?;
        match &self.whom {
            Whom::Person(id) => account.person(id),
            Whom::User(id) => {
                let arn = account.user_by_id(id)?.arn.as_str();
                account.persons().find(|person| person.iam_principal.as_deref() == Some(arn))
            }
        }
    }

    /// The IAM user that it stands for: who signed in, or who the person also is.
    pub fn user<'a>(&self, directory: &'a Directory) -> Option<&'a Arc<User>> {
        let account = self.of(directory)?;
        match &self.whom {
            Whom::Person(id) => account.user_by_arn(account.person(id)?.iam_principal.as_deref()?),
            Whom::User(id) => account.user_by_id(id),
        }
    }

    /// Whether it lasts: it is not over by time, nobody ended it, and whoever signed in is still there, as an IAM user with
    /// the password that it began with.
    pub fn lasts(&self, directory: &Directory, now: Timestamp) -> bool {
        let Some(account) = self.of(directory).filter(|_| !directory.is_closed(self.account)) else { return false };
        let there = match &self.whom {
            Whom::Person(id) => account.person(id).is_some(),
            Whom::User(id) => {
                let profile = account.user_by_id(id).and_then(|_| account.login_profile(id));
                profile.is_some_and(|profile| profile.changed_at <= self.began_at)
            }
        };
        let (Whom::Person(subject) | Whom::User(subject)) = &self.whom;
        there && now < self.expires_at && !account.is_revoked(subject, self.began_at)
    }

    /// What its calls carry.
    pub fn session(&self) -> Session {
        Session {
            issued_at: self.began_at,
            expires_at: self.expires_at,
            mfa_at: self.mfa_at,
            console: true,
            ..Session::default()
        }
    }

    /// It as the caller of what is the person's matter: of what is done in rooms. The IAM user where there is no person.
    pub fn in_rooms(&self, directory: &Directory, request_id: String) -> Option<Caller> {
        let Some(person) = self.person(directory) else { return self.as_user(directory, request_id) };
        let arn = format!("arn:{}:bailiwick::{}:person/{}", directory.partition(), person.account, person.id);
        let (id, name) = (person.id.clone(), person.name.clone());
        Some(self.caller(Principal::Person { account: person.account, arn, id, name }, request_id))
    }

    /// It as the caller of what is an administrator's matter: the IAM user, else the person, who may do little.
    pub fn as_user(&self, directory: &Directory, request_id: String) -> Option<Caller> {
        match (self.user(directory), &self.whom) {
            (Some(user), _) => Some(self.caller(principal(user), request_id)),
            (None, Whom::Person(_)) => self.in_rooms(directory, request_id),
            (None, Whom::User(_)) => None,
        }
    }

    fn caller(&self, principal: Principal, request_id: String) -> Caller {
        let session = Some(self.session());
        let user_agent = Some("bailiwick/console".to_owned());
        Caller { principal, session, user_agent, ..Caller::system(request_id) }
    }
}

/// Whom a session stands for; `None` when it is unknown or has ended.
///
/// # Errors
/// The store failed.
pub async fn session(
    store: &dyn Store,
    directory: &Directory,
    session_token: &str,
    now: Timestamp,
) -> Result<Option<SignedIn>, StoreError> {
    let Some(entity) = store.entity(key(SESSION_KIND, session_token)).await? else { return Ok(None) };
    Ok(serde_json::from_str::<SignedIn>(&entity.body).ok().filter(|session| session.lasts(directory, now)))
}

/// Ends a session.
///
/// # Errors
/// The store failed.
pub async fn sign_out(store: &dyn Store, session_token: &str) -> Result<(), StoreError> {
    store.commit(Change::new().delete(key(SESSION_KIND, session_token), Expect::Any)).await.map(|_| ())
}

/// What stores a new session.
fn begun(session_token: &str, session: &SignedIn) -> Result<Change, Fault> {
    Ok(Change::new().put(key(SESSION_KIND, session_token), crate::fault::to_stored(session)?, Expect::Absent))
}

/// Who tried to prove who they are, for the record.
struct Trying<'a> {
    event: SignInEvent,
    account: Option<AccountId>,
    /// Nobody where no such user is known.
    principal: Option<Principal>,
    connection: &'a Connection,
    factors: &'a [Factor],
    /// The ARN of the device whose code was right.
    device: Option<&'a str>,
    /// The session's token, as [`identity::digest`](crate::identity::digest) writes it.
    session: Option<&'a str>,
    member: Option<ProvedMember<'a>>,
}

/// How much of a session's digest tells it from others.
const SESSION_SHOWN: usize = 16;

impl Services {
    /// The record of an attempt.
    fn tried(&self, trying: Trying<'_>, came: Result<(), Option<&str>>) -> Result<Change, SignInError> {
        let Trying { event, account, principal, connection, factors, device, session, member } = trying;
        let at = self.clock.now();
        let known = principal.is_some();
        let caller = Caller {
            principal: principal.unwrap_or(Principal::Anonymous),
            source_ip: connection.source_ip.clone(),
            user_agent: connection.user_agent.clone(),
            ..Caller::system(uuid(self.entropy.as_ref()))
        };
        let id = ordered_uuid(self.entropy.as_ref(), at);
        let session = session.and_then(|digest| digest.get(..SESSION_SHOWN));
        let caller = &caller;
        let record =
            SignInRecord { id: &id, at, event, account, caller, known, factors, device, session, member, came };
        let directory = self.authority.directory();
        let draft = audit::sign_in(&record, directory.partition());
        Ok(Change::new().audit(draft.map_err(|error| SignInError::Internal(error.to_string()))?))
    }
}

impl From<Fault> for SignInError {
    fn from(fault: Fault) -> Self {
        SignInError::Internal(fault.message)
    }
}
