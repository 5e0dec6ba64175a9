use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "resource-form",
    severity: Severity::Error,
    summary: "a resource that AWS does not take as an ARN",
    explanation: "An ARN has six parts: `arn:partition:service:region:account:resource`. Partition and service cannot be left out, ARNs of IAM and of buckets have no Region, and IAM has only certain kinds of resources.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    let elements = subject.statements().iter().filter_map(|statement| statement.resource.as_ref());
    for pattern in elements.flat_map(|element| &element.patterns).filter(|pattern| pattern.starts_with("arn:")) {
        if let Some(problem) = problem(pattern) {
            let help = "write an ARN of six parts, or \"*\"";
            report.with_help(pattern.span, format!("`{}` {problem}", clip(pattern)), help);
        }
    }
}

fn problem(pattern: &str) -> Option<&'static str> {
    let parts: Vec<&str> = pattern.splitn(6, ':').collect();
    // A wildcard at the end may stand for the parts that are not written.
    let open = parts.last().is_some_and(|last| last.ends_with('*'));
    let part = |n: usize| parts.get(n).copied().unwrap_or_default();
    if !is_partition(part(1)) {
        return Some("is in a partition that does not exist");
    }
    if parts.len() < 3 && !open {
        return Some("names no service");
    }
    // IAM looks at the parts of an ARN where one of them is empty; a shorter text without such is stored as it is.
    if !open && ((parts.len() < 6 && pattern.contains("::")) || part(2).is_empty()) {
        return Some("has fewer than six parts");
    }
    let (region, account, resource) = (part(3), part(4), part(5));
    match part(2) {
        "iam" if !region.is_empty() && region != "*" => Some("names a Region, which ARNs of IAM do not have"),
        "s3" if !region.is_empty() && region != "*" && account.is_empty() && parts.len() == 6 => {
            Some("names a Region, which ARNs of buckets do not have")
        }
        "iam" if parts.len() == 6 && !is_iam_path(resource) => Some("is not a kind of resource that IAM has"),
        _ => None,
    }
}

fn is_partition(text: &str) -> bool {
    text.contains(['*', '?', '$']) || text == "aws" || text.starts_with("aws-")
}

/// Source: AWS's answer to storing another one.
const IAM_PATHS: [&str; 15] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
    "assumed-role/",
    "delegation-request/",
];

fn is_iam_path(resource: &str) -> bool {
    let kind = resource.split('/').next().unwrap_or_default();
    resource == "root" || kind.contains(['*', '?', '$']) || IAM_PATHS.iter().any(|path| resource.starts_with(path))
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
                r#""Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3::reports","arn:aws:s3:reports","arn:aws:s3:::reports/*","arn::s3:::a","arn:moon:s3:::a","arn:aws:iam:us-east-1:111122223333:role/a","arn:aws:iam::111122223333:team/a","arn:aws:iam::*:*","arn:aws:s3*","*"]"#,
            ),
            &[
                r#""arn:aws:s3::reports""#,
                r#""arn::s3:::a""#,
                r#""arn:moon:s3:::a""#,
                r#""arn:aws:iam:us-east-1:111122223333:role/a""#,
                r#""arn:aws:iam::111122223333:team/a""#,
            ],
        );
    }
}
