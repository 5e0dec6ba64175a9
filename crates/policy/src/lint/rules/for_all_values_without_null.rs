use crate::Severity;
use crate::document::{Effect, OperatorKind, Quantifier, Statement};
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "for-all-values-without-null",
    severity: Severity::Warning,
    summary: "ForAllValues in an Allow without asking that the key is there",
    explanation: "`ForAllValues:` is true when the request does not carry the key. An Allow that is meant to restrict values then also allows requests without any.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (statement, condition) in subject.conditions() {
        let all = condition.operator.quantifier == Some(Quantifier::ForAllValues);
        if all && *statement.effect == Effect::Allow && !asks_presence(statement, &condition.key) {
            let message = format!("this allows requests without `{}`, too", clip(&condition.key));
            report.with_help(
                condition.operator.span,
                message,
                format!("add `\"Null\": {{\"{}\": \"false\"}}`", clip(&condition.key)),
            );
        }
    }
}

fn asks_presence(statement: &Statement, key: &str) -> bool {
    statement.conditions.iter().any(|other| {
        other.operator.kind == OperatorKind::Null
            && other.key.eq_ignore_ascii_case(key)
            && other.values.iter().all(|value| !value.text.eq_ignore_ascii_case("true"))
    })
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        finds(
            "for-all-values-without-null",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"ec2:CreateTags","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}"#,
            ),
            &[r#""ForAllValues:StringEquals""#],
        );
        finds(
            "for-all-values-without-null",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"ec2:CreateTags","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]},"Null":{"aws:TagKeys":"false"}}"#,
            ),
            &[],
        );
        finds(
            "for-all-values-without-null",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Deny","Action":"ec2:CreateTags","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}"#,
            ),
            &[],
        );
    }
}
