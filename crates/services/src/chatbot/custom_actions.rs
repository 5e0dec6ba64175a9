use std::collections::BTreeMap;

use bailiwick_authority::record::{CustomActionAttachment, CustomActionCriterion, CustomActionRecord};
use bailiwick_authority::{Account, DirectoryChange, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::tags::{self, Tag};
use super::{MAX_RESOURCES, account, conflict, limit_exceeded, not_found, paged};
use crate::operation::Nothing;
use crate::{Authorized, Context};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    command_text: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attachment {
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    button_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    criteria: Option<Vec<Criterion>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Criterion {
    operator: String,
    variable_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl From<&Attachment> for CustomActionAttachment {
    fn from(given: &Attachment) -> Self {
        let criterion = |given: &Criterion| CustomActionCriterion {
            operator: given.operator.clone(),
            variable_name: given.variable_name.clone(),
            value: given.value.clone(),
        };
        CustomActionAttachment {
            notification_type: given.notification_type.clone(),
            button_text: given.button_text.clone(),
            criteria: given.criteria.iter().flatten().map(criterion).collect(),
            variables: given.variables.clone().unwrap_or_default(),
        }
    }
}

impl From<CustomActionAttachment> for Attachment {
    fn from(kept: CustomActionAttachment) -> Self {
        let CustomActionAttachment { notification_type, button_text, criteria, variables } = kept;
        let shown =
            |CustomActionCriterion { operator, variable_name, value }| Criterion { operator, variable_name, value };
        Attachment {
            notification_type,
            button_text,
            criteria: (!criteria.is_empty()).then(|| criteria.into_iter().map(shown).collect()),
            variables: (!variables.is_empty()).then_some(variables),
        }
    }
}

fn kept(attachments: Option<&Vec<Attachment>>) -> Vec<CustomActionAttachment> {
    attachments.into_iter().flatten().map(Into::into).collect()
}

/// The custom action of an ARN in the call's account.
pub(super) fn find<I>(cx: &Context<'_>, call: &Authorized<I>, arn: &str) -> Result<CustomActionRecord, Fault> {
    let found = account(cx, call)?.custom_action(arn).cloned();
    found.ok_or_else(|| not_found(format!("The custom action {arn} does not exist.")))
}

/// An alias stands for one command.
fn alias_is_free(of: &Account, alias: Option<&String>, own: &str) -> Result<(), Fault> {
    let Some(alias) = alias else { return Ok(()) };
    match of.custom_actions().find(|known| known.alias_name.as_ref() == Some(alias) && known.arn != own) {
        Some(taken) => Err(conflict(format!("The alias {alias} is the one of {} already.", taken.arn))),
        None => Ok(()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    definition: Definition,
    alias_name: Option<String>,
    attachments: Option<Vec<Attachment>>,
    tags: Option<Vec<Tag>>,
    client_token: Option<String>,
    action_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ArnOutput {
    custom_action_arn: String,
}

/// Creates a custom action. The same request with the same token is answered again.
pub(super) async fn create_custom_action(cx: &Context<'_>, call: Authorized<CreateInput>) -> Result<ArnOutput, Fault> {
    let input = &call.input;
    let of = account(cx, &call)?;
    let arn = format!("arn:{}:chatbot::{}:custom-action/{}", call.partition(), of.id(), input.action_name);
    let record = CustomActionRecord {
        account: of.id(),
        arn: arn.clone(),
        name: input.action_name.clone(),
        command_text: input.definition.command_text.clone(),
        alias_name: input.alias_name.clone(),
        attachments: kept(input.attachments.as_ref()),
        configurations: Default::default(),
        tags: tags::first(cx, input.tags.as_deref())?,
        client_token: input.client_token.clone(),
        created_at: cx.now,
    };
    if let Some(known) = of.custom_action(&arn) {
        let again =
            CustomActionRecord { created_at: known.created_at, configurations: known.configurations.clone(), ..record };
        if again.client_token.is_some() && again == *known {
            return Ok(ArnOutput { custom_action_arn: arn });
        }
        return Err(conflict(format!("The custom action {} already exists.", input.action_name)));
    }
    alias_is_free(of, record.alias_name.as_ref(), &arn)?;
    if of.custom_actions().count() >= MAX_RESOURCES {
        return Err(limit_exceeded(format!("An account has at most {MAX_RESOURCES} custom actions.")));
    }
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(ArnOutput { custom_action_arn: arn })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    custom_action_arn: String,
    definition: Definition,
    alias_name: Option<String>,
    attachments: Option<Vec<Attachment>>,
}

/// Changes what is named; the rest stays.
pub(super) async fn update_custom_action(cx: &Context<'_>, call: Authorized<UpdateInput>) -> Result<ArnOutput, Fault> {
    let input = &call.input;
    let mut record = find(cx, &call, &input.custom_action_arn)?;
    alias_is_free(account(cx, &call)?, input.alias_name.as_ref(), &record.arn)?;
    record.command_text.clone_from(&input.definition.command_text);
    if input.alias_name.is_some() {
        record.alias_name.clone_from(&input.alias_name);
    }
    if input.attachments.is_some() {
        record.attachments = kept(input.attachments.as_ref());
    }
    let custom_action_arn = record.arn.clone();
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(ArnOutput { custom_action_arn })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ActionInput {
    custom_action_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CustomAction {
    custom_action_arn: String,
    definition: Definition,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    action_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ActionOutput {
    custom_action: CustomAction,
}

/// One custom action.
pub(super) async fn get_custom_action(cx: &Context<'_>, call: Authorized<ActionInput>) -> Result<ActionOutput, Fault> {
    let record = find(cx, &call, &call.input.custom_action_arn)?;
    Ok(ActionOutput {
        custom_action: CustomAction {
            custom_action_arn: record.arn,
            definition: Definition { command_text: record.command_text },
            alias_name: record.alias_name,
            attachments: record.attachments.into_iter().map(Into::into).collect(),
            action_name: record.name,
        },
    })
}

/// Deletes a custom action; no configuration offers it any more.
pub(super) async fn delete_custom_action(cx: &Context<'_>, call: Authorized<ActionInput>) -> Result<Nothing, Fault> {
    let record = find(cx, &call, &call.input.custom_action_arn)?;
    let key = RecordKey { kind: RecordKind::CustomAction, account: Some(call.account()), id: record.arn };
    cx.commit_directory(DirectoryChange::new().delete(key));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    custom_actions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The ARNs of the account's custom actions.
pub(super) async fn list_custom_actions(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let input = &call.input;
    let arns: Vec<String> = account(cx, &call)?.custom_actions().map(|action| action.arn.clone()).collect();
    let (custom_actions, next_token) =
        paged(cx, &call, arns, String::clone, input.next_token.as_deref(), input.max_results)?;
    Ok(ListOutput { custom_actions, next_token })
}
