//! Conformance cases: questions with the answers that are expected, as data that any engine can run.
//!
//! A file holds one JSON object a line. [`read`] turns its text into [`Case`]s, [`Case::run`] asks an [`Engine`], and the
//! [`Answer`] says what came out and whether it agrees. The schema is described in `testdata/README.md`, beside the files that ship
//! with this crate. Fields that the schema does not know are ignored, so that a file may carry notes; fields that it does
//! know must be right, and a case that cannot be read is an error rather than a case that passes.
//!
//! ```
//! use bailiwick_policy::cases::{self, Engine};
//!
//! let text = r#"{"id": "1", "kind": "wildcard", "pattern": "a*", "text": "abc", "expected": {"match": true}}"#;
//! let cases = cases::read(text).unwrap();
//! let answer = cases[0].run(Engine::Oracle);
//! assert_eq!(answer.agrees, Some(true));
//! ```

mod answer;
mod read;
mod run;
mod simulate;

use crate::lint::ServicePolicy;
use crate::{Layers, Policy, PolicyType, Request};
use bailiwick_ident::AccountId;

pub use answer::Answer;
pub use read::{CaseError, read, read_line};
pub use simulate::Simulate;

/// Which evaluator answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Both, and a difference between them is an error.
    Both,
    /// The fast one, which runs in the product.
    Compiled,
    /// The plain one, written from the rules.
    Oracle,
}

impl Engine {
    /// Reads `compiled`, `oracle` or `both`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "both" => Some(Engine::Both),
            "compiled" => Some(Engine::Compiled),
            "oracle" => Some(Engine::Oracle),
            _ => None,
        }
    }
}

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name among all cases, stable.
    pub id: String,
    /// What it shows, for people.
    pub name: String,
    /// Labels to choose cases by.
    pub tags: Vec<String>,
    /// What is asked.
    pub question: Question,
}

impl Case {
    /// Whether the case carries a label.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }
}

/// What a case asks, with what it expects.
#[derive(Debug, Clone)]
pub enum Question {
    /// `authorize`: is this request allowed under these policies?
    Authorize(Box<Authorize>),
    /// `compare`, `check_no_new_access`: which of two sets of policies allows more?
    Compare(Compare),
    /// A kind of case that nobody here knows.
    Other {
        /// The kind.
        kind: String,
        /// Whether the case expects something.
        expects: bool,
    },
    /// `simulate`: what do the simulator operations of IAM answer?
    Simulate(Box<Simulate>),
    /// `validate`: would AWS store this document?
    Validate(Validate),
    /// `wildcard`: does this pattern match this text?
    Wildcard {
        /// The pattern, with `*` and `?`.
        pattern: String,
        /// The text.
        text: String,
        /// Whether it should match.
        expected: Option<bool>,
    },
}

/// An `authorize` case.
#[derive(Debug, Clone)]
pub struct Authorize {
    /// Who asks for what.
    pub request: Request,
    /// The policies that apply.
    pub layers: Layers,
    /// The case gives a role's trust policy as the policy of the resource, and answers call it so.
    pub trust_as_resource: bool,
    /// The expected decision.
    pub expected: Option<ExpectedDecision>,
    /// The layers that are expected to cut the request, in any order.
    pub blocked_by: Option<Vec<String>>,
    /// The error code AWS denies with, where the source has it.
    pub aws_code: Option<String>,
    /// The message AWS denies with, where the source has it.
    pub aws_message: Option<String>,
}

/// A `compare` or `check_no_new_access` case.
#[derive(Debug, Clone)]
pub struct Compare {
    /// The first set of policies; the existing one.
    pub a: Vec<Policy>,
    /// The second; the new one.
    pub b: Vec<Policy>,
    /// Whether it is only asked if the second allows anything that the first does not.
    pub only_new: bool,
    /// The expected word: `equivalent`, `a_more_permissive`, `b_more_permissive`, `incomparable`; `PASS` or `FAIL`.
    pub expected: Option<String>,
}

/// What an `authorize` case expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExpectedDecision {
    /// `allowed`
    Allowed,
    /// `denied`: an implicit or an explicit deny, the source does not tell which.
    Denied,
    /// `explicit_deny`
    ExplicitDeny,
    /// `implicit_deny`
    ImplicitDeny,
}

/// A `validate` case.
#[derive(Debug, Clone)]
pub struct Validate {
    /// For which type of policy; `None` stands for `any`: one type that accepts the document is enough.
    pub kind: ValidateKind,
    /// The text of the document.
    pub document: String,
    /// Whether AWS stores it.
    pub valid: Option<bool>,
    /// The accounts that principals may name, where the case says it.
    pub accounts: Option<Vec<AccountId>>,
    /// AWS's error code, where the source has it.
    pub aws_code: Option<String>,
    /// AWS's error message, where the source has it.
    pub aws_message: Option<String>,
}

/// The type of policy that a document is validated as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValidateKind {
    /// `any`: valid when one type takes it.
    Any,
    /// One type.
    One(PolicyType),
    /// A type with rules of one service.
    Service(ServicePolicy),
}
