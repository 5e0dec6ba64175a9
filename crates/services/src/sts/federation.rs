use bailiwick_authority::{Principal, Session, Tags};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::access_denied;
use super::credentials::{Credentials, is_version_1, issues_here};
use super::session_policy::{PolicyArn, Tag, Wanted, check};
use super::session_token::{DEFAULT_SECONDS, ROOT_SECONDS};
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FederationTokenInput {
    name: String,
    policy: Option<String>,
    #[serde(default)]
    policy_arns: Vec<PolicyArn>,
    duration_seconds: Option<u32>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FederationTokenOutput {
    credentials: Credentials,
    federated_user: FederatedUser,
    packed_policy_size: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct FederatedUser {
    federated_user_id: String,
    arn: String,
}

/// Temporary credentials of a federated user: what the IAM user and the session policies both allow.
pub(super) async fn get_federation_token(
    cx: &Context<'_>,
    call: Authorized<FederationTokenInput>,
) -> Result<FederationTokenOutput, Fault> {
    let (input, caller) = (&call.input, call.caller());
    let (user_id, longest) = match (&caller.principal, &caller.session) {
        (Principal::User { id, .. }, None) => (Some(id.clone()), u32::MAX),
        (Principal::Root { .. }, None) => (None, ROOT_SECONDS),
        _ => return Err(access_denied("Cannot call GetFederationToken with session credentials")),
    };
    let account = call.account();
    issues_here(cx, account, call.region())?;
    let wanted = Wanted { policy: input.policy.as_ref(), policy_arns: &input.policy_arns, tags: &input.tags };
    let checked = check(cx, &wanted, &Tags::new())?;
    let duration = input.duration_seconds.unwrap_or(DEFAULT_SECONDS).min(longest);
    let arn = format!("arn:{}:sts::{account}:federated-user/{}", call.partition(), input.name);
    let principal = Principal::Federated { account, arn: arn.clone(), name: input.name.clone(), user_id };
    let session = Session {
        policy: input.policy.clone(),
        policy_arns: checked.policy_arns,
        tags: checked.tags,
        issued_at: cx.now,
        expires_at: cx.now.plus_seconds(i64::from(duration)),
        default_regions_only: is_version_1(cx, account, caller, call.region()),
        ..Session::default()
    };
    Ok(FederationTokenOutput {
        credentials: cx.issue(&principal, &session)?.into(),
        federated_user: FederatedUser { federated_user_id: format!("{account}:{}", input.name), arn },
        packed_policy_size: checked.packed_size,
    })
}
