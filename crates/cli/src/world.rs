//! The machine's clock and randomness, handed to everything else as values.

use std::time::{SystemTime, UNIX_EPOCH};

use bailiwick_authority::{Clock, Entropy};
use bailiwick_ident::Timestamp;

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the composition root")]
    fn now(&self) -> Timestamp {
        // A clock before 1970 reads as 1970: signatures then fail, which is the safe side.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The operating system's randomness.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if getrandom::fill(buffer).is_err() {
            // Keys and tokens that can be guessed are worse than no server.
            tracing::error!("the operating system gives no random bytes; stopping");
            std::process::abort();
        }
    }
}

/// A fresh key of 32 bytes.
pub(crate) fn random_key() -> [u8; 32] {
    let mut key = [0; 32];
    SystemEntropy.fill(&mut key);
    key
}
