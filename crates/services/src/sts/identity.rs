use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::invalid;
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
pub(super) struct CallerIdentityInput {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CallerIdentity {
    user_id: String,
    account: String,
    arn: String,
}

/// Who the caller is. Needs no permission.
pub(super) async fn get_caller_identity(
    _: &Context<'_>,
    call: Authorized<CallerIdentityInput>,
) -> Result<CallerIdentity, Fault> {
    let CallerIdentityInput {} = call.input;
    let principal = &call.caller().principal;
    Ok(CallerIdentity {
        user_id: principal.user_id(),
        account: call.account().to_string(),
        arn: principal.arn_in(call.partition()),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccessKeyInput {
    access_key_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccessKeyOutput {
    account: String,
}

/// The account an access key belongs to. Temporary keys carry it in their token alone, so that the account of those is
/// known for the caller's own key only.
pub(super) async fn get_access_key_info(
    cx: &Context<'_>,
    call: Authorized<AccessKeyInput>,
) -> Result<AccessKeyOutput, Fault> {
    let asked = &call.input.access_key_id;
    if let Some(account) = cx.directory.access_key_account(asked) {
        return Ok(AccessKeyOutput { account: account.id().to_string() });
    }
    if call.caller().access_key_id.as_ref() == Some(asked) {
        return Ok(AccessKeyOutput { account: call.account().to_string() });
    }
    Err(invalid(format!("{asked} is not a key of this server")))
}
