use crate::lint::{Report, Rule, Subject, clip, literal};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "number-literal",
    severity: Severity::Error,
    summary: "a literal that is no number under a numeric operator",
    explanation: "AWS refuses to store it. In a session policy it is taken and never equals anything, so that `NumericNotEquals` is always true.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    // A session policy with such a literal is taken, and evaluated.
    if subject.kind == PolicyType::Session {
        return;
    }
    for (_, condition) in
        subject.conditions().filter(|(_, condition)| condition.operator.kind.name().starts_with("Numeric"))
    {
        for value in &condition.values {
            if !literal::is_number(&value.text) {
                report.at(
                    value.text.span,
                    format!("`{}` is not a number, as `{}` wants it", clip(&value.text), *condition.operator),
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
            "number-literal",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"NumericLessThan":{"s3:max-keys":["10","ten"]}}"#,
            ),
            &[r#""ten""#],
        );
        finds(
            "number-literal",
            PolicyType::Session,
            &statement(
                r#""Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"NumericLessThan":{"s3:max-keys":"ten"}}"#,
            ),
            &[],
        );
    }
}
