//! The policies that are in force for an account.

use bailiwick_authority::record::PolicyType;
use bailiwick_authority::{Account, EffectivePolicyError, Organization};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::accounts::{Account as ShownAccount, account_not_found, path, shown};
use super::types::kind;
use super::{fault, invalid, listed, listed_in_order, organization};
use crate::{Authorized, Context};

fn not_enabled() -> Fault {
    fault(
        "EffectivePolicyNotFoundException",
        "The specified policy type is not enabled. Enable that policy type on your organization root and then retry.",
    )
}

/// What stands in the way of computing it is our failure: no document that does not merge is let in.
fn unreadable(error: &bailiwick_authority::InheritanceError) -> Fault {
    crate::fault::internal(&error.to_string())
}

fn changed_at(organization: &Organization, account: &Account, kind: PolicyType) -> Timestamp {
    let joined = account.record().membership.as_ref().map_or(account.record().created_at, |of| of.joined_at);
    organization.record().policies_changed_at.get(&kind).copied().unwrap_or(joined)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeInput {
    policy_type: String,
    target_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeOutput {
    effective_policy: Effective,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Effective {
    policy_content: String,
    last_updated_timestamp: Timestamp,
    target_id: String,
    policy_type: &'static str,
}

/// The effective policy of an account, the caller's own if none is named.
pub(super) async fn describe_effective_policy(
    cx: &Context<'_>,
    call: Authorized<DescribeInput>,
) -> Result<DescribeOutput, Fault> {
    let (organization, kind) = (organization(cx, &call)?, kind(&call.input.policy_type)?);
    let id = match &call.input.target_id {
        None => call.account(),
        Some(target) => AccountId::parse(target)
            .map_err(|_| invalid("TARGET_NOT_SUPPORTED", "You specified a target that is not currently supported."))?,
    };
    let account = cx.directory.account(id).filter(|_| cx.directory.organization_of(id).is_some());
    let not_found = || fault("TargetNotFoundException", "You specified a target that doesn't exist.");
    let account = account.ok_or_else(not_found)?;
    let policy = cx.directory.effective_policy(account, kind).map_err(|error| unreadable(&error))?;
    let policy = policy.ok_or_else(not_enabled)?;
    let held = organization.last_valid(id, kind).map(|held| held.updated_at);
    Ok(DescribeOutput {
        effective_policy: Effective {
            policy_content: policy.to_string(),
            last_updated_timestamp: held.unwrap_or_else(|| changed_at(organization, account, kind)),
            target_id: id.to_string(),
            policy_type: kind.as_str(),
        },
    })
}

/// What is wrong with what an account's policies say together.
fn errors(cx: &Context<'_>, account: &Account, kind: PolicyType) -> Result<Vec<EffectivePolicyError>, Fault> {
    let merged = cx.directory.merged_policy(account, kind).map_err(|error| unreadable(&error))?;
    Ok(merged.ok_or_else(not_enabled)?.errors)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ErrorsInput {
    account_id: AccountId,
    policy_type: String,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ErrorsOutput {
    account_id: String,
    policy_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluation_timestamp: Option<Timestamp>,
    effective_policy_validation_errors: Vec<ValidationError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ValidationError {
    error_code: &'static str,
    error_message: String,
    path_to_error: String,
    contributing_policies: Vec<String>,
}

/// Why an account's last valid effective policy is still in force, if it is.
pub(super) async fn list_effective_policy_validation_errors(
    cx: &Context<'_>,
    call: Authorized<ErrorsInput>,
) -> Result<ErrorsOutput, Fault> {
    let ErrorsInput { account_id, policy_type, next_token, max_results } = &call.input;
    let (organization, kind) = (organization(cx, &call)?, kind(policy_type)?);
    let account = cx.directory.account(*account_id).filter(|_| cx.directory.organization_of(*account_id).is_some());
    let account = account.ok_or_else(account_not_found)?;
    let found = errors(cx, account, kind)?;
    let any = !found.is_empty();
    let found = found.into_iter().map(|error| ValidationError {
        error_code: error.code,
        error_message: error.message,
        path_to_error: error.path,
        contributing_policies: error.policies,
    });
    let operation = format!("ListEffectivePolicyValidationErrors {account_id} {policy_type}");
    let (effective_policy_validation_errors, next_token) =
        listed_in_order(cx, &call, &operation, found.collect(), next_token.as_deref(), *max_results)?;
    Ok(ErrorsOutput {
        account_id: account_id.to_string(),
        policy_type: kind.as_str(),
        path: path(cx, *account_id).filter(|_| any),
        evaluation_timestamp: any.then(|| changed_at(organization, account, kind)),
        effective_policy_validation_errors,
        next_token,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InvalidInput {
    policy_type: String,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InvalidOutput {
    accounts: Vec<ShownAccount>,
    policy_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The accounts whose policies of a type do not make a valid one.
pub(super) async fn list_accounts_with_invalid_effective_policy(
    cx: &Context<'_>,
    call: Authorized<InvalidInput>,
) -> Result<InvalidOutput, Fault> {
    let InvalidInput { policy_type, next_token, max_results } = &call.input;
    let (organization, kind) = (organization(cx, &call)?, kind(policy_type)?);
    if !organization.is_enabled(kind) {
        return Err(not_enabled());
    }
    let mut accounts = Vec::new();
    for account in cx.directory.accounts().filter(|account| account.record().membership.is_some()) {
        if !errors(cx, account, kind)?.is_empty() {
            accounts.extend(shown(cx, &call, account.record()));
        }
    }
    let operation = format!("ListAccountsWithInvalidEffectivePolicy {policy_type}");
    let key = |account: &ShownAccount| account.id.clone();
    let (accounts, next_token) = listed(cx, &call, &operation, accounts, key, next_token.as_deref(), *max_results)?;
    Ok(InvalidOutput { accounts, policy_type: kind.as_str(), next_token })
}
