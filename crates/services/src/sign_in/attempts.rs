use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, EntityKey, EntityQuery, Expect, StoreError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::SignInError;
use crate::Services;

/// Attempts that cost nothing but their time.
const FREE: u32 = 5;
/// The longest wait between two attempts, in seconds.
const LONGEST: i64 = 300;
/// After how long without an attempt all is forgotten, in seconds.
const FORGOTTEN: i64 = 3_600;
/// How many other subjects an attempt looks at, to let go what is forgotten: they are as many as come to be.
const SWEPT: u32 = 4;
/// How often it is tried to count an attempt beside others for the same subject.
const TRIES: usize = 16;

const KIND: &str = "console.attempts";

/// What attempts are counted by: what was typed, as a digest, so that the store knows no name that is no user's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Subject(String);

impl Subject {
    /// By these parts, however they are written.
    pub(super) fn of(parts: &[&str]) -> Subject {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.trim().to_lowercase());
            hash.update([0]);
        }
        Subject(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn key(&self) -> EntityKey {
        EntityKey::global(KIND, &self.0)
    }

    /// What forgets the attempts of whoever is signed in now.
    pub(super) fn succeeded(&self) -> Change {
        Change::new().delete(self.key(), Expect::Any)
    }
}

/// How often somebody tried of late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Failing {
    count: u32,
    until: Timestamp,
}

impl Failing {
    fn is_forgotten(&self, now: Timestamp) -> bool {
        self.until.plus_seconds(FORGOTTEN) <= now
    }

    /// Counts an attempt, unless it comes too soon: then the seconds to wait.
    fn next(before: Option<&Failing>, now: Timestamp) -> Result<Failing, i64> {
        let count = match before.filter(|before| !before.is_forgotten(now)) {
            Some(before) if before.until > now => {
                // A clock that was put back makes nobody wait longer than that.
                return Err(before.until.as_seconds().saturating_sub(now.as_seconds()).clamp(1, LONGEST));
            }
            Some(before) => before.count.saturating_add(1),
            None => 1,
        };
        let wait = match count.checked_sub(FREE) {
            None => 0,
            Some(over) => (1_i64 << over.min(30)).min(LONGEST),
        };
        Ok(Failing { count, until: now.plus_seconds(wait) })
    }
}

impl Services {
    /// Counts an attempt by what was typed: a name that is no user's is slowed like any other.
    ///
    /// An attempt counts when it begins, so that many at once are no way around it, and what is counted goes only when somebody
    /// is signed in: whoever knows the password alone cannot try codes at will. It is stored, so that a start of the server
    /// forgives nothing.
    pub(super) async fn attempt_of(&self, subject: &Subject) -> Result<(), SignInError> {
        let read = |body: &str| {
            serde_json::from_str::<Failing>(body).map_err(|error| SignInError::Internal(error.to_string()))
        };
        for _ in 0..TRIES {
            let now = self.clock.now();
            let stored = self.store.entity(subject.key()).await?;
            let expect = stored.as_ref().map_or(Expect::Absent, |stored| Expect::Revision(stored.revision));
            let before = stored.map(|stored| read(&stored.body)).transpose()?;
            let next = Failing::next(before.as_ref(), now).map_err(|seconds| SignInError::TooMany { seconds })?;
            let mut change = Change::new().put(subject.key(), crate::fault::to_stored(&next)?, expect);
            let mut others = EntityQuery::kind(KIND).after(subject.key());
            others.limit = SWEPT;
            for other in self.store.entities(others).await? {
                if read(&other.body).map_or(true, |failing| failing.is_forgotten(now)) {
                    change = change.delete(other.key, Expect::Any);
                }
            }
            match self.store.commit(change).await {
                Ok(_) => return Ok(()),
                // Another attempt was counted in the same moment.
                Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(SignInError::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_what_was_typed() {
        let who = Subject::of(&["444455556666", "Lee"]);
        assert_eq!(who, Subject::of(&["444455556666 ", "lee"]));
        assert_ne!(Subject::of(&["ab", "c"]), Subject::of(&["a", "bc"]));
        assert!(!format!("{who:?}").contains("lee"));
    }

    #[test]
    fn attempts_are_slowed_until_nobody_remembers() {
        let at = |seconds| Timestamp::from_seconds(1_000 + seconds);
        let mut failing = None;
        let mut attempt = |now| {
            let next = Failing::next(failing.as_ref(), at(now));
            next.map(|next| failing = Some(next))
        };
        for _ in 0..FREE {
            assert_eq!(attempt(0), Ok(()));
        }
        assert_eq!(attempt(0), Err(1));
        // Each that fails doubles the wait; what comes too soon is not even looked at.
        let mut now = 1;
        for wait in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            assert_eq!(attempt(now), Ok(()));
            assert_eq!(attempt(now), Err(wait));
            now += wait;
        }
        // A clock that is put back by days makes nobody wait for days.
        assert_eq!(attempt(now - 300 - 90_000), Err(LONGEST));
        assert_eq!(attempt(now), Ok(()));
        assert_eq!(attempt(now + LONGEST + FORGOTTEN - 1), Ok(()));
        assert!(attempt(now + LONGEST + FORGOTTEN - 1).is_err());
        // And an hour later nobody remembers.
        let later = now + 2 * (LONGEST + FORGOTTEN);
        for _ in 0..FREE {
            assert_eq!(attempt(later), Ok(()));
        }
        assert!(attempt(later).is_err());
    }
}
