//! Keeps the copies of remote accounts fresh: at the start, in an interval, and when `bailiwick account sync` asks for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bailiwick_authority::audit::{self, Attempt, End};
use bailiwick_authority::{Authority, Call, Caller, Clock, Entropy, KeptMirror, Origin, Outcome, uuid};
use bailiwick_aws::fault::Fault;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::{Value, protocol::timestamp};
use bailiwick_client::{Exchange, KeySource, MirrorOf, MirrorWay, RoleKeys, Target};
use bailiwick_ident::{AccountId, Partition, Region, Timestamp};
use bailiwick_store::{Change, EntityKey, Expect, Store};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::accounts;
use crate::config::Config;

/// How often it is looked whether something is due, or asked for.
const LOOK: Duration = Duration::from_secs(1);
/// How long it takes until an account that could not be read is tried again, in seconds.
const AGAIN_SECONDS: i64 = 60;
/// What the request for a sync is called in the data folder, before the account's number.
const REQUEST: &str = "sync-";

/// How the last attempt ended, in stored form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempted {
    /// When it began, in RFC 3339: what changed there before, it has read.
    #[serde(default)]
    pub(crate) begun: String,
    /// When it ended, in RFC 3339.
    pub(crate) at: String,
    /// Why it failed, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) roles: usize,
    #[serde(default)]
    pub(crate) policies: usize,
    #[serde(default)]
    pub(crate) changed: usize,
}

fn key(partition: &Partition, account: AccountId) -> EntityKey {
    EntityKey {
        kind: "account.sync".to_owned(),
        partition: partition.to_string(),
        account: account.to_string(),
        region: String::new(),
        id: "last".to_owned(),
    }
}

/// How the last attempt for an account ended.
pub(crate) async fn attempted(store: &dyn Store, partition: &Partition, account: AccountId) -> Option<Attempted> {
    let entity = store.entity(key(partition, account)).await.ok()??;
    serde_json::from_str(&entity.body).ok()
}

/// The file that asks the server over a data folder for a sync.
pub(crate) fn request_file(folder: &Path, account: AccountId) -> PathBuf {
    folder.join(format!("{REQUEST}{account}"))
}

/// What a sync is made of.
pub(crate) struct MirrorsParts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) authority: Arc<Authority>,
    pub(crate) pack: Arc<Pack>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) partition: Partition,
}

/// An account that is read.
struct Remote {
    target: Target,
    region: Region,
    role: String,
    keys: RoleKeys,
    seconds: i64,
}

impl Remote {
    fn way(&self) -> MirrorWay<'_> {
        MirrorWay { target: &self.target, region: &self.region, source: &self.keys as &dyn KeySource }
    }
}

/// Reads the accounts whose configuration names a role for it.
pub(crate) struct Mirrors {
    parts: MirrorsParts,
    remotes: BTreeMap<AccountId, Remote>,
}

impl Mirrors {
    /// The sync of a configuration's accounts.
    pub(crate) async fn new(parts: MirrorsParts, config: &Config) -> anyhow::Result<Mirrors> {
        let mut remotes = BTreeMap::new();
        for account in &config.account {
            let Some(role) = account.sync_role() else { continue };
            let target = accounts::target(account, &config.network, &parts.exchange).await?;
            let region = accounts::region(account);
            let (source, place) = (Arc::clone(&target.keys), target.place("sts", &region));
            let keys = RoleKeys::new(role.to_owned(), source, place, Arc::clone(&parts.exchange))
                .with_external_id(account.external_id.clone());
            let (role, seconds) = (role.to_owned(), account.sync_seconds());
            remotes.insert(account.id, Remote { target, region, role, keys, seconds });
        }
        Ok(Mirrors { parts, remotes })
    }

    /// Reads an account now, and notes how that ended.
    ///
    /// # Errors
    /// Why the copy is what it was.
    pub(crate) async fn sync(&self, account: AccountId) -> Result<KeptMirror, String> {
        let begun = self.parts.clock.now().to_rfc3339_millis();
        let done = match self.remotes.get(&account) {
            Some(remote) => self.read(account, remote).await,
            None => Err(format!("account {account} has no `sync_role` in the configuration")),
        };
        let at = self.parts.clock.now().to_rfc3339_millis();
        let attempted = match &done {
            Ok(KeptMirror { roles, policies, changed }) => {
                Attempted { begun, at, error: None, roles: *roles, policies: *policies, changed: *changed }
            }
            Err(error) => Attempted { begun, at, error: Some(error.clone()), roles: 0, policies: 0, changed: 0 },
        };
        let body = serde_json::to_string(&attempted).map_err(|error| error.to_string())?;
        let change = Change::new().put(key(&self.parts.partition, account), body, Expect::Any);
        self.parts.store.commit(change).await.map_err(|error| error.to_string())?;
        done
    }

