use crate::document::Effect;
use crate::lint::{Report, Rule, Subject, pattern};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "pass-any-role",
    severity: Severity::Warning,
    summary: "iam:PassRole on every role",
    explanation: "Whoever may pass any role to a service has the rights of every role. Name the roles, or ask with `iam:PassedToService` which service may get them.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    if !matches!(subject.kind, PolicyType::Identity) {
        return;
    }
    for statement in subject.statements() {
        let limited =
            statement.conditions.iter().any(|condition| condition.key.eq_ignore_ascii_case("iam:PassedToService"));
        if *statement.effect != Effect::Allow || statement.action.negated || limited {
            continue;
        }
        let any = statement
            .resource
            .as_ref()
            .is_some_and(|element| element.negated || element.patterns.iter().any(|pattern| is_any_role(pattern)));
        // `*` is the administrator's, and said by another rule.
        let passes =
            |pattern: &str| pattern.contains(':') && pattern::matches(&pattern.to_ascii_lowercase(), "iam:passrole");
        if let Some(pattern) = statement.action.patterns.iter().find(|pattern| any && passes(pattern)) {
            report.with_help(
                pattern.span,
                "this passes any role to any service",
                "name the roles in `Resource`, or add a condition on `iam:PassedToService`",
            );
        }
    }
}

fn is_any_role(pattern: &str) -> bool {
    pattern::matches(pattern, "arn:aws:iam::111122223333:role/any/Role")
        && pattern::matches(pattern, "arn:aws:iam::111122223333:role/Other")
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        finds(
            "pass-any-role",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":["iam:PassRole"],"Resource":"*""#),
            &[r#""iam:PassRole""#],
        );
        finds(
            "pass-any-role",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":["iam:Pass*"],"Resource":"arn:aws:iam::*:role/*""#),
            &[r#""iam:Pass*""#],
        );
        finds(
            "pass-any-role",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/app""#),
            &[],
        );
        finds(
            "pass-any-role",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}"#,
            ),
            &[],
        );
    }
}
