//! What the bot keeps for a while only: whole answers, and notifications for the actions under them. Each is entered in a
//! list by the time at which it was kept, so that a sweep looks at nothing that stays.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, EntityKey, EntityQuery, Expect, StoreError};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{Bot, stored};

/// How long whole answers and notifications are kept where nothing else is said, in days.
pub const KEEP_DAYS: u16 = 7;
/// How often it is looked at what may go.
const INTERVAL: Duration = Duration::from_secs(600);
/// The kind of the entities that say what was kept when.
const LIST: &str = "bot.kept";
/// How many of them one commit lets go. Each has at most 64 parts.
const AT_ONCE: u32 = 25;

/// What was kept under which keys.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    format: u32,
    kind: String,
    ids: Vec<String>,
}

fn key(at: Timestamp, kind: &str, id: &str) -> EntityKey {
    // In the order in which they were kept.
    EntityKey::global(LIST, format!("{:020}/{kind}/{id}", at.as_millis().max(0)))
}

/// Enters in the list what a change keeps: entities of one kind, all of one answer or notification.
pub(crate) fn enter(kind: &str, of: &str, ids: Vec<String>, now: Timestamp) -> Change {
    let kept = Kept { format: 1, kind: kind.to_owned(), ids };
    Change::new().put(key(now, kind, of), stored::write(&kept), Expect::Any)
}

/// Sweeps until told to stop.
pub(crate) async fn work(bot: Arc<Bot>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = stop.cancelled() => return,
        }
        match bot.sweep().await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, "answers and notifications were let go that were kept long enough"),
            Err(error) => tracing::error!(%error, "what was kept long enough cannot be let go; it is tried again"),
        }
    }
}

impl Bot {
    /// Lets go what was kept longer than it is to be; how many answers and notifications that were.
    ///
    /// # Errors
    /// The store's. What was let go by then stays gone.
    pub async fn sweep(&self) -> Result<usize, StoreError> {
        let oldest = self.parts.clock.now().plus_seconds(-self.keep_seconds);
        let until = format!("{:020}", oldest.as_millis().max(0));
        let mut gone = 0;
        loop {
            let mut query = EntityQuery::kind(LIST);
            query.limit = AT_ONCE;
            let due = self.parts.store.entities(query).await?;
            let due: Vec<_> = due.into_iter().filter(|entry| entry.key.id.as_str() < until.as_str()).collect();
            if due.is_empty() {
                return Ok(gone);
            }
            gone += due.len();
            let mut change = Change::new();
            for entry in due {
                let kept: Option<Kept> = stored::read(Some(&entry.body));
                let kept = kept.iter().flat_map(|kept| kept.ids.iter().map(|id| EntityKey::global(&kept.kind, id)));
                change = kept.fold(change, |change, key| change.delete(key, Expect::Any));
                change = change.delete(entry.key, Expect::Any);
            }
            self.parts.store.commit(change).await?;
        }
    }
}
