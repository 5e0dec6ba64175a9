use bailiwick_authority::record::OrganizationalUnitRecord;
use bailiwick_authority::{DirectoryChange, secret_access_key};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{IdAndType, Tag, arn, fault, listed, organization};
use crate::{Authorized, Context};

/// How deep units may be nested below the root. Source: AWS's Organizations guide, "Quotas".
const MAX_DEPTH: usize = 5;

/// Refuses what is neither the root nor a unit.
pub(super) fn require_parent(cx: &Context<'_>, id: &str) -> Result<(), Fault> {
    let organization = organization(cx)?;
    if organization.record().root_id == id || organization.unit(id).is_some() {
        return Ok(());
    }
    Err(fault("ParentNotFoundException", "You specified a parent that doesn't exist."))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    parent_id: Option<String>,
    child_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRootsOutput {
    roots: Vec<Root>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Root {
    id: String,
    arn: String,
    name: &'static str,
    policy_types: Vec<TypeStatus>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TypeStatus {
    r#type: &'static str,
    status: &'static str,
}

/// The root; there is one.
pub(super) async fn list_roots(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListRootsOutput, Fault> {
    let organization = organization(cx)?;
    let record = organization.record();
    let types = record.enabled_policy_types.iter();
    Ok(ListRootsOutput {
        roots: vec![Root {
            id: record.root_id.clone(),
            arn: arn(call.partition(), record.management_account, &format!("root/{}/{}", record.id, record.root_id)),
            name: "Root",
            policy_types: types.map(|kind| TypeStatus { r#type: kind.as_str(), status: "ENABLED" }).collect(),
        }],
    })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OrganizationalUnit {
    id: String,
    arn: String,
    name: String,
}

fn shown<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    unit: &OrganizationalUnitRecord,
) -> Result<OrganizationalUnit, Fault> {
    let organization = organization(cx)?;
    let resource = format!("ou/{}/{}", organization.record().id, unit.id);
    Ok(OrganizationalUnit {
        id: unit.id.clone(),
        arn: arn(call.partition(), organization.management_account(), &resource),
        name: unit.name.clone(),
    })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListUnitsOutput {
    organizational_units: Vec<OrganizationalUnit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The units directly under a root or unit.
pub(super) async fn list_organizational_units_for_parent(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<ListUnitsOutput, Fault> {
    let parent = call.input.parent_id.clone().unwrap_or_default();
    require_parent(cx, &parent)?;
    let inside = organization(cx)?.units().filter(|unit| unit.parent == parent);
    let units = inside.map(|unit| shown(cx, &call, unit)).collect::<Result<Vec<_>, _>>()?;
    let operation = format!("ListOrganizationalUnitsForParent {parent}");
    let token = call.input.next_token.as_deref();
    let key = |unit: &OrganizationalUnit| unit.id.clone();
    let (organizational_units, next_token) = listed(cx, &call, &operation, units, key, token, call.input.max_results)?;
    Ok(ListUnitsOutput { organizational_units, next_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UnitInput {
    organizational_unit_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UnitOutput {
    organizational_unit: OrganizationalUnit,
}

/// One unit.
pub(super) async fn describe_organizational_unit(
    cx: &Context<'_>,
    call: Authorized<UnitInput>,
) -> Result<UnitOutput, Fault> {
    let unit = organization(cx)?.unit(&call.input.organizational_unit_id).ok_or_else(|| {
        fault("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.")
    })?;
    Ok(UnitOutput { organizational_unit: shown(cx, &call, unit)? })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListParentsOutput {
    parents: Vec<IdAndType>,
}

/// The parent of an account or unit.
pub(super) async fn list_parents(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListParentsOutput, Fault> {
    let organization = organization(cx)?;
    let child = call.input.child_id.clone().unwrap_or_default();
    let of_unit = organization.unit(&child).map(|unit| unit.parent.clone());
    let of_account = || {
        let account = cx.directory.account(child.parse().ok()?)?;
        Some(account.record().membership.as_ref()?.parent.clone())
    };
    let parent = of_unit
        .or_else(of_account)
        .ok_or_else(|| fault("ChildNotFoundException", "You specified a child that doesn't exist."))?;
    let kind = if parent == organization.record().root_id { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    Ok(ListParentsOutput { parents: vec![IdAndType { id: parent, r#type: kind }] })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateUnitInput {
    parent_id: String,
    name: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// Creates a unit under the root or another unit, five levels deep at most. FullAWSAccess is attached to it, as AWS does.
pub(super) async fn create_organizational_unit(
    cx: &Context<'_>,
    call: Authorized<CreateUnitInput>,
) -> Result<UnitOutput, Fault> {
    let input = &call.input;
    require_parent(cx, &input.parent_id)?;
    let organization = organization(cx)?;
    if organization.units().any(|unit| unit.parent == input.parent_id && unit.name == input.name) {
        return Err(fault("DuplicateOrganizationalUnitException", "An OU with the same name already exists."));
    }
    let mut depth = 1;
    let mut above = organization.unit(&input.parent_id);
    while let Some(unit) = above {
        depth += 1;
        above = organization.unit(&unit.parent);
    }
    if depth > MAX_DEPTH {
        let message = "You have exceeded the depth of organizational units.";
        return Err(fault("ConstraintViolationException", message));
    }
    let root = organization.record().root_id.trim_start_matches("r-").to_owned();
    let unit = OrganizationalUnitRecord {
        id: format!("ou-{root}-{}", lower(&secret_access_key(cx.entropy), 8)),
        name: input.name.clone(),
        parent: input.parent_id.clone(),
        tags: super::tags(&input.tags),
    };
    let organizational_unit = shown(cx, &call, &unit)?;
    let attachments = super::policies::first_attachments(cx, &unit.id)?;
    let change = attachments.into_iter().fold(DirectoryChange::new().put(unit), DirectoryChange::put);
    cx.commit_directory(change);
    Ok(UnitOutput { organizational_unit })
}

/// `length` lower-case letters and digits out of random text.
pub(super) fn lower(random: &str, length: usize) -> String {
    let kept: String = random.chars().filter(char::is_ascii_alphanumeric).take(length).collect();
    format!("{:0<length$}", kept.to_ascii_lowercase())
}
