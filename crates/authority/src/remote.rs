//! Remote accounts: which layers are ours, which are copies, and which are theirs.

mod bounds;
mod keep;

use std::collections::BTreeMap;

use bailiwick_ident::{AccountId, Timestamp};

use crate::directory::{Account, Directory, Mirror};
pub(crate) use bounds::{Bounds, Guardrail, bounds};
pub use keep::{KeptMirror, MirrorReading};

/// Services that Bailiwick is itself also for accounts that are elsewhere: they configure its channels.
const OURS: [&str; 3] = ["bailiwick", "chatbot", "chime"];

/// What is said of a remote account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote {
    /// How old the copy of the account's roles and policies may be, in seconds; `None` where nothing is copied, and the roles
    /// are those of the directory.
    pub mirror_for: Option<i64>,
}

/// The accounts in which a session of the caller's role is assumed for every call.
#[derive(Debug, Clone, Default)]
pub struct Remotes(BTreeMap<AccountId, Remote>);

impl FromIterator<(AccountId, Remote)> for Remotes {
    fn from_iter<T: IntoIterator<Item = (AccountId, Remote)>>(accounts: T) -> Self {
        Remotes(accounts.into_iter().collect())
    }
}

impl Remotes {
    /// Whether calls of the account are made in a session that is assumed for them.
    pub(crate) fn assumes(&self, account: AccountId) -> bool {
        self.0.contains_key(&account)
    }

    /// Whether the account's roles and policies are decided from their copy.
    pub fn mirrors(&self, account: AccountId) -> bool {
        self.0.get(&account).is_some_and(|remote| remote.mirror_for.is_some())
    }

    /// Whether calls to a service go to the account's endpoint although Bailiwick serves it.
    pub fn leaves(&self, account: AccountId, service: &str) -> bool {
        self.mirrors(account) && !OURS.contains(&service)
    }

    /// The copy of an account whose roles are decided from it; `None` for other accounts, and where there is no copy.
    pub(crate) fn mirror<'a>(&self, directory: &'a Directory, account: AccountId) -> Option<&'a Mirror> {
        directory.account(account).filter(|_| self.mirrors(account))?.mirror()
    }

    /// Why nothing can be decided about an account from its copy now: there is none, or it is too old.
    pub(crate) fn stale(&self, account: &Account, now: Timestamp) -> Option<String> {
        let limit = self.0.get(&account.id())?.mirror_for?;
        let id = account.id();
        let Some(mirror) = account.mirror() else {
            return Some(format!(
                "the roles and policies of account {id} were not read yet: bailiwick account sync {id}"
            ));
        };
        let age = now.as_seconds().saturating_sub(mirror.record.synced_at.as_seconds());
        // A copy from the future is of a clock that was wrong: its age is not known.
        (age > limit || age < -SKEW_SECONDS).then(|| {
            format!(
                "the copy of the roles and policies of account {id} is of {} and at most {} old may be used: bailiwick account sync {id}",
                mirror.record.synced_at.to_rfc3339(),
                lasting(limit)
            )
        })
    }
}

/// How far a copy may be ahead of the clock, in seconds.
const SKEW_SECONDS: i64 = 300;

/// A length of time for people: `40 s`, `3 min`, `5 h`, `2 days`.
pub fn lasting(seconds: i64) -> String {
    match seconds.max(0) {
        few @ 0..120 => format!("{few} s"),
        some @ 120..7_200 => format!("{} min", some / 60),
        many @ 7_200..172_800 => format!("{} h", many / 3_600),
        most => format!("{} days", most / 86_400),
    }
}

impl Mirror {
    /// How old it is, for people.
    pub fn age(&self, now: Timestamp) -> String {
        lasting(now.as_seconds().saturating_sub(self.record.synced_at.as_seconds()))
    }
}

#[cfg(test)]
mod tests {
    use super::lasting;

    #[test]
    fn lengths_of_time_are_told_in_one_unit() {
        for (seconds, text) in [(-4, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (172_800, "2 days")] {
            assert_eq!(lasting(seconds), text);
        }
    }
}
