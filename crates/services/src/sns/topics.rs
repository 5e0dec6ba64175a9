use std::collections::BTreeMap;

use bailiwick_authority::record::ResourceRecord;
use bailiwick_authority::{DirectoryChange, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Arn, Timestamp};
use bailiwick_notify::sns::envelope::SignatureVersion;
use bailiwick_store::{Change, EntityQuery, Expect};
use serde::{Deserialize, Serialize};

use super::access::{default_policy, stored_policy};
use super::attributes::check_attribute;
use super::{PAGE, Tag, data_protection, invalid, key, not_found, tag_map, topic_arn};
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

pub(super) const KIND: &str = "sns.topic";

/// The stored form of a topic. Its policy and tags are in the resource register.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Topic {
    pub(super) arn: String,
    pub(super) owner: AccountId,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) created_at: Timestamp,
}

impl Topic {
    /// The topic of an ARN.
    pub(super) async fn find(cx: &Context<'_>, arn: &Arn) -> Result<Topic, Fault> {
        let found = cx.read::<Topic>(key(arn, KIND)).await?;
        found.map(|(topic, _)| topic).ok_or_else(|| not_found("Topic does not exist"))
    }

    fn is(&self, attribute: &str) -> bool {
        self.attributes.get(attribute).is_some_and(|value| value == "true")
    }

    /// Whether it keeps messages in order, and each once.
    pub(super) fn fifo(&self) -> bool {
        self.is("FifoTopic")
    }

    /// Whether the message itself tells duplicates.
    pub(super) fn deduplicates_by_content(&self) -> bool {
        self.is("ContentBasedDeduplication")
    }

    /// Whether duplicates are looked for within a message group only.
    pub(super) fn deduplicates_by_group(&self) -> bool {
        self.attributes.get("FifoThroughputScope").is_some_and(|scope| scope == "MessageGroup")
    }

    /// How its messages are signed; those of a FIFO topic are not.
    pub(super) fn signature_version(&self) -> Option<SignatureVersion> {
        match self.attributes.get("SignatureVersion").map(String::as_str) {
            _ if self.fifo() => None,
            Some("2") => Some(SignatureVersion::Two),
            _ => Some(SignatureVersion::One),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateTopicInput {
    name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    tags: Vec<Tag>,
    data_protection_policy: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateTopicOutput {
    topic_arn: String,
}

/// What SNS says of a name that a FIFO topic cannot have.
const FIFO_NAME: &str = "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.";

fn check_name(name: &str, fifo: bool) -> Result<(), Fault> {
    let plain = if fifo { name.strip_suffix(".fifo") } else { Some(name) };
    let fits = plain.is_some_and(|plain| {
        !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    });
    match fits && name.len() <= 256 {
        true => Ok(()),
        false if fifo => Err(invalid(FIFO_NAME)),
        false => Err(invalid("Topic Name")),
    }
}

/// Creates a topic, or answers with the one that is there when nothing about it would differ.
pub(super) async fn create_topic(
    cx: &Context<'_>,
    call: Authorized<CreateTopicInput>,
) -> Result<CreateTopicOutput, Fault> {
    let mut attributes = call.input.attributes.clone();
    attributes.iter_mut().for_each(|(name, value)| super::attributes::lower_switch(name, value));
    let fifo = attributes.get("FifoTopic").is_some_and(|value| value == "true");
    check_name(&call.input.name, fifo)?;
    for (name, value) in &attributes {
        match name.as_str() {
            "Policy" => {}
            "FifoTopic" if matches!(value.as_str(), "true" | "false") => {}
            "FifoTopic" => return Err(invalid("FifoTopic")),
            _ => check_attribute(name, value, fifo)?,
        }
    }
    if !fifo {
        // What says nothing is not kept, so that leaving it out next time is the same topic.
        attributes.retain(|name, _| !matches!(name.as_str(), "FifoTopic" | "ContentBasedDeduplication"));
    }
    let arn = call.arn("sns", &call.input.name)?;
    let tags = tag_map(call.input.tags.clone())?;
    let policy = attributes.remove("Policy").filter(|policy| !policy.is_empty());
    let policy = policy.map(|policy| stored_policy(cx, &policy)).transpose()?;
    if let Some((topic, _)) = cx.read::<Topic>(key(&arn, KIND)).await? {
        let differs = |(name, value): (&String, &String)| topic.attributes.get(name) != Some(value);
        if attributes.iter().any(differs) {
            return Err(invalid("Attributes Reason: Topic already exists with different attributes"));
        }
        let resource = cx.directory.resource(arn.as_str());
        if !tags.is_empty() && resource.is_none_or(|resource| resource.record.tags != tags) {
            return Err(invalid("Tags Reason: Topic already exists with different tags"));
        }
        return Ok(CreateTopicOutput { topic_arn: arn.to_string() });
    }

    let policy = policy.unwrap_or_else(|| default_policy(&arn));
    let topic = Topic { arn: arn.to_string(), owner: call.account(), attributes, created_at: cx.now };
    cx.commit(Change::new().put(key(&arn, KIND), crate::fault::to_stored(&topic)?, Expect::Absent));
    if let Some(policy) = &call.input.data_protection_policy {
        cx.commit(data_protection::stored(&arn, policy)?);
    }
    cx.commit_directory(DirectoryChange::new().put(ResourceRecord {
        arn: arn.to_string(),
        account: call.account(),
        policy: Some(policy),
        tags,
    }));
    Ok(CreateTopicOutput { topic_arn: arn.to_string() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TopicInput {
    pub(super) topic_arn: String,
}

/// Deletes a topic and what is subscribed to it. Deleting what is not there succeeds. What was published before is still
/// delivered.
pub(super) async fn delete_topic(cx: &Context<'_>, call: Authorized<TopicInput>) -> Result<Nothing, Fault> {
    let arn = topic_arn(&call, &call.input.topic_arn)?;
    if cx.read::<Topic>(key(&arn, KIND)).await?.is_none() {
        return Ok(Nothing {});
    }
    let mut change = Change::new()
        .delete(key(&arn, KIND), Expect::Present)
        .delete(data_protection::place(&arn), Expect::Any)
        .delete(super::publish::sequence_place(&arn), Expect::Any);
    for subscription in super::subscriptions::stored_of_topic(cx, &arn).await? {
        change = change.delete(subscription.key()?, Expect::Any);
    }
    cx.commit(change);
    if cx.directory.resource(arn.as_str()).is_some() {
        cx.commit_directory(DirectoryChange::new().delete(RecordKey {
            kind: RecordKind::Resource,
            account: arn.account_id(),
            id: arn.to_string(),
        }));
    }
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTopicsInput {
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TopicEntry {
    topic_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTopicsOutput {
    topics: Vec<TopicEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The topics of the account in the Region.
pub(super) async fn list_topics(
    cx: &Context<'_>,
    call: Authorized<ListTopicsInput>,
) -> Result<ListTopicsOutput, Fault> {
    let query = EntityQuery::kind(KIND)
        .partition(call.partition().as_str())
        .account(call.account().as_str())
        .region(call.region().as_str());
    let topics: Vec<Topic> = cx.read_all(query).await?;
    let scope = format!("sns:ListTopics {} {}", call.account(), call.region());
    let page = page(cx.vault, &scope, topics, |topic| topic.arn.clone(), call.input.next_token.as_deref(), PAGE)
        .ok_or_else(|| invalid("NextToken"))??;
    let topics = page.items.into_iter().map(|topic| TopicEntry { topic_arn: topic.arn }).collect();
    Ok(ListTopicsOutput { topics, next_token: page.next })
}
