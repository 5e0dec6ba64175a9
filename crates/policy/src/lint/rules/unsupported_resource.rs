use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip, pattern};

pub(super) static RULE: Rule = Rule {
    code: "unsupported-resource",
    severity: Severity::Warning,
    summary: "an ARN for a service without resource-level permissions",
    explanation: "The service lets no policy name its resources, so that only `\"Resource\": \"*\"` matches its actions. In an Allow nothing is given; in a Deny nothing is denied.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for statement in subject.naming_resources() {
        let mut said = Vec::new();
        for written in &statement.action.patterns {
            let Some(facts) = subject.service_of(written) else { continue };
            let Some(support) = facts.support.as_ref().filter(|support| !support.resource_level) else { continue };
            let name = written.split_once(':').map_or("", |(_, name)| name).to_ascii_lowercase();
            // An action for which resources are on record all the same is not one to speak of.
            let meant =
                facts.actions.iter().filter(|action| pattern::matches(&name, &action.name.to_ascii_lowercase()));
            if meant.clone().any(|action| action.resources.is_empty()) && !said.contains(&support.name) {
                report.with_help(
                    written.span,
                    format!(
                        "{} has no resource-level permissions: `{}` is matched by `*` alone, not by an ARN",
                        support.name,
                        clip(written)
                    ),
                    "give the service's actions a statement of their own with `\"Resource\": \"*\"`",
                );
                said.push(support.name.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        let of = |actions: &str, resources: &str| {
            statement(&format!(r#""Effect":"Allow","Action":{actions},"Resource":{resources}"#))
        };
        let arn = r#""arn:aws:bell:us-east-1:111122223333:tower/1""#;
        let found = |actions: &str, resources: &str, places: &[&str]| {
            finds("unsupported-resource", PolicyType::Identity, &of(actions, resources), places);
        };
        found(r#"["s3:GetObject","Bell:Ring","bell:*"]"#, arn, &[r#""Bell:Ring""#]);
        found(r#""bell:*""#, arn, &[r#""bell:*""#]);
        found(r#""bell:Ring""#, &format!(r#"[{arn},"*"]"#), &[]);
        found(r#"["bell:Watch","s3:ListAllMyBuckets"]"#, arn, &[]);
        found(r#""bell:Nothing""#, arn, &[]);
        finds("wildcard-only-action", PolicyType::Identity, &of(r#""bell:Ring""#, arn), &[]);
    }
}
