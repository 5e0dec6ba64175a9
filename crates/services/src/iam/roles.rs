//! Roles and their trust policies.

use bailiwick_authority::record::{AttachedPolicies, RoleRecord};
use bailiwick_authority::{DirectoryChange, RecordKey, RecordKind, role_arn, unique_id};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::attached::attachable;
use super::document::{check_trust, size};
use super::holder::{Holder, find};
use super::paging::UnderInput;
use super::shown::{ShownRole, Tag};
use super::{Paging, account, already_exists, delete_conflict, listed, path, quota, shown, under, validation};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// Roles of an account, and characters of a trust policy. Source: AWS's IAM guide, "IAM and STS quotas".
pub(super) const MAX_ROLES: usize = 1_000;
pub(super) const MAX_TRUST: usize = 2_048;
/// The session of a role that was created without a length, in seconds.
const DEFAULT_SESSION: u32 = 3_600;

/// A trust policy as it is stored: with its principals by unique id.
fn fitting_trust(cx: &Context<'_>, document: &str) -> Result<String, Fault> {
    let stored = check_trust(cx, document)?;
    if size(document) > MAX_TRUST { Err(quota("ACLSizePerRole", MAX_TRUST)) } else { Ok(stored) }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    path: Option<String>,
    role_name: String,
    assume_role_policy_document: String,
    description: Option<String>,
    max_session_duration: Option<u32>,
    permissions_boundary: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleOutput {
    role: ShownRole,
}

/// Creates a role. The path of service-linked roles is AWS's own.
pub(super) async fn create_role(cx: &Context<'_>, call: Authorized<CreateInput>) -> Result<RoleOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    if account.role(&input.role_name).is_some() {
        return Err(already_exists(format!("Role with name {} already exists.", input.role_name)));
    }
    let path = path(input.path.as_ref());
    if path.starts_with("/aws-service-role/") {
        return Err(validation("Path /aws-service-role/ is reserved for service-linked roles."));
    }
    let trust = match fitting_trust(cx, &input.assume_role_policy_document) {
        Err(_) if cx.settings.policies_off => input.assume_role_policy_document.clone(),
        fitting => fitting?,
    };
    if account.roles().count() >= MAX_ROLES {
        return Err(quota("RolesPerAccount", MAX_ROLES));
    }
    let boundary = input.permissions_boundary.as_ref();
    let record = RoleRecord {
        account: call.account(),
        id: unique_id(cx.entropy, "AROA"),
        name: input.role_name.clone(),
        path,
        created_at: cx.now,
        description: input.description.clone().unwrap_or_default(),
        assume_role_policy_document: trust,
        max_session_duration: input.max_session_duration.unwrap_or(DEFAULT_SESSION),
        policies: AttachedPolicies::default(),
        permissions_boundary: boundary.map(|arn| attachable(cx, &call, arn)).transpose()?,
        tags: super::tags::first(&input.tags)?,
    };
    let role = shown::role_record(cx, &record, &role_arn(call.partition(), call.account(), &record.path, &record.name));
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(RoleOutput { role })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NameInput {
    role_name: String,
}

async fn shown_role<I>(cx: &Context<'_>, call: &Authorized<I>, name: &str) -> Result<ShownRole, Fault> {
    let record = find::<RoleRecord>(account(cx, call)?, name)?;
    let usage = cx.usage().await?;
    let arn = role_arn(call.partition(), call.account(), &record.path, &record.name);
    let mut role = shown::role_record(cx, record, &arn);
    role.role_last_used = Some(shown::role_last_used(usage, &record.id));
    Ok(role)
}

/// One role.
pub(super) async fn get_role(cx: &Context<'_>, call: Authorized<NameInput>) -> Result<RoleOutput, Fault> {
    Ok(RoleOutput { role: shown_role(cx, &call, &call.input.role_name).await? })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    roles: Vec<ShownRole>,
    #[serde(flatten)]
    paging: Paging,
}

/// The roles under a path.
pub(super) async fn list_roles(cx: &Context<'_>, call: Authorized<UnderInput>) -> Result<ListOutput, Fault> {
    let input = &call.input;
    let roles = account(cx, &call)?.roles().filter(|role| under(&role.record.path, input.path_prefix.as_ref()));
    let roles = roles.map(|role| shown::listed_role(cx, role)).collect();
    let key = |role: &ShownRole| role.role_name.to_ascii_lowercase();
    let (roles, paging) = listed(cx, &call, "ListRoles", roles, key)?;
    Ok(ListOutput { roles, paging })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TrustInput {
    role_name: String,
    policy_document: String,
}

/// Replaces the trust policy.
pub(super) async fn update_assume_role_policy(
    cx: &Context<'_>,
    call: Authorized<TrustInput>,
) -> Result<Nothing, Fault> {
    let mut record = find::<RoleRecord>(account(cx, &call)?, &call.input.role_name)?.clone();
    record.changeable()?;
    record.assume_role_policy_document = fitting_trust(cx, &call.input.policy_document)?;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    role_name: String,
    description: Option<String>,
    max_session_duration: Option<u32>,
}

fn update(cx: &Context<'_>, call: &Authorized<UpdateInput>) -> Result<(), Fault> {
    let input = &call.input;
    let mut record = find::<RoleRecord>(account(cx, call)?, &input.role_name)?.clone();
    // The description is all that may be changed of a service-linked role.
    if input.max_session_duration.is_some() {
        record.changeable()?;
    }
    if let Some(description) = &input.description {
        record.description.clone_from(description);
    }
    if let Some(seconds) = input.max_session_duration {
        record.max_session_duration = seconds;
    }
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(())
}

/// Changes description and longest session.
pub(super) async fn update_role(cx: &Context<'_>, call: Authorized<UpdateInput>) -> Result<Nothing, Fault> {
    update(cx, &call)?;
    Ok(Nothing {})
}

/// Changes the description.
pub(super) async fn update_role_description(
    cx: &Context<'_>,
    call: Authorized<UpdateInput>,
) -> Result<RoleOutput, Fault> {
    update(cx, &call)?;
    let mut role = shown_role(cx, &call, &call.input.role_name).await?;
    role.description = call.input.description.clone().unwrap_or_default();
    Ok(RoleOutput { role })
}

/// Deletes a role without policies.
pub(super) async fn delete_role(cx: &Context<'_>, call: Authorized<NameInput>) -> Result<Nothing, Fault> {
    let account = account(cx, &call)?;
    let record = find::<RoleRecord>(account, &call.input.role_name)?;
    record.changeable()?;
    if !record.policies.managed.is_empty() {
        return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if !record.policies.inline.is_empty() {
        return Err(delete_conflict("Cannot delete entity, must delete policies first."));
    }
    if super::instance_profiles::of_role(account, &record.id).next().is_some() {
        return Err(delete_conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    let key = RecordKey { kind: RecordKind::Role, account: Some(call.account()), id: record.id.clone() };
    cx.commit_directory(DirectoryChange::new().delete(key));
    Ok(Nothing {})
}
