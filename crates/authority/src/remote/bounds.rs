//! What bounds a session in a remote account: the channel's guardrails, as far as STS takes them.
//! Sources: the STS API reference, AssumeRole, `Policy` and `PolicyArns`; AWS's IAM guide, "Session policies": the session's
//! policies together say what it may do at most, which is what a channel's guardrails are, too.

use bailiwick_ident::Arn;
use bailiwick_policy::{Effect, Policy};
use serde_json::Value as Json;

/// Managed policies of one session.
const MAX_ARNS: usize = 10;
/// Characters of an inline session policy.
const MAX_INLINE: usize = 2_048;
/// The managed policy that limits nothing.
const EVERYTHING: &str = "AdministratorAccess";

/// What is passed with AssumeRole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bounds {
    /// AWS's managed policies, and managed policies of the account itself.
    pub(crate) policy_arns: Vec<String>,
    /// One document for everything that the account does not know by name.
    pub(crate) policy: Option<String>,
}

/// A guardrail: its ARN where it has one, and as it was read.
pub(crate) type Guardrail = (Option<String>, Policy);

/// The bounds of a session for a channel's guardrails, and for what the account sets as the least for all its channels.
/// `known` says which ARNs the account itself resolves.
///
/// Session policies add up, so that two limits cannot both be passed on: where the one limits nothing the other is passed;
/// otherwise the channel's, with whatever the least denies. What cannot be passed on binds here all the same.
///
/// # Errors
/// The guardrails do not fit into a session, and what would make them fit.
pub(crate) fn bounds(
    channel: &[Guardrail],
    least: &[Guardrail],
    known: impl Fn(&str) -> bool,
) -> Result<Bounds, String> {
    let limits = |guardrails: &[Guardrail]| {
        !guardrails.is_empty() && !guardrails.iter().any(|(arn, _)| arn.as_deref().is_some_and(is_everything))
    };
    let (allowing, denying) = match (limits(channel), limits(least)) {
        (false, true) => (least, channel),
        _ => (channel, least),
    };
    let mut found = Bounds::default();
    let mut statements = Vec::new();
    for (arn, policy) in allowing {
        match arn.as_deref().filter(|arn| is_of_aws(arn) || known(arn)) {
            Some(arn) => found.policy_arns.push(arn.to_owned()),
            None => statements.append(&mut read(policy)?),
        }
    }
    for (_, policy) in denying {
        let denies = policy
            .document()
            .is_some_and(|document| document.statements.iter().any(|statement| statement.effect.value == Effect::Deny));
        if denies {
            statements.extend(read(policy)?.into_iter().filter(|statement| statement["Effect"] == "Deny"));
        }
    }
    if found.policy_arns.len() > MAX_ARNS {
        return Err(format!(
            "the channel has {} managed guardrails and a session in another account takes {MAX_ARNS}: name fewer",
            found.policy_arns.len()
        ));
    }
    if !statements.is_empty() {
        let text = serde_json::json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let length = text.chars().count();
        if length > MAX_INLINE {
            return Err(format!(
                "the guardrails that are not AWS's own have {length} characters, and a session in another account takes {MAX_INLINE}: shorten them, or create them in that account and name those ARNs"
            ));
        }
        found.policy = Some(text);
    }
    Ok(found)
}

fn is_of_aws(arn: &str) -> bool {
    Arn::parse(arn).is_ok_and(|arn| arn.account() == "aws")
}

fn is_everything(arn: &str) -> bool {
    is_of_aws(arn) && crate::managed::policy_name(arn) == EVERYTHING
}

/// The statement without conditions on keys that only Bailiwick knows: they are decided here, for every call. A statement that
/// denies under such a condition would deny always without it, and is left out.
fn elsewhere(mut statement: Json) -> Option<Json> {
    let denies = statement.get("Effect").and_then(Json::as_str) == Some("Deny");
    let members = statement.as_object_mut()?;
    // Ids have to be unique in one document only.
    members.remove("Sid");
    let Some(Json::Object(operators)) = members.get_mut("Condition") else { return Some(statement) };
    let mut left_out = false;
    for keys in operators.values_mut().filter_map(Json::as_object_mut) {
        let before = keys.len();
        keys.retain(|key, _| !is_own_key(key));
        left_out |= keys.len() != before;
    }
    operators.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
    if operators.is_empty() {
        members.remove("Condition");
    }
    (!(denies && left_out)).then_some(statement)
}

/// Whether a condition key is not there in the account.
fn is_own_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.starts_with("bailiwick:") || key == "aws:chatbotsourcearn"
}

