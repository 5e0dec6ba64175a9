use std::collections::BTreeMap;

use bailiwick_authority::record::{AttachedPolicies, RoleRecord};
use bailiwick_aws::Value;
use bailiwick_aws::protocol::timestamp;
use bailiwick_ident::Timestamp;

use super::{MAX_BYTES, MAX_PAGES, MirrorError, MirrorOf, document, text};
use crate::exchange::Exchange;

const OPERATION: &str = "GetAccountAuthorizationDetails";
/// What is asked for: nobody acts as a user or a group of another account.
const FILTER: [&str; 3] = ["Role", "LocalManagedPolicy", "AWSManagedPolicy"];
/// Its entries on one page.
const MAX_ITEMS: i64 = 200;
/// How long the sessions of a role may be, which the details do not say; nothing is decided by it here.
const MAX_SESSION: u32 = 3_600;

/// A managed policy: its ARN and the document in force.
type Managed = (String, String);

pub(super) async fn read(
    exchange: &Exchange,
    of: &MirrorOf<'_>,
) -> Result<(Vec<RoleRecord>, Vec<Managed>), MirrorError> {
    let (mut roles, mut policies) = (Vec::new(), Vec::new());
    let mut marker: Option<String> = None;
    let mut bytes = 0;
    for _ in 0..MAX_PAGES {
        let filter = Value::list(FILTER.map(Value::from));
        let members = [("Filter", filter), ("MaxItems", Value::Integer(MAX_ITEMS))];
        let next = marker.as_deref().map(|marker| ("Marker", Value::from(marker)));
        let page = exchange.ask(&of.way, "iam", OPERATION, Value::map(members.into_iter().chain(next))).await?;
        for found in list(&page, "RoleDetailList") {
            let role = role(of, found)?;
            bytes +=
                role.assume_role_policy_document.len() + role.policies.inline.values().map(String::len).sum::<usize>();
            roles.push(role);
        }
        for found in list(&page, "Policies") {
            let policy = managed(found)?;
            bytes += policy.1.len();
            policies.push(policy);
        }
        if bytes > MAX_BYTES {
            return Err(MirrorError::TooLarge { account: of.way.target.account });
        }
        marker = page.get("Marker").and_then(Value::as_str).map(str::to_owned);
        let more = page.get("IsTruncated").and_then(Value::as_bool).unwrap_or_default();
        match (more, &marker) {
            (false, _) => return Ok((roles, policies)),
            (true, Some(_)) => {}
            (true, None) => return Err(broken("it is truncated and has no marker")),
        }
    }
    Err(broken(&format!("it goes on after {MAX_PAGES} pages")))
}

fn broken(what: &str) -> MirrorError {
    MirrorError::Answer { operation: OPERATION, what: what.to_owned() }
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value.get(member).and_then(Value::as_list).unwrap_or_default()
}

fn read_document(value: &Value, member: &str) -> Result<String, MirrorError> {
    document(&text(value, OPERATION, member)?).ok_or_else(|| broken(&format!("{member} is no text")))
}

fn role(of: &MirrorOf<'_>, found: &Value) -> Result<RoleRecord, MirrorError> {
    let inline = list(found, "RolePolicyList")
        .iter()
        .map(|policy| Ok((text(policy, OPERATION, "PolicyName")?, read_document(policy, "PolicyDocument")?)));
    let managed = list(found, "AttachedManagedPolicies").iter().map(|policy| text(policy, OPERATION, "PolicyArn"));
    let tags = list(found, "Tags").iter().map(|tag| Ok((text(tag, OPERATION, "Key")?, text(tag, OPERATION, "Value")?)));
    let boundary = found.get("PermissionsBoundary").and_then(|of| of.get("PermissionsBoundaryArn"));
    let record = RoleRecord {
        account: of.way.target.account,
        id: text(found, OPERATION, "RoleId")?,
        name: text(found, OPERATION, "RoleName")?,
        path: text(found, OPERATION, "Path")?,
        created_at: found.get("CreateDate").and_then(timestamp::of).unwrap_or(Timestamp::from_millis(0)),
        description: String::new(),
        assume_role_policy_document: read_document(found, "AssumeRolePolicyDocument")?,
        max_session_duration: MAX_SESSION,
        policies: AttachedPolicies {
            inline: inline.collect::<Result<BTreeMap<_, _>, MirrorError>>()?,
            managed: managed.collect::<Result<_, _>>()?,
        },
        permissions_boundary: boundary.and_then(Value::as_str).map(str::to_owned),
        tags: tags.collect::<Result<_, MirrorError>>()?,
    };
    let arn = bailiwick_authority::role_arn(of.partition, record.account, &record.path, &record.name);
    let said = text(found, OPERATION, "Arn")?;
    match said == arn {
        true => Ok(record),
        false => Err(broken(&format!("it tells of {said} where {arn} was expected: is the account's id right?"))),
    }
}

fn managed(found: &Value) -> Result<Managed, MirrorError> {
    let arn = text(found, OPERATION, "Arn")?;
    let default = found.get("DefaultVersionId").and_then(Value::as_str).unwrap_or_default();
    let in_force = |version: &&Value| {
        version.get("IsDefaultVersion").and_then(Value::as_bool) == Some(true)
            || version.get("VersionId").and_then(Value::as_str) == Some(default)
    };
    let version = list(found, "PolicyVersionList").iter().find(in_force);
    let version = version.ok_or_else(|| broken(&format!("{arn} has no version in force")))?;
    Ok((arn, read_document(version, "Document")?))
}
