//! What was found out, for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bailiwick_ident::Timestamp;

/// How much is remembered at once.
const MOST: usize = 16_384;

/// Values by name, each until a time.
#[derive(Debug)]
pub(super) struct Remembered<T>(Mutex<HashMap<String, (T, Timestamp)>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Remembered(Mutex::default())
    }
}

impl<T: Clone> Remembered<T> {
    pub(super) fn get(&self, key: &str, now: Timestamp) -> Option<T> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|(_, until)| *until > now).map(|(value, _)| value.clone())
    }

    pub(super) fn keep(&self, key: String, value: T, until: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, (value, until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_is_forgotten() {
        let known = Remembered::default();
        known.keep("a".to_owned(), 1, Timestamp::from_seconds(10));
        assert_eq!(known.get("a", Timestamp::from_seconds(9)), Some(1));
        assert_eq!(known.get("a", Timestamp::from_seconds(10)), None);
    }
}
