//! The organization's resource policy, with which the management account delegates the work on policies to members.

use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::ResourcePolicyRecord;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Arn};
use bailiwick_policy::document::{Document, PrincipalKind, PrincipalSet};
use bailiwick_policy::{Policy, PolicyType};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tags::{Tag, new_tags};
use super::{NoInput, arn, constraint, content, fault, invalid, organization, random};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// What can be delegated. Source: AWS's Organizations guide, "Delegated administrator for AWS Organizations".
const ACTIONS: &[&str] = &[
    "AttachPolicy",
    "CreatePolicy",
    "DeletePolicy",
    "DescribeAccount",
    "DescribeCreateAccountStatus",
    "DescribeEffectivePolicy",
    "DescribeHandshake",
    "DescribeOrganization",
    "DescribeOrganizationalUnit",
    "DescribePolicy",
    "DescribeResourcePolicy",
    "DescribeResponsibilityTransfer",
    "DetachPolicy",
    "DisablePolicyType",
    "EnablePolicyType",
    "ListAWSServiceAccessForOrganization",
    "ListAccounts",
    "ListAccountsForParent",
    "ListAccountsWithInvalidEffectivePolicy",
    "ListChildren",
    "ListCreateAccountStatus",
    "ListDelegatedAdministrators",
    "ListDelegatedServicesForAccount",
    "ListEffectivePolicyValidationErrors",
    "ListHandshakesForAccount",
    "ListHandshakesForOrganization",
    "ListInboundResponsibilityTransfers",
    "ListOrganizationalUnitsForParent",
    "ListOutboundResponsibilityTransfers",
    "ListParents",
    "ListPolicies",
    "ListPoliciesForTarget",
    "ListRoots",
    "ListTagsForResource",
    "ListTargetsForPolicy",
    "TagResource",
    "UntagResource",
    "UpdatePolicy",
];

fn invalid_json() -> Fault {
    invalid("INVALID_RESOURCE_POLICY_JSON", "This resource-based policy contains invalid JSON.")
}

