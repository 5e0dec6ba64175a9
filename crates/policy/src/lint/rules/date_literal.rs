use crate::lint::{Report, Rule, Subject, clip, literal};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "date-literal",
    severity: Severity::Error,
    summary: "a literal that is no date under a date operator",
    explanation: "Dates are ISO 8601 or seconds since 1970. AWS refuses to store another text; in a session policy it is taken and equals nothing.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    // A session policy with such a literal is taken, and evaluated.
    if subject.kind == PolicyType::Session {
        return;
    }
    for (_, condition) in
        subject.conditions().filter(|(_, condition)| condition.operator.kind.name().starts_with("Date"))
    {
        for value in &condition.values {
            if !literal::is_date(&value.text) {
                report.at(
                    value.text.span,
                    format!("`{}` is not a date, as `{}` wants it", clip(&value.text), *condition.operator),
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
            "date-literal",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":["2035-01-02T00:00:00Z","tomorrow"]}}"#,
            ),
            &[r#""tomorrow""#],
        );
    }
}
