//! What an activity means for the bot.

use super::Activity;
use super::raw::{Account, Raw};
use crate::card::ButtonId;
use crate::event::{Event, EventKind, Place, Platform, Proof, Who};
use crate::limits::{LimitError, MESSAGE_BYTES, check_id, check_length};
use crate::mention::words_after_bare_aws;
use crate::teams::service_url::{ServiceUrl, ServiceUrls};
use crate::teams::text::{BOT, plain};
use crate::teams::{adaptive, encoded_channel};
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The marker of a thread in a conversation's id.
const THREAD: &str = ";messageid=";

/// Where the bot can say something: a channel or a chat, with the address that its tenant is reached at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where the Bot Connector is for it.
    pub service_url: ServiceUrl,
    /// The conversation, without a thread.
    pub conversation: String,
    /// The tenant.
    pub tenant: String,
}

/// The stored form of a reference.
#[derive(Serialize, Deserialize)]
struct Stored {
    v: u32,
    service_url: String,
    conversation: String,
    tenant: String,
}

impl Reference {
    /// Its stored form.
    pub fn to_json(&self) -> String {
        let stored = Stored {
            v: 1,
            service_url: self.service_url.as_str().to_owned(),
            conversation: self.conversation.clone(),
            tenant: self.tenant.clone(),
        };
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// Reads the stored form; `None` for what cannot be read, or leads to an address that is not known any more.
    pub fn from_json(json: &str, urls: &ServiceUrls) -> Option<Reference> {
        let stored: Stored = serde_json::from_str(json).ok().filter(|stored: &Stored| stored.v == 1)?;
        Some(Reference {
            service_url: urls.read(&stored.service_url).ok()?,
            conversation: stored.conversation,
            tenant: stored.tenant,
        })
    }

    /// The conversation's id for a message in a thread, or outside of threads. Chats have none.
    pub fn conversation_in(&self, thread: Option<&str>) -> String {
        let has_threads = [".tacv2", ".skype"].iter().any(|end| self.conversation.ends_with(end));
        match thread.filter(|_| has_threads) {
            Some(thread) => format!("{}{THREAD}{thread}", self.conversation),
            None => self.conversation.clone(),
        }
    }
}

/// Why it is not known who acted, in words that follow a name. Teams says nobody of the directory.
pub(in crate::teams) const UNNAMED: &str = "is not named in this tenant's directory";
/// As [`UNNAMED`]: a guest of the tenant, or somebody who did not sign in.
pub(in crate::teams) const GUEST: &str = "is a guest in this tenant";
/// As [`UNNAMED`]: somebody of another tenant, in a shared channel.
pub(in crate::teams) const OTHER_TENANT: &str = "belongs to another tenant";

/// An event with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The event. Where Teams does not vouch for whoever acted, their member id is empty.
    pub event: Event,
    /// Where the answer goes.
    pub reference: Reference,
    /// Whoever acted, as the conversation's roster names them: activities themselves do not tell guests apart.
    pub sender: String,
    /// Whether Teams waits for an answer to the press ([`adaptive::invoke_answer`]).
    pub invoke: bool,
}

/// Somebody looks at a card, whose client brings it up to date. Nothing is done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// Who, as in an event. Where Teams does not vouch for them, their member id is empty.
    pub who: Who,
    /// Where.
    pub place: Place,
    /// Our message that carries the card, as the card says itself; to be checked.
    pub message: String,
    /// Whoever looks, as the conversation's roster names them.
    pub sender: String,
}

/// What an activity is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbound {
    /// Something for the bot.
    Event(Box<Incoming>),
    /// A client asks what a card says now, for somebody who looks at it.
    Refresh(Box<Refresh>),
    /// The bot was added somewhere, or something there changed: where it can speak from now on.
    Present {
        /// Where.
        reference: Reference,
        /// The team's id in the directory, and in Teams, where it is a team.
        team: Option<(String, String)>,
    },
    /// The bot was removed.
    Gone,
    /// The activity names its team only as Teams does; whoever knows its id in the directory asks again.
    UnknownTeam {
        /// The team, as Teams names it.
        team: String,
        /// Where it is.
        reference: Reference,
    },
    /// Nothing for the bot, and why.
    Ignored(&'static str),
}

impl Activity {
    /// Whether Teams waits for an answer.
    pub fn is_invoke(&self) -> bool {
        self.raw.r#type == "invoke"
    }

