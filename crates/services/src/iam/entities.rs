//! Who uses a managed policy.

use bailiwick_authority::record::AttachedPolicies;
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{Paging, account, listed, under};
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    policy_arn: String,
    entity_filter: Option<String>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

super::paging::paged!(ListInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyGroup {
    group_name: String,
    group_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyUser {
    user_name: String,
    user_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyRole {
    role_name: String,
    role_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    policy_groups: Vec<PolicyGroup>,
    policy_users: Vec<PolicyUser>,
    policy_roles: Vec<PolicyRole>,
    #[serde(flatten)]
    paging: Paging,
}

/// A group, user or role that uses the policy: kind, name, unique id.
type Entity = (&'static str, String, String);

/// The groups, users and roles that a policy is attached to or is the boundary of.
pub(super) async fn list_entities_for_policy(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<ListOutput, Fault> {
    let input = &call.input;
    super::policies::find(cx, &call, &input.policy_arn)?;
    let account = account(cx, &call)?;
    let same = |arn: &String| arn.eq_ignore_ascii_case(&input.policy_arn);
    let uses = |policies: &AttachedPolicies, boundary: Option<&String>| {
        let attached = policies.managed.iter().any(same);
        let bounds = boundary.is_some_and(same);
        match input.policy_usage_filter.as_deref() {
            Some("PermissionsPolicy") => attached,
            Some("PermissionsBoundary") => bounds,
            _ => attached || bounds,
        }
    };
    let wanted = |kind: &str| input.entity_filter.as_deref().is_none_or(|filter| filter == kind);
    let inside = |path: &str| under(path, input.path_prefix.as_ref());

    let groups = account.groups().map(|group| &group.record).filter(|group| uses(&group.policies, None));
    let groups = groups.filter(|group| wanted("Group") && inside(&group.path));
    let users = account.users().map(|user| &user.record);
    let users = users.filter(|user| uses(&user.policies, user.permissions_boundary.as_ref()));
    let users = users.filter(|user| wanted("User") && inside(&user.path));
    let roles = account.roles().map(|role| &role.record);
    let roles = roles.filter(|role| uses(&role.policies, role.permissions_boundary.as_ref()));
    let roles = roles.filter(|role| wanted("Role") && inside(&role.path));
    let entities: Vec<Entity> = groups
        .map(|group| ("Group", group.name.clone(), group.id.clone()))
        .chain(users.map(|user| ("User", user.name.clone(), user.id.clone())))
        .chain(roles.map(|role| ("Role", role.name.clone(), role.id.clone())))
        .collect();

    let scope = format!("ListEntitiesForPolicy {}", input.policy_arn);
    let key = |(kind, name, _): &Entity| format!("{kind} {}", name.to_ascii_lowercase());
    let (entities, paging) = listed(cx, &call, &scope, entities, key)?;
    let mut output =
        ListOutput { policy_groups: Vec::new(), policy_users: Vec::new(), policy_roles: Vec::new(), paging };
    for (kind, name, id) in entities {
        match kind {
            "Group" => output.policy_groups.push(PolicyGroup { group_name: name, group_id: id }),
            "User" => output.policy_users.push(PolicyUser { user_name: name, user_id: id }),
            _ => output.policy_roles.push(PolicyRole { role_name: name, role_id: id }),
        }
    }
    Ok(output)
}
