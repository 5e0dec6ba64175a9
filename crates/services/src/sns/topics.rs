use std::collections::BTreeMap;

use bailiwick_authority::record::ResourceRecord;
use bailiwick_authority::{DirectoryChange, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Arn, Timestamp};
use bailiwick_policy::{Policy, PolicyType};
use bailiwick_store::{Change, EntityQuery, Expect};
use serde::{Deserialize, Serialize};

use super::{PAGE, Tag, arn, invalid, key, not_found, tag_map};
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
}

/// Attributes that may be set, besides `Policy`. Source: the SNS API reference, SetTopicAttributes.
const SETTABLE: &[&str] = &["DeliveryPolicy", "DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig"];

fn check_attribute(name: &str, value: &str) -> Result<(), Fault> {
    match name {
        "Policy" => {
            let policy = Policy::read("Policy", PolicyType::Resource, value);
            match policy.document() {
                Some(_) => Ok(()),
                None => Err(invalid("Policy Error: null")),
            }
        }
        "DisplayName" if value.chars().count() > 100 => Err(invalid("DisplayName Reason: longer than 100 characters")),
        "SignatureVersion" if !matches!(value, "1" | "2") => Err(invalid("SignatureVersion")),
        "FifoTopic" | "ContentBasedDeduplication" if value != "false" => {
            Err(invalid(format_args!("{name} Reason: FIFO topics are not offered; leave the attribute out")))
        }
        "FifoTopic" | "ContentBasedDeduplication" => Ok(()),
        name if SETTABLE.contains(&name) => Ok(()),
        _ => Err(invalid("AttributeName")),
    }
}

/// The policy of a topic that was given none: its owner's account may do everything by its identity policies.
/// Source: the SNS developer guide, "Default topic policy".
fn default_policy(arn: &Arn) -> String {
    let actions = [
        "SNS:GetTopicAttributes",
        "SNS:SetTopicAttributes",
        "SNS:AddPermission",
        "SNS:RemovePermission",
        "SNS:DeleteTopic",
        "SNS:Subscribe",
        "SNS:ListSubscriptionsByTopic",
        "SNS:Publish",
    ];
    serde_json::json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": actions,
            "Resource": arn.as_str(),
            "Condition": {"StringEquals": {"AWS:SourceOwner": arn.account()}},
        }],
    })
    .to_string()
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

/// Creates a topic, or answers with the one that is there when nothing about it would differ.
pub(super) async fn create_topic(
    cx: &Context<'_>,
    call: Authorized<CreateTopicInput>,
) -> Result<CreateTopicOutput, Fault> {
    let name = &call.input.name;
    let fits =
        (1..=256).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !fits {
        let fifo = name.ends_with(".fifo");
        return Err(invalid(if fifo { "Topic Name Reason: FIFO topics are not offered" } else { "Topic Name" }));
    }
    for (name, value) in &call.input.attributes {
        check_attribute(name, value)?;
    }
    if call.input.data_protection_policy.is_some() {
        return Err(invalid("DataProtectionPolicy Reason: data protection policies are not offered; leave it out"));
    }
    let arn = call.arn("sns", name)?;
    let tags = tag_map(call.input.tags.clone())?;
    if let Some((topic, _)) = cx.read::<Topic>(key(&arn, KIND)).await? {
        let differs = |(name, value): (&String, &String)| name != "Policy" && topic.attributes.get(name) != Some(value);
        if call.input.attributes.iter().any(differs) {
            return Err(invalid("Attributes Reason: Topic already exists with different attributes"));
        }
        let resource = cx.directory.resource(arn.as_str());
        if !tags.is_empty() && resource.is_none_or(|resource| resource.record.tags != tags) {
            return Err(invalid("Tags Reason: Topic already exists with different tags"));
        }
        return Ok(CreateTopicOutput { topic_arn: arn.to_string() });
    }

    let mut attributes = call.input.attributes.clone();
    let policy = attributes.remove("Policy").unwrap_or_else(|| default_policy(&arn));
    let topic = Topic { arn: arn.to_string(), owner: call.account(), attributes, created_at: cx.now };
    cx.commit(Change::new().put(key(&arn, KIND), crate::fault::to_stored(&topic)?, Expect::Absent));
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
    topic_arn: String,
}

