use std::collections::BTreeMap;

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
    /// When it was closed, if it was.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
}

impl Membership {
    /// Whether the account is closed: nobody acts in it or on it any more.
    pub fn is_closed(&self) -> bool {
        self.status == "SUSPENDED"
    }
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
    /// How many accounts an organization that it manages may have, where that is not AWS's default of ten.
    #[serde(default)]
    pub organization_quota: Option<u32>,
}

/// The kinds of policies of an organization that Bailiwick keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PolicyType {
    /// `AISERVICES_OPT_OUT_POLICY`
    AiservicesOptOutPolicy,
    /// `BACKUP_POLICY`
    BackupPolicy,
    /// `BEDROCK_POLICY`
    BedrockPolicy,
    /// `CHATBOT_POLICY`
    ChatbotPolicy,
    /// `DECLARATIVE_POLICY_EC2`
    #[serde(rename = "DECLARATIVE_POLICY_EC2")]
    DeclarativePolicyEc2,
    /// `INSPECTOR_POLICY`
    InspectorPolicy,
    /// `NETWORK_SECURITY_DIRECTOR_POLICY`
    NetworkSecurityDirectorPolicy,
    /// `RESOURCE_CONTROL_POLICY`
    ResourceControlPolicy,
    /// `S3_POLICY`
    #[serde(rename = "S3_POLICY")]
    S3Policy,
    /// `SECURITYHUB_POLICY`
    SecurityhubPolicy,
    /// `SERVICE_CONTROL_POLICY`
    ServiceControlPolicy,
    /// `TAG_POLICY`
    TagPolicy,
    /// `UPGRADE_ROLLOUT_POLICY`
    UpgradeRolloutPolicy,
}

impl PolicyType {
    /// Every type, in the order of the API.
    pub const ALL: [PolicyType; 13] = [
        PolicyType::ServiceControlPolicy,
        PolicyType::ResourceControlPolicy,
        PolicyType::TagPolicy,
        PolicyType::BackupPolicy,
        PolicyType::AiservicesOptOutPolicy,
        PolicyType::ChatbotPolicy,
        PolicyType::DeclarativePolicyEc2,
        PolicyType::SecurityhubPolicy,
        PolicyType::InspectorPolicy,
        PolicyType::UpgradeRolloutPolicy,
        PolicyType::BedrockPolicy,
        PolicyType::S3Policy,
        PolicyType::NetworkSecurityDirectorPolicy,
    ];

    /// The spelling of the API, such as `SERVICE_CONTROL_POLICY`.
    pub fn as_str(self) -> &'static str {
        match self {
            PolicyType::AiservicesOptOutPolicy => "AISERVICES_OPT_OUT_POLICY",
            PolicyType::BackupPolicy => "BACKUP_POLICY",
            PolicyType::BedrockPolicy => "BEDROCK_POLICY",
            PolicyType::ChatbotPolicy => "CHATBOT_POLICY",
            PolicyType::DeclarativePolicyEc2 => "DECLARATIVE_POLICY_EC2",
            PolicyType::InspectorPolicy => "INSPECTOR_POLICY",
            PolicyType::NetworkSecurityDirectorPolicy => "NETWORK_SECURITY_DIRECTOR_POLICY",
            PolicyType::ResourceControlPolicy => "RESOURCE_CONTROL_POLICY",
            PolicyType::S3Policy => "S3_POLICY",
            PolicyType::SecurityhubPolicy => "SECURITYHUB_POLICY",
            PolicyType::ServiceControlPolicy => "SERVICE_CONTROL_POLICY",
            PolicyType::TagPolicy => "TAG_POLICY",
            PolicyType::UpgradeRolloutPolicy => "UPGRADE_ROLLOUT_POLICY",
        }
    }

    /// Reads the spelling of the API.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether it decides who may do what (SCPs and RCPs). All other types configure services and are merged into an
    /// effective policy.
    pub fn is_authorization(self) -> bool {
        matches!(self, PolicyType::ServiceControlPolicy | PolicyType::ResourceControlPolicy)
    }
}

/// What an organization can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FeatureSet {
    /// Everything.
    #[default]
    All,
    /// One bill, and no policies.
    ConsolidatedBilling,
}

/// The policy with which the management account lets member accounts administer the organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcePolicyRecord {
    /// `rp-...`
    pub id: String,
    /// The document, as AWS shows it.
    pub content: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
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
    pub resource_policy: Option<ResourcePolicyRecord>,
    /// Tags of the root.
    #[serde(default)]
    pub root_tags: Tags,
    /// What the organization can do.
    #[serde(default)]
    pub feature_set: FeatureSet,
    /// When the effective policies of a type last could have changed.
    #[serde(default)]
    pub policies_changed_at: BTreeMap<PolicyType, Timestamp>,
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
