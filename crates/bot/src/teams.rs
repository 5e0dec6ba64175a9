//! What Microsoft Teams posts to us: believed, kept, and only then acknowledged.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_chat::room::body_from_json;
use bailiwick_chat::teams::adaptive::{invoke_answer, invoke_error, invoke_words};
use bailiwick_chat::teams::token::{JwsError, KeySet, TokenError};
use bailiwick_chat::teams::{Activity, ActivityError, App, Inbound, Incoming, Unverified};
use bailiwick_chat::{Body, Card, Event, EventKind};
use bailiwick_client::TeamsConnector;
use serde_json::Value;

use crate::inbox::inbox_id;
use crate::stored::{self, Shown};
use crate::{Accepted, Bot};

/// How long a press waits for what it leads to, so that Teams can show it at once. Teams itself waits for some ten seconds.
const PRESS_WAITS: Duration = Duration::from_secs(3);

/// An answer to Teams.
#[derive(Debug, Clone, PartialEq)]
pub struct TeamsAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as JSON; for presses.
    pub body: Option<Value>,
}

impl TeamsAnswer {
    fn status(status: u16) -> Self {
        TeamsAnswer { status, body: None }
    }

    fn json(status: u16, body: Value) -> Self {
        TeamsAnswer { status, body: Some(body) }
    }
}

/// Where Teams' activities come in.
pub struct TeamsDoor {
    bot: Arc<Bot>,
    connector: Arc<TeamsConnector>,
    app: Arc<App>,
}

/// Why an activity was not taken.
enum NotTaken {
    /// It is refused.
    Refused(ActivityError),
    /// It may be taken later.
    Later(String),
}

impl TeamsDoor {
    /// The door of a bot.
    pub fn new(bot: Arc<Bot>, connector: Arc<TeamsConnector>, app: Arc<App>) -> Self {
        TeamsDoor { bot, connector, app }
    }

    /// Takes one activity. A status below 300 is given only after what was asked is kept.
    pub async fn receive(&self, authorization: Option<&str>, body: &[u8]) -> TeamsAnswer {
        let activity = match self.believe(authorization, body).await {
            Ok(activity) => activity,
            Err(NotTaken::Refused(error)) => {
                tracing::warn!(%error, "an activity is refused");
                return TeamsAnswer::status(error.status());
            }
            Err(NotTaken::Later(error)) => {
                tracing::error!(error, "an activity cannot be taken now");
                return TeamsAnswer::status(503);
            }
        };
        match self.take(&activity).await {
            Ok(answer) => answer,
            Err(NotTaken::Refused(error)) => {
                tracing::warn!(%error, "an activity is refused");
                match activity.is_invoke() {
                    true => TeamsAnswer::json(200, invoke_error(400, "BadRequest", &error.to_string())),
                    false => TeamsAnswer::status(error.status()),
                }
            }
            Err(NotTaken::Later(error)) => {
                tracing::error!(error, "an activity cannot be taken now");
                TeamsAnswer::status(503)
            }
        }
    }

    async fn believe(&self, authorization: Option<&str>, body: &[u8]) -> Result<Activity, NotTaken> {
        let unverified = Unverified::parse(body).map_err(NotTaken::Refused)?;
        let now = self.bot.parts.clock.now();
        let check = |keys: &KeySet| unverified.verify(authorization, &self.app, keys, now);
        match check(self.connector.keys(false).await.map_err(NotTaken::Later)?.as_ref()) {
            Err(ActivityError::Token(TokenError::Unsigned(JwsError::UnknownKey))) => {
                // The issuer may have changed its keys.
                let newer = self.connector.keys(true).await.map_err(NotTaken::Later)?;
                check(newer.as_ref()).map_err(NotTaken::Refused)
            }
            checked => checked.map_err(NotTaken::Refused),
        }
    }

