use std::collections::BTreeMap;

use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::ResourceRecord;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use bailiwick_notify::sns::retry::DeliveryPolicy;
use bailiwick_store::{Change, Expect};
use serde::{Deserialize, Serialize};

use super::access::{default_policy, shown_policy, stored_policy};
use super::topics::{KIND, Topic, TopicInput};
use super::{invalid, key, not_found, topic_arn};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// What an attribute's value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Any text: kept and shown.
    Text,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A delivery policy.
    Delivery,
    /// At most 100 characters.
    Display,
    /// The ARN of a role, or nothing.
    Role,
    /// A percentage.
    Percent,
}

const SWITCH: Form = Form::OneOf(&["true", "false"]);

/// The attributes that may be set, besides `Policy`, and whether only FIFO topics have them. Encryption keys, tracing and
/// delivery status logging are kept and shown; nothing is encrypted, traced or logged by them.
/// Source: the SNS API reference, SetTopicAttributes.
const SETTABLE: &[(&str, Form, bool)] = &[
    ("ApplicationFailureFeedbackRoleArn", Form::Role, false),
    ("ApplicationSuccessFeedbackRoleArn", Form::Role, false),
    ("ApplicationSuccessFeedbackSampleRate", Form::Percent, false),
    ("ContentBasedDeduplication", SWITCH, true),
    ("DeliveryPolicy", Form::Delivery, false),
    ("DisplayName", Form::Display, false),
    ("FifoThroughputScope", Form::OneOf(&["Topic", "MessageGroup"]), true),
    ("FirehoseFailureFeedbackRoleArn", Form::Role, false),
    ("FirehoseSuccessFeedbackRoleArn", Form::Role, false),
    ("FirehoseSuccessFeedbackSampleRate", Form::Percent, false),
    ("HTTPFailureFeedbackRoleArn", Form::Role, false),
    ("HTTPSuccessFeedbackRoleArn", Form::Role, false),
    ("HTTPSuccessFeedbackSampleRate", Form::Percent, false),
    ("KmsMasterKeyId", Form::Text, false),
    ("LambdaFailureFeedbackRoleArn", Form::Role, false),
    ("LambdaSuccessFeedbackRoleArn", Form::Role, false),
    ("LambdaSuccessFeedbackSampleRate", Form::Percent, false),
    ("SQSFailureFeedbackRoleArn", Form::Role, false),
    ("SQSSuccessFeedbackRoleArn", Form::Role, false),
    ("SQSSuccessFeedbackSampleRate", Form::Percent, false),
    ("SignatureVersion", Form::OneOf(&["1", "2"]), false),
    ("TracingConfig", Form::OneOf(&["Active", "PassThrough"]), false),
];

/// The largest value that is kept.
const MAX_VALUE_BYTES: usize = 30_720;

/// Brings a switch into the form in which it is kept: SNS reads `True` as well.
pub(super) fn lower_switch(name: &str, value: &mut str) {
    let switch = name == "FifoTopic" || SETTABLE.iter().any(|(known, form, _)| *known == name && *form == SWITCH);
    if switch {
        value.make_ascii_lowercase();
    }
}

