use bailiwick_authority::record::{AttachmentRecord, OrganizationPolicyRecord, PolicyType};
use bailiwick_authority::{DirectoryChange, OrganizationPolicy, RecordKey, RecordKind, secret_access_key};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::AccountId;
use bailiwick_policy::Policy;
use serde::{Deserialize, Serialize};

use super::{Tag, arn, fault, listed, organization};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// The longest document, in characters, and how many policies one target takes, per type.
/// Source: AWS's Organizations guide, "Quotas".
fn limits(kind: PolicyType) -> (usize, usize) {
    match kind {
        PolicyType::ServiceControlPolicy => (10_240, 10),
        PolicyType::ResourceControlPolicy => (5_120, 5),
        PolicyType::ChatbotPolicy => (10_000, 5),
        PolicyType::AiservicesOptOutPolicy => (2_500, 5),
        PolicyType::BackupPolicy | PolicyType::TagPolicy => (10_000, 10),
    }
}

fn kind(text: &str) -> Result<PolicyType, Fault> {
    PolicyType::parse(text)
        .ok_or_else(|| fault("InvalidInputException", "You specified an invalid value for Type or Filter."))
}

fn not_found() -> Fault {
    fault("PolicyNotFoundException", "You specified a policy that doesn't exist.")
}

fn find<'a>(cx: &'a Context<'_>, id: &str) -> Result<&'a OrganizationPolicy, Fault> {
    organization(cx)?.policy(id).map(AsRef::as_ref).ok_or_else(not_found)
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    id: String,
    arn: String,
    name: String,
    description: String,
    r#type: &'static str,
    aws_managed: bool,
}

