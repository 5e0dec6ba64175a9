use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bailiwick_ident::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

/// Attempts that cost nothing but their time.
const FREE: u32 = 5;
/// The longest wait between two attempts, in seconds.
const LONGEST: i64 = 300;
/// After how long without an attempt all is forgotten, in seconds.
const FORGOTTEN: i64 = 3_600;
/// The most names that are kept; those whose wait ends first make room.
const MOST: usize = 10_000;
/// Passwords that are compared at a time: each takes a tenth of a second of a processor.
const AT_A_TIME: usize = 2;

struct Failing {
    count: u32,
    until: Timestamp,
}

/// How often somebody tried of late, by what was typed: a name that is no user's is slowed like any other.
///
/// An attempt counts when it begins, so that many at once are no way around it, and what is counted goes only when somebody
/// is signed in: whoever knows the password alone cannot try codes at will.
pub(crate) struct Attempts {
    failing: Mutex<HashMap<[u8; 32], Failing>>,
    pub(super) comparing: Semaphore,
}

impl Default for Attempts {
    fn default() -> Self {
        Attempts { failing: Mutex::default(), comparing: Semaphore::new(AT_A_TIME) }
    }
}

/// What attempts are counted by.
pub(super) fn subject(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.trim().to_lowercase());
        hash.update([0]);
    }
    hash.finalize().into()
}

impl Attempts {
    /// Counts an attempt, unless it comes too soon: then the seconds to wait.
    pub(super) fn begin(&self, subject: [u8; 32], now: Timestamp) -> Result<(), i64> {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = failing.get(&subject).filter(|of| of.until.plus_seconds(FORGOTTEN) > now);
        let count = match before {
            Some(before) if before.until > now => {
                return Err(before.until.as_seconds().saturating_sub(now.as_seconds()).max(1));
            }
            Some(before) => before.count.saturating_add(1),
            None => 1,
        };
        let wait = match count.checked_sub(FREE) {
            None => 0,
            Some(over) => (1_i64 << over.min(30)).min(LONGEST),
        };
        if failing.len() >= MOST && !failing.contains_key(&subject) {
            let first = failing.iter().min_by_key(|(_, of)| of.until).map(|(of, _)| *of);
            first.map(|first| failing.remove(&first));
        }
        failing.insert(subject, Failing { count, until: now.plus_seconds(wait) });
        Ok(())
    }

    /// Forgets the attempts of whoever is signed in now.
    pub(super) fn succeeded(&self, subject: [u8; 32]) {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner).remove(&subject);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_slowed_until_one_succeeds() {
        let attempts = Attempts::default();
        let who = subject(&["444455556666", "Lee"]);
        assert_eq!(who, subject(&["444455556666 ", "lee"]));
        assert_ne!(subject(&["ab", "c"]), subject(&["a", "bc"]));
        let at = |seconds| Timestamp::from_seconds(1_000 + seconds);
        for _ in 0..FREE {
            assert_eq!(attempts.begin(who, at(0)), Ok(()));
        }
        assert_eq!(attempts.begin(who, at(0)), Err(1));
        assert_eq!(attempts.begin(subject(&["444455556666", "dana"]), at(0)), Ok(()), "somebody else");
        // Each that fails doubles the wait; what comes too soon is not even looked at.
        let mut now = 1;
        for wait in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            assert_eq!(attempts.begin(who, at(now)), Ok(()));
            assert_eq!(attempts.begin(who, at(now)), Err(wait));
            now += wait;
        }
        attempts.succeeded(who);
        assert_eq!(attempts.begin(who, at(now)), Ok(()));
        // And an hour later nobody remembers.
        for _ in 1..FREE {
            assert_eq!(attempts.begin(who, at(now)), Ok(()));
        }
        assert!(attempts.begin(who, at(now)).is_err());
        assert_eq!(attempts.begin(who, at(now + FORGOTTEN + 1)), Ok(()));
    }

    #[test]
    fn the_memory_is_bounded() {
        let attempts = Attempts::default();
        for number in 0..MOST + 10 {
            assert_eq!(attempts.begin(subject(&[&number.to_string()]), Timestamp::from_seconds(1)), Ok(()));
        }
        assert_eq!(attempts.failing.lock().unwrap().len(), MOST);
    }
}
