//! The inbox worker: claims what came in and sees each row to its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bailiwick_chat::cards;
use bailiwick_chat::room::{event_from_json, event_to_json};
use bailiwick_chat::{Event, EventKind, Phrase, Tone};
use bailiwick_ident::Timestamp;
use bailiwick_services::approval;
use bailiwick_store::{Change, Claim, HELD_FENCE, InboxRow, StoreError, WorkState};
use tokio_util::sync::CancellationToken;

use crate::resolve::typed;
use crate::{Bot, approve, notice, reply, talk};

/// The source of rows that hold an event of another platform than the built-in rooms.
pub(crate) const CHAT: &str = "chat";
/// The source of rows that hold an event of a built-in room.
pub(crate) const ROOM: &str = "room";
/// The name under which rows are claimed.
const WORKER: &str = "bot";
/// How long a claimed row is ours. Longer than the longest call with its commits.
const LEASE_MILLIS: u32 = 60_000;
/// How many rows are worked on at once.
pub(crate) const AT_ONCE: usize = 64;
/// How often a row that fails is tried before its sender reads that it failed.
const MAX_ATTEMPTS: u32 = 5;
/// The longest that a platform's wish to wait puts a row off, in seconds.
const MAX_WAIT: i64 = 60;
/// How often the inbox is looked at when nobody signals.
const POLL: Duration = Duration::from_secs(1);

/// Why a row did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    /// The store failed. Nothing of the row's end was kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A platform that has to be asked first asks to wait. Nothing ran.
    #[error("the platform asks to wait {} s", after.as_secs())]
    Limited {
        /// How long.
        after: Duration,
    },
    /// No decision could be recorded. Nothing ran.
    #[error("{0}")]
    Undecided(String),
}

/// What became of an event that a platform brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is kept, and will be answered.
    New,
    /// It was kept before.
    Known,
    /// It is talk: no command, and nothing is asked of whoever said it.
    NotForUs,
}

/// The id of the row that holds an event of a chat platform.
pub(crate) fn inbox_id(event: &Event) -> String {
    format!("{CHAT}/{}", event.identity())
}

impl Bot {
    /// Keeps an event of a chat platform, and works on it at once where there is a place for it; once this has answered, the
    /// platform may be told so. The same event again, under whatever delivery, is known by its identity.
    ///
    /// # Errors
    /// Nothing was kept, and the platform should bring it again.
    pub async fn accept(self: &Arc<Self>, event: &Event) -> Result<Accepted, StoreError> {
        let mut event = event.clone();
        if let EventKind::Mention { words } | EventKind::Command { words } | EventKind::Answer { words } =
            &mut event.kind
        {
            *words = typed(event.place.platform, words);
        }
        if let EventKind::Answer { words } = &event.kind
            && talk::bare_command(self, words).is_none()
            && talk::asking(self, &event).await?.is_none()
        {
            return Ok(Accepted::NotForUs);
        }
        let now = self.parts.clock.now();
        event.at = now;
        let (id, body) = (inbox_id(&event), event_to_json(&event));
        let took_over = self.took_over.load(Ordering::Acquire);
        let slot = took_over.then(|| Arc::clone(&self.slots).try_acquire_owned().ok()).flatten();
        let until = now.plus_seconds(i64::from(LEASE_MILLIS / 1_000));
        let change = match slot {
            Some(_) => Change::new().held_inbox(&id, CHAT, &body, now, (WORKER.to_owned(), until)),
            None => Change::new().inbox(&id, CHAT, &body, now),
        };
        match self.parts.store.commit(change).await {
            Ok(committed) => {
                match slot {
                    Some(slot) => {
                        let sequence = committed.inbox.first().copied().unwrap_or_default();
                        let (bot, row) = (Arc::clone(self), held(sequence, id, body, now, until));
                        // Boxed before it is spawned: it is large, and a task is moved until it runs.
                        tokio::spawn(Box::pin(async move {
                            let _slot = slot;
                            let result = answer(&bot, &row, event).await;
                            settle(&bot, &row, result).await;
                        }));
                    }
                    None => self.parts.wake.signal(),
                }
                Ok(Accepted::New)
            }
            Err(StoreError::Duplicate { .. }) => Ok(Accepted::Known),
            Err(error) => Err(error),
        }
    }
}

/// The row of an event that is held from the beginning.
fn held(sequence: u64, id: String, body: String, now: Timestamp, until: Timestamp) -> InboxRow {
    InboxRow {
        sequence,
        id,
        source: CHAT.to_owned(),
        body,
        received_at: now,
        state: WorkState::Claimed,
        fence: HELD_FENCE,
        attempts: 1,
        not_before: until,
        error: None,
        outcome: None,
    }
}

