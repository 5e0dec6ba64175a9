//! AWS IAM: users, groups, roles, policies and access keys of the directory.
//!
//! Users, groups and roles hold policies in the same ways; what differs between them is in [`holder`], and the operations
//! on policies are written once for all three.

mod account;
mod attached;
mod boundaries;
mod details;
mod document;
mod entities;
mod groups;
mod holder;
mod inline;
mod keys;
mod policies;
mod roles;
mod shown;
mod simulate;
mod tags;
mod users;
mod versions;

use std::sync::Arc;

use bailiwick_authority::Account;
use bailiwick_authority::record::{GroupRecord, ManagedPolicyRecord, RoleRecord, UserRecord};
use bailiwick_aws::fault::Fault;
use serde::Serialize;

use crate::page::page;
use crate::{Authorized, Context};

crate::operation::operations! {
    AddUserToGroup => groups::add_user_to_group,
    AttachGroupPolicy => attached::attach::<GroupRecord>,
    AttachRolePolicy => attached::attach::<RoleRecord>,
    AttachUserPolicy => attached::attach::<UserRecord>,
    CreateAccessKey => keys::create_access_key,
    CreateAccountAlias => account::create_account_alias,
    CreateGroup => groups::create_group,
    CreatePolicy => policies::create_policy,
    CreatePolicyVersion => versions::create_policy_version,
    CreateRole => roles::create_role,
    CreateUser => users::create_user,
    DeleteAccessKey => keys::delete_access_key,
    DeleteAccountAlias => account::delete_account_alias,
    DeleteGroup => groups::delete_group,
    DeleteGroupPolicy => inline::delete::<GroupRecord>,
    DeletePolicy => policies::delete_policy,
    DeletePolicyVersion => versions::delete_policy_version,
    DeleteRole => roles::delete_role,
    DeleteRolePermissionsBoundary => boundaries::delete::<RoleRecord>,
    DeleteRolePolicy => inline::delete::<RoleRecord>,
    DeleteUser => users::delete_user,
    DeleteUserPermissionsBoundary => boundaries::delete::<UserRecord>,
    DeleteUserPolicy => inline::delete::<UserRecord>,
    DetachGroupPolicy => attached::detach::<GroupRecord>,
    DetachRolePolicy => attached::detach::<RoleRecord>,
    DetachUserPolicy => attached::detach::<UserRecord>,
    GetAccessKeyLastUsed => keys::get_access_key_last_used,
    GetAccountAuthorizationDetails => details::get_account_authorization_details,
    GetAccountSummary => account::get_account_summary,
    GetContextKeysForCustomPolicy => simulate::get_context_keys_for_custom_policy,
    GetContextKeysForPrincipalPolicy => simulate::get_context_keys_for_principal_policy,
    GetGroup => groups::get_group,
    GetGroupPolicy => inline::get::<GroupRecord>,
    GetPolicy => policies::get_policy,
    GetPolicyVersion => versions::get_policy_version,
    GetRole => roles::get_role,
    GetRolePolicy => inline::get::<RoleRecord>,
    GetUser => users::get_user,
    GetUserPolicy => inline::get::<UserRecord>,
    ListAccessKeys => keys::list_access_keys,
    ListAccountAliases => account::list_account_aliases,
    ListAttachedGroupPolicies => attached::list::<GroupRecord>,
    ListAttachedRolePolicies => attached::list::<RoleRecord>,
    ListAttachedUserPolicies => attached::list::<UserRecord>,
    ListEntitiesForPolicy => entities::list_entities_for_policy,
    ListGroupPolicies => inline::list::<GroupRecord>,
    ListGroups => groups::list_groups,
    ListGroupsForUser => groups::list_groups_for_user,
    ListPolicies => policies::list_policies,
    ListPolicyTags => tags::list::<ManagedPolicyRecord>,
    ListPolicyVersions => versions::list_policy_versions,
    ListRolePolicies => inline::list::<RoleRecord>,
    ListRoleTags => tags::list::<RoleRecord>,
    ListRoles => roles::list_roles,
    ListUserPolicies => inline::list::<UserRecord>,
    ListUserTags => tags::list::<UserRecord>,
    ListUsers => users::list_users,
    PutGroupPolicy => inline::put::<GroupRecord>,
    PutRolePermissionsBoundary => boundaries::put::<RoleRecord>,
    PutRolePolicy => inline::put::<RoleRecord>,
    PutUserPermissionsBoundary => boundaries::put::<UserRecord>,
    PutUserPolicy => inline::put::<UserRecord>,
    RemoveUserFromGroup => groups::remove_user_from_group,
    SetDefaultPolicyVersion => versions::set_default_policy_version,
    SimulateCustomPolicy => simulate::simulate_custom_policy,
    SimulatePrincipalPolicy => simulate::simulate_principal_policy,
    TagPolicy => tags::tag::<ManagedPolicyRecord>,
    TagRole => tags::tag::<RoleRecord>,
    TagUser => tags::tag::<UserRecord>,
    UntagPolicy => tags::untag::<ManagedPolicyRecord>,
    UntagRole => tags::untag::<RoleRecord>,
    UntagUser => tags::untag::<UserRecord>,
    UpdateAccessKey => keys::update_access_key,
    UpdateAssumeRolePolicy => roles::update_assume_role_policy,
    UpdateGroup => groups::update_group,
    UpdateRole => roles::update_role,
    UpdateRoleDescription => roles::update_role_description,
    UpdateUser => users::update_user,
}

