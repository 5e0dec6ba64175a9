//! Everything of an account at once: users, groups, roles, policies and how they hang together.

use std::collections::BTreeMap;

use bailiwick_authority::record::AttachedPolicies;
use bailiwick_authority::{Account, Group, ManagedPolicy, Role, Usage, User};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::attached::{self, AttachedPolicy};
use super::document::encoded;
use super::instance_profiles::{ShownProfile, listed_profile, of_role};
use super::policies::Uses;
use super::shown::{Boundary, RoleLastUsed, ShownPolicy, Tag};
use super::versions::Version;
use super::{Paging, account, listed, shown, versions};
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DetailsInput {
    #[serde(default)]
    filter: Vec<String>,
    max_items: Option<usize>,
    marker: Option<String>,
}

super::paging::paged!(DetailsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDetail {
    policy_name: String,
    policy_document: String,
}

fn inline(policies: &AttachedPolicies) -> Vec<PolicyDetail> {
    let detail = |(name, document): (&String, &String)| PolicyDetail {
        policy_name: name.clone(),
        policy_document: encoded(document),
    };
    policies.inline.iter().map(detail).collect()
}

fn attached(policies: &AttachedPolicies) -> Vec<AttachedPolicy> {
    policies.managed.iter().map(|arn| attached::shown(arn)).collect()
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserDetail {
    path: String,
    user_name: String,
    user_id: String,
    arn: String,
    create_date: Timestamp,
    user_policy_list: Vec<PolicyDetail>,
    group_list: Vec<String>,
    attached_managed_policies: Vec<AttachedPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<Boundary>,
    tags: Vec<Tag>,
}

fn user(account: &Account, user: &User) -> UserDetail {
    let record = &user.record;
    let groups = record.groups.iter().filter_map(|id| account.group_by_id(id));
    UserDetail {
        path: record.path.clone(),
        user_name: record.name.clone(),
        user_id: record.id.clone(),
        arn: user.arn.clone(),
        create_date: record.created_at,
        user_policy_list: inline(&record.policies),
        group_list: groups.map(|group| group.record.name.clone()).collect(),
        attached_managed_policies: attached(&record.policies),
        permissions_boundary: shown::boundary(record.permissions_boundary.as_ref()),
        tags: shown::tags(&record.tags),
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct GroupDetail {
    path: String,
    group_name: String,
    group_id: String,
    arn: String,
    create_date: Timestamp,
    group_policy_list: Vec<PolicyDetail>,
    attached_managed_policies: Vec<AttachedPolicy>,
}

fn group(group: &Group) -> GroupDetail {
    let record = &group.record;
    GroupDetail {
        path: record.path.clone(),
        group_name: record.name.clone(),
        group_id: record.id.clone(),
        arn: group.arn.clone(),
        create_date: record.created_at,
        group_policy_list: inline(&record.policies),
        attached_managed_policies: attached(&record.policies),
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RoleDetail {
    path: String,
    role_name: String,
    role_id: String,
    arn: String,
    create_date: Timestamp,
    assume_role_policy_document: String,
    instance_profile_list: Vec<ShownProfile>,
    role_policy_list: Vec<PolicyDetail>,
    attached_managed_policies: Vec<AttachedPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions_boundary: Option<Boundary>,
    tags: Vec<Tag>,
    role_last_used: RoleLastUsed,
}

fn role(cx: &Context<'_>, usage: &Usage, account: &Account, role: &Role) -> RoleDetail {
    let record = &role.record;
    RoleDetail {
        path: record.path.clone(),
        role_name: record.name.clone(),
        role_id: record.id.clone(),
        arn: role.arn.clone(),
        create_date: record.created_at,
        assume_role_policy_document: shown::trust(cx, record),
        instance_profile_list: of_role(account, &record.id).map(|of| listed_profile(cx, account, of)).collect(),
        role_policy_list: inline(&record.policies),
        attached_managed_policies: attached(&record.policies),
        permissions_boundary: shown::boundary(record.permissions_boundary.as_ref()),
        tags: shown::tags(&record.tags),
        role_last_used: shown::role_last_used(usage, &record.id),
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ManagedPolicyDetail {
    #[serde(flatten)]
    policy: ShownPolicy,
    policy_version_list: Vec<Version>,
}

fn own_policy(policy: &ManagedPolicy, uses: &Uses) -> ManagedPolicyDetail {
    let record = &policy.record;
    let versions = record.versions.iter().rev().map(|version| versions::shown(record, version, true));
    ManagedPolicyDetail {
        policy: ShownPolicy { tags: None, ..shown::policy(record, &policy.arn, uses.get(&policy.arn)) },
        policy_version_list: versions.collect(),
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DetailsOutput {
    user_detail_list: Vec<UserDetail>,
    group_detail_list: Vec<GroupDetail>,
    role_detail_list: Vec<RoleDetail>,
    policies: Vec<ManagedPolicyDetail>,
    #[serde(flatten)]
    paging: Paging,
}

/// What a page may hold: the word of the filter, and the ARN.
type Item = (&'static str, String);

/// The account in detail. Of AWS's policies those are told that something uses.
pub(super) async fn get_account_authorization_details(
    cx: &Context<'_>,
    call: Authorized<DetailsInput>,
) -> Result<DetailsOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let usage = cx.usage().await?;
    let uses = Uses::of(account);
    let users: BTreeMap<&str, &User> = account.users().map(|user| (user.arn.as_str(), user.as_ref())).collect();
    let groups: BTreeMap<&str, &Group> = account.groups().map(|group| (group.arn.as_str(), group.as_ref())).collect();
    let roles: BTreeMap<&str, &Role> = account.roles().map(|role| (role.arn.as_str(), role.as_ref())).collect();
    let mut aws: BTreeMap<String, super::policies::AwsPolicy> =
        super::policies::aws_policies(cx, call.partition(), &uses)?
            .into_iter()
            .filter(|policy| uses.get(&policy.shown.arn) != (0, 0))
            .map(|policy| (policy.shown.arn.clone(), policy))
            .collect();

    let items = users
        .keys()
        .map(|arn| ("User", (*arn).to_owned()))
        .chain(groups.keys().map(|arn| ("Group", (*arn).to_owned())))
        .chain(roles.keys().map(|arn| ("Role", (*arn).to_owned())))
        .chain(account.managed_policies().map(|policy| ("LocalManagedPolicy", policy.arn.clone())))
        .chain(aws.keys().map(|arn| ("AWSManagedPolicy", arn.clone())));
    let wanted: Vec<Item> =
        items.filter(|(kind, _)| input.filter.is_empty() || input.filter.iter().any(|word| word == kind)).collect();
    let key = |(kind, arn): &Item| format!("{kind} {arn}");
    let scope = "GetAccountAuthorizationDetails";
    let (items, paging) = listed(cx, &call, scope, wanted, key)?;

    let mut output = DetailsOutput {
        user_detail_list: Vec::new(),
        group_detail_list: Vec::new(),
        role_detail_list: Vec::new(),
        policies: Vec::new(),
        paging,
    };
    for (kind, arn) in &items {
        match *kind {
            "User" => output.user_detail_list.extend(users.get(arn.as_str()).map(|found| user(account, found))),
            "Group" => output.group_detail_list.extend(groups.get(arn.as_str()).map(|found| group(found))),
            "Role" => {
                output.role_detail_list.extend(roles.get(arn.as_str()).map(|found| role(cx, usage, account, found)))
            }
            "LocalManagedPolicy" => {
                output.policies.extend(account.managed_policy(arn).map(|policy| own_policy(policy, &uses)));
            }
            _ => {
                let Some(policy) = aws.remove(arn) else { continue };
                let document = cx.pack.managed_policy_document(arn);
                let document = document.map_err(|error| crate::fault::internal(&error.to_string()))?;
                output.policies.push(ManagedPolicyDetail {
                    policy_version_list: vec![versions::aws(policy.version, policy.updated, document.as_deref())],
                    policy: policy.shown,
                });
            }
        }
    }
    Ok(output)
}
