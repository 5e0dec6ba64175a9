//! A notification, as SNS delivers it, becomes a card.
//!
//! [`render`] recognises CloudWatch alarms, custom notifications of AWS Chatbot's schema, EventBridge events and the
//! classic CloudFormation stack notifications. What it does not recognise it shows as it is: a notification is never
//! dropped, whatever it holds. It neither filters nor routes, and reads no clock. [`sns`] is what SNS itself does with a
//! message before it is one of ours to show: filter policies, documents, signatures' texts, retries.

mod alarm;
mod custom;
mod event;
mod json;
mod raw;
pub mod sns;
mod stack;
mod tone;

use bailiwick_chat::limits::{CARD_TEXT_BYTES, check_depth};
use bailiwick_chat::phrase::Span;
use bailiwick_chat::{Card, limits};
use bailiwick_ident::{Arn, Timestamp};
use std::time::Duration;

/// What SNS delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The topic it was published to.
    pub topic: Arn,
    /// When it was published.
    pub published: Timestamp,
    /// The subject, if it had one.
    pub subject: Option<String>,
    /// The message for this subscriber, already chosen from a `MessageStructure=json` document.
    pub message: String,
    /// Message attributes: name and text value.
    pub attributes: Vec<(String, String)>,
}

/// What a notification was recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A CloudWatch alarm, metric or composite.
    Alarm,
    /// A custom notification of AWS Chatbot's schema.
    Custom,
    /// An event of an AWS service in EventBridge's envelope.
    Event,
    /// A CloudFormation stack notification in its classic form.
    Stack,
    /// Something else, shown as it is.
    Raw,
}

impl Kind {
    /// A stable name, for records and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Alarm => "alarm",
            Kind::Custom => "custom",
            Kind::Event => "event",
            Kind::Stack => "stack",
            Kind::Raw => "raw",
        }
    }
}

/// Where a notification stands in the course of one thing that goes wrong and becomes well again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Something went wrong: remember the message under the key.
    Opens,
    /// A change in between.
    Continues,
    /// It is well again: edit the message that opened it, see [`Rendered::closing`].
    Closes,
}

/// Ties the notifications of one thing together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Correlation {
    /// The same for every notification of the thing, for example an alarm's ARN.
    pub key: String,
    /// Where it stands.
    pub phase: Phase,
}

/// A rendered notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// What it was recognised as.
    pub kind: Kind,
    /// The card; it has no buttons, whoever posts it knows which commands may follow.
    pub card: Card,
    /// Which other notifications it belongs to.
    pub correlation: Option<Correlation>,
    /// The sender's own thread: notifications with the same value belong in one thread.
    pub thread: Option<String>,
    /// When the thing itself happened; at the latest when it was published.
    pub at: Timestamp,
    /// Whether custom actions may be offered under it.
    pub custom_actions: bool,
}

impl Rendered {
    fn new(kind: Kind, card: Card, at: Timestamp) -> Self {
        Rendered { kind, card, correlation: None, thread: None, at, custom_actions: true }
    }

    /// The card that replaces the one that opened the matter, when this notification closes it: it says how long the
    /// matter lasted. `opened` is [`Rendered::at`] of the notification that opened it.
    pub fn closing(&self, opened: Timestamp) -> Card {
        let millis = self.at.as_millis().saturating_sub(opened.as_millis());
        let lasted = Span(Duration::from_millis(u64::try_from(millis).unwrap_or_default()));
        self.card.clone().context(format!("lasted {lasted}")).footer(format!("Began {}.", opened.to_rfc3339()))
    }
}

/// Renders a notification. Always yields a card, within the limits of [`limits`].
pub fn render(notification: &Notification) -> Rendered {
    let document = document(&notification.message);
    let rendered = match &document {
        Some(document) => alarm::render(notification, document)
            .or_else(|| custom::render(notification, document))
            .or_else(|| event::render(notification, document))
            .unwrap_or_else(|| raw::json(notification, document)),
        None => stack::render(notification).unwrap_or_else(|| raw::text(notification)),
    };
    Rendered { card: rendered.card.bounded(), ..rendered }
}

/// The message as a JSON document; `None` when it is plain text, or nested or sized beyond what is looked into.
fn document(message: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    let text = message.trim();
    if !text.starts_with('{')
        || text.len() > CARD_TEXT_BYTES * 2
        || check_depth("the message", text.as_bytes()).is_err()
    {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// `alarms · us-east-1 · 444455556666`: the line in small type that says where a notification came from.
fn origin(notification: &Notification, what: &str) -> Card {
    let topic = &notification.topic;
    let (name, _) = limits::cut(topic.resource(), 256);
    Card::default().context(what).context(format!("topic {name}")).context(topic.region()).context(topic.account())
}

#[cfg(test)]
mod tests;
