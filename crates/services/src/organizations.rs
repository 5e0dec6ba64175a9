//! AWS Organizations: the organization, its tree, and its policies.

mod accounts;
mod policies;
mod tree;

use std::sync::Arc;

use bailiwick_authority::{Organization, Tags};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Partition};
use serde::{Deserialize, Serialize};

use crate::page::page;
use crate::{Authorized, Context};

crate::operation::operations! {
    AttachPolicy => policies::attach_policy,
    CreateOrganizationalUnit => tree::create_organizational_unit,
    CreatePolicy => policies::create_policy,
    DeletePolicy => policies::delete_policy,
    DescribeAccount => accounts::describe_account,
    DescribeOrganization => accounts::describe_organization,
    DescribeOrganizationalUnit => tree::describe_organizational_unit,
    DescribePolicy => policies::describe_policy,
    DetachPolicy => policies::detach_policy,
    ListAccounts => accounts::list_accounts,
    ListAccountsForParent => accounts::list_accounts_for_parent,
    ListOrganizationalUnitsForParent => tree::list_organizational_units_for_parent,
    ListParents => tree::list_parents,
    ListPolicies => policies::list_policies,
    ListPoliciesForTarget => policies::list_policies_for_target,
    ListRoots => tree::list_roots,
    ListTargetsForPolicy => policies::list_targets_for_policy,
    MoveAccount => accounts::move_account,
    UpdatePolicy => policies::update_policy,
}

/// The page size of Organizations' lists, and its limit. Source: the Organizations API reference.
const PAGE: u32 = 20;

/// An error of Organizations: every modelled one answers 400.
fn fault(code: &'static str, message: impl Into<String>) -> Fault {
    Fault::sender(code, 400, message)
}

/// The organization, which AWS asks for before anything else.
fn organization<'a>(cx: &'a Context<'_>) -> Result<&'a Arc<Organization>, Fault> {
    cx.directory
        .organization()
        .ok_or_else(|| fault("AWSOrganizationsNotInUseException", "Your account is not a member of an organization."))
}

/// An ARN of Organizations: they always stand in the management account.
fn arn(partition: &Partition, management: AccountId, resource: &str) -> String {
    format!("arn:{partition}:organizations::{management}:{resource}")
}

/// A page of a list with Organizations' sizes and its error for a token that is not one.
fn listed<I, T>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    operation: &str,
    items: Vec<T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    size: Option<u32>,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let size = usize::try_from(size.unwrap_or(PAGE).clamp(1, PAGE)).unwrap_or(1);
    let scope = format!("organizations:{operation} {}", call.account());
    let page = page(cx.vault, &scope, items, key, token, size)
        .ok_or_else(|| fault("InvalidInputException", "You specified an invalid value for NextToken."))??;
    Ok((page.items, page.next))
}

/// A name with its id, as several lists show them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct IdAndType {
    id: String,
    r#type: &'static str,
}

/// A tag, as Organizations writes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

/// Tags as a map; of a key that is given twice the last value stays.
fn tags(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}
