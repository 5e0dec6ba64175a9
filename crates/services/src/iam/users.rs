//! Users.

use std::sync::Arc;

use bailiwick_authority::record::{AttachedPolicies, UserRecord};
use bailiwick_authority::{DirectoryChange, Principal, RecordKey, RecordKind, User, unique_id, user_arn};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::attached::attachable;
use super::paging::UnderInput;
use super::shown::{ShownUser, Tag};
use super::{
    Paging, account, already_exists, delete_conflict, holder, listed, no_such_entity, path, quota, shown, under,
};
use crate::operation::Nothing;
use crate::{Authorized, Context, sign_in};

/// Users of an account. Source: AWS's IAM guide, "IAM and STS quotas".
pub(super) const MAX_USERS: usize = 5_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    path: Option<String>,
    user_name: String,
    permissions_boundary: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserOutput {
    user: ShownUser,
}

/// Creates a user, without any policy or credentials.
pub(super) async fn create_user(cx: &Context<'_>, call: Authorized<CreateInput>) -> Result<UserOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    if account.user(&input.user_name).is_some() {
        return Err(already_exists(format!("User with name {} already exists.", input.user_name)));
    }
    if account.users().count() >= MAX_USERS {
        return Err(quota("UsersPerAccount", MAX_USERS));
    }
    let boundary = input.permissions_boundary.as_ref();
    let record = UserRecord {
        account: call.account(),
        id: unique_id(cx.entropy, "AIDA"),
        name: input.user_name.clone(),
        path: path(input.path.as_ref()),
        created_at: cx.now,
        groups: Vec::new(),
        policies: AttachedPolicies::default(),
        permissions_boundary: boundary.map(|arn| attachable(cx, &call, arn)).transpose()?,
        tags: super::tags::first(&input.tags)?,
    };
    let user = shown::user_record(&record, &user_arn(call.partition(), call.account(), &record.path, &record.name));
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(UserOutput { user })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    user_name: Option<String>,
}

/// The user that a request means: the one it names, else the caller.
pub(super) fn meant<'a, I>(
    cx: &'a Context<'_>,
    call: &Authorized<I>,
    name: Option<&String>,
) -> Result<&'a User, Fault> {
    let account = account(cx, call)?;
    let found = match (name, &call.caller().principal) {
        (Some(name), _) => {
            holder::find::<UserRecord>(account, name)?;
            account.user(name)
        }
        (None, Principal::User { id, .. }) => account.user_by_id(id),
        (None, _) => None,
    };
    found.map(AsRef::as_ref).ok_or_else(must_name)
}

/// As [`meant`], for what the root user has, too: `None` is the root user that asks for its own.
pub(super) fn meant_or_root<'a, I>(
    cx: &'a Context<'_>,
    call: &Authorized<I>,
    name: Option<&String>,
) -> Result<Option<&'a User>, Fault> {
    match (name, &call.caller().principal) {
        (None, Principal::Root { .. }) => Ok(None),
        _ => meant(cx, call, name).map(Some),
    }
}

fn must_name() -> Fault {
    super::validation("Must specify userName when calling with non-User credentials")
}

/// One user; without a name the caller, which may be the root user.
pub(super) async fn get_user(cx: &Context<'_>, call: Authorized<GetInput>) -> Result<UserOutput, Fault> {
    if let (None, Principal::Root { account: id }) = (&call.input.user_name, &call.caller().principal) {
        let account = account(cx, &call)?.record();
        let arn = format!("arn:{}:iam::{id}:root", call.partition());
        return Ok(UserOutput { user: shown::root(account, &arn) });
    }
    let user = meant(cx, &call, call.input.user_name.as_ref())?;
    let password_last_used = sign_in::last_used(cx, user).await?;
    Ok(UserOutput { user: shown::user(user).with_password_used(password_last_used) })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    users: Vec<ShownUser>,
    #[serde(flatten)]
    paging: Paging,
}