    async fn take(&self, activity: &Activity) -> Result<TeamsAnswer, NotTaken> {
        let now = self.bot.parts.clock.now();
        let read = |group: Option<&str>| {
            let inbound = activity.inbound(now, |_| group.map(str::to_owned));
            inbound.map_err(|error| NotTaken::Refused(ActivityError::Limit(error)))
        };
        let inbound = match read(None)? {
            Inbound::UnknownTeam { team, reference } => {
                let group = self.connector.team(&reference, &team).await.map_err(NotTaken::Later)?;
                match group {
                    Some(group) => read(Some(&group))?,
                    None => Inbound::Ignored("Teams does not know the team"),
                }
            }
            inbound => inbound,
        };
        match inbound {
            Inbound::Event(incoming) => self.event(*incoming).await,
            Inbound::Present { reference, team } => {
                if let Some((group, team)) = team {
                    self.connector.remember_team(&team, &group).await.map_err(NotTaken::Later)?;
                    self.connector.remember(&group, &reference).await.map_err(NotTaken::Later)?;
                }
                Ok(TeamsAnswer::status(200))
            }
            Inbound::Gone => Ok(TeamsAnswer::status(200)),
            Inbound::Ignored(why) => {
                tracing::debug!(why, "an activity is not for us");
                Ok(TeamsAnswer::status(if activity.is_invoke() { 501 } else { 200 }))
            }
            Inbound::UnknownTeam { .. } => Err(NotTaken::Later("the team is not known".to_owned())),
        }
    }

    async fn event(&self, incoming: Incoming) -> Result<TeamsAnswer, NotTaken> {
        let event = &incoming.event;
        if event.unresolved.is_none() {
            // The roster is asked when the event is worked on: a platform that asks to wait is waited for there.
            let sender = self.connector.remember_sender(&event.who.member_id, &incoming.sender);
            sender.await.map_err(NotTaken::Later)?;
        }
        self.connector.remember(&event.place.workspace, &incoming.reference).await.map_err(NotTaken::Later)?;
        // Before the press is worked on: what it leads to may be a message of its own.
        let pressed = if incoming.invoke { self.pressed(event).await } else { None };
        let mut waiter = self.bot.parts.wake.waiter();
        let accepted = self.bot.accept(event).await.map_err(|error| NotTaken::Later(error.to_string()))?;
        if !incoming.invoke {
            return Ok(TeamsAnswer::status(if accepted == Accepted::New { 202 } else { 200 }));
        }
        // Whoever presses sees the card as it became, when that is soon.
        let id = inbox_id(event);
        let ended = async {
            loop {
                match self.bot.parts.store.inbox(&id).await {
                    Ok(Some(row)) if row.outcome.is_some() => return,
                    Ok(Some(_)) => {}
                    Ok(None) | Err(_) => return,
                }
                // Signals are for all; a row may also end without one.
                let _ = tokio::time::timeout(Duration::from_millis(100), waiter.wait()).await;
            }
        };
        let _ = tokio::time::timeout(PRESS_WAITS, ended).await;
        let card = match &pressed {
            Some(message) => self.card(message).await,
            None => None,
        };
        let body = match card {
            Some(card) => invoke_answer(&card),
            None => invoke_words("Taken. The answer comes in this thread."),
        };
        Ok(TeamsAnswer::json(200, body))
    }

    /// Our message with the button that was pressed.
    async fn pressed(&self, event: &Event) -> Option<String> {
        let EventKind::Press { target, .. } = &event.kind else { return None };
        let row = self.bot.parts.store.command(target).await.ok().flatten()?;
        if row.room != event.place.channel_key() {
            return None;
        }
        stored::read::<Shown>(row.answer.as_deref())?.message
    }

    /// What one of our messages says now.
    async fn card(&self, message: &str) -> Option<Card> {
        let message = self.bot.parts.store.room_message(message).await.ok().flatten()?;
        match body_from_json(message.body.as_bytes()) {
            Ok(Body::Card(card)) => Some(*card),
            _ => None,
        }
    }
}
