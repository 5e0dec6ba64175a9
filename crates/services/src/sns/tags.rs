use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::ResourceRecord;
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{Tag, arn, tag_map};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// How many tags a topic may have. Source: the SNS API reference, TagResource.
const MAX_TAGS: usize = 50;

fn resource(cx: &Context<'_>, text: &str) -> Result<ResourceRecord, Fault> {
    let arn = arn(text, "ResourceArn")?;
    match cx.directory.resource(arn.as_str()) {
        Some(resource) => Ok(resource.record.clone()),
        None => Err(Fault::sender("ResourceNotFound", 404, "Resource does not exist")),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTagsInput {
    resource_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTagsOutput {
    tags: Vec<Tag>,
}

/// The tags of a topic.
pub(super) async fn list_tags_for_resource(
    cx: &Context<'_>,
    call: Authorized<ListTagsInput>,
) -> Result<ListTagsOutput, Fault> {
    let record = resource(cx, &call.input.resource_arn)?;
    Ok(ListTagsOutput { tags: record.tags.into_iter().map(|(key, value)| Tag { key, value }).collect() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagInput {
    resource_arn: String,
    tags: Vec<Tag>,
}

/// Adds tags to a topic, replacing the values of keys that are there.
pub(super) async fn tag_resource(cx: &Context<'_>, call: Authorized<TagInput>) -> Result<Nothing, Fault> {
    let mut record = resource(cx, &call.input.resource_arn)?;
    record.tags.extend(tag_map(call.input.tags)?);
    if record.tags.len() > MAX_TAGS {
        return Err(Fault::sender(
            "TagLimitExceeded",
            400,
            "Could not complete request: tag quota of per resource exceeded",
        ));
    }
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagInput {
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// Removes tags from a topic. Keys that are not there are no error.
pub(super) async fn untag_resource(cx: &Context<'_>, call: Authorized<UntagInput>) -> Result<Nothing, Fault> {
    let mut record = resource(cx, &call.input.resource_arn)?;
    record.tags.retain(|key, _| !call.input.tag_keys.contains(key));
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}
