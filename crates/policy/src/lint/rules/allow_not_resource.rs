use crate::Severity;
use crate::document::Effect;
use crate::lint::{Report, Rule, Subject};

pub(super) static RULE: Rule = Rule {
    code: "allow-not-resource",
    severity: Severity::Warning,
    summary: "Allow with NotResource",
    explanation: "It allows the action on every resource but the listed ones, those included that do not exist yet.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for statement in subject.statements().iter().filter(|statement| *statement.effect == Effect::Allow) {
        if statement.resource.as_ref().is_some_and(|element| element.negated) {
            report.with_help(
                statement.span,
                "`NotResource` allows all that is not listed",
                "list what is meant with `Resource`",
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
            "allow-not-resource",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::secret/*""#),
            &[r#"{"Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::secret/*"}"#],
        );
    }
}
