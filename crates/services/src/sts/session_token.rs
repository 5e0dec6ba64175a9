use bailiwick_authority::{Principal, Session};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::credentials::{Credentials, is_version_1, issues_here};
use super::{access_denied, proof};
use crate::{Authorized, Context};

/// How long a session lasts that names no duration.
pub(super) const DEFAULT_SECONDS: u32 = 43_200;
/// The longest session of the root user. A longer one that is asked for is shortened.
pub(super) const ROOT_SECONDS: u32 = 3_600;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SessionTokenInput {
    duration_seconds: Option<u32>,
    serial_number: Option<String>,
    token_code: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SessionTokenOutput {
    credentials: Credentials,
}

/// Temporary credentials of an IAM user or the root user.
pub(super) async fn get_session_token(
    cx: &Context<'_>,
    call: Authorized<SessionTokenInput>,
) -> Result<SessionTokenOutput, Fault> {
    let (input, caller) = (&call.input, call.caller());
    let longest = match (&caller.principal, &caller.session) {
        (Principal::Root { .. }, None) => ROOT_SECONDS,
        (Principal::User { .. }, None) => u32::MAX,
        _ => return Err(access_denied("Cannot call GetSessionToken with session credentials")),
    };
    issues_here(cx, call.account(), call.region())?;
    proof::use_code(cx, caller, input.serial_number.as_deref(), input.token_code.as_deref()).await?;
    let duration = input.duration_seconds.unwrap_or(DEFAULT_SECONDS).min(longest);
    let session = Session {
        issued_at: cx.now,
        expires_at: cx.now.plus_seconds(i64::from(duration)),
        mfa_at: caller.mfa_at,
        default_regions_only: is_version_1(cx, call.account(), caller, call.region()),
        ..Session::default()
    };
    Ok(SessionTokenOutput { credentials: cx.issue(&caller.principal, &session)?.into() })
}
