//! AssumeRoot: short sessions for the root user of a member account, for one of five tasks.
//! Sources: the STS API reference, AssumeRoot; AWS's IAM guide, "Perform a privileged task on an AWS Organizations member
//! account".

use bailiwick_authority::{Principal, Session};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::AccountId;
use serde::{Deserialize, Serialize};

use super::credentials::{self, Credentials};
use super::{access_denied, invalid};
use crate::{Authorized, Context};

/// What stands before the name in the ARN of a task policy.
const TASK_PATH: &str = ":iam::aws:policy/root-task/";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssumeRootInput {
    target_principal: String,
    task_policy_arn: super::session_policy::PolicyArn,
    duration_seconds: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssumeRootOutput {
    credentials: Credentials,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
}

/// The longest privileged session, and how long one lasts that names no duration.
const SECONDS: u32 = 900;
/// The service whose trusted access lets an organization manage the root users of its members.
const IAM_PRINCIPAL: &str = "iam.amazonaws.com";

/// The account whose root user is meant: twelve digits, or the ARN of the root user.
fn target(text: &str) -> Option<AccountId> {
    let digits = match text.strip_prefix("arn:") {
        Some(rest) => rest.split_once(":iam::")?.1.strip_suffix(":root")?,
        None => text,
    };
    AccountId::parse(digits).ok()
}

/// What is checked before the decision is made, in the order AWS was seen to check it.
pub(super) fn check(caller: &bailiwick_authority::Caller, call: &bailiwick_authority::Call) -> Result<(), Fault> {
    if credentials::is_global_host(caller) {
        return Err(Fault::sender("InvalidAction", 400, "Unknown Operation"));
    }
    let duration = call.input.get("DurationSeconds").and_then(bailiwick_aws::Value::as_i64).unwrap_or_default();
    if duration > i64::from(SECONDS) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{duration}' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 900"
        )));
    }
    if target(call.text("TargetPrincipal").unwrap_or_default()).is_none() {
        return Err(invalid("Request must contain a valid target principal"));
    }
    let task = call.input.get("TaskPolicyArn").and_then(|task| task.get("arn")).and_then(bailiwick_aws::Value::as_str);
    if !task.is_some_and(|arn| arn.starts_with("arn:") && arn.contains(TASK_PATH)) {
        return Err(invalid("Request must contain valid AWS managed task policy ARN"));
    }
    Ok(())
}

/// A session of the root user of a member account, bounded by its task policy. The organization must have given IAM trusted
/// access, and only its management account may ask.
pub(super) async fn assume_root(
    cx: &Context<'_>,
    call: Authorized<AssumeRootInput>,
) -> Result<AssumeRootOutput, Fault> {
    let AssumeRootInput { target_principal, task_policy_arn, duration_seconds } = &call.input;
    let caller = call.caller();
    let account = target(target_principal).ok_or_else(|| invalid("Request must contain a valid target principal"))?;
    let organization = cx.directory.organization().filter(|organization| {
        let trusts = organization.record().service_access.iter().any(|(principal, _)| principal == IAM_PRINCIPAL);
        trusts && organization.management_account() == call.account() && account != call.account()
    });
    let member = cx.directory.account(account).is_some_and(|account| account.record().membership.is_some());
    if organization.is_none() || !member {
        let (arn, partition) = (caller.principal.arn_in(call.partition()), call.partition());
        return Err(access_denied(format!(
            "User: {arn} is not authorized to perform: sts:AssumeRoot on resource: arn:{partition}:iam::{account}:root"
        )));
    }
    let task = task_policy_arn.arn.clone().unwrap_or_default();
    if !cx.is_aws_managed_policy(&task)? {
        return Err(invalid("Request must contain valid AWS managed task policy ARN"));
    }
    credentials::issues_here(cx, account, call.region())?;
    let duration = match duration_seconds {
        None | Some(0) => SECONDS,
        Some(seconds) => *seconds,
    };
    let source_identity = caller.session.as_ref().and_then(|session| session.source_identity.clone());
    let session = Session {
        policy_arns: vec![task],
        source_identity: source_identity.clone(),
        issued_at: cx.now,
        expires_at: cx.now.plus_seconds(i64::from(duration)),
        assumed_root: true,
        ..Session::default()
    };
    let issued = cx.issue(&Principal::Root { account }, &session)?;
    Ok(AssumeRootOutput { credentials: issued.into(), source_identity })
}
