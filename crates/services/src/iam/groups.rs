//! Groups and their members.

use bailiwick_authority::record::{AttachedPolicies, GroupRecord, UserRecord};
use bailiwick_authority::{DirectoryChange, RecordKey, RecordKind, unique_id};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::holder::find;
use super::paging::{OfInput, UnderInput};
use super::shown::{ShownGroup, ShownUser};
use super::{Paging, account, already_exists, delete_conflict, listed, no_such_entity, path, quota, shown, under};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// Groups of an account, and groups of a user. Source: AWS's IAM guide, "IAM and STS quotas".
pub(super) const MAX_GROUPS: usize = 300;
pub(super) const MAX_GROUPS_OF_USER: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    path: Option<String>,
    group_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupOutput {
    group: ShownGroup,
}

/// Creates a group, without any policy.
pub(super) async fn create_group(cx: &Context<'_>, call: Authorized<CreateInput>) -> Result<GroupOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    if account.group(&input.group_name).is_some() {
        return Err(already_exists(format!("Group with name {} already exists.", input.group_name)));
    }
    if account.groups().count() >= MAX_GROUPS {
        return Err(quota("GroupsPerAccount", MAX_GROUPS));
    }
    let record = GroupRecord {
        account: call.account(),
        id: unique_id(cx.entropy, "AGPA"),
        name: input.group_name.clone(),
        path: path(input.path.as_ref()),
        created_at: cx.now,
        policies: AttachedPolicies::default(),
    };
    let arn = format!("arn:{}:iam::{}:group{}{}", call.partition(), call.account(), record.path, record.name);
    let group = shown::group_record(&record, &arn);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(GroupOutput { group })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetOutput {
    group: ShownGroup,
    users: Vec<ShownUser>,
    #[serde(flatten)]
    paging: Paging,
}

/// A group and the users in it.
pub(super) async fn get_group(cx: &Context<'_>, call: Authorized<OfInput>) -> Result<GetOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let group = account
        .group(&input.name)
        .ok_or_else(|| no_such_entity(format!("The group with name {} cannot be found.", input.name)))?;
    let members = account.users().filter(|user| user.record.groups.contains(&group.record.id));
    let members = members.map(|user| shown::listed_user(user)).collect();
    let scope = format!("GetGroup {}", group.record.id);
    let key = |user: &ShownUser| user.user_name.to_ascii_lowercase();
    let (users, paging) = listed(cx, &call, &scope, members, key)?;
    Ok(GetOutput { group: shown::group(group), users, paging })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    groups: Vec<ShownGroup>,
    #[serde(flatten)]
    paging: Paging,
}

/// The groups under a path.
pub(super) async fn list_groups(cx: &Context<'_>, call: Authorized<UnderInput>) -> Result<ListOutput, Fault> {
    let input = &call.input;
    let groups = account(cx, &call)?.groups().filter(|group| under(&group.record.path, input.path_prefix.as_ref()));
    let groups = groups.map(|group| shown::group(group)).collect();
    let key = |group: &ShownGroup| group.group_name.to_ascii_lowercase();
    let (groups, paging) = listed(cx, &call, "ListGroups", groups, key)?;
    Ok(ListOutput { groups, paging })
}

/// The groups a user is in.
pub(super) async fn list_groups_for_user(cx: &Context<'_>, call: Authorized<OfInput>) -> Result<ListOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let user = find::<UserRecord>(account, &input.name)?;
    let groups = user.groups.iter().filter_map(|id| account.group_by_id(id));
    let groups = groups.map(|group| shown::group(group)).collect();
    let scope = format!("ListGroupsForUser {}", user.id);
    let key = |group: &ShownGroup| group.group_name.to_ascii_lowercase();
    let (groups, paging) = listed(cx, &call, &scope, groups, key)?;
    Ok(ListOutput { groups, paging })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MemberInput {
    group_name: String,
    user_name: String,
}

/// Puts a user into a group; again changes nothing.
pub(super) async fn add_user_to_group(cx: &Context<'_>, call: Authorized<MemberInput>) -> Result<Nothing, Fault> {
    let account = account(cx, &call)?;
    let group = find::<GroupRecord>(account, &call.input.group_name)?;
    let mut user = find::<UserRecord>(account, &call.input.user_name)?.clone();
    if user.groups.contains(&group.id) {
        return Ok(Nothing {});
    }
    if user.groups.len() >= MAX_GROUPS_OF_USER {
        return Err(quota("GroupsPerUser", MAX_GROUPS_OF_USER));
    }
    user.groups.push(group.id.clone());
    cx.commit_directory(DirectoryChange::new().put(user));
    Ok(Nothing {})
}

/// Takes a user out of a group.
pub(super) async fn remove_user_from_group(cx: &Context<'_>, call: Authorized<MemberInput>) -> Result<Nothing, Fault> {
    let account = account(cx, &call)?;
    let group = find::<GroupRecord>(account, &call.input.group_name)?;
    let mut user = find::<UserRecord>(account, &call.input.user_name)?.clone();
    if !user.groups.contains(&group.id) {
        let message = format!("User {} is not in group {}.", user.name, group.name);
        return Err(no_such_entity(message));
    }
    user.groups.retain(|id| *id != group.id);
    cx.commit_directory(DirectoryChange::new().put(user));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    group_name: String,
    new_path: Option<String>,
    new_group_name: Option<String>,
}

/// Renames or moves a group. Its unique id stays.
pub(super) async fn update_group(cx: &Context<'_>, call: Authorized<UpdateInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let mut record = find::<GroupRecord>(account, &input.group_name)?.clone();
    if let Some(name) = &input.new_group_name {
        if account.group(name).is_some_and(|other| other.record.id != record.id) {
            return Err(already_exists(format!("Group with name {name} already exists.")));
        }
        record.name.clone_from(name);
    }
    if input.new_path.is_some() {
        record.path = path(input.new_path.as_ref());
    }
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    group_name: String,
}

/// Deletes a group without members and policies.
pub(super) async fn delete_group(cx: &Context<'_>, call: Authorized<DeleteInput>) -> Result<Nothing, Fault> {
    let account = account(cx, &call)?;
    let group = find::<GroupRecord>(account, &call.input.group_name)?;
    if account.users().any(|user| user.record.groups.contains(&group.id)) {
        return Err(delete_conflict("Cannot delete entity, must remove users from group first."));
    }
    if !group.policies.managed.is_empty() {
        return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if !group.policies.inline.is_empty() {
        return Err(delete_conflict("Cannot delete entity, must delete policies first."));
    }
    let key = RecordKey { kind: RecordKind::Group, account: Some(call.account()), id: group.id.clone() };
    cx.commit_directory(DirectoryChange::new().delete(key));
    Ok(Nothing {})
}
