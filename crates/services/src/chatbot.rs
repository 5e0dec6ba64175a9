//! AWS Chatbot's API: channel configurations for Slack, Microsoft Teams and Amazon Chime, workspaces and teams, what members
//! chose, custom actions, the account's preferences, tags.

mod associations;
pub(crate) mod configuration;
mod custom_actions;
mod identities;
pub(crate) mod preferences;
mod slack;
pub(crate) mod tags;
mod teams;
mod webhooks;
pub(crate) mod workspaces;

use bailiwick_authority::Account;
use bailiwick_aws::fault::Fault;

use crate::page::page;
use crate::{Authorized, Context};

crate::operation::operations! {
    AssociateToConfiguration => associations::associate_to_configuration,
    CreateChimeWebhookConfiguration => webhooks::create_chime_webhook_configuration,
    CreateCustomAction => custom_actions::create_custom_action,
    CreateMicrosoftTeamsChannelConfiguration => teams::create_channel_configuration,
    CreateSlackChannelConfiguration => slack::create_slack_channel_configuration,
    DeleteChimeWebhookConfiguration => webhooks::delete_chime_webhook_configuration,
    DeleteCustomAction => custom_actions::delete_custom_action,
    DeleteMicrosoftTeamsChannelConfiguration => teams::delete_channel_configuration,
    DeleteMicrosoftTeamsConfiguredTeam => workspaces::delete_configured_team,
    DeleteMicrosoftTeamsUserIdentity => identities::delete_teams_user_identity,
    DeleteSlackChannelConfiguration => slack::delete_slack_channel_configuration,
    DeleteSlackUserIdentity => identities::delete_slack_user_identity,
    DeleteSlackWorkspaceAuthorization => workspaces::delete_slack_workspace_authorization,
    DescribeChimeWebhookConfigurations => webhooks::describe_chime_webhook_configurations,
    DescribeSlackChannelConfigurations => slack::describe_slack_channel_configurations,
    DescribeSlackUserIdentities => identities::describe_slack_user_identities,
    DescribeSlackWorkspaces => workspaces::describe_slack_workspaces,
    DisassociateFromConfiguration => associations::disassociate_from_configuration,
    GetAccountPreferences => preferences::get_account_preferences,
    GetCustomAction => custom_actions::get_custom_action,
    GetMicrosoftTeamsChannelConfiguration => teams::get_channel_configuration,
    ListAssociations => associations::list_associations,
    ListCustomActions => custom_actions::list_custom_actions,
    ListMicrosoftTeamsChannelConfigurations => teams::list_channel_configurations,
    ListMicrosoftTeamsConfiguredTeams => workspaces::list_configured_teams,
    ListMicrosoftTeamsUserIdentities => identities::list_teams_user_identities,
    ListTagsForResource => tags::list_tags_for_resource,
    TagResource => tags::tag_resource,
    UntagResource => tags::untag_resource,
    UpdateAccountPreferences => preferences::update_account_preferences,
    UpdateChimeWebhookConfiguration => webhooks::update_chime_webhook_configuration,
    UpdateCustomAction => custom_actions::update_custom_action,
    UpdateMicrosoftTeamsChannelConfiguration => teams::update_channel_configuration,
    UpdateSlackChannelConfiguration => slack::update_slack_channel_configuration,
}

/// How many configurations, and how many custom actions, an account may have.
const MAX_RESOURCES: usize = 1_000;

fn invalid_parameter(message: impl Into<String>) -> Fault {
    Fault::sender("InvalidParameterException", 400, message)
}

fn invalid_request(message: impl Into<String>) -> Fault {
    Fault::sender("InvalidRequestException", 400, message)
}

fn conflict(message: impl Into<String>) -> Fault {
    Fault::sender("ConflictException", 409, message)
}

fn not_found(message: impl Into<String>) -> Fault {
    Fault::sender("ResourceNotFoundException", 404, message)
}

fn limit_exceeded(message: impl Into<String>) -> Fault {
    Fault::sender("LimitExceededException", 403, message)
}

/// The account the call is made in.
fn account<'a, I>(cx: &Context<'a>, call: &Authorized<I>) -> Result<&'a Account, Fault> {
    let found = cx.directory.account(call.account()).map(AsRef::as_ref);
    found.ok_or_else(|| invalid_request("The account does not exist."))
}

/// A page of a list, and the token of the next one.
fn paged<T, I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    list: Vec<T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    size: Option<usize>,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let scope = format!("chatbot:{} {}", call.authorized().call().operation, call.account());
    let page = page(cx.vault, &scope, list, key, token, size.unwrap_or(100).clamp(1, 100))
        .ok_or_else(|| invalid_parameter("The NextToken is not one of this list."))??;
    Ok((page.items, page.next))
}
