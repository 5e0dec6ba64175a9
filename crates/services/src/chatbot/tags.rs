use bailiwick_authority::record::{ChannelConfigurationRecord, CustomActionRecord};
use bailiwick_authority::{DirectoryChange, Tags};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{account, invalid_parameter, not_found};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// How many tags a resource may have.
const MAX_TAGS: usize = 50;

/// A tag, as Chatbot writes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    tag_key: String,
    tag_value: String,
}

impl Tag {
    pub(crate) fn list(tags: &Tags) -> Vec<Tag> {
        tags.iter().map(|(key, value)| Tag { tag_key: key.clone(), tag_value: value.clone() }).collect()
    }
}

/// Tags came to Chatbot after its first guides.
fn supported(cx: &Context<'_>) -> Result<(), Fault> {
    if cx.settings.seed_semantics && !bailiwick_aws::support::seed("chatbot").is_some_and(|row| row.tags.is_yes()) {
        return Err(invalid_parameter("AWS Chatbot does not support tags; this server runs with --seed-semantics."));
    }
    Ok(())
}

/// The tags after some are added; a value replaces the one that is there.
fn added(cx: &Context<'_>, mut tags: Tags, new: &[Tag]) -> Result<Tags, Fault> {
    supported(cx)?;
    let mut keys: Vec<&str> = new.iter().map(|tag| tag.tag_key.as_str()).collect();
    keys.sort_unstable();
    if let Some(twice) = keys.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first()) {
        return Err(invalid_parameter(format!("The tag key {twice} is given twice.")));
    }
    if let Some(reserved) = keys.iter().find(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(invalid_parameter(format!("The tag key {reserved} begins with aws:, which is reserved.")));
    }
    tags.extend(new.iter().map(|tag| (tag.tag_key.clone(), tag.tag_value.clone())));
    if tags.len() > MAX_TAGS {
        let text = format!("The supplied list of tags contains too many tags. A resource has at most {MAX_TAGS}.");
        return Err(Fault::sender("TooManyTagsException", 400, text));
    }
    Ok(tags)
}

/// The tags of a new resource.
pub(crate) fn first(cx: &Context<'_>, tags: Option<&[Tag]>) -> Result<Tags, Fault> {
    match tags {
        None | Some([]) => Ok(Tags::new()),
        Some(tags) => added(cx, Tags::new(), tags),
    }
}

/// What may have tags.
enum Tagged {
    Action(Box<CustomActionRecord>),
    Configuration(Box<ChannelConfigurationRecord>),
}

impl Tagged {
    fn find<I>(cx: &Context<'_>, call: &Authorized<I>, arn: &str) -> Result<Tagged, Fault> {
        let of = account(cx, call)?;
        let configuration =
            of.channel_configuration(arn).map(|record| Tagged::Configuration(Box::new((**record).clone())));
        let action = || of.custom_action(arn).cloned().map(|record| Tagged::Action(Box::new(record)));
        configuration.or_else(action).ok_or_else(|| not_found("We were unable to find the resource for your request"))
    }

    fn tags(&mut self) -> &mut Tags {
        match self {
            Tagged::Action(record) => &mut record.tags,
            Tagged::Configuration(record) => &mut record.tags,
        }
    }

    fn put(self, cx: &Context<'_>) {
        let change = DirectoryChange::new();
        cx.commit_directory(match self {
            Tagged::Action(record) => change.put(*record),
            Tagged::Configuration(record) => change.put(*record),
        });
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ListTagsInput {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTagsOutput {
    tags: Vec<Tag>,
}

/// The tags of a configuration or a custom action.
pub(super) async fn list_tags_for_resource(
    cx: &Context<'_>,
    call: Authorized<ListTagsInput>,
) -> Result<ListTagsOutput, Fault> {
    supported(cx)?;
    let mut tagged = Tagged::find(cx, &call, &call.input.resource_arn)?;
    Ok(ListTagsOutput { tags: Tag::list(tagged.tags()) })
}

#[derive(Debug, Deserialize)]
pub(super) struct TagInput {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    #[serde(rename = "Tags")]
    tags: Vec<Tag>,
}

/// Adds tags, replacing the values of keys that are there.
pub(super) async fn tag_resource(cx: &Context<'_>, call: Authorized<TagInput>) -> Result<Nothing, Fault> {
    let mut tagged = Tagged::find(cx, &call, &call.input.resource_arn)?;
    let tags = tagged.tags();
    *tags = added(cx, std::mem::take(tags), &call.input.tags)?;
    tagged.put(cx);
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
pub(super) struct UntagInput {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    #[serde(rename = "TagKeys")]
    tag_keys: Vec<String>,
}

/// Takes tags away; keys that are not there are no mistake.
pub(super) async fn untag_resource(cx: &Context<'_>, call: Authorized<UntagInput>) -> Result<Nothing, Fault> {
    supported(cx)?;
    let mut tagged = Tagged::find(cx, &call, &call.input.resource_arn)?;
    tagged.tags().retain(|key, _| !call.input.tag_keys.contains(key));
    tagged.put(cx);
    Ok(Nothing {})
}
