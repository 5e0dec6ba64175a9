use std::collections::{BTreeMap, BTreeSet};

use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{caller::Tags, origin::Platform};

/// A workspace or team of a platform that an account may name in its channel configurations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceRecord {
    /// The account.
    pub account: AccountId,
    /// The platform: Slack or Microsoft Teams.
    pub platform: Platform,
    /// Slack's team id, or Teams' team id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Teams' tenant.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The platform's token for the bot, sealed for this record's key.
    #[serde(default)]
    pub sealed_bot_token: Option<String>,
    /// What the next token is had for, sealed as the token is; for tokens that end.
    #[serde(default)]
    pub sealed_refresh_token: Option<String>,
    /// When the token ends.
    #[serde(default)]
    pub token_expires_at: Option<Timestamp>,
    /// When it was first authorized.
    pub created_at: Timestamp,
}

impl WorkspaceRecord {
    /// The id of the record of a workspace.
    pub fn record_id(platform: Platform, id: &str) -> String {
        format!("{platform}/{id}")
    }
}

/// A custom action of AWS Chatbot: a command that a button or an alias runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomActionRecord {
    /// The account.
    pub account: AccountId,
    /// `arn:P:chatbot::A:custom-action/NAME`.
    pub arn: String,
    /// The name; unique in the account and never changed.
    pub name: String,
    /// The command, with `$variables`.
    pub command_text: String,
    /// The name under which a member runs it.
    #[serde(default)]
    pub alias_name: Option<String>,
    /// Where it appears as a button.
    #[serde(default)]
    pub attachments: Vec<CustomActionAttachment>,
    /// ARNs of the channel configurations it is offered in.
    #[serde(default)]
    pub configurations: BTreeSet<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
    /// The token of the request that created it, so that the same request again is answered and not refused.
    #[serde(default)]
    pub client_token: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Where a custom action appears as a button.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomActionAttachment {
    /// The kind of notification, such as `Custom`.
    #[serde(default)]
    pub notification_type: Option<String>,
    /// What stands on the button.
    #[serde(default)]
    pub button_text: Option<String>,
    /// All of these must hold for the button to appear.
    #[serde(default)]
    pub criteria: Vec<CustomActionCriterion>,
    /// Variables of the command and where in the notification their values are.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// A condition on a variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomActionCriterion {
    /// `HAS_VALUE` or `EQUALS`.
    pub operator: String,
    /// The variable.
    pub variable_name: String,
    /// What it must equal.
    #[serde(default)]
    pub value: Option<String>,
}
