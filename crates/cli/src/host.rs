//! What the port serves: one instance over a folder, or instances in memory, one for each partition that is asked for,
//! which a reset replaces.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use bailiwick_authority::Enforcement;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::sigv4::Secret;
use bailiwick_ident::{AccountId, Partition};
use bailiwick_server::{Api, Doing, Host, Router};
use bailiwick_store::vault::MasterKey;

use crate::config::Config;
use crate::instance::{Home, Instance, Workers};

/// An instance at work.
pub(crate) struct Running {
    instance: Instance,
    api: Arc<Api>,
    pages: Router,
    workers: Workers,
}

impl Running {
    /// Sets an instance to work.
    pub(crate) fn start(instance: Instance) -> Running {
        let pages = bailiwick_server::with_pages(instance.console().merge(instance.chat()));
        let (api, workers) = (Arc::new(instance.api()), instance.start());
        Running { instance, api, pages, workers }
    }

    /// Ends live pages, which would otherwise never end by themselves.
    pub(crate) fn close(&self) {
        self.instance.stop();
    }

    /// Lets the workers end what they began, and closes the store.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.close();
        self.workers.stop().await;
        self.instance.store.close().await?;
        Ok(())
    }
}

/// One instance over a folder.
pub(crate) struct Folder(pub(crate) Running);

impl Host for Folder {
    fn api<'a>(&'a self, partition: &'a Partition) -> Doing<'a, Option<Arc<Api>>> {
        let held = self.0.instance.partition == *partition;
        Box::pin(std::future::ready(held.then(|| Arc::clone(&self.0.api))))
    }

    fn any_api(&self) -> Arc<Api> {
        Arc::clone(&self.0.api)
    }

    fn pages(&self) -> Router {
        self.0.pages.clone()
    }

    fn slack(&self) -> Option<Arc<bailiwick_server::Slack>> {
        self.0.instance.slack_door()
    }

    fn reset(&self) -> Option<Doing<'_, Result<(), String>>> {
        None
    }
}

/// What every instance in memory begins with.
pub(crate) struct Beginning {
    pub(crate) pack: Arc<Pack>,
    pub(crate) config: Config,
    pub(crate) enforcement: Enforcement,
    pub(crate) account: AccountId,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
    /// The address that this server listens on.
    pub(crate) endpoint: String,
}

/// The bytes of a store with the one account in it, and of the key it is sealed under.
struct Image {
    store: Vec<u8>,
    key: [u8; 32],
}

/// Instances in memory.
pub(crate) struct Memory {
    beginning: Beginning,
    /// The one of the partition `aws` is always there.
    running: RwLock<BTreeMap<Partition, Arc<Running>>>,
    first: RwLock<Arc<Running>>,
    images: tokio::sync::Mutex<BTreeMap<Partition, Image>>,
}

impl Memory {
    /// Opens the instance of the partition `aws`; others follow when they are asked for.
    pub(crate) async fn open(beginning: Beginning) -> anyhow::Result<Memory> {
        let mut images = BTreeMap::new();
        let first = Arc::new(begin(&beginning, &Partition::aws(), &mut images).await?);
        Ok(Memory {
            beginning,
            running: RwLock::new(BTreeMap::from([(Partition::aws(), Arc::clone(&first))])),
            first: RwLock::new(first),
            images: tokio::sync::Mutex::new(images),
        })
    }

    fn known(&self, partition: &Partition) -> Option<Arc<Running>> {
        self.running.read().unwrap_or_else(PoisonError::into_inner).get(partition).cloned()
    }

    fn first(&self) -> Arc<Running> {
        Arc::clone(&self.first.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn find(&self, partition: &Partition) -> anyhow::Result<Arc<Running>> {
        if let Some(running) = self.known(partition) {
            return Ok(running);
        }
        let mut images = self.images.lock().await;
        if let Some(running) = self.known(partition) {
            return Ok(running);
        }
        let opened = Arc::new(begin(&self.beginning, partition, &mut images).await?);
        let mut running = self.running.write().unwrap_or_else(PoisonError::into_inner);
        running.insert(partition.clone(), Arc::clone(&opened));
        Ok(opened)
    }

    async fn begin_anew(&self) -> anyhow::Result<()> {
        let mut images = self.images.lock().await;
        let first = Arc::new(begin(&self.beginning, &Partition::aws(), &mut images).await?);
        let old = {
            let mut running = self.running.write().unwrap_or_else(PoisonError::into_inner);
            *self.first.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&first);
            std::mem::replace(&mut *running, BTreeMap::from([(Partition::aws(), first)]))
        };
        // Requests that are under way keep what they began with; it goes with the last of them.
        for running in old.into_values() {
            running.close();
            tokio::spawn(async move { running.workers.abandon() });
        }
        Ok(())
    }

    /// Ends live pages.
    pub(crate) fn close(&self) {
        for running in self.running.read().unwrap_or_else(PoisonError::into_inner).values() {
            running.close();
        }
    }
}

/// An instance with the one account, from the image of the partition if there is one.
async fn begin(
    beginning: &Beginning,
    partition: &Partition,
    images: &mut BTreeMap<Partition, Image>,
) -> anyhow::Result<Running> {
    let open = |home: Home| {
        let pack = Arc::clone(&beginning.pack);
        Instance::open(home, &beginning.config, pack, partition, beginning.enforcement, &beginning.endpoint)
    };
    if let Some(Image { store, key }) = images.get(partition) {
        let home = Home::Image(store.clone(), MasterKey::from_bytes(*key));
        return Ok(Running::start(open(home).await?));
    }
    let key = crate::world::random_key();
    let instance = open(Home::Memory(MasterKey::from_bytes(key))).await?;
    let Beginning { account, access_key_id, secret_access_key, .. } = beginning;
    instance.make_lone_account(*account, access_key_id, secret_access_key).await?;
    // Made once, so that no delivery waits for it after a reset.
    instance.services.signer().prepare().await?;
    images.insert(partition.clone(), Image { store: instance.store.image().await?, key });
    Ok(Running::start(instance))
}

impl Host for Memory {
    fn api<'a>(&'a self, partition: &'a Partition) -> Doing<'a, Option<Arc<Api>>> {
        Box::pin(async move {
            match self.find(partition).await {
                Ok(running) => Some(Arc::clone(&running.api)),
                Err(error) => {
                    tracing::error!(%error, %partition, "an instance cannot be opened");
                    None
                }
            }
        })
    }

    fn apis(&self) -> Vec<Arc<Api>> {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        running.values().map(|running| Arc::clone(&running.api)).collect()
    }

    fn any_api(&self) -> Arc<Api> {
        Arc::clone(&self.first().api)
    }

    fn pages(&self) -> Router {
        self.first().pages.clone()
    }

    fn slack(&self) -> Option<Arc<bailiwick_server::Slack>> {
        self.first().instance.slack_door()
    }

    fn reset(&self) -> Option<Doing<'_, Result<(), String>>> {
        Some(Box::pin(async move { self.begin_anew().await.map_err(|error| format!("{error:#}")) }))
    }
}
