//! Who used what, and when last: of access keys, users, roles and the root user, by service and action. It is what the audit
//! trail tells, every attempt counted whether it was allowed or not, as AWS's "last accessed information" does. The trail up
//! to the start is read when somebody first asks; from then on every decision is noted as it is recorded.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, EntityKey, Expect, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::{
    call::Call,
    caller::{Caller, Principal},
    ruling::Ruling,
};

/// How many records are read at once.
const READ: u32 = 2_000;
/// After how many records that had to be read the result is kept, so that the next start reads on from there.
const KEEP_AFTER: u64 = 20_000;
/// The version of the kept form. What another version kept is made anew.
const FORMAT: u32 = 1;

/// When something was last used, and in which Region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// When.
    pub at: Timestamp,
    /// The Region of the call.
    pub region: String,
}

impl Use {
    fn later(&mut self, at: Timestamp, region: &str) {
        if at >= self.at {
            self.at = at;
            if self.region != region {
                region.clone_into(&mut self.region);
            }
        }
    }
}

/// The last use of an access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyUse {
    /// When and where.
    pub last: Use,
    /// The service, by its prefix in actions.
    pub service: String,
}

/// What a principal did with a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceUse {
    /// The last call.
    pub last: Use,
    /// The last call of each action, by its name without the service.
    pub actions: BTreeMap<String, Use>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Seen {
    keys: HashMap<String, KeyUse>,
    /// By unique id of a user or role, or by the account number for its root user.
    principals: HashMap<String, BTreeMap<String, ServiceUse>>,
}

/// One call, as far as it counts.
struct Seeing<'a> {
    principal: &'a str,
    access_key_id: Option<&'a str>,
    action: (&'a str, &'a str),
    at: Timestamp,
    region: &'a str,
}

impl Seen {
    fn see(&mut self, seeing: &Seeing<'_>) {
        let Seeing { principal, access_key_id, action: (service, action), at, region } = *seeing;
        let first = || Use { at, region: region.to_owned() };
        // Temporary keys end by themselves; nobody asks for them.
        if let Some(id) = access_key_id.filter(|id| id.starts_with("AKIA")) {
            match self.keys.get_mut(id) {
                Some(known) if at >= known.last.at => {
                    known.last.later(at, region);
                    if known.service != service {
                        service.clone_into(&mut known.service);
                    }
                }
                Some(_) => {}
                None => {
                    self.keys.insert(id.to_owned(), KeyUse { last: first(), service: service.to_owned() });
                }
            }
        }
        if !self.principals.contains_key(principal) {
            self.principals.insert(principal.to_owned(), BTreeMap::new());
        }
        let Some(services) = self.principals.get_mut(principal) else { return };
        if !services.contains_key(service) {
            services.insert(service.to_owned(), ServiceUse { last: first(), actions: BTreeMap::new() });
        }
        let Some(known) = services.get_mut(service) else { return };
        known.last.later(at, region);
        match known.actions.get_mut(action) {
            Some(known) => known.later(at, region),
            None => {
                known.actions.insert(action.to_owned(), first());
            }
        }
    }

    fn merge(&mut self, other: Seen) {
        for (id, theirs) in other.keys {
            let ours = self.keys.entry(id).or_insert_with(|| theirs.clone());
            if theirs.last.at > ours.last.at {
                *ours = theirs;
            }
        }
        for (principal, services) in other.principals {
            let ours = self.principals.entry(principal).or_default();
            for (service, theirs) in services {
                let known = ours.entry(service).or_insert_with(|| theirs.clone());
                if theirs.last.at > known.last.at {
                    known.last = theirs.last;
                }
                for (action, theirs) in theirs.actions {
                    let ours = known.actions.entry(action).or_insert_with(|| theirs.clone());
                    if theirs.at > ours.at {
                        *ours = theirs;
                    }
                }
            }
        }
    }
}

/// The parts of a decision's record that count.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    user_identity: Identity,
    event_time: String,
    event_source: String,
    event_name: String,
    aws_region: String,
    additional_event_data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    r#type: String,
    #[serde(default)]
    principal_id: String,
    access_key_id: Option<String>,
}

#[derive(Deserialize)]
struct Data {
    ruling: RulingData,
}

#[derive(Deserialize)]
struct RulingData {
    checks: Vec<CheckData>,
}

#[derive(Deserialize)]
struct CheckData {
    action: String,
}

