//! Policy documents on their way in and out: read strictly, refused in IAM's words, encoded in answers.

use bailiwick_aws::fault::Fault;
use bailiwick_policy::document::Version;
use bailiwick_policy::lint::{self, NoVocabulary};
use bailiwick_policy::{Document, Policy, PolicyType};

use crate::Context;

fn malformed(message: impl Into<String>) -> Fault {
    Fault::sender("MalformedPolicyDocument", 400, message)
}

/// What AWS says of a document whose syntax is wrong; it looks at the syntax before anything else.
const SYNTAX: [&str; 2] = ["Syntax errors in policy.", "Policy document should not specify a principal."];

/// What IAM says of a document that it refuses.
fn refusal(kind: PolicyType, text: &str) -> Option<String> {
    let findings = lint::check(text, kind, &NoVocabulary);
    let without = |name: &str| {
        let message = format!("`{name}`");
        findings.iter().any(|finding| finding.code == "missing-element" && finding.message.contains(&message))
    };
    if kind == PolicyType::Trust && without("Principal") {
        return Some("Missing required field Principal".to_owned());
    }
    lint::aws_error(kind, &findings).map(|error| error.message)
}

fn read(kind: PolicyType, text: &str) -> Result<Document, Fault> {
    match (refusal(kind, text), Policy::read("policy", kind, text).document()) {
        (None, Some(document)) => Ok(document.clone()),
        (Some(message), _) => Err(malformed(message)),
        (None, None) => Err(malformed(SYNTAX[0])),
    }
}

/// Refuses a document that cannot be a session's policy: in words of STS where it is no JSON, else in IAM's.
pub(crate) fn check_session(text: &str) -> Result<(), Fault> {
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return Err(malformed("The policy is not in the valid JSON format."));
    }
    read(PolicyType::Session, text).map(|_| ())
}

/// Refuses a document that cannot be an identity policy.
pub(super) fn check_identity(text: &str) -> Result<(), Fault> {
    read(PolicyType::Identity, text).map(|_| ())
}

/// Refuses a document that cannot be a managed policy: those must be of the newest version of the language. Source: recorded
/// answers of IAM.
pub(super) fn check_managed(text: &str) -> Result<(), Fault> {
    let refused = refusal(PolicyType::Identity, text);
    let syntax = refused.as_deref().is_some_and(|message| SYNTAX.contains(&message));
    // The version is looked at also where something besides the syntax is wrong.
    match stated_version(text) {
        Some(Version::V2008) if !syntax => Err(malformed("Policy document must be version 2012-10-17 or greater.")),
        _ => refused.map_or(Ok(()), |message| Err(malformed(message))),
    }
}

/// The version that a document states, or the oldest when it states none.
fn stated_version(text: &str) -> Option<Version> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    match json.as_object()?.get("Version").map(serde_json::Value::as_str) {
        None | Some(Some("2008-10-17")) => Some(Version::V2008),
        Some(Some("2012-10-17")) => Some(Version::V2012),
        Some(_) => None,
    }
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
                "Syntax errors in policy.",
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
    fn policies_of_sessions_are_refused_in_words_of_sts() {
        let message = |text: &str| check_session(text).map_err(|fault| fault.message);
        assert_eq!(message("{"), Err("The policy is not in the valid JSON format.".to_owned()));
        assert_eq!(
            message(r#"{"Statement":{"Effect":"Allow","Action":"s3","Resource":"*"}}"#),
            Err("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned())
        );
        assert_eq!(
            message(r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}}"#),
            Err("Policy document should not specify a principal.".to_owned())
        );
        assert_eq!(message(r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#), Ok(()));
    }

    #[test]
    fn managed_policies_are_of_the_newest_version() {
        let message = |text: &str| check_managed(text).map_err(|fault| fault.message);
        let old = "Policy document must be version 2012-10-17 or greater.";
        let statement = r#""Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
        assert_eq!(message(&format!("{{{statement}}}")), Err(old.to_owned()));
        assert_eq!(message(&format!(r#"{{"Version":"2008-10-17",{statement}}}"#)), Err(old.to_owned()));
        assert_eq!(message(r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#), Err(old.to_owned()));
        assert_eq!(message(&format!(r#"{{"Version":"2013-10-17",{statement}}}"#)), Err(SYNTAX[0].to_owned()));
        assert_eq!(message("{"), Err(SYNTAX[0].to_owned()));
        assert_eq!(message(&format!(r#"{{"Version":"2012-10-17",{statement}}}"#)), Ok(()));
    }

    #[test]
    fn documents_are_encoded_byte_by_byte() {
        assert_eq!(encoded("{\"a\": ~é_}"), "%7B%22a%22%3A%20~%C3%A9_%7D");
    }
}
