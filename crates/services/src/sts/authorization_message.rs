//! Encoded authorization messages: why a call was refused, sealed, for whoever may decode it.
//! Source: the STS API reference, DecodeAuthorizationMessage.

use bailiwick_authority::Ruling;
use bailiwick_aws::fault::Fault;
use bailiwick_store::vault::{Purpose, Vault};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DecodeInput {
    encoded_message: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DecodeOutput {
    decoded_message: String,
}

/// The message of a refusal, sealed for the account it was given to; `None` where nothing was refused or it cannot be
/// sealed. AWS takes messages of up to 10,240 characters.
pub(crate) fn encoded(vault: &Vault, ruling: &Ruling) -> Option<String> {
    let denial = ruling.denial.as_ref()?;
    let step = ruling.steps.iter().find(|step| step.number == denial.layer);
    let policy = step.and_then(|step| step.policy.clone());
    let failures = json!([{ "layer": denial.layer, "sentence": denial.sentence }]);
    let matched = match (denial.explicit, policy) {
        (true, Some(policy)) => json!([{ "policy": policy, "effect": "DENY" }]),
        _ => json!([]),
    };
    let message = json!({
        "allowed": false,
        "explicitDeny": denial.explicit,
        "matchedStatements": { "items": matched },
        "failures": { "items": failures },
        "context": {
            "principal": { "arn": ruling.principal, "account": ruling.account },
            "action": denial.action,
            "resource": denial.resource,
            "conditions": { "items": [] },
            "decisionId": ruling.id,
            "requestId": ruling.request_id,
        },
    });
    vault.seal_for(Purpose::AuthorizationMessage, ruling.account.as_str(), message.to_string().as_bytes()).ok()
}

/// Opens an encoded authorization message of the caller's account.
pub(super) async fn decode_authorization_message(
    cx: &Context<'_>,
    call: Authorized<DecodeInput>,
) -> Result<DecodeOutput, Fault> {
    let account = call.account();
    let opened = cx.vault.open_for(Purpose::AuthorizationMessage, account.as_str(), &call.input.encoded_message);
    let decoded_message = opened
        .ok()
        .and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())
        .ok_or_else(|| Fault::sender("InvalidAuthorizationMessageException", 400, "Message is not valid"))?;
    Ok(DecodeOutput { decoded_message })
}
