use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_authority::audit::{Factor, SignInEvent};
use bailiwick_authority::record::LoginProfileRecord;
use bailiwick_authority::{Account, Call, Directory, Origin, User, password, uuid};
use bailiwick_aws::Value;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Region, Timestamp};
use bailiwick_store::vault::Purpose;
use bailiwick_store::{EntityKey, EntityQuery, Expect, StoreError};
use serde::{Deserialize, Serialize};

use super::attempts::Subject;
use super::{Connection, SESSION_SECONDS, SignInError, SignedIn, Trying, Whom, begun, factor, principal};
use crate::iam::expiry;
use crate::identity::digest;
use crate::{Answer, Context, Services};

/// How long somebody may take between two steps, in seconds.
const TICKET_SECONDS: i64 = 5 * 60;
/// What a ticket is sealed for, besides its purpose.
const TICKET: &str = "ticket";
/// How long somebody waits for their password to be compared.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest password. Source: the IAM API reference, CreateLoginProfile.
const LONGEST: usize = 128;

const USED_KIND: &str = "iam.password-used";

/// What somebody types to sign in as an IAM user.
pub struct Offered {
    /// The number of the account, or its alias.
    pub account: String,
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// How far somebody is.
#[derive(Debug)]
pub enum Step {
    /// A session has begun.
    Done(SignedIn),
    /// The code of an MFA device is asked for; the ticket goes with it.
    Code(String),
    /// Another password is asked for; the ticket goes with it.
    NewPassword(String),
}

/// What was shown so far, sealed and given to whoever showed it.
#[derive(Serialize, Deserialize)]
struct Ticket {
    account: AccountId,
    user_id: String,
    /// The password that was right is the one that was set then.
    changed_at: Timestamp,
    mfa_at: Option<Timestamp>,
    /// The ARN of the device that was shown.
    #[serde(default)]
    device: Option<String>,
    /// What the attempts are counted by.
    subject: Subject,
    expires_at: Timestamp,
}

/// Who a ticket is of.
struct Found<'a> {
    account: &'a Account,
    user: &'a Arc<User>,
    profile: &'a LoginProfileRecord,
}

/// A user who may sign in with a password.
fn found<'a>(directory: &'a Directory, account: &str, user: &str) -> Option<Found<'a>> {
    let account = match AccountId::parse(account) {
        Ok(id) => directory.account(id)?,
        Err(_) => directory.accounts().find(|known| known.record().alias.as_deref() == Some(account))?,
    };
    let user = account.user(user)?;
    let profile = account.login_profile(&user.record.id)?;
    (!directory.is_closed(account.id())).then_some(Found { account, user, profile })
}

