//! Amazon SNS: topics, what is subscribed to them, and publishing.
//!
//! A publish commits the message and one row of work per channel that listens; `bot` turns the work into cards. Topic
//! policies and tags live in the resource register, where authorization reads them.

mod chatbot;
mod publish;
mod subscriptions;
mod tags;
mod topics;

use bailiwick_authority::Tags;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use bailiwick_store::EntityKey;

pub(crate) use chatbot::unsubscribe_chatbot;
pub(crate) use subscriptions::subscribe_chatbot;

crate::operation::operations! {
    CreateTopic => topics::create_topic,
    DeleteTopic => topics::delete_topic,
    GetSubscriptionAttributes => subscriptions::get_subscription_attributes,
    GetTopicAttributes => topics::get_topic_attributes,
    ListSubscriptions => subscriptions::list_subscriptions,
    ListSubscriptionsByTopic => subscriptions::list_subscriptions_by_topic,
    ListTagsForResource => tags::list_tags_for_resource,
    ListTopics => topics::list_topics,
    Publish => publish::publish,
    SetTopicAttributes => topics::set_topic_attributes,
    Subscribe => subscriptions::subscribe,
    TagResource => tags::tag_resource,
    Unsubscribe => subscriptions::unsubscribe,
    UntagResource => tags::untag_resource,
}

/// How many items a page of a list holds; SNS lists take no size.
const PAGE: usize = 100;

/// SNS's code and text for input that it does not accept.
pub(crate) fn invalid(message: impl std::fmt::Display) -> Fault {
    Fault::sender("InvalidParameter", 400, format!("Invalid parameter: {message}"))
}

fn not_found(message: &str) -> Fault {
    Fault::sender("NotFound", 404, message)
}

/// Where a topic or subscription is stored: in the account and Region of its ARN.
fn key(arn: &Arn, kind: &str) -> EntityKey {
    EntityKey::in_account(arn.partition(), arn.account(), kind, arn.resource()).in_region(arn.region())
}

/// Reads an ARN of SNS.
fn arn(text: &str, member: &str) -> Result<Arn, Fault> {
    match Arn::parse(text) {
        Ok(arn) if arn.service() == "sns" && arn.account_id().is_some() => Ok(arn),
        _ => Err(invalid(format_args!(
            "{member} Reason: An ARN must have at least 6 elements, not {}",
            text.split(':').count()
        ))),
    }
}

/// A tag, as SNS writes it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    key: String,
    value: String,
}

/// Tags as a map, refusing a key that is given twice.
fn tag_map(tags: Vec<Tag>) -> Result<Tags, Fault> {
    let count = tags.len();
    let map: Tags = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    if map.len() == count { Ok(map) } else { Err(invalid("Duplicated keys are not allowed.")) }
}
