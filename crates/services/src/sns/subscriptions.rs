use std::collections::BTreeMap;

use bailiwick_authority::uuid;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Arn};
use bailiwick_store::{Change, EntityKey, EntityQuery, Expect};
use serde::{Deserialize, Serialize};

use super::topics::Topic;
use super::{PAGE, arn, invalid, key, not_found};
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

const KIND: &str = "sns.subscription";

/// The endpoint under which AWS Chatbot subscribes to topics. From it messages go on to the channels whose configuration
/// names the topic.
pub(crate) const CHATBOT_ENDPOINT: &str = "https://global.sns-api.chatbot.amazonaws.com";

/// The stored form of a subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Subscription {
    pub(super) arn: String,
    pub(super) topic_arn: String,
    pub(super) owner: AccountId,
    pub(super) protocol: String,
    pub(super) endpoint: String,
    pub(super) pending: bool,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
}

impl Subscription {
    pub(super) fn key(&self) -> Result<EntityKey, Fault> {
        Ok(key(&arn(&self.arn, "SubscriptionArn")?, KIND))
    }
}

/// What is subscribed to a topic.
pub(super) async fn of_topic(cx: &Context<'_>, topic: &Arn) -> Result<Vec<Subscription>, Fault> {
    let query = EntityQuery::kind(KIND)
        .partition(topic.partition())
        .account(topic.account())
        .region(topic.region())
        .id_prefix(format!("{}:", topic.resource()));
    cx.read_all(query).await
}

/// Subscribes Chatbot's endpoint to a topic, once. What a channel configuration does for each topic it names.
///
/// # Errors
/// The topic does not exist, or the name is no topic's.
pub(crate) async fn subscribe_chatbot(cx: &Context<'_>, topic_arn: &str) -> Result<(), Fault> {
    let topic = arn(topic_arn, "TopicArn")?;
    Topic::find(cx, &topic).await?;
    if of_topic(cx, &topic).await?.iter().any(|subscription| subscription.endpoint == CHATBOT_ENDPOINT) {
        return Ok(());
    }
    let owner = topic.account_id().ok_or_else(|| invalid("TopicArn"))?;
    add(cx, &topic, owner, "https", CHATBOT_ENDPOINT)?;
    Ok(())
}

