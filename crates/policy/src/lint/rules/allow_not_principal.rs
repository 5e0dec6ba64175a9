use crate::Severity;
use crate::document::Effect;
use crate::lint::{Report, Rule, Subject};

pub(super) static RULE: Rule = Rule {
    code: "allow-not-principal",
    severity: Severity::Warning,
    summary: "Allow with NotPrincipal",
    explanation: "It allows everyone who is not listed, anonymous callers included. Name who is allowed with `Principal`.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for statement in subject.statements().iter().filter(|statement| *statement.effect == Effect::Allow) {
        if let Some(element) = statement.principal.as_ref().filter(|element| element.negated) {
            report.with_help(
                element.span,
                "this allows everyone but these, anonymous callers included",
                "write `Principal` with those who are meant",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::finds;

    #[test]
    fn finds_what_it_says() {
        finds(
            "allow-not-principal",
            PolicyType::Resource,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"sns:Publish","Resource":"*"},{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"sns:Publish","Resource":"*"}]}"#,
            &[r#"{"AWS":"111122223333"}"#],
        );
    }
}
