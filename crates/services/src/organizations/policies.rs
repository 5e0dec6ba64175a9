//! The policies of the organization.

use bailiwick_authority::record::{OrganizationPolicyRecord, PolicyType, Record};
use bailiwick_authority::{DirectoryChange, Organization, OrganizationPolicy};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::tags::{Tag, new_tags};
use super::types::{self, kind, limits};
use super::{arn, constraint, content, fault, invalid, listed, organization, random};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// A policy, if it exists.
pub(super) fn find<'a>(organization: &'a Organization, id: &str) -> Result<&'a OrganizationPolicy, Fault> {
    let not_found = || fault("PolicyNotFoundException", "You specified a policy that doesn't exist.");
    organization.policy(id).map(AsRef::as_ref).ok_or_else(not_found)
}

/// A policy without its document.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Summary {
    id: String,
    arn: String,
    name: String,
    description: String,
    r#type: &'static str,
    aws_managed: bool,
}

/// A policy as lists show it.
pub(super) fn summary<I>(
    call: &Authorized<I>,
    organization: &Organization,
    record: &OrganizationPolicyRecord,
    aws_managed: bool,
) -> Summary {
    let word = record.kind.as_str().to_ascii_lowercase();
    let arn = if aws_managed {
        format!("arn:{}:organizations::aws:policy/{word}/{}", call.partition(), record.id)
    } else {
        let resource = format!("policy/{}/{word}/{}", organization.record().id, record.id);
        arn(call.partition(), organization.management_account(), &resource)
    };
    Summary {
        id: record.id.clone(),
        arn,
        name: record.name.clone(),
        description: record.description.clone(),
        r#type: record.kind.as_str(),
        aws_managed,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyOutput {
    policy: Described,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    policy_summary: Summary,
    content: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyInput {
    policy_id: String,
}

/// One policy with its document.
pub(super) async fn describe_policy(cx: &Context<'_>, call: Authorized<PolicyInput>) -> Result<PolicyOutput, Fault> {
    let organization = organization(cx, &call)?;
    let policy = find(organization, &call.input.policy_id)?;
    let policy_summary = summary(&call, organization, &policy.record, policy.aws_managed);
    Ok(PolicyOutput { policy: Described { policy_summary, content: policy.record.content.clone() } })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListPoliciesInput {
    filter: String,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListPoliciesOutput {
    pub(super) policies: Vec<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_token: Option<String>,
}

/// The policies of a type.
pub(super) async fn list_policies(
    cx: &Context<'_>,
    call: Authorized<ListPoliciesInput>,
) -> Result<ListPoliciesOutput, Fault> {
    let ListPoliciesInput { filter, next_token, max_results } = &call.input;
    let (organization, kind) = (organization(cx, &call)?, kind(filter)?);
    let of_type = organization.policies().filter(|policy| policy.record.kind == kind);
    let policies = of_type.map(|policy| summary(&call, organization, &policy.record, policy.aws_managed)).collect();
    let operation = format!("ListPolicies {filter}");
    let key = |policy: &Summary| policy.id.clone();
    let (policies, next_token) = listed(cx, &call, &operation, policies, key, next_token.as_deref(), *max_results)?;
    Ok(ListPoliciesOutput { policies, next_token })
}

/// The document as it is stored, or why it cannot be.
fn checked(cx: &Context<'_>, kind: PolicyType, text: &str) -> Result<String, Fault> {
    if text.chars().count() > limits(kind).characters {
        return Err(constraint("POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the maximum policy size."));
    }
    content::checked(cx, kind, text)
}

fn free_name(organization: &Organization, kind: PolicyType, name: &str, besides: Option<&str>) -> Result<(), Fault> {
    let taken = organization.policies().any(|policy| {
        policy.record.kind == kind && policy.record.name == name && Some(policy.record.id.as_str()) != besides
    });
    match taken {
        true => Err(fault("DuplicatePolicyException", "A policy with the same name already exists.")),
        false => Ok(()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreatePolicyInput {
    content: String,
    description: String,
    name: String,
    r#type: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// Creates a policy, attached to nothing.
pub(super) async fn create_policy(
    cx: &Context<'_>,
    call: Authorized<CreatePolicyInput>,
) -> Result<PolicyOutput, Fault> {
    let input = &call.input;
    let (organization, kind) = (organization(cx, &call)?, kind(&input.r#type)?);
    types::require_available(organization)?;
    let content = checked(cx, kind, &input.content)?;
    free_name(organization, kind, &input.name, None)?;
    if organization.policies().filter(|policy| policy.record.kind == kind).count() >= limits(kind).policies {
        let message = "You have exceeded the number of policies that you can have in an organization.";
        return Err(constraint("POLICY_NUMBER_LIMIT_EXCEEDED", message));
    }
    let record = OrganizationPolicyRecord {
        id: format!("p-{}", random(cx, 10)),
        kind,
        name: input.name.clone(),
        description: input.description.clone(),
        content: content.clone(),
        tags: new_tags(&input.tags)?,
    };
    let policy_summary = summary(&call, organization, &record, false);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(PolicyOutput { policy: Described { policy_summary, content } })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdatePolicyInput {
    policy_id: String,
    name: Option<String>,
    description: Option<String>,
    content: Option<String>,
}

/// A policy of AWS's own cannot be touched.
fn changeable(policy: &OrganizationPolicy) -> Result<(), Fault> {
    match policy.aws_managed {
        true => {
            Err(invalid("IMMUTABLE_POLICY", "You specified a policy that is managed by AWS and can't be modified."))
        }
        false => Ok(()),
    }
}

/// Changes what is named; the rest stays.
pub(super) async fn update_policy(
    cx: &Context<'_>,
    call: Authorized<UpdatePolicyInput>,
) -> Result<PolicyOutput, Fault> {
    let (input, organization) = (&call.input, organization(cx, &call)?);
    let policy = find(organization, &input.policy_id)?;
    changeable(policy)?;
    let mut record = policy.record.clone();
    if let Some(content) = &input.content {
        record.content = checked(cx, record.kind, content)?;
    }
    if let Some(name) = &input.name {
        free_name(organization, record.kind, name, Some(&record.id))?;
        record.name.clone_from(name);
    }
    if let Some(description) = &input.description {
        record.description.clone_from(description);
    }
    let policy_summary = summary(&call, organization, &record, false);
    let content = record.content.clone();
    let change = DirectoryChange::new().put(record);
    match organization.attachments().any(|attachment| attachment.policy_id == policy.record.id) {
        true => types::commit(cx, organization, &[policy.record.kind], change)?,
        false => cx.commit_directory(change),
    }
    Ok(PolicyOutput { policy: Described { policy_summary, content } })
}

/// Deletes a policy that is attached to nothing.
pub(super) async fn delete_policy(cx: &Context<'_>, call: Authorized<PolicyInput>) -> Result<Nothing, Fault> {
    let organization = organization(cx, &call)?;
    let policy = find(organization, &call.input.policy_id)?;
    changeable(policy)?;
    if organization.attachments().any(|attachment| attachment.policy_id == policy.record.id) {
        let message = "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.";
        return Err(fault("PolicyInUseException", message));
    }
    cx.commit_directory(DirectoryChange::new().delete(Record::from(policy.record.clone()).key()));
    Ok(Nothing {})
}
