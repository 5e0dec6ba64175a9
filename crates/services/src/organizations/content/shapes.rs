//! What each type of management policy can say. Source: the syntax page of each type in AWS's Organizations guide.

use bailiwick_authority::record::PolicyType;

use super::management::Shape::{self, Each, Fields, Free, Many, One};
use super::management::Word::{Any, Guid, GuidOrStar, OneOf, Slack, SlackOrStar};

const CLIENT: Shape = One(OneOf(&["disabled", "enabled"]));
const CHANNEL_TYPES: Shape = Many(OneOf(&["private", "public"]));
const ROLE_SETTINGS: Shape = Many(OneOf(&["channel_role", "user_role"]));
const TEAM: Shape = Fields(&[("supported_role_settings", ROLE_SETTINGS)]);
const CHANNEL: Shape =
    Fields(&[("supported_channel_types", CHANNEL_TYPES), ("supported_role_settings", ROLE_SETTINGS)]);

const CHATBOT: Shape = Fields(&[(
    "chatbot",
    Fields(&[
        ("default", Fields(&[("client", CLIENT)])),
        (
            "platforms",
            Fields(&[
                ("chime", Fields(&[("client", CLIENT)])),
                (
                    "microsoft_teams",
                    Fields(&[
                        ("client", CLIENT),
                        ("default", TEAM),
                        ("overrides", Each(Guid, &Each(Guid, &TEAM))),
                        ("tenants", Each(GuidOrStar, &Many(GuidOrStar))),
                    ]),
                ),
                (
                    "slack",
                    Fields(&[
                        ("client", CLIENT),
                        ("default", CHANNEL),
                        ("overrides", Each(Slack, &CHANNEL)),
                        ("workspaces", Many(SlackOrStar)),
                    ]),
                ),
            ]),
        ),
    ]),
)]);

const TAG: Shape = Fields(&[(
    "tags",
    Each(
        Any,
        &Fields(&[
            ("enforced_for", Many(Any)),
            ("report_required_tag_for", Many(Any)),
            ("tag_key", One(Any)),
            ("tag_value", Many(Any)),
        ]),
    ),
)]);

const BACKUP: Shape = Fields(&[(
    "plans",
    Each(
        Any,
        &Fields(&[
            ("advanced_backup_settings", Free),
            ("backup_plan_tags", Free),
            ("regions", Many(Any)),
            ("rules", Each(Any, &Free)),
            ("scan_settings", Free),
            ("selections", Free),
        ]),
    ),
)]);

const AI_SERVICES: Shape =
    Fields(&[("services", Each(Any, &Fields(&[("opt_out_policy", One(OneOf(&["optIn", "optOut"])))])))]);

const REGIONS: Shape = Fields(&[("disable_in_regions", Many(Any)), ("enable_in_regions", Many(Any))]);

/// The shape of a type's documents.
pub(super) fn of(kind: PolicyType) -> Shape {
    match kind {
        PolicyType::AiservicesOptOutPolicy => AI_SERVICES,
        PolicyType::BackupPolicy => BACKUP,
        PolicyType::BedrockPolicy => Fields(&[("bedrock", Free)]),
        PolicyType::ChatbotPolicy => CHATBOT,
        PolicyType::DeclarativePolicyEc2 => Fields(&[("ec2_attributes", Free)]),
        PolicyType::InspectorPolicy => Fields(&[("inspector", Fields(&[("enablement", Free)]))]),
        PolicyType::NetworkSecurityDirectorPolicy => Fields(&[("network_security_director", Free)]),
        PolicyType::S3Policy => Fields(&[("s3_attributes", Free)]),
        PolicyType::SecurityhubPolicy => Fields(&[("securityhub", REGIONS)]),
        PolicyType::TagPolicy => TAG,
        PolicyType::UpgradeRolloutPolicy => Fields(&[("upgrade_rollout", Free)]),
        // These are IAM policies, not settings: nothing fits.
        PolicyType::ResourceControlPolicy | PolicyType::ServiceControlPolicy => Fields(&[]),
    }
}
