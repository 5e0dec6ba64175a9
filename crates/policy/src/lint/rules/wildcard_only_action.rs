use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "wildcard-only-action",
    severity: Severity::Warning,
    summary: "an ARN for an action that takes no resource",
    explanation: "The action acts on no resource that can be named, so that only `\"Resource\": \"*\"` matches. In an Allow nothing is given; in a Deny nothing is denied.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for statement in subject.naming_resources() {
        for pattern in statement.action.patterns.iter().filter(|pattern| !pattern.contains(['*', '?'])) {
            let (Some(facts), Some((_, name))) = (subject.service_of(pattern), pattern.split_once(':')) else {
                continue;
            };
            // A service without any resource-level permissions has a rule of its own.
            if facts.support.as_ref().is_none_or(|support| support.resource_level)
                && facts.action(name).is_some_and(|action| action.resources.is_empty())
            {
                report.with_help(
                    pattern.span,
                    format!("`{}` takes no resource: only `*` matches", clip(pattern)),
                    "give it a statement of its own with `\"Resource\": \"*\"`",
                );
            }
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
            "wildcard-only-action",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":["s3:ListAllMyBuckets","s3:GetObject"],"Resource":"arn:aws:s3:::a/b""#,
            ),
            &[r#""s3:ListAllMyBuckets""#],
        );
        finds(
            "wildcard-only-action",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":["s3:ListAllMyBuckets"],"Resource":["arn:aws:s3:::a/b","*"]"#),
            &[],
        );
    }
}
