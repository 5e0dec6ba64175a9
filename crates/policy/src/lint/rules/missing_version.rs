use crate::lint::{Report, Rule, Subject};
use crate::{Severity, Span};

pub(super) static RULE: Rule = Rule {
    code: "missing-version",
    severity: Severity::Warning,
    summary: "a document without Version",
    explanation: "Without `Version` AWS reads the document as of 2008-10-17, in which policy variables are plain text.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.document.version_span.is_none() {
        report.with_help(
            Span::at(0),
            "without `Version` the policy is read as of 2008-10-17",
            "add `\"Version\": \"2012-10-17\"`",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        finds(
            "missing-version",
            PolicyType::Identity,
            r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#,
            &[""],
        );
        finds(
            "missing-version",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*""#),
            &[],
        );
    }
}
