use crate::Severity;
use crate::document::OperatorKind;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "set-key-without-set-operator",
    severity: Severity::Warning,
    summary: "a multi-valued key under an operator for one value",
    explanation: "Once a multi-valued key is in the request, an operator without `ForAnyValue:` or `ForAllValues:` does not match, not even with one value and not when negated: an Allow is never given and a Deny never holds.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (_, condition) in subject.conditions() {
        let operator = *condition.operator;
        if operator.quantifier.is_none()
            && operator.kind != OperatorKind::Null
            && subject.key(&condition.key).is_some_and(|key| key.set)
        {
            let message =
                format!("`{}` is multi-valued: `{operator}` never matches once it is there", clip(&condition.key));
            report.with_help(
                condition.operator.span,
                message,
                format!("write `ForAnyValue:{operator}` or `ForAllValues:{operator}`"),
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
        finds(
            "set-key-without-set-operator",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Deny","Action":"ec2:CreateTags","Resource":"*","Condition":{"StringEquals":{"aws:TagKeys":"team"}}"#,
            ),
            &[r#""StringEquals""#],
        );
        finds(
            "set-key-without-set-operator",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Deny","Action":"ec2:CreateTags","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":"team"},"Null":{"aws:TagKeys":"false"}}"#,
            ),
            &[],
        );
    }
}
