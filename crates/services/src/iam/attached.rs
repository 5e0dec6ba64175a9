//! Managed policies attached to users, groups and roles.

use bailiwick_authority::DirectoryChange;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use serde::{Deserialize, Serialize};

use super::holder::{Holder, find};
use super::{Paging, account, listed, no_such_entity, quota, under};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// Managed policies of one user, group or role. Source: AWS's IAM guide, "IAM and STS quotas".
const MAX_ATTACHED: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachInput {
    #[serde(rename = "UserName", alias = "GroupName", alias = "RoleName")]
    name: String,
    policy_arn: String,
}

/// The ARN of a policy that may be attached in the call's account, as it is stored: one of the account or one of AWS's.
pub(super) fn attachable<I>(cx: &Context<'_>, call: &Authorized<I>, arn: &str) -> Result<String, Fault> {
    let absent = || no_such_entity(format!("Policy {arn} does not exist or is not attachable."));
    if let Some(policy) = account(cx, call)?.managed_policy(arn) {
        return Ok(policy.arn.clone());
    }
    let parsed = Arn::parse(arn).map_err(|_| Fault::sender("InvalidInput", 400, format!("ARN {arn} is not valid.")))?;
    let aws = parsed.account() == "aws" && parsed.partition() == call.partition().as_str();
    if !aws || parsed.resource().starts_with("policy/aws-service-role/") || !cx.is_aws_managed_policy(arn)? {
        return Err(absent());
    }
    Ok(arn.to_owned())
}

/// Attaches a managed policy; attaching it again changes nothing.
pub(super) async fn attach<H: Holder>(cx: &Context<'_>, call: Authorized<AttachInput>) -> Result<Nothing, Fault> {
    let mut holder = find::<H>(account(cx, &call)?, &call.input.name)?.clone();
    holder.changeable()?;
    let arn = attachable(cx, &call, &call.input.policy_arn)?;
    if holder.policies().managed.contains(&arn) {
        return Ok(Nothing {});
    }
    if holder.policies().managed.len() >= MAX_ATTACHED {
        return Err(quota(H::ATTACHED_QUOTA, MAX_ATTACHED));
    }
    holder.policies_mut().managed.push(arn);
    cx.commit_directory(DirectoryChange::new().put(holder));
    Ok(Nothing {})
}

/// Detaches a managed policy.
pub(super) async fn detach<H: Holder>(cx: &Context<'_>, call: Authorized<AttachInput>) -> Result<Nothing, Fault> {
    let mut holder = find::<H>(account(cx, &call)?, &call.input.name)?.clone();
    holder.changeable()?;
    let arn = &call.input.policy_arn;
    let before = holder.policies().managed.len();
    holder.policies_mut().managed.retain(|attached| !attached.eq_ignore_ascii_case(arn));
    if holder.policies().managed.len() == before {
        return Err(no_such_entity(format!("Policy {arn} was not found.")));
    }
    cx.commit_directory(DirectoryChange::new().put(holder));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    #[serde(rename = "UserName", alias = "GroupName", alias = "RoleName")]
    name: String,
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

super::paging::paged!(ListInput);

/// An attached policy as IAM shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachedPolicy {
    policy_name: String,
    policy_arn: String,
}

/// Path and name in a policy's ARN.
pub(super) fn path_and_name(arn: &str) -> (&str, &str) {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let place = resource.strip_prefix("policy").unwrap_or(resource);
    place.rfind('/').map_or(("/", place), |slash| place.split_at(slash + 1))
}

pub(super) fn shown(arn: &str) -> AttachedPolicy {
    AttachedPolicy { policy_name: path_and_name(arn).1.to_owned(), policy_arn: arn.to_owned() }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    attached_policies: Vec<AttachedPolicy>,
    #[serde(flatten)]
    paging: Paging,
}

/// The attached managed policies.
pub(super) async fn list<H: Holder>(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let holder = find::<H>(account(cx, &call)?, &call.input.name)?;
    let prefix = call.input.path_prefix.as_ref();
    let attached = holder.policies().managed.iter().filter(|arn| under(path_and_name(arn).0, prefix));
    let attached = attached.map(|arn| shown(arn)).collect();
    let scope = format!("attached {} {}", H::KIND, holder.name());
    let key = |policy: &AttachedPolicy| policy.policy_arn.clone();
    let (attached_policies, paging) = listed(cx, &call, &scope, attached, key)?;
    Ok(ListOutput { attached_policies, paging })
}
