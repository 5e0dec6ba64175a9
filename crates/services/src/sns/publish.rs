use std::collections::BTreeMap;

use bailiwick_authority::uuid;
use bailiwick_aws::fault::Fault;
use bailiwick_store::Change;
use serde::{Deserialize, Serialize};

use super::subscriptions::{CHATBOT_ENDPOINT, of_topic};
use super::topics::Topic;
use super::{arn, invalid};
use crate::{Authorized, Context};

/// The largest message with its attributes. Source: the SNS API reference, Publish.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// How many attributes a message may have.
const MAX_ATTRIBUTES: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PublishInput {
    topic_arn: Option<String>,
    target_arn: Option<String>,
    phone_number: Option<String>,
    message: String,
    subject: Option<String>,
    message_structure: Option<String>,
    #[serde(default)]
    message_attributes: BTreeMap<String, Attribute>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    data_type: String,
    string_value: Option<String>,
    binary_value: Option<serde_bytes_like::Bytes>,
}

/// A blob as serde sees it in a value.
mod serde_bytes_like {
    #[derive(Debug)]
    pub(super) struct Bytes(pub(super) Vec<u8>);

    impl<'de> serde::Deserialize<'de> for Bytes {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl serde::de::Visitor<'_> for Visitor {
                type Value = Bytes;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("bytes")
                }
                fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                    Ok(Bytes(bytes.to_vec()))
                }
            }
            deserializer.deserialize_bytes(Visitor)
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PublishOutput {
    message_id: String,
}

/// A message as a channel's work row carries it; the member names are those of SNS's own notification documents.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Notification<'a> {
    r#type: &'static str,
    message_id: &'a str,
    topic_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    message: &'a str,
    timestamp: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: BTreeMap<&'a str, NotificationAttribute<'a>>,
    /// Ours: the channel configuration whose work this is.
    configuration_arn: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct NotificationAttribute<'a> {
    r#type: &'a str,
    value: String,
}

/// Publishes to a topic: the message is on its way to every channel that listens once this has answered.
pub(super) async fn publish(cx: &Context<'_>, call: Authorized<PublishInput>) -> Result<PublishOutput, Fault> {
    let input = &call.input;
    if input.phone_number.is_some() {
        return Err(invalid("PhoneNumber Reason: text messages are not sent by this server; publish to a topic"));
    }
    let target = match (&input.topic_arn, &input.target_arn) {
        (Some(topic), None) | (None, Some(topic)) => topic,
        (None, None) => return Err(invalid("TopicArn or TargetArn Reason: no value for required parameter")),
        (Some(_), Some(_)) => return Err(invalid("TopicArn Reason: Both TopicArn and TargetArn have values")),
    };
    let topic_arn = arn(target, "TopicArn")?;
    Topic::find(cx, &topic_arn).await?;
    check(input)?;

    let message = match input.message_structure.as_deref() {
        None => input.message.clone(),
        Some("json") => for_https(&input.message)?,
        Some(_) => return Err(invalid("MessageStructure")),
    };
    let message_id = uuid(cx.entropy);
    let to_chatbot = of_topic(cx, &topic_arn).await?.iter().any(|s| !s.pending && s.endpoint == CHATBOT_ENDPOINT);
    let mut change = Change::new();
    if to_chatbot {
        for channel in cx.directory.channels().filter(|channel| channel.sns_topic_arns.contains(target)) {
            let notification = Notification {
                r#type: "Notification",
                message_id: &message_id,
                topic_arn: topic_arn.as_str(),
                subject: input.subject.as_deref(),
                message: &message,
                timestamp: cx.now.to_rfc3339_millis(),
                message_attributes: attributes(input),
                configuration_arn: &channel.arn,
            };
            let body = crate::fault::to_stored(&notification)?;
            change = change.inbox(format!("sns/{message_id}/{}", channel.arn), "sns", body, cx.now);
        }
    }
    cx.commit(change);
    Ok(PublishOutput { message_id })
}

/// What SNS checks of a message. Source: the SNS API reference, Publish; texts as SNS answers them.
fn check(input: &PublishInput) -> Result<(), Fault> {
    if input.message.is_empty() {
        return Err(invalid("Empty message"));
    }
    let attributes: usize = input
        .message_attributes
        .iter()
        .map(|(name, attribute)| {
            let value = attribute.string_value.as_ref().map_or(0, String::len);
            name.len() + attribute.data_type.len() + value + attribute.binary_value.as_ref().map_or(0, |b| b.0.len())
        })
        .sum();
    if input.message.len() + attributes > MAX_MESSAGE_BYTES {
        return Err(invalid("Message too long"));
    }
    if input.message.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return Err(invalid("Message Reason: invalid characters"));
    }
    if let Some(subject) = &input.subject {
        let starts = subject.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c.is_ascii_punctuation());
        if !starts || subject.chars().count() > 100 || subject.chars().any(|c| c.is_control() || !c.is_ascii()) {
            return Err(invalid("Subject"));
        }
    }
    if input.message_group_id.is_some() || input.message_deduplication_id.is_some() {
        return Err(invalid(
            "MessageGroupId Reason: The request includes MessageGroupId parameter that is not valid for this topic type",
        ));
    }
    if input.message_attributes.len() > MAX_ATTRIBUTES {
        return Err(invalid(format_args!("MessageAttributes Reason: at most {MAX_ATTRIBUTES} attributes")));
    }
    for (name, attribute) in &input.message_attributes {
        check_attribute(name, attribute)?;
    }
    Ok(())
}

fn check_attribute(name: &str, attribute: &Attribute) -> Result<(), Fault> {
    let reject = |message: String| Err(Fault::sender("ParameterValueInvalid", 400, message));
    let base = attribute.data_type.split('.').next().unwrap_or_default();
    match (base, &attribute.string_value, &attribute.binary_value) {
        ("String" | "Number", Some(value), None) if !value.is_empty() => {
            if base == "Number" && value.parse::<f64>().is_err() {
                return reject(format!("Could not cast message attribute '{name}' value to number."));
            }
            Ok(())
        }
        ("Binary", None, Some(value)) if !value.0.is_empty() => Ok(()),
        ("String" | "Number" | "Binary", ..) => reject(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{}'.",
            attribute.data_type
        )),
        _ => reject(format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
        )),
    }
}

fn attributes(input: &PublishInput) -> BTreeMap<&str, NotificationAttribute<'_>> {
    use base64::Engine;
    let value = |attribute: &Attribute| match (&attribute.string_value, &attribute.binary_value) {
        (Some(text), _) => text.clone(),
        (None, Some(bytes)) => base64::engine::general_purpose::STANDARD.encode(&bytes.0),
        (None, None) => String::new(),
    };
    input
        .message_attributes
        .iter()
        .map(|(name, attribute)| {
            (name.as_str(), NotificationAttribute { r#type: &attribute.data_type, value: value(attribute) })
        })
        .collect()
}

/// The text for Chatbot's endpoint in a message with one text per protocol: `https`, else `default`.
fn for_https(message: &str) -> Result<String, Fault> {
    let json: serde_json::Value =
        serde_json::from_str(message).map_err(|_| invalid("Message Structure - JSON message body failed to parse"))?;
    let text = |name: &str| json.get(name).and_then(serde_json::Value::as_str).map(ToOwned::to_owned);
    let default =
        text("default").ok_or_else(|| invalid("Message Structure - No default entry in JSON message body"))?;
    Ok(text("https").unwrap_or(default))
}
