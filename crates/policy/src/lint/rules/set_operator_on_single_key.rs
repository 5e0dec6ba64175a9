use crate::Severity;
use crate::document::Operator;
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "set-operator-on-single-key",
    severity: Severity::Warning,
    summary: "a set operator on a single-valued key",
    explanation: "`ForAllValues:` is true when the key is absent, and on a key with one value does nothing else: an Allow with it lets requests through that carry no value at all. Use the plain operator.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (_, condition) in subject.conditions() {
        if condition.operator.quantifier.is_some() && subject.key(&condition.key).is_some_and(|key| !key.set) {
            let plain = Operator { quantifier: None, ..*condition.operator };
            let message = format!("`{}` has one value; a set operator is for keys with several", clip(&condition.key));
            report.with_help(condition.operator.span, message, format!("write `{plain}`"));
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
            "set-operator-on-single-key",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-example"},"Null":{"aws:PrincipalOrgID":"false"}}"#,
            ),
            &[r#""ForAllValues:StringEquals""#],
        );
    }
}
