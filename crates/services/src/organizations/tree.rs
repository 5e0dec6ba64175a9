//! The tree: organizational units, and what stands under what.

use bailiwick_authority::record::{OrganizationalUnitRecord, Record};
use bailiwick_authority::{DirectoryChange, Organization};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::tags::{Tag, new_tags};
use super::{IdAndType, arn, constraint, fault, joining, listed, organization, random};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// How deep units may be nested below the root, and how many there may be. Source: AWS's Organizations guide, "Quotas".
const MAX_DEPTH: usize = 5;
const MAX_UNITS: usize = 2_000;

/// Refuses what is neither the root nor a unit.
pub(super) fn require_parent(organization: &Organization, id: &str) -> Result<(), Fault> {
    if organization.record().root_id == id || organization.unit(id).is_some() {
        return Ok(());
    }
    Err(fault("ParentNotFoundException", "You specified a parent that doesn't exist."))
}

fn unit_not_found() -> Fault {
    fault("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.")
}

/// The units from under the root down to one, the unit last.
fn line<'a>(organization: &'a Organization, unit: &'a OrganizationalUnitRecord) -> Vec<&'a str> {
    let mut line = vec![unit.id.as_str()];
    let mut above = organization.unit(&unit.parent);
    // A loop in bad data ends with the number of units there can be.
    while let Some(unit) = above.filter(|_| line.len() <= MAX_UNITS) {
        line.push(&unit.id);
        above = organization.unit(&unit.parent);
    }
    line.reverse();
    line
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OrganizationalUnit {
    id: String,
    arn: String,
    name: String,
    path: String,
}

fn shown<I>(call: &Authorized<I>, organization: &Organization, unit: &OrganizationalUnitRecord) -> OrganizationalUnit {
    let record = organization.record();
    let resource = format!("ou/{}/{}", record.id, unit.id);
    OrganizationalUnit {
        id: unit.id.clone(),
        arn: arn(call.partition(), record.management_account, &resource),
        name: unit.name.clone(),
        path: format!("{}/{}/{}/", record.id, record.root_id, line(organization, unit).join("/")),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ForParentInput {
    parent_id: String,
    next_token: Option<String>,
    max_results: Option<u32>,
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
    call: Authorized<ForParentInput>,
) -> Result<ListUnitsOutput, Fault> {
    let ForParentInput { parent_id, next_token, max_results } = &call.input;
    let organization = organization(cx, &call)?;
    require_parent(organization, parent_id)?;
    let inside = organization.units().filter(|unit| unit.parent == *parent_id);
    let units = inside.map(|unit| shown(&call, organization, unit)).collect();
    let operation = format!("ListOrganizationalUnitsForParent {parent_id}");
    let key = |unit: &OrganizationalUnit| unit.id.clone();
    let (organizational_units, next_token) =
        listed(cx, &call, &operation, units, key, next_token.as_deref(), *max_results)?;
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
    let organization = organization(cx, &call)?;
    let unit = organization.unit(&call.input.organizational_unit_id).ok_or_else(unit_not_found)?;
    Ok(UnitOutput { organizational_unit: shown(&call, organization, unit) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListParentsInput {
    child_id: String,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListParentsOutput {
    parents: Vec<IdAndType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The parent of an account or unit.
pub(super) async fn list_parents(
    cx: &Context<'_>,
    call: Authorized<ListParentsInput>,
) -> Result<ListParentsOutput, Fault> {
    let ListParentsInput { child_id, next_token, max_results } = &call.input;
    let organization = organization(cx, &call)?;
    let of_unit = organization.unit(child_id).map(|unit| unit.parent.clone());
    let of_account = || {
        let account = cx.directory.account(child_id.parse().ok()?)?;
        Some(account.record().membership.as_ref()?.parent.clone())
    };
    let parent = of_unit
        .or_else(of_account)
        .ok_or_else(|| fault("ChildNotFoundException", "You specified a child that doesn't exist."))?;
    let kind = if parent == organization.record().root_id { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    let parents = vec![IdAndType { id: parent, r#type: kind }];
    let operation = format!("ListParents {child_id}");
    let key = |parent: &IdAndType| parent.id.clone();
    let (parents, next_token) = listed(cx, &call, &operation, parents, key, next_token.as_deref(), *max_results)?;
    Ok(ListParentsOutput { parents, next_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListChildrenInput {
    parent_id: String,
    child_type: String,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListChildrenOutput {
    children: Vec<IdAndType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The accounts or units directly under a root or unit.
pub(super) async fn list_children(
    cx: &Context<'_>,
    call: Authorized<ListChildrenInput>,
) -> Result<ListChildrenOutput, Fault> {
    let ListChildrenInput { parent_id, child_type, next_token, max_results } = &call.input;
    let organization = organization(cx, &call)?;
    require_parent(organization, parent_id)?;
    let children = if child_type == "ACCOUNT" {
        let accounts = cx.directory.accounts_in(parent_id);
        accounts.map(|account| IdAndType { id: account.id().to_string(), r#type: "ACCOUNT" }).collect()
    } else {
        let units = organization.units().filter(|unit| unit.parent == *parent_id);
        units.map(|unit| IdAndType { id: unit.id.clone(), r#type: "ORGANIZATIONAL_UNIT" }).collect()
    };
    let operation = format!("ListChildren {parent_id} {child_type}");
    let key = |child: &IdAndType| child.id.clone();
    let (children, next_token) = listed(cx, &call, &operation, children, key, next_token.as_deref(), *max_results)?;
    Ok(ListChildrenOutput { children, next_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateUnitInput {
    parent_id: String,
    name: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

fn free_name(organization: &Organization, parent: &str, name: &str, besides: Option<&str>) -> Result<(), Fault> {
    let taken = |unit: &OrganizationalUnitRecord| {
        unit.parent == parent && unit.name == name && Some(unit.id.as_str()) != besides
    };
    match organization.units().any(taken) {
        true => Err(fault("DuplicateOrganizationalUnitException", "An OU with the same name already exists.")),
        false => Ok(()),
    }
}

/// Creates a unit under the root or another unit, five levels deep at most. FullAWSAccess is attached to it, as AWS does.
pub(super) async fn create_organizational_unit(
    cx: &Context<'_>,
    call: Authorized<CreateUnitInput>,
) -> Result<UnitOutput, Fault> {
    let input = &call.input;
    let organization = organization(cx, &call)?;
    require_parent(organization, &input.parent_id)?;
    free_name(organization, &input.parent_id, &input.name, None)?;
    if organization.unit(&input.parent_id).is_some_and(|parent| line(organization, parent).len() >= MAX_DEPTH) {
        let message = "You cannot add an organizational unit to the specified parent because it would exceed the max depth allowed.";
        return Err(constraint("OU_DEPTH_LIMIT_EXCEEDED", message));
    }
    if organization.units().count() >= MAX_UNITS {
        let message = "You have exceeded the number of organizational units that you can have in an organization.";
        return Err(constraint("OU_NUMBER_LIMIT_EXCEEDED", message));
    }
    let root = organization.record().root_id.trim_start_matches("r-");
    let unit = OrganizationalUnitRecord {
        id: format!("ou-{root}-{}", random(cx, 8)),
        name: input.name.clone(),
        parent: input.parent_id.clone(),
        tags: new_tags(&input.tags)?,
    };
    let organizational_unit = shown(&call, organization, &unit);
    let attachments = joining::first_attachments(cx, organization, &unit.id).into_iter().map(Record::from);
    cx.commit_directory(attachments.fold(DirectoryChange::new().put(unit), DirectoryChange::put));
    Ok(UnitOutput { organizational_unit })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateUnitInput {
    organizational_unit_id: String,
    name: Option<String>,
}

/// Renames a unit. A name that is missing or blank changes nothing.
pub(super) async fn update_organizational_unit(
    cx: &Context<'_>,
    call: Authorized<UpdateUnitInput>,
) -> Result<UnitOutput, Fault> {
    let organization = organization(cx, &call)?;
    let mut unit = organization.unit(&call.input.organizational_unit_id).ok_or_else(unit_not_found)?.clone();
    if let Some(name) = call.input.name.as_ref().filter(|name| !name.trim().is_empty()) {
        free_name(organization, &unit.parent, name, Some(&unit.id))?;
        unit.name.clone_from(name);
        cx.commit_directory(DirectoryChange::new().put(unit.clone()));
    }
    Ok(UnitOutput { organizational_unit: shown(&call, organization, &unit) })
}

/// Deletes a unit with nothing in it.
pub(super) async fn delete_organizational_unit(
    cx: &Context<'_>,
    call: Authorized<UnitInput>,
) -> Result<Nothing, Fault> {
    let organization = organization(cx, &call)?;
    let unit = organization.unit(&call.input.organizational_unit_id).ok_or_else(unit_not_found)?;
    let occupied = organization.units().any(|below| below.parent == unit.id)
        || cx.directory.accounts_in(&unit.id).next().is_some();
    if occupied {
        let message = "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.";
        return Err(fault("OrganizationalUnitNotEmptyException", message));
    }
    cx.commit_directory(joining::detach_all(organization, &unit.id).delete(Record::from(unit.clone()).key()));
    Ok(Nothing {})
}
