//! Access that is granted, beside access that was used: reports that are made as jobs, and the policies behind a grant.
//! What was used is what the audit trail tells.
//! Source: AWS's IAM guide, "Refine permissions using last accessed information".

use bailiwick_authority::{Account, Usage, Use, uuid};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, EntityKey, EntityQuery, Expect};
use serde::{Deserialize, Serialize};

use super::grants::{Entity, entity, policies};
use super::paging::paged;
use super::{Paging, account, listed, no_such_entity};
use crate::{Authorized, Context};

const KIND: &str = "iam.last-accessed-job";
/// For how long a report can be read, in seconds, and how many are kept. Source of the time: the IAM API reference,
/// GenerateServiceLastAccessedDetails.
const KEPT_SECONDS: i64 = 7 * 24 * 60 * 60;
const MAX_JOBS: usize = 100;

/// A report.
#[derive(Debug, Serialize, Deserialize)]
struct Job {
    id: String,
    created_at: Timestamp,
    by_action: bool,
    services: Vec<ServiceRow>,
}

/// A service that somebody may use, and who used it.
#[derive(Debug, Serialize, Deserialize)]
struct ServiceRow {
    namespace: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    users: Vec<EntityRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    actions: Vec<ActionRow>,
}

/// Who used a service last, first.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct EntityRow {
    arn: String,
    name: String,
    kind: String,
    id: String,
    path: String,
    last: Use,
}

#[derive(Debug, Serialize, Deserialize)]
struct ActionRow {
    name: String,
    arn: String,
    last: Use,
}

/// A user or role that may have used what an entity grants.
struct Member {
    arn: String,
    name: String,
    kind: &'static str,
    id: String,
    path: String,
}

fn members(account: &Account, of: &Entity<'_>) -> Vec<Member> {
    let in_group = |groups: &[String], wanted: &dyn Fn(&bailiwick_authority::Group) -> bool| {
        groups.iter().filter_map(|id| account.group_by_id(id)).any(|group| wanted(group))
    };
    let attached = |managed: &[String], arn: &str| managed.iter().any(|policy| policy.eq_ignore_ascii_case(arn));
    let users = account.users().filter(|user| match of {
        Entity::User(one) => one.record.id == user.record.id,
        Entity::Group(group) => user.record.groups.contains(&group.record.id),
        Entity::Policy(arn) => {
            attached(&user.record.policies.managed, arn)
                || in_group(&user.record.groups, &|group| attached(&group.record.policies.managed, arn))
        }
        Entity::Role(_) => false,
    });
    let users = users.map(|user| Member {
        arn: user.arn.clone(),
        name: user.record.name.clone(),
        kind: "USER",
        id: user.record.id.clone(),
        path: user.record.path.clone(),
    });
    let roles = account.roles().filter(|role| match of {
        Entity::Role(one) => one.record.id == role.record.id,
        Entity::Policy(arn) => attached(&role.record.policies.managed, arn),
        Entity::Group(_) | Entity::User(_) => false,
    });
    let roles = roles.map(|role| Member {
        arn: role.arn.clone(),
        name: role.record.name.clone(),
        kind: "ROLE",
        id: role.record.id.clone(),
        path: role.record.path.clone(),
    });
    users.chain(roles).collect()
}

fn service_row(usage: &Usage, members: &[Member], namespace: &str, by_action: bool) -> ServiceRow {
    let mut users = Vec::new();
    let mut actions: std::collections::BTreeMap<String, ActionRow> = Default::default();
    for member in members {
        let Some(used) = usage.service(&member.id, namespace) else { continue };
        users.push(EntityRow {
            arn: member.arn.clone(),
            name: member.name.clone(),
            kind: member.kind.to_owned(),
            id: member.id.clone(),
            path: member.path.clone(),
            last: used.last,
        });
        for (name, last) in used.actions.into_iter().filter(|_| by_action) {
            let known = actions.get(&name).is_some_and(|known| known.last.at >= last.at);
            if !known {
                actions.insert(name.clone(), ActionRow { name, arn: member.arn.clone(), last });
            }
        }
    }
    users.sort_by_key(|user| std::cmp::Reverse(user.last.at));
    ServiceRow { namespace: namespace.to_owned(), users, actions: actions.into_values().collect() }
}

