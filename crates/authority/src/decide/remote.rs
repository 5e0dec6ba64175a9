//! What is different about accounts that are elsewhere: their copies must not be too old, what is left to them is said, and
//! their calls are made in a session that the guardrails bound.

use bailiwick_policy::PolicyType;

use super::{Grounds, Steps, layers};
use crate::{
    authority::configuration,
    call::Call,
    caller::{Caller, Principal},
    origin::Origin,
    permit::SessionPlan,
    record::{ChannelConfigurationRecord, MirroredOrganization},
    remote::{Bounds, bounds},
    ruling::StepState,
};

/// The session tag that differs from message to message.
const MESSAGE_TAG: &str = "bailiwick:message";
/// How long a session lasts, in seconds: the shortest that STS gives.
const SESSION_SECONDS: u32 = 900;

/// Whether the caller acts with a role of the account's copy.
fn acts_with_a_copy(grounds: &Grounds<'_>, caller: &Caller) -> bool {
    let Principal::RoleSession { account, role_arn, role_id, .. } = &caller.principal else { return false };
    let account = grounds.directory.account(*account);
    account.and_then(|account| account.acting_role(role_arn, role_id)).is_some_and(|acting| acting.mirrored)
}

/// Why nothing can be decided from the copy now. A copy that the configuration does not ask for is not used at all.
pub(super) fn stale(grounds: &Grounds<'_>, caller: &Caller, call: &Call) -> Option<String> {
    if !acts_with_a_copy(grounds, caller) {
        return None;
    }
    if !grounds.remotes.mirrors(call.account) {
        return Some(format!("account {} has no `sync_role` in the configuration any more", call.account));
    }
    let account = grounds.directory.account(call.account)?;
    grounds.remotes.stale(account, grounds.now)
}

/// Says which layers are copies, how old they are, and which are left to the account.
pub(super) fn tell(grounds: &Grounds<'_>, steps: &mut Steps, caller: &Caller, call: &Call) {
    let Some(mirror) = grounds.remotes.mirror(grounds.directory, call.account) else { return };
    if !acts_with_a_copy(grounds, caller) {
        return;
    }
    let copy = format!("a copy, {} old", mirror.age(grounds.now));
    match &mirror.record.organization {
        MirroredOrganization::NotReadable { why } => {
            let own = layers::bound_here(grounds, call.account, PolicyType::ServiceControl);
            let left = format!("left to the account's own organization, which could not be read: {why}");
            match own {
                true => steps.remark(3, &left),
                false => steps.set(3, StepState::NotDecidedHere, &left),
            }
        }
        MirroredOrganization::Levels { .. } => steps.remark(3, &copy),
        MirroredOrganization::NotInUse => {}
    }
    steps.remark(4, &copy);
    steps.remark(5, &copy);
    if grounds.remotes.leaves(call.account, &call.service) {
        steps.set(8, StepState::NotDecidedHere, "left to the account: the policies of its resources are not read");
    }
}

/// The session that a call to another account's endpoint would be made with; none where the caller is no role's session.
///
/// # Errors
/// The guardrails cannot bound it.
pub(super) fn plan(
    grounds: &Grounds<'_>,
    caller: &Caller,
    origin: &Origin,
    call: &Call,
) -> Result<Option<SessionPlan>, String> {
    let Principal::RoleSession { role_arn, session_name, .. } = &caller.principal else { return Ok(None) };
    let Some(session) = caller.session.as_ref() else { return Ok(None) };
    let channel = origin.chat().and_then(|chat| configuration(grounds.directory, chat, call.account));
    let Bounds { policy_arns, policy } = match channel {
        // Where no session is assumed, nobody looks at its bounds.
        Some(channel) if !grounds.remotes.assumes(call.account) => {
            Bounds { policy_arns: channel.guardrail_policy_arns.clone(), policy: session.policy.clone() }
        }
        Some(channel) => channel_bounds(grounds, channel, call)?,
        None => Bounds { policy_arns: session.policy_arns.clone(), policy: session.policy.clone() },
    };
    Ok(Some(SessionPlan {
        role_arn: role_arn.clone(),
        session_name: session_name.clone(),
        source_identity: session.source_identity.clone(),
        // Each message would have a session of its own; which message it was is in our trail.
        tags: session.tags.iter().filter(|(key, _)| *key != MESSAGE_TAG).map(|(k, v)| (k.clone(), v.clone())).collect(),
        policy_arns,
        policy,
        duration_seconds: SESSION_SECONDS,
    }))
}

fn channel_bounds(grounds: &Grounds<'_>, channel: &ChannelConfigurationRecord, call: &Call) -> Result<Bounds, String> {
    let guardrails = layers::named_guardrails(grounds, channel)?;
    let least = layers::named_minimum(grounds, call.account);
    let account = grounds.directory.account(call.account).filter(|_| grounds.remotes.mirrors(call.account));
    // A policy of ours under the same name is the one that was decided with.
    let known =
        |arn: &str| account.is_some_and(|of| of.managed_policy(arn).is_none() && of.mirrored_policy(arn).is_some());
    bounds(&guardrails, &least, known)
}
