//! AWS's policy language: documents are read, requests are decided, decisions are explained.
//!
//! The crate is pure: no files, no sockets, no clock, no randomness. What a decision needs to know of the world comes in
//! as values: a [`Request`] (who, what, on which resource, in which context) and [`Layers`] (the policies that apply).
//!
//! ```
//! use bailiwick_policy::{Context, Layers, Outcome, Policy, PolicyType, Principal, Request, Resource, oracle};
//!
//! let policy = Policy::read("ReadTopics", PolicyType::Identity, r#"{
//!     "Version": "2012-10-17",
//!     "Statement": {"Effect": "Allow", "Action": "sns:List*", "Resource": "*"}
//! }"#);
//! let layers = Layers { identity: Some(vec![policy]), ..Layers::default() };
//! let request = Request {
//!     principal: Principal::from_arn_text("arn:aws:iam::444455556666:user/dana").unwrap(),
//!     action: "sns:ListTopics".to_owned(),
//!     resource: Resource::Any,
//!     resource_account: None,
//!     wildcard_only: true,
//!     context: Context::new(),
//! };
//! assert_eq!(oracle::decide(&request, &layers).outcome, Outcome::Allowed);
//! ```
//!
//! A document that cannot be read is kept as a policy that denies: see [`Policy::read`].
//!
//! | question | where |
//! |---|---|
//! | What does the language say? | [`language`] |
//! | May this request pass, and which statement decided? | [`oracle::decide`] |
//! | The same, thousands of times a second | [`compiled::Engine`] |
//! | Why, statement by statement, and what would change it? | [`explain`] |
//! | How does AWS's API word the refusal? | [`Decision::aws_denial`] |
//! | Is this document good? | [`lint`] |
//! | What would AWS's policy simulator answer? | [`simulator`] |
//! | Which of two sets of policies allows more? | [`compare`](mod@compare) |
//! | Do the engines agree with what is known? | [`cases`] |

pub mod cases;
pub mod compare;
pub mod compiled;
mod context;
mod decision;
pub mod document;
pub mod explain;
pub mod json;
#[doc = include_str!("language.md")]
pub mod language {}
mod layers;
pub mod lint;
pub mod oracle;
mod policy;
mod principal;
mod request;
pub mod simulator;
mod wording;

pub use context::{Context, Value};
pub use decision::{Cause, Decision, Layer, Outcome, Reason, StatementRef};
pub use document::{Diagnostic, Document, Effect, Severity, Span, Statement};
pub use layers::Layers;
pub use policy::{Policy, PolicyType};
pub use principal::{Principal, PrincipalError};
pub use request::{Request, Resource};
pub use wording::AwsDenial;