fn summary<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    record: &OrganizationPolicyRecord,
    aws_managed: bool,
) -> Result<Summary, Fault> {
    let organization = organization(cx)?;
    let word = record.kind.as_str().to_ascii_lowercase();
    let arn = if aws_managed {
        format!("arn:{}:organizations::aws:policy/{word}/{}", call.partition(), record.id)
    } else {
        let resource = format!("policy/{}/{word}/{}", organization.record().id, record.id);
        arn(call.partition(), organization.management_account(), &resource)
    };
    Ok(Summary {
        id: record.id.clone(),
        arn,
        name: record.name.clone(),
        description: record.description.clone(),
        r#type: record.kind.as_str(),
        aws_managed,
    })
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
    let policy = find(cx, &call.input.policy_id)?;
    let policy_summary = summary(cx, &call, &policy.record, policy.aws_managed)?;
    Ok(PolicyOutput { policy: Described { policy_summary, content: policy.record.content.clone() } })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListPoliciesInput {
    filter: String,
    target_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListPoliciesOutput {
    policies: Vec<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The policies of a type.
pub(super) async fn list_policies(
    cx: &Context<'_>,
    call: Authorized<ListPoliciesInput>,
) -> Result<ListPoliciesOutput, Fault> {
    let kind = kind(&call.input.filter)?;
    let of_type = organization(cx)?.policies().filter(|policy| policy.record.kind == kind);
    let policies = of_type.map(|policy| summary(cx, &call, &policy.record, policy.aws_managed));
    answer(cx, &call, "ListPolicies", policies.collect::<Result<_, _>>()?)
}

/// The policies of a type that are attached to a root, unit or account.
pub(super) async fn list_policies_for_target(
    cx: &Context<'_>,
    call: Authorized<ListPoliciesInput>,
) -> Result<ListPoliciesOutput, Fault> {
    let kind = kind(&call.input.filter)?;
    let target = call.input.target_id.clone().unwrap_or_default();
    require_target(cx, &target)?;
    let attached = organization(cx)?.attached(&target, kind).into_iter().flatten();
    let policies = attached.map(|policy| summary(cx, &call, &policy.record, policy.aws_managed));
    answer(cx, &call, &format!("ListPoliciesForTarget {target}"), policies.collect::<Result<_, _>>()?)
}

fn answer(
    cx: &Context<'_>,
    call: &Authorized<ListPoliciesInput>,
    operation: &str,
    policies: Vec<Summary>,
) -> Result<ListPoliciesOutput, Fault> {
    let token = call.input.next_token.as_deref();
    let key = |policy: &Summary| policy.id.clone();
    let (policies, next_token) = listed(cx, call, operation, policies, key, token, call.input.max_results)?;
    Ok(ListPoliciesOutput { policies, next_token })
}

/// A target's name and type, if it exists.
fn target(cx: &Context<'_>, id: &str) -> Result<Option<(String, &'static str)>, Fault> {
    let organization = organization(cx)?;
    if organization.record().root_id == id {
        return Ok(Some(("Root".to_owned(), "ROOT")));
    }
    if let Some(unit) = organization.unit(id) {
        return Ok(Some((unit.name.clone(), "ORGANIZATIONAL_UNIT")));
    }
    let account = id.parse::<AccountId>().ok().and_then(|id| cx.directory.account(id));
    Ok(account.map(|account| (account.record().name.clone(), "ACCOUNT")))
}

fn require_target(cx: &Context<'_>, id: &str) -> Result<(), Fault> {
    match target(cx, id)? {
        Some(_) => Ok(()),
        None => Err(fault("TargetNotFoundException", "You specified a target that doesn't exist.")),
    }
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
    let policy = find(cx, &call.input.policy_id)?;
    let organization = organization(cx)?;
    let id = &organization.record().id;
    let mut targets = Vec::new();
    for attachment in organization.attachments().filter(|attachment| attachment.policy_id == policy.record.id) {
        let Some((name, kind)) = target(cx, &attachment.target_id)? else { continue };
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
    let token = call.input.next_token.as_deref();
    let operation = format!("ListTargetsForPolicy {}", policy.record.id);
    let key = |target: &Target| target.target_id.clone();
    let (targets, next_token) = listed(cx, &call, &operation, targets, key, token, call.input.max_results)?;
    Ok(ListTargetsOutput { targets, next_token })
}

/// Refuses a document that does not fit its type.
fn check(kind: PolicyType, content: &str) -> Result<(), Fault> {
    let malformed = || {
        fault(
            "MalformedPolicyDocumentException",
            "The provided policy document does not meet the requirements of the specified policy type.",
        )
    };
    if content.chars().count() > limits(kind).0 {
        let message = "You have exceeded the allowed length of a policy of this type.";
        return Err(fault("ConstraintViolationException", message));
    }
    let read_as = match kind {
        PolicyType::ServiceControlPolicy => bailiwick_policy::PolicyType::ServiceControl,
        PolicyType::ResourceControlPolicy => bailiwick_policy::PolicyType::ResourceControl,
        _ => {
            let json: serde_json::Value = serde_json::from_str(content).map_err(|_| malformed())?;
            return if json.as_object().is_some_and(|object| !object.is_empty()) { Ok(()) } else { Err(malformed()) };
        }
    };
    match Policy::read("policy", read_as, content).document() {
        Some(_) => Ok(()),
        None => Err(malformed()),
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
    let kind = kind(&input.r#type)?;
    check(kind, &input.content)?;
    if organization(cx)?.policies().any(|policy| policy.record.kind == kind && policy.record.name == input.name) {
        return Err(fault("DuplicatePolicyException", "A policy with the same name already exists."));
    }
    let record = OrganizationPolicyRecord {
        id: format!("p-{}", super::tree::lower(&secret_access_key(cx.entropy), 10)),
        kind,
        name: input.name.clone(),
        description: input.description.clone(),
        content: input.content.clone(),
        tags: super::tags(&input.tags),
    };
    let policy_summary = summary(cx, &call, &record, false)?;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(PolicyOutput { policy: Described { policy_summary, content: call.input.content } })
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
    if policy.aws_managed {
        return Err(fault(
            "InvalidInputException",
            "You specified an invalid value: AWS managed policies cannot be changed.",
        ));
    }
    Ok(())
}

/// Changes what is named; the rest stays.
pub(super) async fn update_policy(
    cx: &Context<'_>,
    call: Authorized<UpdatePolicyInput>,
) -> Result<PolicyOutput, Fault> {
    let input = &call.input;
    let policy = find(cx, &input.policy_id)?;
    changeable(policy)?;
    let mut record = policy.record.clone();
    if let Some(content) = &input.content {
        check(record.kind, content)?;
        record.content.clone_from(content);
    }
    if let Some(name) = &input.name {
        record.name.clone_from(name);
    }
    if let Some(description) = &input.description {
        record.description.clone_from(description);
    }
    let policy_summary = summary(cx, &call, &record, false)?;
    let content = record.content.clone();
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(PolicyOutput { policy: Described { policy_summary, content } })
}

/// Deletes a policy that is attached to nothing.
pub(super) async fn delete_policy(cx: &Context<'_>, call: Authorized<PolicyInput>) -> Result<Nothing, Fault> {
    let policy = find(cx, &call.input.policy_id)?;
    changeable(policy)?;
    if organization(cx)?.attachments().any(|attachment| attachment.policy_id == policy.record.id) {
        let message = "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.";
        return Err(fault("PolicyInUseException", message));
    }
    cx.commit_directory(DirectoryChange::new().delete(RecordKey {
        kind: RecordKind::OrganizationPolicy,
        account: None,
        id: policy.record.id.clone(),
    }));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachInput {
    policy_id: String,
    target_id: String,
}

/// What AWS attaches to a new target: the policy that allows everything, for each enabled type that has one.
pub(super) fn first_attachments(cx: &Context<'_>, target: &str) -> Result<Vec<AttachmentRecord>, Fault> {
    let organization = organization(cx)?;
    let first = cx.directory.next_attachment_sequence();
    let full = [
        (PolicyType::ServiceControlPolicy, "p-FullAWSAccess"),
        (PolicyType::ResourceControlPolicy, "p-RCPFullAWSAccess"),
    ];
    let enabled = full.into_iter().filter(|(kind, _)| organization.is_enabled(*kind));
    Ok(enabled
        .zip(first..)
        .map(|((_, policy), sequence)| AttachmentRecord {
            policy_id: policy.to_owned(),
            target_id: target.to_owned(),
            sequence,
        })
        .collect())
}

/// Attaches a policy to a root, unit or account.
pub(super) async fn attach_policy(cx: &Context<'_>, call: Authorized<AttachInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let policy = find(cx, &input.policy_id)?;
    require_target(cx, &input.target_id)?;
    let organization = organization(cx)?;
    let kind = policy.record.kind;
    if !organization.is_enabled(kind) {
        let message = "This operation can be performed only for enabled policy types.";
        return Err(fault("PolicyTypeNotEnabledException", message));
    }
    let attached = organization.attachments().any(|a| a.policy_id == input.policy_id && a.target_id == input.target_id);
    if attached {
        let message = "A policy with the specified name and type already exists on this target.";
        return Err(fault("DuplicatePolicyAttachmentException", message));
    }
    if organization.attached(&input.target_id, kind).len() >= limits(kind).1 {
        let message = "You have exceeded the number of policies attached to a target.";
        return Err(fault("ConstraintViolationException", message));
    }
    cx.commit_directory(DirectoryChange::new().put(AttachmentRecord {
        policy_id: input.policy_id.clone(),
        target_id: input.target_id.clone(),
        sequence: cx.directory.next_attachment_sequence(),
    }));
    Ok(Nothing {})
}

/// Detaches a policy. The last SCP or RCP of a target stays, as at AWS.
pub(super) async fn detach_policy(cx: &Context<'_>, call: Authorized<AttachInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let policy = find(cx, &input.policy_id)?;
    require_target(cx, &input.target_id)?;
    let organization = organization(cx)?;
    let attached = organization.attachments().any(|a| a.policy_id == input.policy_id && a.target_id == input.target_id);
    if !attached {
        let message = "The policy isn't attached to the specified target in the specified root.";
        return Err(fault("PolicyNotAttachedException", message));
    }
    let kind = policy.record.kind;
    let gate = matches!(kind, PolicyType::ServiceControlPolicy | PolicyType::ResourceControlPolicy);
    if gate && organization.attached(&input.target_id, kind).len() == 1 {
        let message = "You cannot remove the last policy attached to the specified target. You must always have at least one policy attached to each target.";
        return Err(fault("ConstraintViolationException", message));
    }
    cx.commit_directory(DirectoryChange::new().delete(RecordKey {
        kind: RecordKind::Attachment,
        account: None,
        id: format!("{}/{}", input.target_id, input.policy_id),
    }));
    Ok(Nothing {})
}
