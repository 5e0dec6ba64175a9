//! What each type of management policy can say. Source: the syntax page of each type in AWS's Organizations guide.

use bailiwick_authority::record::PolicyType;

use super::management::Shape::{self, Each, Fields, Free, Many, One};
use super::management::Word::{
    AiService, Any, Enforced, Guid, GuidOrStar, OneOf, Slack, SlackOrStar, TagKey, TagValue, Whole,
};

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

/// One wildcard to a value, and none that stands for all services. Source: AWS's Organizations guide, "Tag policy syntax".
const TAG: Shape = Fields(&[(
    "tags",
    Each(
        TagKey,
        &Fields(&[
            ("enforced_for", Many(Enforced)),
            ("report_required_tag_for", Many(Enforced)),
            ("tag_key", One(TagKey)),
            ("tag_value", Many(TagValue)),
        ]),
    ),
)]);

const SWITCH: Shape = One(OneOf(&["false", "true"]));
const COUNT: Shape = One(Whole(0, 1_000_000));

const LIFECYCLE: Shape = Fields(&[
    ("delete_after_days", COUNT),
    ("delete_after_event", One(Any)),
    ("move_to_cold_storage_after_days", COUNT),
    ("opt_in_to_archive_for_supported_resources", SWITCH),
]);

const PLAN_TAGS: Shape = Each(Any, &Fields(&[("tag_key", One(Any)), ("tag_value", One(Any))]));

const RULE: Shape = Fields(&[
    ("complete_backup_window_minutes", COUNT),
    ("copy_actions", Each(Any, &Fields(&[("lifecycle", LIFECYCLE), ("target_backup_vault_arn", One(Any))]))),
    ("enable_continuous_backup", SWITCH),
    ("index_actions", Free),
    ("lifecycle", LIFECYCLE),
    ("recovery_point_tags", PLAN_TAGS),
    ("scan_actions", Free),
    ("schedule_expression", One(Any)),
    ("schedule_expression_timezone", One(Any)),
    ("start_backup_window_minutes", COUNT),
    ("target_backup_vault_name", One(Any)),
    ("target_logically_air_gapped_backup_vault_arn", One(Any)),
]);

const SELECTIONS: Shape = Fields(&[
    (
        "resources",
        Each(
            Any,
            &Fields(&[
                ("conditions", Free),
                ("iam_role_arn", One(Any)),
                ("not_resource_types", Many(Any)),
                ("resource_types", Many(Any)),
            ]),
        ),
    ),
    ("tags", Each(Any, &Fields(&[("iam_role_arn", One(Any)), ("tag_key", One(Any)), ("tag_value", Many(Any))]))),
]);

const BACKUP: Shape = Fields(&[(
    "plans",
    Each(
        Any,
        &Fields(&[
            ("advanced_backup_settings", Free),
            ("backup_plan_tags", PLAN_TAGS),
            ("regions", Many(Any)),
            ("rules", Each(Any, &RULE)),
            ("scan_settings", Free),
            ("selections", SELECTIONS),
        ]),
    ),
)]);

/// What EC2's declarative policies set.
const EC2: Shape = Fields(&[
    (
        "allowed_images_settings",
        Fields(&[("image_criteria", Free), ("state", One(OneOf(&["audit_mode", "disabled", "enabled"])))]),
    ),
    ("exception_message", One(Any)),
    ("image_block_public_access", Fields(&[("state", One(OneOf(&["block_new_sharing", "unblocked"])))])),
    (
        "instance_metadata_defaults",
        Fields(&[
            ("http_endpoint", METADATA),
            ("http_put_response_hop_limit", One(Whole(-1, 64))),
            ("http_tokens", One(OneOf(&["no_preference", "optional", "required"]))),
            ("http_tokens_enforced", METADATA),
            ("instance_metadata_tags", METADATA),
        ]),
    ),
    ("serial_console_access", Fields(&[("status", CLIENT)])),
    (
        "snapshot_block_public_access",
        Fields(&[("state", One(OneOf(&["block_all_sharing", "block_new_sharing", "unblocked"])))]),
    ),
    (
        "vpc_block_public_access",
        Fields(&[(
            "internet_gateway_block",
            Fields(&[
                ("exclusions_allowed", CLIENT),
                ("mode", One(OneOf(&["block_bidirectional", "block_ingress", "off"]))),
            ]),
        )]),
    ),
]);

const METADATA: Shape = One(OneOf(&["disabled", "enabled", "no_preference"]));

const AI_SERVICES: Shape =
    Fields(&[("services", Each(AiService, &Fields(&[("opt_out_policy", One(OneOf(&["optIn", "optOut"])))])))]);

const REGIONS: Shape = Fields(&[("disable_in_regions", Many(Any)), ("enable_in_regions", Many(Any))]);

/// The shape of a type's documents.
pub(super) fn of(kind: PolicyType) -> Shape {
    match kind {
        PolicyType::AiservicesOptOutPolicy => AI_SERVICES,
        PolicyType::BackupPolicy => BACKUP,
        PolicyType::BedrockPolicy => Fields(&[("bedrock", Free)]),
        PolicyType::ChatbotPolicy => CHATBOT,
        PolicyType::DeclarativePolicyEc2 => Fields(&[("ec2_attributes", EC2)]),
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
