use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "action-form",
    severity: Severity::Error,
    summary: "an action that AWS does not take as a name",
    explanation: "AWS takes `service:Name` with one colon, and letters, digits, hyphens, dots and wildcards as the service.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for pattern in subject.statements().iter().flat_map(|statement| &statement.action.patterns) {
        let (service, name) = pattern.split_once(':').unwrap_or(("", pattern));
        let plain = service.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.*?".contains(&b));
        if name.contains(':') {
            report.at(pattern.span, format!("`{}` has more than one colon", clip(pattern)));
        } else if !plain {
            report.at(pattern.span, format!("`{}` does not begin with the name of a service", clip(pattern)));
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
            "action-form",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":["s3:Get:Object","s 3:GetObject","s3:Get Object","s3:GetObject","*"],"Resource":"*""#,
            ),
            &[r#""s3:Get:Object""#, r#""s 3:GetObject""#],
        );
    }
}
