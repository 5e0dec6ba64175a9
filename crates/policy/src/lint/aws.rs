use crate::{Diagnostic, PolicyType, Severity};

/// How AWS refuses a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// The error code: `MalformedPolicyDocument`, or what the service calls it.
    pub code: &'static str,
    /// The message.
    pub message: String,
}

/// Words the errors the way AWS's services do, who name one; `None` when there is no error among the findings.
/// Organizations says the same of every document; IAM and STS say more, and look for one thing after the other.
/// Source: AWS's answers, as recorded by the public projects that `testdata/README.md` names.
pub fn aws_error(kind: PolicyType, findings: &[Diagnostic]) -> Option<AwsError> {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let (_, message) = errors.map(|finding| wording(kind, finding)).min_by_key(|(stage, _)| *stage)?;
    Some(match kind {
        PolicyType::ServiceControl | PolicyType::ResourceControl => AwsError {
            code: "MalformedPolicyDocumentException",
            message: "The provided policy document does not meet the requirements of the specified policy type."
                .to_owned(),
        },
        _ => AwsError { code: "MalformedPolicyDocument", message },
    })
}

/// The order in which IAM looks at a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Syntax,
    Literals,
    Sids,
    NoActions,
    Resources,
    Actions,
    NoResources,
    Principals,
}

fn wording(kind: PolicyType, finding: &Diagnostic) -> (Stage, String) {
    let quoted = finding.message.split('`').nth(1).unwrap_or_default();
    let syntax = || (Stage::Syntax, "Syntax errors in policy.".to_owned());
    let literals = || (Stage::Literals, "The policy failed legacy parsing".to_owned());
    let vendor =
        || (Stage::Actions, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned());
    let about = |name: &str| {
        finding.message.contains(&format!("`{name}`")) || finding.message.contains(&format!("`Not{name}`"))
    };
    match finding.code {
        "json-syntax" if kind == PolicyType::Trust => (Stage::Syntax, "This policy contains invalid Json".to_owned()),
        "bad-effect" if ["allow", "deny"].iter().any(|word| quoted.eq_ignore_ascii_case(word)) => literals(),
        "arn-literal" | "bad-base64" | "date-literal" | "ip-literal" | "number-literal" => literals(),
        "duplicate-sid" => (Stage::Sids, "Statement IDs (SID) in a single policy must be unique.".to_owned()),
        "sid-form" => (
            Stage::Sids,
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*".to_owned(),
        ),
        "missing-element" | "empty-list" if about("Action") => {
            (Stage::NoActions, "Policy statement must contain actions.".to_owned())
        }
        "missing-element" | "empty-list" if about("Resource") => {
            (Stage::NoResources, "Policy statement must contain resources.".to_owned())
        }
        "forbidden-element" if kind == PolicyType::Trust => (Stage::Syntax, "Has prohibited field Resource".to_owned()),
        "forbidden-element" => (Stage::Syntax, "Policy document should not specify a principal.".to_owned()),
        "bad-pattern" if about("Action") => vendor(),
        "bad-pattern" => (Stage::Resources, other_resource(quoted)),
        "action-form" if finding.message.ends_with("one colon") => {
            (Stage::Actions, "Actions/Condition can contain only one colon.".to_owned())
        }
        "action-form" => (Stage::Actions, format!("Vendor {} is not valid", quoted.split(':').next().unwrap_or_default())),
        "resource-form" if finding.message.ends_with("six parts") => literals(),
        "resource-form" => (Stage::Resources, resource(quoted, &finding.message)),
        "principal-form" | "bad-principal" => (Stage::Principals, format!("Invalid principal in policy: \"AWS\":\"{quoted}\"")),
        _ => syntax(),
    }
}

/// A text that does not begin with `arn:`. IAM takes any text with a colon for an ARN and looks at its partition.
fn other_resource(text: &str) -> String {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.get(1) {
        None => format!("Resource {text} must be in ARN format or \"*\"."),
        Some(_) => partition(text),
    }
}

fn resource(text: &str, problem: &str) -> String {
    if problem.ends_with("partition that does not exist") {
        partition(text)
    } else if problem.ends_with("IAM do not have") {
        format!("IAM resource {text} cannot contain region information.")
    } else if problem.ends_with("buckets do not have") {
        format!("Resource {text} can not contain region information.")
    } else if problem.ends_with("that IAM has") {
        "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.".to_owned()
    } else {
        "Resource vendor must be fully qualified and cannot contain regexes.".to_owned()
    }
}

/// IAM prints the ARN as it reads it: `arn` in front, and wildcards for the parts that are not there.
fn partition(text: &str) -> String {
    let mut parts: Vec<&str> = text.splitn(6, ':').skip(1).collect();
    let name = parts.first().copied().unwrap_or_default();
    parts.resize(5.max(parts.len()), "*");
    format!("Partition \"{name}\" is not valid for resource \"arn:{}\".", parts.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{NoVocabulary, check};

    fn said(kind: PolicyType, text: &str) -> Option<String> {
        aws_error(kind, &check(text, kind, &NoVocabulary)).map(|error| error.message)
    }

    #[test]
    fn trust_policies_have_words_of_their_own() {
        let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}}"#;
        assert_eq!(said(PolicyType::Trust, trust).as_deref(), Some("Has prohibited field Resource"));
        assert_eq!(said(PolicyType::Trust, "{").as_deref(), Some("This policy contains invalid Json"));
    }

    #[test]
    fn a_good_document_has_no_error() {
        let good = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
        assert_eq!(said(PolicyType::Identity, good), None);
    }
}
