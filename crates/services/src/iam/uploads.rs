//! Credentials that are uploaded to IAM: SSH keys, passwords of single services. None can be uploaded here, so every user
//! has none; clients that clean up after a user ask for them first.

use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::paging::{OfUserInput, Paging, listed, paged};
use super::users::meant_or_root;
use super::validation;
use crate::{Authorized, Context};

fn none(cx: &Context<'_>, call: &Authorized<OfUserInput>, list: &str) -> Result<Paging, Fault> {
    let user = meant_or_root(cx, call, call.input.user_name.as_ref())?;
    let scope = format!("{list} {}", user.map_or("root", |user| &user.record.id));
    listed(cx, call, &scope, Vec::<String>::new(), String::clone).map(|(_, paging)| paging)
}

#[derive(Debug, Serialize)]
pub(super) struct SshOutput {
    #[serde(rename = "SSHPublicKeys")]
    keys: [(); 0],
    #[serde(flatten)]
    paging: Paging,
}

/// The SSH public keys of a user.
pub(super) async fn list_ssh_public_keys(cx: &Context<'_>, call: Authorized<OfUserInput>) -> Result<SshOutput, Fault> {
    Ok(SshOutput { keys: [], paging: none(cx, &call, "ListSSHPublicKeys")? })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SpecificInput {
    user_name: Option<String>,
    service_name: Option<String>,
    all_users: Option<bool>,
    marker: Option<String>,
    max_items: Option<usize>,
}

paged!(SpecificInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SpecificOutput {
    service_specific_credentials: [(); 0],
    #[serde(flatten)]
    paging: Paging,
}

/// The passwords of a user for single services.
pub(super) async fn list_service_specific_credentials(
    cx: &Context<'_>,
    call: Authorized<SpecificInput>,
) -> Result<SpecificOutput, Fault> {
    let input = &call.input;
    if input.all_users == Some(true) && input.user_name.is_some() {
        return Err(validation("UserName cannot be given together with AllUsers."));
    }
    if input.all_users != Some(true) {
        meant_or_root(cx, &call, input.user_name.as_ref())?;
    }
    let scope = format!("ListServiceSpecificCredentials {}", input.service_name.as_deref().unwrap_or_default());
    let (_, paging) = listed(cx, &call, &scope, Vec::<String>::new(), String::clone)?;
    Ok(SpecificOutput { service_specific_credentials: [], paging })
}
