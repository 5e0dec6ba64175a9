//! Entities of IAM as its answers show them.

use bailiwick_authority::record::{AccountRecord, GroupRecord, ManagedPolicyRecord, RoleRecord, UserRecord};
use bailiwick_authority::{Group, Role, Tags, Usage, User};
use bailiwick_ident::Timestamp;
use bailiwick_policy::PolicyType;
use serde::{Deserialize, Serialize};

use super::document::encoded;
use crate::Context;

/// A tag, as IAM writes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

/// Tags as a list.
pub(super) fn tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

/// A permissions boundary.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Boundary {
    permissions_boundary_type: &'static str,
    permissions_boundary_arn: String,
}

pub(super) fn boundary(arn: Option<&String>) -> Option<Boundary> {
    arn.map(|arn| Boundary { permissions_boundary_type: "Policy", permissions_boundary_arn: arn.clone() })
}

/// A user.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownUser {
    path: String,
    pub(super) user_name: String,
    user_id: String,
    arn: String,
    create_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_last_used: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<Boundary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

impl ShownUser {
    /// With when its password was last used.
    pub(super) fn with_password_used(self, at: Option<Timestamp>) -> Self {
        ShownUser { password_last_used: at, ..self }
    }
}

/// A user with all that is shown of one.
pub(super) fn user(user: &User) -> ShownUser {
    user_record(&user.record, &user.arn)
}

/// The root user, which has neither name nor record: IAM shows the account's.
pub(super) fn root(account: &AccountRecord, arn: &str) -> ShownUser {
    ShownUser {
        path: "/".to_owned(),
        user_name: account.alias.clone().unwrap_or_else(|| account.name.clone()),
        user_id: account.id.to_string(),
        arn: arn.to_owned(),
        create_date: account.created_at,
        password_last_used: None,
        permissions_boundary: None,
        tags: Vec::new(),
    }
}

pub(super) fn user_record(record: &UserRecord, arn: &str) -> ShownUser {
    ShownUser {
        path: record.path.clone(),
        user_name: record.name.clone(),
        user_id: record.id.clone(),
        arn: arn.to_owned(),
        create_date: record.created_at,
        password_last_used: None,
        permissions_boundary: boundary(record.permissions_boundary.as_ref()),
        tags: tags(&record.tags),
    }
}

/// A user in a list, which shows neither tags nor boundary.
pub(super) fn listed_user(listed: &User) -> ShownUser {
    ShownUser { permissions_boundary: None, tags: Vec::new(), ..user(listed) }
}

/// A group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownGroup {
    path: String,
    pub(super) group_name: String,
    group_id: String,
    arn: String,
    create_date: Timestamp,
}

pub(super) fn group(group: &Group) -> ShownGroup {
    group_record(&group.record, &group.arn)
}

pub(super) fn group_record(record: &GroupRecord, arn: &str) -> ShownGroup {
    ShownGroup {
        path: record.path.clone(),
        group_name: record.name.clone(),
        group_id: record.id.clone(),
        arn: arn.to_owned(),
        create_date: record.created_at,
    }
}

/// When a role was last used. Of one that was not, IAM shows an empty structure.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleLastUsed {
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

/// When a role was last used, by its unique id.
pub(super) fn role_last_used(usage: &Usage, role_id: &str) -> RoleLastUsed {
    let last = usage.principal(role_id);
    RoleLastUsed { last_used_date: last.as_ref().map(|last| last.at), region: last.map(|last| last.region) }
}

/// A role.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownRole {
    path: String,
    pub(super) role_name: String,
    role_id: String,
    arn: String,
    create_date: Timestamp,
    assume_role_policy_document: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    max_session_duration: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<Boundary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role_last_used: Option<RoleLastUsed>,
}

/// A role that was never used, as far as this shows.
pub(super) fn role_record(cx: &Context<'_>, record: &RoleRecord, arn: &str) -> ShownRole {
    ShownRole {
        path: record.path.clone(),
        role_name: record.name.clone(),
        role_id: record.id.clone(),
        arn: arn.to_owned(),
        create_date: record.created_at,
        assume_role_policy_document: trust(cx, record),
        description: record.description.clone(),
        max_session_duration: record.max_session_duration,
        permissions_boundary: boundary(record.permissions_boundary.as_ref()),
        tags: tags(&record.tags),
        role_last_used: Some(RoleLastUsed::default()),
    }
}

/// A role in a list, which shows neither tags nor boundary nor last use.
pub(super) fn listed_role(cx: &Context<'_>, listed: &Role) -> ShownRole {
    let whole = role_record(cx, &listed.record, &listed.arn);
    ShownRole { permissions_boundary: None, tags: Vec::new(), role_last_used: None, ..whole }
}

/// A role's trust policy, with its principals by ARN.
pub(super) fn trust(cx: &Context<'_>, record: &RoleRecord) -> String {
    encoded(&cx.directory.principals_by_arn(PolicyType::Trust, &record.assume_role_policy_document))
}

/// A managed policy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownPolicy {
    pub(super) policy_name: String,
    pub(super) policy_id: String,
    pub(super) arn: String,
    pub(super) path: String,
    pub(super) default_version_id: String,
    pub(super) attachment_count: usize,
    pub(super) permissions_boundary_usage_count: usize,
    pub(super) is_attachable: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    pub(super) create_date: Timestamp,
    pub(super) update_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tags: Option<Vec<Tag>>,
}

/// A customer managed policy, with its tags.
pub(super) fn policy(record: &ManagedPolicyRecord, arn: &str, uses: (usize, usize)) -> ShownPolicy {
    ShownPolicy {
        policy_name: record.name.clone(),
        policy_id: record.id.clone(),
        arn: arn.to_owned(),
        path: record.path.clone(),
        default_version_id: record.default_version.clone(),
        attachment_count: uses.0,
        permissions_boundary_usage_count: uses.1,
        is_attachable: true,
        description: record.description.clone(),
        create_date: record.created_at,
        update_date: record.updated_at,
        tags: Some(tags(&record.tags)),
    }
}
