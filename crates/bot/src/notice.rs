//! A notification becomes a card in the channel that listens.

use bailiwick_chat::{Card, Thread};
use bailiwick_ident::{AccountId, Arn, Timestamp};
use bailiwick_notify::{Notification, Phase, render};
use bailiwick_services::held::{self, HeldNotification};
use bailiwick_store::{Change, EntityKey, Expect, InboxRow};
use serde::{Deserialize, Serialize};

use crate::inbox::WorkError;
use crate::{Bot, reply};

/// The kind of the entity that remembers which message opened a matter.
const OPEN: &str = "bot.open-matter";

/// The work row of a published message, as SNS writes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published {
    message_id: String,
    topic_arn: String,
    subject: Option<String>,
    message: String,
    timestamp: String,
    #[serde(default)]
    message_attributes: std::collections::BTreeMap<String, Attribute>,
    configuration_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    value: String,
}

/// What opened a matter: the message with its card, and when.
#[derive(Debug, Serialize, Deserialize)]
struct Opened {
    format: u32,
    message: String,
    at: Timestamp,
}

/// Keeps a notification for a channel that the organization's chatbot policy turned off: `bailiwick:ListHeldNotifications`
/// shows it, `bailiwick:ReplayNotifications` gives it back.
async fn hold(
    bot: &Bot,
    inbox: &InboxRow,
    published: &Published,
    account: AccountId,
    reason: String,
) -> Result<(), WorkError> {
    let held = HeldNotification {
        format: 1,
        id: published.message_id.clone(),
        configuration_arn: published.configuration_arn.clone(),
        inbox_id: inbox.id.clone(),
        order: inbox.sequence,
        work: inbox.body.clone(),
        reason,
        held_at: bot.parts.clock.now(),
    };
    tracing::warn!(configuration = held.configuration_arn, reason = held.reason, "a notification is held back");
    let partition = bot.parts.authority.directory().partition().to_string();
    let kept = held::hold(&partition, account, &held)
        .ok_or_else(|| WorkError::Undecided("a notification cannot be written down".to_owned()))?;
    bot.parts.store.commit(kept.finish_inbox(&inbox.id, inbox.fence, "held")).await?;
    Ok(())
}

/// Sees one published message to its end.
pub(crate) async fn handle(bot: &Bot, inbox: &InboxRow) -> Result<(), WorkError> {
    let now = bot.parts.clock.now();
    let end = |outcome: &str| Change::new().finish_inbox(&inbox.id, inbox.fence, outcome);
    let published: Published = match serde_json::from_str(&inbox.body) {
        Ok(published) => published,
        Err(error) => {
            tracing::error!(%error, inbox = inbox.id, "a notification cannot be read");
            bot.parts.store.commit(end("unreadable")).await?;
            return Ok(());
        }
    };
    if let Some(channel) = bot.parts.authority.directory().channel_configuration(&published.configuration_arn) {
        bot.look_at_channel(&crate::channel::place(channel)).await?;
    }
    let directory = bot.parts.authority.directory();
    let Some(channel) = directory.channel_configuration(&published.configuration_arn) else {
        // The configuration went between publishing and now; nobody is left to read it.
        bot.parts.store.commit(end("the configuration is gone")).await?;
        return Ok(());
    };
    if let Some(reason) = directory.configuration_disabled(channel) {
        return hold(bot, inbox, &published, channel.account, reason).await;
    }
    let (rendered, home, message) = match Arn::parse(&published.topic_arn) {
        Ok(topic) => {
            let home = (topic.partition().to_owned(), topic.account().to_owned());
            let notification = Notification {
                topic,
                published: Timestamp::parse_rfc3339(&published.timestamp).unwrap_or(now),
                subject: published.subject,
                message: published.message,
                attributes: published.message_attributes.into_iter().map(|(name, a)| (name, a.value)).collect(),
            };
            (render(&notification), home, notification.message)
        }
        Err(error) => {
            tracing::error!(%error, inbox = inbox.id, "a notification names no topic");
            bot.parts.store.commit(end("no topic")).await?;
            return Ok(());
        }
    };

    let place = crate::channel::place(channel);
    // One message may go to several channels.
    let id = format!("sns-{}.{}", published.message_id, place.channel_key());
    let mut change = end("shown");
    let mut card: Card = rendered.card.clone();
    if rendered.custom_actions {
        let keep;
        (card, keep) = bot.with_actions(&place, &channel.arn, rendered.kind, &message, &id, card);
        change = change.and(keep);
    }
    if let Some(correlation) = &rendered.correlation {
        let name = format!("{}/{}", place.channel_key(), correlation.key);
        let key = EntityKey::in_account(home.0, home.1, OPEN, name);
        let opened = bot.parts.store.entity(key.clone()).await?;
        let before: Option<Opened> = opened.as_ref().and_then(|entity| serde_json::from_str(&entity.body).ok());
        match (correlation.phase, before) {
            (Phase::Opens, _) => {
                let opened = Opened { format: 1, message: id.clone(), at: rendered.at };
                let body = serde_json::to_string(&opened).unwrap_or_default();
                change = change.put(key, body, Expect::Any);
            }
            (Phase::Closes, Some(before)) => {
                // The old message says how it ended; a new one would be noise, but people who watch are told in its thread.
                change = change
                    .and(reply::edit(&place, &before.message, &id, rendered.closing(before.at), now))
                    .delete(key, Expect::Any);
                let thread = Some(Thread::Ours(before.message));
                bot.parts.store.commit(change.and(reply::post(&place, thread, id, card, now))).await?;
                bot.parts.wake.signal();
                return Ok(());
            }
            (Phase::Closes | Phase::Continues, _) => {}
        }
    }
    bot.parts.store.commit(change.and(reply::post(&place, None, id, std::mem::take(&mut card), now))).await?;
    bot.parts.wake.signal();
    Ok(())
}
