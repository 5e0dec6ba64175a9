//! The names AWS gives to things, as values: ARNs, accounts, Regions, partitions, actions, and points in time.
//!
//! Every other crate speaks in these types. They hold text that has been checked for form, never for existence: an
//! [`AccountId`] is twelve digits, not an account that is known. There is no IO, no clock and no randomness here.

mod account;
mod action;
mod arn;
mod place;
mod timestamp;

pub use account::AccountId;
pub use action::ActionName;
pub use arn::Arn;
pub use place::{Partition, Region};
pub use timestamp::Timestamp;

/// A text that is not the name it was read as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct NameError {
    text: String,
    expected: &'static str,
}

impl NameError {
    pub(crate) fn new(text: &str, expected: &'static str) -> Self {
        NameError { text: text.chars().take(128).collect(), expected }
    }

    /// What the text was expected to be, in words, for example "an account id of twelve digits".
    pub fn expected(&self) -> &'static str {
        self.expected
    }
}

/// Implements the conversions that every checked name has: text in, text out, and serde as plain text.
macro_rules! text_name {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::NameError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use text_name;
