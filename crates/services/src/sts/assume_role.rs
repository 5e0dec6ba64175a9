use std::sync::Arc;

use bailiwick_authority::{Principal, Role, Session};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::credentials::{AssumedRoleUser, Credentials, is_version_1, issues_here};
use super::session_policy::{PolicyArn, Tag, Wanted, check, inherited, transitive};
use super::{access_denied, invalid, proof};
use crate::{Authorized, Context};

/// The longest session of a role that was assumed by another role's session. Source: AWS's IAM guide, "Role chaining".
const CHAINED_SECONDS: u32 = 3_600;
/// How long a session lasts that names no duration.
pub(super) const DEFAULT_SECONDS: u32 = 3_600;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssumeRoleInput {
    role_arn: String,
    role_session_name: String,
    #[serde(default)]
    policy_arns: Vec<PolicyArn>,
    policy: Option<String>,
    duration_seconds: Option<u32>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    transitive_tag_keys: Vec<String>,
    source_identity: Option<String>,
    serial_number: Option<String>,
    token_code: Option<String>,
    #[serde(default)]
    provided_contexts: Vec<ProvidedContext>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProvidedContext {
    provider_arn: Option<String>,
    context_assertion: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssumeRoleOutput {
    credentials: Credentials,
    assumed_role_user: AssumedRoleUser,
    packed_policy_size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
}

/// The role, which the decision was about. One that went in between is refused in the words of the decision.
pub(super) fn role<'a>(
    cx: &'a Context<'_>,
    arn: &str,
    refused: impl FnOnce() -> Fault,
) -> Result<&'a Arc<Role>, Fault> {
    cx.directory.role(arn).ok_or_else(refused)
}

/// The duration of a session of a role.
pub(super) fn duration(role: &Role, asked: Option<u32>) -> Result<i64, Fault> {
    let duration = asked.unwrap_or(DEFAULT_SECONDS);
    if duration > role.record.max_session_duration {
        return Err(invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
    }
    Ok(i64::from(duration))
}

/// The principal of a session of a role, and how STS answers it.
pub(super) fn session_of(role: &Role, partition: &str, session_name: &str) -> (Principal, AssumedRoleUser) {
    let account = role.record.account;
    let arn = format!("arn:{partition}:sts::{account}:assumed-role/{}/{session_name}", role.record.name);
    let principal = Principal::RoleSession {
        account,
        role_arn: role.arn.clone(),
        role_id: role.record.id.clone(),
        session_name: session_name.to_owned(),
        session_arn: arn.clone(),
    };
    (principal, AssumedRoleUser { assumed_role_id: format!("{}:{session_name}", role.record.id), arn })
}

/// A session of a role.
pub(super) async fn assume_role(
    cx: &Context<'_>,
    call: Authorized<AssumeRoleInput>,
) -> Result<AssumeRoleOutput, Fault> {
    let input = &call.input;
    let caller = call.caller();
    if input.provided_contexts.iter().any(|given| given.provider_arn.is_some() || given.context_assertion.is_some()) {
        return Err(invalid("ProvidedContexts are not offered; leave them out"));
    }
    let role = role(cx, &input.role_arn, || {
        let arn = caller.principal.arn_in(call.partition());
        access_denied(format!(
            "User: {arn} is not authorized to perform: sts:AssumeRole on resource: {}",
            input.role_arn
        ))
    })?;
    let account = role.record.account;
    issues_here(cx, account, call.region())?;
    let chained = matches!(caller.principal, Principal::RoleSession { .. });
    let before = caller.session.as_ref().filter(|_| chained);
    if chained && input.duration_seconds.is_some_and(|duration| duration > CHAINED_SECONDS) {
        return Err(invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    let duration = duration(role, input.duration_seconds)?;
    let wanted = Wanted { policy: input.policy.as_ref(), policy_arns: &input.policy_arns, tags: &input.tags };
    let inherited = inherited(before, &input.tags)?;
    let mut checked = check(cx, &wanted, &inherited)?;
    let mut transitive = transitive(&input.transitive_tag_keys, &checked.tags)?;
    transitive.extend(inherited.keys().cloned());
    checked.tags.extend(inherited);
    let kept = before.and_then(|before| before.source_identity.clone());
    let source_identity = match (kept, &input.source_identity) {
        // Once set, the source identity stays along the chain.
        (Some(kept), Some(asked)) if kept != *asked => {
            return Err(access_denied("SourceIdentity cannot be changed along a chain of roles."));
        }
        (Some(kept), _) => Some(kept),
        (None, asked) => asked.clone(),
    };
    proof::use_code(cx, caller, input.serial_number.as_deref(), input.token_code.as_deref()).await?;
    let (principal, assumed_role_user) = session_of(role, call.partition().as_str(), &input.role_session_name);
    let session = Session {
        policy: input.policy.clone(),
        policy_arns: checked.policy_arns,
        tags: checked.tags,
        transitive_tag_keys: transitive,
        source_identity: source_identity.clone(),
        issued_at: cx.now,
        expires_at: cx.now.plus_seconds(duration),
        mfa_at: caller.mfa_at,
        chained,
        default_regions_only: is_version_1(cx, account, caller, call.region()),
        ..Session::default()
    };
    Ok(AssumeRoleOutput {
        credentials: cx.issue(&principal, &session)?.into(),
        assumed_role_user,
        packed_policy_size: checked.packed_size,
        source_identity,
    })
}
