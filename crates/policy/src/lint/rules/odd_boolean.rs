use crate::Severity;
use crate::document::OperatorKind;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "odd-boolean",
    severity: Severity::Warning,
    summary: "a value of Bool or Null that is neither true nor false",
    explanation: "AWS takes it as false: `\"Bool\": {\"aws:SecureTransport\": \"yes\"}` holds for requests without TLS.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (_, condition) in subject.conditions() {
        if !matches!(condition.operator.kind, OperatorKind::Bool | OperatorKind::Null) {
            continue;
        }
        for value in &condition.values {
            let known = ["true", "false"].iter().any(|word| value.text.eq_ignore_ascii_case(word));
            if !known && !value.text.contains("${") {
                report.with_help(
                    value.text.span,
                    format!("`{}` counts as false", clip(&value.text)),
                    "write \"true\" or \"false\"",
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
            "odd-boolean",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"yes"},"Null":{"aws:SourceVpce":"TRUE"}}"#,
            ),
            &[r#""yes""#],
        );
    }
}
