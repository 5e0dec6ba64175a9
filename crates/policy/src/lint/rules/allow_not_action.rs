use crate::document::Effect;
use crate::lint::{Report, Rule, Subject};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "allow-not-action",
    severity: Severity::Warning,
    summary: "Allow with NotAction",
    explanation: "It allows every action but the listed ones, in every service, those included that AWS adds tomorrow.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for statement in subject.statements() {
        // Under a service control policy an Allow gives nothing by itself.
        if *statement.effect == Effect::Allow && statement.action.negated && subject.kind != PolicyType::ServiceControl
        {
            report.with_help(
                statement.span,
                "`NotAction` allows all that is not listed",
                "list what is meant with `Action`",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        finds(
            "allow-not-action",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","NotAction":"iam:*","Resource":"*""#),
            &[r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#],
        );
        finds(
            "allow-not-action",
            PolicyType::Identity,
            &statement(r#""Effect":"Deny","NotAction":"iam:*","Resource":"*""#),
            &[],
        );
    }
}
