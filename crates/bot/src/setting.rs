//! What is set for a channel: its account, its Region, how long a command may take before that is said.

use std::time::Duration;

use bailiwick_chat::Place;
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, EntityKey, Expect, StoreError};
use serde::{Deserialize, Serialize};

use crate::{Bot, stored};

/// The kind of the entity that holds a channel's settings.
const KIND: &str = "bot.channel";
/// How long a command runs before that is said, where nothing else is set. Source: Amazon Q Developer in chat applications'
/// administrator guide, "Running AWS CLI commands", which gives up after as long.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long a chosen account is remembered, in seconds: seven days, as AWS remembers it.
const ACCOUNT_SECONDS: i64 = 7 * 24 * 60 * 60;
/// What may be set, in seconds: well within the time for which a row of the inbox is ours.
pub(crate) const TIMEOUTS: std::ops::RangeInclusive<u32> = 1..=45;

/// Something that somebody chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    /// What.
    pub(crate) value: String,
    /// The name of whoever chose.
    pub(crate) by: String,
    /// When.
    pub(crate) at: Timestamp,
}

/// A channel's settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChannelSetting {
    #[serde(default)]
    format: u32,
    /// The account that commands are for which name none.
    #[serde(default)]
    pub(crate) account: Option<Chosen>,
    /// The Region that commands are for which name none.
    #[serde(default)]
    pub(crate) region: Option<Chosen>,
    /// After how many seconds it is said that a command still runs.
    #[serde(default)]
    pub(crate) timeout: Option<Chosen>,
}

impl ChannelSetting {
    /// After how long it is said that a command still runs.
    pub(crate) fn timeout(&self) -> Duration {
        let seconds = self.timeout.as_ref().and_then(|chosen| chosen.value.parse::<u32>().ok());
        seconds
            .filter(|seconds| TIMEOUTS.contains(seconds))
            .map_or(TIMEOUT, |seconds| Duration::from_secs(u64::from(seconds)))
    }

    /// The chosen account, while it is remembered.
    pub(crate) fn account(&self, now: Timestamp) -> Option<&Chosen> {
        self.account.as_ref().filter(|chosen| chosen.at.plus_seconds(ACCOUNT_SECONDS) > now)
    }

    /// Until when the chosen account is remembered.
    pub(crate) fn account_until(&self) -> Option<Timestamp> {
        self.account.as_ref().map(|chosen| chosen.at.plus_seconds(ACCOUNT_SECONDS))
    }
}

fn key(place: &Place) -> EntityKey {
    EntityKey::global(KIND, place.channel_key())
}

impl Bot {
    /// What is set for a channel.
    pub(crate) async fn channel_setting(&self, place: &Place) -> Result<ChannelSetting, StoreError> {
        let entity = self.parts.store.entity(key(place)).await?;
        Ok(entity.and_then(|entity| stored::read(Some(&entity.body))).unwrap_or_default())
    }
}

/// Sets what a channel's settings are from now on. Two people who set at once set one after the other.
pub(crate) fn put(place: &Place, setting: &ChannelSetting) -> Change {
    let setting = ChannelSetting { format: 1, ..setting.clone() };
    Change::new().put(key(place), stored::write(&setting), Expect::Any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_remembered_for_seven_days() {
        let chosen = Chosen { value: "444455556666".into(), by: "Dana".into(), at: Timestamp::from_seconds(0) };
        let setting = ChannelSetting { account: Some(chosen), ..ChannelSetting::default() };
        assert!(setting.account(Timestamp::from_seconds(7 * 86_400 - 1)).is_some());
        assert!(setting.account(Timestamp::from_seconds(7 * 86_400)).is_none());
    }

    #[test]
    fn a_timeout_out_of_range_is_the_usual_one() {
        for (value, seconds) in [("40", 40), ("0", 15), ("46", 15), ("x", 15)] {
            let chosen = Chosen { value: value.into(), by: String::new(), at: Timestamp::from_seconds(0) };
            let setting = ChannelSetting { timeout: Some(chosen), ..ChannelSetting::default() };
            assert_eq!(setting.timeout(), Duration::from_secs(seconds), "{value}");
        }
    }
}
