use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip, global_key};

pub(super) static RULE: Rule = Rule {
    code: "unknown-global-key",
    severity: Severity::Warning,
    summary: "an aws: condition key that does not exist",
    explanation: "The condition is about a key that no request carries: a positive operator never matches, a negated one always does.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (_, condition) in subject.conditions() {
        let global = condition.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        if global && global_key(&condition.key).is_none() {
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
            "unknown-global-key",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTeam":"blue","aws:PrincipalTag/team":"blue","s3:prefix":"a"}}"#,
            ),
            &[r#""aws:PrincipalTeam""#],
        );
    }
}
