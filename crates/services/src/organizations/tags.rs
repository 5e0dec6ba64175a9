//! Tags of accounts, units, policies, the root and the delegation policy.

use std::collections::BTreeSet;

use bailiwick_authority::record::{
    AccountRecord, OrganizationPolicyRecord, OrganizationRecord, OrganizationalUnitRecord, Record, ResourcePolicyRecord,
};
use bailiwick_authority::{DirectoryChange, Organization, Tags};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{constraint, fault, invalid, listed, organization};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// How many tags a resource has at most. Source: AWS's Organizations guide, "Quotas".
const MAX_TAGS: usize = 50;

/// A tag, as Organizations writes it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

fn is_systems(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

/// The tags of something new.
pub(super) fn new_tags(tags: &[Tag]) -> Result<Tags, Fault> {
    added(Tags::new(), tags)
}

fn added(mut have: Tags, tags: &[Tag]) -> Result<Tags, Fault> {
    let mut seen = BTreeSet::new();
    for tag in tags {
        if is_systems(&tag.key) {
            let message = "You specified a tag key that is a system tag. You can't add, edit, or delete system tag keys because they're reserved for AWS use.";
            return Err(invalid("INVALID_SYSTEM_TAGS_PARAMETER", message));
        }
        if !seen.insert(&tag.key) {
            return Err(invalid(
                "DUPLICATE_TAG_KEY",
                "Tag keys must be unique among the tags attached to the same entity.",
            ));
        }
        have.insert(tag.key.clone(), tag.value.clone());
    }
    if have.len() > MAX_TAGS {
        let message = "You have exceeded the number of tags allowed on this resource.";
        return Err(constraint("MAX_TAG_LIMIT_EXCEEDED", message));
    }
    Ok(have)
}

fn target_not_found() -> Fault {
    fault("TargetNotFoundException", "You specified a target that doesn't exist.")
}

/// The change that gives a resource other tags.
type Retag<'a> = Box<dyn Fn(Tags) -> DirectoryChange + Send + 'a>;

/// The tags of a resource, by its id, and the change that gives it others.
fn find<'a>(cx: &'a Context<'_>, organization: &'a Organization, id: &str) -> Option<(Tags, Retag<'a>)> {
    let record = organization.record();
    if id == record.root_id {
        let with = move |root_tags| put(OrganizationRecord { root_tags, ..record.clone() });
        return Some((record.root_tags.clone(), Box::new(with)));
    }
    if let Some(policy) = record.resource_policy.as_ref().filter(|policy| policy.id == id) {
        let with = move |tags| {
            let resource_policy = Some(ResourcePolicyRecord { tags, ..policy.clone() });
            put(OrganizationRecord { resource_policy, ..record.clone() })
        };
        return Some((policy.tags.clone(), Box::new(with)));
    }
    if let Some(unit) = organization.unit(id) {
        let with = move |tags| put(OrganizationalUnitRecord { tags, ..unit.clone() });
        return Some((unit.tags.clone(), Box::new(with)));
    }
    if let Some(policy) = organization.policy(id).filter(|policy| !policy.aws_managed) {
        let with = move |tags| put(OrganizationPolicyRecord { tags, ..policy.record.clone() });
        return Some((policy.record.tags.clone(), Box::new(with)));
    }
    let account = super::accounts::member(cx, id.parse().ok()?).ok()?;
    let with = move |tags| put(AccountRecord { tags, ..account.clone() });
    Some((account.tags.clone(), Box::new(with)))
}

fn put(record: impl Into<Record>) -> DirectoryChange {
    DirectoryChange::new().put(record)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagInput {
    resource_id: String,
    tags: Vec<Tag>,
}

/// Adds tags to a resource, or gives them other values.
pub(super) async fn tag_resource(cx: &Context<'_>, call: Authorized<TagInput>) -> Result<Nothing, Fault> {
    let (tags, change) = find(cx, organization(cx, &call)?, &call.input.resource_id).ok_or_else(target_not_found)?;
    cx.commit_directory(change(added(tags, &call.input.tags)?));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagInput {
    resource_id: String,
    tag_keys: Vec<String>,
}

/// Takes tags from a resource; those it does not have do not matter.
pub(super) async fn untag_resource(cx: &Context<'_>, call: Authorized<UntagInput>) -> Result<Nothing, Fault> {
    let (mut tags, change) =
        find(cx, organization(cx, &call)?, &call.input.resource_id).ok_or_else(target_not_found)?;
    tags.retain(|key, _| !call.input.tag_keys.contains(key));
    cx.commit_directory(change(tags));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    resource_id: String,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The tags of a resource.
pub(super) async fn list_tags_for_resource(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let ListInput { resource_id, next_token } = &call.input;
    let (tags, _) = find(cx, organization(cx, &call)?, resource_id).ok_or_else(target_not_found)?;
    let tags = tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
    let operation = format!("ListTagsForResource {resource_id}");
    let (tags, next_token) = listed(cx, &call, &operation, tags, |tag| tag.key.clone(), next_token.as_deref(), None)?;
    Ok(ListOutput { tags, next_token })
}
