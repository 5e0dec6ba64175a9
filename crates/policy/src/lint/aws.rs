use crate::{Diagnostic, PolicyType};

/// How AWS refuses a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// The error code: `MalformedPolicyDocument`, or what the service calls it.
    pub code: &'static str,
    /// The message.
    pub message: String,
}

/// Words the first error the way AWS's services word theirs; `None` when there is no error among the findings.
/// Organizations says the same of every document; IAM and STS say more. Source: recorded answers of AWS.
pub fn aws_error(kind: PolicyType, findings: &[Diagnostic]) -> Option<AwsError> {
    let first = findings.iter().find(|finding| finding.severity == crate::Severity::Error)?;
    Some(match kind {
        PolicyType::ServiceControl | PolicyType::ResourceControl => AwsError {
            code: "MalformedPolicyDocumentException",
            message: "The provided policy document does not meet the requirements of the specified policy type."
                .to_owned(),
        },
        _ => AwsError { code: "MalformedPolicyDocument", message: message(kind, first) },
    })
}

fn message(kind: PolicyType, finding: &Diagnostic) -> String {
    let quoted = || finding.message.split('`').nth(1).unwrap_or_default();
    match finding.code {
        "json-syntax" => "This policy contains invalid Json".to_owned(),
        "duplicate-sid" => "Statement IDs (SID) in a single policy must be unique.".to_owned(),
        "sid-form" => {
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*".to_owned()
        }
        "forbidden-element" if kind == PolicyType::Trust => "Has prohibited field Resource".to_owned(),
        "forbidden-element" => "Policy document should not specify a principal.".to_owned(),
        "missing-element" if quoted() == "Action" => "Policy statement must contain actions.".to_owned(),
        "missing-element" if quoted() == "Resource" => "Policy statement must contain resources.".to_owned(),
        "bad-pattern" if finding.message.contains("in `Action`") || finding.message.contains("in `NotAction`") => {
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned()
        }
        "bad-pattern" => format!("Resource {} must be in ARN format or \"*\".", quoted()),
        "action-form" if finding.message.ends_with("more than one colon") => {
            "Actions/Condition can contain only one colon.".to_owned()
        }
        "action-form" => format!("Vendor {} is not valid", quoted().split(':').next().unwrap_or_default()),
        "resource-form" if finding.message.ends_with("does not exist") => {
            format!("Partition \"{}\" is not valid for resource \"{}\".", quoted().split(':').nth(1).unwrap_or_default(), quoted())
        }
        "resource-form" if finding.message.contains("Region") => {
            format!("IAM resource {} cannot contain region information.", quoted())
        }
        "resource-form" => "Resource vendor must be fully qualified and cannot contain regexes.".to_owned(),
        "principal-form" | "bad-principal" => format!("Invalid principal in policy: \"AWS\":\"{}\"", quoted()),
        _ => "Syntax errors in policy.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{NoVocabulary, check};

    fn said(kind: PolicyType, text: &str) -> Option<String> {
        aws_error(kind, &check(text, kind, &NoVocabulary)).map(|error| error.message)
    }

    #[test]
    fn errors_are_worded_as_aws_words_them() {
        let statement = |rest: &str| format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{rest}}}}}"#);
        for (text, expected) in [
            ("{".to_owned(), "This policy contains invalid Json"),
            (statement(r#""Resource":"*""#), "Policy statement must contain actions."),
            (statement(r#""Action":"s3:GetObject""#), "Policy statement must contain resources."),
            (
                statement(r#""Action":"invalid","Resource":"*""#),
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (statement(r#""Action":"s3:a:b","Resource":"*""#), "Actions/Condition can contain only one colon."),
            (statement(r#""Action":"a a:b","Resource":"*""#), "Vendor a a is not valid"),
            (
                statement(r#""Action":"s3:GetObject","Resource":"bucket""#),
                "Resource bucket must be in ARN format or \"*\".",
            ),
            (
                statement(r#""Action":"s3:GetObject","Resource":"arn:moon:s3:::b""#),
                "Partition \"moon\" is not valid for resource \"arn:moon:s3:::b\".",
            ),
            (
                statement(r#""Action":"s3:GetObject","Resource":"*","Principal":"*""#),
                "Policy document should not specify a principal.",
            ),
            (statement(r#""Action":"s3:GetObject","Resource":"*","Other":"*""#), "Syntax errors in policy."),
        ] {
            assert_eq!(said(PolicyType::Identity, &text).as_deref(), Some(expected), "{text}");
        }
        let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}}"#;
        assert_eq!(said(PolicyType::Trust, trust).as_deref(), Some("Has prohibited field Resource"));
        assert_eq!(said(PolicyType::Identity, &statement(r#""Action":"s3:GetObject","Resource":"*""#)), None);
    }
}
