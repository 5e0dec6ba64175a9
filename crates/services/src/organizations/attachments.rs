//! What is attached where.

use bailiwick_authority::record::{AttachmentRecord, Record};
use bailiwick_authority::{DirectoryChange, Organization};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::policies::{ListPoliciesOutput, find, summary};
use super::types::{self, kind, limits};
use super::{accounts, arn, constraint, fault, invalid, listed, listed_in_order, organization};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// A target's name and type, if it exists.
fn target(cx: &Context<'_>, organization: &Organization, id: &str) -> Option<(String, &'static str)> {
    if organization.record().root_id == id {
        return Some(("Root".to_owned(), "ROOT"));
    }
    if let Some(unit) = organization.unit(id) {
        return Some((unit.name.clone(), "ORGANIZATIONAL_UNIT"));
    }
    let account = accounts::member(cx, id.parse().ok()?).ok()?;
    Some((account.name.clone(), "ACCOUNT"))
}

fn require_target(cx: &Context<'_>, organization: &Organization, id: &str) -> Result<(), Fault> {
    let not_found = || fault("TargetNotFoundException", "You specified a target that doesn't exist.");
    target(cx, organization, id).map(|_| ()).ok_or_else(not_found)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ForTargetInput {
    filter: String,
    target_id: String,
    next_token: Option<String>,
    max_results: Option<u32>,
}

/// The policies of a type that are attached to a root, unit or account, in the order they were attached.
pub(super) async fn list_policies_for_target(
    cx: &Context<'_>,
    call: Authorized<ForTargetInput>,
) -> Result<ListPoliciesOutput, Fault> {
    let ForTargetInput { filter, target_id, next_token, max_results } = &call.input;
    let (organization, kind) = (organization(cx, &call)?, kind(filter)?);
    require_target(cx, organization, target_id)?;
    let attached = organization.attached(target_id, kind).into_iter().flatten();
    let policies = attached.map(|policy| summary(&call, organization, &policy.record, policy.aws_managed)).collect();
    let operation = format!("ListPoliciesForTarget {target_id} {filter}");
    let (policies, next_token) = listed_in_order(cx, &call, &operation, policies, next_token.as_deref(), *max_results)?;
    Ok(ListPoliciesOutput { policies, next_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTargetsInput {
    policy_id: String,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListTargetsOutput {
    targets: Vec<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    target_id: String,
    arn: String,
    name: String,
    r#type: &'static str,
}

/// The roots, units and accounts a policy is attached to.
pub(super) async fn list_targets_for_policy(
    cx: &Context<'_>,
    call: Authorized<ListTargetsInput>,
) -> Result<ListTargetsOutput, Fault> {
    let ListTargetsInput { policy_id, next_token, max_results } = &call.input;
    let organization = organization(cx, &call)?;
    let policy = find(organization, policy_id)?;
    let id = &organization.record().id;
    let mut targets = Vec::new();
    for attachment in organization.attachments().filter(|attachment| attachment.policy_id == policy.record.id) {
        let Some((name, kind)) = target(cx, organization, &attachment.target_id) else { continue };
        let word = match kind {
            "ROOT" => "root",
            "ORGANIZATIONAL_UNIT" => "ou",
            _ => "account",
        };
        let resource = format!("{word}/{id}/{}", attachment.target_id);
        targets.push(Target {
            target_id: attachment.target_id.clone(),
            arn: arn(call.partition(), organization.management_account(), &resource),
            name,
            r#type: kind,
        });
    }
    let operation = format!("ListTargetsForPolicy {policy_id}");
    let key = |target: &Target| target.target_id.clone();
    let (targets, next_token) = listed(cx, &call, &operation, targets, key, next_token.as_deref(), *max_results)?;
    Ok(ListTargetsOutput { targets, next_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachInput {
    policy_id: String,
    target_id: String,
}

/// Attaches a policy to a root, unit or account.
pub(super) async fn attach_policy(cx: &Context<'_>, call: Authorized<AttachInput>) -> Result<Nothing, Fault> {
    let (input, organization) = (&call.input, organization(cx, &call)?);
    let policy = find(organization, &input.policy_id)?;
    require_target(cx, organization, &input.target_id)?;
    let kind = policy.record.kind;
    if !organization.is_enabled(kind) && !cx.settings.policies_off {
        let message = "This operation can be performed only for enabled policy types.";
        return Err(fault("PolicyTypeNotEnabledException", message));
    }
    let attached = organization.attachments().any(|a| a.policy_id == input.policy_id && a.target_id == input.target_id);
    if attached {
        let message = "A policy with the specified name and type already exists on this target.";
        return Err(fault("DuplicatePolicyAttachmentException", message));
    }
    if organization.attached(&input.target_id, kind).len() >= limits(kind).attached {
        let message =
            "You have exceeded the number of policies of this type that can be attached to an entity at one time.";
        return Err(constraint("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", message));
    }
    let change = DirectoryChange::new().put(AttachmentRecord {
        policy_id: input.policy_id.clone(),
        target_id: input.target_id.clone(),
        sequence: cx.directory.next_attachment_sequence(),
    });
    types::commit(cx, organization, &[kind], change)?;
    Ok(Nothing {})
}

/// Detaches a policy. The last SCP of a target stays, and so does the RCP that allows everything.
pub(super) async fn detach_policy(cx: &Context<'_>, call: Authorized<AttachInput>) -> Result<Nothing, Fault> {
    let (input, organization) = (&call.input, organization(cx, &call)?);
    let policy = find(organization, &input.policy_id)?;
    require_target(cx, organization, &input.target_id)?;
    let attached =
        organization.attachments().find(|a| a.policy_id == input.policy_id && a.target_id == input.target_id);
    let Some(attachment) = attached else {
        let message = "The policy isn't attached to the specified target in the specified root.";
        return Err(fault("PolicyNotAttachedException", message));
    };
    if input.policy_id == "p-RCPFullAWSAccess" {
        return Err(invalid("NON_DETACHABLE_POLICY", "You can't detach this AWS managed policy."));
    }
    let kind = policy.record.kind;
    let last = kind.is_authorization() && organization.attached(&input.target_id, kind).len() == 1;
    if last && !cx.settings.policies_off {
        let message = "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.";
        return Err(constraint("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", message));
    }
    let change = DirectoryChange::new().delete(Record::from(attachment.clone()).key());
    types::commit(cx, organization, &[kind], change)?;
    Ok(Nothing {})
}
