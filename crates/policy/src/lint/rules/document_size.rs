use crate::lint::{Report, Rule, Subject};
use crate::{PolicyType, Severity, Span};

pub(super) static RULE: Rule = Rule {
    code: "document-size",
    severity: Severity::Warning,
    summary: "a document that is longer than its place takes",
    explanation: "Quotas differ by place: 6,144 characters for a managed policy, 10,240 for the inline policies of a role together and for a service control policy, 5,120 for a resource control policy, 4,096 for a trust policy, 2,048 for a session policy. IAM does not count white space outside of strings; STS and Organizations count every character.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    let all = subject.text.chars().count();
    let (limit, length) = match subject.kind {
        PolicyType::Identity | PolicyType::Boundary | PolicyType::Guardrail => (10_240, without_space(subject.text)),
        PolicyType::Trust => (4_096, without_space(subject.text)),
        PolicyType::Session => (2_048, all),
        PolicyType::ServiceControl => (10_240, all),
        PolicyType::ResourceControl => (5_120, all),
        PolicyType::Resource | PolicyType::Endpoint => (20_480, all),
    };
    if length > limit {
        let what = subject.kind.aws_name();
        report.at(Span::at(0), format!("the document has {length} characters, more than the {limit} of any {what}"));
    }
}

/// The characters that IAM counts.
fn without_space(text: &str) -> usize {
    let (mut count, mut inside, mut escaped) = (0, false, false);
    for c in text.chars() {
        count += usize::from(inside || !c.is_ascii_whitespace());
        let quote = c == '"' && !escaped;
        escaped = inside && c == '\\' && !escaped;
        inside ^= quote;
    }
    count
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        let long = statement(&format!(
            r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{}""#,
            "a".repeat(2_000)
        ));
        finds("document-size", PolicyType::Session, &long, &[""]);
        finds("document-size", PolicyType::Identity, &long, &[]);
        let spaced = format!(
            "{}{}",
            " ".repeat(12_000),
            statement(r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*""#)
        );
        finds("document-size", PolicyType::Identity, &spaced, &[]);
        finds("document-size", PolicyType::ServiceControl, &spaced, &[""]);
    }
}
