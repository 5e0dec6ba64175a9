//! When a call is made again, and after how long.
//!
//! The rules are those of the AWS SDKs' standard mode: three attempts, a pause that doubles and is scattered, and a bucket of
//! tokens that keeps a failing service from being asked ever more often. One rule is stricter: what may have changed
//! something is only repeated when it certainly was not carried out, or when a token makes the repeat harmless.
//!
//! Source: the AWS SDKs and Tools reference guide, "Retry behavior".

use std::sync::Mutex;
use std::time::Duration;

use bailiwick_aws::fault::Fault;

/// Attempts of one call, the first included.
pub(crate) const MAX_ATTEMPTS: u32 = 3;
/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(20);
/// What the bucket holds at most.
const CAPACITY: u32 = 500;
/// What a retry costs, and what one after a timeout costs.
const COST: u32 = 5;
const TIMEOUT_COST: u32 = 10;

/// What went wrong with one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It was turned away before anything was done.
    TurnedAway,
    /// It may have been carried out, and nothing came back in time.
    Silent,
    /// It may have been carried out, and the service says that it failed on its side.
    Broken,
}

/// Whether a repeat of the call is harmless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It only reads, or carries an idempotency token.
    Harmless,
    /// It changes something each time.
    Harmful,
}

/// The bucket, shared by every call of a client.
#[derive(Debug)]
pub(crate) struct Bucket(Mutex<u32>);

impl Default for Bucket {
    fn default() -> Self {
        Bucket(Mutex::new(CAPACITY))
    }
}

impl Bucket {
    /// Takes what a retry costs; `None` when the bucket has not enough.
    pub(crate) fn take(&self, failure: Failure) -> Option<u32> {
        let cost = if failure == Failure::Silent { TIMEOUT_COST } else { COST };
        let mut left = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *left = left.checked_sub(cost)?;
        Some(cost)
    }

    /// Gives back what the attempt that succeeded had cost, or one token where it was the first.
    pub(crate) fn give(&self, cost: Option<u32>) {
        let mut left = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *left = (*left + cost.unwrap_or(1)).min(CAPACITY);
    }
}

/// What a fault says about trying again; `None` when the answer would be the same.
pub(crate) fn of_fault(fault: &Fault) -> Option<Failure> {
    match (fault.throttling, fault.retryable) {
        (true, _) => Some(Failure::TurnedAway),
        (false, true) => Some(Failure::Broken),
        (false, false) => None,
    }
}

/// Whether an attempt that ended so may be followed by another.
pub(crate) fn may_repeat(failure: Failure, repeat: Repeat) -> bool {
    failure == Failure::TurnedAway || repeat == Repeat::Harmless
}

/// The pause before attempt `attempt` (the second is 2). `scatter` is random, over the whole range of a `u32`.
pub(crate) fn pause(attempt: u32, scatter: u32) -> Duration {
    let most = Duration::from_secs(1 << attempt.saturating_sub(2).min(10)).min(MAX_PAUSE);
    most.mul_f64(f64::from(scatter) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_harmless_call_is_repeated_when_nobody_knows() {
        for failure in [Failure::Silent, Failure::Broken] {
            assert!(may_repeat(failure, Repeat::Harmless) && !may_repeat(failure, Repeat::Harmful));
        }
        assert!(may_repeat(Failure::TurnedAway, Repeat::Harmful));
    }

    #[test]
    fn a_fault_of_the_caller_is_final() {
        let fault = Fault::sender("ValidationError", 400, "");
        assert_eq!(of_fault(&fault), None);
        assert_eq!(of_fault(&Fault { retryable: true, ..fault.clone() }), Some(Failure::Broken));
        assert_eq!(of_fault(&Fault { retryable: true, throttling: true, ..fault }), Some(Failure::TurnedAway));
    }

    #[test]
    fn pauses_double_and_end() {
        assert_eq!(pause(2, 0), Duration::ZERO);
        assert_eq!([2, 3, 4, 30].map(|attempt| pause(attempt, u32::MAX).as_secs()), [1, 2, 4, 20]);
    }

    #[test]
    fn an_empty_bucket_stops_the_retries() {
        let bucket = Bucket::default();
        let taken = std::iter::from_fn(|| bucket.take(Failure::Silent)).count();
        assert_eq!(taken, 50);
        assert_eq!(bucket.take(Failure::TurnedAway), None);
        bucket.give(Some(TIMEOUT_COST));
        assert_eq!(bucket.take(Failure::TurnedAway), Some(COST));
    }
}