    async fn read(&self, account: AccountId, remote: &Remote) -> Result<KeptMirror, String> {
        let parts = &self.parts;
        if parts.authority.directory().account(account).is_none() {
            return Err(format!(
                "account {account} is not in the directory: bailiwick account add {account} --name NAME"
            ));
        }
        let attempt = self.permitted(account, remote).await?;
        let others = |id: AccountId| self.remotes.get(&id).map(Remote::way);
        let of = MirrorOf { partition: &parts.partition, read_as: &remote.role, way: remote.way(), others: &others };
        let read = parts.exchange.read_mirror(&of).await.map_err(|error| error.to_string());
        let fault = read.as_ref().err().map(|error| Fault::receiver("NotRead", 503, error.clone()));
        let nothing = Value::empty();
        let end = fault.as_ref().map_or(End::Finished(&nothing), End::Failed);
        let id = uuid(parts.entropy.as_ref());
        let draft = audit::outcome(&parts.pack, &attempt, &id, parts.clock.now(), end);
        let outcome = Change::new().audit(draft.map_err(|error| error.to_string())?);
        match read {
            Ok(reading) => parts.authority.keep_mirror(&reading, outcome).await.map_err(|error| error.to_string()),
            Err(error) => {
                parts.store.commit(outcome).await.map_err(|error| error.to_string())?;
                Err(error)
            }
        }
    }

    /// Records that Bailiwick itself reads the account.
    async fn permitted(&self, account: AccountId, remote: &Remote) -> Result<Attempt, String> {
        let parts = &self.parts;
        let call = Call {
            service: "iam".to_owned(),
            operation: "GetAccountAuthorizationDetails".to_owned(),
            account,
            region: remote.region.clone(),
            partition: parts.partition.clone(),
            input: Value::empty(),
        };
        let caller = Caller::system(uuid(parts.entropy.as_ref()));
        let outcome = parts.authority.authorize(&caller, &Origin::System, call.clone(), Change::new()).await;
        match outcome.map_err(|error| error.to_string())? {
            Outcome::Allowed(permit) => {
                let opened = permit.open(call, parts.clock.now()).map_err(|error| error.to_string())?;
                Ok(Attempt::of(&opened))
            }
            Outcome::Denied(ruling) => Err(ruling.sentence()),
        }
    }

    /// Whether an account's copy is older than its interval, and was not tried in vain a moment ago.
    async fn due(&self, account: AccountId, remote: &Remote) -> bool {
        let now = self.parts.clock.now();
        let since = |then: Timestamp| now.as_seconds().saturating_sub(then.as_seconds());
        let directory = self.parts.authority.directory();
        let synced = directory.account(account).and_then(|of| of.mirror()).map(|mirror| mirror.record.synced_at);
        if synced.is_some_and(|then| since(then) < remote.seconds) {
            return false;
        }
        match attempted(self.parts.store.as_ref(), &self.parts.partition, account).await {
            Some(Attempted { at, error: Some(_), .. }) => {
                timestamp::parse(&at).is_none_or(|then| since(then) >= AGAIN_SECONDS.min(remote.seconds))
            }
            _ => true,
        }
    }

    /// Works until it is told to stop. In a data folder others can ask for a sync.
    pub(crate) fn start(self: Arc<Self>, folder: Option<PathBuf>) -> Syncing {
        let stop = CancellationToken::new();
        if self.remotes.is_empty() {
            return Syncing { stop, task: None };
        }
        let stopped = stop.clone();
        let work = async move {
            let mut look = tokio::time::interval(LOOK);
            loop {
                tokio::select! {
                    () = stopped.cancelled() => return,
                    _ = look.tick() => {}
                }
                for (account, remote) in &self.remotes {
                    let asked =
                        folder.as_ref().is_some_and(|of| std::fs::remove_file(request_file(of, *account)).is_ok());
                    if !(asked || self.due(*account, remote).await) {
                        continue;
                    }
                    let done = tokio::select! {
                        () = stopped.cancelled() => return,
                        done = self.sync(*account) => done,
                    };
                    match done {
                        Ok(kept) => tracing::info!(%account, ?kept, "read a remote account's roles and policies"),
                        Err(error) => {
                            tracing::warn!(%account, %error, "a remote account's roles and policies were not read")
                        }
                    }
                }
            }
        };
        Syncing { stop, task: Some(tokio::spawn(work)) }
    }
}

/// The work in the background.
pub(crate) struct Syncing {
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Syncing {
    /// Tells it to end.
    pub(crate) fn cancel(&self) {
        self.stop.cancel();
    }

    /// Waits for its end.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        if let Some(task) = self.task {
            // A task that panicked has ended, too.
            let _ = task.await;
        }
    }
}
