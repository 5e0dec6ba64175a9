//! What calls in one process share besides the store: whose turn it is, and how fast.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bailiwick_ident::Timestamp;
use tokio::sync::OwnedMutexGuard;

/// When a map of names is looked through for those nobody uses.
const MANY: usize = 1_024;

/// Held until its call has committed.
pub(crate) type Turn = OwnedMutexGuard<()>;

/// Turns by name, and when a name's next slot is.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    names: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    slots: Mutex<HashMap<String, i64>>,
}

impl Turns {
    /// Waits until nobody else has the turn of this name.
    pub(crate) async fn take(&self, name: &str) -> Turn {
        let turn = {
            let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
            if names.len() >= MANY {
                names.retain(|_, turn| Arc::strong_count(turn) > 1);
            }
            Arc::clone(names.entry(name.to_owned()).or_default())
        };
        turn.lock_owned().await
    }

    /// The next slot of a name that has so many a second, from now on.
    pub(crate) fn slot(&self, name: &str, rate: u32, now: Timestamp) -> Timestamp {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let millis = now.as_millis();
        if slots.len() >= MANY {
            slots.retain(|_, next| *next > millis);
        }
        let next = slots.entry(name.to_owned()).or_insert(millis);
        let slot = millis.max(*next);
        *next = slot.saturating_add(1_000 / i64::from(rate.max(1)));
        Timestamp::from_millis(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_apart_by_the_rate() {
        let (turns, now) = (Turns::default(), Timestamp::from_millis(10_000));
        let slots: Vec<i64> = (0..3).map(|_| turns.slot("a", 4, now).as_millis()).collect();
        assert_eq!(slots, [10_000, 10_250, 10_500]);
        assert_eq!(turns.slot("b", 4, now), now);
        assert_eq!(turns.slot("a", 4, Timestamp::from_millis(20_000)).as_millis(), 20_000);
    }

    #[tokio::test]
    async fn a_turn_ends_when_it_is_dropped() {
        let turns = Turns::default();
        let first = turns.take("a").await;
        let _other = turns.take("b").await;
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), turns.take("a")).await.is_err());
        drop(first);
        let _second = turns.take("a").await;
    }
}
