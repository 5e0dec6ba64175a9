use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{caller::Tags, origin::ChannelType, origin::Platform};

/// The kind of a channel configuration, as it stands in its ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigurationKind {
    /// A webhook of Amazon Chime: notifications only.
    ChimeWebhook,
    /// A channel of Microsoft Teams.
    MicrosoftTeamsChannel,
    /// A room of the built-in chat.
    #[serde(rename = "chime-room")]
    Room,
    /// A channel of Slack.
    SlackChannel,
}

impl ConfigurationKind {
    /// The word in the ARN: `chime-webhook`, `microsoft-teams-channel`, `chime-room`, `slack-channel`.
    pub fn as_str(self) -> &'static str {
        match self {
            ConfigurationKind::ChimeWebhook => "chime-webhook",
            ConfigurationKind::MicrosoftTeamsChannel => "microsoft-teams-channel",
            ConfigurationKind::Room => "chime-room",
            ConfigurationKind::SlackChannel => "slack-channel",
        }
    }

    /// The platform, as chatbot policies and condition keys see it.
    pub fn platform(self) -> Platform {
        match self {
            ConfigurationKind::ChimeWebhook | ConfigurationKind::Room => Platform::Chime,
            ConfigurationKind::MicrosoftTeamsChannel => Platform::MicrosoftTeams,
            ConfigurationKind::SlackChannel => Platform::Slack,
        }
    }
}

/// What binds a channel to roles, guardrails and topics, in one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelConfigurationRecord {
    /// The account.
    pub account: AccountId,
    /// `arn:P:chatbot::A:chat-configuration/KIND/NAME`.
    pub arn: String,
    /// The name; unique in the account and never changed.
    pub name: String,
    /// What kind of channel it is.
    pub kind: ConfigurationKind,
    /// Slack's team, Teams' team, or the Amazon Chime account of a room.
    pub workspace: String,
    /// The name of the workspace, if known.
    #[serde(default)]
    pub workspace_name: Option<String>,
    /// Teams' tenant.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The channel or room.
    pub channel: String,
    /// The name of the channel, if known.
    #[serde(default)]
    pub channel_name: Option<String>,
    /// Who can find the channel.
    pub channel_type: ChannelType,
    /// ARN of the channel role.
    pub iam_role_arn: String,
    /// ARNs of the guardrail policies, at most ten. Empty: the protection policy.
    #[serde(default)]
    pub guardrail_policy_arns: Vec<String>,
    /// Whether members must choose a role of their own.
    #[serde(default)]
    pub user_authorization_required: bool,
    /// ARNs of the topics whose messages appear in the channel.
    #[serde(default)]
    pub sns_topic_arns: Vec<String>,
    /// `ERROR`, `INFO` or `NONE`.
    pub logging_level: String,
    /// A webhook's address, sealed under the master key.
    #[serde(default)]
    pub sealed_webhook_url: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
    /// When it was created.
    pub created_at: Timestamp,
}

impl ChannelConfigurationRecord {
    /// Where the channel's members are known, as [`ChatIdentityRecord::workspace`] says it.
    pub fn member_workspace(&self) -> &str {
        self.tenant.as_deref().unwrap_or(&self.workspace)
    }
}

/// The role a member of a channel acts with: the member's choice, or an administrator's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleMappingRecord {
    /// The account of the configuration.
    pub account: AccountId,
    /// ARN of the channel configuration.
    pub configuration_arn: String,
    /// The member, as the platform calls it.
    pub member: String,
    /// ARN of the chosen role.
    pub iam_role_arn: String,
    /// ARN of the identity that made the choice.
    pub aws_user_identity: String,
    /// That identity is the member's own: both were proved when the choice was made. An administrator's mapping proves
    /// nothing of the member.
    #[serde(default)]
    pub proved: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What an IAM user is called on a platform: both identities were proved in one web session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatIdentityRecord {
    /// The account of the user.
    pub account: AccountId,
    /// The platform.
    pub platform: Platform,
    /// Where the member is known: the workspace, and with Microsoft Teams the tenant.
    pub workspace: String,
    /// The member, as the platform calls it.
    pub member: String,
    /// The user's unique id: a user of the same name that is made later is somebody else.
    pub user_id: String,
    /// ARN of the user when it was proved.
    pub aws_user_identity: String,
    /// When it was proved.
    pub proved_at: Timestamp,
}

impl ChatIdentityRecord {
    /// The identity of the record within its account: each member is one user's.
    pub fn record_id(platform: Platform, workspace: &str, member: &str) -> String {
        format!("{platform}/{workspace}/{member}")
    }
}

/// An account's preferences for chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPreferencesRecord {
    /// The account.
    pub account: AccountId,
    /// Whether members of every channel must choose a role of their own.
    pub user_authorization_required: bool,
    /// Kept for the API; nothing is ever collected.
    pub training_data_collection_enabled: bool,
    /// ARNs of the guardrail policies of channels that name none. Empty: the protection policy.
    #[serde(default)]
    pub default_guardrail_policy_arns: Vec<String>,
    /// ARNs of policies that limit every channel of the account beside its own guardrails, whatever those allow. Empty: no
    /// further limit.
    #[serde(default)]
    pub minimum_guardrail_policy_arns: Vec<String>,
}
