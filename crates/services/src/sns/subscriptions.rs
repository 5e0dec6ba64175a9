use std::collections::BTreeMap;

use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Arn, Timestamp};
use bailiwick_notify::sns::filter::{FilterPolicy, Scope};
use bailiwick_store::{EntityKey, EntityQuery};
use serde::{Deserialize, Serialize};

use super::topics::Topic;
use super::{PAGE, arn, invalid, key, not_found, topic_arn};
use crate::page::page;
use crate::{Authorized, Context};

pub(super) const KIND: &str = "sns.subscription";

/// The endpoint under which AWS Chatbot subscribes to topics. From it messages go on to the channels whose configuration
/// names the topic.
pub(crate) const CHATBOT_ENDPOINT: &str = "https://global.sns-api.chatbot.amazonaws.com";

/// How long a subscription waits for its confirmation, and how long one that ended can be had back, in seconds.
/// Source: the SNS API reference, ConfirmSubscription ("tokens are valid for two days").
const GRACE_SECONDS: i64 = 2 * 24 * 3_600;

/// The stored form of a subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Subscription {
    pub(super) arn: String,
    pub(super) topic_arn: String,
    pub(super) owner: AccountId,
    pub(super) protocol: String,
    /// As it is shown: the password of an address is masked.
    pub(super) endpoint: String,
    pub(super) pending: bool,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
    /// `user:password` of the address, sealed.
    #[serde(default)]
    pub(super) credentials: Option<String>,
    /// Who subscribed.
    #[serde(default)]
    pub(super) principal: Option<String>,
    /// When it was made, or the latest token was sent.
    #[serde(default)]
    pub(super) asked_at: Timestamp,
    /// Whether whoever confirmed it had signed.
    #[serde(default)]
    pub(super) authenticated: bool,
    /// Whether only somebody who signs may end it.
    #[serde(default)]
    pub(super) protected: bool,
    /// When it was ended by its endpoint, which may have it back for a while.
    #[serde(default)]
    pub(super) deleted_at: Option<Timestamp>,
}

impl Subscription {
    pub(super) fn key(&self) -> Result<EntityKey, Fault> {
        Ok(key(&arn(&self.arn, "SubscriptionArn")?, KIND))
    }

    /// The last part of its ARN.
    pub(super) fn id(&self) -> &str {
        self.arn.rsplit(':').next().unwrap_or_default()
    }

    /// Whether it waits for its confirmation.
    pub(super) fn is_pending(&self) -> bool {
        self.pending && self.deleted_at.is_none()
    }

    /// Whether messages go to it.
    pub(super) fn is_active(&self) -> bool {
        !self.pending && self.deleted_at.is_none()
    }

    /// Whether it is of no more use: never confirmed, or ended, and nobody came in time.
    fn is_over(&self, now: Timestamp) -> bool {
        let since = self.deleted_at.or(self.pending.then_some(self.asked_at));
        since.is_some_and(|since| since.plus_seconds(GRACE_SECONDS) <= now)
    }

    /// Whether messages for it become cards.
    pub(super) fn is_chatbot(&self) -> bool {
        self.endpoint == CHATBOT_ENDPOINT
    }

    /// What its filter looks at.
    pub(super) fn scope(&self) -> Scope {
        self.attributes.get("FilterPolicyScope").and_then(|name| Scope::parse(name)).unwrap_or_default()
    }

    /// Its filter. One that cannot be read any more is an error: a message must not pass it unseen.
    pub(super) fn filter(&self) -> Result<Option<FilterPolicy>, Fault> {
        let Some(text) = self.attributes.get("FilterPolicy") else { return Ok(None) };
        FilterPolicy::read(text, self.scope()).map(Some).map_err(|cause| crate::fault::internal(&cause))
    }

    /// How lists show its ARN.
    fn listed_arn(&self) -> String {
        match (self.deleted_at, self.pending) {
            (Some(_), _) => "Deleted".to_owned(),
            (None, true) => "PendingConfirmation".to_owned(),
            (None, false) => self.arn.clone(),
        }
    }
}

/// Everything that is stored of a topic's subscriptions.
pub(super) async fn stored_of_topic(cx: &Context<'_>, topic: &Arn) -> Result<Vec<Subscription>, Fault> {
    let query = EntityQuery::kind(KIND)
        .partition(topic.partition())
        .account(topic.account())
        .region(topic.region())
        .id_prefix(format!("{}:", topic.resource()));
    cx.read_all(query).await
}

/// What is subscribed to a topic, and what was a short while ago.
pub(super) async fn of_topic(cx: &Context<'_>, topic: &Arn) -> Result<Vec<Subscription>, Fault> {
    let mut subscriptions = stored_of_topic(cx, topic).await?;
    subscriptions.retain(|subscription| !subscription.is_over(cx.now));
    Ok(subscriptions)
}

/// The subscription of an ARN, and its revision.
pub(super) async fn find(cx: &Context<'_>, text: &str) -> Result<(Subscription, u64), Fault> {
    // The ARN of something else is none of a subscription.
    if Arn::parse(text).is_ok_and(|arn| arn.service() != "sns") {
        return Err(not_found("Subscription does not exist"));
    }
    let arn = arn(text, "SubscriptionArn")?;
    let found = cx.read::<Subscription>(key(&arn, KIND)).await?;
    let found = found.filter(|(subscription, _)| !subscription.is_over(cx.now));
    found.ok_or_else(|| not_found("Subscription does not exist"))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SubscriptionInput {
    pub(super) subscription_arn: String,
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
    let mut subscriptions: Vec<Subscription> = cx.read_all(query).await?;
    subscriptions.retain(|subscription| !subscription.is_over(cx.now));
    listed(cx, &scope, subscriptions, call.input.next_token.as_deref())
}

/// The subscriptions of one topic.
pub(super) async fn list_subscriptions_by_topic(
    cx: &Context<'_>,
    call: Authorized<ListSubscriptionsInput>,
) -> Result<ListSubscriptionsOutput, Fault> {
    let topic = topic_arn(&call, call.input.topic_arn.as_deref().unwrap_or_default())?;
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
        subscription_arn: subscription.listed_arn(),
        owner: subscription.owner.to_string(),
        protocol: subscription.protocol,
        endpoint: subscription.endpoint,
        topic_arn: subscription.topic_arn,
    };
    Ok(ListSubscriptionsOutput { subscriptions: page.items.into_iter().map(entry).collect(), next_token: page.next })
}
