//! Microsoft Teams: the keys of the Bot Framework, our token, and the courier that posts.
//!
//! Nothing here is asked for more often than it has to be: keys are kept for a day, a token until shortly before it ends, and
//! both are asked for by one at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bailiwick_authority::Clock;
use bailiwick_chat::teams::adaptive::Refreshed;
use bailiwick_chat::teams::connector::{self, AccessToken, Answer, RequestError};
use bailiwick_chat::teams::token::{KeySet, keys_address};
use bailiwick_chat::teams::{App, Reference, adaptive, decoded_channel};
use bailiwick_chat::{Act, Member, Place, Platform};
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, EntityKey, Expect, Store};
use zeroize::Zeroizing;

use crate::post::{Courier, Letter, NotPosted, Pace, Posting};
use crate::{Documents, Transport};

/// How long keys are used without asking again, in seconds. The Bot Framework's SDK keeps them for up to five days.
const KEYS_SECONDS: i64 = 24 * 60 * 60;
/// How long old keys are used while new ones cannot be had, in seconds.
const OLDEST_KEYS_SECONDS: i64 = 5 * 24 * 60 * 60;
/// How often keys are asked for because a token names one that is not known, at most, in seconds.
const NEWER_KEYS_SECONDS: i64 = 60;
/// How long before its end a token is not used any more, in seconds.
const TOKEN_MARGIN: i64 = 300;
/// How long the roster's word about a member holds, in seconds.
const MEMBER_SECONDS: i64 = 600;
/// How many members are remembered.
const MEMBERS: usize = 16_384;
/// Microsoft's documentation, "Optimize your bot with rate limiting": 7 messages a second to one thread, 60 in half a minute.
const PACE: Pace = Pace { interval: Duration::from_millis(500), burst: 7 };

/// The kind of the entity that knows how a channel or a team is reached.
const REFERENCE: &str = "teams.reference";
/// The kind of the entity that knows the directory's id of a team, by Teams' id of it.
const TEAM: &str = "teams.team";
/// The kind of the entity that knows how rosters call somebody, by the id in the directory.
const SENDER: &str = "teams.sender";
/// The kind of the entity that knows who spoke in a channel, as its roster names them: the newest at the end.
const SPEAKERS: &str = "teams.speakers";

/// Speaks with the Bot Framework.
pub struct TeamsConnector {
    app: Arc<App>,
    passwords: Vec<Zeroizing<String>>,
    transport: Transport,
    documents: Documents,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    keys: tokio::sync::Mutex<Option<(Arc<KeySet>, Timestamp)>>,
    token: tokio::sync::Mutex<Option<(AccessToken, Timestamp)>>,
    members: Mutex<HashMap<String, (Member, Timestamp)>>,
}

/// What a connector is made of.
pub struct TeamsParts {
    /// The bot as Microsoft knows it.
    pub app: Arc<App>,
    /// The app's passwords, secrets: the one in use, then one that is being replaced.
    pub passwords: Vec<String>,
    /// Sends.
    pub transport: Transport,
    /// Fetches keys.
    pub documents: Documents,
    /// Keeps how channels are reached.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl TeamsConnector {
    /// A connector over these parts.
    pub fn new(parts: TeamsParts) -> Self {
        TeamsConnector {
            app: parts.app,
            passwords: parts.passwords.into_iter().map(Zeroizing::new).collect(),
            transport: parts.transport,
            documents: parts.documents,
            store: parts.store,
            clock: parts.clock,
            keys: tokio::sync::Mutex::default(),
            token: tokio::sync::Mutex::default(),
            members: Mutex::default(),
        }
    }

