use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::AccountPreferencesRecord;
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use crate::{Authorized, Context};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountPreferences {
    user_authorization_required: bool,
    training_data_collection_enabled: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PreferencesOutput {
    account_preferences: AccountPreferences,
}

impl From<AccountPreferencesRecord> for PreferencesOutput {
    fn from(record: AccountPreferencesRecord) -> Self {
        PreferencesOutput {
            account_preferences: AccountPreferences {
                user_authorization_required: record.user_authorization_required,
                training_data_collection_enabled: record.training_data_collection_enabled,
            },
        }
    }
}

/// The account's preferences; everything is off until it is turned on.
pub(crate) fn stored<I>(cx: &Context<'_>, call: &Authorized<I>) -> AccountPreferencesRecord {
    let account = cx.directory.account(call.account());
    account.and_then(|account| account.preferences().cloned()).unwrap_or(AccountPreferencesRecord {
        account: call.account(),
        user_authorization_required: false,
        training_data_collection_enabled: false,
        default_guardrail_policy_arns: Vec::new(),
        minimum_guardrail_policy_arns: Vec::new(),
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct GetInput {}

/// The preferences of the account.
pub(super) async fn get_account_preferences(
    cx: &Context<'_>,
    call: Authorized<GetInput>,
) -> Result<PreferencesOutput, Fault> {
    let GetInput {} = call.input;
    Ok(stored(cx, &call).into())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    user_authorization_required: Option<bool>,
    training_data_collection_enabled: Option<bool>,
}

/// Sets those that are named.
pub(super) async fn update_account_preferences(
    cx: &Context<'_>,
    call: Authorized<UpdateInput>,
) -> Result<PreferencesOutput, Fault> {
    let mut record = stored(cx, &call);
    if let Some(required) = call.input.user_authorization_required {
        record.user_authorization_required = required;
    }
    if let Some(enabled) = call.input.training_data_collection_enabled {
        record.training_data_collection_enabled = enabled;
    }
    cx.commit_directory(DirectoryChange::new().put(record.clone()));
    Ok(record.into())
}
