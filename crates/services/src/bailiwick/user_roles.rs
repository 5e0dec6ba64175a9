use bailiwick_authority::record::{ChannelConfigurationRecord, ConfigurationKind, RoleMappingRecord};
use bailiwick_authority::{Account, DirectoryChange, Principal, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::messages::sender;
use super::{chat_identities, invalid, not_found};
use crate::chatbot::configuration::usable_role;
use crate::identity;
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

/// A member's role as the API shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserRole {
    chat_configuration_arn: String,
    member_id: String,
    iam_role_arn: String,
    aws_user_identity: String,
    created_timestamp: Timestamp,
}

impl From<RoleMappingRecord> for UserRole {
    fn from(record: RoleMappingRecord) -> Self {
        UserRole {
            chat_configuration_arn: record.configuration_arn,
            member_id: record.member,
            iam_role_arn: record.iam_role_arn,
            aws_user_identity: record.aws_user_identity,
            created_timestamp: record.created_at,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserRoleOutput {
    user_role: UserRole,
}

fn account<'a, I>(cx: &Context<'a>, call: &Authorized<I>) -> Result<&'a Account, Fault> {
    let found = cx.directory.account(call.account()).map(AsRef::as_ref);
    found.ok_or_else(|| not_found("The account does not exist."))
}

/// The configuration of an ARN, if members act in it.
fn configuration<'a>(account: &'a Account, arn: &str) -> Result<&'a ChannelConfigurationRecord, Fault> {
    let found = account.channel_configuration(arn).ok_or_else(|| not_found("The configuration does not exist."))?;
    if found.kind == ConfigurationKind::ChimeWebhook {
        return Err(invalid("A webhook shows notifications only; nobody acts there."));
    }
    Ok(found)
}

