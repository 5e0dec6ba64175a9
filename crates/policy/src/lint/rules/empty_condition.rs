use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "empty-condition",
    severity: Severity::Warning,
    summary: "a condition key without any value",
    explanation: "With an empty list nothing can match: a positive operator is never true and a negated one always is.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (_, condition) in subject.conditions().filter(|(_, condition)| condition.values.is_empty()) {
        report.at(condition.key.span, format!("`{}` is compared with no value at all", clip(&condition.key)));
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        finds(
            "empty-condition",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":[],"s3:prefix":"a"}}"#,
            ),
            &[r#""aws:PrincipalTag/team""#],
        );
    }
}
