//! One message on its way to one subscriber, as it is kept until it has arrived or is given up. Everything that is needed
//! is in it, so that what was published goes out as it was published, whatever becomes of the topic.

use serde::{Deserialize, Serialize};

use super::envelope::SignatureVersion;
use super::filter::Attributes;
use super::retry::RetryPolicy;

/// The format that is written now.
pub const FORMAT: u32 = 1;

/// The type of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A published message.
    Notification,
    /// Asks whether the endpoint wants the subscription.
    SubscriptionConfirmation,
    /// Says that the subscription ended, and how to have it back.
    UnsubscribeConfirmation,
}

impl Kind {
    /// AWS's name of the type.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Notification => "Notification",
            Kind::SubscriptionConfirmation => "SubscriptionConfirmation",
            Kind::UnsubscribeConfirmation => "UnsubscribeConfirmation",
        }
    }
}

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// An HTTP or HTTPS endpoint.
    Http {
        /// The address, without credentials.
        url: String,
        /// `user:password` of the address, sealed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        credentials: Option<String>,
        /// The content type of what is sent.
        content_type: String,
    },
    /// A queue.
    Sqs {
        /// Its ARN.
        queue_arn: String,
    },
    /// A protocol that nothing is delivered over: the row shows what did not arrive.
    Nowhere {
        /// SNS's name of it.
        protocol: String,
    },
}

/// What was published, as this subscriber gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The message id.
    pub id: String,
    /// The subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text for the subscriber's protocol.
    pub text: String,
    /// When, with milliseconds.
    pub timestamp: String,
    /// The message attributes.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
    /// The message group: of FIFO topics, and for fair queues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// The deduplication id (FIFO topics).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduplication_id: Option<String>,
    /// The sequence number (FIFO topics).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// [`FORMAT`].
    pub format: u32,
    /// The type of the document.
    pub kind: Kind,
    /// The topic.
    pub topic_arn: String,
    /// The subscription.
    pub subscription_arn: String,
    /// Where to.
    pub target: Target,
    /// Whether the message goes out as it was published, without a document around it.
    pub raw: bool,
    /// How the document is signed; not at all for FIFO topics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_version: Option<SignatureVersion>,
    /// The token of a confirmation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What was published.
    pub message: Message,
    /// When it is tried again.
    pub retry: RetryPolicy,
    /// The queue that takes it when it is given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter_arn: Option<String>,
}

impl Delivery {
    /// The token of a confirmation; empty for a notification.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }
}
