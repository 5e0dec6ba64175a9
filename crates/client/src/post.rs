//! Sends what the bot says to channels of chat platforms.
//!
//! Rows of one channel leave in order, one at a time and at the pace the platform grants; channels do not wait for each
//! other. Each row ends in one commit: posted, with the platform's id of the message, or given back for another try, or
//! dead. A post whose outcome nobody knows is looked for before it is sent again, where the platform lets us look: what is
//! posted is posted at least once.

mod pace;

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bailiwick_authority::Clock;
use bailiwick_chat::post::post_key;
use bailiwick_chat::{Act, ChannelKind, Member, Place, Platform, Post, Thread};
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, Claim, EntityKey, Expect, Handing, OutboxRow, Store, StoreError};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use pace::Pace;
use pace::Paces;

/// The name under which rows are claimed.
const WORKER: &str = "post";
/// How long a claimed row is ours. Longer than the longest wait for its turn with the longest exchanges.
const LEASE_MILLIS: u32 = 120_000;
/// How many rows are held at once, most of them while they wait for their turn.
const HELD: usize = 512;
/// How many exchanges with platforms are under way at once.
const AT_ONCE: usize = 64;
/// How many rows may be handed over before they are taken.
const HANDED: usize = 256;
/// How often the outbox is looked at besides: retries become due by themselves, and what found no room waits there.
const POLL: Duration = Duration::from_millis(500);
/// The longest wait for its turn that a row is held for; a longer one gives it back.
const LONGEST_HOLD: Duration = Duration::from_secs(5);
/// How old a row may be when it is tried again: what could not be said for so long is no news any more.
const GIVE_UP_SECONDS: i64 = 2 * 60 * 60;
/// The longest pause between tries, in seconds.
const LONGEST_PAUSE: i64 = 300;
/// How long begun posts have to end when the worker stops.
const DRAIN: Duration = Duration::from_secs(20);

/// The kind of the entity in which earlier versions kept a platform's id of a message of ours; its id is ours. Now it is the
/// receipt of the post's row.
const POSTED: &str = "chat.posted";
/// The kind of the entity that knows our id of a message that a thread may begin with; its id is the channel's key and
/// the platform's id.
const ROOT: &str = "chat.root";

/// Something on its way.
pub type Posting<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why a message was not posted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPosted {
    /// The platform asks to wait; nothing was posted.
    #[error("the platform asks to wait {} s", after.as_secs())]
    Limited {
        /// For so long.
        after: Duration,
    },
    /// Nothing was posted; it may be later.
    #[error("not posted: {0}")]
    Later(String),
    /// Nobody knows whether it was posted.
    #[error("nobody knows whether it was posted: {0}")]
    Unknown(String),
    /// It never will be posted.
    #[error("{0}")]
    Never(String),
}

/// A message as a platform is given it.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// What is posted or edited, and where.
    pub post: &'a Post,
    /// The thread it is posted in, by the platform's id.
    pub thread: Option<&'a str>,
    /// The message that is edited, by the platform's id; none for a new message.
    pub theirs: Option<&'a str>,
}

/// How new an answer of a platform has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It may be one of some minutes ago.
    OfLate,
    /// The platform is asked now. One of some minutes ago is taken only where it asks to wait.
    Now,
}

/// One platform.
pub trait Courier: Send + Sync {
    /// Which.
    fn platform(&self) -> Platform;

    /// How fast one channel may be written to.
    fn pace(&self) -> Pace;

    /// Posts or edits; the platform's id of the message.
    fn send<'a>(&'a self, letter: Letter<'a>) -> Posting<'a, Result<String, NotPosted>>;

    /// Looks for a message that may have been posted before, by our id; the platform's id of it. A platform that lets
    /// nobody look finds nothing.
    fn find<'a>(&'a self, letter: Letter<'a>) -> Posting<'a, Result<Option<String>, NotPosted>>;

    /// Who a member of a place's workspace is; `None` where the platform has said all there is with the message.
    fn member<'a>(&'a self, _place: &'a Place, _member: &'a str) -> Posting<'a, Result<Option<Member>, NotPosted>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Who can find a channel; `None` where the platform does not say.
    fn channel<'a>(&'a self, _place: &'a Place, _asked: Asked) -> Posting<'a, Result<Option<ChannelKind>, NotPosted>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

/// What a poster is made of.
pub struct PosterParts {
    /// Where the outbox is.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The platforms that are configured.
    pub couriers: Vec<Arc<dyn Courier>>,
}

