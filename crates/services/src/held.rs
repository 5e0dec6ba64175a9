//! Notifications that nobody may see now, kept until they may.

use bailiwick_ident::{AccountId, Timestamp};
use bailiwick_store::{Change, EntityKey, Expect};
use serde::{Deserialize, Serialize};

/// The kind of their entities.
pub(crate) const KIND: &str = "chatbot.held-notification";

/// A notification that came while its channel configuration was disabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldNotification {
    /// The form of this record.
    pub format: u32,
    /// The message's id in its topic.
    pub id: String,
    /// The configuration it is for.
    pub configuration_arn: String,
    /// The row of the inbox that brought it.
    pub inbox_id: String,
    /// That row's place in the order in which rows came; 0 in what an earlier version kept.
    #[serde(default)]
    pub order: u64,
    /// What the row held.
    pub work: String,
    /// Why it is not shown.
    pub reason: String,
    /// Since when.
    pub held_at: Timestamp,
}

/// Where a held notification is kept: one for each message and configuration.
pub(crate) fn held_key(partition: &str, account: AccountId, held: &HeldNotification) -> EntityKey {
    EntityKey::in_account(partition, account.as_str(), KIND, format!("{}/{}", held.configuration_arn, held.id))
}

/// What keeps a notification. `None` when it cannot be written as JSON, which a correct build does not see.
pub fn hold(partition: &str, account: AccountId, held: &HeldNotification) -> Option<Change> {
    let body = serde_json::to_string(held).ok()?;
    Some(Change::new().put(held_key(partition, account, held), body, Expect::Any))
}
