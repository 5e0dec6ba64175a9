//! Guardrail policies of many channels at once, and what an account sets for all of them.
//! Source: AWS Chatbot's administrator guide, "Understanding AWS Chatbot permissions", "Protection policy".

use bailiwick_authority::record::{AccountPreferencesRecord, ChannelConfigurationRecord, ConfigurationKind};
use bailiwick_authority::{Account, DirectoryChange};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{invalid, not_found};
use crate::chatbot::configuration::{PROTECTION, guardrails};
use crate::chatbot::preferences;
use crate::{Authorized, Context};

fn account<'a, I>(cx: &Context<'a>, call: &Authorized<I>) -> Result<&'a Account, Fault> {
    let found = cx.directory.account(call.account()).map(AsRef::as_ref);
    found.ok_or_else(|| not_found("The account does not exist."))
}

#[derive(Debug, Deserialize)]
pub(super) struct GetInput {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountGuardrails {
    default_guardrail_policy_arns: Vec<String>,
    minimum_guardrail_policy_arns: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountOutput {
    account_guardrails: AccountGuardrails,
}

impl From<AccountPreferencesRecord> for AccountOutput {
    fn from(record: AccountPreferencesRecord) -> Self {
        AccountOutput {
            account_guardrails: AccountGuardrails {
                default_guardrail_policy_arns: record.default_guardrail_policy_arns,
                minimum_guardrail_policy_arns: record.minimum_guardrail_policy_arns,
            },
        }
    }
}

/// What the account sets for its channels.
pub(super) async fn get_account_guardrails(
    cx: &Context<'_>,
    call: Authorized<GetInput>,
) -> Result<AccountOutput, Fault> {
    let GetInput {} = call.input;
    Ok(preferences::stored(cx, &call).into())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    default_guardrail_policy_arns: Option<Vec<String>>,
    minimum_guardrail_policy_arns: Option<Vec<String>>,
}

/// Sets what is named: the guardrails of channels that name none, and what limits every channel beside its own.
pub(super) async fn update_account_guardrails(
    cx: &Context<'_>,
    call: Authorized<UpdateInput>,
) -> Result<AccountOutput, Fault> {
    let of = account(cx, &call)?;
    let mut record = preferences::stored(cx, &call);
    if let Some(arns) = &call.input.default_guardrail_policy_arns {
        guardrails(cx, of, arns)?;
        record.default_guardrail_policy_arns.clone_from(arns);
    }
    if let Some(arns) = &call.input.minimum_guardrail_policy_arns {
        guardrails(cx, of, arns)?;
        record.minimum_guardrail_policy_arns.clone_from(arns);
    }
    cx.commit_directory(DirectoryChange::new().put(record.clone()));
    Ok(record.into())
}

/// Which configurations a request is about.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Selection {
    #[serde(default)]
    chat_configuration_arns: Vec<String>,
    workspace_id: Option<String>,
    all_configurations: Option<bool>,
}

/// The configurations that are selected, in exactly one of the three ways. A webhook runs nothing and has no guardrails.
fn selected(of: &Account, selection: &Selection) -> Result<Vec<ChannelConfigurationRecord>, Fault> {
    let all = selection.all_configurations == Some(true);
    let ways = [!selection.chat_configuration_arns.is_empty(), selection.workspace_id.is_some(), all];
    if ways.into_iter().filter(|way| *way).count() != 1 {
        return Err(invalid("Name ChatConfigurationArns, or a WorkspaceId, or AllConfigurations: one of them."));
    }
    if let Some(arn) = selection.chat_configuration_arns.iter().find(|arn| of.channel_configuration(arn).is_none()) {
        return Err(not_found(format!("{arn} does not exist.")));
    }
    let wanted = |record: &&std::sync::Arc<ChannelConfigurationRecord>| {
        record.kind != ConfigurationKind::ChimeWebhook
            && (all
                || selection.workspace_id.as_ref().is_some_and(|id| *id == record.workspace)
                || selection.chat_configuration_arns.contains(&record.arn))
    };
    let found: Vec<_> = of.channel_configurations().filter(wanted).map(|record| record.as_ref().clone()).collect();
    match &selection.workspace_id {
        Some(id) if found.is_empty() => Err(not_found(format!("No channel of workspace {id} is configured."))),
        _ => Ok(found),
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangedOutput {
    chat_configuration_arns: Vec<String>,
}

/// Stores the configurations that `change` changes.
fn change_each(
    cx: &Context<'_>,
    records: Vec<ChannelConfigurationRecord>,
    change: impl Fn(&mut ChannelConfigurationRecord),
) -> ChangedOutput {
    let (mut all, mut arns) = (DirectoryChange::new(), Vec::new());
    for record in records {
        let mut changed = record.clone();
        change(&mut changed);
        if changed != record {
            arns.push(changed.arn.clone());
            all = all.put(changed);
        }
    }
    if !arns.is_empty() {
        cx.commit_directory(all);
    }
    ChangedOutput { chat_configuration_arns: arns }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetInput {
    guardrail_policy_arns: Vec<String>,
    #[serde(default)]
    chat_configuration_arns: Vec<String>,
    workspace_id: Option<String>,
    all_configurations: Option<bool>,
}

/// Gives all selected channels these guardrails. Answers with those that changed.
pub(super) async fn set_guardrails(cx: &Context<'_>, call: Authorized<SetInput>) -> Result<ChangedOutput, Fault> {
    let of = account(cx, &call)?;
    let SetInput { guardrail_policy_arns: arns, chat_configuration_arns, workspace_id, all_configurations } =
        &call.input;
    let selection = Selection {
        chat_configuration_arns: chat_configuration_arns.clone(),
        workspace_id: workspace_id.clone(),
        all_configurations: *all_configurations,
    };
    if arns.is_empty() {
        return Err(invalid("Name at least one guardrail policy; AdministratorAccess is the one that limits nothing."));
    }
    guardrails(cx, of, arns)?;
    let records = selected(of, &selection)?;
    Ok(change_each(cx, records, |record| record.guardrail_policy_arns.clone_from(arns)))
}

/// Takes the protection policy, with the `ReadOnlyAccess` that goes with it, off all selected channels. A channel that has no
/// other guardrail is then limited by its roles alone, and says so: `AdministratorAccess` is named in its place.
pub(super) async fn detach_protection_policy(
    cx: &Context<'_>,
    call: Authorized<Selection>,
) -> Result<ChangedOutput, Fault> {
    let of = account(cx, &call)?;
    let partition = call.partition();
    let own = format!("arn:{partition}:iam::{}:policy/{PROTECTION}", of.id());
    let read_only = format!("arn:{partition}:iam::aws:policy/ReadOnlyAccess");
    let everything = format!("arn:{partition}:iam::aws:policy/AdministratorAccess");
    let records = selected(of, &call.input)?;
    Ok(change_each(cx, records, |record| {
        let arns = &mut record.guardrail_policy_arns;
        // A room without guardrails is held by the protection policy, too.
        if arns.is_empty() || arns.contains(&own) {
            arns.retain(|arn| *arn != own && *arn != read_only);
            if arns.is_empty() {
                arns.push(everything.clone());
            }
        }
    }))
}
