//! The accounts of the organization.

use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::AccountRecord;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{NoInput, PageInput, arn, constraint, fault, joining, listed, organization, types};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// Within how many days so many accounts may be closed, and how many at least: a tenth of the members, but 10 in any case
/// and never more than 1,000. Source: AWS's Organizations guide, "Quotas".
const CLOSING_DAYS: i64 = 30;
const CLOSING: std::ops::RangeInclusive<usize> = 10..=1_000;

/// An account as Organizations shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Account {
    pub(super) id: String,
    arn: String,
    email: String,
    name: String,
    status: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<String>,
    joined_method: String,
    joined_timestamp: Timestamp,
}

impl Account {
    /// Without its paths, which some lists do not show.
    pub(super) fn without_paths(self) -> Self {
        Account { paths: Vec::new(), ..self }
    }
}

/// The account's place, such as `o-x/r-y/ou-z/444455556666/`.
pub(super) fn path(cx: &Context<'_>, id: AccountId) -> Option<String> {
    let account = cx.directory.account(id)?;
    let organization = cx.directory.organization_of(id)?;
    Some(format!("{}{id}/", organization.org_path(account)?))
}

pub(super) fn shown<I>(cx: &Context<'_>, call: &Authorized<I>, record: &AccountRecord) -> Option<Account> {
    let organization = cx.directory.organization()?;
    let membership = record.membership.as_ref()?;
    let resource = format!("account/{}/{}", organization.record().id, record.id);
    Some(Account {
        id: record.id.to_string(),
        arn: arn(call.partition(), organization.management_account(), &resource),
        email: record.email.clone(),
        name: record.name.clone(),
        status: membership.status.clone(),
        state: if membership.is_closed() { "CLOSED" } else { "ACTIVE" },
        paths: path(cx, record.id).into_iter().collect(),
        joined_method: membership.joined_method.clone(),
        joined_timestamp: membership.joined_at,
    })
}

pub(super) fn account_not_found() -> Fault {
    fault("AccountNotFoundException", "You specified an account that doesn't exist.")
}

