use super::principal::Grade;
use super::statement::{Look, look_at};
use crate::{Effect, Layer, Policy, Request, Statement, StatementRef};

/// A statement that applies.
pub(crate) struct Hit<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) index: usize,
    pub(crate) statement: &'a Statement,
}

impl Hit<'_> {
    pub(crate) fn statement_ref(&self) -> StatementRef {
        let sid = self.statement.sid.as_ref().map(|sid| sid.value.clone());
        StatementRef { index: self.index, sid, span: self.statement.span }
    }
}

/// What the policies of one layer, or of one level of it, say together.
#[derive(Default)]
pub(crate) struct Findings<'a> {
    /// The first statement that denies.
    pub(crate) deny: Option<Hit<'a>>,
    /// The first statement that allows; of the resource policy, the first that grants most directly.
    pub(crate) allow: Option<Hit<'a>>,
    /// How directly the layer grants, for resource policies.
    pub(crate) grade: Option<Grade>,
    /// The first policy that could not be read.
    pub(crate) unreadable: Option<&'a Policy>,
}

impl Findings<'_> {
    pub(crate) fn denies(&self) -> bool {
        self.deny.is_some() || self.unreadable.is_some()
    }

    pub(crate) fn allows(&self) -> bool {
        self.allow.is_some()
    }
}

/// Looks at every statement of every policy; `bounded` is for [`look_at`].
pub(crate) fn look<'a>(request: &Request, layer: Layer, bounded: bool, policies: &'a [Policy]) -> Findings<'a> {
    let mut findings = Findings::default();
    for policy in policies {
        let Some(document) = policy.document() else {
            findings.unreadable.get_or_insert(policy);
            continue;
        };
        for (index, statement) in document.statements.iter().enumerate() {
            let Look::Applies(grade) = look_at(request, layer, bounded, document.version, statement) else { continue };
            let hit = Hit { policy, index, statement };
            match statement.effect.value {
                Effect::Deny => {
                    findings.deny.get_or_insert(hit);
                }
                Effect::Allow if findings.allow.is_none() || Some(grade) > findings.grade => {
                    findings.allow = Some(hit);
                    findings.grade = Some(grade);
                }
                Effect::Allow => {}
            }
        }
    }
    findings
}
