use crate::Severity;
use crate::document::{Effect, OperatorKind};
use crate::lint::{Report, Rule, Subject};

pub(super) static RULE: Rule = Rule {
    code: "mfa-deny-without-if-exists",
    severity: Severity::Warning,
    summary: "a Deny without MFA that long-term keys slip through",
    explanation: "`aws:MultiFactorAuthPresent` is absent from requests with long-term access keys, so that a Deny on `Bool` false does not hold for them. `BoolIfExists` does.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (statement, condition) in subject.conditions() {
        let operator = *condition.operator;
        let absent_passes = operator.kind == OperatorKind::Bool && !operator.if_exists;
        let about_mfa = condition.key.eq_ignore_ascii_case("aws:MultiFactorAuthPresent");
        let wants_false = condition.values.iter().any(|value| value.text.eq_ignore_ascii_case("false"));
        if absent_passes && about_mfa && wants_false && *statement.effect == Effect::Deny {
            report.with_help(
                condition.operator.span,
                "requests with long-term access keys are not denied: they carry no such key",
                "write `BoolIfExists`",
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
            "mfa-deny-without-if-exists",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
            ),
            &[r#""Bool""#],
        );
        finds(
            "mfa-deny-without-if-exists",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#,
            ),
            &[],
        );
    }
}
