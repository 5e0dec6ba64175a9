use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::caller::Tags;

/// An account's place in the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The root (`r-...`) or organizational unit (`ou-...`) the account is in.
    pub parent: String,
    /// `CREATED` or `INVITED`.
    pub joined_method: String,
    /// When it joined.
    pub joined_at: Timestamp,
    /// `ACTIVE`, `SUSPENDED` or `PENDING_CLOSURE`.
    pub status: String,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// The twelve digits.
    pub id: AccountId,
    /// The name people know it by.
    pub name: String,
    /// The address of the root user.
    pub email: String,
    /// The IAM account alias.
    #[serde(default)]
    pub alias: Option<String>,
    /// Its place in the organization, if it is in one.
    #[serde(default)]
    pub membership: Option<Membership>,
    /// Its tags in the organization.
    #[serde(default)]
    pub tags: Tags,
    /// When it was created.
    pub created_at: Timestamp,
}

/// The kinds of policies of an organization that Bailiwick keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PolicyType {
    /// `AISERVICES_OPT_OUT_POLICY`
    AiservicesOptOutPolicy,
    /// `BACKUP_POLICY`
    BackupPolicy,
    /// `CHATBOT_POLICY`
    ChatbotPolicy,
    /// `RESOURCE_CONTROL_POLICY`
    ResourceControlPolicy,
    /// `SERVICE_CONTROL_POLICY`
    ServiceControlPolicy,
    /// `TAG_POLICY`
    TagPolicy,
}

impl PolicyType {
    /// Every type, in the order of the API.
    pub const ALL: [PolicyType; 6] = [
        PolicyType::ServiceControlPolicy,
        PolicyType::ResourceControlPolicy,
        PolicyType::TagPolicy,
        PolicyType::BackupPolicy,
        PolicyType::AiservicesOptOutPolicy,
        PolicyType::ChatbotPolicy,
    ];

    /// The spelling of the API, such as `SERVICE_CONTROL_POLICY`.
    pub fn as_str(self) -> &'static str {
        match self {
            PolicyType::AiservicesOptOutPolicy => "AISERVICES_OPT_OUT_POLICY",
            PolicyType::BackupPolicy => "BACKUP_POLICY",
            PolicyType::ChatbotPolicy => "CHATBOT_POLICY",
            PolicyType::ResourceControlPolicy => "RESOURCE_CONTROL_POLICY",
            PolicyType::ServiceControlPolicy => "SERVICE_CONTROL_POLICY",
            PolicyType::TagPolicy => "TAG_POLICY",
        }
    }

    /// Reads the spelling of the API.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationRecord {
    /// `o-...`
    pub id: String,
    /// The management account.
    pub management_account: AccountId,
    /// The root's id, `r-...`.
    pub root_id: String,
    /// Policy types enabled on the root.
    #[serde(default)]
    pub enabled_policy_types: Vec<PolicyType>,
    /// Services with trusted access, by service principal, and since when.
    #[serde(default)]
    pub service_access: Vec<(String, Timestamp)>,
    /// The delegation policy of the organization, if there is one.
    #[serde(default)]
    pub resource_policy: Option<String>,
    /// Tags of the root.
    #[serde(default)]
    pub root_tags: Tags,
}

/// An organizational unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationalUnitRecord {
    /// `ou-...`
    pub id: String,
    /// The name; unique among its siblings.
    pub name: String,
    /// The root or the unit it is in.
    pub parent: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

/// A policy of the organization. AWS's own (`p-FullAWSAccess`, `p-RCPFullAWSAccess`) are known without being stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationPolicyRecord {
    /// `p-...`
    pub id: String,
    /// The type.
    pub kind: PolicyType,
    /// The name; unique in its type.
    pub name: String,
    /// The description; may be empty.
    #[serde(default)]
    pub description: String,
    /// The document, as it was given.
    pub content: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
}

/// A policy of the organization attached to a root, unit or account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentRecord {
    /// `p-...`
    pub policy_id: String,
    /// `r-...`, `ou-...` or twelve digits.
    pub target_id: String,
    /// Grows with every attachment: policies at one target apply in this order.
    pub sequence: u64,
}

/// A member account that administers a service for the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegatedAdministratorRecord {
    /// The member account.
    pub account: AccountId,
    /// The service principal.
    pub service_principal: String,
    /// Since when.
    pub enabled_at: Timestamp,
}
