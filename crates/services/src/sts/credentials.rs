use bailiwick_authority::record::GlobalEndpointTokenVersion;
use bailiwick_authority::{Caller, IssuedCredentials};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Region, Timestamp};
use serde::Serialize;

use crate::Context;

/// Temporary credentials on the wire. The only place where a secret leaves: to whom it was issued.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: Timestamp,
}

impl From<IssuedCredentials> for Credentials {
    fn from(issued: IssuedCredentials) -> Self {
        Credentials {
            access_key_id: issued.access_key_id,
            secret_access_key: issued.secret_access_key.expose().to_owned(),
            session_token: issued.session_token.expose().to_owned(),
            expiration: issued.expires_at,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssumedRoleUser {
    pub(super) assumed_role_id: String,
    pub(super) arn: String,
}

/// The host of AWS's global STS endpoint.
const GLOBAL_HOST: &str = "sts.amazonaws.com";

/// Refuses where the account whose credentials are asked for has turned STS off in the Region, whoever calls.
/// Source: AWS's IAM guide, "Manage AWS STS in an AWS Region".
pub(super) fn issues_here(cx: &Context<'_>, account: AccountId, region: &Region) -> Result<(), Fault> {
    if cx.regions().sts_is_active(cx.directory, account, region.as_str()) {
        return Ok(());
    }
    let message = format!(
        "STS is not activated in this region for account:{account}. Your account administrator can activate STS in this region using the IAM Console."
    );
    Err(Fault::sender("RegionDisabledException", 403, message))
}

/// Whether credentials issued now are those of version 1, which opt-in Regions do not know: the global endpoint issues
/// them until the account chooses version 2. A request reaches the global endpoint by its host name; under any other name
/// than AWS's the Region `us-east-1` stands for it, once the account has chosen version 1.
/// Source: AWS's IAM guide, "Manage AWS STS in an AWS Region", "Managing global endpoint session tokens".
pub(super) fn is_version_1(cx: &Context<'_>, account: AccountId, caller: &Caller, region: &Region) -> bool {
    let settings = cx.directory.account(account).and_then(|account| account.iam_settings());
    let chosen = settings.map(|settings| settings.global_endpoint_token_version);
    let host = caller.host.as_deref().unwrap_or_default();
    if host.eq_ignore_ascii_case(GLOBAL_HOST) {
        return chosen.unwrap_or_default() == GlobalEndpointTokenVersion::V1;
    }
    let nameless = !host.to_ascii_lowercase().ends_with(".amazonaws.com");
    nameless && *region == Region::us_east_1() && chosen == Some(GlobalEndpointTokenVersion::V1)
}

/// Whether a request came to the global endpoint by its name.
pub(super) fn is_global_host(caller: &Caller) -> bool {
    caller.host.as_deref().is_some_and(|host| host.eq_ignore_ascii_case(GLOBAL_HOST))
}
