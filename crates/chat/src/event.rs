//! What a chat platform reports, whichever it is: who said or pressed what, where.

use crate::card::{ButtonId, Card};
use bailiwick_ident::Timestamp;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// A chat platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// The built-in chat; organizations' chatbot policies know it as `chime`.
    Room,
    /// Slack.
    Slack,
    /// Microsoft Teams.
    Teams,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Platform; 3] = [Platform::Room, Platform::Slack, Platform::Teams];

    /// The name that policies and records use: `chime`, `slack` or `microsoft_teams`, as the keys of AWS's chatbot
    /// policies spell them.
    pub fn as_str(self) -> &'static str {
        match self {
            Platform::Room => "chime",
            Platform::Slack => "slack",
            Platform::Teams => "microsoft_teams",
        }
    }

    /// The platform of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.as_str() == name)
    }
}

/// What proves that it was this member, from the weakest to the strongest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// The word of a chat platform, or a key that does not end.
    #[default]
    Platform,
    /// A session that was begun with a proof of its own and ends.
    Session,
    /// Such a session, confirmed with a second factor.
    SecondFactor,
}

impl Proof {
    const ALL: [Proof; 3] = [Proof::Platform, Proof::Session, Proof::SecondFactor];

    /// The name in stored forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Proof::Platform => "platform",
            Proof::Session => "session",
            Proof::SecondFactor => "second-factor",
        }
    }

    /// The proof of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proof| proof.as_str() == name)
    }
}

/// The person, or the bot, that acted, as the platform names them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Who {
    /// The platform's own id of the member: what identity hangs on.
    pub member_id: String,
    /// The name people see; never used to decide anything.
    pub display_name: String,
}

/// A member as a platform knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name people see; empty where it is not known.
    pub name: String,
    /// Why the member is not one of the workspace's own, in words that follow the name.
    pub unresolved: Option<String>,
}

/// Who can find a channel, as its platform says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// Everybody in the workspace.
    Public,
    /// Only its members.
    Private,
    /// It is between few.
    Direct,
}

/// Where it happened, in the platform's own ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The platform.
    pub platform: Platform,
    /// The workspace, team or Chime account.
    pub workspace: String,
    /// The channel or room.
    pub channel: String,
    /// The thread, by the id of its first message; `None` outside a thread.
    pub thread: Option<String>,
}

impl Place {
    /// A place outside any thread.
    pub fn new(platform: Platform, workspace: impl Into<String>, channel: impl Into<String>) -> Self {
        Place { platform, workspace: workspace.into(), channel: channel.into(), thread: None }
    }

    /// The channel as one name that no other channel of any platform has: a room's id, elsewhere platform, workspace and
    /// channel, length-prefixed. Stored with commands and messages.
    pub fn channel_key(&self) -> String {
        match self.platform {
            Platform::Room => self.channel.clone(),
            platform => prefixed(platform, &[&self.workspace, &self.channel]),
        }
    }

    /// The channel that [`Place::channel_key`] named. A room's workspace is not part of its name and comes back empty.
    pub fn of_channel_key(key: &str) -> Self {
        let elsewhere = || {
            let (platform, rest) = key.split_once('/')?;
            let platform = Platform::parse(platform).filter(|platform| *platform != Platform::Room)?;
            let (workspace, rest) = part(rest)?;
            let (channel, rest) = part(rest.strip_prefix('/')?)?;
            rest.is_empty().then(|| Place::new(platform, workspace, channel))
        };
        elsewhere().unwrap_or_else(|| Place::new(Platform::Room, "", key))
    }
}

/// A platform's name with parts, each with its length before it.
fn prefixed(platform: Platform, parts: &[&str]) -> String {
    let mut key = String::with_capacity(96);
    key.push_str(platform.as_str());
    for part in parts {
        // Writing to a text cannot fail.
        let _ = write!(key, "/{}:{part}", part.len());
    }
    key
}

/// The first length-prefixed part and what follows it.
fn part(text: &str) -> Option<(&str, &str)> {
    let (length, rest) = text.split_once(':')?;
    rest.split_at_checked(length.parse().ok()?)
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// The bot was addressed; the words are those after the mention, possibly none.
    Mention {
        /// The words, trimmed, otherwise as typed.
        words: String,
    },
    /// A command was given without a message, as Slack's slash commands are: nothing of it stands in the channel, so no
    /// thread can begin with it.
    Command {
        /// The words, trimmed, otherwise as typed.
        words: String,
    },
    /// A button of one of our cards was pressed.
    Press {
        /// Which.
        button: ButtonId,
        /// What it is about, as the card said; to be checked.
        target: String,
        /// The choice, with [`ButtonId::Choose`].
        value: Option<String>,
        /// The message that carried the card.
        card_message: String,
    },
    /// Words without a mention: in a thread where the bot waits for an answer, or after a bare `aws`, which is a command or talk.
    Answer {
        /// The words, trimmed, otherwise as typed.
        words: String,
    },
}

/// One thing that happened in chat and is meant for the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Who acted.
    pub who: Who,
    /// Where.
    pub place: Place,
    /// The platform's identity of this message or press: the same after a redelivery, never the same for two acts.
    pub message: String,
    /// When: by the platform's clock as it comes in, by ours once it is accepted.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// Why the platform does not vouch for who acted, in words that follow the name: a guest, somebody of another
    /// workspace. Such an actor is refused.
    pub unresolved: Option<String>,
    /// What proves who acted.
    pub proof: Proof,
}

