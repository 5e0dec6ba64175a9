use crate::Severity;
use crate::lint::{Known, Report, Rule, Subject, clip, pattern};

pub(super) static RULE: Rule = Rule {
    code: "unknown-action",
    severity: Severity::Warning,
    summary: "an action that its service does not have",
    explanation: "The statement does not match the call that was meant: look for the action in the service's authorization reference, for it is often not the name of the API operation.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for pattern in subject.statements().iter().flat_map(|statement| &statement.action.patterns) {
        let Some((service, name)) = pattern.split_once(':') else { continue };
        let Known::Yes(facts) = subject.vocabulary.service(&service.to_ascii_lowercase()) else { continue };
        let lower = name.to_ascii_lowercase();
        if !facts.actions.iter().any(|action| pattern::matches(&lower, &action.name.to_ascii_lowercase())) {
            report.at(pattern.span, format!("`{}` has no action `{}`", clip(service), clip(name)));
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
            "unknown-action",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":["s3:GetObjekt","s3:getobject","s3:Get*","s3:Put*"],"Resource":"arn:aws:s3:::a/b""#,
            ),
            &[r#""s3:GetObjekt""#, r#""s3:Put*""#],
        );
    }
}
