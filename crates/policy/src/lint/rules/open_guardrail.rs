use crate::lint::reach::{allows_everything, limit_nothing};
use crate::lint::{Report, Rule, Subject};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "open-guardrail",
    severity: Severity::Warning,
    summary: "a guardrail that limits nothing",
    explanation: "A guardrail caps what the people of a channel may do, whatever their roles allow. One that allows `*` on `*` caps nothing, and opens the guardrails beside it, too: what any of them allows is allowed. AWS's own default, AdministratorAccess, is such a one.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.kind != PolicyType::Guardrail || !limit_nothing([subject.document]) {
        return;
    }
    for statement in subject.statements().iter().filter(|statement| allows_everything(statement)) {
        report.with_help(
            statement.span,
            "as a guardrail this limits nothing: it allows every action on every resource",
            "list the actions that channels need, or use a managed policy such as ReadOnlyAccess",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        let all = statement(r#""Effect":"Allow","Action":"*","Resource":"*""#);
        let place = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
        finds("open-guardrail", PolicyType::Guardrail, &all, &[place]);
        finds("allow-everything", PolicyType::Guardrail, &all, &[]);
        for kind in [PolicyType::Identity, PolicyType::ServiceControl, PolicyType::Boundary] {
            finds("open-guardrail", kind, &all, &[]);
        }
        let denies = statement(
            r#""Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*""#,
        );
        finds("open-guardrail", PolicyType::Guardrail, &denies, &[]);
        let narrow = statement(r#""Effect":"Allow","Action":"s3:Get*","Resource":"*""#);
        finds("open-guardrail", PolicyType::Guardrail, &narrow, &[]);
    }
}
