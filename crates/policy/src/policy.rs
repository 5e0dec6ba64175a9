use crate::document::{self, Diagnostic, Document, Severity};
use std::sync::Arc;

/// What a policy is for. It decides which elements its statements have, and in which layer it takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicyType {
    /// Attached to a user, group or role, managed or inline.
    Identity,
    /// The permissions boundary of a user or role.
    Boundary,
    /// Passed when a session is made.
    Session,
    /// A guardrail of a chat channel.
    Guardrail,
    /// A service control policy of an organization.
    ServiceControl,
    /// A resource control policy of an organization.
    ResourceControl,
    /// The policy of a resource.
    Resource,
    /// The trust policy of a role.
    Trust,
    /// The policy of a VPC endpoint.
    Endpoint,
}

impl PolicyType {
    /// Every type, in the order in which this crate lists layers.
    pub const ALL: [PolicyType; 9] = [
        PolicyType::Identity,
        PolicyType::Boundary,
        PolicyType::Session,
        PolicyType::Guardrail,
        PolicyType::ServiceControl,
        PolicyType::ResourceControl,
        PolicyType::Resource,
        PolicyType::Trust,
        PolicyType::Endpoint,
    ];

    /// A short stable name, as conformance cases and JSON output spell it: `identity`, `boundary`, `session`, `guardrail`, `scp`,
    /// `rcp`, `resource`, `trust`, `endpoint`.
    pub fn as_str(self) -> &'static str {
        match self {
            PolicyType::Identity => "identity",
            PolicyType::Boundary => "boundary",
            PolicyType::Session => "session",
            PolicyType::Guardrail => "guardrail",
            PolicyType::ServiceControl => "scp",
            PolicyType::ResourceControl => "rcp",
            PolicyType::Resource => "resource",
            PolicyType::Trust => "trust",
            PolicyType::Endpoint => "endpoint",
        }
    }

    /// What the layer is called in AWS's messages: `identity-based policy`, `permissions boundary` ...
    pub fn aws_name(self) -> &'static str {
        match self {
            PolicyType::Identity => "identity-based policy",
            PolicyType::Boundary => "permissions boundary",
            PolicyType::Session => "session policy",
            PolicyType::Guardrail => "guardrail policy",
            PolicyType::ServiceControl => "service control policy",
            PolicyType::ResourceControl => "resource control policy",
            PolicyType::Resource => "resource-based policy",
            PolicyType::Trust => "role trust policy",
            PolicyType::Endpoint => "VPC endpoint policy",
        }
    }

    /// Whether statements of this type say who they are for: `Principal` or `NotPrincipal` is required.
    pub fn requires_principal(self) -> bool {
        matches!(self, PolicyType::Resource | PolicyType::Trust | PolicyType::ResourceControl | PolicyType::Endpoint)
    }

    /// Whether statements of this type name resources: all but trust policies do.
    pub fn requires_resource(self) -> bool {
        self != PolicyType::Trust
    }
}

/// A named policy that takes part in decisions: its text, and what was read from it. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Policy(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    kind: PolicyType,
    text: String,
    document: Option<Document>,
    diagnostics: Vec<Diagnostic>,
}

impl Policy {
    /// Reads a policy. Never fails: a text that is not a policy of this type, by the first error in
    /// [`Policy::diagnostics`], is kept as an unreadable policy, and an unreadable policy denies every request of the layer it
    /// stands in. `name` is how reasons call it: an ARN, or the name of an inline policy.
    pub fn read(name: &str, kind: PolicyType, text: &str) -> Self {
        let (document, diagnostics) = document::read(text, kind);
        let readable = !diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        let document = document.filter(|_| readable);
        Policy(Arc::new(Inner { name: name.to_owned(), kind, text: text.to_owned(), document, diagnostics }))
    }

    /// Reads a policy that is still being written, or that others wrote for engines that are less strict: like [`Policy::read`], but
    /// what AWS refuses although it can only mean one thing does not make it unreadable.
    ///
    /// | departure | reading |
    /// |---|---|
    /// | `Principal` in a policy that has none, such as an identity policy | it narrows the statement |
    /// | no `Principal` in the policy of a resource or role | the statement speaks of nobody |
    /// | no `Principal` in the policy of a VPC endpoint or an RCP | the statement speaks of everybody |
    /// | a principal that is a bare text, not `*` | `{"AWS": text}` |
    /// | `Resource` in a trust policy | it narrows the statement |
    /// | an action that is not of the form `service:Name` | no request has it |
    ///
    /// Never for policies that are stored: these are refused with the errors of [`Policy::diagnostics`].
    pub fn read_draft(name: &str, kind: PolicyType, text: &str) -> Self {
        let (document, diagnostics, clear) = document::read_draft(text, kind);
        let document = document.filter(|_| clear);
        Policy(Arc::new(Inner { name: name.to_owned(), kind, text: text.to_owned(), document, diagnostics }))
    }

    /// The name it was given.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is for.
    pub fn kind(&self) -> PolicyType {
        self.0.kind
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What was read; `None` for an unreadable policy.
    pub fn document(&self) -> Option<&Document> {
        self.0.document.as_ref()
    }

    /// What the reader found: errors make the policy unreadable, warnings do not.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0.diagnostics
    }
}
