//! The document: what a policy says, element by element, with the place of each in the text.
//!
//! [`read`] is strict. It accepts the grammar AWS accepts for the given type of policy and reports everything else as a
//! [`Diagnostic`]; one error makes the whole document unreadable. It does not judge literals that AWS would refuse to store but does evaluate
//! (a number that is no number): that is for lint. [`Document`] prints as JSON, and reading what was printed gives the same document.
//! Source: AWS's IAM guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements reference".

mod diagnostic;
mod operator;
mod print;
mod read;
mod span;

pub use diagnostic::{Diagnostic, Severity};
pub use operator::{Operator, OperatorKind, Quantifier};
pub use read::read;
pub(crate) use read::read_draft;
pub use span::{Lines, Position, Span, Spanned};

/// The version of the language a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Version {
    /// `2008-10-17`, and documents without `Version`: `${...}` is plain text.
    #[default]
    V2008,
    /// `2012-10-17`: policy variables are substituted.
    V2012,
}

impl Version {
    /// The date that names the version.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V2008 => "2008-10-17",
            Version::V2012 => "2012-10-17",
        }
    }
}

/// A whole policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// `Version`; [`Version::V2008`] when the document has none.
    pub version: Version,
    /// Where `Version` is written, if it is.
    pub version_span: Option<Span>,
    /// `Id`.
    pub id: Option<Spanned<String>>,
    /// `Statement`, one object or a list of them.
    pub statements: Vec<Statement>,
    /// The place of the list of statements; `None` when `Statement` is a lone object.
    pub statement_list: Option<Span>,
}

/// Allow or deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
}

impl Effect {
    /// The word in the document.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        }
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// `Sid`.
    pub sid: Option<Spanned<String>>,
    /// `Effect`.
    pub effect: Spanned<Effect>,
    /// `Principal` or `NotPrincipal`; required in some types of policy, forbidden in the others.
    pub principal: Option<PrincipalElement>,
    /// `Action` or `NotAction`.
    pub action: PatternElement,
    /// `Resource` or `NotResource`; `None` in trust policies, and in policies of resources that leave it out because they
    /// speak of nothing but themselves.
    pub resource: Option<PatternElement>,
    /// `Condition`, one entry for each operator and key, all of which must hold.
    pub conditions: Vec<Condition>,
    /// The statement's place in the text, braces included.
    pub span: Span,
}

/// `Action`, `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternElement {
    /// The `Not` form: everything but the patterns.
    pub negated: bool,
    /// The patterns; at least one.
    pub patterns: Vec<Spanned<String>>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalElement {
    /// `NotPrincipal`: everyone but these.
    pub negated: bool,
    /// Who.
    pub principals: PrincipalSet,
    /// The place of the value.
    pub span: Span,
}

/// Who a statement is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalSet {
    /// `"*"`: everyone, anonymous callers included.
    Everyone,
    /// An object: each value with its key.
    Listed(Vec<PrincipalEntry>),
}

/// One principal of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalEntry {
    /// The key it stands under.
    pub kind: PrincipalKind,
    /// The value.
    pub value: Spanned<String>,
}

/// The keys of a `Principal` object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PrincipalKind {
    /// `AWS`: an account, user, role, session, unique id, or `*`.
    Aws,
    /// `CanonicalUser`: an account by its S3 canonical user id.
    CanonicalUser,
    /// `Federated`: an identity provider.
    Federated,
    /// `Service`: an AWS service.
    Service,
}

impl PrincipalKind {
    /// The key in the document.
    pub fn as_str(self) -> &'static str {
        match self {
            PrincipalKind::Aws => "AWS",
            PrincipalKind::CanonicalUser => "CanonicalUser",
            PrincipalKind::Federated => "Federated",
            PrincipalKind::Service => "Service",
        }
    }
}

/// One operator, one key and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator.
    pub operator: Spanned<Operator>,
    /// The condition key; compares without regard to case.
    pub key: Spanned<String>,
    /// The values, of which one must match (none, for a negated operator).
    pub values: Vec<ConditionValue>,
}

/// A value of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionValue {
    /// The text; of a number as it is written, of a boolean `true` or `false`.
    pub text: Spanned<String>,
    /// How it is written in JSON.
    pub kind: ConditionValueKind,
}

/// How a condition value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConditionValueKind {
    /// A boolean.
    Bool,
    /// A number.
    Number,
    /// A string.
    Text,
}