/// The record of a member of the organization.
pub(super) fn member<'a>(cx: &'a Context<'_>, id: AccountId) -> Result<&'a AccountRecord, Fault> {
    let record = cx.directory.account(id).map(|account| account.record());
    record.filter(|record| record.membership.is_some()).ok_or_else(account_not_found)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountInput {
    account_id: AccountId,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountOutput {
    account: Account,
}

/// One account of the organization.
pub(super) async fn describe_account(cx: &Context<'_>, call: Authorized<AccountInput>) -> Result<AccountOutput, Fault> {
    organization(cx, &call)?;
    let account = shown(cx, &call, member(cx, call.input.account_id)?).ok_or_else(account_not_found)?;
    Ok(AccountOutput { account })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListAccountsOutput {
    accounts: Vec<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Every account of the organization.
pub(super) async fn list_accounts(cx: &Context<'_>, call: Authorized<PageInput>) -> Result<ListAccountsOutput, Fault> {
    organization(cx, &call)?;
    let all = cx.directory.accounts().filter_map(|account| shown(cx, &call, account.record())).collect();
    let PageInput { next_token, max_results } = &call.input;
    let key = |account: &Account| account.id.clone();
    let (accounts, next_token) = listed(cx, &call, "ListAccounts", all, key, next_token.as_deref(), *max_results)?;
    Ok(ListAccountsOutput { accounts, next_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ForParentInput {
    parent_id: String,
    next_token: Option<String>,
    max_results: Option<u32>,
}

/// The accounts directly under a root or unit.
pub(super) async fn list_accounts_for_parent(
    cx: &Context<'_>,
    call: Authorized<ForParentInput>,
) -> Result<ListAccountsOutput, Fault> {
    let ForParentInput { parent_id, next_token, max_results } = &call.input;
    super::tree::require_parent(organization(cx, &call)?, parent_id)?;
    let inside = cx.directory.accounts_in(parent_id).filter_map(|account| shown(cx, &call, account.record())).collect();
    let operation = format!("ListAccountsForParent {parent_id}");
    let key = |account: &Account| account.id.clone();
    let (accounts, next_token) = listed(cx, &call, &operation, inside, key, next_token.as_deref(), *max_results)?;
    Ok(ListAccountsOutput { accounts, next_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MoveAccountInput {
    account_id: AccountId,
    source_parent_id: String,
    destination_parent_id: String,
}

/// Moves an account to another root or unit.
pub(super) async fn move_account(cx: &Context<'_>, call: Authorized<MoveAccountInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let organization = organization(cx, &call)?;
    let mut record = member(cx, input.account_id)?.clone();
    let membership = record.membership.as_mut().ok_or_else(account_not_found)?;
    if super::tree::require_parent(organization, &input.source_parent_id).is_err()
        || membership.parent != input.source_parent_id
    {
        let message = "We can't find a source root or OU with the ParentId that you specified.";
        return Err(fault("SourceParentNotFoundException", message));
    }
    if super::tree::require_parent(organization, &input.destination_parent_id).is_err() {
        let message = "We can't find the destination container (a root or OU) with the ParentId that you specified.";
        return Err(fault("DestinationParentNotFoundException", message));
    }
    if input.source_parent_id == input.destination_parent_id {
        let message = "The account is already a member of the specified destination parent.";
        return Err(fault("DuplicateAccountException", message));
    }
    membership.parent.clone_from(&input.destination_parent_id);
    types::commit_all(cx, organization, DirectoryChange::new().put(record))?;
    Ok(Nothing {})
}

/// Closes an account: it stays in the organization, and nobody acts in it or on it any more.
pub(super) async fn close_account(cx: &Context<'_>, call: Authorized<AccountInput>) -> Result<Nothing, Fault> {
    let id = call.input.account_id;
    let organization = organization(cx, &call)?;
    if id == organization.management_account() {
        let message = "You can't close the management account of an organization. Delete the organization first.";
        return Err(constraint("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", message));
    }
    let mut record = member(cx, id)?.clone();
    let membership = record.membership.as_mut().ok_or_else(account_not_found)?;
    if membership.is_closed() {
        return Err(fault("AccountAlreadyClosedException", "The provided account is already closed."));
    }
    let since = cx.now.plus_seconds(-CLOSING_DAYS * 86_400);
    let memberships = cx.directory.accounts().filter_map(|account| account.record().membership.as_ref());
    let (mut members, mut closed) = (0_usize, 0_usize);
    for of in memberships {
        members += 1;
        closed += usize::from(of.closed_at.is_some_and(|at| at > since));
    }
    if closed >= (members / 10).clamp(*CLOSING.start(), *CLOSING.end()) {
        let message = "You have exceeded close account quota for the past 30 days.";
        return Err(constraint("CLOSE_ACCOUNT_QUOTA_EXCEEDED", message));
    }
    membership.status = "SUSPENDED".to_owned();
    membership.closed_at = Some(cx.now);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

/// Takes a member out of the organization.
pub(super) async fn remove_account_from_organization(
    cx: &Context<'_>,
    call: Authorized<AccountInput>,
) -> Result<Nothing, Fault> {
    depart(cx, organization(cx, &call)?, call.input.account_id)
}

/// Takes the caller's account out of the organization.
pub(super) async fn leave_organization(cx: &Context<'_>, call: Authorized<NoInput>) -> Result<Nothing, Fault> {
    let NoInput {} = call.input;
    depart(cx, organization(cx, &call)?, call.account())
}

fn depart(cx: &Context<'_>, organization: &bailiwick_authority::Organization, id: AccountId) -> Result<Nothing, Fault> {
    if id == organization.management_account() {
        let message = "You can't remove a management account from an organization. If you want the management account to become a member account in another organization, you must first delete the current organization of the management account.";
        return Err(fault("MasterCannotLeaveOrganizationException", message));
    }
    cx.commit_directory(joining::leaves(cx, organization, id)?);
    Ok(Nothing {})
}
