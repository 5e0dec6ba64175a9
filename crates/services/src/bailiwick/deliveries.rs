//! Deliveries that were given up: messages of topics, and what the bot says on other platforms.

use bailiwick_authority::Platform;
use bailiwick_aws::fault::Fault;
use bailiwick_chat::post::{DESTINATION, Post};
use bailiwick_ident::{AccountId, Arn, Timestamp};
use bailiwick_notify::sns::delivery::Delivery;
use bailiwick_store::{Change, OutboxQuery, OutboxRow, WorkState};
use serde::{Deserialize, Serialize};

use super::{ListInput, invalid, not_found};
use crate::page::page;
use crate::{Authorized, Context};

/// The account that a row is of: of the channel's configuration, or of the topic.
fn owned_by(cx: &Context<'_>, row: &OutboxRow, account: AccountId) -> bool {
    if !row.destination.starts_with(DESTINATION) {
        let delivery: Option<Delivery> = serde_json::from_str(&row.body).ok();
        let topic = delivery.and_then(|delivery| Arn::parse(&delivery.topic_arn).ok());
        return topic.and_then(|topic| topic.account_id()) == Some(account);
    }
    let Ok(Post { place, .. }) = Post::from_json(row.body.as_bytes()) else { return false };
    // A webhook's channel is the ARN of its configuration.
    if let Ok(configuration) = Arn::parse(&place.channel) {
        return configuration.account_id() == Some(account);
    }
    let platform = match place.platform {
        bailiwick_chat::Platform::Room => Platform::Chime,
        bailiwick_chat::Platform::Slack => Platform::Slack,
        bailiwick_chat::Platform::Teams => Platform::MicrosoftTeams,
    };
    let bound = cx.directory.channel(platform, &place.workspace, &place.channel);
    bound.iter().any(|configuration| configuration.account == account)
}

async fn given_up<I>(cx: &Context<'_>, call: &Authorized<I>) -> Result<Vec<OutboxRow>, Fault> {
    let query = OutboxQuery { state: Some(WorkState::Dead), ..OutboxQuery::default() };
    let mut rows = cx.store.outbox(query).await.map_err(crate::fault::store)?;
    rows.retain(|row| owned_by(cx, row, call.account()));
    Ok(rows)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    delivery_id: String,
    destination: String,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    created_timestamp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_timestamp: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    deliveries: Vec<Failed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// What was given up, oldest first.
pub(super) async fn list_failed_deliveries(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let shown = |row: OutboxRow| Failed {
        delivery_id: row.key,
        destination: row.destination,
        attempts: row.attempts,
        error: row.error,
        created_timestamp: row.created_at,
        failed_timestamp: row.ended_at,
    };
    let all: Vec<Failed> = given_up(cx, &call).await?.into_iter().map(shown).collect();
    let scope = format!("bailiwick:ListFailedDeliveries {}", call.account());
    let size = call.input.max_results.unwrap_or(100).clamp(1, 100);
    let key = |one: &Failed| format!("{} {}", one.created_timestamp.to_rfc3339_millis(), one.delivery_id);
    let page = page(cx.vault, &scope, all, key, call.input.next_token.as_deref(), size)
        .ok_or_else(|| invalid("The NextToken is not one of this list."))??;
    Ok(ListOutput { deliveries: page.items, next_token: page.next })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RetryInput {
    delivery_ids: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RetryOutput {
    delivery_ids: Vec<String>,
}

/// Lets deliveries be tried once more: all that the account gave up, or those that are named.
pub(super) async fn retry_deliveries(cx: &Context<'_>, call: Authorized<RetryInput>) -> Result<RetryOutput, Fault> {
    let mut rows = given_up(cx, &call).await?;
    if let Some(wanted) = &call.input.delivery_ids {
        if let Some(missing) = wanted.iter().find(|id| rows.iter().all(|row| row.key != **id)) {
            return Err(not_found(format!("The delivery {missing} was not given up.")));
        }
        rows.retain(|row| wanted.contains(&row.key));
    }
    let (mut change, mut ids) = (Change::new(), Vec::new());
    for row in rows {
        change = change.revive_outbox(&row.key, cx.now);
        ids.push(row.key);
    }
    cx.commit(change);
    Ok(RetryOutput { delivery_ids: ids })
}