/// The users under a path.
pub(super) async fn list_users(cx: &Context<'_>, call: Authorized<UnderInput>) -> Result<ListOutput, Fault> {
    let input = &call.input;
    let users = account(cx, &call)?.users().filter(|user| under(&user.record.path, input.path_prefix.as_ref()));
    let used = sign_in::last_used_of_all(cx, call.account()).await?;
    let shown = |user: &Arc<User>| shown::listed_user(user).with_password_used(used.get(&user.record.id).copied());
    let users = users.map(shown).collect();
    let key = |user: &ShownUser| user.user_name.to_ascii_lowercase();
    let (users, paging) = listed(cx, &call, "ListUsers", users, key)?;
    Ok(ListOutput { users, paging })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    user_name: String,
    new_path: Option<String>,
    new_user_name: Option<String>,
}

/// People of the chat who also are a user follow it to its new ARN, or stop being it when it goes: a user made later
/// under the old name is somebody else.
fn relinked(cx: &Context<'_>, old: &str, new: Option<&String>) -> DirectoryChange {
    let persons = cx.directory.accounts().flat_map(|account| account.persons());
    persons.filter(|person| person.iam_principal.as_deref() == Some(old)).fold(
        DirectoryChange::new(),
        |change, person| {
            let mut person = person.clone();
            person.iam_principal = new.cloned();
            change.put(person)
        },
    )
}

/// Renames or moves a user. Its unique id stays.
pub(super) async fn update_user(cx: &Context<'_>, call: Authorized<UpdateInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let mut record = holder::find::<UserRecord>(account, &input.user_name)?.clone();
    let old = user_arn(call.partition(), call.account(), &record.path, &record.name);
    if let Some(name) = &input.new_user_name {
        if account.user(name).is_some_and(|other| other.record.id != record.id) {
            return Err(already_exists(format!("User with name {name} already exists.")));
        }
        record.name.clone_from(name);
    }
    if input.new_path.is_some() {
        record.path = path(input.new_path.as_ref());
    }
    let new = user_arn(call.partition(), call.account(), &record.path, &record.name);
    cx.commit_directory(relinked(cx, &old, Some(&new)).put(record));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    user_name: String,
}

/// Deletes a user that has nothing left.
pub(super) async fn delete_user(cx: &Context<'_>, call: Authorized<DeleteInput>) -> Result<Nothing, Fault> {
    let account = account(cx, &call)?;
    let user = account
        .user(&call.input.user_name)
        .ok_or_else(|| no_such_entity(format!("The user with name {} cannot be found.", call.input.user_name)))?;
    let record = &user.record;
    if !record.policies.managed.is_empty() {
        return Err(delete_conflict("Cannot delete entity, must detach all policies first."));
    }
    if !record.policies.inline.is_empty() {
        return Err(delete_conflict("Cannot delete entity, must delete policies first."));
    }
    if account.access_keys().any(|key| key.user_id.as_deref() == Some(record.id.as_str())) {
        return Err(delete_conflict("Cannot delete entity, must delete access keys first."));
    }
    if account.login_profile(&record.id).is_some() {
        return Err(delete_conflict("Cannot delete entity, must delete login profile first."));
    }
    if super::mfa::of_user(account, &record.id).next().is_some() {
        return Err(delete_conflict("Cannot delete entity, must delete MFA device first."));
    }
    if !super::signing::of_owner(cx, call.partition(), call.account(), &record.id).await?.is_empty() {
        return Err(delete_conflict("Cannot delete entity, must delete signing certificate first."));
    }
    if !record.groups.is_empty() {
        return Err(delete_conflict("Cannot delete entity, must remove users from group first."));
    }
    let key = RecordKey { kind: RecordKind::User, account: Some(call.account()), id: record.id.clone() };
    cx.commit_directory(relinked(cx, &user.arn, None).delete(key));
    Ok(Nothing {})
}
