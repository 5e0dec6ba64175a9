//! What a person of the built-in chat may do, as an identity policy generated from its room memberships, so that one
//! policy engine decides everything.

use bailiwick_policy::{Policy, PolicyType};
use serde_json::json;

use crate::{
    directory::{Account, Directory},
    record::RoomRole,
};

/// What every member of a room may do there.
const MEMBER_ACTIONS: &[&str] = &[
    "bailiwick:GetRoomMessage",
    "bailiwick:ListRoomMessages",
    "bailiwick:PostRoomMessage",
    "bailiwick:PressButton",
    "bailiwick:StreamRoomEvents",
];

/// What the administrators of a room may see besides.
const ADMINISTRATOR_ACTIONS: &[&str] = &[
    "bailiwick:DescribeRoomConfigurations",
    "bailiwick:GetAccountGuardrails",
    "bailiwick:ListChannelRoleTemplates",
    "bailiwick:ListFailedDeliveries",
    "bailiwick:ListHeldNotifications",
    "bailiwick:ListPendingCommands",
    "chatbot:DescribeSlackChannelConfigurations",
    "chatbot:ListMicrosoftTeamsChannelConfigurations",
    "chime:GetRoom",
    "chime:ListRoomMemberships",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
];

/// What a person may do about its own second factor. Once there is one, only in a session that showed it: whoever holds an
/// open page does not put another in its place.
const FACTOR_ACTIONS: &[&str] =
    &["bailiwick:CreateSecondFactor", "bailiwick:DeleteSecondFactor", "bailiwick:EnableSecondFactor"];

/// The generated policy of a person. A person in no room may do nothing but for its own second factor.
pub(super) fn policies(directory: &Directory, account: &Account, person: &str) -> Vec<Policy> {
    if account.person(person).is_none() {
        return Vec::new();
    }
    let memberships: Vec<_> = account.room_memberships().filter(|membership| membership.person == person).collect();
    let arn = |room: &str| format!("arn:{}:bailiwick:*:{}:room/{room}", directory.partition(), account.id());
    let rooms: Vec<String> = memberships.iter().map(|membership| arn(&membership.room)).collect();
    let mut factor = json!({
        "Sid": "OwnSecondFactor",
        "Effect": "Allow",
        "Action": FACTOR_ACTIONS,
        "Resource": format!("arn:{}:bailiwick::{}:person/{person}", directory.partition(), account.id()),
    });
    if account.mfa_devices().any(|device| device.user_id.as_deref() == Some(person)) {
        factor["Condition"] = json!({ "NumericGreaterThanEquals": { "bailiwick:Assurance": "3" } });
    }
    let mut statements = vec![factor];
    if !rooms.is_empty() {
        statements.push(json!({
            "Sid": "Rooms",
            "Effect": "Allow",
            "Action": MEMBER_ACTIONS,
            "Resource": rooms,
        }));
    }
    if memberships.iter().any(|membership| membership.role == RoomRole::Administrator) {
        statements.push(json!({
            "Sid": "RoomAdministration",
            "Effect": "Allow",
            "Action": ADMINISTRATOR_ACTIONS,
            "Resource": "*",
        }));
    }
    let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    vec![directory.engines().read("room memberships", PolicyType::Identity, &document)]
}
