//! A message as it is published, and what SNS checks of it.
//! Sources: the SNS API reference, Publish and PublishBatch; the SNS developer guide, "Amazon SNS message attributes".

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bailiwick_aws::fault::Fault;
use bailiwick_notify::sns::filter;
use base64::Engine as _;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::super::invalid;
use super::super::topics::Topic;
use super::Published;
use super::fanout::Outgoing;

/// The largest message with its attributes, and the largest batch.
pub(super) const MAX_BYTES: usize = 256 * 1024;
/// How many attributes a message may have.
const MAX_ATTRIBUTES: usize = 50;
/// The longest name of an attribute, and the longest type.
const MAX_NAME_BYTES: usize = 256;
/// The digits that a number may have.
const MAX_DIGITS: usize = 38;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    data_type: String,
    string_value: Option<String>,
    binary_value: Option<bytes::Bytes>,
}

/// A blob as serde sees it in a value.
mod bytes {
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

impl Attribute {
    fn size(&self) -> usize {
        self.data_type.len()
            + self.string_value.as_ref().map_or(0, String::len)
            + self.binary_value.as_ref().map_or(0, |bytes| bytes.0.len())
    }

    fn delivered(&self) -> filter::Attribute {
        let value = match (&self.string_value, &self.binary_value) {
            (Some(text), _) => text.clone(),
            (None, Some(bytes)) => base64::engine::general_purpose::STANDARD.encode(&bytes.0),
            (None, None) => String::new(),
        };
        filter::Attribute { r#type: self.data_type.clone(), value }
    }
}

/// A message before it is published.
pub(super) struct Draft<'a> {
    pub(super) message: &'a str,
    pub(super) subject: Option<&'a str>,
    pub(super) structure: Option<&'a str>,
    pub(super) attributes: &'a BTreeMap<String, Attribute>,
    pub(super) deduplication_id: Option<&'a str>,
    pub(super) group_id: Option<&'a str>,
}

/// The text of a message for each protocol.
#[derive(Debug, Clone)]
pub(super) struct Texts {
    pub(super) default: String,
    pub(super) by_protocol: BTreeMap<String, String>,
}

impl Texts {
    /// The text for a protocol.
    pub(super) fn text(&self, protocol: &str) -> &str {
        self.by_protocol.get(protocol).unwrap_or(&self.default)
    }
}

impl Draft<'_> {
    pub(super) fn size(&self) -> usize {
        self.message.len() + self.attributes.iter().map(|(name, one)| name.len() + one.size()).sum::<usize>()
    }

    /// Checks everything but the attributes and the size, which of a batch are checked for all entries first.
    pub(super) fn check(&self, topic: &Topic) -> Result<Texts, Fault> {
        self.check_text()?;
        self.check_ids(topic)?;
        self.texts()
    }

    /// Checks the message and its subject.
    pub(super) fn check_text(&self) -> Result<(), Fault> {
        if self.message.is_empty() {
            return Err(invalid("Empty message"));
        }
        if self.message.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
            return Err(invalid("Message Reason: invalid characters"));
        }
        if let Some(subject) = self.subject {
            let starts = subject.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c.is_ascii_punctuation());
            if !starts || subject.chars().count() > 100 || subject.chars().any(|c| c.is_control() || !c.is_ascii()) {
                return Err(invalid("Subject"));
            }
        }
        Ok(())
    }

    /// The message for each protocol.
    pub(super) fn texts(&self) -> Result<Texts, Fault> {
        match self.structure {
            None => Ok(Texts { default: self.message.to_owned(), by_protocol: BTreeMap::new() }),
            Some("json") => by_protocol(self.message),
            Some(_) => Err(invalid("MessageStructure")),
        }
    }

    /// Group and deduplication ids: both for FIFO topics, the group alone for fair queues behind standard ones.
    pub(super) fn check_ids(&self, topic: &Topic) -> Result<(), Fault> {
        for (id, name) in [(self.group_id, "MessageGroupId"), (self.deduplication_id, "MessageDeduplicationId")] {
            let fits = |id: &str| (1..=128).contains(&id.len()) && id.bytes().all(|b| (33..127).contains(&b));
            if id.is_some_and(|id| !fits(id)) {
                return Err(invalid(name));
            }
        }
        match (topic.fifo(), self.group_id, self.deduplication_id) {
            (false, _, Some(_)) => Err(invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
            )),
            (true, None, _) => Err(invalid("The MessageGroupId parameter is required for FIFO topics")),
            (true, Some(_), None) if !topic.deduplicates_by_content() => Err(invalid(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
            )),
            _ => Ok(()),
        }
    }

    /// The deduplication id that follows from the message.
    pub(super) fn digest(&self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(self.message.as_bytes()) {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// Checks the attributes, and with them the size of a message that goes alone.
    pub(super) fn check_attributes_and_size(&self) -> Result<(), Fault> {
        self.check_attributes()?;
        if self.size() > MAX_BYTES { Err(invalid("Message too long")) } else { Ok(()) }
    }

    pub(super) fn check_attributes(&self) -> Result<(), Fault> {
        if self.attributes.len() > MAX_ATTRIBUTES {
            return Err(invalid(format_args!("MessageAttributes Reason: at most {MAX_ATTRIBUTES} attributes")));
        }
        self.attributes.iter().try_for_each(|(name, attribute)| check_attribute(name, attribute))
    }

    pub(super) fn outgoing(&self, published: &Published, deduplication_id: Option<String>, texts: Texts) -> Outgoing {
        Outgoing::notification(
            published.message_id.clone(),
            self.subject.map(ToOwned::to_owned),
            texts,
            self.attributes.iter().map(|(name, one)| (name.clone(), one.delivered())).collect(),
            (self.group_id.map(ToOwned::to_owned), deduplication_id, published.sequence_number.clone()),
        )
    }
}

fn rejected(message: String) -> Fault {
    Fault::sender("ParameterValueInvalid", 400, message)
}

fn check_attribute(name: &str, attribute: &Attribute) -> Result<(), Fault> {
    check_name(name).map_err(rejected)?;
    let kind = attribute.data_type.as_str();
    let (base, label) = kind.split_once('.').map_or((kind, None), |(base, label)| (base, Some(label)));
    let labelled = label.is_none_or(|label| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    });
    if !matches!(base, "String" | "Number" | "Binary") || !labelled || kind.len() > MAX_NAME_BYTES {
        return Err(rejected(format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
        )));
    }
    let field = if base == "Binary" { "Binary" } else { "String" };
    let lacks = || {
        rejected(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for message attribute type '{kind}'."
        ))
    };
    match (field, &attribute.string_value, &attribute.binary_value) {
        (_, None, None) => Err(lacks()),
        ("String", None, Some(_)) | ("Binary", Some(_), None) => {
            Err(rejected(format!("The message attribute '{name}' with type '{kind}' must use field '{field}'.")))
        }
        (_, Some(text), Some(bytes)) if !text.is_empty() && !bytes.0.is_empty() => {
            Err(rejected(format!("The message attribute '{name}' with type '{kind}' must use field '{field}'.")))
        }
        ("Binary", _, bytes) if bytes.as_ref().is_none_or(|bytes| bytes.0.is_empty()) => Err(lacks()),
        ("String", text, _) if text.as_ref().is_none_or(String::is_empty) => Err(lacks()),
        ("String", Some(text), _) if base == "Number" => check_number(name, text),
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Err("Length of message attribute name must be less than 256 bytes.".to_owned());
    }
    if name.starts_with('.') {
        return Err("Invalid message attribute name starting with character '.' was found.".to_owned());
    }
    if name.ends_with('.') {
        return Err("Invalid message attribute name ending with character '.' was found.".to_owned());
    }
    if let Some(c) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')) {
        return Err(format!(
            "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
            u32::from(c)
        ));
    }
    if name.contains("..") {
        return Err("Message attribute name can not have successive '.' character.".to_owned());
    }
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        return Err("Message attribute name starting with 'AWS.' or 'Amazon.' is not allowed.".to_owned());
    }
    Ok(())
}

