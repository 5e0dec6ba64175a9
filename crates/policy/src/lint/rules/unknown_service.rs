use crate::Severity;
use crate::lint::{Known, Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "unknown-service",
    severity: Severity::Warning,
    summary: "an action of a service that does not exist",
    explanation: "The statement matches nothing. Service prefixes are often not the name of the service: `execute-api`, not `apigateway`, for calls of an API.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for pattern in subject.statements().iter().flat_map(|statement| &statement.action.patterns) {
        let Some((service, _)) = pattern.split_once(':').filter(|(service, _)| !service.contains(['*', '?'])) else {
            continue;
        };
        if subject.vocabulary.service(&service.to_ascii_lowercase()) == Known::No {
            report.at(pattern.span, format!("there is no service with the prefix `{}`", clip(service)));
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
            "unknown-service",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":["stackd:Read","S3:GetObject","*"],"Resource":"arn:aws:s3:::a/b""#),
            &[r#""stackd:Read""#],
        );
    }
}