/// Whether `*` and `?` in the pattern can stand for the rest of the name, without regard to case.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<u8>, Vec<u8>) = (pattern.bytes().collect(), name.bytes().collect());
    let mut reached = vec![true];
    reached.resize(name.len() + 1, false);
    for part in pattern {
        let mut next = vec![part == b'*' && reached.first() == Some(&true)];
        for (at, letter) in name.iter().enumerate() {
            let here = reached.get(at) == Some(&true);
            next.push(match part {
                b'*' => reached.get(at + 1) == Some(&true) || next.last() == Some(&true),
                b'?' => here,
                _ => here && part.eq_ignore_ascii_case(letter),
            });
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

/// Whether everything that a pattern of actions stands for can be delegated.
fn can_be_delegated(cx: &Context<'_>, pattern: &str) -> Result<bool, Fault> {
    let Some(("organizations", name)) = pattern.split_once(':') else { return Ok(false) };
    let model = crate::operation::model(cx.pack, "organizations")?;
    let mut stands_for =
        model.iter().flat_map(|model| model.operations.keys()).filter(|of| matches(name, of)).peekable();
    Ok(stands_for.peek().is_some() && stands_for.all(|of| ACTIONS.contains(&of.as_ref())))
}

/// Refuses a document that AWS would not store as a delegation policy.
fn check(cx: &Context<'_>, document: &Document) -> Result<(), Fault> {
    for statement in &document.statements {
        let principal = statement.principal.as_ref().ok_or_else(invalid_json)?;
        let resource = statement.resource.as_ref().ok_or_else(invalid_json)?;
        if principal.negated || statement.action.negated || resource.negated {
            return Err(invalid_json());
        }
        if let PrincipalSet::Listed(entries) = &principal.principals {
            for entry in entries {
                match entry.kind {
                    PrincipalKind::Service => {}
                    PrincipalKind::Aws if entry.value.value == "*" => {}
                    PrincipalKind::Aws => {
                        account_of(cx, &entry.value.value).ok_or_else(invalid_json)?;
                    }
                    PrincipalKind::CanonicalUser | PrincipalKind::Federated => return Err(invalid_json()),
                }
            }
        }
        for pattern in &statement.action.patterns {
            let action = &pattern.value;
            if !can_be_delegated(cx, action)? {
                let message = format!("{action} is not a supported action for this resource-based policy.");
                return Err(invalid("UNSUPPORTED_ACTION_IN_RESOURCE_POLICY", message));
            }
        }
        for pattern in &resource.patterns {
            let mut parts = pattern.value.split(':');
            let service = parts.by_ref().nth(2);
            if pattern.value != "*" && service.is_none_or(|service| service != "organizations" && service != "*") {
                let message = format!("{} is not a supported resource for this resource-based policy.", pattern.value);
                return Err(invalid("UNSUPPORTED_RESOURCE_IN_RESOURCE_POLICY", message));
            }
        }
    }
    Ok(())
}

/// The account that a principal names, if it names a whole account that exists.
fn account_of(cx: &Context<'_>, principal: &str) -> Option<AccountId> {
    let id = match AccountId::parse(principal) {
        Ok(id) => id,
        Err(_) => {
            let arn = Arn::parse(principal).ok()?;
            (arn.service() == "iam" && arn.resource() == "root").then(|| arn.account_id())??
        }
    };
    cx.directory.account(id).map(|_| id)
}

/// Account numbers as the ARNs that AWS shows.
fn with_arns(cx: &Context<'_>, principal: &mut Value) {
    let Some(named) = principal.get_mut("AWS") else { return };
    let whole = |value: &mut Value| {
        if let Some(id) = value.as_str().and_then(|text| AccountId::parse(text).ok()) {
            *value = Value::String(format!("arn:{}:iam::{id}:root", cx.directory.partition()));
        }
    };
    match named {
        Value::Array(list) => list.iter_mut().for_each(whole),
        one => whole(one),
    }
}

/// The document as it is stored.
fn checked(cx: &Context<'_>, text: &str) -> Result<String, Fault> {
    let policy = Policy::read("policy", PolicyType::Resource, text);
    check(cx, policy.document().ok_or_else(invalid_json)?)?;
    let mut document = content::normalised(text).ok_or_else(invalid_json)?;
    if let Some(Value::Array(statements)) = document.get_mut("Statement") {
        for principal in statements.iter_mut().filter_map(|statement| statement.get_mut("Principal")) {
            with_arns(cx, principal);
        }
    }
    Ok(document.to_string())
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResourcePolicyOutput {
    resource_policy: Described,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    resource_policy_summary: Summary,
    content: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    id: String,
    arn: String,
}

fn shown<I>(
    call: &Authorized<I>,
    organization: &bailiwick_authority::Organization,
    record: &ResourcePolicyRecord,
) -> ResourcePolicyOutput {
    let resource = format!("resourcepolicy/{}/{}", organization.record().id, record.id);
    let summary =
        Summary { id: record.id.clone(), arn: arn(call.partition(), organization.management_account(), &resource) };
    ResourcePolicyOutput {
        resource_policy: Described { resource_policy_summary: summary, content: record.content.clone() },
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutInput {
    content: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// Puts the policy, or another in its place. Tags come with the first one only.
pub(super) async fn put_resource_policy(
    cx: &Context<'_>,
    call: Authorized<PutInput>,
) -> Result<ResourcePolicyOutput, Fault> {
    let organization = organization(cx, &call)?;
    super::organization::require_all_features(organization)?;
    let mut record = organization.record().clone();
    if record.resource_policy.is_some() && !call.input.tags.is_empty() {
        let message = "Adding tags on updating an existing resource-based policy is not supported.";
        return Err(constraint("UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED", message));
    }
    let content = checked(cx, &call.input.content)?;
    let policy = match record.resource_policy.take() {
        Some(old) => ResourcePolicyRecord { content, ..old },
        None => {
            ResourcePolicyRecord { id: format!("rp-{}", random(cx, 8)), content, tags: new_tags(&call.input.tags)? }
        }
    };
    let output = shown(&call, organization, &policy);
    record.resource_policy = Some(policy);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(output)
}

fn not_found() -> Fault {
    fault("ResourcePolicyNotFoundException", "No resource-based policy found.")
}

/// The policy.
pub(super) async fn describe_resource_policy(
    cx: &Context<'_>,
    call: Authorized<NoInput>,
) -> Result<ResourcePolicyOutput, Fault> {
    let NoInput {} = call.input;
    let organization = organization(cx, &call)?;
    let policy = organization.record().resource_policy.as_ref().ok_or_else(not_found)?;
    Ok(shown(&call, organization, policy))
}

/// Takes it back.
pub(super) async fn delete_resource_policy(cx: &Context<'_>, call: Authorized<NoInput>) -> Result<Nothing, Fault> {
    let NoInput {} = call.input;
    let mut record = organization(cx, &call)?.record().clone();
    record.resource_policy.take().ok_or_else(not_found)?;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_stand_for_names() {
        for (pattern, name, expected) in [
            ("Describe*", "DescribePolicy", true),
            ("describepolicy", "DescribePolicy", true),
            ("*Policy", "DescribePolicy", true),
            ("*", "ListRoots", true),
            ("List?oots", "ListRoots", true),
            ("List", "ListRoots", false),
            ("ListRootsMore", "ListRoots", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
