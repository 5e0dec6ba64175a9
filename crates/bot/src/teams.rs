//! What Microsoft Teams posts to us: believed, kept, and only then acknowledged.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_chat::room::body_from_json;
use bailiwick_chat::teams::adaptive::{Refreshed, invoke_answer, invoke_error, invoke_words};
use bailiwick_chat::teams::token::{JwsError, KeySet, TokenError};
use bailiwick_chat::teams::{Activity, ActivityError, App, Inbound, Incoming, Refresh, Unverified};
use bailiwick_chat::{Body, ButtonId, EventKind, Place};
use bailiwick_client::TeamsConnector;
use bailiwick_services::approval::{self, Approval};
use bailiwick_store::{CommandRow, StoreError};
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
            Inbound::Refresh(refresh) => self.refresh(&refresh).await,
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
            let speaker = self.connector.remember_speaker(&event.place, &incoming.sender);
            speaker.await.map_err(NotTaken::Later)?;
        }
        self.connector.remember(&event.place.workspace, &incoming.reference).await.map_err(NotTaken::Later)?;
        // Before the press is worked on: what it leads to may be a message of its own.
        let pressed = match &event.kind {
            EventKind::Press { target, .. } if incoming.invoke => self.message(&event.place, target).await,
            _ => None,
        };
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
        let shown = match &pressed {
            Some(message) => self.shown(&event.place, message, &event.who.member_id, &incoming.sender).await,
            None => None,
        };
        let body = match shown {
            Some(shown) => shown,
            None => invoke_words("Taken. The answer comes in this thread."),
        };
        Ok(TeamsAnswer::json(200, body))
    }

    /// Answers somebody's client that looks at a card: with what it says now, and the buttons that are theirs.
    async fn refresh(&self, refresh: &Refresh) -> Result<TeamsAnswer, NotTaken> {
        let Refresh { who, place, message, sender } = refresh;
        let shown = self.shown(place, message, &who.member_id, sender).await;
        let gone = || invoke_error(404, "NotFound", "what this card is about is not kept any more");
        Ok(TeamsAnswer::json(200, shown.unwrap_or_else(gone)))
    }

    async fn command(&self, place: &Place, id: &str) -> Result<Option<CommandRow>, StoreError> {
        Ok(self.bot.parts.store.command(id).await?.filter(|row| row.room == place.channel_key()))
    }

    /// Our message with the buttons of a command.
    async fn message(&self, place: &Place, command: &str) -> Option<String> {
        let row = self.command(place, command).await.ok().flatten()?;
        stored::read::<Shown>(row.answer.as_deref())?.message
    }

    /// What one of our messages says now to a member, with the buttons that are theirs.
    async fn shown(&self, place: &Place, message: &str, member: &str, sender: &str) -> Option<Value> {
        let kept = self.bot.parts.store.room_message(message).await.ok().flatten()?;
        let Ok(Body::Card(mut card)) = body_from_json(kept.body.as_bytes()) else { return None };
        if kept.room != place.channel_key() {
            return None;
        }
        let command = card.buttons.first().map(|button| button.target.clone());
        if let Some(command) = command {
            let row = self.command(place, &command).await.ok()?;
            card.buttons.retain(|button| row.as_ref().is_none_or(|row| self.is_for(button.id, row, member)));
        }
        Some(invoke_answer(&card, Refreshed { message, users: &[sender.to_owned()] }))
    }

    /// Whether a button of a command is of use to a member now. What a press does is decided when it comes.
    fn is_for(&self, button: ButtonId, row: &CommandRow, member: &str) -> bool {
        let open = row.expires_at.is_none_or(|until| until > self.bot.parts.clock.now());
        match button {
            ButtonId::Run | ButtonId::Cancel | ButtonId::Choose => open && row.actor == member,
            ButtonId::AskForApproval => row.actor == member,
            ButtonId::Approve | ButtonId::Reject => {
                let directory = self.bot.parts.authority.directory();
                let Some(waits) = Approval::of(row).filter(|_| open && !member.is_empty()) else { return false };
                let who = approval::member(&directory, &waits.waiting, member);
                let gave = waits.approvers.iter().any(|approver| approver.id == who);
                let own = waits.is_requester(&directory, &who) && !waits.needs.requester;
                button == ButtonId::Reject || !(gave || own)
            }
            _ => open || button != ButtonId::AddOptions,
        }
    }
}
