use crate::document::{Effect, PrincipalSet};
use crate::lint::{Report, Rule, Subject};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "public-access",
    severity: Severity::Warning,
    summary: "Allow for everyone without a condition",
    explanation: "`Principal: \"*\"` in an Allow means everyone, with or without an AWS account. Name accounts, or add a condition such as `aws:PrincipalOrgID` or `aws:SourceArn`.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    if !matches!(subject.kind, PolicyType::Resource | PolicyType::Trust) {
        return;
    }
    for statement in subject.statements() {
        let Some(element) = statement.principal.as_ref().filter(|element| !element.negated) else { continue };
        let everyone = match &element.principals {
            PrincipalSet::Everyone => true,
            PrincipalSet::Listed(entries) => entries.iter().any(|entry| *entry.value == "*"),
        };
        if everyone && *statement.effect == Effect::Allow && statement.conditions.is_empty() {
            report.with_help(
                element.span,
                "everyone is allowed, with or without an account",
                "name accounts, or add a condition",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::finds;

    #[test]
    fn finds_what_it_says() {
        finds(
            "public-access",
            PolicyType::Resource,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"},{"Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"*"}]}"#,
            &[r#""*""#],
        );
    }
}
