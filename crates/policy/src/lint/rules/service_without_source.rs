use crate::document::{Effect, PrincipalKind, PrincipalSet};
use crate::lint::{Report, Rule, Subject, clip};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "service-without-source",
    severity: Severity::Warning,
    summary: "Allow for a service without saying for whom it acts",
    explanation: "A service acts for many customers. Without `aws:SourceArn`, `aws:SourceAccount`, `aws:SourceOrgID` or `aws:SourceOrgPaths` any of them may make it reach this resource: the confused deputy.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.kind != PolicyType::Resource {
        return;
    }
    for statement in subject.statements() {
        let Some(PrincipalSet::Listed(entries)) = statement.principal.as_ref().map(|element| &element.principals)
        else {
            continue;
        };
        let Some(service) = entries.iter().find(|entry| entry.kind == PrincipalKind::Service) else { continue };
        let source = |key: &str| key.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("aws:Source"));
        if *statement.effect == Effect::Allow && !statement.conditions.iter().any(|condition| source(&condition.key)) {
            let message = format!("`{}` may come here on behalf of anyone", clip(&service.value));
            report.with_help(service.value.span, message, "add a condition on `aws:SourceAccount` or `aws:SourceArn`");
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
            "service-without-source",
            PolicyType::Resource,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sns:Publish","Resource":"*"},{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sns:Publish","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}"#,
            &[r#""events.amazonaws.com""#],
        );
    }
}
