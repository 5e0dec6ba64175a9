//! Service-linked roles: made by the service that needs them or for it, seen by everybody, changed by nobody.

mod known;

use bailiwick_authority::record::{AttachedPolicies, ConfigurationKind, RoleRecord};
use bailiwick_authority::{Account, DirectoryChange, RecordKey, RecordKind, role_arn, unique_id, uuid};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Partition};
use bailiwick_store::{Change, EntityKey, Expect};
use known::{Known, known};
use serde::{Deserialize, Serialize};

use super::holder::find;
use super::shown::ShownRole;
use super::{account, invalid_input, no_such_entity, quota, roles, shown};
use crate::{Authorized, Context};

/// The session of a service-linked role, in seconds; nobody can change it.
const SESSION: u32 = 3_600;
/// Deletions that were asked for, by task id.
const TASK_KIND: &str = "iam.service-linked-role-deletion";

fn trust(service: &str) -> String {
    let document = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    });
    document.to_string()
}

fn record(cx: &Context<'_>, account: AccountId, of: &Known, name: String, description: &str) -> RoleRecord {
    let partition = cx.directory.partition();
    let policy = format!("arn:{partition}:iam::aws:policy/aws-service-role/{}", of.policy);
    RoleRecord {
        account,
        id: unique_id(cx.entropy, "AROA"),
        name,
        path: format!("/aws-service-role/{}/", of.service),
        created_at: cx.now,
        description: description.to_owned(),
        assume_role_policy_document: trust(of.service),
        max_session_duration: SESSION,
        policies: AttachedPolicies { managed: vec![policy], ..Default::default() },
        permissions_boundary: None,
        tags: Default::default(),
    }
}

/// What gives an account the service-linked role of a service, for services of ours that need it: nothing when the role is
/// there. To be committed together with what needs it.
///
/// # Errors
/// The service is not one with a service-linked role, which is a mistake of the caller's code; or the account has as many
/// roles as it may have.
pub(crate) fn on_demand(cx: &Context<'_>, account: &Account, service: &str) -> Result<DirectoryChange, Fault> {
    let of = known(service).ok_or_else(|| crate::fault::internal(&format!("{service} has no service-linked role")))?;
    if account.role(of.role).is_some() {
        return Ok(DirectoryChange::new());
    }
    if account.roles().count() >= roles::MAX_ROLES {
        return Err(quota("RolesPerAccount", roles::MAX_ROLES));
    }
    Ok(DirectoryChange::new().put(record(cx, account.id(), of, of.role.to_owned(), of.description)))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    #[serde(rename = "AWSServiceName")]
    service: String,
    description: Option<String>,
    custom_suffix: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoleOutput {
    role: ShownRole,
}

/// Creates the role of a service.
pub(super) async fn create_service_linked_role(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<RoleOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let service = &input.service;
    let of = known(service)
        .ok_or_else(|| invalid_input(format!("Cannot find Service Linked Role template for {service}")))?;
    let name = match &input.custom_suffix {
        Some(_) if !of.suffix => {
            return Err(invalid_input(format!("Custom suffix is not allowed for {service}")));
        }
        Some(suffix) => format!("{}_{suffix}", of.role),
        None => of.role.to_owned(),
    };
    if account.role(&name).is_some() {
        return Err(invalid_input(format!(
            "Service role name {name} has been taken in this account, please try a different suffix."
        )));
    }
    if account.roles().count() >= roles::MAX_ROLES {
        return Err(quota("RolesPerAccount", roles::MAX_ROLES));
    }
    // Only a service that makes its role itself gives it its own description.
    let description = input.description.as_deref().unwrap_or_default();
    let record = record(cx, call.account(), of, name, description);
    let arn = role_arn(call.partition(), call.account(), &record.path, &record.name);
    let role = shown::role_record(cx, &record, &arn);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(RoleOutput { role })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    role_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteOutput {
    deletion_task_id: String,
}

/// What a deletion came to. It is decided at once, and kept for whoever asks.
#[derive(Debug, Serialize, Deserialize)]
struct Task {
    /// What still uses the role; nothing when it was deleted.
    used_by: Vec<String>,
}

/// What in an account needs the role of a service.
fn users_of(cx: &Context<'_>, account: &Account, service: &str) -> Vec<String> {
    match service {
        "management.chatbot.amazonaws.com" => {
            let used = account.channel_configurations().filter(|of| of.kind != ConfigurationKind::Room);
            used.map(|configuration| configuration.arn.clone()).collect()
        }
        "organizations.amazonaws.com" => {
            let member = account.record().membership.is_some();
            let organization = cx.directory.organization().filter(|_| member);
            organization.map(|of| of.record().id.clone()).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Asks for the deletion of a service-linked role, which comes to nothing while its service needs it.
pub(super) async fn delete_service_linked_role(
    cx: &Context<'_>,
    call: Authorized<DeleteInput>,
) -> Result<DeleteOutput, Fault> {
    let account = account(cx, &call)?;
    let role = find::<RoleRecord>(account, &call.input.role_name)?;
    let service = role.path.strip_prefix("/aws-service-role/").and_then(|rest| rest.strip_suffix('/'));
    let service = service
        .ok_or_else(|| invalid_input(format!("Role {} is not a service-linked role; use DeleteRole.", role.name)))?;
    let used_by = users_of(cx, account, service);
    if used_by.is_empty() {
        let key = RecordKey { kind: RecordKind::Role, account: Some(call.account()), id: role.id.clone() };
        cx.commit_directory(DirectoryChange::new().delete(key));
    }
    let id = format!("task/aws-service-role/{service}/{}/{}", role.name, uuid(cx.entropy));
    let body = crate::fault::to_stored(&Task { used_by })?;
    cx.commit(Change::new().put(task_key(call.partition(), call.account(), &id), body, Expect::Absent));
    Ok(DeleteOutput { deletion_task_id: id })
}

fn task_key(partition: &Partition, account: AccountId, id: &str) -> EntityKey {
    EntityKey::in_account(partition.as_str(), account.as_str(), TASK_KIND, id)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StatusInput {
    deletion_task_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StatusOutput {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reason {
    reason: String,
    role_usage_list: Vec<Usage>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Usage {
    region: String,
    resources: Vec<String>,
}

/// What a deletion came to.
pub(super) async fn get_service_linked_role_deletion_status(
    cx: &Context<'_>,
    call: Authorized<StatusInput>,
) -> Result<StatusOutput, Fault> {
    let id = &call.input.deletion_task_id;
    let task = cx.read::<Task>(task_key(call.partition(), call.account(), id)).await?;
    let (task, _) = task.ok_or_else(|| no_such_entity(format!("Deletion task {id} cannot be found.")))?;
    if task.used_by.is_empty() {
        return Ok(StatusOutput { status: "SUCCEEDED", reason: None });
    }
    let usage = Usage { region: call.region().to_string(), resources: task.used_by };
    Ok(StatusOutput {
        status: "FAILED",
        reason: Some(Reason {
            reason: "The role is in use; remove the resources that use it first.".to_owned(),
            role_usage_list: vec![usage],
        }),
    })
}