/// The statements as they can be passed on.
fn read(policy: &Policy) -> Result<Vec<Json>, String> {
    let broken = || format!("the guardrail {} cannot be read", policy.name());
    policy.document().ok_or_else(broken)?;
    let document: Json = serde_json::from_str(policy.text()).map_err(|_| broken())?;
    let statements = match document.get("Statement") {
        Some(Json::Array(statements)) => statements.clone(),
        Some(statement @ Json::Object(_)) => vec![statement.clone()],
        _ => return Err(broken()),
    };
    // A document of the old version has no policy variables: its `${` are plain text.
    let old = document.get("Version").and_then(Json::as_str) != Some("2012-10-17");
    if old && policy.text().contains("${") {
        return Err(format!(
            "the guardrail {} is of an old version and says `${{`: give it the Version 2012-10-17",
            policy.name()
        ));
    }
    Ok(statements.into_iter().filter_map(elsewhere).collect())
}

#[cfg(test)]
mod tests {
    use bailiwick_policy::PolicyType;

    use super::*;

    fn aws(name: &str) -> Guardrail {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        (Some(arn), Policy::read(name, PolicyType::Guardrail, ""))
    }

    fn own(name: &str, text: &str) -> Guardrail {
        let arn = format!("arn:aws:iam::444455556666:policy/{name}");
        (Some(arn), Policy::read(name, PolicyType::Guardrail, text))
    }

    fn statement(effect: &str, action: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Sid":"S","Effect":"{effect}","Action":"{action}","Resource":"*"}}}}"#
        )
    }

    fn inline(bounds: &Bounds) -> Vec<String> {
        let document: Json = serde_json::from_str(bounds.policy.as_deref().unwrap_or(r#"{"Statement":[]}"#)).unwrap();
        let shown = |statement: &Json| {
            format!("{} {}", statement["Effect"].as_str().unwrap(), statement["Action"].as_str().unwrap())
        };
        assert!(!document.to_string().contains("Sid"));
        document["Statement"].as_array().unwrap().iter().map(shown).collect()
    }

    #[test]
    fn what_the_account_knows_is_named_and_the_rest_is_written_out() {
        let (of_aws, ours) = (aws("ReadOnlyAccess"), own("ours", &statement("Allow", "sns:Publish")));
        let theirs = own("theirs", &statement("Allow", "ec2:*"));
        let found = bounds(&[of_aws, ours, theirs], &[], |arn| arn.ends_with("/theirs")).unwrap();
        assert_eq!(
            found.policy_arns,
            ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::444455556666:policy/theirs"]
        );
        assert_eq!(inline(&found), ["Allow sns:Publish"]);
    }

    #[test]
    fn the_narrower_of_two_limits_is_passed_on_where_the_other_is_none() {
        let least = [own("least", &statement("Allow", "s3:*"))];
        let found = bounds(&[aws("AdministratorAccess")], &least, |_| false).unwrap();
        assert_eq!((found.policy_arns.len(), inline(&found)), (0, vec!["Allow s3:*".to_owned()]));
        let found = bounds(&least, &[aws("AdministratorAccess")], |_| false).unwrap();
        assert_eq!(inline(&found), ["Allow s3:*"]);
        // Both limit: what the least denies can be passed on, what it allows cannot.
        let denies =
            [own("denies", &statement("Deny", "s3:DeleteBucket")), own("allows", &statement("Allow", "s3:Get*"))];
        assert_eq!(inline(&bounds(&least, &denies, |_| false).unwrap()), ["Allow s3:*", "Deny s3:DeleteBucket"]);
    }

    #[test]
    fn conditions_that_only_bailiwick_knows_are_not_passed_on() {
        let statement = |effect: &str, condition: &str| {
            format!(r#"{{"Effect":"{effect}","Action":"s3:*","Resource":"*","Condition":{condition}}}"#)
        };
        let ours = r#"{"StringEquals":{"Bailiwick:Platform":"slack"}}"#;
        let both = r#"{"StringEquals":{"bailiwick:MemberId":"m","aws:RequestedRegion":"r"}}"#;
        let theirs = r#"{"StringEquals":{"aws:RequestedRegion":"r"}}"#;
        let statements =
            [statement("Allow", ours), statement("Allow", both), statement("Deny", ours), statement("Deny", theirs)];
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        let found = bounds(&[own("p", &text)], &[], |_| false).unwrap();
        let document: Json = serde_json::from_str(found.policy.as_deref().unwrap()).unwrap();
        let conditions: Vec<String> =
            document["Statement"].as_array().unwrap().iter().map(|of| of["Condition"].to_string()).collect();
        assert_eq!(conditions, ["null", theirs, theirs]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let long = own("long", &statement("Allow", &format!("sns:{}", "x".repeat(MAX_INLINE))));
        assert!(bounds(&[long], &[], |_| false).unwrap_err().contains("2048"));
        let many: Vec<Guardrail> = (0..11).map(|n| aws(&format!("P{n}"))).collect();
        assert!(bounds(&many, &[], |_| false).unwrap_err().contains("11 managed guardrails"));
        assert!(bounds(&[own("broken", "{")], &[], |_| false).unwrap_err().contains("cannot be read"));
        let old = own("old", r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${a}"}]}"#);
        assert!(bounds(&[old], &[], |_| false).unwrap_err().contains("old version"));
    }
}
