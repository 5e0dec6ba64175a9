//! The outbox worker: sends what was published until it has arrived or is given up.
//!
//! Rows are claimed for a time; each ends in one commit: sent, given back for another try, or dead. A row whose end could not
//! be committed, because the process died, is sent again at the next start: what is delivered is delivered at least once.

mod http;
mod sqs;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_authority::Clock;
use bailiwick_ident::Partition;
use bailiwick_notify::sns::delivery::{Delivery, FORMAT, Target};
use bailiwick_notify::sns::envelope::{Seal, SignatureVersion, document};
use bailiwick_store::vault::Vault;
use bailiwick_store::{Change, Claim, OutboxRow, Store};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Client, Transport};

/// The name under which rows are claimed.
const WORKER: &str = "deliver";
/// How long a claimed row is ours. Longer than the longest delivery with its dead-letter queue.
const LEASE_MILLIS: u32 = 120_000;
/// How many deliveries are under way at once.
const AT_ONCE: usize = 32;
/// How often the outbox is looked at when nobody signals: retries become due by themselves.
const POLL: Duration = Duration::from_millis(500);
/// How often rows that were sent are swept, and how old they are then, in seconds.
const SWEEP_SECONDS: i64 = 300;
/// How long begun deliveries have to end when the worker stops.
const DRAIN: Duration = Duration::from_secs(20);

/// Something on its way.
type Coming<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Nothing can be signed at this time.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SealError(pub String);

/// Signs documents.
pub trait Seals: Send + Sync {
    /// The seal of a document.
    fn seal<'a>(&'a self, delivery: &'a Delivery, version: SignatureVersion) -> Coming<'a, Result<Seal, SealError>>;

    /// Where subscribers reach this server, without a slash at the end.
    fn base_url(&self) -> &str;
}

/// Tells when there is something new.
pub trait Waits: Send {
    /// Ends at the next signal, or at once when there was one since the last wait.
    fn wait(&mut self) -> Coming<'_, ()>;
}

/// What a deliverer is made of.
pub struct DelivererParts {
    /// Where the outbox is.
    pub store: Arc<dyn Store>,
    /// Opens the credentials of endpoints.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Sends to queues.
    pub client: Arc<Client>,
    /// Sends to the endpoints that subscribers name: public addresses only ([`Transport::reaching`]), unless private ones are allowed.
    pub transport: Transport,
    /// Signs documents.
    pub seals: Arc<dyn Seals>,
    /// Told each time when everything that was due has been tried.
    pub at_rest: Box<dyn Fn() + Send + Sync>,
    /// The partition of the accounts.
    pub partition: Partition,
}

/// Delivers what the outbox holds.
pub struct Deliverer {
    parts: DelivererParts,
    queues: sqs::Queues,
}

/// The running worker.
pub struct Deliveries {
    stop: CancellationToken,
    drop: CancellationToken,
    task: JoinHandle<()>,
}

impl Deliveries {
    /// Tells the worker to end, without waiting for it.
    pub fn cancel(&self) {
        self.stop.cancel();
    }

    /// Ends at once, with deliveries that were begun left as they are: for an outbox that is thrown away.
    pub fn abandon(&self) {
        self.stop.cancel();
        self.drop.cancel();
    }

    /// Lets deliveries that were begun end, for a while. The others wait for the next start.
    pub async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(DRAIN, self.task).await.is_err() {
            tracing::warn!("deliveries did not end in time; they are made again at the next start");
        }
    }
}

/// Why a message did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    /// It may arrive later.
    Later(String),
    /// It never will.
    Never(String),
}

impl Deliverer {
    /// A deliverer over these parts.
    pub fn new(parts: DelivererParts) -> Self {
        Deliverer { parts, queues: sqs::Queues::default() }
    }

    /// Starts the worker.
    pub fn start(self, signal: Box<dyn Waits>) -> Deliveries {
        let (stop, drop) = (CancellationToken::new(), CancellationToken::new());
        let task = tokio::spawn(work(Arc::new(self), signal, stop.clone(), drop.clone()));
        Deliveries { stop, drop, task }
    }