/// Posts what the outbox holds for chat platforms.
pub struct Poster {
    parts: PosterParts,
    paces: Paces,
    exchanges: Semaphore,
    /// Keys of rows given back of which this process knows that nothing was posted.
    unsent: Mutex<HashSet<String>>,
}

/// The running worker.
pub struct Posts {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Posts {
    /// Tells the worker to end, without waiting for it.
    pub fn cancel(&self) {
        self.stop.cancel();
    }

    /// Lets posts that were begun end, for a while. The others wait for the next start.
    pub async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(DRAIN, self.task).await.is_err() {
            tracing::warn!("posts did not end in time; they are looked for at the next start");
        }
    }
}

/// What a platform knows a message of ours by, as earlier versions kept it.
#[derive(Debug, Deserialize)]
struct Posted {
    theirs: String,
}

/// Our id of the message that a thread of a channel began with, when it is one of ours.
///
/// # Errors
/// The store cannot be read.
pub async fn root_of_thread(store: &dyn Store, place: &Place, thread: &str) -> Result<Option<String>, StoreError> {
    let found = store.entity(root_key(place, thread)).await?;
    Ok(found.and_then(|entity| serde_json::from_str::<String>(&entity.body).ok()))
}

fn root_key(place: &Place, theirs: &str) -> EntityKey {
    EntityKey::global(ROOT, format!("{}/{theirs}", place.channel_key()))
}

impl Poster {
    /// A poster over these parts.
    pub fn new(parts: PosterParts) -> Self {
        let exchanges = Semaphore::new(AT_ONCE);
        Poster { parts, paces: Paces::default(), exchanges, unsent: Mutex::default() }
    }

    /// Starts the worker.
    pub fn start(self) -> Posts {
        let stop = CancellationToken::new();
        let task = tokio::spawn(work(Arc::new(self), stop.clone()));
        Posts { stop, task }
    }

