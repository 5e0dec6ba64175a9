use bailiwick_authority::record::WorkspaceRecord;
use bailiwick_authority::{Account, DirectoryChange, Platform, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::configuration::state;
use super::{account, invalid_parameter, paged};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// A workspace of Slack as it is shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SlackWorkspace {
    slack_team_id: String,
    slack_team_name: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason: Option<String>,
}

/// A team of Microsoft Teams as it is shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ConfiguredTeam {
    tenant_id: String,
    team_id: String,
    team_name: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason: Option<String>,
}

impl SlackWorkspace {
    pub(crate) fn of(cx: &Context<'_>, record: &WorkspaceRecord) -> Self {
        let (state, state_reason) = state(cx.directory.workspace_disabled(record));
        let (slack_team_id, slack_team_name) = (record.id.clone(), record.name.clone());
        SlackWorkspace { slack_team_id, slack_team_name, state, state_reason }
    }
}

impl ConfiguredTeam {
    pub(crate) fn of(cx: &Context<'_>, record: &WorkspaceRecord) -> Self {
        let (state, state_reason) = state(cx.directory.workspace_disabled(record));
        let (team_id, team_name) = (record.id.clone(), record.name.clone());
        ConfiguredTeam { tenant_id: record.tenant.clone().unwrap_or_default(), team_id, team_name, state, state_reason }
    }
}

fn of_platform(of: &Account, platform: Platform) -> Vec<WorkspaceRecord> {
    of.workspaces().filter(|record| record.platform == platform).cloned().collect()
}

/// Takes an authorization back, once no configuration needs it.
fn delete<I>(cx: &Context<'_>, call: &Authorized<I>, platform: Platform, id: &str, word: &str) -> Result<(), Fault> {
    let of = account(cx, call)?;
    if of.workspace(platform, id).is_none() {
        let text = format!("{word} {id} is not authorized with AWS account {}.", call.account());
        return Err(invalid_parameter(text));
    }
    let mut bound = of.channel_configurations().filter(|c| c.kind.platform() == platform && c.workspace == id);
    if let Some(bound) = bound.next() {
        let text =
            format!("{word} {id} has channels; delete {} and its other channel configurations first.", bound.arn);
        return Err(invalid_parameter(text));
    }
    cx.commit_directory(DirectoryChange::new().delete(RecordKey {
        kind: RecordKind::Workspace,
        account: Some(call.account()),
        id: WorkspaceRecord::record_id(platform, id),
    }));
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WorkspacesOutput {
    slack_workspaces: Vec<SlackWorkspace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The authorized workspaces of Slack.
pub(super) async fn describe_slack_workspaces(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<WorkspacesOutput, Fault> {
    let input = &call.input;
    let records = of_platform(account(cx, &call)?, Platform::Slack);
    let (records, next_token) =
        paged(cx, &call, records, |record| record.id.clone(), input.next_token.as_deref(), input.max_results)?;
    Ok(WorkspacesOutput {
        slack_workspaces: records.iter().map(|record| SlackWorkspace::of(cx, record)).collect(),
        next_token,
    })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TeamsOutput {
    configured_teams: Vec<ConfiguredTeam>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The authorized teams.
pub(super) async fn list_configured_teams(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<TeamsOutput, Fault> {
    let input = &call.input;
    let records = of_platform(account(cx, &call)?, Platform::MicrosoftTeams);
    let (records, next_token) =
        paged(cx, &call, records, |record| record.id.clone(), input.next_token.as_deref(), input.max_results)?;
    Ok(TeamsOutput {
        configured_teams: records.iter().map(|record| ConfiguredTeam::of(cx, record)).collect(),
        next_token,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WorkspaceInput {
    slack_team_id: String,
}

/// Takes the authorization of a workspace back.
pub(super) async fn delete_slack_workspace_authorization(
    cx: &Context<'_>,
    call: Authorized<WorkspaceInput>,
) -> Result<Nothing, Fault> {
    delete(cx, &call, Platform::Slack, &call.input.slack_team_id, "Slack workspace")?;
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TeamInput {
    team_id: String,
}

/// Takes the authorization of a team back.
pub(super) async fn delete_configured_team(cx: &Context<'_>, call: Authorized<TeamInput>) -> Result<Nothing, Fault> {
    delete(cx, &call, Platform::MicrosoftTeams, &call.input.team_id.to_lowercase(), "The team")?;
    Ok(Nothing {})
}
