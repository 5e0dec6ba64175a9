use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::{AccountRecord, PolicyType};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{arn, fault, listed, organization};
use crate::operation::Nothing;
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
pub(super) struct NoInput {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeOrganizationOutput {
    organization: Described,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    id: String,
    arn: String,
    feature_set: &'static str,
    master_account_arn: String,
    master_account_id: String,
    master_account_email: String,
    available_policy_types: Vec<TypeStatus>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TypeStatus {
    r#type: &'static str,
    status: &'static str,
}

/// The organization. `AvailablePolicyTypes` names SCPs only, as AWS's answer does; the root's types are in ListRoots.
pub(super) async fn describe_organization(
    cx: &Context<'_>,
    call: Authorized<NoInput>,
) -> Result<DescribeOrganizationOutput, Fault> {
    let NoInput {} = call.input;
    let organization = organization(cx)?;
    let management = organization.management_account();
    let id = &organization.record().id;
    let email = cx.directory.account(management).map(|account| account.record().email.clone());
    let kind = PolicyType::ServiceControlPolicy;
    Ok(DescribeOrganizationOutput {
        organization: Described {
            id: id.clone(),
            arn: arn(call.partition(), management, &format!("organization/{id}")),
            feature_set: "ALL",
            master_account_arn: arn(call.partition(), management, &format!("account/{id}/{management}")),
            master_account_id: management.to_string(),
            master_account_email: email.unwrap_or_default(),
            available_policy_types: vec![TypeStatus { r#type: kind.as_str(), status: "ENABLED" }],
        },
    })
}

/// An account as Organizations shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Account {
    id: String,
    arn: String,
    email: String,
    name: String,
    status: String,
    joined_method: String,
    joined_timestamp: Timestamp,
}

fn shown<I>(cx: &Context<'_>, call: &Authorized<I>, record: &AccountRecord) -> Option<Account> {
    let organization = cx.directory.organization()?;
    let membership = record.membership.as_ref()?;
    let resource = format!("account/{}/{}", organization.record().id, record.id);
    Some(Account {
        id: record.id.to_string(),
        arn: arn(call.partition(), organization.management_account(), &resource),
        email: record.email.clone(),
        name: record.name.clone(),
        status: membership.status.clone(),
        joined_method: membership.joined_method.clone(),
        joined_timestamp: membership.joined_at,
    })
}

fn account_not_found() -> Fault {
    fault("AccountNotFoundException", "You specified an account that doesn't exist.")
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
    organization(cx)?;
    let account = cx.directory.account(call.input.account_id).ok_or_else(account_not_found)?;
    let account = shown(cx, &call, account.record()).ok_or_else(account_not_found)?;
    Ok(AccountOutput { account })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListAccountsInput {
    parent_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListAccountsOutput {
    accounts: Vec<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Every account of the organization.
pub(super) async fn list_accounts(
    cx: &Context<'_>,
    call: Authorized<ListAccountsInput>,
) -> Result<ListAccountsOutput, Fault> {
    organization(cx)?;
    let all = cx.directory.accounts().filter_map(|account| shown(cx, &call, account.record())).collect();
    answer(cx, &call, "ListAccounts", all)
}

/// The accounts directly under a root or unit.
pub(super) async fn list_accounts_for_parent(
    cx: &Context<'_>,
    call: Authorized<ListAccountsInput>,
) -> Result<ListAccountsOutput, Fault> {
    let parent = call.input.parent_id.clone().unwrap_or_default();
    super::tree::require_parent(cx, &parent)?;
    let inside = cx.directory.accounts_in(&parent).filter_map(|account| shown(cx, &call, account.record())).collect();
    answer(cx, &call, &format!("ListAccountsForParent {parent}"), inside)
}

fn answer(
    cx: &Context<'_>,
    call: &Authorized<ListAccountsInput>,
    operation: &str,
    accounts: Vec<Account>,
) -> Result<ListAccountsOutput, Fault> {
    let token = call.input.next_token.as_deref();
    let key = |account: &Account| account.id.clone();
    let (accounts, next_token) = listed(cx, call, operation, accounts, key, token, call.input.max_results)?;
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
    organization(cx)?;
    let mut record = cx.directory.account(input.account_id).ok_or_else(account_not_found)?.record().clone();
    let membership = record.membership.as_mut().ok_or_else(account_not_found)?;
    if membership.parent != input.source_parent_id {
        let message = "We can't find a source root or OU with the ParentId that you specified.";
        return Err(fault("SourceParentNotFoundException", message));
    }
    if super::tree::require_parent(cx, &input.destination_parent_id).is_err() {
        let message = "We can't find the destination container (a root or OU) with the ParentId that you specified.";
        return Err(fault("DestinationParentNotFoundException", message));
    }
    if input.source_parent_id == input.destination_parent_id {
        let message = "The account is already a member of the specified destination parent.";
        return Err(fault("DuplicateAccountException", message));
    }
    membership.parent.clone_from(&input.destination_parent_id);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}