    async fn claim(&self, limit: usize) -> Vec<OutboxRow> {
        let claim = Claim {
            worker: WORKER.to_owned(),
            now: self.parts.clock.now(),
            lease_millis: LEASE_MILLIS,
            limit: u32::try_from(limit).unwrap_or(1),
        };
        self.parts.store.claim_posts(claim).await.unwrap_or_else(|error| {
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
        // What is handed over comes as it is; what was read from the outbox, in its stored form.
        let read;
        let post = match row.made.value::<Post>() {
            Some(post) => Ok(post),
            None => {
                read = Post::from_json(row.body.as_bytes());
                read.as_ref()
            }
        };
        let end = match post {
            Err(error) => self.dead(row, &format!("unreadable: {error}")),
            Ok(post) => match self.post(row, post).await {
                Ok(theirs) => self.posted(row, post, theirs),
                Err(failure) => self.failed(row, failure),
            },
        };
        self.commit(end, &row.key).await;
    }

    /// The end of a row that arrived.
    fn posted(&self, row: &OutboxRow, post: &Post, theirs: String) -> Change {
        let now = self.parts.clock.now();
        let Act::Post { thread } = &post.act else { return Change::new().finish_outbox(&row.key, row.fence, now) };
        let root = match thread {
            Some(_) => Change::new(),
            None => {
                // Strings always serialize.
                let ours = serde_json::to_string(&post.message).unwrap_or_default();
                Change::new().put(root_key(&post.place, &theirs), ours, Expect::Any)
            }
        };
        Change::new().receipted_outbox(&row.key, row.fence, now, theirs).and(root)
    }

    fn dead(&self, row: &OutboxRow, error: &str) -> Change {
        tracing::warn!(outbox = row.key, attempts = row.attempts, error, "a post is given up");
        Change::new().dead_outbox(&row.key, row.fence, error, self.parts.clock.now())
    }

    /// What becomes of a row that did not arrive.
    fn failed(&self, row: &OutboxRow, failure: NotPosted) -> Change {
        let now = self.parts.clock.now();
        let old = now.as_seconds().saturating_sub(row.created_at.as_seconds()) > GIVE_UP_SECONDS;
        let error = failure.to_string();
        if old || matches!(failure, NotPosted::Never(_)) {
            return self.dead(row, &error);
        }
        let due = match failure {
            NotPosted::Limited { after } => {
                let millis = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
                Timestamp::from_millis(now.as_millis().saturating_add(millis))
            }
            _ => now.plus_seconds((1_i64 << row.attempts.min(9)).min(LONGEST_PAUSE)),
        };
        if !matches!(failure, NotPosted::Unknown(_)) {
            self.unsent.lock().unwrap_or_else(PoisonError::into_inner).insert(row.key.clone());
        }
        tracing::info!(outbox = row.key, attempts = row.attempts, error, "a post is tried again later");
        Change::new().retry_outbox(&row.key, row.fence, due, error)
    }

    /// The platform's id of a message of ours.
    async fn theirs(&self, ours: &str) -> Result<Option<String>, NotPosted> {
        let later = |error: StoreError| NotPosted::Later(error.to_string());
        let row = self.parts.store.outbox_row(&post_key(ours)).await.map_err(later)?;
        if let Some(theirs) = row.and_then(|row| row.receipt) {
            return Ok(Some(theirs));
        }
        // Earlier versions kept it apart.
        let found = self.parts.store.entity(EntityKey::global(POSTED, ours)).await.map_err(later)?;
        Ok(found.and_then(|entity| serde_json::from_str::<Posted>(&entity.body).ok()).map(|posted| posted.theirs))
    }

    async fn post(&self, row: &OutboxRow, post: &Post) -> Result<String, NotPosted> {
        let unsent = self.unsent.lock().unwrap_or_else(PoisonError::into_inner).remove(&row.key);
        let courier = self.parts.couriers.iter().find(|courier| courier.platform() == post.place.platform);
        let courier = courier.ok_or_else(|| {
            NotPosted::Later(format!("this server is not configured for {}", post.place.platform.as_str()))
        })?;
        let (thread, theirs) = match &post.act {
            Act::Post { thread: None } => (None, None),
            Act::Post { thread: Some(Thread::Theirs(id)) } => (Some(id.clone()), None),
            // A thread whose first message never arrived is no thread.
            Act::Post { thread: Some(Thread::Ours(id)) } => (self.theirs(id).await?, None),
            Act::Edit => match self.theirs(&post.message).await? {
                Some(theirs) => (None, Some(theirs)),
                None => return Err(NotPosted::Never("the message was never posted".to_owned())),
            },
        };
        let letter = Letter { post, thread: thread.as_deref(), theirs: theirs.as_deref() };
        let wait = self.paces.turn(&row.destination, courier.pace(), self.parts.clock.now());
        if wait > LONGEST_HOLD {
            return Err(NotPosted::Limited { after: wait });
        }
        tokio::time::sleep(wait).await;
        // The semaphore is never closed.
        let _exchange = self.exchanges.acquire().await;
        let lost = row.attempts > 1 && !unsent && matches!(post.act, Act::Post { .. });
        if lost && let Some(found) = courier.find(letter).await? {
            tracing::info!(outbox = row.key, "a post whose outcome was not known had arrived");
            return Ok(found);
        }
        let sent = courier.send(letter).await;
        if let Err(NotPosted::Limited { after }) = &sent {
            self.paces.hold(&row.destination, *after, self.parts.clock.now());
        }
        sent
    }
}

/// Works until told to stop, then lets begun posts end.
async fn work(poster: Arc<Poster>, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(HELD));
    // The lock on the data folder says that nobody else works here: what is held was held by a process that died.
    poster.commit(Change::new().release_outbox(WORKER, poster.parts.clock.now()), "release").await;
    let handing = Handing { worker: WORKER.to_owned(), lease_millis: LEASE_MILLIS, room: HANDED };
    let mut handed = poster.parts.store.hand_posts(handing).await.unwrap_or_else(|error| {
        tracing::error!(%error, "posts are not handed over; the outbox is looked at for them");
        mpsc::channel(1).1
    });
    let mut look = tokio::time::interval(POLL);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !stop.is_cancelled() {
        // The semaphore is never closed.
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = look.tick() => {
                drop(slot);
                for row in poster.claim(slots.available_permits().max(1)).await {
                    let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
                    begin(&poster, row, slot);
                }
            }
            Some(row) = handed.recv() => begin(&poster, row, slot),
        }
    }
    let all = u32::try_from(HELD).unwrap_or(1);
    let _ = slots.acquire_many(all).await;
}

fn begin(poster: &Arc<Poster>, row: OutboxRow, slot: OwnedSemaphorePermit) {
    let poster = Arc::clone(poster);
    // Boxed before it is spawned: it is large, and a task is moved until it runs.
    tokio::spawn(Box::pin(async move {
        poster.handle(&row).await;
        drop(slot);
    }));
}

#[cfg(test)]
mod tests;
