use bailiwick_authority::record::{ChannelConfigurationRecord, ConfigurationKind};
use bailiwick_authority::{ChannelType, DirectoryChange, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{conflict, invalid, not_found};
use crate::chime::find_room;
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

/// How many guardrails a channel may have: as many as STS takes session policies by ARN.
const MAX_GUARDRAILS: usize = 10;

/// A room configuration as the API shows it; shaped like Chatbot's Slack channel configuration.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RoomConfiguration {
    chat_configuration_arn: String,
    configuration_name: String,
    room_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_name: Option<String>,
    iam_role_arn: String,
    sns_topic_arns: Vec<String>,
    logging_level: String,
    guardrail_policy_arns: Vec<String>,
    user_authorization_required: bool,
    tags: Vec<Tag>,
    state: &'static str,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    tag_key: String,
    tag_value: String,
}

impl From<ChannelConfigurationRecord> for RoomConfiguration {
    fn from(record: ChannelConfigurationRecord) -> Self {
        RoomConfiguration {
            chat_configuration_arn: record.arn,
            configuration_name: record.name,
            room_id: record.channel,
            room_name: record.channel_name,
            iam_role_arn: record.iam_role_arn,
            sns_topic_arns: record.sns_topic_arns,
            logging_level: record.logging_level,
            guardrail_policy_arns: record.guardrail_policy_arns,
            user_authorization_required: record.user_authorization_required,
            tags: record.tags.into_iter().map(|(tag_key, tag_value)| Tag { tag_key, tag_value }).collect(),
            state: "ENABLED",
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfigurationOutput {
    room_configuration: RoomConfiguration,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    configuration_name: String,
    room_id: String,
    iam_role_arn: String,
    #[serde(default)]
    sns_topic_arns: Vec<String>,
    #[serde(default)]
    guardrail_policy_arns: Vec<String>,
    logging_level: Option<String>,
    user_authorization_required: Option<bool>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// Refuses a room that another configuration of the account binds: of two roles, neither would be the room's.
fn unbound<I>(cx: &Context<'_>, call: &Authorized<I>, room: &str, own: &str) -> Result<(), Fault> {
    let mut bound =
        cx.directory.channels().filter(|c| c.account == call.account() && c.channel == room && c.arn != own);
    match bound.next() {
        Some(bound) => Err(conflict(format!("The room is bound by {} already.", bound.name))),
        None => Ok(()),
    }
}

/// Checks what a configuration points at, and subscribes its topics.
async fn check<I>(cx: &Context<'_>, call: &Authorized<I>, record: &ChannelConfigurationRecord) -> Result<(), Fault> {
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    if account.role_by_arn(&record.iam_role_arn).is_none() {
        return Err(invalid(format!("The role {} does not exist in account {}.", record.iam_role_arn, call.account())));
    }
    if record.guardrail_policy_arns.len() > MAX_GUARDRAILS {
        return Err(invalid(format!("A channel has at most {MAX_GUARDRAILS} guardrail policies.")));
    }
    for arn in &record.guardrail_policy_arns {
        if arn.contains(":policy/service-role/") {
            return Err(invalid(format!("{arn} is a policy for service roles; it cannot be a guardrail policy.")));
        }
        if account.managed_policy(arn).is_none() && !cx.is_aws_managed_policy(arn)? {
            return Err(invalid(format!("The policy {arn} does not exist.")));
        }
    }
    for topic in &record.sns_topic_arns {
        crate::sns::subscribe_chatbot(cx, topic).await?;
    }
    Ok(())
}

/// Binds a room to a role, guardrails and topics in the call's account.
pub(super) async fn create_room_configuration(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<ConfigurationOutput, Fault> {
    let input = &call.input;
    let found = find_room(cx, call.partition(), call.account(), &input.room_id).await?;
    let (room, _) = found.ok_or_else(|| not_found("The room does not exist."))?;
    let kind = ConfigurationKind::Room;
    let arn = format!(
        "arn:{}:chatbot::{}:chat-configuration/{}/{}",
        call.partition(),
        call.account(),
        kind.as_str(),
        input.configuration_name
    );
    if cx.directory.channel_configuration(&arn).is_some() {
        return Err(conflict(format!("A configuration named {} exists already.", input.configuration_name)));
    }
    unbound(cx, &call, &room.id, &arn)?;
    let record = ChannelConfigurationRecord {
        account: call.account(),
        arn,
        name: input.configuration_name.clone(),
        kind,
        workspace: room.chime_account.clone(),
        workspace_name: None,
        tenant: None,
        channel: room.id.clone(),
        channel_name: Some(room.name.clone()),
        channel_type: ChannelType::Private,
        iam_role_arn: input.iam_role_arn.clone(),
        guardrail_policy_arns: input.guardrail_policy_arns.clone(),
        user_authorization_required: input.user_authorization_required.unwrap_or(false),
        sns_topic_arns: input.sns_topic_arns.clone(),
        logging_level: input.logging_level.clone().unwrap_or_else(|| "NONE".to_owned()),
        sealed_webhook_url: None,
        tags: input.tags.iter().map(|tag| (tag.tag_key.clone(), tag.tag_value.clone())).collect(),
        created_at: cx.now,
    };
    check(cx, &call, &record).await?;
    cx.commit_directory(DirectoryChange::new().put(record.clone()));
    Ok(ConfigurationOutput { room_configuration: record.into() })
}

fn find<I>(cx: &Context<'_>, call: &Authorized<I>, arn: &str) -> Result<ChannelConfigurationRecord, Fault> {
    let found = cx.directory.channel_configuration(arn);
    let ours = |record: &&std::sync::Arc<ChannelConfigurationRecord>| {
        record.account == call.account() && record.kind == ConfigurationKind::Room
    };
    found
        .filter(ours)
        .map(|record| record.as_ref().clone())
        .ok_or_else(|| not_found("The configuration does not exist."))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    chat_configuration_arn: String,
    room_id: Option<String>,
    iam_role_arn: Option<String>,
    sns_topic_arns: Option<Vec<String>>,
    guardrail_policy_arns: Option<Vec<String>>,
    logging_level: Option<String>,
    user_authorization_required: Option<bool>,
}

/// Changes what is named; the rest stays.
pub(super) async fn update_room_configuration(
    cx: &Context<'_>,
    call: Authorized<UpdateInput>,
) -> Result<ConfigurationOutput, Fault> {
    let input = &call.input;
    let mut record = find(cx, &call, &input.chat_configuration_arn)?;
    if let Some(id) = &input.room_id {
        let found = find_room(cx, call.partition(), call.account(), id).await?;
        let (room, _) = found.ok_or_else(|| not_found("The room does not exist."))?;
        unbound(cx, &call, &room.id, &record.arn)?;
        record.workspace = room.chime_account;
        record.channel = room.id;
        record.channel_name = Some(room.name);
    }
    if let Some(arn) = &input.iam_role_arn {
        record.iam_role_arn.clone_from(arn);
    }
    if let Some(arns) = &input.sns_topic_arns {
        record.sns_topic_arns.clone_from(arns);
    }
    if let Some(arns) = &input.guardrail_policy_arns {
        record.guardrail_policy_arns.clone_from(arns);
    }
    if let Some(level) = &input.logging_level {
        record.logging_level.clone_from(level);
    }
    if let Some(required) = input.user_authorization_required {
        record.user_authorization_required = required;
    }
    check(cx, &call, &record).await?;
    cx.commit_directory(DirectoryChange::new().put(record.clone()));
    Ok(ConfigurationOutput { room_configuration: record.into() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    chat_configuration_arn: String,
}

/// Unbinds a room. Members' choices of roles go with it.
pub(super) async fn delete_room_configuration(
    cx: &Context<'_>,
    call: Authorized<DeleteInput>,
) -> Result<Nothing, Fault> {
    let record = find(cx, &call, &call.input.chat_configuration_arn)?;
    let key = |kind, id: String| RecordKey { kind, account: Some(call.account()), id };
    let mut change = DirectoryChange::new().delete(key(RecordKind::ChannelConfiguration, record.arn.clone()));
    if let Some(account) = cx.directory.account(call.account()) {
        for mapping in account.role_mappings().filter(|mapping| mapping.configuration_arn == record.arn) {
            change = change.delete(key(RecordKind::RoleMapping, format!("{}/{}", record.arn, mapping.member)));
        }
    }
    cx.commit_directory(change);
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeInput {
    chat_configuration_arn: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeOutput {
    room_configurations: Vec<RoomConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The room configurations of the account.
pub(super) async fn describe_room_configurations(
    cx: &Context<'_>,
    call: Authorized<DescribeInput>,
) -> Result<DescribeOutput, Fault> {
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    let wanted = call.input.chat_configuration_arn.as_deref();
    let records: Vec<ChannelConfigurationRecord> = account
        .channel_configurations()
        .filter(|record| record.kind == ConfigurationKind::Room && wanted.is_none_or(|arn| arn == record.arn))
        .map(|record| record.as_ref().clone())
        .collect();
    let scope = format!("bailiwick:DescribeRoomConfigurations {}", call.account());
    let size = call.input.max_results.unwrap_or(100).clamp(1, 100);
    let page = page(cx.vault, &scope, records, |record| record.arn.clone(), call.input.next_token.as_deref(), size)
        .ok_or_else(|| invalid("The NextToken is not one of this list."))??;
    Ok(DescribeOutput { room_configurations: page.items.into_iter().map(Into::into).collect(), next_token: page.next })
}