/// Deletes a topic and what is subscribed to it. Deleting what is not there succeeds.
pub(super) async fn delete_topic(cx: &Context<'_>, call: Authorized<TopicInput>) -> Result<Nothing, Fault> {
    let arn = arn(&call.input.topic_arn, "TopicArn")?;
    if cx.read::<Topic>(key(&arn, KIND)).await?.is_none() {
        return Ok(Nothing {});
    }
    let mut change = Change::new().delete(key(&arn, KIND), Expect::Present);
    for subscription in super::subscriptions::of_topic(cx, &arn).await? {
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

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetTopicAttributesOutput {
    attributes: BTreeMap<String, String>,
}

/// A topic's attributes.
pub(super) async fn get_topic_attributes(
    cx: &Context<'_>,
    call: Authorized<TopicInput>,
) -> Result<GetTopicAttributesOutput, Fault> {
    let arn = arn(&call.input.topic_arn, "TopicArn")?;
    let topic = Topic::find(cx, &arn).await?;
    let subscriptions = super::subscriptions::of_topic(cx, &arn).await?;
    let pending = subscriptions.iter().filter(|subscription| subscription.pending).count();
    let mut attributes = topic.attributes;
    attributes.entry("DisplayName".to_owned()).or_default();
    let policy = cx.directory.resource(arn.as_str()).and_then(|resource| resource.record.policy.clone());
    for (name, value) in [
        ("TopicArn", topic.arn),
        ("Owner", topic.owner.to_string()),
        ("Policy", policy.unwrap_or_default()),
        ("SubscriptionsConfirmed", (subscriptions.len() - pending).to_string()),
        ("SubscriptionsPending", pending.to_string()),
        ("SubscriptionsDeleted", "0".to_owned()),
        ("EffectiveDeliveryPolicy", EFFECTIVE_DELIVERY_POLICY.to_owned()),
    ] {
        attributes.insert(name.to_owned(), value);
    }
    Ok(GetTopicAttributesOutput { attributes })
}

/// SNS's defaults for HTTP endpoints. Source: the SNS developer guide, "Message delivery retries".
const EFFECTIVE_DELIVERY_POLICY: &str = r#"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}"#;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetTopicAttributesInput {
    topic_arn: String,
    attribute_name: String,
    attribute_value: Option<String>,
}

/// Sets one attribute; an empty `Policy` brings the default policy back.
pub(super) async fn set_topic_attributes(
    cx: &Context<'_>,
    call: Authorized<SetTopicAttributesInput>,
) -> Result<Nothing, Fault> {
    let arn = arn(&call.input.topic_arn, "TopicArn")?;
    let (mut topic, revision) =
        cx.read::<Topic>(key(&arn, KIND)).await?.ok_or_else(|| not_found("Topic does not exist"))?;
    let name = call.input.attribute_name;
    let value = call.input.attribute_value.unwrap_or_default();
    if name == "Policy" {
        let policy = if value.is_empty() { default_policy(&arn) } else { value };
        check_attribute(&name, &policy)?;
        let resource = cx.directory.resource(arn.as_str());
        cx.commit_directory(DirectoryChange::new().put(ResourceRecord {
            arn: arn.to_string(),
            account: topic.owner,
            policy: Some(policy),
            tags: resource.map(|resource| resource.record.tags.clone()).unwrap_or_default(),
        }));
        return Ok(Nothing {});
    }
    if !SETTABLE.contains(&name.as_str()) {
        return Err(invalid("AttributeName"));
    }
    check_attribute(&name, &value)?;
    topic.attributes.insert(name, value);
    cx.commit(Change::new().put(key(&arn, KIND), crate::fault::to_stored(&topic)?, Expect::Revision(revision)));
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
