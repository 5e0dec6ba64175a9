use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "action-characters",
    severity: Severity::Warning,
    summary: "an action with characters that no action has",
    explanation: "AWS stores it all the same, but actions are letters and digits: the pattern matches nothing.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for pattern in subject.statements().iter().flat_map(|statement| &statement.action.patterns) {
        let name = pattern.split_once(':').map_or(pattern.as_str(), |(_, name)| name);
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_*?:".contains(&b)) {
            report.at(pattern.span, format!("no action is called `{}`", clip(pattern)));
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
            "action-characters",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":["s3:Get Object","s3:Get*","s3:Get{Object}"],"Resource":"*""#),
            &[r#""s3:Get Object""#, r#""s3:Get{Object}""#],
        );
    }
}