    async fn claim(&self, limit: usize) -> Vec<OutboxRow> {
        let claim = Claim {
            worker: WORKER.to_owned(),
            now: self.parts.clock.now(),
            lease_millis: LEASE_MILLIS,
            limit: u32::try_from(limit).unwrap_or(1),
        };
        self.parts.store.claim_outbox(claim).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the outbox cannot be read; it is tried again");
            Vec::new()
        })
    }

    async fn commit(&self, change: Change, what: &str) {
        if let Err(error) = self.parts.store.commit(change).await {
            // The lease ends by itself, and the row is claimed again.
            tracing::error!(%error, what, "the outbox cannot be written");
        }
    }

    /// Sees one claimed row to its next state.
    async fn handle(&self, row: &OutboxRow) {
        let delivery: Result<Delivery, _> = serde_json::from_str(&row.body);
        let now = || self.parts.clock.now();
        let end = match delivery {
            Err(error) => Change::new().dead_outbox(&row.key, row.fence, format!("unreadable: {error}"), now()),
            Ok(delivery) if delivery.format != FORMAT => {
                let error = format!("written in format {}, which this program does not know", delivery.format);
                Change::new().dead_outbox(&row.key, row.fence, error, now())
            }
            Ok(delivery) => match self.send(&delivery).await {
                Ok(()) => Change::new().finish_outbox(&row.key, row.fence, now()),
                Err(failure) => self.failed(row, &delivery, failure).await,
            },
        };
        self.commit(end, &row.key).await;
    }

    /// What becomes of a row that did not arrive: another try, or its dead-letter queue, or its end.
    async fn failed(&self, row: &OutboxRow, delivery: &Delivery, failure: Failure) -> Change {
        let error = match failure {
            Failure::Later(error) => {
                if let Some(delay) = delivery.retry.jittered_millis(row.attempts, &row.key) {
                    let millis = i64::try_from(delay).unwrap_or(i64::MAX);
                    let due = self.parts.clock.now().as_millis().saturating_add(millis);
                    let due = bailiwick_ident::Timestamp::from_millis(due);
                    tracing::info!(outbox = row.key, attempts = row.attempts, error, "a delivery is tried again later");
                    return Change::new().retry_outbox(&row.key, row.fence, due, error);
                }
                error
            }
            Failure::Never(error) => error,
        };
        let error = match &delivery.dead_letter_arn {
            None => error,
            Some(queue) => match self.send_to_queue(delivery, queue).await {
                Ok(()) => format!("{error}; it is in the dead-letter queue {queue}"),
                Err(Failure::Later(cause) | Failure::Never(cause)) => {
                    format!("{error}; the dead-letter queue {queue} did not take it: {cause}")
                }
            },
        };
        tracing::warn!(outbox = row.key, attempts = row.attempts, error, "a delivery is given up");
        Change::new().dead_outbox(&row.key, row.fence, error, self.parts.clock.now())
    }

    async fn send(&self, delivery: &Delivery) -> Result<(), Failure> {
        match &delivery.target {
            Target::Http { .. } => http::send(&self.parts, delivery, self.body(delivery).await?).await,
            Target::Sqs { queue_arn } => self.send_to_queue(delivery, queue_arn).await,
            Target::Nowhere { protocol } => {
                Err(Failure::Never(format!("nothing is delivered over `{protocol}` by this server")))
            }
        }
    }

    async fn send_to_queue(&self, delivery: &Delivery, queue_arn: &str) -> Result<(), Failure> {
        let body = self.body(delivery).await?;
        self.queues.send(&self.parts, delivery, queue_arn, body).await
    }

    /// What is sent: the message itself, or the document around it.
    async fn body(&self, delivery: &Delivery) -> Result<String, Failure> {
        if delivery.raw {
            return Ok(delivery.message.text.clone());
        }
        let seals = &self.parts.seals;
        let seal = match delivery.signature_version {
            None => None,
            Some(version) => {
                let seal = seals.seal(delivery, version).await;
                Some(seal.map_err(|error| Failure::Later(format!("it cannot be signed: {error}")))?)
            }
        };
        Ok(document(delivery, seal.as_ref(), seals.base_url()))
    }
}

/// Works until told to stop, then lets begun deliveries end.
async fn work(
    deliverer: Arc<Deliverer>,
    mut signal: Box<dyn Waits>,
    stop: CancellationToken,
    abandoned: CancellationToken,
) {
    let (slots, ended) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(Notify::new()));
    let now = deliverer.parts.clock.now();
    // The lock on the data folder says that nobody else works here: what is held was held by a process that died.
    deliverer.commit(Change::new().release_outbox(WORKER, now), "release").await;
    let mut swept = now;
    while !stop.is_cancelled() {
        let free = slots.available_permits();
        let rows = if free == 0 { Vec::new() } else { deliverer.claim(free).await };
        let more = rows.len() == free && free > 0;
        if rows.is_empty() && free == AT_ONCE {
            (deliverer.parts.at_rest)();
        }
        for row in rows {
            // The semaphore is never closed.
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
            let (deliverer, ended, abandoned) = (Arc::clone(&deliverer), Arc::clone(&ended), abandoned.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = deliverer.handle(&row) => {}
                    () = abandoned.cancelled() => {}
                }
                drop(slot);
                // Its destination may have a next row.
                ended.notify_one();
            });
        }
        let now = deliverer.parts.clock.now();
        if now.as_seconds().saturating_sub(swept.as_seconds()) >= SWEEP_SECONDS {
            swept = now;
            deliverer.commit(Change::new().sweep(now.plus_seconds(-SWEEP_SECONDS)), "sweep").await;
        }
        if more {
            continue;
        }
        tokio::select! {
            () = signal.wait() => {}
            () = ended.notified() => {}
            () = tokio::time::sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
    let all = u32::try_from(AT_ONCE).unwrap_or(1);
    let _ = slots.acquire_many(all).await;
}
