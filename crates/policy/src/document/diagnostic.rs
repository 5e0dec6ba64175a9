use super::Span;

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Warning,
    /// The document is not a policy; it denies.
    Error,
}

/// A finding about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable name, such as `unknown-operator`.
    pub code: &'static str,
    /// How serious it is.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to do about it, where there is something to say.
    pub help: Option<String>,
}
