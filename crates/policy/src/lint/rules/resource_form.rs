use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "resource-form",
    severity: Severity::Error,
    summary: "a resource that AWS does not take as an ARN",
    explanation: "An ARN has six parts: `arn:partition:service:region:account:resource`. Partition and service may be wildcards, but not be left out, and the ARNs of IAM have no Region.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    let elements = subject.statements().iter().filter_map(|statement| statement.resource.as_ref());
    for pattern in elements.flat_map(|element| &element.patterns).filter(|pattern| pattern.starts_with("arn:")) {
        let parts: Vec<&str> = pattern.splitn(6, ':').collect();
        // One pattern may stand for several parts: `arn:aws:s3*`, as long as a wildcard says so.
        let short = parts.len() < 6 && !parts.last().is_some_and(|last| last.ends_with('*'));
        let part = |n: usize| parts.get(n).copied().unwrap_or_default();
        let problem = if short {
            "has fewer than six parts"
        } else if part(1).is_empty() || part(2).is_empty() {
            "names no partition or no service"
        } else if !is_partition(part(1)) {
            "is in a partition that does not exist"
        } else if part(2) == "iam" && parts.len() == 6 && !part(3).is_empty() && part(3) != "*" {
            "names a Region, which ARNs of IAM do not have"
        } else {
            continue;
        };
        report.with_help(pattern.span, format!("`{}` {problem}", clip(pattern)), "write an ARN, or \"*\"");
    }
}

fn is_partition(text: &str) -> bool {
    text.contains(['*', '?', '$']) || text == "aws" || text.starts_with("aws-")
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        finds(
            "resource-form",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3","arn:aws:s3:::reports/*","arn::s3:::a","arn:moon:s3:::a","arn:aws:iam:us-east-1:111122223333:role/a","*"]"#,
            ),
            &[
                r#""arn:aws:s3""#,
                r#""arn::s3:::a""#,
                r#""arn:moon:s3:::a""#,
                r#""arn:aws:iam:us-east-1:111122223333:role/a""#,
            ],
        );
    }
}
