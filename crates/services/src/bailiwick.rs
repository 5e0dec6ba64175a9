//! Our own service, `bailiwick`: what AWS has in its console only, as operations like any other. Room messages, buttons,
//! room configurations, workspaces and teams of other
//! platforms, roles of members, people, their sign-in links and second factors.

mod approvals;
mod channel_roles;
mod chat_identities;
mod configurations;
mod deliveries;
mod factors;
mod guardrails;
mod held;
mod messages;
mod people;
mod regions;
mod sessions;
mod user_roles;
mod webhooks;
mod workspaces;

use bailiwick_aws::fault::Fault;
use serde::Deserialize;

pub(crate) use factors::is_of_person;
pub(crate) use webhooks::{Webhook, key as webhook_key, token_digest};

crate::operation::operations! {
    ActivateStsRegion => regions::activate_sts_region,
    ApproveCommand => approvals::approve_command,
    AssociateUserRole => user_roles::associate_user_role,
    AuthorizeMicrosoftTeam => workspaces::authorize_microsoft_team,
    AuthorizeSlackWorkspace => workspaces::authorize_slack_workspace,
    ChooseUserRole => user_roles::choose_user_role,
    CreateChannelRole => channel_roles::create_channel_role,
    CreatePerson => people::create_person,
    CreateRoomConfiguration => configurations::create_room_configuration,
    CreateRoomWebhook => webhooks::create_room_webhook,
    CreateSecondFactor => factors::create_second_factor,
    CreateSignInLink => people::create_sign_in_link,
    DeactivateStsRegion => regions::deactivate_sts_region,
    DeleteRoomConfiguration => configurations::delete_room_configuration,
    DeleteRoomWebhook => webhooks::delete_room_webhook,
    DeleteSecondFactor => factors::delete_second_factor,
    DescribeRoomConfigurations => configurations::describe_room_configurations,
    DetachProtectionPolicy => guardrails::detach_protection_policy,
    DisassociateUserRole => user_roles::disassociate_user_role,
    DropNotifications => held::drop_notifications,
    EnableSecondFactor => factors::enable_second_factor,
    ForgetChatIdentity => chat_identities::forget_chat_identity,
    GetAccountGuardrails => guardrails::get_account_guardrails,
    ListChannelRoleTemplates => channel_roles::list_channel_role_templates,
    ListChatIdentities => chat_identities::list_chat_identities,
    ListFailedDeliveries => deliveries::list_failed_deliveries,
    ListHeldNotifications => held::list_held_notifications,
    ListPendingCommands => approvals::list_pending_commands,
    ListPeople => people::list_people,
    ListRevokedSessions => sessions::list_revoked_sessions,
    ListRoomMessages => messages::list_room_messages,
    ListRoomWebhooks => webhooks::list_room_webhooks,
    ListStsRegions => regions::list_sts_regions,
    ListUserRoles => user_roles::list_user_roles,
    PostRoomMessage => messages::post_room_message,
    PressButton => messages::press_button,
    RejectCommand => approvals::reject_command,
    ReplayNotifications => held::replay_notifications,
    ResolveCommand => approvals::resolve_command,
    RetryDeliveries => deliveries::retry_deliveries,
    RevokeSession => sessions::revoke_session,
    SearchPolicies => channel_roles::search_policies,
    SetGuardrails => guardrails::set_guardrails,
    UpdateAccountGuardrails => guardrails::update_account_guardrails,
    UpdateRoomConfiguration => configurations::update_room_configuration,
}

/// What an operation takes that lists everything of an account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    max_results: Option<usize>,
    next_token: Option<String>,
}

fn not_found(message: impl Into<String>) -> Fault {
    Fault::sender("ResourceNotFoundException", 404, message)
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::sender("InvalidParameterException", 400, message)
}

fn conflict(message: impl Into<String>) -> Fault {
    Fault::sender("ConflictException", 409, message)
}
