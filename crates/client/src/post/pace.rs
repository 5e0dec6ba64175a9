//! How fast a channel is written to: a few messages at once, then one after the other at the platform's interval.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bailiwick_ident::Timestamp;

/// How many channels are remembered before those that owe nothing are forgotten.
const REMEMBERED: usize = 16_384;

/// The pace of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two messages, in the long run.
    pub interval: Duration,
    /// How many messages may go out at once after a silence.
    pub burst: u32,
}

/// The paces of all channels: for each the time, in milliseconds, at which it would owe nothing.
#[derive(Debug, Default)]
pub(super) struct Paces(Mutex<HashMap<String, i64>>);

impl Paces {
    /// How long the next message to a channel has to wait; its turn is taken.
    pub(super) fn turn(&self, channel: &str, pace: Pace, now: Timestamp) -> Duration {
        let now = now.as_millis();
        let interval = i64::try_from(pace.interval.as_millis()).unwrap_or(i64::MAX);
        let slack = interval.saturating_mul(i64::from(pace.burst.saturating_sub(1)));
        let mut due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if due.len() >= REMEMBERED {
            due.retain(|_, free| *free > now);
        }
        let free = due.entry(channel.to_owned()).or_insert(now);
        let turn = (*free).max(now);
        *free = turn.saturating_add(interval);
        millis(turn.saturating_sub(slack).saturating_sub(now))
    }

    /// Lets a channel wait: the platform said so.
    pub(super) fn hold(&self, channel: &str, after: Duration, now: Timestamp) {
        let until = now.as_millis().saturating_add(i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
        let mut due = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = due.entry(channel.to_owned()).or_insert(until);
        *free = (*free).max(until);
    }
}

fn millis(count: i64) -> Duration {
    Duration::from_millis(u64::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_out_at_once_and_the_rest_in_turn() {
        let (paces, pace) = (Paces::default(), Pace { interval: Duration::from_secs(1), burst: 3 });
        let at = |millis| paces.turn("a", pace, Timestamp::from_millis(millis)).as_millis();
        assert_eq!([at(0), at(0), at(0), at(0), at(0)], [0, 0, 0, 1000, 2000]);
        assert_eq!(at(5_000), 0);
        assert_eq!(paces.turn("b", pace, Timestamp::from_millis(0)), Duration::ZERO);
    }

    #[test]
    fn a_channel_that_has_to_wait_waits() {
        let (paces, pace) = (Paces::default(), Pace { interval: Duration::from_secs(1), burst: 1 });
        paces.hold("a", Duration::from_secs(30), Timestamp::from_millis(0));
        assert_eq!(paces.turn("a", pace, Timestamp::from_millis(10_000)), Duration::from_secs(20));
        assert_eq!(paces.turn("b", pace, Timestamp::from_millis(10_000)), Duration::ZERO);
    }
}
