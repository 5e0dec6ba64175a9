use crate::lint::{Report, Rule, Subject, clip, literal};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "arn-literal",
    severity: Severity::Error,
    summary: "a literal that is no ARN under an ARN operator",
    explanation: "ARN operators compare six parts; a text without them is refused. In a session policy it is taken, and a Deny with it denies whatever the value is.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    // A session policy with such a literal is taken, and evaluated.
    if subject.kind == PolicyType::Session {
        return;
    }
    for (_, condition) in
        subject.conditions().filter(|(_, condition)| condition.operator.kind.name().starts_with("Arn"))
    {
        for value in &condition.values {
            if !literal::is_arn(&value.text) && !value.text.starts_with("${") {
                report.at(
                    value.text.span,
                    format!("`{}` is not an ARN, as `{}` wants it", clip(&value.text), *condition.operator),
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
            "arn-literal",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"sns:Publish","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":["arn:aws:s3:::reports","reports"]}}"#,
            ),
            &[r#""reports""#],
        );
    }
}
