//! Filter policies of subscriptions, over message attributes or over the message body.
//!
//! Sources: AWS's SNS developer guide, "Subscription filter policies", "Filter policy constraints", "String value matching",
//! "Numeric value matching", "Key matching", "AND/OR logic"; the cases in `testdata/sns/filter_policy.json` carry what was
//! observed of AWS.

mod matching;
mod read;
mod wildcard;

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The largest filter policy, in bytes.
pub const MAX_POLICY_BYTES: usize = 256 * 1024;
/// How many keys a policy has at most at its top.
pub const MAX_KEYS: usize = 5;
/// How many combinations of values a policy may come to.
pub const MAX_COMBINATIONS: usize = 150;

/// What a policy looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Scope {
    /// The attributes of the message.
    #[default]
    MessageAttributes,
    /// The message, as a JSON object.
    MessageBody,
}

impl Scope {
    /// AWS's name of the scope.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::MessageAttributes => "MessageAttributes",
            Scope::MessageBody => "MessageBody",
        }
    }

    /// The scope of this name.
    pub fn parse(name: &str) -> Option<Scope> {
        [Scope::MessageAttributes, Scope::MessageBody].into_iter().find(|scope| scope.as_str() == name)
    }
}

/// A message attribute as it is delivered: a binary value in base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute {
    /// `String`, `Number`, `Binary`, `String.Array`, or one of these with a label.
    pub r#type: String,
    /// The value.
    pub value: String,
}

/// Message attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// A filter policy that was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterPolicy {
    scope: Scope,
    object: Object,
}

/// All clauses must hold.
#[derive(Debug, Clone, PartialEq, Default)]
struct Object(Vec<Clause>);

#[derive(Debug, Clone, PartialEq)]
enum Clause {
    /// One of the patterns fits one of the values.
    Values(String, Vec<Pattern>),
    /// The object under the key holds.
    Nested(String, Object),
    /// One of the objects holds.
    Or(Vec<Object>),
}

/// A value as JSON has it.
#[derive(Debug, Clone, PartialEq)]
enum Literal {
    Null,
    Bool(bool),
    Number(f64),
    String(String),
}

impl Literal {
    fn number(number: f64) -> Literal {
        Literal::Number(compared(number))
    }
}

/// A number as filters compare it: with five digits after the decimal point.
/// Source: AWS's SNS developer guide, "Filter policy constraints".
fn compared(number: f64) -> f64 {
    let scaled = (number * 100_000.0).round();
    if scaled.is_finite() { scaled / 100_000.0 } else { number }
}

/// A test of a text. With `fold`, case does not matter.
#[derive(Debug, Clone, PartialEq)]
enum Text {
    Prefix { text: String, fold: bool },
    Suffix { text: String, fold: bool },
    EqualsIgnoreCase(String),
    Wildcard(String),
}

#[derive(Debug, Clone, PartialEq)]
enum Pattern {
    Exact(Literal),
    Text(Text),
    Numeric(Vec<(Comparison, f64)>),
    Cidr(IpNet),
    Exists(bool),
    /// The value is none of these.
    NotThese(Vec<Literal>),
    /// The value is a text that none of these fits.
    NoneFits(Vec<Text>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    Greater,
    GreaterOrEqual,
}

impl FilterPolicy {
    /// Reads a policy for a scope. An empty object filters nothing.
    ///
    /// # Errors
    /// What AWS says of a policy that it does not take, without the words that name the request's parameter.
    pub fn read(text: &str, scope: Scope) -> Result<FilterPolicy, String> {
        read::policy(text, scope).map(|object| FilterPolicy { scope, object })
    }

    /// Whether a message passes. A body that is no JSON object passes no policy over bodies.
    pub fn matches(&self, attributes: &Attributes, body: &str) -> bool {
        match self.scope {
            Scope::MessageAttributes => matching::attributes(&self.object, attributes),
            Scope::MessageBody => matching::body(&self.object, body),
        }
    }
}
