use crate::Severity;
use crate::document::Version;
use crate::lint::{Report, Rule, Subject, clip, rules::variables};

pub(super) static RULE: Rule = Rule {
    code: "variable-in-2008",
    severity: Severity::Warning,
    summary: "a policy variable in a document of version 2008-10-17",
    explanation: "In that version `${...}` is plain text, so that the pattern or condition is about a text that no request has.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.document.version != Version::V2008 {
        return;
    }
    for text in variables::texts(subject) {
        if text.contains("${") {
            report.with_help(
                text.span,
                format!("`{}` holds a variable, which this version does not know", clip(text)),
                "set `Version` to \"2012-10-17\"",
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
            "variable-in-2008",
            PolicyType::Identity,
            r#"{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::home/${aws:username}/*"}}"#,
            &[r#""arn:aws:s3:::home/${aws:username}/*""#],
        );
        finds(
            "variable-in-2008",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::home/${aws:username}/*""#),
            &[],
        );
    }
}
