use bailiwick_authority::{Principal, Session, Tags};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::access_denied;
use super::assume_role::{duration, role, session_of};
use super::credentials::{AssumedRoleUser, Credentials, is_version_1, issues_here};
use super::session_policy::{PolicyArn, Wanted, check};
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WebIdentityInput {
    role_arn: String,
    role_session_name: String,
    #[serde(default)]
    policy_arns: Vec<PolicyArn>,
    policy: Option<String>,
    duration_seconds: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WebIdentityOutput {
    credentials: Credentials,
    subject_from_web_identity_token: String,
    assumed_role_user: AssumedRoleUser,
    packed_policy_size: u32,
    provider: String,
    audience: String,
}

/// A session of a role for somebody an OpenID Connect provider vouches for. The token was verified before the decision, and
/// the caller is what it says.
pub(super) async fn assume_role_with_web_identity(
    cx: &Context<'_>,
    call: Authorized<WebIdentityInput>,
) -> Result<WebIdentityOutput, Fault> {
    let refused = || access_denied("Not authorized to perform sts:AssumeRoleWithWebIdentity");
    let input = &call.input;
    let Principal::WebIdentity(identity) = &call.caller().principal else { return Err(refused()) };
    let role = role(cx, &input.role_arn, refused)?;
    let account = role.record.account;
    issues_here(cx, account, call.region())?;
    let duration = duration(role, input.duration_seconds)?;
    let wanted = Wanted { policy: input.policy.as_ref(), policy_arns: &input.policy_arns, tags: &[] };
    let checked = check(cx, &wanted, &Tags::new())?;
    let (principal, assumed_role_user) = session_of(role, call.partition().as_str(), &input.role_session_name);
    let session = Session {
        policy: input.policy.clone(),
        policy_arns: checked.policy_arns,
        issued_at: cx.now,
        expires_at: cx.now.plus_seconds(duration),
        web_identity: Some(identity.as_ref().clone()),
        default_regions_only: is_version_1(cx, account, call.caller(), call.region()),
        ..Session::default()
    };
    Ok(WebIdentityOutput {
        credentials: cx.issue(&principal, &session)?.into(),
        subject_from_web_identity_token: identity.subject.clone(),
        assumed_role_user,
        packed_policy_size: checked.packed_size,
        provider: identity.provider_arn.clone(),
        audience: identity.audience.clone(),
    })
}
