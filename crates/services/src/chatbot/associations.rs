use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::{ConfigurationKind, CustomActionRecord};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{account, configuration, custom_actions, invalid_request, not_found, paged};
use crate::operation::Nothing;
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssociationInput {
    resource: String,
    chat_configuration: String,
}

/// The custom action and the kind of configuration that a request names.
fn named(
    cx: &Context<'_>,
    call: &Authorized<AssociationInput>,
) -> Result<(CustomActionRecord, ConfigurationKind), Fault> {
    let AssociationInput { resource, chat_configuration } = &call.input;
    let configuration = account(cx, call)?.channel_configuration(chat_configuration);
    let kind =
        configuration.ok_or_else(|| not_found(format!("Channel Arn {chat_configuration} does not exist!")))?.kind;
    Ok((custom_actions::find(cx, call, resource)?, kind))
}

/// Offers a custom action in a channel; again is no mistake.
pub(super) async fn associate_to_configuration(
    cx: &Context<'_>,
    call: Authorized<AssociationInput>,
) -> Result<Nothing, Fault> {
    let (mut action, kind) = named(cx, &call)?;
    if kind == ConfigurationKind::ChimeWebhook {
        return Err(invalid_request("A webhook shows notifications only; custom actions need a channel."));
    }
    if action.configurations.insert(call.input.chat_configuration.clone()) {
        cx.commit_directory(DirectoryChange::new().put(action));
    }
    Ok(Nothing {})
}

/// Offers a custom action in a channel no more; again is no mistake.
pub(super) async fn disassociate_from_configuration(
    cx: &Context<'_>,
    call: Authorized<AssociationInput>,
) -> Result<Nothing, Fault> {
    let (mut action, _) = named(cx, &call)?;
    if action.configurations.remove(&call.input.chat_configuration) {
        cx.commit_directory(DirectoryChange::new().put(action));
    }
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    chat_configuration: String,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Association {
    resource: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    associations: Vec<Association>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The custom actions that a configuration offers; none when there is no such configuration.
pub(super) async fn list_associations(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let input = &call.input;
    configuration::well_formed(&input.chat_configuration)?;
    let here = account(cx, &call)?.custom_actions().filter(|of| of.configurations.contains(&input.chat_configuration));
    let arns: Vec<String> = here.map(|action| action.arn.clone()).collect();
    let (arns, next_token) = paged(cx, &call, arns, String::clone, input.next_token.as_deref(), input.max_results)?;
    Ok(ListOutput { associations: arns.into_iter().map(|resource| Association { resource }).collect(), next_token })
}
