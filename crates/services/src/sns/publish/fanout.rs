//! From one message to the rows that carry it to each subscription.

use std::collections::BTreeMap;

use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use bailiwick_notify::sns::delivery::{Delivery, FORMAT, Kind, Message, Target};
use bailiwick_notify::sns::filter::{Attributes, FilterPolicy};
use bailiwick_notify::sns::retry::{CONTENT_TYPE, DeliveryPolicy, RetryPolicy};
use bailiwick_store::{Change, Made, Op};
use serde::Serialize;

use super::super::subscription_attributes::effective;
use super::super::subscriptions::{Subscription, of_topic};
use super::super::topics::Topic;
use super::message::Texts;
use crate::Context;

/// A message that goes out.
pub(in super::super) struct Outgoing {
    id: String,
    kind: Kind,
    subject: Option<String>,
    texts: Texts,
    attributes: Attributes,
    group_id: Option<String>,
    deduplication_id: Option<String>,
    sequence_number: Option<String>,
    token: Option<String>,
}

impl Outgoing {
    pub(super) fn notification(
        id: String,
        subject: Option<String>,
        texts: Texts,
        attributes: Attributes,
        (group_id, deduplication_id, sequence_number): (Option<String>, Option<String>, Option<String>),
    ) -> Self {
        let kind = Kind::Notification;
        Outgoing { id, kind, subject, texts, attributes, group_id, deduplication_id, sequence_number, token: None }
    }

    /// A message that asks the endpoint to answer with a token.
    pub(in super::super) fn confirmation(id: String, text: String, kind: Kind, token: String) -> Self {
        Outgoing {
            id,
            kind,
            subject: None,
            texts: Texts { default: text, by_protocol: BTreeMap::new() },
            attributes: Attributes::new(),
            group_id: None,
            deduplication_id: None,
            sequence_number: None,
            token: Some(token),
        }
    }

    fn text(&self, protocol: &str) -> &str {
        self.texts.text(protocol)
    }
}

/// A message as a channel's work row carries it; the member names are those of SNS's own notification documents.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChannelNotification<'a> {
    r#type: &'static str,
    message_id: &'a str,
    topic_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    message: &'a str,
    timestamp: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: &'a Attributes,
    /// Ours: the channel configuration whose work this is.
    configuration_arn: &'a str,
}

/// Who is subscribed to a topic, with what they want.
pub(super) struct Audience {
    topic: Arn,
    policy: DeliveryPolicy,
    members: Vec<(Subscription, Option<FilterPolicy>)>,
}

impl Audience {
    pub(super) async fn of(cx: &Context<'_>, arn: &Arn, topic: &Topic) -> Result<Self, Fault> {
        let mut members = Vec::new();
        for subscription in of_topic(cx, arn).await?.into_iter().filter(Subscription::is_active) {
            let filter = subscription.filter()?;
            members.push((subscription, filter));
        }
        Ok(Audience { topic: arn.clone(), policy: super::super::attributes::delivery_policy(topic)?, members })
    }

    /// Adds the rows for everybody who wants the message.
    pub(super) fn send(&self, cx: &Context<'_>, topic: &Topic, message: &Outgoing) -> Result<(), Fault> {
        let mut change = Change::new();
        for (subscription, filter) in &self.members {
            let text = message.text(&subscription.protocol);
            if filter.as_ref().is_some_and(|filter| !filter.matches(&message.attributes, text)) {
                continue;
            }
            let rows = match subscription.is_chatbot() {
                true => self.channels(cx, message)?,
                false => row(cx, topic, &self.policy, subscription, message)?,
            };
            change = change.and(rows);
        }
        cx.commit(change);
        Ok(())
    }

    /// One row of work for each channel that listens to the topic.
    fn channels(&self, cx: &Context<'_>, message: &Outgoing) -> Result<Change, Fault> {
        let mut change = Change::new();
        let listens = |arns: &[String]| arns.iter().any(|arn| arn == self.topic.as_str());
        for channel in cx.directory.channels().filter(|channel| listens(&channel.sns_topic_arns)) {
            let notification = ChannelNotification {
                r#type: Kind::Notification.as_str(),
                message_id: &message.id,
                topic_arn: self.topic.as_str(),
                subject: message.subject.as_deref(),
                message: message.text("https"),
                timestamp: cx.now.to_rfc3339_millis(),
                message_attributes: &message.attributes,
                configuration_arn: &channel.arn,
            };
            let body = crate::fault::to_stored(&notification)?;
            change = change.inbox(format!("sns/{}/{}", message.id, channel.arn), "sns", body, cx.now);
        }
        Ok(change)
    }
}

