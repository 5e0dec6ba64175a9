//! Session policies and session tags: what they may be, and how much room they take.

use bailiwick_authority::Tags;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use serde::Deserialize;

use super::invalid;
use crate::Context;
use crate::iam::check_session_policy;

/// Plain characters of the session policies of a session, with the ARNs of the managed ones. Source: the STS API reference,
/// AssumeRole.
const MAX_PLAIN: usize = 2_048;
/// The bytes that session policies and tags may take once they are packed. AWS does not say its own number.
const MAX_PACKED: usize = 2_048;
/// How hard the packing tries.
const PACKING_LEVEL: i32 = 3;
/// Managed session policies at most.
const MAX_POLICY_ARNS: usize = 10;
/// Session tags at most.
const MAX_TAGS: usize = 50;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PolicyArn {
    pub(super) arn: Option<String>,
}

/// What a request says of the session it wants, the same for roles and federated users.
pub(super) struct Wanted<'a> {
    pub(super) policy: Option<&'a String>,
    pub(super) policy_arns: &'a [PolicyArn],
    pub(super) tags: &'a [Tag],
}

/// A session's policies and tags, checked.
pub(super) struct Checked {
    pub(super) policy_arns: Vec<String>,
    pub(super) tags: Tags,
    /// How full the packed form is, in percent.
    pub(super) packed_size: u32,
}

fn parameter(message: impl Into<String>) -> Fault {
    Fault::sender("InvalidParameterValue", 400, message)
}

/// Checks session policies and tags. `inherited` are tags that pass along a chain of roles; they take room as well.
pub(super) fn check(cx: &Context<'_>, wanted: &Wanted<'_>, inherited: &Tags) -> Result<Checked, Fault> {
    wanted.policy.map_or(Ok(()), |policy| check_session_policy(policy))?;
    let policy_arns: Vec<String> = wanted.policy_arns.iter().filter_map(|policy| policy.arn.clone()).collect();
    if policy_arns.len() > MAX_POLICY_ARNS {
        return Err(invalid(format!("a session takes at most {MAX_POLICY_ARNS} managed policies")));
    }
    for arn in &policy_arns {
        if !is_policy(cx, arn)? {
            let message = format!("Policy {arn} does not exist or is not attachable.");
            return Err(Fault::sender("MalformedPolicyDocument", 400, message));
        }
    }
    let tags = tags(wanted.tags)?;
    let plain = wanted.policy.map_or(0, |policy| policy.chars().count())
        + policy_arns.iter().map(|arn| arn.chars().count()).sum::<usize>();
    let mut text = wanted.policy.cloned().unwrap_or_default();
    for part in policy_arns.iter().chain(tags.iter().chain(inherited).flat_map(|(key, value)| [key, value])) {
        text.push('\0');
        text.push_str(part);
    }
    let packed = if text.is_empty() { 0 } else { packed_size(text.as_bytes()) };
    let percent = |size: usize, limit: usize| u32::try_from(size.saturating_mul(100) / limit).unwrap_or(u32::MAX);
    let packed_size = percent(packed, MAX_PACKED);
    if plain > MAX_PLAIN {
        let percent = percent(plain, MAX_PLAIN).max(101);
        return Err(too_large(format!(
            "Packed policy consumes {percent}% of allotted space, please use smaller policy."
        )));
    }
    if packed > MAX_PACKED {
        let percent = packed_size.max(101);
        return Err(too_large(match plain {
            0 => format!("Packed size of session tags consumes {percent}% of allotted space."),
            _ => format!("Packed policy consumes {percent}% of allotted space, please use smaller policy."),
        }));
    }
    Ok(Checked { policy_arns, tags, packed_size })
}

/// The size of the packed form. What cannot be packed takes the room it has.
fn packed_size(bytes: &[u8]) -> usize {
    zstd::bulk::compress(bytes, PACKING_LEVEL).map_or(bytes.len(), |packed| packed.len())
}

fn too_large(message: String) -> Fault {
    Fault::sender("PackedPolicyTooLarge", 400, message)
}

fn is_policy(cx: &Context<'_>, arn: &str) -> Result<bool, Fault> {
    let Ok(parsed) = Arn::parse(arn) else { return Ok(false) };
    if parsed.partition() != cx.directory.partition().as_str() {
        return Ok(false);
    }
    match parsed.account_id() {
        Some(account) => Ok(cx.directory.account(account).is_some_and(|account| account.managed_policy(arn).is_some())),
        None => cx.is_aws_managed_policy(arn),
    }
}

fn tags(given: &[Tag]) -> Result<Tags, Fault> {
    if given.len() > MAX_TAGS {
        return Err(invalid(format!("a session takes at most {MAX_TAGS} tags")));
    }
    let mut tags = Tags::new();
    for tag in given {
        if tags.keys().any(|key: &String| key.eq_ignore_ascii_case(&tag.key)) {
            return Err(parameter("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
        }
        if tag.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(parameter("Tag keys that begin with aws: are reserved for AWS."));
        }
        tags.insert(tag.key.clone(), tag.value.clone());
    }
    Ok(tags)
}

/// The keys of a session's tags that are to pass along a chain, which must be among them.
pub(super) fn transitive(keys: &[String], tags: &Tags) -> Result<Vec<String>, Fault> {
    match keys.iter().find(|key| !tags.keys().any(|tag| tag.eq_ignore_ascii_case(key))) {
        Some(_) => Err(parameter("The specified transitive tag key must be included in the requested tags.")),
        None => Ok(keys.to_vec()),
    }
}

/// The tags of the calling session that pass on to the next one. None of them can be set anew.
pub(super) fn inherited(before: Option<&bailiwick_authority::Session>, given: &[Tag]) -> Result<Tags, Fault> {
    let mut inherited = Tags::new();
    let Some(before) = before else { return Ok(inherited) };
    for key in &before.transitive_tag_keys {
        if given.iter().any(|tag| tag.key.eq_ignore_ascii_case(key)) {
            return Err(parameter(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
            ));
        }
        if let Some((key, value)) = before.tags.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(key)) {
            inherited.insert(key.clone(), value.clone());
        }
    }
    Ok(inherited)
}
