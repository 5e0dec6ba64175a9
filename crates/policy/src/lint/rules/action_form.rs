use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "action-form",
    severity: Severity::Error,
    summary: "an action that AWS does not take as a name",
    explanation: "AWS takes `service:Name` with letters, digits, hyphens and wildcards, and one colon. Another character makes it refuse the policy; here it would only ever match nothing.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for pattern in subject.statements().iter().flat_map(|statement| &statement.action.patterns) {
        let (service, name) = pattern.split_once(':').unwrap_or(("", pattern));
        let plain = |text: &str, more: &[u8]| text.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b));
        if name.contains(':') {
            report.at(pattern.span, format!("`{}` has more than one colon", clip(pattern)));
        } else if !plain(service, b"-*?") || !plain(name, b"-_*?") {
            let help = "an action is letters, digits and wildcards after the name of its service";
            report.with_help(pattern.span, format!("`{}` is not the name of an action", clip(pattern)), help);
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
                r#""Effect":"Allow","Action":["s3:Get:Object","s3:Get Object","s3:GetObject","*"],"Resource":"*""#,
            ),
            &[r#""s3:Get:Object""#, r#""s3:Get Object""#],
        );
    }
}
