use aws_lc_rs::digest::{SHA256, digest};
use bailiwick_authority::uuid;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Timestamp};
use bailiwick_store::{Change, EntityKey, EntityQuery, Expect};
use serde::{Deserialize, Serialize};

use super::{conflict, invalid, not_found};
use crate::chime::find_room;
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

/// The kind of the entity that is a webhook.
const KIND: &str = "bailiwick.room-webhook";
/// The most webhooks of a room. Source: AWS's Amazon Chime developer guide, "Creating webhooks".
const PER_ROOM: usize = 10;

/// The stored form of a webhook. Of its token only the digest is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Webhook {
    format: u32,
    pub(crate) id: String,
    pub(crate) room: String,
    pub(crate) name: String,
    pub(crate) token_digest: String,
    created_at: Timestamp,
}

/// Where a webhook is kept. Its id begins with its account, so that whoever calls it need not say more.
pub(crate) fn key(partition: &str, id: &str) -> Option<EntityKey> {
    let account = AccountId::parse(id.split_once('-')?.0).ok()?;
    Some(EntityKey::in_account(partition, account.as_str(), KIND, id))
}

/// The digest of a token, in hexadecimal digits. Tokens are random and long, so nothing slower is needed.
pub(crate) fn token_digest(token: &str) -> String {
    digest(&SHA256, token.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn of_room<I>(cx: &Context<'_>, call: &Authorized<I>, room: &str) -> Result<Vec<Webhook>, Fault> {
    let found = find_room(cx, call.partition(), call.account(), room).await?;
    let room = found.map(|(room, _)| room.id).ok_or_else(|| not_found("The room does not exist."))?;
    let query = EntityQuery::kind(KIND).partition(call.partition().as_str()).account(call.account().as_str());
    let mut all: Vec<Webhook> = cx.read_all(query).await?;
    all.retain(|webhook| webhook.room == room);
    Ok(all)
}

/// A webhook as it is shown: never with its token, which is a secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    webhook_id: String,
    room_id: String,
    name: String,
    created_timestamp: Timestamp,
}

impl From<Webhook> for Shown {
    fn from(webhook: Webhook) -> Self {
        let Webhook { id, room, name, created_at, .. } = webhook;
        Shown { webhook_id: id, room_id: room, name, created_timestamp: created_at }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    room_id: String,
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateOutput {
    webhook: Shown,
    webhook_url: String,
}

/// Makes an address that shows in the room what is posted to it, in Amazon Chime's form. The address is told this once.
pub(super) async fn create_room_webhook(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<CreateOutput, Fault> {
    cx.alone(&format!("room-webhooks {}", call.input.room_id)).await;
    if of_room(cx, &call, &call.input.room_id).await?.len() >= PER_ROOM {
        return Err(conflict(format!("A room has at most {PER_ROOM} webhooks; delete one first.")));
    }
    let name = call.input.name.trim();
    if name.is_empty() {
        return Err(invalid("The name is empty."));
    }
    let id = format!("{}-{}", call.account(), uuid(cx.entropy));
    let token = format!("{}-{}", uuid(cx.entropy), uuid(cx.entropy));
    let webhook = Webhook {
        format: 1,
        id: id.clone(),
        room: call.input.room_id.clone(),
        name: name.to_owned(),
        token_digest: token_digest(&token),
        created_at: cx.now,
    };
    let key = key(call.partition().as_str(), &id).ok_or_else(|| crate::fault::internal("a webhook without a key"))?;
    cx.commit(Change::new().put(key, crate::fault::to_stored(&webhook)?, Expect::Absent));
    let webhook_url = format!("{}/incomingwebhooks/{id}?token={token}", cx.sns.base_url);
    Ok(CreateOutput { webhook: webhook.into(), webhook_url })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    room_id: String,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    webhooks: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The webhooks of a room.
pub(super) async fn list_room_webhooks(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let all = of_room(cx, &call, &call.input.room_id).await?;
    let scope = format!("bailiwick:ListRoomWebhooks {} {}", call.account(), call.input.room_id);
    let size = call.input.max_results.unwrap_or(100).clamp(1, 100);
    let page = page(cx.vault, &scope, all, |one| one.id.clone(), call.input.next_token.as_deref(), size)
        .ok_or_else(|| invalid("The NextToken is not one of this list."))??;
    Ok(ListOutput { webhooks: page.items.into_iter().map(Into::into).collect(), next_token: page.next })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    room_id: String,
    webhook_id: String,
}

/// Takes a webhook's address back.
pub(super) async fn delete_room_webhook(cx: &Context<'_>, call: Authorized<DeleteInput>) -> Result<Nothing, Fault> {
    let all = of_room(cx, &call, &call.input.room_id).await?;
    let known = all.iter().any(|webhook| webhook.id == call.input.webhook_id);
    let key = key(call.partition().as_str(), &call.input.webhook_id).filter(|_| known);
    let key = key.ok_or_else(|| not_found("The webhook does not exist in this room."))?;
    cx.commit(Change::new().delete(key, Expect::Present));
    Ok(Nothing {})
}
