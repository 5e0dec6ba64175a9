use bailiwick_authority::record::{ChannelConfigurationRecord, ConfigurationKind, RoleMappingRecord};
use bailiwick_authority::{DirectoryChange, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::configuration::of_kind;
use super::{account, not_found, paged};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// What members chose in the configurations of a kind, in the order of configuration and member.
fn chosen<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    kind: ConfigurationKind,
    arn: Option<&str>,
) -> Result<Vec<(ChannelConfigurationRecord, RoleMappingRecord)>, Fault> {
    let of = account(cx, call)?;
    let mut all = Vec::new();
    for configuration in of_kind(cx, call, kind, arn)? {
        let here = of.role_mappings().filter(|mapping| mapping.configuration_arn == configuration.arn);
        all.extend(here.map(|mapping| (configuration.clone(), mapping.clone())));
    }
    Ok(all)
}

fn key((_, mapping): &(ChannelConfigurationRecord, RoleMappingRecord)) -> String {
    format!("{}/{}", mapping.configuration_arn, mapping.member)
}

/// Deletes what a member chose. With `workspace`, only in a configuration of that workspace.
fn delete<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    kind: ConfigurationKind,
    arn: &str,
    workspace: Option<&str>,
    member: &str,
) -> Result<(), Fault> {
    let of = account(cx, call)?;
    let fits = |record: &&std::sync::Arc<ChannelConfigurationRecord>| {
        record.kind == kind && workspace.is_none_or(|workspace| record.workspace == workspace)
    };
    let known = of.channel_configuration(arn).filter(fits).and_then(|_| of.role_mapping(arn, member));
    if known.is_none() {
        return Err(not_found("We were unable to find the resource for your request"));
    }
    cx.commit_directory(DirectoryChange::new().delete(RecordKey {
        kind: RecordKind::RoleMapping,
        account: Some(call.account()),
        id: format!("{arn}/{member}"),
    }));
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    chat_configuration_arn: Option<String>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SlackUserIdentity {
    iam_role_arn: String,
    chat_configuration_arn: String,
    slack_team_id: String,
    slack_user_id: String,
    aws_user_identity: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SlackOutput {
    slack_user_identities: Vec<SlackUserIdentity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The roles that members of Slack channels chose.
pub(super) async fn describe_slack_user_identities(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<SlackOutput, Fault> {
    let input = &call.input;
    let all = chosen(cx, &call, ConfigurationKind::SlackChannel, input.chat_configuration_arn.as_deref())?;
    let (all, next_token) = paged(cx, &call, all, key, input.next_token.as_deref(), input.max_results)?;
    let shown = |(configuration, mapping): (ChannelConfigurationRecord, RoleMappingRecord)| SlackUserIdentity {
        iam_role_arn: mapping.iam_role_arn,
        chat_configuration_arn: mapping.configuration_arn,
        slack_team_id: configuration.workspace,
        slack_user_id: mapping.member,
        aws_user_identity: mapping.aws_user_identity,
    };
    Ok(SlackOutput { slack_user_identities: all.into_iter().map(shown).collect(), next_token })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TeamsUserIdentity {
    iam_role_arn: String,
    chat_configuration_arn: String,
    team_id: String,
    user_id: String,
    aws_user_identity: String,
    teams_channel_id: String,
    teams_tenant_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TeamsOutput {
    teams_user_identities: Vec<TeamsUserIdentity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The roles that members of Teams channels chose.
pub(super) async fn list_teams_user_identities(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<TeamsOutput, Fault> {
    let input = &call.input;
    let all = chosen(cx, &call, ConfigurationKind::MicrosoftTeamsChannel, input.chat_configuration_arn.as_deref())?;
    let (all, next_token) = paged(cx, &call, all, key, input.next_token.as_deref(), input.max_results)?;
    let shown = |(configuration, mapping): (ChannelConfigurationRecord, RoleMappingRecord)| TeamsUserIdentity {
        iam_role_arn: mapping.iam_role_arn,
        chat_configuration_arn: mapping.configuration_arn,
        team_id: configuration.workspace,
        user_id: mapping.member,
        aws_user_identity: mapping.aws_user_identity,
        teams_channel_id: configuration.channel,
        teams_tenant_id: configuration.tenant.unwrap_or_default(),
    };
    Ok(TeamsOutput { teams_user_identities: all.into_iter().map(shown).collect(), next_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteSlackInput {
    chat_configuration_arn: String,
    slack_team_id: String,
    slack_user_id: String,
}

/// Unmaps a member of a Slack channel.
pub(super) async fn delete_slack_user_identity(
    cx: &Context<'_>,
    call: Authorized<DeleteSlackInput>,
) -> Result<Nothing, Fault> {
    let DeleteSlackInput { chat_configuration_arn, slack_team_id, slack_user_id } = &call.input;
    let kind = ConfigurationKind::SlackChannel;
    delete(cx, &call, kind, chat_configuration_arn, Some(slack_team_id), slack_user_id)?;
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteTeamsInput {
    chat_configuration_arn: String,
    user_id: String,
}

/// Unmaps a member of a Teams channel.
pub(super) async fn delete_teams_user_identity(
    cx: &Context<'_>,
    call: Authorized<DeleteTeamsInput>,
) -> Result<Nothing, Fault> {
    let DeleteTeamsInput { chat_configuration_arn, user_id } = &call.input;
    delete(cx, &call, ConfigurationKind::MicrosoftTeamsChannel, chat_configuration_arn, None, user_id)?;
    Ok(Nothing {})
}
