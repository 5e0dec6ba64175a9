use bailiwick_authority::record::{ChannelConfigurationRecord, ConfigurationKind};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{conflict, invalid, not_found};
use crate::chatbot::configuration::{self, Described, Named, Wanted, bound_by, state};
use crate::chatbot::tags::{self, Tag};
use crate::chime::{Room, find_room};
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

const KIND: ConfigurationKind = ConfigurationKind::Room;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason: Option<String>,
}

impl RoomConfiguration {
    fn of(cx: &Context<'_>, record: ChannelConfigurationRecord) -> Self {
        let (state, state_reason) = state(cx.directory.configuration_disabled(&record));
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
            tags: Tag::list(&record.tags),
            state,
            state_reason,
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

/// Refuses a room that another configuration of the account binds.
fn unbound<I>(cx: &Context<'_>, call: &Authorized<I>, record: &ChannelConfigurationRecord) -> Result<(), Fault> {
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    match bound_by(account, record) {
        Some(bound) => Err(conflict(format!("The room is bound by {} already.", bound.name))),
        None => Ok(()),
    }
}

/// Binds a room to a role, guardrails and topics in the call's account.
pub(super) async fn create_room_configuration(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<ConfigurationOutput, Fault> {
    let input = &call.input;
    let found = find_room(cx, call.partition(), call.account(), &input.room_id).await?;
    let (room, _) = found.ok_or_else(|| not_found("The room does not exist."))?;
    let mut record = configuration::new(cx, &call, KIND, &input.configuration_name)?;
    point_at(&mut record, &room);
    unbound(cx, &call, &record)?;
    record.tags = tags::first(cx, Some(&input.tags))?;
    let wanted = Wanted {
        iam_role_arn: Some(&input.iam_role_arn),
        sns_topic_arns: Some(&input.sns_topic_arns),
        guardrail_policy_arns: Some(&input.guardrail_policy_arns),
        logging_level: input.logging_level.as_ref(),
        user_authorization_required: input.user_authorization_required,
    };
    let record = configuration::put(cx, &call, record, wanted).await?;
    Ok(ConfigurationOutput { room_configuration: RoomConfiguration::of(cx, record) })
}

fn point_at(record: &mut ChannelConfigurationRecord, room: &Room) {
    record.workspace.clone_from(&room.chime_account);
    record.channel.clone_from(&room.id);
    record.channel_name = Some(room.name.clone());
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
    let mut record = configuration::find(cx, &call, KIND, &input.chat_configuration_arn)?;
    if let Some(id) = &input.room_id {
        let found = find_room(cx, call.partition(), call.account(), id).await?;
        let (room, _) = found.ok_or_else(|| not_found("The room does not exist."))?;
        point_at(&mut record, &room);
        unbound(cx, &call, &record)?;
    }
    let wanted = Wanted {
        iam_role_arn: input.iam_role_arn.as_ref(),
        sns_topic_arns: input.sns_topic_arns.as_ref(),
        guardrail_policy_arns: input.guardrail_policy_arns.as_ref(),
        logging_level: input.logging_level.as_ref(),
        user_authorization_required: input.user_authorization_required,
    };
    let record = configuration::put(cx, &call, record, wanted).await?;
    Ok(ConfigurationOutput { room_configuration: RoomConfiguration::of(cx, record) })
}

/// Unbinds a room. Members' choices of roles go with it.
pub(super) async fn delete_room_configuration(cx: &Context<'_>, call: Authorized<Named>) -> Result<Nothing, Fault> {
    configuration::unbind(cx, &call, KIND).await
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
    call: Authorized<Described>,
) -> Result<DescribeOutput, Fault> {
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    let wanted = call.input.chat_configuration_arn.as_deref();
    let records: Vec<ChannelConfigurationRecord> = account
        .channel_configurations()
        .filter(|record| record.kind == KIND && wanted.is_none_or(|arn| arn == record.arn))
        .map(|record| record.as_ref().clone())
        .collect();
    let scope = format!("bailiwick:DescribeRoomConfigurations {}", call.account());
    let size = call.input.max_results.unwrap_or(100).clamp(1, 100);
    let page = page(cx.vault, &scope, records, |record| record.arn.clone(), call.input.next_token.as_deref(), size)
        .ok_or_else(|| invalid("The NextToken is not one of this list."))??;
    let shown = page.items.into_iter().map(|record| RoomConfiguration::of(cx, record));
    Ok(DescribeOutput { room_configurations: shown.collect(), next_token: page.next })
}