    /// What it means. `group` knows teams that were seen before: from Teams' id to that of the directory, which AWS's API
    /// calls the team's id.
    ///
    /// # Errors
    /// [`LimitError`]: a part that is needed is missing or too long.
    pub fn inbound(&self, now: Timestamp, group: impl Fn(&str) -> Option<String>) -> Result<Inbound, LimitError> {
        let raw = &self.raw;
        match raw.r#type.as_str() {
            "message" | "invoke" => {}
            "conversationUpdate" | "installationUpdate" => return self.presence(),
            "messageUpdate" => return Ok(Inbound::Ignored("an edited message is not a new one")),
            "messageDelete" | "messageReaction" | "typing" | "event" | "endOfConversation" => {
                return Ok(Inbound::Ignored("nothing was asked"));
            }
            _ => return Ok(Inbound::Ignored("this kind of activity is not known")),
        }
        let sender = raw.from.as_ref().map_or("", |from| from.id.as_str());
        check_id("the sender's id", sender)?;
        if sender.starts_with("28:") {
            return Ok(Inbound::Ignored("bots are not answered"));
        }
        let (reference, thread) = self.whereabouts()?;
        let message = raw.id.clone().unwrap_or_default();
        check_id("the activity's id", &message)?;
        let place = match self.place(&reference, thread.filter(|thread| *thread != message), group) {
            Ok(place) => place,
            Err(team) => return Ok(Inbound::UnknownTeam { team, reference }),
        };
        if let Some(message) = self.refreshes()? {
            let (who, _) = who(raw, &reference.tenant);
            return Ok(Inbound::Refresh(Box::new(Refresh { who, place, message, sender: sender.to_owned() })));
        }
        let Some(kind) = self.kind(&place)? else { return Ok(Inbound::Ignored("nothing was asked")) };
        let (who, unresolved) = who(raw, &reference.tenant);
        let at = raw.timestamp.as_deref().and_then(|text| Timestamp::parse_rfc3339(text).ok()).unwrap_or(now);
        let event =
            Event { who, place, message, at, kind, unresolved: unresolved.map(str::to_owned), proof: Proof::Platform };
        let sender = sender.to_owned();
        Ok(Inbound::Event(Box::new(Incoming { event, reference, sender, invoke: self.is_invoke() })))
    }

    /// The verb and the data of a button or of a refresh.
    fn action(&self) -> (Option<&str>, Option<&Value>) {
        let value = self.raw.value.as_ref();
        // An older client, which knows no Action.Execute, sends a message.
        let Some(value) = (if self.is_invoke() { value.and_then(|value| value.get("action")) } else { value }) else {
            return (None, None);
        };
        let verb = value.get(adaptive::VERB).and_then(Value::as_str);
        (verb, if self.is_invoke() { value.get("data") } else { Some(value) })
    }

    /// The message whose card is to be brought up to date.
    fn refreshes(&self) -> Result<Option<String>, LimitError> {
        let (verb, data) = self.action();
        if !self.is_card_action() || verb != Some(adaptive::REFRESH) {
            return Ok(None);
        }
        let message = data.and_then(|data| data.get(adaptive::TARGET)).and_then(Value::as_str).unwrap_or_default();
        check_id("the card's message", message)?;
        Ok(Some(message.to_owned()))
    }

    fn is_card_action(&self) -> bool {
        self.is_invoke() && self.raw.name.as_deref() == Some("adaptiveCard/action")
    }

    /// The conversation without its thread, and the thread.
    fn whereabouts(&self) -> Result<(Reference, Option<String>), LimitError> {
        let raw = &self.raw;
        let id = raw.conversation.as_ref().map(|conversation| conversation.id.as_str()).unwrap_or_default();
        let (conversation, thread) = match id.split_once(THREAD) {
            Some((conversation, thread)) => (conversation, Some(thread.to_owned())),
            None => (id, None),
        };
        check_id("the conversation's id", conversation)?;
        let tenant = raw.tenant().unwrap_or_default().to_ascii_lowercase();
        check_id("the tenant's id", &tenant)?;
        Ok((Reference { service_url: self.service_url.clone(), conversation: conversation.to_owned(), tenant }, thread))
    }

    fn place(
        &self,
        reference: &Reference,
        thread: Option<String>,
        group: impl Fn(&str) -> Option<String>,
    ) -> Result<Place, String> {
        // A chat belongs to no team: nothing can be bound to it, and whoever asks there reads so.
        let mut workspace = reference.tenant.clone();
        if let Some(team) = self.raw.team() {
            let named = team.id.as_deref().unwrap_or_default();
            let known = team.aad_group_id.clone().or_else(|| group(named));
            workspace = known.ok_or_else(|| named.to_owned())?.to_ascii_lowercase();
        }
        let channel = encoded_channel(&reference.conversation);
        Ok(Place { platform: Platform::Teams, workspace, channel, thread })
    }

    fn kind(&self, place: &Place) -> Result<Option<EventKind>, LimitError> {
        let raw = &self.raw;
        if self.is_invoke() {
            return if self.is_card_action() { self.press() } else { Ok(None) };
        }
        if raw.value.is_some() {
            return self.press();
        }
        let mentions = raw.own_mentions();
        let mine: Vec<&str> = mentions.iter().map(String::as_str).collect();
        let text = plain(raw.text.as_deref().unwrap_or_default(), &mine);
        let personal = raw.conversation.as_ref().is_some_and(|c| c.conversation_type.as_deref() == Some("personal"));
        let words = match text.split_once(BOT) {
            Some((_, words)) => Some(words.replace(BOT, " ")),
            None if personal => Some(text.clone()),
            None => None,
        };
        // With a mention in it, it may be for another bot, by whatever name.
        let bare = words_after_bare_aws(&text).is_some() && !raw.mentions_anybody();
        let words_of = |text: &str| trimmed(trimmed(text).trim_start_matches([':', ','])).to_owned();
        let (kind, length) = match words {
            Some(words) => {
                let words = words_of(&words);
                let length = words.len();
                (EventKind::Mention { words }, length)
            }
            None if place.thread.is_some() && !trimmed(&text).is_empty() || bare => {
                (EventKind::Answer { words: trimmed(&text).to_owned() }, text.len())
            }
            None => return Ok(None),
        };
        check_length("the message", length, MESSAGE_BYTES)?;
        Ok(Some(kind))
    }

    fn press(&self) -> Result<Option<EventKind>, LimitError> {
        let (verb, data) = self.action();
        let Some(button) = verb.and_then(ButtonId::parse) else { return Ok(None) };
        let text = |name: &str| data.and_then(|data| data.get(name)).and_then(Value::as_str).map(str::to_owned);
        let (target, card_message) = (text(adaptive::TARGET), self.raw.reply_to_id.clone());
        let (Some(target), Some(card_message)) = (target, card_message) else { return Ok(None) };
        check_id("the button's target", &target)?;
        let value = text(adaptive::TYPED).or_else(|| text(adaptive::VALUE)).filter(|value| !value.is_empty());
        check_length("the choice", value.as_ref().map_or(0, String::len), MESSAGE_BYTES)?;
        Ok(Some(EventKind::Press { button, target, value, card_message }))
    }

    fn presence(&self) -> Result<Inbound, LimitError> {
        let raw = &self.raw;
        let bot = raw.recipient.as_ref().map(|recipient| recipient.id.as_str()).unwrap_or_default();
        let has_bot = |members: &Option<Vec<Account>>| members.iter().flatten().any(|member| member.id == bot);
        if raw.action.as_deref().is_some_and(|action| action.starts_with("remove")) || has_bot(&raw.members_removed) {
            return Ok(Inbound::Gone);
        }
        let (reference, _) = self.whereabouts()?;
        let both = |team: &super::raw::Team| Some((team.aad_group_id.clone()?.to_ascii_lowercase(), team.id.clone()?));
        Ok(Inbound::Present { reference, team: raw.team().and_then(both) })
    }
}

/// Without white space and what people paste with it.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}'))
}

/// Who acted, as the directory of the tenant names them.
fn who(raw: &Raw, tenant: &str) -> (Who, Option<&'static str>) {
    let from = raw.from.as_ref();
    let name = from.and_then(|from| from.name.as_deref()).unwrap_or("somebody");
    let who = |member_id: String| Who { member_id, display_name: name.chars().take(128).collect() };
    let Some(from) = from else { return (who(String::new()), Some(UNNAMED)) };
    if from.tenant_id.as_deref().is_some_and(|of| !of.eq_ignore_ascii_case(tenant)) {
        return (who(String::new()), Some(OTHER_TENANT));
    }
    if from.user_role.as_deref().is_some_and(|role| role != "user") {
        return (who(String::new()), Some(GUEST));
    }
    match from.aad_object_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => (who(id.to_ascii_lowercase()), None),
        None => (who(String::new()), Some(UNNAMED)),
    }
}
