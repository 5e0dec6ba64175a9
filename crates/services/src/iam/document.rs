//! Policy documents on their way in and out: read strictly, refused in IAM's words, encoded in answers.

use bailiwick_aws::fault::Fault;
use bailiwick_policy::{Diagnostic, Document, Policy, PolicyType, Severity};

use crate::Context;

fn malformed(message: impl Into<String>) -> Fault {
    Fault::sender("MalformedPolicyDocument", 400, message)
}

/// IAM's text for what is wrong with a document. Source: recorded answers of IAM; what has no text of its own is
/// `Syntax errors in policy.`
fn wording(finding: &Diagnostic, kind: PolicyType) -> String {
    let about = |name: &str| finding.message.contains(&format!("`{name}`"));
    match (finding.code, kind) {
        ("json-syntax", PolicyType::Trust) => "This policy contains invalid Json".to_owned(),
        ("bad-version", _) => "Policy document must be version 2012-10-17 or greater.".to_owned(),
        ("forbidden-element", PolicyType::Trust) => "Has prohibited field Resource".to_owned(),
        ("forbidden-element", _) if about("Principal") => "Policy document should not specify a principal.".to_owned(),
        ("missing-element", PolicyType::Trust) if about("Principal") => "Missing required field Principal".to_owned(),
        ("missing-element", _) if about("Action") => "Policy statement must contain actions.".to_owned(),
        ("missing-element", _) if about("Resource") => "Policy statement must contain resources.".to_owned(),
        ("bad-pattern", _) if about("Action") || about("NotAction") => {
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned()
        }
        ("bad-pattern", _) => {
            let resource = finding.message.split('`').nth(1).unwrap_or_default();
            format!("Resource {resource} must be in ARN format or \"*\".")
        }
        _ => "Syntax errors in policy.".to_owned(),
    }
}

fn read(kind: PolicyType, text: &str) -> Result<Document, Fault> {
    let policy = Policy::read("policy", kind, text);
    match policy.document() {
        Some(document) => Ok(document.clone()),
        None => {
            let error = policy.diagnostics().iter().find(|finding| finding.severity == Severity::Error);
            Err(malformed(error.map_or_else(|| "Syntax errors in policy.".to_owned(), |error| wording(error, kind))))
        }
    }
}

/// Refuses a document that cannot be an identity policy.
pub(super) fn check_identity(text: &str) -> Result<(), Fault> {
    let document = read(PolicyType::Identity, text)?;
    let sids: Vec<&str> = document.statements.iter().filter_map(|s| Some(s.sid.as_ref()?.value.as_str())).collect();
    if let Some(bad) = sids.iter().find(|sid| !sid.bytes().all(|b| b.is_ascii_alphanumeric())) {
        return Err(malformed(format!(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*: {bad}"
        )));
    }
    let mut unique: Vec<&str> = sids.iter().copied().filter(|sid| !sid.is_empty()).collect();
    let count = unique.len();
    unique.sort_unstable();
    unique.dedup();
    if unique.len() < count {
        return Err(malformed("Statement IDs (SID) in a single policy must be unique."));
    }
    Ok(())
}

/// Refuses a document that cannot be a role's trust policy: other actions than those of STS, and principals that are not
/// there, since a name that is taken later must not find a door open. The answer is the document as it is stored.
pub(super) fn check_trust(cx: &Context<'_>, text: &str) -> Result<String, Fault> {
    let document = read(PolicyType::Trust, text)?;
    for statement in &document.statements {
        let foreign = |pattern: &str| !pattern.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("sts:"));
        if statement.action.patterns.iter().any(|pattern| foreign(&pattern.value)) {
            return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."));
        }
    }
    cx.directory.principals_by_id(PolicyType::Trust, text).map_err(|error| malformed(error.to_string()))
}

/// The size that IAM's quotas count: characters without white space.
pub(super) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// A document as IAM's answers carry it: percent-encoded, all but the unreserved characters of RFC 3986.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.extend(
                    [byte >> 4, byte & 15].iter().filter_map(|n| HEX.get(usize::from(*n))).map(|b| char::from(*b)),
                );
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_refused_in_words_of_iam() {
        let cases = [
            ("{", "Syntax errors in policy."),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"},"Version":"2011"}"#,
                "Policy document must be version 2012-10-17 or greater.",
            ),
            (r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#, "Policy statement must contain actions."),
            (r#"{"Statement":{"Effect":"Allow","Action":"s3:*"}}"#, "Policy statement must contain resources."),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3","Resource":"*"}}"#,
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"x"}}"#,
                "Resource x must be in ARN format or \"*\".",
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}}"#,
                "Policy document should not specify a principal.",
            ),
            (
                r#"{"Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"},{"Sid":"A","Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#,
                "Statement IDs (SID) in a single policy must be unique.",
            ),
        ];
        for (text, message) in cases {
            let fault = check_identity(text).unwrap_err();
            assert_eq!((fault.code.as_str(), fault.message.as_str()), ("MalformedPolicyDocument", message), "{text}");
        }
        check_identity(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#)
            .unwrap();
    }

    #[test]
    fn documents_are_encoded_byte_by_byte() {
        assert_eq!(encoded("{\"a\": ~é_}"), "%7B%22a%22%3A%20~%C3%A9_%7D");
    }
}