impl Ticket {
    fn found<'a>(&self, directory: &'a Directory) -> Option<Found<'a>> {
        let account = directory.account(self.account).filter(|_| !directory.is_closed(self.account))?;
        let user = account.user_by_id(&self.user_id)?;
        let profile = account.login_profile(&self.user_id)?;
        (profile.changed_at == self.changed_at).then_some(Found { account, user, profile })
    }

    fn session(&self, now: Timestamp) -> SignedIn {
        SignedIn {
            account: self.account,
            whom: Whom::User(self.user_id.clone()),
            began_at: now,
            expires_at: now.plus_seconds(SESSION_SECONDS),
            mfa_at: self.mfa_at,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Used {
    at: Timestamp,
}

fn used_key(partition: &str, account: AccountId, user_id: &str) -> EntityKey {
    EntityKey::in_account(partition, account.as_str(), USED_KIND, user_id)
}

/// When a user last signed in with its password. It is kept beside the directory: that somebody signs in is no change of
/// policies.
pub(crate) async fn last_used(cx: &Context<'_>, user: &User) -> Result<Option<Timestamp>, Fault> {
    let key = used_key(cx.directory.partition().as_str(), user.record.account, &user.record.id);
    Ok(cx.read::<Used>(key).await?.map(|(used, _)| used.at))
}

/// When the users of an account last signed in with their passwords, by unique id.
pub(crate) async fn last_used_of_all(
    cx: &Context<'_>,
    account: AccountId,
) -> Result<BTreeMap<String, Timestamp>, Fault> {
    let mut all = BTreeMap::new();
    let mut query = EntityQuery::kind(USED_KIND).partition(cx.directory.partition().as_str()).account(account.as_str());
    loop {
        let page = cx.store.entities(query.clone()).await.map_err(crate::fault::store)?;
        let Some(last) = page.last().map(|entity| entity.key.clone()) else { return Ok(all) };
        for entity in page {
            all.insert(entity.key.id, crate::fault::stored::<Used>(&entity.body)?.at);
        }
        query = query.after(last);
    }
}

impl Services {
    /// The first step of an IAM user: account, name, password. What does not fit is answered alike, in as much time, and
    /// recorded; after some attempts each has to wait longer.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in(
        &self,
        offered: &Offered,
        session_token: &str,
        connection: &Connection,
    ) -> Result<Step, SignInError> {
        let Offered { account, user, password } = offered;
        let subject = Subject::of(&[account, user]);
        self.attempt_of(&subject).await?;
        let directory = self.authority.directory();
        let found = found(&directory, account.trim(), user.trim());
        let hash = found.as_ref().map_or(password::NOBODYS, |found| &found.profile.hash);
        // It is compared in any case, so that the time tells nothing.
        let right = self.compare(password, hash).await?;
        let Some(Found { account, user, profile }) = found.as_ref().filter(|_| right && password.len() <= LONGEST)
        else {
            let account = found.map(|found| (found.account.id(), principal(found.user)));
            self.failed(account, connection, Factor::Password).await?;
            return Err(SignInError::Wrong);
        };
        let ticket = Ticket {
            account: account.id(),
            user_id: user.record.id.clone(),
            changed_at: profile.changed_at,
            mfa_at: None,
            device: None,
            subject,
            expires_at: self.clock.now().plus_seconds(TICKET_SECONDS),
        };
        if !factor::devices(&directory, &ticket.session(self.clock.now())).is_empty() {
            return Ok(Step::Code(self.sealed(&ticket)?));
        }
        self.goes_on(&directory, ticket, session_token, connection).await
    }

    /// The step of a user with an MFA device: a code of it, which then is used up.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in_code(
        &self,
        ticket: &str,
        code: &str,
        session_token: &str,
        connection: &Connection,
    ) -> Result<Step, SignInError> {
        let ticket = self.opened(ticket)?;
        self.attempt_of(&ticket.subject).await?;
        let directory = self.authority.directory();
        let found = ticket.found(&directory).ok_or(SignInError::Over)?;
        let now = self.clock.now();
        let devices = factor::devices(&directory, &ticket.session(now));
        let used = factor::spend(self.store.as_ref(), &self.vault, &devices, code.trim(), now).await?;
        let device = match used {
            None => None,
            Some(used) => match self.store.commit(used.change).await {
                Ok(_) => Some(used.device),
                // The code was used in the same moment.
                Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => None,
                Err(error) => return Err(error.into()),
            },
        };
        if device.is_none() {
            self.failed(Some((found.account.id(), principal(found.user))), connection, Factor::MfaCode).await?;
            return Err(SignInError::Wrong);
        }
        self.goes_on(&directory, Ticket { mfa_at: Some(now), device, ..ticket }, session_token, connection).await
    }

    /// The step of a user who has to choose another password. It is changed as by `iam:ChangePassword`, made by the user:
    /// decided, recorded and refused like that.
    ///
    /// # Errors
    /// [`SignInError::Password`] where it is not changed, and the others.
    pub async fn sign_in_password(
        &self,
        ticket: &str,
        (old, new): (&str, &str),
        session_token: &str,
        connection: &Connection,
    ) -> Result<Step, SignInError> {
        let ticket = self.opened(ticket)?;
        self.attempt_of(&ticket.subject).await?;
        let directory = self.authority.directory();
        let found = ticket.found(&directory).ok_or(SignInError::Over)?;
        // Whoever has a device shows it before.
        let session = ticket.session(self.clock.now());
        if ticket.mfa_at.is_none() && !factor::devices(&directory, &session).is_empty() {
            return Err(SignInError::Over);
        }
        let caller = session.as_user(&directory, uuid(self.entropy.as_ref())).ok_or(SignInError::Over)?;
        let call = Call {
            service: "iam".to_owned(),
            operation: "ChangePassword".to_owned(),
            account: found.account.id(),
            region: Region::us_east_1(),
            partition: directory.partition().clone(),
            input: Value::map([("OldPassword", Value::from(old)), ("NewPassword", Value::from(new))]),
        };
        match self.call(&caller, &Origin::Api, call).await {
            Ok(Answer::Output(_)) => {}
            Ok(Answer::Fault(fault)) => return Err(SignInError::Password(fault.message)),
            Ok(Answer::Denied(ruling)) => return Err(SignInError::Password(ruling.sentence())),
            Err(error) => return Err(SignInError::Internal(error.to_string())),
        }
        let directory = self.authority.directory();
        let profile = directory.account(ticket.account).and_then(|account| account.login_profile(&ticket.user_id));
        let changed_at = profile.ok_or(SignInError::Over)?.changed_at;
        self.goes_on(&directory, Ticket { changed_at, ..ticket }, session_token, connection).await
    }

    /// Begins the session of somebody who has shown all there is to show, unless the password has to be replaced first.
    async fn goes_on(
        &self,
        directory: &Directory,
        ticket: Ticket,
        session_token: &str,
        connection: &Connection,
    ) -> Result<Step, SignInError> {
        let Found { account, user, profile } = ticket.found(directory).ok_or(SignInError::Over)?;
        let now = self.clock.now();
        if profile.reset_required || expiry(account, profile).is_some_and(|at| at <= now) {
            return Ok(Step::NewPassword(self.sealed(&ticket)?));
        }
        let session = ticket.session(now);
        let factors: &[Factor] = match session.mfa_at {
            Some(_) => &[Factor::Password, Factor::MfaCode],
            None => &[Factor::Password],
        };
        let digest = digest(session_token);
        let trying = Trying {
            event: SignInEvent::ConsoleLogin,
            account: Some(session.account),
            principal: Some(principal(user)),
            connection,
            factors,
            device: ticket.device.as_deref(),
            session: Some(&digest),
            member: None,
        };
        let used = crate::fault::to_stored(&Used { at: now })?;
        let used_key = used_key(directory.partition().as_str(), session.account, &ticket.user_id);
        let change = begun(session_token, &session)?.put(used_key, used, Expect::Any).and(self.tried(trying, Ok(()))?);
        self.store.commit(change.and(ticket.subject.succeeded())).await?;
        Ok(Step::Done(session))
    }

    /// Compares a password with a hash on a thread that serves nobody else, a few at a time.
    async fn compare(&self, password: &str, hash: &str) -> Result<bool, SignInError> {
        let turn = tokio::time::timeout(PATIENCE, self.comparing.acquire()).await;
        let _turn = turn.map_err(|_| SignInError::Busy)?.map_err(|error| SignInError::Internal(error.to_string()))?;
        let (password, hash) = (password.to_owned(), hash.to_owned());
        let compared = tokio::task::spawn_blocking(move || password::is(&password, &hash)).await;
        compared.map_err(|error| SignInError::Internal(error.to_string()))
    }

    /// Records an attempt that failed.
    async fn failed(
        &self,
        known: Option<(AccountId, bailiwick_authority::Principal)>,
        connection: &Connection,
        factor: Factor,
    ) -> Result<(), SignInError> {
        let (account, principal) = known.unzip();
        let trying = Trying {
            event: SignInEvent::ConsoleLogin,
            account,
            principal,
            connection,
            factors: &[factor],
            device: None,
            session: None,
            member: None,
        };
        self.store.commit(self.tried(trying, Err(None))?).await?;
        Ok(())
    }

    fn sealed(&self, ticket: &Ticket) -> Result<String, SignInError> {
        let text = crate::fault::to_stored(ticket)?;
        let sealed = self.vault.seal_for(Purpose::ConsoleSession, TICKET, text.as_bytes());
        sealed.map_err(|error| SignInError::Internal(error.to_string()))
    }

    fn opened(&self, ticket: &str) -> Result<Ticket, SignInError> {
        let bytes = self.vault.open_for(Purpose::ConsoleSession, TICKET, ticket).map_err(|_| SignInError::Over)?;
        let ticket = serde_json::from_slice::<Ticket>(&bytes).map_err(|_| SignInError::Over)?;
        if ticket.expires_at < self.clock.now() { Err(SignInError::Over) } else { Ok(ticket) }
    }
}
