use bailiwick_authority::record::{ChannelConfigurationRecord, ConfigurationKind};
use bailiwick_authority::{ChannelType, Platform};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::configuration::{self, Named, ShownChannel, Wanted};
use super::tags::{self, Tag};
use super::{account, invalid_request, paged};
use crate::operation::Nothing;
use crate::{Authorized, Context};

const KIND: ConfigurationKind = ConfigurationKind::MicrosoftTeamsChannel;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TeamsChannelConfiguration {
    channel_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_name: Option<String>,
    team_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_name: Option<String>,
    tenant_id: String,
    #[serde(flatten)]
    channel: ShownChannel,
}

fn shown(cx: &Context<'_>, record: ChannelConfigurationRecord) -> TeamsChannelConfiguration {
    let channel = ShownChannel::of(cx, &record);
    TeamsChannelConfiguration {
        channel_id: record.channel,
        channel_name: record.channel_name,
        team_id: record.workspace,
        team_name: record.workspace_name,
        tenant_id: record.tenant.unwrap_or_default(),
        channel,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfigurationOutput {
    channel_configuration: TeamsChannelConfiguration,
}

/// A channel's id as events name it: AWS takes the colon's code in either case.
fn spelled(channel: &str) -> String {
    channel.replace("%3a", "%3A")
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    channel_id: String,
    channel_name: Option<String>,
    team_id: String,
    team_name: Option<String>,
    tenant_id: String,
    sns_topic_arns: Option<Vec<String>>,
    iam_role_arn: String,
    configuration_name: String,
    logging_level: Option<String>,
    guardrail_policy_arns: Option<Vec<String>>,
    user_authorization_required: Option<bool>,
    tags: Option<Vec<Tag>>,
}

/// Binds a channel of an authorized team to a role, guardrails and topics.
pub(super) async fn create_channel_configuration(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<ConfigurationOutput, Fault> {
    let input = &call.input;
    let mut record = configuration::new(cx, &call, KIND, &input.configuration_name)?;
    let team = account(cx, &call)?.workspace(Platform::MicrosoftTeams, &input.team_id.to_lowercase());
    let in_tenant =
        |tenant: &Option<String>| tenant.as_deref().is_some_and(|tenant| tenant.eq_ignore_ascii_case(&input.tenant_id));
    let Some(team) = team.filter(|team| in_tenant(&team.tenant)) else {
        return Err(invalid_request(format!(
            "Unable to create the configuration because team {} of tenant {} is not authorized with AWS account {}. Authorize it with bailiwick:AuthorizeMicrosoftTeam.",
            input.team_id,
            input.tenant_id,
            call.account()
        )));
    };
    record.workspace.clone_from(&team.id);
    record.workspace_name = input.team_name.clone().or_else(|| Some(team.name.clone()));
    record.tenant.clone_from(&team.tenant);
    record.channel = spelled(&input.channel_id);
    record.channel_name.clone_from(&input.channel_name);
    // AWS's app cannot be added to private channels of Teams.
    record.channel_type = ChannelType::Public;
    record.tags = tags::first(cx, input.tags.as_deref())?;
    configuration::unbound(cx, &call, &record)?;
    let wanted = Wanted {
        iam_role_arn: Some(&input.iam_role_arn),
        sns_topic_arns: input.sns_topic_arns.as_ref(),
        guardrail_policy_arns: input.guardrail_policy_arns.as_ref(),
        logging_level: input.logging_level.as_ref(),
        user_authorization_required: input.user_authorization_required,
    };
    let record = configuration::put(cx, &call, record, wanted).await?;
    Ok(ConfigurationOutput { channel_configuration: shown(cx, record) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    chat_configuration_arn: String,
    channel_id: String,
    channel_name: Option<String>,
    sns_topic_arns: Option<Vec<String>>,
    iam_role_arn: Option<String>,
    logging_level: Option<String>,
    guardrail_policy_arns: Option<Vec<String>>,
    user_authorization_required: Option<bool>,
}

/// Changes what is named; the rest stays. Another channel id points the configuration at that channel.
pub(super) async fn update_channel_configuration(
    cx: &Context<'_>,
    call: Authorized<UpdateInput>,
) -> Result<ConfigurationOutput, Fault> {
    let input = &call.input;
    let mut record = configuration::find(cx, &call, KIND, &input.chat_configuration_arn)?;
    if record.channel != spelled(&input.channel_id) {
        record.channel = spelled(&input.channel_id);
        record.channel_name = None;
        configuration::unbound(cx, &call, &record)?;
    }
    if input.channel_name.is_some() {
        record.channel_name.clone_from(&input.channel_name);
    }
    let wanted = Wanted {
        iam_role_arn: input.iam_role_arn.as_ref(),
        sns_topic_arns: input.sns_topic_arns.as_ref(),
        guardrail_policy_arns: input.guardrail_policy_arns.as_ref(),
        logging_level: input.logging_level.as_ref(),
        user_authorization_required: input.user_authorization_required,
    };
    let record = configuration::put(cx, &call, record, wanted).await?;
    Ok(ConfigurationOutput { channel_configuration: shown(cx, record) })
}

/// Unbinds a channel.
pub(super) async fn delete_channel_configuration(cx: &Context<'_>, call: Authorized<Named>) -> Result<Nothing, Fault> {
    configuration::unbind(cx, &call, KIND).await
}

/// One configuration.
pub(super) async fn get_channel_configuration(
    cx: &Context<'_>,
    call: Authorized<Named>,
) -> Result<ConfigurationOutput, Fault> {
    let record = configuration::find(cx, &call, KIND, &call.input.chat_configuration_arn)?;
    Ok(ConfigurationOutput { channel_configuration: shown(cx, record) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    max_results: Option<usize>,
    next_token: Option<String>,
    team_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    team_channel_configurations: Vec<TeamsChannelConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The configurations of the account, of all teams or of one.
pub(super) async fn list_channel_configurations(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<ListOutput, Fault> {
    let input = &call.input;
    let mut records = configuration::of_kind(cx, &call, KIND, None)?;
    if let Some(team) = &input.team_id {
        records.retain(|record| record.workspace.eq_ignore_ascii_case(team));
    }
    let (records, next_token) =
        paged(cx, &call, records, |record| record.arn.clone(), input.next_token.as_deref(), input.max_results)?;
    let shown = records.into_iter().map(|record| shown(cx, record)).collect();
    Ok(ListOutput { team_channel_configurations: shown, next_token })
}
