use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "unsupported-tag",
    severity: Severity::Warning,
    summary: "a condition on tags for a service without tags",
    explanation: "No request to the service carries tags, and its resources have none: a positive operator never matches its actions, a negated one always does. Tags of the caller, `aws:PrincipalTag/`, are not meant.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (statement, condition) in subject.conditions() {
        if statement.action.negated || !asks_tags(&condition.key) {
            continue;
        }
        for pattern in &statement.action.patterns {
            let Some(facts) = subject.service_of(pattern) else { continue };
            if let Some(support) = facts.support.as_ref().filter(|support| !support.tags) {
                report.with_help(
                    condition.key.span,
                    format!(
                        "{} has no tags: no request for `{}` carries `{}`",
                        support.name,
                        clip(pattern),
                        clip(&condition.key)
                    ),
                    "name the resources in `Resource`, or ask for tags of the caller with `aws:PrincipalTag/`",
                );
                break;
            }
        }
    }
}

/// Whether a key asks for tags of a resource or of a request.
fn asks_tags(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    lower == "aws:tagkeys" || lower.starts_with("aws:requesttag/") || lower.contains(":resourcetag/")
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        let found = |actions: &str, conditions: &str, places: &[&str]| {
            let text = statement(&format!(
                r#""Effect":"Deny","Action":{actions},"Resource":"*","Condition":{{"StringEquals":{conditions}}}"#
            ));
            finds("unsupported-tag", PolicyType::Identity, &text, places);
        };
        let keys = r#"{"aws:ResourceTag/team":"a","AWS:requestTag/team":"b","bell:ResourceTag/team":"c","aws:PrincipalTag/team":"d"}"#;
        let tags = [r#""aws:ResourceTag/team""#, r#""AWS:requestTag/team""#, r#""bell:ResourceTag/team""#];
        found(r#"["s3:GetObject","bell:*","bell:Ring"]"#, keys, &tags);
        found(r#""bell:Ring""#, r#"{"aws:TagKeys":"team"}"#, &[r#""aws:TagKeys""#]);
        for other in [r#""s3:GetObject""#, r#""*""#, r#""example:Do""#] {
            found(other, r#"{"aws:ResourceTag/team":"a"}"#, &[]);
        }
        for code in ["unknown-key", "unsupported-key"] {
            let text = statement(
                r#""Effect":"Deny","Action":"bell:Ring","Resource":"*","Condition":{"StringEquals":{"bell:ResourceTag/team":"c"}}"#,
            );
            finds(code, PolicyType::Identity, &text, &[]);
        }
    }
}