/// Works until told to stop, then lets begun rows end.
pub(crate) async fn work(bot: Arc<Bot>, stop: CancellationToken) {
    let slots = Arc::clone(&bot.slots);
    let mut waiter = bot.parts.wake.waiter();
    // What a process before us held when it died is taken over at once rather than when its lease ends: the lock on the
    // data folder says that nobody else works here.
    let mut take_over = Some(bot.parts.clock.now().plus_seconds(i64::from(LEASE_MILLIS / 1_000)));
    if let Err(error) = bot.recover().await {
        tracing::error!(%error, "commands that a process before us had started cannot be looked at");
    }
    while !stop.is_cancelled() {
        let free = u32::try_from(slots.available_permits()).unwrap_or(1);
        if free == 0 {
            tokio::select! {
                _ = slots.acquire() => {}
                () = stop.cancelled() => {}
            }
            continue;
        }
        let mark = bot.parts.store.inbox_mark();
        let rows = claim(&bot, free, take_over).await;
        let idle = rows.is_empty();
        if idle {
            take_over = None;
            bot.took_over.store(true, Ordering::Release);
        }
        for row in rows {
            if row.source == "sns" {
                // One after the other: an alarm and its end must not change places.
                handle(&bot, row).await;
                continue;
            }
            let (bot, slots) = (Arc::clone(&bot), Arc::clone(&slots));
            tokio::spawn(async move {
                // The semaphore is never closed.
                let _slot = slots.acquire_owned().await;
                handle(&bot, row).await;
            });
        }
        if idle {
            let added = async {
                loop {
                    waiter.wait().await;
                    if mark != bot.parts.store.inbox_mark() {
                        return;
                    }
                }
            };
            tokio::select! {
                () = added => {}
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
        }
    }
    let all = u32::try_from(AT_ONCE).unwrap_or(1);
    let _ = slots.acquire_many(all).await;
}

/// Claims rows that are due, or, while a start takes over, those whose lease ends until then. What is taken over is held just
/// beyond that moment: it is not claimed again here, and a next start, which looks further, finds it.
async fn claim(bot: &Bot, limit: u32, take_over: Option<Timestamp>) -> Vec<InboxRow> {
    let (now, lease_millis) = match take_over {
        Some(until) => (until, 1),
        None => (bot.parts.clock.now(), LEASE_MILLIS),
    };
    let claim = Claim { worker: WORKER.to_owned(), now, lease_millis, limit };
    bot.parts.store.claim_inbox(claim).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the inbox cannot be read; it is tried again");
        Vec::new()
    })
}

/// Sees one row to its end: answered, or given back, or, when it keeps failing, answered with that.
async fn handle(bot: &Bot, row: InboxRow) {
    let result = match row.source.as_str() {
        ROOM | CHAT => match event_from_json(row.body.as_bytes()) {
            Ok(event) => answer(bot, &row, event).await,
            Err(error) => finish(bot, &row, &format!("unreadable: {error}")).await,
        },
        "sns" => notice::handle(bot, &row).await,
        approval::SOURCE => approve::told(bot, &row).await,
        other => finish(bot, &row, &format!("no handler for source {other}")).await,
    };
    settle(bot, &row, result).await;
}

/// Answers an event.
async fn answer(bot: &Bot, row: &InboxRow, event: Event) -> Result<(), WorkError> {
    let event = bot.resolved(event).await?;
    talk::handle(bot, row, &event).await
}

/// What becomes of a row that did not come to its end.
async fn settle(bot: &Bot, row: &InboxRow, result: Result<(), WorkError>) {
    let Err(error) = result else { return };
    tracing::error!(%error, inbox = row.id, attempts = row.attempts, "a row of the inbox failed");
    let given_back = if row.attempts < MAX_ATTEMPTS {
        // At once the first time: two presses in the same moment only have to be told apart.
        let wait = match &error {
            WorkError::Limited { after } => i64::try_from(after.as_secs()).unwrap_or(MAX_WAIT).clamp(1, MAX_WAIT),
            _ => i64::from(row.attempts.saturating_sub(1)) * 2,
        };
        let not_before = bot.parts.clock.now().plus_seconds(wait);
        Change::new().retry_inbox(&row.id, row.fence, not_before, error.to_string())
    } else {
        failed(bot, row)
    };
    if let Err(error) = bot.parts.store.commit(given_back).await {
        // The lease ends by itself, and the row is claimed again.
        tracing::error!(%error, inbox = row.id, "a row of the inbox could not be given back");
    }
    bot.parts.wake.signal();
}

async fn finish(bot: &Bot, row: &InboxRow, outcome: &str) -> Result<(), WorkError> {
    tracing::error!(inbox = row.id, outcome, "a row of the inbox was closed");
    bot.parts.store.commit(Change::new().finish_inbox(&row.id, row.fence, outcome)).await?;
    Ok(())
}

/// The end of a row that cannot be handled: whoever sent it reads so.
fn failed(bot: &Bot, row: &InboxRow) -> Change {
    let end = Change::new().finish_inbox(&row.id, row.fence, "failed");
    match event_from_json(row.body.as_bytes()) {
        Ok(event) if matches!(row.source.as_str(), ROOM | CHAT) => {
            let id = event.id();
            let phrase = Phrase::InternalError { request_id: &id };
            let card = cards::note(Tone::Bad, "Failed", &phrase);
            end.and(reply::answer(&event, "failed", card, bot.parts.clock.now()))
        }
        _ => end,
    }
}