    /// The keys of the Bot Framework. `unknown` says that those of before do not have the one that is needed.
    ///
    /// # Errors
    /// A sentence for the log: there are none, and none can be had.
    pub async fn keys(&self, unknown: bool) -> Result<Arc<KeySet>, String> {
        let mut held = self.keys.lock().await;
        let now = self.clock.now().as_seconds();
        let age = held.as_ref().map(|(_, at)| now.saturating_sub(at.as_seconds()));
        let enough = if unknown { NEWER_KEYS_SECONDS } else { KEYS_SECONDS };
        if let (Some((keys, _)), Some(age)) = (held.as_ref(), age)
            && age < enough
        {
            return Ok(Arc::clone(keys));
        }
        match self.fetch_keys().await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                *held = Some((Arc::clone(&keys), self.clock.now()));
                Ok(keys)
            }
            Err(error) => match (held.as_ref(), age) {
                (Some((keys, _)), Some(age)) if age < OLDEST_KEYS_SECONDS => {
                    tracing::warn!(error, "the keys of the Bot Framework cannot be fetched; those of before are used");
                    Ok(Arc::clone(keys))
                }
                _ => Err(error),
            },
        }
    }

    async fn fetch_keys(&self) -> Result<KeySet, String> {
        let metadata = self.documents.get(&self.app.metadata).await?;
        let address = keys_address(&metadata, self.app.cloud.issuer).ok_or("the issuer's metadata names no keys")?;
        KeySet::parse(&self.documents.get(&address).await?).ok_or_else(|| "the issuer's keys cannot be read".to_owned())
    }

    /// Our token; with `refused`, another one than that.
    async fn token(&self, refused: Option<&AccessToken>) -> Result<AccessToken, NotPosted> {
        let mut held = self.token.lock().await;
        if let Some((token, until)) = held.as_ref()
            && self.clock.now() < *until
            && refused != Some(token)
        {
            return Ok(token.clone());
        }
        let token = self.new_token().await?;
        let holds = i64::try_from(token.holds.as_secs()).unwrap_or_default();
        let until = self.clock.now().plus_seconds(holds.saturating_sub(TOKEN_MARGIN).max(holds / 2));
        *held = Some((token.clone(), until));
        Ok(token)
    }

    /// A token for whichever password is taken.
    async fn new_token(&self) -> Result<AccessToken, NotPosted> {
        let mut refused = NotPosted::Never("no password is configured".to_owned());
        for password in &self.passwords {
            let request = connector::token_request(&self.app, password).map_err(|error| never(&error))?;
            let response = self.transport.send(request).await.map_err(|error| NotPosted::Later(error.to_string()))?;
            let wait = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
            match connector::read_token(response.status().as_u16(), wait, response.body()).map_err(not_sent) {
                Ok(token) => return Ok(token),
                // Another password may be the registration's by now.
                Err(error @ NotPosted::Never(_)) => refused = error,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    /// Sends a request that is made with a token; once more with another token where that one is not taken.
    async fn send(
        &self,
        make: impl Fn(&AccessToken) -> Result<http::Request<Vec<u8>>, RequestError>,
    ) -> Result<(Answer, Vec<u8>), NotPosted> {
        let mut token = self.token(None).await?;
        for again in [true, false] {
            let request = make(&token).map_err(|error| never(&error))?;
            let response = self.transport.send(request).await.map_err(|error| match error.not_sent() {
                true => NotPosted::Later(error.to_string()),
                false => NotPosted::Unknown(error.to_string()),
            })?;
            let wait = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
            let answer = connector::read(response.status().as_u16(), wait, response.body());
            match answer {
                Answer::Token(_) if again => token = self.token(Some(&token)).await?,
                answer => return Ok((answer, response.into_body())),
            }
        }
        Err(NotPosted::Never("no token is taken".to_owned()))
    }

    /// The directory's id of a team that Teams names. `None` where Teams does not know it.
    ///
    /// # Errors
    /// A sentence for the log.
    pub async fn team(&self, reference: &Reference, team: &str) -> Result<Option<String>, String> {
        let known = self.store.entity(EntityKey::global(TEAM, team)).await.map_err(|error| error.to_string())?;
        if let Some(known) = known.and_then(|entity| serde_json::from_str::<String>(&entity.body).ok()) {
            return Ok(Some(known));
        }
        let asked = self.send(|token| connector::team(&reference.service_url, team, token)).await;
        match asked.map_err(|error| error.to_string())? {
            (Answer::Done(_), body) => {
                let group = connector::read_team(&body);
                if let Some(group) = &group {
                    self.remember_team(team, group).await?;
                }
                Ok(group)
            }
            (Answer::Never(_), _) => Ok(None),
            (Answer::Later(_, why) | Answer::Token(why), _) => Err(why),
        }
    }

    /// Keeps the directory's id of a team.
    ///
    /// # Errors
    /// A sentence for the log.
    pub async fn remember_team(&self, team: &str, group: &str) -> Result<(), String> {
        // Strings always serialize.
        let body = serde_json::to_string(group).unwrap_or_default();
        let change = Change::new().put(EntityKey::global(TEAM, team), body, Expect::Any);
        self.store.commit(change).await.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Who a member is, by the roster of the conversation.
    async fn roster(&self, place: &Place, directory_id: &str) -> Result<Member, NotPosted> {
        let reference = self.reference(place).await?;
        let key = format!("{}/{directory_id}", reference.conversation);
        let now = self.clock.now();
        {
            let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((member, until)) = members.get(&key)
                && now < *until
            {
                return Ok(member.clone());
            }
        }
        let found = self.store.entity(EntityKey::global(SENDER, directory_id)).await;
        let found = found.map_err(|error| NotPosted::Later(error.to_string()))?;
        let sender = found.and_then(|entity| serde_json::from_str::<String>(&entity.body).ok());
        // Teams takes the id in the directory as well.
        let user = sender.as_deref().unwrap_or(directory_id);
        let make =
            |token: &AccessToken| connector::member(&reference.service_url, &reference.conversation, user, token);
        let unresolved = match self.send(make).await? {
            (Answer::Done(_), body) => {
                let member = connector::read_member(&body)
                    .ok_or_else(|| NotPosted::Later("the roster's answer cannot be read".to_owned()))?;
                member.doubt(&reference.tenant, directory_id)
            }
            (Answer::Never(why), _) => {
                tracing::warn!(why, "Teams does not say who a member is");
                Some(connector::NOT_IN_ROSTER)
            }
            (other, _) => return Err(not_sent(other)),
        };
        let member = Member { name: String::new(), unresolved: unresolved.map(str::to_owned) };
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if members.len() >= MEMBERS {
            members.retain(|_, (_, until)| now < *until);
        }
        if members.len() < MEMBERS && member.unresolved.is_none() {
            members.insert(key, (member.clone(), now.plus_seconds(MEMBER_SECONDS)));
        }
        Ok(member)
    }

    /// Keeps how the rosters of conversations call somebody of the directory.
    ///
    /// # Errors
    /// A sentence for the log.
    pub async fn remember_sender(&self, directory_id: &str, sender: &str) -> Result<(), String> {
        // Strings always serialize.
        let body = serde_json::to_string(sender).unwrap_or_default();
        let key = EntityKey::global(SENDER, directory_id);
        let known = self.store.entity(key.clone()).await.map_err(|error| error.to_string())?;
        if known.is_some_and(|entity| entity.body == body) {
            return Ok(());
        }
        let change = Change::new().put(key, body, Expect::Any);
        self.store.commit(change).await.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Keeps that somebody spoke in a channel, for the cards that their clients bring up to date.
    ///
    /// # Errors
    /// A sentence for the log.
    pub async fn remember_speaker(&self, place: &Place, sender: &str) -> Result<(), String> {
        let mut speakers = self.speakers(place).await?;
        if speakers.iter().any(|known| known == sender) {
            return Ok(());
        }
        speakers.push(sender.to_owned());
        let oldest = speakers.len().saturating_sub(adaptive::MAX_USERS);
        speakers.drain(..oldest);
        // Strings always serialize.
        let body = serde_json::to_string(&speakers).unwrap_or_default();
        let change = Change::new().put(speakers_key(place), body, Expect::Any);
        self.store.commit(change).await.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn speakers(&self, place: &Place) -> Result<Vec<String>, String> {
        let found = self.store.entity(speakers_key(place)).await.map_err(|error| error.to_string())?;
        Ok(found.and_then(|entity| serde_json::from_str(&entity.body).ok()).unwrap_or_default())
    }

    /// Keeps how a channel, and its team, is reached, unless that is known.
    ///
    /// # Errors
    /// A sentence for the log.
    pub async fn remember(&self, team: &str, reference: &Reference) -> Result<(), String> {
        let channel = bailiwick_chat::teams::encoded_channel(&reference.conversation);
        let place = Place::new(Platform::Teams, team, channel);
        let body = reference.to_json();
        let key = reference_key(&place);
        let known = self.store.entity(key.clone()).await.map_err(|error| error.to_string())?;
        if known.is_some_and(|entity| entity.body == body) {
            return Ok(());
        }
        let change = Change::new().put(key, body.clone(), Expect::Any).put(team_key(team), body, Expect::Any);
        self.store.commit(change).await.map(|_| ()).map_err(|error| error.to_string())
    }

    /// How a place is reached: as it was last time, or as its team is, or at the cloud's first address.
    async fn reference(&self, place: &Place) -> Result<Reference, NotPosted> {
        let conversation = decoded_channel(&place.channel);
        for key in [reference_key(place), team_key(&place.workspace)] {
            let found = self.store.entity(key).await.map_err(|error| NotPosted::Later(error.to_string()))?;
            let found = found.and_then(|entity| Reference::from_json(&entity.body, &self.app.service_urls));
            if let Some(found) = found {
                return Ok(Reference { conversation, ..found });
            }
        }
        Ok(Reference { service_url: self.app.service_urls.first(), conversation, tenant: String::new() })
    }

    async fn deliver(&self, letter: Letter<'_>) -> Result<String, NotPosted> {
        let reference = self.reference(&letter.post.place).await?;
        let speakers = self.speakers(&letter.post.place).await.map_err(NotPosted::Later)?;
        let activity = {
            let refreshed = Refreshed { message: &letter.post.message, users: &speakers };
            adaptive::message(&letter.post.card, refreshed)
        };
        let at = &reference.service_url;
        let (answer, _) = match (&letter.post.act, letter.theirs) {
            (Act::Edit, Some(theirs)) => {
                let conversation = &reference.conversation;
                self.send(|token| connector::update(at, conversation, theirs, &activity, token)).await?
            }
            (Act::Edit, None) => return Err(NotPosted::Never("the message was never posted".to_owned())),
            (Act::Post { .. }, _) => {
                let conversation = reference.conversation_in(letter.thread);
                self.send(|token| connector::post(at, &conversation, &activity, token)).await?
            }
        };
        match answer {
            Answer::Done(Some(id)) => Ok(id),
            Answer::Done(None) => match letter.theirs {
                Some(theirs) => Ok(theirs.to_owned()),
                // It was posted, and nothing will find it again.
                None => Ok(String::new()),
            },
            other => Err(not_sent(other)),
        }
    }
}

impl Courier for TeamsConnector {
    fn platform(&self) -> Platform {
        Platform::Teams
    }

    fn pace(&self) -> Pace {
        PACE
    }

    fn send<'a>(&'a self, letter: Letter<'a>) -> Posting<'a, Result<String, NotPosted>> {
        Box::pin(self.deliver(letter))
    }

    fn member<'a>(&'a self, place: &'a Place, member: &'a str) -> Posting<'a, Result<Option<Member>, NotPosted>> {
        Box::pin(async move { self.roster(place, member).await.map(Some) })
    }

    /// Teams lets no bot look into a channel.
    fn find<'a>(&'a self, _: Letter<'a>) -> Posting<'a, Result<Option<String>, NotPosted>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

fn reference_key(place: &Place) -> EntityKey {
    EntityKey::global(REFERENCE, place.channel_key())
}

fn speakers_key(place: &Place) -> EntityKey {
    EntityKey::global(SPEAKERS, place.channel_key())
}

fn team_key(team: &str) -> EntityKey {
    EntityKey::global(REFERENCE, format!("team/{team}"))
}

fn never(error: &RequestError) -> NotPosted {
    NotPosted::Never(error.to_string())
}

/// What an answer other than success says about a post.
fn not_sent(answer: Answer) -> NotPosted {
    match answer {
        Answer::Later(Some(after), _) => NotPosted::Limited { after },
        Answer::Later(None, why) => NotPosted::Later(why),
        // A password that is mended makes it right.
        Answer::Token(why) => NotPosted::Later(why),
        Answer::Never(why) => NotPosted::Never(why),
        Answer::Done(_) => NotPosted::Unknown("the answer says nothing".to_owned()),
    }
}