fn add(cx: &Context<'_>, topic: &Arn, owner: AccountId, protocol: &str, endpoint: &str) -> Result<String, Fault> {
    let subscription = Subscription {
        arn: format!("{topic}:{}", uuid(cx.entropy)),
        topic_arn: topic.to_string(),
        owner,
        protocol: protocol.to_owned(),
        endpoint: endpoint.to_owned(),
        pending: false,
        attributes: BTreeMap::new(),
    };
    cx.commit(Change::new().put(subscription.key()?, crate::fault::to_stored(&subscription)?, Expect::Absent));
    Ok(subscription.arn)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SubscribeInput {
    topic_arn: String,
    protocol: String,
    endpoint: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SubscribeOutput {
    subscription_arn: String,
}

/// Subscribes an endpoint. Chatbot's endpoint is the one that is delivered to; any other is refused rather than accepted
/// and never served.
pub(super) async fn subscribe(cx: &Context<'_>, call: Authorized<SubscribeInput>) -> Result<SubscribeOutput, Fault> {
    let topic = arn(&call.input.topic_arn, "TopicArn")?;
    Topic::find(cx, &topic).await?;
    let endpoint = call.input.endpoint.as_deref().unwrap_or_default();
    if call.input.protocol != "https" || endpoint != CHATBOT_ENDPOINT {
        return Err(invalid(format_args!(
            "Protocol Reason: {} subscriptions are not delivered by this server; name the topic in a channel configuration, or subscribe {CHATBOT_ENDPOINT} with https",
            call.input.protocol
        )));
    }
    if let Some(name) = call.input.attributes.keys().next() {
        return Err(invalid(format_args!("Attributes Reason: {name} cannot be set on a Chatbot subscription")));
    }
    let existing = of_topic(cx, &topic).await?.into_iter().find(|subscription| subscription.endpoint == endpoint);
    let subscription_arn = match existing {
        Some(subscription) => subscription.arn,
        None => add(cx, &topic, call.account(), "https", endpoint)?,
    };
    Ok(SubscribeOutput { subscription_arn })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SubscriptionInput {
    subscription_arn: String,
}

async fn find(cx: &Context<'_>, text: &str) -> Result<Subscription, Fault> {
    let arn = arn(text, "SubscriptionArn")?;
    let found = cx.read::<Subscription>(key(&arn, KIND)).await?;
    found.map(|(subscription, _)| subscription).ok_or_else(|| not_found("Subscription does not exist"))
}

/// Removes a subscription. Removing what is not there succeeds, as it does at AWS.
pub(super) async fn unsubscribe(cx: &Context<'_>, call: Authorized<SubscriptionInput>) -> Result<Nothing, Fault> {
    let arn = arn(&call.input.subscription_arn, "SubscriptionArn")?;
    cx.commit(Change::new().delete(key(&arn, KIND), Expect::Any));
    Ok(Nothing {})
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetSubscriptionAttributesOutput {
    attributes: BTreeMap<String, String>,
}

/// A subscription's attributes.
pub(super) async fn get_subscription_attributes(
    cx: &Context<'_>,
    call: Authorized<SubscriptionInput>,
) -> Result<GetSubscriptionAttributesOutput, Fault> {
    let subscription = find(cx, &call.input.subscription_arn).await?;
    let mut attributes = subscription.attributes;
    for (name, value) in [
        ("SubscriptionArn", subscription.arn),
        ("TopicArn", subscription.topic_arn),
        ("Owner", subscription.owner.to_string()),
        ("Protocol", subscription.protocol),
        ("Endpoint", subscription.endpoint),
        ("PendingConfirmation", subscription.pending.to_string()),
        ("ConfirmationWasAuthenticated", (!subscription.pending).to_string()),
        ("RawMessageDelivery", "false".to_owned()),
    ] {
        attributes.insert(name.to_owned(), value);
    }
    Ok(GetSubscriptionAttributesOutput { attributes })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSubscriptionsInput {
    topic_arn: Option<String>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SubscriptionEntry {
    subscription_arn: String,
    owner: String,
    protocol: String,
    endpoint: String,
    topic_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListSubscriptionsOutput {
    subscriptions: Vec<SubscriptionEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The subscriptions of the account in the Region.
pub(super) async fn list_subscriptions(
    cx: &Context<'_>,
    call: Authorized<ListSubscriptionsInput>,
) -> Result<ListSubscriptionsOutput, Fault> {
    let query = EntityQuery::kind(KIND)
        .partition(call.partition().as_str())
        .account(call.account().as_str())
        .region(call.region().as_str());
    let scope = format!("sns:ListSubscriptions {} {}", call.account(), call.region());
    listed(cx, &scope, cx.read_all(query).await?, call.input.next_token.as_deref())
}

/// The subscriptions of one topic.
pub(super) async fn list_subscriptions_by_topic(
    cx: &Context<'_>,
    call: Authorized<ListSubscriptionsInput>,
) -> Result<ListSubscriptionsOutput, Fault> {
    let topic = arn(call.input.topic_arn.as_deref().unwrap_or_default(), "TopicArn")?;
    Topic::find(cx, &topic).await?;
    let scope = format!("sns:ListSubscriptionsByTopic {topic}");
    listed(cx, &scope, of_topic(cx, &topic).await?, call.input.next_token.as_deref())
}

fn listed(
    cx: &Context<'_>,
    scope: &str,
    subscriptions: Vec<Subscription>,
    token: Option<&str>,
) -> Result<ListSubscriptionsOutput, Fault> {
    let page = page(cx.vault, scope, subscriptions, |subscription| subscription.arn.clone(), token, PAGE)
        .ok_or_else(|| invalid("NextToken"))??;
    let entry = |subscription: Subscription| SubscriptionEntry {
        subscription_arn: if subscription.pending { "PendingConfirmation".to_owned() } else { subscription.arn },
        owner: subscription.owner.to_string(),
        protocol: subscription.protocol,
        endpoint: subscription.endpoint,
        topic_arn: subscription.topic_arn,
    };
    Ok(ListSubscriptionsOutput { subscriptions: page.items.into_iter().map(entry).collect(), next_token: page.next })
}
