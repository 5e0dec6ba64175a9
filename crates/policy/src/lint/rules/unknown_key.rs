use crate::Severity;
use crate::lint::{Known, Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "unknown-key",
    severity: Severity::Warning,
    summary: "a condition key that its service does not have",
    explanation: "No request carries such a key: a positive operator never matches, a negated one always does. Look for the key in the service's authorization reference.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (_, condition) in subject.conditions() {
        // Keys that begin with `aws:` have a rule of their own, and so have those of services without any.
        let global = condition.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        let none = subject.service_of(&condition.key).and_then(|facts| Some(!facts.support.as_ref()?.condition_keys));
        if !global && none != Some(true) && subject.vocabulary.key(&condition.key) == Known::No {
            report.at(condition.key.span, format!("there is no condition key `{}`", clip(&condition.key)));
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
            "unknown-key",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"StringEquals":{"s3:prefics":"a","S3:Prefix":"b","accounts.google.com:aud":"c","aws:Nothing":"d"}}"#,
            ),
            &[r#""s3:prefics""#],
        );
    }
}
