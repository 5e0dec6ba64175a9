use crate::Severity;
use crate::lint::{Known, Report, Rule, Subject, clip, pattern};

pub(super) static RULE: Rule = Rule {
    code: "wrong-resource-type",
    severity: Severity::Warning,
    summary: "resources of which none is of a type the action takes",
    explanation: "The action acts on other resources than those that are named, so that the statement never matches it.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for statement in subject.statements() {
        let Some(resource) = statement.resource.as_ref().filter(|element| !element.negated) else { continue };
        if statement.action.negated {
            continue;
        }
        for pattern in statement.action.patterns.iter().filter(|pattern| !pattern.contains(['*', '?'])) {
            let Some((service, name)) = pattern.split_once(':') else { continue };
            let Known::Yes(facts) = subject.vocabulary.service(&service.to_ascii_lowercase()) else { continue };
            let Some(action) = facts.action(name).filter(|action| !action.resources.is_empty()) else { continue };
            let fits = |written: &str| action.resources.iter().any(|template| may_be(written, template));
            if !resource.patterns.iter().any(|written| fits(written)) {
                let message = format!("`{}` does not act on any of these resources", clip(pattern));
                report.with_help(pattern.span, message, format!("it acts on {}", clip(&action.resources.join(", "))));
            }
        }
    }
}

/// Whether an ARN pattern may stand for a resource of the template. Only the service part is looked at closely: the rest of a
/// pattern can be anything.
fn may_be(written: &str, template: &str) -> bool {
    let service = |text: &str| text.split(':').nth(2).map(str::to_owned);
    match (service(written), service(template)) {
        (Some(written), Some(template)) => pattern::matches(&written, &template),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        finds(
            "wrong-resource-type",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:sqs:us-east-1:111122223333:jobs""#,
            ),
            &[r#""s3:GetObject""#],
        );
        finds(
            "wrong-resource-type",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::a/b"]"#),
            &[],
        );
    }
}