/// Whether a topic may have this attribute.
pub(super) fn check_attribute(name: &str, value: &str, fifo: bool) -> Result<(), Fault> {
    if matches!(name, "ArchivePolicy" | "BeginningArchiveTime") {
        return Err(invalid(format_args!("{name} Reason: messages are not archived by this server; leave it out")));
    }
    let Some((_, form, fifo_only)) = SETTABLE.iter().find(|(known, ..)| *known == name) else {
        return Err(invalid("AttributeName"));
    };
    if value.len() > MAX_VALUE_BYTES {
        return Err(invalid(name));
    }
    if *fifo_only && !fifo && value != "false" {
        return Err(invalid(match name {
            "ContentBasedDeduplication" => "Content-based deduplication can only be set for FIFO topics",
            _ => "FifoThroughputScope Reason: it can only be set for FIFO topics",
        }));
    }
    let fits = match form {
        Form::Text => true,
        Form::OneOf(values) => values.contains(&value),
        Form::Display => value.chars().count() <= 100,
        Form::Role => value.is_empty() || Arn::parse(value).is_ok_and(|arn| arn.resource().starts_with("role/")),
        Form::Percent => value.is_empty() || value.parse::<u8>().is_ok_and(|percent| percent <= 100),
        Form::Delivery => {
            DeliveryPolicy::of_topic(value).map_err(|cause| invalid(format_args!("DeliveryPolicy: {cause}")))?;
            true
        }
    };
    if fits { Ok(()) } else { Err(invalid(name)) }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetTopicAttributesOutput {
    attributes: BTreeMap<String, String>,
}

/// The delivery policy of a topic; what was accepted is read again, so it can only fail when the store was changed.
pub(super) fn delivery_policy(topic: &Topic) -> Result<DeliveryPolicy, Fault> {
    let text = topic.attributes.get("DeliveryPolicy").map(String::as_str).unwrap_or_default();
    DeliveryPolicy::of_topic(text).map_err(|cause| crate::fault::internal(&cause))
}

/// A topic's attributes.
pub(super) async fn get_topic_attributes(
    cx: &Context<'_>,
    call: Authorized<TopicInput>,
) -> Result<GetTopicAttributesOutput, Fault> {
    let arn = topic_arn(&call, &call.input.topic_arn)?;
    let topic = Topic::find(cx, &arn).await?;
    let subscriptions = super::subscriptions::of_topic(cx, &arn).await?;
    let deleted = subscriptions.iter().filter(|subscription| subscription.deleted_at.is_some()).count();
    let pending = subscriptions.iter().filter(|subscription| subscription.is_pending()).count();
    let effective = DeliveryPolicy::default().effective(delivery_policy(&topic)?);
    let fifo = topic.fifo();
    let mut attributes = topic.attributes;
    attributes.entry("DisplayName".to_owned()).or_default();
    if fifo {
        attributes.entry("ContentBasedDeduplication".to_owned()).or_insert_with(|| "false".to_owned());
    }
    let policy = cx.directory.resource(arn.as_str()).and_then(|resource| resource.record.policy.clone());
    for (name, value) in [
        ("TopicArn", topic.arn),
        ("Owner", topic.owner.to_string()),
        ("Policy", policy.map(|policy| shown_policy(cx, &policy)).unwrap_or_default()),
        ("SubscriptionsConfirmed", (subscriptions.len() - pending - deleted).to_string()),
        ("SubscriptionsPending", pending.to_string()),
        ("SubscriptionsDeleted", deleted.to_string()),
        ("EffectiveDeliveryPolicy", effective.shown_of_topic()),
    ] {
        attributes.insert(name.to_owned(), value);
    }
    Ok(GetTopicAttributesOutput { attributes })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetTopicAttributesInput {
    topic_arn: String,
    attribute_name: String,
    attribute_value: Option<String>,
}

/// Sets one attribute; an empty `Policy` brings the default policy back, another empty value takes the attribute away.
pub(super) async fn set_topic_attributes(
    cx: &Context<'_>,
    call: Authorized<SetTopicAttributesInput>,
) -> Result<Nothing, Fault> {
    let arn = topic_arn(&call, &call.input.topic_arn)?;
    let (mut topic, revision) =
        cx.read::<Topic>(key(&arn, KIND)).await?.ok_or_else(|| not_found("Topic does not exist"))?;
    let name = call.input.attribute_name;
    let mut value = call.input.attribute_value.unwrap_or_default();
    lower_switch(&name, &mut value);
    if name == "Policy" {
        let policy = if value.is_empty() { default_policy(&arn) } else { value };
        let policy = stored_policy(cx, &policy)?;
        let resource = cx.directory.resource(arn.as_str());
        cx.commit_directory(DirectoryChange::new().put(ResourceRecord {
            arn: arn.to_string(),
            account: topic.owner,
            policy: Some(policy),
            tags: resource.map(|resource| resource.record.tags.clone()).unwrap_or_default(),
        }));
        return Ok(Nothing {});
    }
    check_attribute(&name, &value, topic.fifo())?;
    if value.is_empty() {
        topic.attributes.remove(&name);
    } else {
        topic.attributes.insert(name, value);
    }
    cx.commit(Change::new().put(key(&arn, KIND), crate::fault::to_stored(&topic)?, Expect::Revision(revision)));
    Ok(Nothing {})
}