/// Where a message goes, and in which form.
fn target(subscription: &Subscription, policy: &DeliveryPolicy) -> (Target, RetryPolicy) {
    match subscription.protocol.as_str() {
        "sqs" => return (Target::Sqs { queue_arn: subscription.endpoint.clone() }, RetryPolicy::AWS),
        "http" | "https" => {}
        other => return (Target::Nowhere { protocol: other.to_owned() }, RetryPolicy::AWS),
    }
    // The credentials stand in the address as it is shown; they are kept apart.
    let url = match (&subscription.credentials, subscription.endpoint.split_once("://")) {
        (Some(_), Some((scheme, rest))) => {
            let host = rest.split_once('@').map_or(rest, |(_, host)| host);
            format!("{scheme}://{host}")
        }
        _ => subscription.endpoint.clone(),
    };
    let content_type = policy.content_type.clone().unwrap_or_else(|| CONTENT_TYPE.to_owned());
    let target = Target::Http { url, credentials: subscription.credentials.clone(), content_type };
    (target, policy.retry.unwrap_or(RetryPolicy::HTTP))
}

fn dead_letter(subscription: &Subscription) -> Option<String> {
    let policy: serde_json::Value = serde_json::from_str(subscription.attributes.get("RedrivePolicy")?).ok()?;
    policy.get("deadLetterTargetArn")?.as_str().map(ToOwned::to_owned)
}

/// The row of a message that went to one phone or device: it shows that nothing arrived there.
pub(in super::super) fn nowhere(
    cx: &Context<'_>,
    protocol: &str,
    to: &str,
    id: &str,
    text: &str,
) -> Result<Change, Fault> {
    let delivery = Delivery {
        format: FORMAT,
        kind: Kind::Notification,
        topic_arn: String::new(),
        subscription_arn: to.to_owned(),
        target: Target::Nowhere { protocol: protocol.to_owned() },
        raw: true,
        signature_version: None,
        token: None,
        message: Message {
            id: id.to_owned(),
            subject: None,
            text: text.to_owned(),
            timestamp: cx.now.to_rfc3339_millis(),
            attributes: Attributes::new(),
            group_id: None,
            deduplication_id: None,
            sequence_number: None,
        },
        retry: RetryPolicy::AWS,
        dead_letter_arn: None,
    };
    let key = format!("sns/{id}/direct");
    let body = crate::fault::to_stored(&delivery)?;
    Ok(Change::new().op(Op::AddOutbox {
        key: key.clone(),
        destination: key,
        body,
        made: Made::default(),
        not_before: cx.now,
        created_at: cx.now,
    }))
}

/// The row that carries a message to a subscription. Messages of one group of a FIFO topic leave one after the other; other
/// messages do not wait for each other.
pub(in super::super) fn row(
    cx: &Context<'_>,
    topic: &Topic,
    policy: &DeliveryPolicy,
    subscription: &Subscription,
    message: &Outgoing,
) -> Result<Change, Fault> {
    let policy = effective(subscription, policy)?;
    let (target, retry) = target(subscription, &policy);
    let notifies = message.kind == Kind::Notification;
    let raw = notifies && subscription.attributes.get("RawMessageDelivery").is_some_and(|raw| raw == "true");
    let delivery = Delivery {
        format: FORMAT,
        kind: message.kind,
        topic_arn: topic.arn.clone(),
        subscription_arn: subscription.arn.clone(),
        target,
        raw,
        signature_version: topic.signature_version(),
        token: message.token.clone(),
        message: Message {
            id: message.id.clone(),
            subject: message.subject.clone(),
            text: message.text(&subscription.protocol).to_owned(),
            timestamp: cx.now.to_rfc3339_millis(),
            attributes: message.attributes.clone(),
            group_id: message.group_id.clone(),
            deduplication_id: message.deduplication_id.clone(),
            sequence_number: message.sequence_number.clone(),
        },
        retry,
        dead_letter_arn: dead_letter(subscription),
    };
    let key = format!("sns/{}/{}", message.id, subscription.id());
    let destination = match (&message.group_id, topic.fifo()) {
        (Some(group), true) => format!("sns/{}/{group}", subscription.id()),
        _ => key.clone(),
    };
    let not_before = match policy.max_receives_per_second {
        Some(rate) if notifies => cx.pace(subscription.id(), rate),
        _ => cx.now,
    };
    Ok(Change::new().op(Op::AddOutbox {
        key,
        destination,
        body: crate::fault::to_stored(&delivery)?,
        made: Made::default(),
        not_before,
        created_at: cx.now,
    }))
}
