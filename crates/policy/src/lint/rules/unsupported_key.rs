use crate::Severity;
use crate::lint::{Known, Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "unsupported-key",
    severity: Severity::Warning,
    summary: "a condition key of a service that has no condition keys",
    explanation: "The service has no condition keys of its own, so that no request carries such a key: a positive operator never matches, a negated one always does. Global keys, which begin with `aws:`, work for every service.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (_, condition) in subject.conditions() {
        let Some(facts) = subject.service_of(&condition.key) else { continue };
        let Some(support) = facts.support.as_ref().filter(|support| !support.condition_keys) else { continue };
        // A key that is on record exists, and one for a service's tags is its tags' matter where it has none.
        let of_tags = !support.tags && condition.key.to_ascii_lowercase().contains(":resourcetag/");
        if !of_tags && !matches!(subject.vocabulary.key(&condition.key), Known::Yes(_)) {
            report.with_help(
                condition.key.span,
                format!("{} has no condition keys of its own, so there is no `{}`", support.name, clip(&condition.key)),
                "ask with a global key, which begins with `aws:`, or name actions and resources",
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
        let text = statement(
            r#""Effect":"Allow","Action":"bell:Ring","Resource":"*","Condition":{"StringEquals":{"Bell:tone":"a","aws:username":"b","s3:prefix":"c","bell:loudness":"d"}}"#,
        );
        finds("unsupported-key", PolicyType::Identity, &text, &[r#""Bell:tone""#]);
        finds("unknown-key", PolicyType::Identity, &text, &[]);
    }
}