/// Maps a member of a configuration to a role of its account. `proved`: the caller is that member.
fn map<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    arn: &str,
    member: &str,
    role: &str,
    proved: bool,
) -> Result<UserRoleOutput, Fault> {
    let account = account(cx, call)?;
    let configuration = configuration(account, arn)?;
    if configuration.kind == ConfigurationKind::Room && cx.directory.person(member).is_none() {
        return Err(not_found("The person does not exist."));
    }
    usable_role(account, role, arn)?;
    let record = RoleMappingRecord {
        account: call.account(),
        configuration_arn: arn.to_owned(),
        member: member.to_owned(),
        iam_role_arn: role.to_owned(),
        aws_user_identity: call.caller().principal.arn_in(call.partition()),
        proved,
        created_at: cx.now,
    };
    cx.commit_directory(DirectoryChange::new().put(record.clone()));
    Ok(UserRoleOutput { user_role: record.into() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssociateInput {
    chat_configuration_arn: String,
    member_id: String,
    iam_role_arn: String,
}

/// Maps any member to a role: an administrator's way.
pub(super) async fn associate_user_role(
    cx: &Context<'_>,
    call: Authorized<AssociateInput>,
) -> Result<UserRoleOutput, Fault> {
    let AssociateInput { chat_configuration_arn, member_id, iam_role_arn } = &call.input;
    map(cx, &call, chat_configuration_arn, member_id, iam_role_arn, false)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChooseInput {
    chat_configuration_arn: String,
    iam_role_arn: String,
    identity_proof: Option<String>,
    member_id: Option<String>,
}

/// Maps the caller to a role. The caller's identity in rooms is known here; that on another platform is proved by what its
/// side handed out to that member alone, once: afterwards it is known, too.
pub(super) async fn choose_user_role(cx: &Context<'_>, call: Authorized<ChooseInput>) -> Result<UserRoleOutput, Fault> {
    let ChooseInput { chat_configuration_arn, iam_role_arn, identity_proof, member_id } = &call.input;
    let configuration = configuration(account(cx, &call)?, chat_configuration_arn)?;
    let member = match (configuration.kind, identity_proof) {
        (ConfigurationKind::Room, None) => sender(cx, &call)?.member_id,
        (ConfigurationKind::Room, Some(_)) => {
            return Err(invalid("In a room you are known already; leave IdentityProof out."));
        }
        (_, None) => known_as(cx, &call, configuration, member_id.as_deref())?,
        (_, Some(token)) => {
            let proven = identity::redeem(cx, token).await?;
            let here = |proven: &identity::ChatIdentity| {
                proven.platform == configuration.kind.platform() && proven.workspace == configuration.member_workspace()
            };
            let proven = proven.filter(here).ok_or_else(|| {
                invalid("The proof of your identity is not valid here or not any more. Say `switch-role` there again.")
            })?;
            chat_identities::remember(cx, &call, &proven);
            proven.member
        }
    };
    if member_id.as_ref().is_some_and(|asked| *asked != member) {
        return Err(invalid("MemberId is somebody else; AssociateUserRole maps others."));
    }
    map(cx, &call, chat_configuration_arn, &member, iam_role_arn, true)
}

/// What the caller has proved to be called where a configuration is; the one of these that was named, or the only one.
fn known_as<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    configuration: &ChannelConfigurationRecord,
    asked: Option<&str>,
) -> Result<String, Fault> {
    let known: Vec<&str> = match &call.caller().principal {
        Principal::User { id, .. } => account(cx, call)?
            .chat_identities()
            .filter(|identity| identity.user_id == *id)
            .filter(|identity| identity.platform == configuration.kind.platform())
            .filter(|identity| identity.workspace == configuration.member_workspace())
            .map(|identity| identity.member.as_str())
            .collect(),
        _ => Vec::new(),
    };
    let found = match (asked, known.as_slice()) {
        (Some(asked), known) => known.iter().find(|member| **member == asked),
        (None, [one]) => Some(one),
        (None, []) => None,
        (None, _) => return Err(invalid("You are known there by several names; say which with MemberId.")),
    };
    let found = found.ok_or_else(|| {
        invalid("Your identity on that platform is not known here. Say `switch-role` there and follow the link, or have an administrator associate a role.")
    })?;
    Ok((*found).to_owned())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DisassociateInput {
    chat_configuration_arn: String,
    member_id: String,
}

/// Unmaps a member.
pub(super) async fn disassociate_user_role(
    cx: &Context<'_>,
    call: Authorized<DisassociateInput>,
) -> Result<Nothing, Fault> {
    let DisassociateInput { chat_configuration_arn, member_id } = &call.input;
    if account(cx, &call)?.role_mapping(chat_configuration_arn, member_id).is_none() {
        return Err(not_found("The member has no role of its own there."));
    }
    cx.commit_directory(DirectoryChange::new().delete(RecordKey {
        kind: RecordKind::RoleMapping,
        account: Some(call.account()),
        id: format!("{chat_configuration_arn}/{member_id}"),
    }));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    chat_configuration_arn: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    user_roles: Vec<UserRole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The roles of members, in all configurations of the account or in one.
pub(super) async fn list_user_roles(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let input = &call.input;
    let wanted = input.chat_configuration_arn.as_deref();
    let all = account(cx, &call)?.role_mappings();
    let records = all.filter(|mapping| wanted.is_none_or(|arn| arn == mapping.configuration_arn)).cloned().collect();
    let scope = format!("bailiwick:ListUserRoles {} {}", call.account(), wanted.unwrap_or_default());
    let size = input.max_results.unwrap_or(100).clamp(1, 100);
    let key = |record: &RoleMappingRecord| format!("{}/{}", record.configuration_arn, record.member);
    let page = page(cx.vault, &scope, records, key, input.next_token.as_deref(), size)
        .ok_or_else(|| invalid("The NextToken is not one of this list."))??;
    Ok(ListOutput { user_roles: page.items.into_iter().map(Into::into).collect(), next_token: page.next })
}
