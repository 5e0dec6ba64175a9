//! What an organization itself lets its members and those it invites do. Its resources belong to the management account;
//! everybody else needs its word besides policies of their own, and a `Deny` of the delegation policy beats every word.
//! Source: the Organizations API reference ("This operation can be called only from ..."), the Organizations guide,
//! "Delegated administrator for AWS Organizations", and AWS's answers to members and delegated administrators.

use bailiwick_policy::{Policy, PolicyType};
use serde_json::{Value, json};

use super::{Grounds, layers::missing};
use crate::{
    caller::Caller,
    facts::{Check, Subject},
};

/// What every member may ask of its organization.
const MEMBER: [&str; 3] =
    ["organizations:DescribeOrganization", "organizations:LeaveOrganization", "organizations:ListHandshakesForAccount"];

/// What a delegated administrator of any service may ask besides.
const ADMINISTRATOR: [&str; 2] = ["organizations:Describe*", "organizations:List*"];

/// What whoever a handshake is with may do with it.
const PARTY: [&str; 3] =
    ["organizations:AcceptHandshake", "organizations:DeclineHandshake", "organizations:DescribeHandshake"];

fn allow(account: &str, actions: &[&str], resource: &str) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": account}, "Action": actions, "Resource": resource})
}

/// The resource policy of the organization's resources for a caller; `None` for the management account, which it does not
/// bind.
pub(super) fn policy(grounds: &Grounds<'_>, caller: &Caller, check: &Check) -> Option<Policy> {
    const NAME: &str = "the organization's delegation policy";
    let organization = grounds.directory.organization()?;
    let account = caller.principal.account()?;
    let management = organization.management_account();
    if account == management || check.resource_account != Some(management) {
        return None;
    }
    let name = account.as_str();
    let mut statements = Vec::new();
    if grounds.directory.organization_of(account).is_some() {
        if let Some(delegation) = &organization.record().resource_policy {
            match serde_json::from_str::<Value>(&delegation.content) {
                Ok(mut document) => match document.get_mut("Statement").map(Value::take) {
                    Some(Value::Array(list)) => statements.extend(list),
                    Some(one) => statements.push(one),
                    None => return Some(missing(NAME, PolicyType::Resource)),
                },
                Err(_) => return Some(missing(NAME, PolicyType::Resource)),
            }
        }
        statements.push(allow(name, &MEMBER, "*"));
        let own = format!(
            "arn:{}:organizations::{management}:account/{}/{account}",
            grounds.directory.partition(),
            organization.record().id
        );
        statements.push(allow(name, &["organizations:DescribeEffectivePolicy"], &own));
        if organization.is_administrator(account) {
            statements.push(allow(name, &ADMINISTRATOR, "*"));
        }
    }
    if let Subject::Arn(arn) = &check.subject
        && let Some(handshake) = arn.rsplit('/').next().and_then(|id| organization.handshake(id))
        && grounds.directory.is_party(handshake, account)
    {
        statements.push(allow(name, &PARTY, arn));
    }
    if statements.is_empty() {
        return None;
    }
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Some(grounds.directory.engines().read(NAME, PolicyType::Resource, &text))
}
