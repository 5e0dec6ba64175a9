use std::collections::BTreeMap;

use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use bailiwick_notify::sns::filter::{FilterPolicy, Scope};
use bailiwick_notify::sns::retry::DeliveryPolicy;
use bailiwick_store::{Change, Expect};
use serde::{Deserialize, Serialize};

use super::subscriptions::{Subscription, SubscriptionInput, find, of_topic};
use super::topics::{KIND as TOPIC, Topic};
use super::{arn, invalid, key};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// How many subscriptions of a topic may have filters.
/// Source: the SNS developer guide, "Filter policy constraints".
const MAX_FILTERS: usize = 200;

/// What the value of an attribute is checked against.
pub(super) struct Subject<'a> {
    pub(super) topic: &'a Arn,
    pub(super) protocol: &'a str,
    pub(super) endpoint: &'a str,
    pub(super) scope: Scope,
}

/// The value of an attribute as it is kept; `None` takes it away. `Err` is what SNS says after `Invalid parameter: `.
pub(super) fn checked(
    cx: &Context<'_>,
    subject: &Subject<'_>,
    name: &str,
    value: &str,
) -> Result<Option<String>, String> {
    match name {
        "RawMessageDelivery" => match value.to_ascii_lowercase().as_str() {
            lower @ ("true" | "false") => Ok(Some(lower.to_owned())),
            _ => Err(format!("RawMessageDelivery: Invalid value [{value}]. Must be true or false.")),
        },
        "FilterPolicyScope" => match Scope::parse(value) {
            Some(scope) => Ok(Some(scope.as_str().to_owned())),
            None => Err(format!(
                "FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
            )),
        },
        "FilterPolicy" if value.is_empty() => Ok(None),
        "FilterPolicy" => {
            FilterPolicy::read(value, subject.scope)?;
            // An empty policy takes the filter away.
            let empty =
                serde_json::from_str::<BTreeMap<String, serde_json::Value>>(value).is_ok_and(|map| map.is_empty());
            Ok((!empty).then(|| value.to_owned()))
        }
        "DeliveryPolicy" if !matches!(subject.protocol, "http" | "https") => {
            Err("DeliveryPolicy: only HTTP and HTTPS subscriptions have one".to_owned())
        }
        "DeliveryPolicy" => {
            DeliveryPolicy::of_subscription(value).map_err(|cause| format!("DeliveryPolicy: {cause}"))?;
            Ok((!value.is_empty()).then(|| value.to_owned()))
        }
        "RedrivePolicy" if value.is_empty() => Ok(None),
        "RedrivePolicy" => redrive(cx, subject, value).map(|()| Some(value.to_owned())),
        "SubscriptionRoleArn" if value.is_empty() => Ok(None),
        "SubscriptionRoleArn" => match Arn::parse(value) {
            Ok(arn) if arn.service() == "iam" && arn.resource().starts_with("role/") => Ok(Some(value.to_owned())),
            _ => Err("SubscriptionRoleArn: it must be the ARN of a role".to_owned()),
        },
        "ReplayPolicy" => {
            Err("ReplayPolicy: messages are not archived by this server, so none can be replayed".to_owned())
        }
        _ => Err("AttributeName".to_owned()),
    }
}

/// The queue that takes what cannot be delivered must be of the same account and Region, of the same kind, and reachable.
/// Source: the SNS developer guide, "Amazon SNS dead-letter queues".
fn redrive(cx: &Context<'_>, subject: &Subject<'_>, value: &str) -> Result<(), String> {
    let fails = |what: &str| Err(format!("RedrivePolicy: {what}"));
    let Ok(json) = serde_json::from_str::<serde_json::Value>(value) else { return fails("failed to parse JSON.") };
    let target = json.get("deadLetterTargetArn").and_then(serde_json::Value::as_str).unwrap_or_default();
    let Ok(queue) = Arn::parse(target) else { return fails("deadLetterTargetArn is an invalid arn") };
    if queue.service() != "sqs" {
        return fails("deadLetterTargetArn must be the ARN of an SQS queue");
    }
    if queue.region() != subject.topic.region() {
        return fails("the dead-letter queue must be in the Region of the topic");
    }
    let fifo = |name: &str| name.ends_with(".fifo");
    if fifo(subject.topic.resource()) && fifo(subject.endpoint) && !fifo(queue.resource()) {
        return fails("must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.");
    }
    if !fifo(subject.topic.resource()) && fifo(queue.resource()) {
        return fails("must use a standard queue as DLQ for a subscription to a standard topic.");
    }
    super::subscribe::queue_reached(cx, &queue, subject.topic).map_err(|cause| format!("RedrivePolicy: {cause}"))
}