fn key<I>(call: &Authorized<I>, id: &str) -> EntityKey {
    EntityKey::in_account(call.partition().as_str(), call.account().as_str(), KIND, id)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GenerateInput {
    arn: String,
    granularity: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GenerateOutput {
    job_id: String,
}

/// Makes a report on a user, group, role or policy.
pub(super) async fn generate_service_last_accessed_details(
    cx: &Context<'_>,
    call: Authorized<GenerateInput>,
) -> Result<GenerateOutput, Fault> {
    let account = account(cx, &call)?;
    let of = entity(cx, &call, &call.input.arn)?;
    let by_action = call.input.granularity.as_deref() == Some("ACTION_LEVEL");
    let usage = cx.usage().await?;
    let granting = policies(cx, account, &of)?;
    let granted: std::collections::BTreeSet<&str> =
        granting.iter().flat_map(|policy| policy.services(cx.pack.prefixes())).collect();
    let members = members(account, &of);
    let services = granted.into_iter().map(|namespace| service_row(usage, &members, namespace, by_action)).collect();
    let job = Job { id: uuid(cx.entropy), created_at: cx.now, by_action, services };

    let query = EntityQuery::kind(KIND).partition(call.partition().as_str()).account(call.account().as_str());
    let mut old = cx.read_all::<Job>(query).await?;
    old.sort_by_key(|job| std::cmp::Reverse(job.created_at));
    let mut change = Change::new().put(key(&call, &job.id), crate::fault::to_stored(&job)?, Expect::Absent);
    for (place, old) in old.iter().enumerate() {
        if place + 1 >= MAX_JOBS || expired(old, cx.now) {
            change = change.delete(key(&call, &old.id), Expect::Any);
        }
    }
    cx.commit(change);
    Ok(GenerateOutput { job_id: job.id })
}

fn expired(job: &Job, now: Timestamp) -> bool {
    job.created_at.plus_seconds(KEPT_SECONDS) <= now
}

async fn job<I>(cx: &Context<'_>, call: &Authorized<I>, id: &str) -> Result<Job, Fault> {
    let found = cx.read::<Job>(key(call, id)).await?.map(|(job, _)| job).filter(|job| !expired(job, cx.now));
    found.ok_or_else(|| no_such_entity(format!("Job with ID {id} cannot be found.")))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    job_id: String,
    max_items: Option<usize>,
    marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceAccess {
    service_name: String,
    service_namespace: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_authenticated: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_authenticated_entity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_authenticated_region: Option<String>,
    total_authenticated_entities: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracked_actions_last_accessed: Option<Vec<ActionAccess>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ActionAccess {
    action_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_accessed_entity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_accessed_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_accessed_region: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetOutput {
    job_status: &'static str,
    job_type: &'static str,
    job_creation_date: Timestamp,
    services_last_accessed: Vec<ServiceAccess>,
    job_completion_date: Timestamp,
    #[serde(flatten)]
    paging: Paging,
}

/// A service as a report shows it. Of our own services every action is shown, used or not; of others the trail knows those
/// that were used.
fn access(cx: &Context<'_>, row: &ServiceRow, by_action: bool) -> Result<ServiceAccess, Fault> {
    let reference = cx.pack.authorization(&row.namespace);
    let reference = reference.map_err(|error| crate::fault::internal(&error.to_string()))?;
    let name = reference.as_ref().map_or_else(|| row.namespace.clone(), |of| of.name.to_string());
    let ours = crate::Services::serves(&row.namespace);
    let mut names: std::collections::BTreeSet<&str> = row.actions.iter().map(|action| action.name.as_str()).collect();
    if let Some(reference) = reference.as_ref().filter(|_| ours) {
        names.extend(reference.actions.iter().map(|action| action.name.as_ref()));
    }
    let action = |name: &str| {
        let used = row.actions.iter().find(|action| action.name == name);
        ActionAccess {
            action_name: name.to_owned(),
            last_accessed_entity: used.map(|used| used.arn.clone()),
            last_accessed_time: used.map(|used| used.last.at),
            last_accessed_region: used.map(|used| used.last.region.clone()),
        }
    };
    let last = row.users.first();
    Ok(ServiceAccess {
        service_name: name,
        service_namespace: row.namespace.clone(),
        last_authenticated: last.map(|user| user.last.at),
        last_authenticated_entity: last.map(|user| user.arn.clone()),
        last_authenticated_region: last.map(|user| user.last.region.clone()),
        total_authenticated_entities: row.users.len(),
        tracked_actions_last_accessed: by_action.then(|| names.into_iter().map(action).collect()),
    })
}

/// A report.
pub(super) async fn get_service_last_accessed_details(
    cx: &Context<'_>,
    call: Authorized<GetInput>,
) -> Result<GetOutput, Fault> {
    let job = job(cx, &call, &call.input.job_id).await?;
    let scope = format!("GetServiceLastAccessedDetails {}", job.id);
    let (rows, paging) = listed(cx, &call, &scope, job.services, |row| row.namespace.clone())?;
    Ok(GetOutput {
        job_status: "COMPLETED",
        job_type: if job.by_action { "ACTION_LEVEL" } else { "SERVICE_LEVEL" },
        job_creation_date: job.created_at,
        services_last_accessed: rows.iter().map(|row| access(cx, row, job.by_action)).collect::<Result<_, _>>()?,
        job_completion_date: job.created_at,
        paging,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EntitiesInput {
    job_id: String,
    service_namespace: String,
    max_items: Option<usize>,
    marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EntityDetails {
    entity_info: EntityInfo,
    last_authenticated: Timestamp,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EntityInfo {
    arn: String,
    name: String,
    r#type: String,
    id: String,
    path: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EntitiesOutput {
    job_status: &'static str,
    job_creation_date: Timestamp,
    job_completion_date: Timestamp,
    entity_details_list: Vec<EntityDetails>,
    #[serde(flatten)]
    paging: Paging,
}

/// Who used a service, of a report.
pub(super) async fn get_service_last_accessed_details_with_entities(
    cx: &Context<'_>,
    call: Authorized<EntitiesInput>,
) -> Result<EntitiesOutput, Fault> {
    let job = job(cx, &call, &call.input.job_id).await?;
    let namespace = &call.input.service_namespace;
    let row = job.services.into_iter().find(|row| row.namespace.eq_ignore_ascii_case(namespace));
    let row = row.ok_or_else(|| no_such_entity(format!("Service {namespace} is not in the report.")))?;
    let scope = format!("GetServiceLastAccessedDetailsWithEntities {} {}", job.id, row.namespace);
    let (users, paging) = listed(cx, &call, &scope, row.users, |user| user.arn.clone())?;
    let details = users.into_iter().map(|user| EntityDetails {
        last_authenticated: user.last.at,
        entity_info: EntityInfo { arn: user.arn, name: user.name, r#type: user.kind, id: user.id, path: user.path },
    });
    Ok(EntitiesOutput {
        job_status: "COMPLETED",
        job_creation_date: job.created_at,
        job_completion_date: job.created_at,
        entity_details_list: details.collect(),
        paging,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GrantingInput {
    arn: String,
    service_namespaces: Vec<String>,
    marker: Option<String>,
    #[serde(skip)]
    max_items: Option<usize>,
}

paged!(GetInput, EntitiesInput, GrantingInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct GrantingPolicy {
    policy_name: String,
    policy_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceGrants {
    service_namespace: String,
    policies: Vec<GrantingPolicy>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GrantingOutput {
    policies_granting_service_access: Vec<ServiceGrants>,
    #[serde(flatten)]
    paging: Paging,
}

/// The policies that let an entity use services at all: allowed actions only, whatever else may deny them.
pub(super) async fn list_policies_granting_service_access(
    cx: &Context<'_>,
    call: Authorized<GrantingInput>,
) -> Result<GrantingOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let of = entity(cx, &call, &input.arn)?;
    let granting = policies(cx, account, &of)?;
    let grants = input.service_namespaces.iter().map(|namespace| {
        let grants = granting.iter().filter(|policy| !policy.services(std::iter::once(namespace.as_str())).is_empty());
        let grants = grants.map(|policy| GrantingPolicy {
            policy_name: policy.name.clone(),
            policy_type: if policy.arn.is_some() { "MANAGED" } else { "INLINE" },
            policy_arn: policy.arn.clone(),
            entity_type: policy.holder.as_ref().map(|(kind, _)| *kind),
            entity_name: policy.holder.as_ref().map(|(_, name)| name.clone()),
        });
        ServiceGrants { service_namespace: namespace.clone(), policies: grants.collect() }
    });
    let scope = format!("ListPoliciesGrantingServiceAccess {}", input.arn);
    let key = |grants: &ServiceGrants| grants.service_namespace.clone();
    let (policies_granting_service_access, paging) = listed(cx, &call, &scope, grants.collect(), key)?;
    Ok(GrantingOutput { policies_granting_service_access, paging })
}
