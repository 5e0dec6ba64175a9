use crate::lint::reach::allows_everything;
use crate::lint::{Report, Rule, Subject};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "allow-everything",
    severity: Severity::Warning,
    summary: "Allow of every action on every resource",
    explanation: "An identity policy that allows `*` on `*` makes an administrator. It is right for very few principals.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.kind != PolicyType::Identity {
        return;
    }
    for statement in subject.statements().iter().filter(|statement| allows_everything(statement)) {
        report.at(statement.span, "this allows everything");
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        finds(
            "allow-everything",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":"*","Resource":"*""#),
            &[r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#],
        );
        finds(
            "allow-everything",
            PolicyType::ServiceControl,
            &statement(r#""Effect":"Allow","Action":"*","Resource":"*""#),
            &[],
        );
    }
}
