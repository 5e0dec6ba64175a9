//! New accounts.

use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::{AccountRecord, AccountRequestRecord};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::tags::{Tag, new_tags};
use super::{constraint, fault, joining, listed, organization, random, types};
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateAccountInput {
    email: String,
    account_name: String,
    role_name: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StatusOutput {
    create_account_status: Status,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    id: String,
    account_name: String,
    state: &'static str,
    requested_timestamp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_timestamp: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gov_cloud_account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<String>,
}

/// What a finished request came to.
fn state(record: &AccountRequestRecord) -> &'static str {
    if record.failure_reason.is_some() { "FAILED" } else { "SUCCEEDED" }
}

fn shown(record: &AccountRequestRecord) -> Status {
    Status {
        id: record.id.clone(),
        account_name: record.account_name.clone(),
        state: state(record),
        requested_timestamp: record.requested_at,
        completed_timestamp: Some(record.completed_at),
        account_id: record.account.map(|id| id.to_string()),
        gov_cloud_account_id: record.gov_cloud_account.map(|id| id.to_string()),
        failure_reason: record.failure_reason.clone(),
    }
}

/// An account number that nobody has.
fn new_number(cx: &Context<'_>, besides: Option<AccountId>) -> Result<AccountId, Fault> {
    for _ in 0..64 {
        let mut bytes = [0; 8];
        cx.entropy.fill(&mut bytes);
        let number = u64::from_le_bytes(bytes) % 900_000_000_000 + 100_000_000_000;
        let id = AccountId::parse(&number.to_string()).map_err(|error| crate::fault::internal(&error.to_string()))?;
        if cx.directory.account(id).is_none() && besides != Some(id) {
            return Ok(id);
        }
    }
    Err(crate::fault::internal("no free account number was found"))
}

fn account(cx: &Context<'_>, id: AccountId, input: &CreateAccountInput) -> Result<AccountRecord, Fault> {
    Ok(AccountRecord {
        id,
        name: input.account_name.clone(),
        email: input.email.clone(),
        alias: None,
        membership: None,
        tags: new_tags(&input.tags)?,
        created_at: cx.now,
        organization_quota: None,
    })
}

/// Makes a member account, with the role that the management account administers it with. As at AWS the answer is that the
/// work is going on, unless the deployment wants it at once; what it came to is asked for afterwards.
pub(super) async fn create_account(
    cx: &Context<'_>,
    call: Authorized<CreateAccountInput>,
) -> Result<StatusOutput, Fault> {
    create(cx, &call, false)
}

/// Makes a member account and, beside the organization, one for AWS GovCloud (US) that goes with it.
pub(super) async fn create_gov_cloud_account(
    cx: &Context<'_>,
    call: Authorized<CreateAccountInput>,
) -> Result<StatusOutput, Fault> {
    if call.partition().as_str() != "aws" {
        let message = "AWS Organizations isn't available in the current AWS Region for this operation: call it in the commercial partition.";
        return Err(fault("UnsupportedAPIEndpointException", message));
    }
    create(cx, &call, true)
}

fn create(cx: &Context<'_>, call: &Authorized<CreateAccountInput>, gov_cloud: bool) -> Result<StatusOutput, Fault> {
    let (input, organization) = (&call.input, organization(cx, call)?);
    if !joining::accounts_left(cx, organization) {
        return Err(constraint(
            "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the allowed number of AWS accounts.",
        ));
    }
    let mut request = AccountRequestRecord {
        id: format!("car-{}", random(cx, 32)),
        account_name: input.account_name.clone(),
        requested_at: cx.now,
        completed_at: cx.now,
        account: None,
        gov_cloud_account: None,
        failure_reason: None,
    };
    let taken = cx.directory.accounts().any(|account| account.record().email.eq_ignore_ascii_case(&input.email));
    let mut change = DirectoryChange::new();
    let id = new_number(cx, None)?;
    let record = account(cx, id, input)?;
    if taken {
        request.failure_reason = Some("EMAIL_ALREADY_EXISTS".to_owned());
    } else {
        let role = input.role_name.as_deref().unwrap_or("OrganizationAccountAccessRole");
        let management = organization.management_account();
        change = change.and(joining::joins(cx, organization, record, "CREATED")?);
        change = change.put(joining::administrators_role(cx, id, management, role));
        request.account = Some(id);
        if gov_cloud {
            let other = new_number(cx, Some(id))?;
            change = change.put(AccountRecord { id: other, tags: Default::default(), ..account(cx, id, input)? });
            change = change.put(joining::administrators_role(cx, other, management, role));
            request.gov_cloud_account = Some(other);
        }
    }
    let output = match cx.settings.at_once {
        true => shown(&request),
        false => Status {
            state: "IN_PROGRESS",
            completed_timestamp: None,
            account_id: None,
            gov_cloud_account_id: None,
            failure_reason: None,
            ..shown(&request)
        },
    };
    types::commit_all(cx, organization, change.put(request))?;
    Ok(StatusOutput { create_account_status: output })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StatusInput {
    create_account_request_id: String,
}

/// What became of a request.
pub(super) async fn describe_create_account_status(
    cx: &Context<'_>,
    call: Authorized<StatusInput>,
) -> Result<StatusOutput, Fault> {
    let request = organization(cx, &call)?.account_request(&call.input.create_account_request_id).ok_or_else(|| {
        let message = "You specified an account creation request that doesn't exist.";
        fault("CreateAccountStatusNotFoundException", message)
    })?;
    Ok(StatusOutput { create_account_status: shown(request) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    #[serde(default)]
    states: Vec<String>,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    create_account_statuses: Vec<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// What became of the requests, by their states.
pub(super) async fn list_create_account_status(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<ListOutput, Fault> {
    let ListInput { states, next_token, max_results } = &call.input;
    let wanted =
        |record: &&AccountRequestRecord| states.is_empty() || states.iter().any(|wanted| wanted == state(record));
    let statuses = organization(cx, &call)?.account_requests().filter(wanted).map(shown).collect();
    let operation = format!("ListCreateAccountStatus {}", states.join(","));
    let key = |status: &Status| format!("{:016}{}", status.requested_timestamp.as_millis(), status.id);
    let (create_account_statuses, next_token) =
        listed(cx, &call, &operation, statuses, key, next_token.as_deref(), *max_results)?;
    Ok(ListOutput { create_account_statuses, next_token })
}
