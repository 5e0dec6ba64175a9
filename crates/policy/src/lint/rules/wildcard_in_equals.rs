use crate::Severity;
use crate::document::{Operator, OperatorKind};
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "wildcard-in-equals",
    severity: Severity::Warning,
    summary: "a wildcard under an operator that compares exactly",
    explanation: "`StringEquals` takes `*` and `?` as characters. `StringLike` is the operator with wildcards.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (_, condition) in subject.conditions() {
        let operator = *condition.operator;
        let kind = match operator.kind {
            OperatorKind::StringEquals | OperatorKind::StringEqualsIgnoreCase => OperatorKind::StringLike,
            OperatorKind::StringNotEquals | OperatorKind::StringNotEqualsIgnoreCase => OperatorKind::StringNotLike,
            _ => continue,
        };
        for value in condition.values.iter().filter(|value| value.text.replace("${*}", "").contains('*')) {
            let like = Operator { kind, ..operator };
            let message = format!("`{operator}` compares `{}` as it stands: `*` is a character", clip(&value.text));
            report.with_help(value.text.span, message, format!("write `{like}`"));
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
            "wildcard-in-equals",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringEquals":{"s3:prefix":["home/*","home/"]},"StringLike":{"s3:delimiter":"*"}}"#,
            ),
            &[r#""home/*""#],
        );
    }
}
