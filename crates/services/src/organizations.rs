//! AWS Organizations: the organization, its accounts, its tree, its policies, and what it agrees on with accounts.

mod accounts;
mod administrators;
mod attachments;
mod content;
mod creation;
mod delegation;
mod effective;
mod handshakes;
mod joining;
mod organization;
mod policies;
mod problems;
mod service_principals;
mod tags;
mod tree;
mod types;

use std::sync::Arc;

use bailiwick_authority::Organization;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Partition};
use serde::{Deserialize, Serialize};

use crate::page::page;
use crate::{Authorized, Context};
pub(crate) use problems::refused;

crate::operation::operations! {
    AcceptHandshake => handshakes::accept_handshake,
    AttachPolicy => attachments::attach_policy,
    CancelHandshake => handshakes::cancel_handshake,
    CloseAccount => accounts::close_account,
    CreateAccount => creation::create_account,
    CreateGovCloudAccount => creation::create_gov_cloud_account,
    CreateOrganization => organization::create_organization,
    CreateOrganizationalUnit => tree::create_organizational_unit,
    CreatePolicy => policies::create_policy,
    DeclineHandshake => handshakes::decline_handshake,
    DeleteOrganization => organization::delete_organization,
    DeleteOrganizationalUnit => tree::delete_organizational_unit,
    DeletePolicy => policies::delete_policy,
    DeleteResourcePolicy => delegation::delete_resource_policy,
    DeregisterDelegatedAdministrator => administrators::deregister_delegated_administrator,
    DescribeAccount => accounts::describe_account,
    DescribeCreateAccountStatus => creation::describe_create_account_status,
    DescribeEffectivePolicy => effective::describe_effective_policy,
    DescribeHandshake => handshakes::describe_handshake,
    DescribeOrganization => organization::describe_organization,
    DescribeOrganizationalUnit => tree::describe_organizational_unit,
    DescribePolicy => policies::describe_policy,
    DescribeResourcePolicy => delegation::describe_resource_policy,
    DetachPolicy => attachments::detach_policy,
    DisableAWSServiceAccess => administrators::disable_aws_service_access,
    DisablePolicyType => types::disable_policy_type,
    EnableAWSServiceAccess => administrators::enable_aws_service_access,
    EnableAllFeatures => organization::enable_all_features,
    EnablePolicyType => types::enable_policy_type,
    InviteAccountToOrganization => handshakes::invite_account_to_organization,
    LeaveOrganization => accounts::leave_organization,
    ListAWSServiceAccessForOrganization => administrators::list_aws_service_access_for_organization,
    ListAccounts => accounts::list_accounts,
    ListAccountsForParent => accounts::list_accounts_for_parent,
    ListAccountsWithInvalidEffectivePolicy => effective::list_accounts_with_invalid_effective_policy,
    ListChildren => tree::list_children,
    ListCreateAccountStatus => creation::list_create_account_status,
    ListDelegatedAdministrators => administrators::list_delegated_administrators,
    ListDelegatedServicesForAccount => administrators::list_delegated_services_for_account,
    ListEffectivePolicyValidationErrors => effective::list_effective_policy_validation_errors,
    ListHandshakesForAccount => handshakes::list_handshakes_for_account,
    ListHandshakesForOrganization => handshakes::list_handshakes_for_organization,
    ListOrganizationalUnitsForParent => tree::list_organizational_units_for_parent,
    ListParents => tree::list_parents,
    ListPolicies => policies::list_policies,
    ListPoliciesForTarget => attachments::list_policies_for_target,
    ListRoots => types::list_roots,
    ListTagsForResource => tags::list_tags_for_resource,
    ListTargetsForPolicy => attachments::list_targets_for_policy,
    MoveAccount => accounts::move_account,
    PutResourcePolicy => delegation::put_resource_policy,
    RegisterDelegatedAdministrator => administrators::register_delegated_administrator,
    RemoveAccountFromOrganization => accounts::remove_account_from_organization,
    TagResource => tags::tag_resource,
    UntagResource => tags::untag_resource,
    UpdateOrganizationalUnit => tree::update_organizational_unit,
    UpdatePolicy => policies::update_policy,
}

/// The page size of Organizations' lists, and its limit. Source: the Organizations API reference.
const PAGE: u32 = 20;

/// An error of Organizations: every modelled one answers 400.
fn fault(code: &'static str, message: impl Into<String>) -> Fault {
    Fault::sender(code, 400, message)
}

/// `InvalidInputException` with its reason.
fn invalid(reason: impl Into<String>, message: impl Into<String>) -> Fault {
    fault("InvalidInputException", message).with("Reason", reason.into())
}

/// `ConstraintViolationException` with its reason.
fn constraint(reason: &'static str, message: impl Into<String>) -> Fault {
    fault("ConstraintViolationException", message).with("Reason", reason)
}

/// The organization of the caller's account, which AWS asks for before anything else.
fn organization<'a, I>(cx: &'a Context<'_>, call: &Authorized<I>) -> Result<&'a Arc<Organization>, Fault> {
    cx.directory
        .organization_of(call.account())
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
    let unknown = || {
        let message = "You specified an invalid value for nextToken. You must get the value from the response to a previous call to the API.";
        invalid("INVALID_NEXT_TOKEN", message)
    };
    let page = page(cx.vault, &scope, items, key, token, size).ok_or_else(unknown)??;
    Ok((page.items, page.next))
}

/// As [`listed`], of a list whose order means something.
fn listed_in_order<I, T>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    operation: &str,
    items: Vec<T>,
    token: Option<&str>,
    size: Option<u32>,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let numbered: Vec<(usize, T)> = items.into_iter().enumerate().collect();
    let key = |(number, _): &(usize, T)| format!("{number:08}");
    let (items, next) = listed(cx, call, operation, numbered, key, token, size)?;
    Ok((items.into_iter().map(|(_, item)| item).collect(), next))
}

/// `length` unpredictable lower-case letters and digits.
fn random(cx: &Context<'_>, length: usize) -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0; 32];
        cx.entropy.fill(&mut bytes);
        // 252 is the largest multiple of 36 in a byte: what is above would favour the first letters.
        let letters = bytes.iter().filter(|byte| **byte < 252).filter_map(|byte| LETTERS.get(usize::from(*byte) % 36));
        text.extend(letters.map(|letter| char::from(*letter)).take(length - text.len()));
    }
    text
}

/// A name with its id, as several lists show them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct IdAndType {
    id: String,
    r#type: &'static str,
}

/// The input of lists that take nothing but a page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PageInput {
    next_token: Option<String>,
    max_results: Option<u32>,
}

/// An input without members.
#[derive(Debug, Deserialize)]
struct NoInput {}
