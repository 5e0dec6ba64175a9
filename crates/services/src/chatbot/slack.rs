use bailiwick_authority::record::{ChannelConfigurationRecord, ConfigurationKind};
use bailiwick_authority::{ChannelType, Platform};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::configuration::{self, Described, Named, ShownChannel, Wanted};
use super::tags::{self, Tag};
use super::{account, invalid_request};
use crate::operation::Nothing;
use crate::{Authorized, Context};

const KIND: ConfigurationKind = ConfigurationKind::SlackChannel;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SlackChannelConfiguration {
    slack_team_name: String,
    slack_team_id: String,
    slack_channel_id: String,
    slack_channel_name: String,
    #[serde(flatten)]
    channel: ShownChannel,
}

fn shown(cx: &Context<'_>, record: ChannelConfigurationRecord) -> SlackChannelConfiguration {
    let known = cx.directory.account(record.account).and_then(|of| of.workspace(Platform::Slack, &record.workspace));
    let name = known.map(|workspace| workspace.name.clone()).or_else(|| record.workspace_name.clone());
    let channel = ShownChannel::of(cx, &record);
    SlackChannelConfiguration {
        slack_team_name: name.unwrap_or_else(|| record.workspace.clone()),
        slack_team_id: record.workspace,
        slack_channel_name: record.channel_name.unwrap_or_else(|| record.channel.clone()),
        slack_channel_id: record.channel,
        channel,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfigurationOutput {
    channel_configuration: SlackChannelConfiguration,
}

/// What a Slack channel's id says of it, until Slack itself is asked: groups are private, the rest may be seen by everybody.
fn channel_type(id: &str) -> ChannelType {
    match id.as_bytes().first() {
        Some(b'D') => ChannelType::Direct,
        Some(b'G') => ChannelType::Private,
        _ => ChannelType::Public,
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    slack_team_id: String,
    slack_channel_id: String,
    slack_channel_name: Option<String>,
    sns_topic_arns: Option<Vec<String>>,
    iam_role_arn: String,
    configuration_name: String,
    logging_level: Option<String>,
    guardrail_policy_arns: Option<Vec<String>>,
    user_authorization_required: Option<bool>,
    tags: Option<Vec<Tag>>,
}

/// Binds a channel of an authorized workspace to a role, guardrails and topics.
pub(super) async fn create_slack_channel_configuration(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<ConfigurationOutput, Fault> {
    let input = &call.input;
    let mut record = configuration::new(cx, &call, KIND, &input.configuration_name)?;
    let Some(workspace) = account(cx, &call)?.workspace(Platform::Slack, &input.slack_team_id) else {
        return Err(invalid_request(format!(
            "Unable to create the configuration because Slack workspace {} is not authorized with AWS account {}. Authorize it with bailiwick:AuthorizeSlackWorkspace.",
            input.slack_team_id,
            call.account()
        )));
    };
    record.workspace.clone_from(&workspace.id);
    record.workspace_name = Some(workspace.name.clone());
    record.channel.clone_from(&input.slack_channel_id);
    record.channel_name.clone_from(&input.slack_channel_name);
    record.channel_type = channel_type(&record.channel);
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
    slack_channel_id: String,
    slack_channel_name: Option<String>,
    sns_topic_arns: Option<Vec<String>>,
    iam_role_arn: Option<String>,
    logging_level: Option<String>,
    guardrail_policy_arns: Option<Vec<String>>,
    user_authorization_required: Option<bool>,
}

/// Changes what is named; the rest stays. Another channel id points the configuration at that channel.
pub(super) async fn update_slack_channel_configuration(
    cx: &Context<'_>,
    call: Authorized<UpdateInput>,
) -> Result<ConfigurationOutput, Fault> {
    let input = &call.input;
    let mut record = configuration::find(cx, &call, KIND, &input.chat_configuration_arn)?;
    if record.channel != input.slack_channel_id {
        record.channel.clone_from(&input.slack_channel_id);
        record.channel_type = channel_type(&record.channel);
        record.channel_name = None;
        configuration::unbound(cx, &call, &record)?;
    }
    if input.slack_channel_name.is_some() {
        record.channel_name.clone_from(&input.slack_channel_name);
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
pub(super) async fn delete_slack_channel_configuration(
    cx: &Context<'_>,
    call: Authorized<Named>,
) -> Result<Nothing, Fault> {
    configuration::unbind(cx, &call, KIND).await
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeOutput {
    slack_channel_configurations: Vec<SlackChannelConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The configurations of the account, all or one; none when there is no such configuration.
pub(super) async fn describe_slack_channel_configurations(
    cx: &Context<'_>,
    call: Authorized<Described>,
) -> Result<DescribeOutput, Fault> {
    let (records, next_token) = configuration::described(cx, &call, KIND)?;
    let shown = records.into_iter().map(|record| shown(cx, record)).collect();
    Ok(DescribeOutput { slack_channel_configurations: shown, next_token })
}
