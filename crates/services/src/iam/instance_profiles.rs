//! Instance profiles: the wrapping in which EC2 takes a role.

use bailiwick_authority::record::{InstanceProfileRecord, RoleRecord};
use bailiwick_authority::{
    Account, DirectoryChange, InstanceProfile, RecordKey, RecordKind, instance_profile_arn, unique_id,
};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::holder::{Holder, find};
use super::paging::{OfInput, UnderInput};
use super::shown::{ShownRole, Tag};
use super::{
    Paging, account, already_exists, delete_conflict, limit_exceeded, listed, no_such_entity, path, quota, shown, under,
};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// Instance profiles of an account. Source: AWS's IAM guide, "IAM and STS quotas".
pub(super) const MAX_PROFILES: usize = 1_000;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownProfile {
    path: String,
    pub(super) instance_profile_name: String,
    instance_profile_id: String,
    arn: String,
    create_date: Timestamp,
    roles: Vec<ShownRole>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

fn shown_record(cx: &Context<'_>, account: &Account, record: &InstanceProfileRecord, arn: &str) -> ShownProfile {
    let role = record.role_id.as_ref().and_then(|id| account.role_by_id(id));
    ShownProfile {
        path: record.path.clone(),
        instance_profile_name: record.name.clone(),
        instance_profile_id: record.id.clone(),
        arn: arn.to_owned(),
        create_date: record.created_at,
        roles: role.into_iter().map(|role| shown::listed_role(cx, role)).collect(),
        tags: shown::tags(&record.tags),
    }
}

/// A profile as lists and details show it, without tags.
pub(super) fn listed_profile(cx: &Context<'_>, account: &Account, profile: &InstanceProfile) -> ShownProfile {
    ShownProfile { tags: Vec::new(), ..shown_record(cx, account, &profile.record, &profile.arn) }
}

/// The profiles a role is in.
pub(super) fn of_role<'a>(account: &'a Account, role_id: &'a str) -> impl Iterator<Item = &'a InstanceProfile> {
    let inside = move |profile: &&InstanceProfile| profile.record.role_id.as_deref() == Some(role_id);
    account.instance_profiles().map(AsRef::as_ref).filter(inside)
}

/// A profile by its name, or IAM's answer that there is none.
pub(super) fn named<'a>(account: &'a Account, name: &str) -> Result<&'a InstanceProfile, Fault> {
    let found = account.instance_profile(name).map(AsRef::as_ref);
    found.ok_or_else(|| no_such_entity(format!("Instance Profile {name} cannot be found.")))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    instance_profile_name: String,
    path: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProfileOutput {
    instance_profile: ShownProfile,
}

/// Creates an instance profile, without a role.
pub(super) async fn create_instance_profile(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<ProfileOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    if account.instance_profile(&input.instance_profile_name).is_some() {
        return Err(already_exists(format!("Instance Profile {} already exists.", input.instance_profile_name)));
    }
    if account.instance_profiles().count() >= MAX_PROFILES {
        return Err(quota("InstanceProfilesPerAccount", MAX_PROFILES));
    }
    let record = InstanceProfileRecord {
        account: call.account(),
        id: unique_id(cx.entropy, "AIPA"),
        name: input.instance_profile_name.clone(),
        path: path(input.path.as_ref()),
        role_id: None,
        created_at: cx.now,
        tags: super::tags::first(&input.tags)?,
    };
    let arn = instance_profile_arn(call.partition(), call.account(), &record.path, &record.name);
    let instance_profile = shown_record(cx, account, &record, &arn);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(ProfileOutput { instance_profile })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NameInput {
    instance_profile_name: String,
}

/// One instance profile, with its role.
pub(super) async fn get_instance_profile(
    cx: &Context<'_>,
    call: Authorized<NameInput>,
) -> Result<ProfileOutput, Fault> {
    let account = account(cx, &call)?;
    let profile = named(account, &call.input.instance_profile_name)?;
    Ok(ProfileOutput { instance_profile: shown_record(cx, account, &profile.record, &profile.arn) })
}

/// Deletes an instance profile that has no role.
pub(super) async fn delete_instance_profile(cx: &Context<'_>, call: Authorized<NameInput>) -> Result<Nothing, Fault> {
    let profile = named(account(cx, &call)?, &call.input.instance_profile_name)?;
    if profile.record.role_id.is_some() {
        return Err(delete_conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    let id = profile.record.id.clone();
    let key = RecordKey { kind: RecordKind::InstanceProfile, account: Some(call.account()), id };
    cx.commit_directory(DirectoryChange::new().delete(key));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleInput {
    instance_profile_name: String,
    role_name: String,
}

/// Puts a role into a profile, which takes one.
pub(super) async fn add_role_to_instance_profile(
    cx: &Context<'_>,
    call: Authorized<RoleInput>,
) -> Result<Nothing, Fault> {
    let account = account(cx, &call)?;
    let mut record = named(account, &call.input.instance_profile_name)?.record.clone();
    let role = find::<RoleRecord>(account, &call.input.role_name)?;
    role.changeable()?;
    if record.role_id.is_some() {
        return Err(limit_exceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"));
    }
    record.role_id = Some(role.id.clone());
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

/// Takes the role out of a profile.
pub(super) async fn remove_role_from_instance_profile(
    cx: &Context<'_>,
    call: Authorized<RoleInput>,
) -> Result<Nothing, Fault> {
    let account = account(cx, &call)?;
    let mut record = named(account, &call.input.instance_profile_name)?.record.clone();
    let role = find::<RoleRecord>(account, &call.input.role_name)?;
    if record.role_id.as_ref() != Some(&role.id) {
        return Err(no_such_entity(format!("The role with name {} cannot be found.", call.input.role_name)));
    }
    record.role_id = None;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    instance_profiles: Vec<ShownProfile>,
    #[serde(flatten)]
    paging: Paging,
}

fn key(profile: &ShownProfile) -> String {
    profile.instance_profile_name.to_ascii_lowercase()
}

/// The instance profiles under a path.
pub(super) async fn list_instance_profiles(
    cx: &Context<'_>,
    call: Authorized<UnderInput>,
) -> Result<ListOutput, Fault> {
    let account = account(cx, &call)?;
    let prefix = call.input.path_prefix.as_ref();
    let profiles = account.instance_profiles().filter(|profile| under(&profile.record.path, prefix));
    let profiles = profiles.map(|profile| listed_profile(cx, account, profile)).collect();
    let (instance_profiles, paging) = listed(cx, &call, "ListInstanceProfiles", profiles, key)?;
    Ok(ListOutput { instance_profiles, paging })
}

/// The instance profiles a role is in.
pub(super) async fn list_instance_profiles_for_role(
    cx: &Context<'_>,
    call: Authorized<OfInput>,
) -> Result<ListOutput, Fault> {
    let account = account(cx, &call)?;
    let role = find::<RoleRecord>(account, &call.input.name)?;
    let profiles = of_role(account, &role.id).map(|profile| listed_profile(cx, account, profile)).collect();
    let scope = format!("ListInstanceProfilesForRole {}", role.id);
    let (instance_profiles, paging) = listed(cx, &call, &scope, profiles, key)?;
    Ok(ListOutput { instance_profiles, paging })
}
