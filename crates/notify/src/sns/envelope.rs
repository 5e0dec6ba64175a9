//! The documents that subscribers read, and the text that SNS signs of them.
//!
//! Sources: AWS's SNS developer guide, "Parsing Amazon SNS message formats", "Verifying the signatures of Amazon SNS
//! messages", "Fanout to Amazon SQS queues"; the layout (two spaces, ` : ` after a key, attributes on one line each) is what
//! AWS sends.

use super::delivery::{Delivery, Kind};

/// What a document says of its signature and of the addresses that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// `1` for SHA-1, `2` for SHA-256.
    pub version: SignatureVersion,
    /// The signature of [`string_to_sign`], in base64.
    pub signature: String,
    /// Where the certificate is.
    pub cert_url: String,
}

/// How a topic's messages are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SignatureVersion {
    /// RSA over SHA-1, SNS's default.
    #[serde(rename = "1")]
    One,
    /// RSA over SHA-256.
    #[serde(rename = "2")]
    Two,
}

impl SignatureVersion {
    /// `1` or `2`.
    pub fn as_str(self) -> &'static str {
        match self {
            SignatureVersion::One => "1",
            SignatureVersion::Two => "2",
        }
    }
}

/// Where a subscriber stops its subscription. `base` is the address of the API, without a slash at its end.
pub fn unsubscribe_url(base: &str, subscription_arn: &str) -> String {
    format!("{base}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}")
}

/// Where a subscriber confirms its subscription.
pub fn subscribe_url(base: &str, topic_arn: &str, token: &str) -> String {
    format!("{base}/?Action=ConfirmSubscription&TopicArn={topic_arn}&Token={token}")
}

/// The text that is signed: names and values in order, each on a line of its own.
pub fn string_to_sign(delivery: &Delivery, base: &str) -> String {
    let message = &delivery.message;
    let (topic, kind) = (delivery.topic_arn.as_str(), delivery.kind.as_str());
    let url = subscribe_url(base, topic, delivery.token());
    let lines: Vec<(&str, &str)> = match delivery.kind {
        Kind::Notification => [
            Some(("Message", message.text.as_str())),
            Some(("MessageId", message.id.as_str())),
            message.subject.as_deref().map(|subject| ("Subject", subject)),
            Some(("Timestamp", message.timestamp.as_str())),
            Some(("TopicArn", topic)),
            Some(("Type", kind)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Kind::SubscriptionConfirmation | Kind::UnsubscribeConfirmation => vec![
            ("Message", &message.text),
            ("MessageId", &message.id),
            ("SubscribeURL", &url),
            ("Timestamp", &message.timestamp),
            ("Token", delivery.token()),
            ("TopicArn", topic),
            ("Type", kind),
        ],
    };
    lines.iter().flat_map(|(name, value)| [*name, "\n", *value, "\n"]).collect()
}

/// The document. Messages of FIFO topics have a sequence number and no seal.
pub fn document(delivery: &Delivery, seal: Option<&Seal>, base: &str) -> String {
    let message = &delivery.message;
    let mut out = Writer::new();
    out.member("Type", delivery.kind.as_str());
    out.member("MessageId", &message.id);
    if let Some(sequence) = &message.sequence_number {
        out.member("SequenceNumber", sequence);
    }
    let confirms = delivery.kind != Kind::Notification;
    if confirms {
        out.member("Token", delivery.token());
    }
    out.member("TopicArn", &delivery.topic_arn);
    if let Some(subject) = &message.subject {
        out.member("Subject", subject);
    }
    out.member("Message", &message.text);
    if confirms {
        out.member("SubscribeURL", &subscribe_url(base, &delivery.topic_arn, delivery.token()));
    }
    out.member("Timestamp", &message.timestamp);
    if let Some(seal) = seal {
        out.member("SignatureVersion", seal.version.as_str());
        out.member("Signature", &seal.signature);
        out.member("SigningCertURL", &seal.cert_url);
    }
    if !confirms {
        out.member("UnsubscribeURL", &unsubscribe_url(base, &delivery.subscription_arn));
    }
    if !message.attributes.is_empty() && !confirms {
        let attributes: Vec<String> = message
            .attributes
            .iter()
            .map(|(name, attribute)| {
                let (kind, value) = (quoted(&attribute.r#type), quoted(&attribute.value));
                format!("    {} : {{\"Type\":{kind},\"Value\":{value}}}", quoted(name))
            })
            .collect();
        out.raw("MessageAttributes", &format!("{{\n{}\n  }}", attributes.join(",\n")));
    }
    out.end()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

struct Writer(String);

impl Writer {
    fn new() -> Self {
        Writer("{".to_owned())
    }

    fn member(&mut self, name: &str, value: &str) {
        self.raw(name, &quoted(value));
    }

    fn raw(&mut self, name: &str, json: &str) {
        let comma = if self.0.len() == 1 { "" } else { "," };
        self.0.push_str(&format!("{comma}\n  \"{name}\" : {json}"));
    }

    fn end(self) -> String {
        self.0 + "\n}"
    }
}
