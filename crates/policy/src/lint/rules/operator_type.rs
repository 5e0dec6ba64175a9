use crate::Severity;
use crate::document::OperatorKind;
use crate::lint::{KeyType, Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "operator-type",
    severity: Severity::Warning,
    summary: "an operator for another type of value than the key has",
    explanation: "The value of the key cannot be read as the operator wants it, so that a positive operator never matches and a negated one always does.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (_, condition) in subject.conditions() {
        let Some(key) = subject.key(&condition.key) else { continue };
        let operator = *condition.operator;
        let name = operator.kind.name();
        let fits = match key.value {
            _ if operator.kind == OperatorKind::Null => true,
            KeyType::Arn => name.starts_with("Arn") || name.starts_with("String"),
            KeyType::Bool => operator.kind == OperatorKind::Bool || name.starts_with("String"),
            KeyType::Date => name.starts_with("Date") || name.starts_with("Numeric"),
            KeyType::IpAddress => name.ends_with("IpAddress"),
            KeyType::Numeric => name.starts_with("Numeric"),
            KeyType::String => name.starts_with("String") || key.open,
        };
        if !fits {
            report.at(
                condition.operator.span,
                format!("`{}` is {}, which `{operator}` does not compare", clip(&condition.key), key.value.as_str()),
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
            "operator-type",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringLike":{"aws:SourceIp":"203.0.113.*"},"NumericEquals":{"aws:PrincipalAccount":"111122223333"},"DateLessThan":{"s3:max-keys":"2026-01-01T00:00:00Z"},"Bool":{"aws:SecureTransport":"true"}}"#,
            ),
            &[r#""StringLike""#, r#""NumericEquals""#, r#""DateLessThan""#],
        );
    }
}