impl Seen {
    /// Sees what a record of the trail tells, if it tells of a principal that counts.
    fn read(&mut self, record: &str) {
        let Ok(record) = serde_json::from_str::<Record>(record) else { return };
        let Ok(at) = Timestamp::parse_rfc3339(&record.event_time) else { return };
        let identity = &record.user_identity;
        let principal = match identity.r#type.as_str() {
            "IAMUser" | "Root" => identity.principal_id.as_str(),
            "AssumedRole" => identity.principal_id.split(':').next().unwrap_or_default(),
            _ => return,
        };
        let source = record.event_source.split('.').next().unwrap_or_default();
        let checked = record.additional_event_data.ruling.checks.first();
        let action = checked.and_then(|check| check.action.split_once(':')).unwrap_or((source, &record.event_name));
        let access_key_id = identity.access_key_id.as_deref();
        self.see(&Seeing { principal, access_key_id, action, at, region: &record.aws_region });
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    sequence: u64,
    seen: Seen,
}

fn kept_key() -> EntityKey {
    EntityKey::global("authority.usage", "seen")
}

/// Who used what. One for each authority.
#[derive(Debug, Default)]
pub struct Usage {
    seen: Mutex<Seen>,
    history: tokio::sync::OnceCell<()>,
}

impl Usage {
    fn with<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a decision that was recorded.
    pub(crate) fn note(&self, ruling: &Ruling, caller: &Caller, call: &Call) {
        let root;
        let principal = match &caller.principal {
            Principal::User { id, .. } => id,
            Principal::RoleSession { role_id, .. } => role_id,
            Principal::Root { account } => {
                root = account.to_string();
                &root
            }
            Principal::Anonymous
            | Principal::Federated { .. }
            | Principal::Person { .. }
            | Principal::Service { .. }
            | Principal::WebIdentity(_) => return,
        };
        let checked = ruling.checks.first().and_then(|check| check.action.split_once(':'));
        let action = checked.unwrap_or((&call.service, &call.operation));
        let (access_key_id, at) = (caller.access_key_id.as_deref(), ruling.decided_at);
        self.with(|seen| seen.see(&Seeing { principal, access_key_id, action, at, region: call.region.as_str() }));
    }

    /// Reads the trail up to now, once.
    ///
    /// # Errors
    /// The store failed; the next call tries again.
    pub(crate) async fn read_history(&self, store: &dyn Store) -> Result<(), StoreError> {
        let read = || async {
            let kept = store.entity(kept_key()).await?;
            let kept = kept.and_then(|entity| serde_json::from_str::<Kept>(&entity.body).ok());
            let kept = kept.filter(|kept| kept.format == FORMAT);
            let (begin, mut seen) = kept.map_or_else(Default::default, |kept| (kept.sequence, kept.seen));
            let mut after = begin;
            loop {
                let rows = store.audit(after, READ).await?;
                let Some(end) = rows.last().map(|row| row.sequence) else { break };
                after = end;
                for row in rows.iter().filter(|row| row.kind == "decision") {
                    seen.read(&row.record);
                }
            }
            if after.saturating_sub(begin) > KEEP_AFTER {
                let kept = Kept { format: FORMAT, sequence: after, seen };
                let body = serde_json::to_string(&kept).unwrap_or_default();
                // It saves time at the next start and nothing else, so that it may fail.
                if let Err(error) = store.commit(Change::new().put(kept_key(), body, Expect::Any)).await {
                    tracing::warn!(%error, "what was last used could not be kept; the next start reads it again");
                }
                seen = kept.seen;
            }
            self.with(|live| live.merge(seen));
            Ok(())
        };
        self.history.get_or_try_init(read).await.map(|_| ())
    }

    /// The last use of an access key.
    pub fn access_key(&self, id: &str) -> Option<KeyUse> {
        self.with(|seen| seen.keys.get(id).cloned())
    }

    /// The last call of a user or role, by its unique id, or of the root user, by its account.
    pub fn principal(&self, id: &str) -> Option<Use> {
        self.with(|seen| {
            let services = seen.principals.get(id)?.values();
            services.map(|service| &service.last).max_by_key(|last| last.at).cloned()
        })
    }

    /// What a principal did with a service.
    pub fn service(&self, principal_id: &str, service: &str) -> Option<ServiceUse> {
        self.with(|seen| seen.principals.get(principal_id)?.get(service).cloned())
    }
}