/// Refuses one filter more than a topic may have.
pub(super) async fn check_filters(cx: &Context<'_>, topic: &Arn, of: Option<&Subscription>) -> Result<(), Fault> {
    let others = of_topic(cx, topic).await?;
    let filters = others
        .iter()
        .filter(|other| other.attributes.contains_key("FilterPolicy") && of.is_none_or(|of| of.arn != other.arn));
    if filters.count() < MAX_FILTERS {
        return Ok(());
    }
    let message = format!("Topic has reached maximum of {MAX_FILTERS} filter policies");
    Err(Fault::sender("FilterPolicyLimitExceeded", 403, message))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetSubscriptionAttributesOutput {
    attributes: BTreeMap<String, String>,
}

/// The delivery policy that is in force for a subscription.
pub(super) fn effective(subscription: &Subscription, topic: &DeliveryPolicy) -> Result<DeliveryPolicy, Fault> {
    let text = subscription.attributes.get("DeliveryPolicy").map(String::as_str).unwrap_or_default();
    let own = DeliveryPolicy::of_subscription(text).map_err(|cause| crate::fault::internal(&cause))?;
    Ok(own.effective(topic.clone()))
}

/// A subscription's attributes.
pub(super) async fn get_subscription_attributes(
    cx: &Context<'_>,
    call: Authorized<SubscriptionInput>,
) -> Result<GetSubscriptionAttributesOutput, Fault> {
    let (subscription, _) = find(cx, &call.input.subscription_arn).await?;
    let mut attributes = subscription.attributes.clone();
    if matches!(subscription.protocol.as_str(), "http" | "https") {
        let topic = cx.read::<Topic>(key(&arn(&subscription.topic_arn, "TopicArn")?, TOPIC)).await?;
        let policy = topic.map(|(topic, _)| super::attributes::delivery_policy(&topic)).transpose()?;
        let effective = effective(&subscription, &policy.unwrap_or_default())?;
        attributes.insert("EffectiveDeliveryPolicy".to_owned(), effective.shown_of_subscription());
    }
    match attributes.contains_key("FilterPolicy") {
        true => drop(attributes.insert("FilterPolicyScope".to_owned(), subscription.scope().as_str().to_owned())),
        false => drop(attributes.remove("FilterPolicyScope")),
    }
    attributes.entry("RawMessageDelivery".to_owned()).or_insert_with(|| "false".to_owned());
    if let Some(principal) = subscription.principal {
        attributes.insert("SubscriptionPrincipal".to_owned(), principal);
    }
    for (name, value) in [
        ("SubscriptionArn", subscription.arn),
        ("TopicArn", subscription.topic_arn),
        ("Owner", subscription.owner.to_string()),
        ("Protocol", subscription.protocol),
        ("Endpoint", subscription.endpoint),
        ("PendingConfirmation", subscription.pending.to_string()),
        ("ConfirmationWasAuthenticated", subscription.authenticated.to_string()),
    ] {
        attributes.insert(name.to_owned(), value);
    }
    Ok(GetSubscriptionAttributesOutput { attributes })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetSubscriptionAttributesInput {
    subscription_arn: String,
    attribute_name: String,
    attribute_value: Option<String>,
}

/// Sets one attribute of a subscription.
pub(super) async fn set_subscription_attributes(
    cx: &Context<'_>,
    call: Authorized<SetSubscriptionAttributesInput>,
) -> Result<Nothing, Fault> {
    let (mut subscription, revision) = find(cx, &call.input.subscription_arn).await?;
    let topic = arn(&subscription.topic_arn, "TopicArn")?;
    let name = call.input.attribute_name.clone();
    let value = call.input.attribute_value.clone().unwrap_or_default();
    let subject = Subject {
        topic: &topic,
        protocol: &subscription.protocol,
        endpoint: &subscription.endpoint,
        scope: subscription.scope(),
    };
    let kept = checked(cx, &subject, &name, &value).map_err(invalid)?;
    if name == "FilterPolicyScope"
        && let (Some(policy), Some(scope)) = (subscription.attributes.get("FilterPolicy"), Scope::parse(&value))
    {
        // A nested policy does not fit the attributes.
        FilterPolicy::read(policy, scope).map_err(invalid)?;
    }
    if name == "FilterPolicy" && kept.is_some() {
        check_filters(cx, &topic, Some(&subscription)).await?;
    }
    match kept {
        Some(value) => drop(subscription.attributes.insert(name, value)),
        None => drop(subscription.attributes.remove(&name)),
    }
    let body = crate::fault::to_stored(&subscription)?;
    cx.commit(Change::new().put(subscription.key()?, body, Expect::Revision(revision)));
    Ok(Nothing {})
}
