//! What is wrong with a policy, or looks as if it were.
//!
//! [`check`] gives the findings of the reader and those of the [`Rule`]s in one list, each with its place in the text. An error
//! says that AWS refuses the document for this type of policy; a warning says that the document means something else than it seems
//! to. [`aws_error`] words the errors as AWS's services do; [`to_json`] and [`to_sarif`] write findings for other tools.
//!
//! One rule is one file: its name, what it looks for, why, and its tests. The rules that depend on what services there are
//! ask a [`Vocabulary`]; with [`NoVocabulary`] they find nothing.
//!
//! ```
//! use bailiwick_policy::lint::{self, NoVocabulary};
//! use bailiwick_policy::{PolicyType, Severity};
//!
//! let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}}"#;
//! let findings = lint::check(text, PolicyType::Identity, &NoVocabulary);
//! assert_eq!(findings[0].code, "pass-any-role");
//! assert_eq!(findings[0].severity, Severity::Warning);
//! ```

mod aws;
mod json;
mod keys;
mod literal;
mod pattern;
mod reach;
mod rules;
mod sarif;
mod service;
mod vocabulary;

#[cfg(test)]
mod testing;

pub use aws::{AwsError, aws_error};
pub use json::to_json;
pub use keys::{GlobalKey, KeyType, global_key};
pub use reach::limit_nothing;
pub use sarif::{Linted, to_sarif};
pub use service::{ServicePolicy, check_service};
pub use vocabulary::{ActionFacts, KeyFacts, Known, NoVocabulary, ServiceFacts, SupportFacts, Vocabulary};

use crate::document::{self, Condition, PatternElement, Statement};
use crate::{Diagnostic, Document, PolicyType, Severity, Span};
use std::sync::Arc;

/// One thing to look for.
#[derive(Debug)]
pub struct Rule {
    /// Its stable name, which findings carry.
    pub code: &'static str,
    /// How serious what it finds is.
    pub severity: Severity,
    /// What it looks for, in a line.
    pub summary: &'static str,
    /// Why that matters and what to do, for the manual.
    pub explanation: &'static str,
    check: fn(&Subject<'_>, &mut Report<'_>),
}

/// Every rule, in the order in which they run.
pub fn rules() -> &'static [&'static Rule] {
    rules::ALL
}

/// Reads a document and looks at it with every rule. The findings of the reader come first; each part is in the order of the text.
pub fn check(text: &str, kind: PolicyType, vocabulary: &dyn Vocabulary) -> Vec<Diagnostic> {
    let (document, mut findings) = document::read(text, kind);
    // Findings about a document that was only read in part would be about the reader. Where nothing but an element is
    // missing, the errors in the others count: AWS may name one of them first.
    let error = |finding: &Diagnostic| finding.severity == Severity::Error;
    let unreadable = findings.iter().any(|finding| error(finding) && finding.code != "missing-element");
    let incomplete = findings.iter().any(error);
    if let Some(document) = document.filter(|_| !unreadable) {
        let subject = Subject { text, kind, document: &document, vocabulary };
        let mut found = Vec::new();
        for rule in rules::ALL {
            (rule.check)(&subject, &mut Report { rule, found: &mut found });
        }
        found.retain(|finding| error(finding) || !incomplete);
        found.sort_by_key(|finding| finding.span.start);
        findings.extend(found);
    }
    findings
}

/// What a rule looks at.
struct Subject<'a> {
    text: &'a str,
    kind: PolicyType,
    document: &'a Document,
    vocabulary: &'a dyn Vocabulary,
}

impl<'a> Subject<'a> {
    fn statements(&self) -> &'a [Statement] {
        &self.document.statements
    }

    /// The statements that name actions and, with ARNs alone, the resources they act on.
    fn naming_resources(&self) -> impl Iterator<Item = &'a Statement> {
        self.statements().iter().filter(|statement| {
            let only_arns = |resource: &PatternElement| {
                !resource.negated && !resource.patterns.iter().any(|pattern| *pattern.value == *"*")
            };
            !statement.action.negated && statement.resource.as_ref().is_some_and(only_arns)
        })
    }

    fn conditions(&self) -> impl Iterator<Item = (&'a Statement, &'a Condition)> {
        self.document
            .statements
            .iter()
            .flat_map(|statement| statement.conditions.iter().map(move |one| (statement, one)))
    }
}

impl Subject<'_> {
    /// What is known of a condition key: a global one from this crate's own list, one of a service from the vocabulary.
    fn key(&self, name: &str) -> Option<KeyFacts> {
        if let Some(key) = global_key(name) {
            return Some(KeyFacts { value: key.value, set: key.set, open: key.name.ends_with('/') });
        }
        match self.vocabulary.key(name) {
            Known::Yes(facts) => Some(facts),
            Known::No | Known::Unknown => None,
        }
    }

    /// What is known of the service of an action pattern or a condition key, by the part before the colon.
    fn service_of(&self, name: &str) -> Option<Arc<ServiceFacts>> {
        let (prefix, _) = name.split_once(':')?;
        match self.vocabulary.service(&prefix.to_ascii_lowercase()) {
            Known::Yes(facts) => Some(facts),
            Known::No | Known::Unknown => None,
        }
    }
}

/// Where a rule writes what it finds.
struct Report<'a> {
    rule: &'static Rule,
    found: &'a mut Vec<Diagnostic>,
}

impl Report<'_> {
    fn at(&mut self, span: Span, message: impl Into<String>) {
        let Rule { code, severity, .. } = *self.rule;
        self.found.push(Diagnostic { code, severity, span, message: message.into(), help: None });
    }

    fn with_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.at(span, message);
        if let Some(last) = self.found.last_mut() {
            last.help = Some(help.into());
        }
    }
}

/// User text for a message: not longer than a line.
fn clip(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_every_rule_is_explained() {
        let mut codes: Vec<_> = rules().iter().map(|rule| rule.code).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        for rule in rules() {
            assert!(!rule.summary.is_empty() && !rule.summary.ends_with('.'), "{}", rule.code);
            assert!(rule.explanation.len() > rule.summary.len() && rule.explanation.ends_with('.'), "{}", rule.code);
            assert!(
                rule.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{}",
                rule.code
            );
        }
    }

    #[test]
    fn an_unreadable_document_has_only_the_findings_of_the_reader() {
        let text = r#"{"Statement": {"Effect": "allow", "Action": "iam:PassRole", "Resource": "*"}}"#;
        let findings = check(text, PolicyType::Identity, &NoVocabulary);
        assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["bad-effect"]);
    }
}
