//! What is posted to a room's webhook, in Amazon Chime's form. Whoever has the address may post; what is posted is shown and
//! never run.
//!
//! Source: AWS's Amazon Chime developer guide, "Using webhooks with Amazon Chime", for limits and statuses.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use bailiwick_authority::{Call, Caller, audit, uuid};
use bailiwick_aws::Value;
use bailiwick_chat::Body;
use bailiwick_chat::chime::{INTERVAL, calls_everybody, read_payload};
use bailiwick_chat::room::body_to_json;
use bailiwick_ident::{AccountId, Region};
use bailiwick_store::{AuditDraft, Change, NewRoomMessage, RoomMessageKind};

use crate::Services;
use crate::bailiwick::{Webhook, token_digest, webhook_key};
use crate::chime::room_exists;

/// The largest room whose members can all be called.
const EVERYBODY: usize = 50;
/// How many webhooks are remembered before those that may be used again are forgotten.
const REMEMBERED: usize = 16_384;

/// When webhooks were used last, in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Paces(Mutex<HashMap<String, i64>>);

impl Paces {
    /// Whether it is a webhook's turn, which is then taken.
    fn turn(&self, id: &str, now: i64) -> bool {
        let interval = i64::try_from(INTERVAL.as_millis()).unwrap_or(i64::MAX);
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= REMEMBERED {
            last.retain(|_, at| now.saturating_sub(*at) < interval);
        }
        let free = last.get(id).is_none_or(|at| now.saturating_sub(*at) >= interval);
        if free {
            last.insert(id.to_owned(), now);
        }
        free
    }
}

/// A message that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The message.
    pub message_id: String,
    /// The room.
    pub room_id: String,
}

/// Why nothing is shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct WebhookRefusal {
    /// The HTTP status.
    pub status: u16,
    /// Why.
    pub words: String,
}

fn refusal(status: u16, words: impl Into<String>) -> WebhookRefusal {
    WebhookRefusal { status, words: words.into() }
}

impl Services {
    /// Shows what is posted to a webhook in its room.
    ///
    /// # Errors
    /// [`WebhookRefusal`].
    pub async fn incoming_webhook(&self, id: &str, token: Option<&str>, body: &[u8]) -> Result<Posted, WebhookRefusal> {
        let directory = self.authority.directory();
        let partition = directory.partition();
        let unavailable = |error: bailiwick_store::StoreError| {
            tracing::error!(%error, "a webhook cannot be served");
            refusal(503, "try again in a moment")
        };
        let gone = || refusal(404, "there is no such webhook; it may have been deleted");
        let key = webhook_key(partition.as_str(), id).ok_or_else(gone)?;
        let account = key.account.clone();
        let entity = self.store.entity(key).await.map_err(unavailable)?.ok_or_else(gone)?;
        let webhook: Webhook = serde_json::from_str(&entity.body).map_err(|_| refusal(503, "try again in a moment"))?;
        let digest = token_digest(token.unwrap_or_default());
        if verify_slices_are_equal(digest.as_bytes(), webhook.token_digest.as_bytes()).is_err() {
            return Err(refusal(403, "the token is not valid"));
        }
        let now = self.clock.now();
        if !self.webhook_paces.turn(id, now.as_millis()) {
            return Err(refusal(429, "a webhook takes one message a second"));
        }
        let words = read_payload(body).map_err(|error| refusal(error.status(), error.to_string()))?;
        if !room_exists(self.store.as_ref(), partition.as_str(), &account, &webhook.room).await.map_err(unavailable)? {
            return Err(gone());
        }
        let home = AccountId::parse(&account).ok().and_then(|account| directory.account(account));
        let members = home.map_or(0, |home| home.room_memberships().filter(|one| one.room == webhook.room).count());
        if members > EVERYBODY && calls_everybody(&words) {
            return Err(refusal(400, "@All and @Present are for rooms of at most 50 members"));
        }
        let message_id = uuid(self.entropy.as_ref());
        let record = self.webhook_record(id, &webhook, &words, account.as_str()).map_err(|error| {
            tracing::error!(%error, "what a webhook posts cannot be recorded");
            refusal(503, "try again in a moment")
        })?;
        let change = Change::new()
            .audit(record)
            .room_message(NewRoomMessage {
                id: message_id.clone(),
                room: webhook.room.clone(),
                thread: None,
                author: webhook.name.clone(),
                kind: RoomMessageKind::Text,
                body: body_to_json(&Body::Text(words)),
                created_at: now,
            })
            .room_event(&webhook.room, "message.added", Some(message_id.clone()), "{}");
        self.store.commit(change).await.map_err(unavailable)?;
        self.wake.signal();
        Ok(Posted { message_id, room_id: webhook.room })
    }

    /// The audit record of a message that a webhook brought: as of a post to its room, by nobody but the webhook.
    fn webhook_record(&self, id: &str, webhook: &Webhook, words: &str, account: &str) -> Result<AuditDraft, String> {
        let account = AccountId::parse(account).map_err(|error| error.to_string())?;
        let call = Call {
            service: "bailiwick".to_owned(),
            operation: "PostRoomMessage".to_owned(),
            account,
            region: Region::us_east_1(),
            partition: self.authority.directory().partition().clone(),
            input: Value::map([("RoomId", Value::from(webhook.room.as_str())), ("Content", Value::from(words))]),
        };
        let user_agent = Some(format!("bailiwick/webhook {id}"));
        let caller = Caller { user_agent, ..Caller::system(uuid(self.entropy.as_ref())) };
        let record = audit::by_secret(&self.pack, &caller, &call, &uuid(self.entropy.as_ref()), self.clock.now());
        record.map_err(|error| error.to_string())
    }
}
