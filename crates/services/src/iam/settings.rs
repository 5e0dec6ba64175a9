//! What an account sets for all its users: the password policy, and the tokens of STS's global endpoint.

use bailiwick_authority::record::{GlobalEndpointTokenVersion, IamSettingsRecord, PasswordPolicy};
use bailiwick_authority::{Account, DirectoryChange};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{account, no_such_entity, validation};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// The shortest passwords of a policy that does not say. Source: the IAM API reference, UpdateAccountPasswordPolicy.
const MINIMUM_LENGTH: u32 = 6;

fn settings(account: &Account) -> IamSettingsRecord {
    account.iam_settings().cloned().unwrap_or_else(|| IamSettingsRecord::new(account.id()))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyInput {
    minimum_password_length: Option<u32>,
    #[serde(default)]
    require_symbols: bool,
    #[serde(default)]
    require_numbers: bool,
    #[serde(default)]
    require_uppercase_characters: bool,
    #[serde(default)]
    require_lowercase_characters: bool,
    #[serde(default)]
    allow_users_to_change_password: bool,
    max_password_age: Option<u32>,
    password_reuse_prevention: Option<u32>,
    hard_expiry: Option<bool>,
}

/// Replaces the password policy as a whole: what is left out goes back to its default.
pub(super) async fn update_account_password_policy(
    cx: &Context<'_>,
    call: Authorized<PolicyInput>,
) -> Result<Nothing, Fault> {
    let input = &call.input;
    let mut record = settings(account(cx, &call)?);
    record.password_policy = Some(PasswordPolicy {
        minimum_length: input.minimum_password_length.unwrap_or(MINIMUM_LENGTH),
        require_symbols: input.require_symbols,
        require_numbers: input.require_numbers,
        require_uppercase: input.require_uppercase_characters,
        require_lowercase: input.require_lowercase_characters,
        allow_users_to_change: input.allow_users_to_change_password,
        max_age_days: input.max_password_age,
        reuse_prevention: input.password_reuse_prevention,
        hard_expiry: input.hard_expiry,
    });
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

fn absent(call: &Authorized<NoInput>) -> Fault {
    no_such_entity(format!("The Password Policy with domain name {} cannot be found.", call.account()))
}

#[derive(Debug, Deserialize)]
pub(super) struct NoInput {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyOutput {
    password_policy: ShownPolicy,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownPolicy {
    minimum_password_length: u32,
    require_symbols: bool,
    require_numbers: bool,
    require_uppercase_characters: bool,
    require_lowercase_characters: bool,
    allow_users_to_change_password: bool,
    expire_passwords: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_password_age: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_reuse_prevention: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hard_expiry: Option<bool>,
}

/// The password policy that the account has set.
pub(super) async fn get_account_password_policy(
    cx: &Context<'_>,
    call: Authorized<NoInput>,
) -> Result<PolicyOutput, Fault> {
    let policy = account(cx, &call)?.iam_settings().and_then(|settings| settings.password_policy.as_ref());
    let policy = policy.ok_or_else(|| absent(&call))?;
    Ok(PolicyOutput {
        password_policy: ShownPolicy {
            minimum_password_length: policy.minimum_length,
            require_symbols: policy.require_symbols,
            require_numbers: policy.require_numbers,
            require_uppercase_characters: policy.require_uppercase,
            require_lowercase_characters: policy.require_lowercase,
            allow_users_to_change_password: policy.allow_users_to_change,
            expire_passwords: policy.max_age_days.is_some(),
            max_password_age: policy.max_age_days,
            password_reuse_prevention: policy.reuse_prevention,
            hard_expiry: policy.hard_expiry,
        },
    })
}

/// Goes back to AWS's default policy.
pub(super) async fn delete_account_password_policy(
    cx: &Context<'_>,
    call: Authorized<NoInput>,
) -> Result<Nothing, Fault> {
    let mut record = settings(account(cx, &call)?);
    if record.password_policy.take().is_none() {
        return Err(no_such_entity("The account policy with name PasswordPolicy cannot be found."));
    }
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PreferencesInput {
    global_endpoint_token_version: String,
}

/// Chooses the version of tokens that STS's global endpoint issues for the account.
pub(super) async fn set_security_token_service_preferences(
    cx: &Context<'_>,
    call: Authorized<PreferencesInput>,
) -> Result<Nothing, Fault> {
    let mut record = settings(account(cx, &call)?);
    record.global_endpoint_token_version = match call.input.global_endpoint_token_version.as_str() {
        "v1Token" => GlobalEndpointTokenVersion::V1,
        "v2Token" => GlobalEndpointTokenVersion::V2,
        other => return Err(validation(format!("GlobalEndpointTokenVersion {other} is not offered."))),
    };
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}