/// A decimal number, by its digits and the power of ten of its last digit.
fn decimal(text: &str) -> Option<(usize, i64)> {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0').len().max(1);
    Some((significant, exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?))
}

fn check_number(name: &str, text: &str) -> Result<(), Fault> {
    let Some((digits, power)) = decimal(text) else {
        return Err(rejected(format!("Could not cast message attribute '{name}' value to number.")));
    };
    // The power of ten just above the number.
    let scale = power.saturating_add(i64::try_from(digits).unwrap_or(i64::MAX));
    if !(-127..=126).contains(&scale) {
        return Err(rejected(format!(
            "Message attribute '{name}' number value [{text}] scale must be 10^-128 and 10^126."
        )));
    }
    if digits > MAX_DIGITS {
        return Err(rejected(format!(
            "Message attribute '{name}' number value [{text}] precision must be at most {MAX_DIGITS} digits."
        )));
    }
    Ok(())
}

/// The members of an object, refusing one that is given twice.
struct Members(BTreeMap<String, serde_json::Value>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("a member is given twice"));
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// A message with one text for each protocol. Values that are no texts are left out, as SNS does.
fn by_protocol(message: &str) -> Result<Texts, Fault> {
    let Members(members) =
        serde_json::from_str(message).map_err(|_| invalid("Message Structure - JSON message body failed to parse"))?;
    let mut texts: BTreeMap<String, String> =
        members.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect();
    let default =
        texts.remove("default").ok_or_else(|| invalid("Message Structure - No default entry in JSON message body"))?;
    Ok(Texts { default, by_protocol: texts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_range_that_was_observed() {
        let answer = |text: &str| check_number("numeric", text).map_err(|fault| fault.message);
        for good in [
            "12345678901234567890123456789012345678",
            ".5",
            "5.",
            "9.99e125",
            "1e-128",
            "1.23456",
            "1.234567",
            "1000000000.00001",
            "1e3",
            "-0",
            "+7",
            "0.000",
        ] {
            assert_eq!(answer(good), Ok(()), "{good}");
        }
        for bad in ["1e126", "1e127", "1e-129", "0e-100000", "1e-100000", "1e9999999999"] {
            let message = format!("Message attribute 'numeric' number value [{bad}] scale must be 10^-128 and 10^126.");
            assert_eq!(answer(bad), Err(message));
        }
        for bad in ["NaN", "", "1 ", "e5", "1e", "0x10", ".", "--1", "1e99999999999999999999"] {
            assert_eq!(answer(bad), Err("Could not cast message attribute 'numeric' value to number.".to_owned()));
        }
    }

    #[test]
    fn names_are_checked() {
        for good in ["a", "a.b-c_d", "A9"] {
            assert_eq!(check_name(good), Ok(()));
        }
        for bad in ["", ".a", "a.", "a..b", "a b", "ä", "AWS.x", "amazon.y", &"a".repeat(257)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