/// How many items a page holds when the request names no number, and the most it may name.
/// Source: the IAM API reference, `MaxItems`.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;

fn no_such_entity(message: impl Into<String>) -> Fault {
    Fault::sender("NoSuchEntity", 404, message)
}

fn already_exists(message: impl Into<String>) -> Fault {
    Fault::sender("EntityAlreadyExists", 409, message)
}

fn delete_conflict(message: &str) -> Fault {
    Fault::sender("DeleteConflict", 409, message)
}

fn limit_exceeded(message: impl Into<String>) -> Fault {
    Fault::sender("LimitExceeded", 409, message)
}

fn invalid_input(message: impl Into<String>) -> Fault {
    Fault::sender("InvalidInput", 400, message)
}

fn validation(message: impl Into<String>) -> Fault {
    Fault::sender("ValidationError", 400, message)
}

/// A quota of IAM that would be passed.
fn quota(name: &str, limit: usize) -> Fault {
    limit_exceeded(format!("Cannot exceed quota for {name}: {limit}"))
}

/// The caller's account.
fn account<'a, I>(cx: &'a Context<'_>, call: &Authorized<I>) -> Result<&'a Arc<Account>, Fault> {
    let found = cx.directory.account(call.account());
    found.ok_or_else(|| crate::fault::internal("the account of an authorized call is not in the directory"))
}

/// What every list of IAM answers beside its items.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Paging {
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
}

/// A page of a list. The scope says which list it is, so that its markers fit no other.
fn listed<I, T>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    scope: &str,
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    marker: Option<&str>,
    size: Option<usize>,
) -> Result<(Vec<T>, Paging), Fault> {
    let size = size.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let scope = format!("iam:{scope} {}", call.account());
    let page = page(cx.vault, &scope, items, key, marker, size).ok_or_else(|| validation("Invalid Marker."))??;
    Ok((page.items, Paging { is_truncated: page.next.is_some(), marker: page.next }))
}

/// Whether a path is under a prefix; every path is under none.
fn under(path: &str, prefix: Option<&String>) -> bool {
    prefix.is_none_or(|prefix| path.starts_with(prefix.as_str()))
}

/// The path of a new entity, `/` when none is given.
fn path(given: Option<&String>) -> String {
    given.cloned().unwrap_or_else(|| "/".to_owned())
}