impl Event {
    /// The identity under which this event is accepted once: platform, message, workspace and channel. The parts are
    /// length-prefixed, so that no two events share a key. The platforms number messages by time: where the message comes
    /// first, what is stored under it is added at the end of an index, whatever its channel.
    pub fn identity(&self) -> String {
        prefixed(self.place.platform, &[&self.message, &self.place.workspace, &self.place.channel])
    }

    /// A short id that belongs to this event alone: in rooms its message's, which is one already, elsewhere its time and a
    /// digest of its identity in the form of a UUID. Commands and answers are named after it; those of one time are stored
    /// side by side. It is the same for an event that was accepted and what was stored of it.
    pub fn id(&self) -> String {
        if self.place.platform == Platform::Room {
            return self.message.clone();
        }
        let digest = Sha256::digest(self.identity().as_bytes());
        // The last six bytes of the milliseconds are a UUID's of time.
        let time = self.at.as_millis().to_be_bytes().into_iter().skip(2);
        let mut id = String::with_capacity(36);
        for (index, byte) in time.chain(digest.iter().copied()).take(16).enumerate() {
            let byte = match index {
                6 => (byte & 0x0f) | 0x80,
                8 => (byte & 0x3f) | 0x80,
                _ => byte,
            };
            if matches!(index, 4 | 6 | 8 | 10) {
                id.push('-');
            }
            for half in [byte >> 4, byte & 0x0f] {
                id.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
            }
        }
        id
    }

    /// The thread that answers belong to: the one it happened in, else the one its own message begins; none for a command
    /// outside any thread.
    pub fn reply_thread(&self) -> Option<&str> {
        match (&self.place.thread, &self.kind) {
            (Some(thread), _) => Some(thread),
            (None, EventKind::Press { card_message, .. }) => Some(card_message),
            (None, EventKind::Command { .. }) => None,
            (None, EventKind::Mention { .. } | EventKind::Answer { .. }) => Some(&self.message),
        }
    }
}

/// What a message says: words of a person, or a card of the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Plain text.
    Text(String),
    /// A card.
    Card(Box<Card>),
}

impl From<Card> for Body {
    fn from(card: Card) -> Self {
        Body::Card(Box::new(card))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(channel: &str, message: &str) -> Event {
        Event {
            who: Who { member_id: "m-1".into(), display_name: "Lee".into() },
            place: Place { platform: Platform::Room, workspace: "w".into(), channel: channel.into(), thread: None },
            message: message.into(),
            at: Timestamp::from_seconds(0),
            kind: EventKind::Mention { words: "help".into() },
            unresolved: None,
            proof: Proof::Platform,
        }
    }

    #[test]
    fn a_channel_has_one_name_that_reads_back() {
        for place in [Place::new(Platform::Slack, "T/1:", "C1"), Place::new(Platform::Teams, "t", "19:x@thread.tacv2")]
        {
            assert_eq!(Place::of_channel_key(&place.channel_key()), place);
        }
        let room = Place::new(Platform::Room, "w", "1234");
        assert_eq!((room.channel_key().as_str(), Place::of_channel_key("1234").channel), ("1234", "1234".to_owned()));
        for odd in ["slack/9:T1/2:C1", "slack/2:T1", "slack/2:T1/2:C1x", "chime/1:w/1:c"] {
            assert_eq!(Place::of_channel_key(odd), Place::new(Platform::Room, "", odd));
        }
    }

    #[test]
    fn an_id_is_the_message_in_a_room_and_a_digest_elsewhere() {
        let room = event("a", "b");
        assert_eq!(room.id(), "b");
        let mut slack = room.clone();
        slack.place.platform = Platform::Slack;
        let id = slack.id();
        assert!(id.len() == 36 && id.as_bytes()[14] == b'8' && id == slack.clone().id(), "{id}");
        slack.message = "c".into();
        assert_ne!(slack.id(), id);
        slack.at = Timestamp::from_millis(1_795_000_000_001);
        assert!(slack.id().starts_with("01a1ee56-5e01-8"), "{}", slack.id());
        let before = slack.id();
        slack.at = Timestamp::from_millis(1_795_000_000_002);
        assert!(before < slack.id(), "later ids stand behind earlier ones");
    }

    #[test]
    fn an_identity_belongs_to_one_message_of_one_channel() {
        assert_eq!(event("a", "b").identity(), "chime/1:b/1:w/1:a");
        assert_ne!(event("a", "c/1:w").identity(), event("w/1:a", "c").identity());
    }

    #[test]
    fn answers_go_to_the_thread_of_what_they_answer() {
        let mut event = event("a", "m1");
        assert_eq!(event.reply_thread(), Some("m1"));
        event.kind = EventKind::Command { words: "help".into() };
        assert_eq!(event.reply_thread(), None);
        event.kind =
            EventKind::Press { button: ButtonId::Run, target: "c".into(), value: None, card_message: "m0".into() };
        assert_eq!(event.reply_thread(), Some("m0"));
        event.place.thread = Some("t".into());
        assert_eq!(event.reply_thread(), Some("t"));
    }

    #[test]
    fn every_platform_has_a_name_that_reads_back() {
        for platform in Platform::ALL {
            assert_eq!(Platform::parse(platform.as_str()), Some(platform));
        }
    }
}
