//! Trusted access of AWS services, and the members that administer a service for the organization.

use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::{DelegatedAdministratorRecord, Record};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::accounts::{self, Account};
use super::organization::require_all_features;
use super::service_principals::require_known;
use super::{PageInput, constraint, fault, listed, organization};
use crate::operation::Nothing;
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServiceInput {
    service_principal: String,
}

/// Lets a service act in the organization. Once more changes nothing.
pub(super) async fn enable_aws_service_access(
    cx: &Context<'_>,
    call: Authorized<ServiceInput>,
) -> Result<Nothing, Fault> {
    let organization = organization(cx, &call)?;
    let service = &call.input.service_principal;
    require_all_features(organization)?;
    require_known(service)?;
    let mut record = organization.record().clone();
    if record.service_access.iter().all(|(enabled, _)| enabled != service) {
        record.service_access.push((service.clone(), cx.now));
        cx.commit_directory(DirectoryChange::new().put(record));
    }
    Ok(Nothing {})
}

/// Takes that back. A service that nobody enabled stays as it is.
pub(super) async fn disable_aws_service_access(
    cx: &Context<'_>,
    call: Authorized<ServiceInput>,
) -> Result<Nothing, Fault> {
    let organization = organization(cx, &call)?;
    let service = &call.input.service_principal;
    require_known(service)?;
    if organization.administrators().iter().any(|of| of.service_principal == *service) {
        let message = "You must deregister all delegated administrators for this service before you can disable its access to the organization.";
        return Err(constraint("DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE", message));
    }
    let mut record = organization.record().clone();
    record.service_access.retain(|(enabled, _)| enabled != service);
    if record.service_access.len() < organization.record().service_access.len() {
        cx.commit_directory(DirectoryChange::new().put(record));
    }
    Ok(Nothing {})
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListAccessOutput {
    enabled_service_principals: Vec<EnabledService>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EnabledService {
    service_principal: String,
    date_enabled: Timestamp,
}

/// The services that may act in the organization.
pub(super) async fn list_aws_service_access_for_organization(
    cx: &Context<'_>,
    call: Authorized<PageInput>,
) -> Result<ListAccessOutput, Fault> {
    let PageInput { next_token, max_results } = &call.input;
    let enabled = organization(cx, &call)?
        .record()
        .service_access
        .iter()
        .map(|(service, at)| EnabledService { service_principal: service.clone(), date_enabled: *at });
    let key = |of: &EnabledService| of.service_principal.clone();
    let operation = "ListAWSServiceAccessForOrganization";
    let (enabled_service_principals, next_token) =
        listed(cx, &call, operation, enabled.collect(), key, next_token.as_deref(), *max_results)?;
    Ok(ListAccessOutput { enabled_service_principals, next_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdministratorInput {
    account_id: AccountId,
    service_principal: String,
}

/// Makes a member the administrator of a service that has access.
pub(super) async fn register_delegated_administrator(
    cx: &Context<'_>,
    call: Authorized<AdministratorInput>,
) -> Result<Nothing, Fault> {
    let AdministratorInput { account_id, service_principal } = &call.input;
    let organization = organization(cx, &call)?;
    require_all_features(organization)?;
    if *account_id == organization.management_account() {
        return Err(management());
    }
    let account = accounts::member(cx, *account_id)?;
    require_known(service_principal)?;
    if account.membership.as_ref().is_some_and(|of| of.is_closed()) {
        let message = "You can't register a suspended account as a delegated administrator.";
        return Err(constraint("CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR", message));
    }
    if organization.record().service_access.iter().all(|(enabled, _)| enabled != service_principal) {
        let message = "You must enable access for this service in your organization before you can register a delegated administrator for it.";
        return Err(constraint("SERVICE_ACCESS_NOT_ENABLED", message));
    }
    let is =
        |of: &DelegatedAdministratorRecord| of.account == *account_id && of.service_principal == *service_principal;
    if organization.administrators().iter().any(is) {
        let message = "The provided account is already a delegated administrator for your organization.";
        return Err(fault("AccountAlreadyRegisteredException", message));
    }
    cx.commit_directory(DirectoryChange::new().put(DelegatedAdministratorRecord {
        account: *account_id,
        service_principal: service_principal.clone(),
        enabled_at: cx.now,
    }));
    Ok(Nothing {})
}

fn management() -> Fault {
    let message = "You cannot register master account/yourself as delegated administrator for your organization.";
    constraint("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR", message)
}

fn not_registered() -> Fault {
    let message = "The provided account is not a registered delegated administrator for your organization.";
    fault("AccountNotRegisteredException", message)
}

/// Takes that back.
pub(super) async fn deregister_delegated_administrator(
    cx: &Context<'_>,
    call: Authorized<AdministratorInput>,
) -> Result<Nothing, Fault> {
    let AdministratorInput { account_id, service_principal } = &call.input;
    let organization = organization(cx, &call)?;
    if *account_id == organization.management_account() {
        return Err(management());
    }
    accounts::member(cx, *account_id)?;
    require_known(service_principal)?;
    let is =
        |of: &&DelegatedAdministratorRecord| of.account == *account_id && of.service_principal == *service_principal;
    let record = organization.administrators().iter().find(is).ok_or_else(not_registered)?;
    cx.commit_directory(DirectoryChange::new().delete(Record::from(record.clone()).key()));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListAdministratorsInput {
    service_principal: Option<String>,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListAdministratorsOutput {
    delegated_administrators: Vec<Administrator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
struct Administrator {
    #[serde(flatten)]
    account: Account,
    #[serde(rename = "DelegationEnabledDate")]
    delegation_enabled_date: Timestamp,
}

/// The members that administer a service, or any; each once, with the first date.
pub(super) async fn list_delegated_administrators(
    cx: &Context<'_>,
    call: Authorized<ListAdministratorsInput>,
) -> Result<ListAdministratorsOutput, Fault> {
    let ListAdministratorsInput { service_principal, next_token, max_results } = &call.input;
    let organization = organization(cx, &call)?;
    if let Some(service) = service_principal {
        require_known(service)?;
    }
    let mut found: Vec<Administrator> = Vec::new();
    let wanted = |of: &&DelegatedAdministratorRecord| {
        service_principal.as_ref().is_none_or(|service| *service == of.service_principal)
    };
    for of in organization.administrators().iter().filter(wanted) {
        let Some(account) = shown(cx, &call, of.account) else { continue };
        match found.iter_mut().find(|found| found.account.id == account.id) {
            Some(known) => known.delegation_enabled_date = known.delegation_enabled_date.min(of.enabled_at),
            None => found.push(Administrator { account, delegation_enabled_date: of.enabled_at }),
        }
    }
    let operation = format!("ListDelegatedAdministrators {}", service_principal.as_deref().unwrap_or_default());
    let key = |of: &Administrator| of.account.id.clone();
    let (delegated_administrators, next_token) =
        listed(cx, &call, &operation, found, key, next_token.as_deref(), *max_results)?;
    Ok(ListAdministratorsOutput { delegated_administrators, next_token })
}

fn shown<I>(cx: &Context<'_>, call: &Authorized<I>, id: AccountId) -> Option<Account> {
    accounts::shown(cx, call, accounts::member(cx, id).ok()?).map(Account::without_paths)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListServicesInput {
    account_id: AccountId,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListServicesOutput {
    delegated_services: Vec<DelegatedService>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DelegatedService {
    service_principal: String,
    delegation_enabled_date: Timestamp,
}

/// The services that a member administers.
pub(super) async fn list_delegated_services_for_account(
    cx: &Context<'_>,
    call: Authorized<ListServicesInput>,
) -> Result<ListServicesOutput, Fault> {
    let ListServicesInput { account_id, next_token, max_results } = &call.input;
    let organization = organization(cx, &call)?;
    accounts::member(cx, *account_id)?;
    let of_account = organization.administrators().iter().filter(|of| of.account == *account_id);
    let services: Vec<_> = of_account
        .map(|of| DelegatedService {
            service_principal: of.service_principal.clone(),
            delegation_enabled_date: of.enabled_at,
        })
        .collect();
    if services.is_empty() {
        return Err(not_registered());
    }
    let operation = format!("ListDelegatedServicesForAccount {account_id}");
    let key = |of: &DelegatedService| of.service_principal.clone();
    let (delegated_services, next_token) =
        listed(cx, &call, &operation, services, key, next_token.as_deref(), *max_results)?;
    Ok(ListServicesOutput { delegated_services, next_token })
}
