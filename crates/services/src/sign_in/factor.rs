use bailiwick_authority::audit::{Factor, SignInEvent};
use bailiwick_authority::record::MfaDeviceRecord;
use bailiwick_authority::{Directory, mfa};
use bailiwick_ident::Timestamp;
use bailiwick_store::vault::Vault;
use bailiwick_store::{Change, EntityKey, Expect, Store, StoreError};
use serde::{Deserialize, Serialize};

use super::attempts::Subject;
use super::{Connection, SESSION_KIND, SignInError, SignedIn, Trying, Whom, key};
use crate::Services;
use crate::identity::digest;

const SPENT_KIND: &str = "iam.mfa-step";

/// The time step of the last code of a device that was used. It is kept beside the directory: that somebody
/// signs in is no change of policies.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Spent {
    step: i64,
}

fn spent_key(device: &MfaDeviceRecord) -> EntityKey {
    EntityKey::global(SPENT_KIND, device.serial_number.as_str())
}

/// The device as it is once every code counts as used that was, and what must hold of what is stored of
/// that for it to be true.
async fn unspent(store: &dyn Store, device: &MfaDeviceRecord) -> Result<(MfaDeviceRecord, Expect), StoreError> {
    let stored = store.entity(spent_key(device)).await?;
    let expect = stored.as_ref().map_or(Expect::Absent, |stored| Expect::Revision(stored.revision));
    // What cannot be read was written by another version; the device's own step still holds.
    let spent: Spent = stored.and_then(|stored| serde_json::from_str(&stored.body).ok()).unwrap_or_default();
    let last_step = device.last_step.max(spent.step);
    Ok((MfaDeviceRecord { last_step, ..device.clone() }, expect))
}

/// The devices of whoever a session is of, or will be.
pub(super) fn devices<'a>(directory: &'a Directory, of: &SignedIn) -> Vec<&'a MfaDeviceRecord> {
    let person = of.person(directory).map(|person| person.id.as_str());
    let user = of.user(directory).map(|user| user.record.id.as_str());
    let ids = [person, user];
    let own = |device: &&MfaDeviceRecord| device.user_id.as_deref().is_some_and(|id| ids.contains(&Some(id)));
    directory.account(of.account).into_iter().flat_map(|account| account.mfa_devices()).filter(own).collect()
}

/// A code that is right.
pub(crate) struct Spending {
    /// What uses it up.
    pub(crate) change: Change,
    /// The ARN of the device.
    pub(crate) device: String,
}

/// A code, if it is one of these devices' and was not used: neither at the console nor at STS.
///
/// # Errors
/// The store or a seed cannot be read: then there was no second factor.
pub(crate) async fn spend(
    store: &dyn Store,
    vault: &Vault,
    devices: &[&MfaDeviceRecord],
    code: &str,
    now: Timestamp,
) -> Result<Option<Spending>, SignInError> {
    for device in devices {
        let (device, expect) = unspent(store, device).await?;
        match mfa::check(vault, &device, code, now) {
            Ok(used) => {
                let spent = crate::fault::to_stored(&Spent { step: used.last_step })?;
                let change = Change::new().put(spent_key(&used), spent, expect);
                return Ok(Some(Spending { change, device: used.serial_number }));
            }
            Err(mfa::MfaError::Code) => {}
            Err(error @ mfa::MfaError::Unavailable) => return Err(SignInError::Internal(error.to_string())),
        }
    }
    Ok(None)
}

impl Services {
    /// Whether whoever a session is of has a device whose codes it can show.
    pub fn has_second_factor(&self, of: &SignedIn) -> bool {
        !devices(&self.authority.directory(), of).is_empty()
    }

    /// Takes a code in a session that lasts: from then on it is one with a second factor.
    ///
    /// # Errors
    /// [`SignInError::Wrong`] for a code that is not right or was used, [`SignInError::TooMany`] after many of them,
    /// [`SignInError::Over`] where the session ended.
    pub async fn step_up(
        &self,
        session_token: &str,
        code: &str,
        connection: &Connection,
    ) -> Result<SignedIn, SignInError> {
        let (now, directory) = (self.clock.now(), self.authority.directory());
        let entity = self.store.entity(key(SESSION_KIND, session_token)).await?.ok_or(SignInError::Over)?;
        let session = serde_json::from_str::<SignedIn>(&entity.body).ok();
        let session = session.filter(|session| session.lasts(&directory, now)).ok_or(SignInError::Over)?;
        let (Whom::Person(id) | Whom::User(id)) = &session.whom;
        let who = Subject::of(&["session", id]);
        self.attempt_of(&who).await?;
        let digest = digest(session_token);
        let trying = |device| Trying {
            event: SignInEvent::CheckMfa,
            account: Some(session.account),
            principal: session.as_user(&directory, String::new()).map(|caller| caller.principal),
            connection,
            factors: &[Factor::MfaCode],
            device,
            session: Some(&digest),
            member: None,
        };
        let devices = devices(&directory, &session);
        let used = spend(self.store.as_ref(), &self.vault, &devices, code.trim(), now).await?;
        let Some(used) = used else {
            self.store.commit(self.tried(trying(None), Err(None))?).await?;
            return Err(SignInError::Wrong);
        };
        let stronger = SignedIn { mfa_at: Some(now), ..session.clone() };
        let body = crate::fault::to_stored(&stronger)?;
        let kept = used.change.put(entity.key, body, Expect::Revision(entity.revision));
        let change = kept.and(self.tried(trying(Some(&used.device)), Ok(()))?).and(who.succeeded());
        match self.store.commit(change).await {
            Ok(_) => Ok(stronger),
            // The code was used in the same moment, or the session ended.
            Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => {
                self.store.commit(self.tried(trying(None), Err(None))?).await?;
                Err(SignInError::Wrong)
            }
            Err(error) => Err(error.into()),
        }
    }
}
