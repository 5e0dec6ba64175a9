use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "short-arn",
    severity: Severity::Warning,
    summary: "a resource of fewer than six parts",
    explanation: "An ARN has six parts: `arn:partition:service:region:account:resource`. IAM stores a shorter one, and no resource has it.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    let elements = subject.statements().iter().filter_map(|statement| statement.resource.as_ref());
    for pattern in elements.flat_map(|element| &element.patterns).filter(|pattern| pattern.starts_with("arn:")) {
        let parts = pattern.splitn(6, ':').count();
        if parts < 6 && !pattern.ends_with('*') && !pattern.contains("::") {
            let help = "write the missing parts, empty ones with their colons";
            report.with_help(pattern.span, format!("`{}` has {parts} parts, and matches nothing", clip(pattern)), help);
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
            "short-arn",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:reports","arn:aws:s3:::reports","arn:aws:s3*","*"]"#,
            ),
            &[r#""arn:aws:s3:reports""#],
        );
    }
}
