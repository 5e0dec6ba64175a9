//! The facts of a call that authorization needs: which IAM actions it asks for, on which resources, with which condition
//! keys. For the operations that Bailiwick serves they come from authorization rows, which are data
//! (`authorization/*.toml`); for every other operation from AWS's catalogue.

mod catalogue;
mod function;
mod read;
mod resolve;
mod rows;
mod template;

use bailiwick_ident::{AccountId, ActionName};
use bailiwick_policy::Context;

use crate::caller::Tags;
#[cfg(test)]
pub(crate) use catalogue::facts as of_catalogue;
pub(crate) use read::facts;
pub use rows::{Rows, RowsError};

/// What a check is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// No single resource.
    Any,
    /// One resource.
    Arn(String),
    /// A resource that cannot be known from the call: the form of its ARN, `*` for what is not known. A policy whose answer
    /// depends on the unknown part denies.
    Unknown(String),
}

impl Subject {
    /// The ARN, its form, or `*`.
    pub fn as_str(&self) -> &str {
        match self {
            Subject::Any => "*",
            Subject::Arn(arn) | Subject::Unknown(arn) => arn,
        }
    }
}

/// One action on one resource that a call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The IAM action.
    pub action: ActionName,
    /// The resource.
    pub subject: Subject,
    /// The account that owns the resource.
    pub resource_account: Option<AccountId>,
    /// The action takes no resource: in policies only a literal `*` matches.
    pub wildcard_only: bool,
    /// Condition keys from the input.
    pub context: Context,
    /// The resource's tags.
    pub resource_tags: Tags,
    /// The ARN of the role whose trust policy must allow the check.
    pub trust: Option<String>,
}

/// Everything authorization knows of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallFacts {
    /// Every check must be allowed.
    Checks(Vec<Check>),
    /// Anybody with credentials may.
    Permissionless,
    /// It cannot be said which permissions the call needs, and why. Such a call is denied.
    Unknown(String),
}
