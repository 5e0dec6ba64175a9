//! What is said of a command that takes long.
//!
//! After the channel's time the event is answered with a card that says so, and its inbox row ends: nobody takes the work
//! over from a process that is still at it. The outcome then takes the place of that card. A process that dies in between
//! leaves a started command without a row in the inbox, which the next one finds when it starts.

use std::sync::atomic::Ordering;

use bailiwick_chat::cards;
use bailiwick_store::StoreError;

use super::Command;
use super::make::Job;
use crate::inbox::WorkError;
use crate::reply;

/// How many commands may run longer than that at once; more keep their place among those that are worked on.
pub(crate) const MOST: usize = 256;

impl Command<'_> {
    /// Runs a command to its end; says so when it takes longer than the channel's time.
    pub(super) async fn within(self, job: &Job<'_>) -> Result<(), WorkError> {
        let (bot, inbox, event) = (self.bot, self.inbox, self.event);
        let late = std::sync::Arc::clone(&self.late);
        let work = self.work(job);
        tokio::pin!(work);
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep(job.limit) => {}
        }
        let card = cards::running(job.ran, job.limit);
        let now = bot.parts.clock.now();
        let change = reply::answer(event, "answer", card, now).finish_inbox(&inbox.id, inbox.fence, "running");
        match bot.parts.store.commit(change).await {
            Ok(_) => late.store(true, Ordering::Release),
            // The end was on its way already.
            Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => return work.await,
            Err(error) => return Err(error.into()),
        }
        bot.parts.wake.signal();
        // Others go on meanwhile.
        let place = bot.late.try_acquire();
        if place.is_ok() {
            bot.slots.add_permits(1);
        }
        let done = work.await;
        if place.is_ok()
            && let Ok(slot) = bot.slots.acquire().await
        {
            slot.forget();
        }
        done
    }
}
