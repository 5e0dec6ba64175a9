//! Notifications for channels that the organization's chatbot policy has turned off: kept, listed, shown later.

use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, EntityQuery, Expect};
use serde::{Deserialize, Serialize};

use super::{conflict, invalid, not_found};
use crate::held::{HeldNotification, KIND, held_key};
use crate::page::page;
use crate::{Authorized, Context};

/// The held notifications of the call's account, of all configurations or of one, oldest first.
async fn held<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    configuration: Option<&str>,
) -> Result<Vec<HeldNotification>, Fault> {
    let query = EntityQuery::kind(KIND).partition(call.partition().as_str()).account(call.account().as_str());
    let mut all: Vec<HeldNotification> = cx.read_all(query).await?;
    all.retain(|one| configuration.is_none_or(|arn| arn == one.configuration_arn));
    all.sort_by(|a, b| (a.order, a.held_at, &a.id).cmp(&(b.order, b.held_at, &b.id)));
    Ok(all)
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
struct Shown {
    notification_id: String,
    chat_configuration_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    reason: String,
    held_timestamp: Timestamp,
}

impl From<HeldNotification> for Shown {
    fn from(held: HeldNotification) -> Self {
        let work: serde_json::Value = serde_json::from_str(&held.work).unwrap_or_default();
        let text = |name: &str| work.get(name).and_then(|text| text.as_str()).map(str::to_owned);
        Shown {
            notification_id: held.id,
            chat_configuration_arn: held.configuration_arn,
            topic_arn: text("TopicArn"),
            subject: text("Subject"),
            message: text("Message"),
            reason: held.reason,
            held_timestamp: held.held_at,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    notifications: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// What was held back, and why.
pub(super) async fn list_held_notifications(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<ListOutput, Fault> {
    let wanted = call.input.chat_configuration_arn.as_deref();
    let all = held(cx, &call, wanted).await?;
    let scope = format!("bailiwick:ListHeldNotifications {} {}", call.account(), wanted.unwrap_or_default());
    let size = call.input.max_results.unwrap_or(100).clamp(1, 100);
    let key = |one: &HeldNotification| format!("{:020} {} {}", one.order, one.held_at.to_rfc3339_millis(), one.id);
    let page = page(cx.vault, &scope, all, key, call.input.next_token.as_deref(), size)
        .ok_or_else(|| invalid("The NextToken is not one of this list."))??;
    Ok(ListOutput { notifications: page.items.into_iter().map(Into::into).collect(), next_token: page.next })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReplayInput {
    chat_configuration_arn: String,
    notification_ids: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReplayOutput {
    notification_ids: Vec<String>,
}

/// The held notifications of a configuration: all, or those that are named.
async fn chosen(cx: &Context<'_>, call: &Authorized<ReplayInput>) -> Result<Vec<HeldNotification>, Fault> {
    let mut all = held(cx, call, Some(&call.input.chat_configuration_arn)).await?;
    if let Some(wanted) = &call.input.notification_ids {
        if let Some(missing) = wanted.iter().find(|id| all.iter().all(|held| held.id != **id)) {
            return Err(not_found(format!("The notification {missing} is not held.")));
        }
        all.retain(|held| wanted.contains(&held.id));
    }
    Ok(all)
}

/// Throws held notifications away: all of a configuration, or those that are named. They are not shown any more, wherever
/// the configuration's state goes.
pub(super) async fn drop_notifications(cx: &Context<'_>, call: Authorized<ReplayInput>) -> Result<ReplayOutput, Fault> {
    let (mut change, mut ids) = (Change::new(), Vec::new());
    for one in chosen(cx, &call).await? {
        change = change.delete(held_key(call.partition().as_str(), call.account(), &one), Expect::Present);
        ids.push(one.id);
    }
    cx.commit(change);
    Ok(ReplayOutput { notification_ids: ids })
}

/// Gives held notifications back to the bot: all of a configuration, or those that are named.
pub(super) async fn replay_notifications(
    cx: &Context<'_>,
    call: Authorized<ReplayInput>,
) -> Result<ReplayOutput, Fault> {
    let arn = &call.input.chat_configuration_arn;
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    let configuration =
        account.channel_configuration(arn).ok_or_else(|| not_found(format!("{arn} does not exist.")))?;
    if let Some(reason) = cx.directory.configuration_disabled(configuration) {
        return Err(conflict(format!("The configuration is disabled. {reason}")));
    }
    let (mut change, mut ids) = (Change::new(), Vec::new());
    for one in chosen(cx, &call).await? {
        // The row's identity is another one each time it is held; a repeat of this request finds nothing to give back.
        let first = one.inbox_id.split("/replay/").next().unwrap_or_default();
        let row = format!("{first}/replay/{}", cx.now.to_rfc3339_millis());
        change = change
            .delete(held_key(call.partition().as_str(), call.account(), &one), Expect::Present)
            .inbox(row, "sns", one.work, cx.now);
        ids.push(one.id);
    }
    cx.commit(change);
    Ok(ReplayOutput { notification_ids: ids })
}
