use bailiwick_authority::record::WorkspaceRecord;
use bailiwick_authority::{DirectoryChange, Platform};
use bailiwick_aws::fault::Fault;
use bailiwick_store::vault::Purpose;
use serde::{Deserialize, Serialize};

use super::{invalid, not_found};
use crate::chatbot::workspaces::{ConfiguredTeam, SlackWorkspace};
use crate::{Authorized, Context};

/// How many workspaces and teams an account may have.
const MAX_WORKSPACES: usize = 100;

/// The record to put for a workspace: the known one under its new name, or a new one.
fn authorized<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    platform: Platform,
    id: &str,
    name: &str,
) -> Result<WorkspaceRecord, Fault> {
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    if let Some(known) = account.workspace(platform, id) {
        return Ok(WorkspaceRecord { name: name.to_owned(), ..known.clone() });
    }
    if account.workspaces().count() >= MAX_WORKSPACES {
        let text = format!("An account has at most {MAX_WORKSPACES} workspaces and teams.");
        return Err(Fault::sender("LimitExceededException", 403, text));
    }
    Ok(WorkspaceRecord {
        account: call.account(),
        platform,
        id: id.to_owned(),
        name: name.to_owned(),
        tenant: None,
        sealed_bot_token: None,
        sealed_refresh_token: None,
        token_expires_at: None,
        created_at: cx.now,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SlackInput {
    slack_team_id: String,
    slack_team_name: String,
    bot_token: Option<String>,
    refresh_token: Option<String>,
    bot_token_seconds: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SlackOutput {
    slack_workspace: SlackWorkspace,
}

/// Lets the account's channel configurations name a workspace of Slack. Again, it renames the workspace and, with a token,
/// rotates the token.
pub(super) async fn authorize_slack_workspace(
    cx: &Context<'_>,
    call: Authorized<SlackInput>,
) -> Result<SlackOutput, Fault> {
    let SlackInput { slack_team_id, slack_team_name, bot_token, refresh_token, bot_token_seconds } = &call.input;
    if refresh_token.is_some() && (bot_token.is_none() || bot_token_seconds.is_none()) {
        return Err(invalid("RefreshToken goes with the BotToken that it follows, and with BotTokenSeconds."));
    }
    let mut record = authorized(cx, &call, Platform::Slack, slack_team_id, slack_team_name)?;
    if let Some(token) = bot_token {
        let owner = format!("{}/{}", record.account, WorkspaceRecord::record_id(record.platform, &record.id));
        let seal = |secret: &str| {
            let sealed = cx.vault.seal_for(Purpose::ChatCredential, &owner, secret.as_bytes());
            sealed.map_err(|error| crate::fault::internal(&error.to_string()))
        };
        record.sealed_bot_token = Some(seal(token)?);
        record.sealed_refresh_token = refresh_token.as_deref().map(seal).transpose()?;
        record.token_expires_at = bot_token_seconds.map(|seconds| cx.now.plus_seconds(seconds));
    }
    let slack_workspace = SlackWorkspace::of(cx, &record);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(SlackOutput { slack_workspace })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TeamInput {
    tenant_id: String,
    team_id: String,
    team_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TeamOutput {
    configured_team: ConfiguredTeam,
}

/// Lets the account's channel configurations name a team of a tenant of Microsoft Teams. Ids are kept in lower case, as
/// chatbot policies write them.
pub(super) async fn authorize_microsoft_team(
    cx: &Context<'_>,
    call: Authorized<TeamInput>,
) -> Result<TeamOutput, Fault> {
    let TeamInput { tenant_id, team_id, team_name } = &call.input;
    let mut record = authorized(cx, &call, Platform::MicrosoftTeams, &team_id.to_lowercase(), team_name)?;
    record.tenant = Some(tenant_id.to_lowercase());
    let configured_team = ConfiguredTeam::of(cx, &record);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(TeamOutput { configured_team })
}
