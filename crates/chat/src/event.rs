//! What a chat platform reports, whichever it is: who said or pressed what, where.

use crate::card::{ButtonId, Card};
use bailiwick_ident::Timestamp;

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

/// The person, or the bot, that acted, as the platform names them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Who {
    /// The platform's own id of the member: what identity hangs on.
    pub member_id: String,
    /// The name people see; never used to decide anything.
    pub display_name: String,
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

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// The bot was addressed; the words are those after the mention, possibly none.
    Mention {
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
    /// Words without a mention in a thread where the bot waits for an answer.
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
    /// When, by the platform's clock.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// The identity under which this event is accepted once: platform, workspace, channel and message. The parts are
    /// length-prefixed, so that no two events share a key.
    pub fn identity(&self) -> String {
        let place = &self.place;
        let mut key = place.platform.as_str().to_owned();
        for part in [&place.workspace, &place.channel, &self.message] {
            key.push_str(&format!("/{}:{part}", part.len()));
        }
        key
    }

    /// The thread that answers belong to: the one it happened in, else the one its own message begins.
    pub fn reply_thread(&self) -> &str {
        match (&self.place.thread, &self.kind) {
            (Some(thread), _) => thread,
            (None, EventKind::Press { card_message, .. }) => card_message,
            (None, _) => &self.message,
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
        }
    }

    #[test]
    fn an_identity_belongs_to_one_message_of_one_channel() {
        assert_eq!(event("a", "b").identity(), "chime/1:w/1:a/1:b");
        assert_ne!(event("a/1:b", "c").identity(), event("a", "b/1:c").identity());
    }

    #[test]
    fn answers_go_to_the_thread_of_what_they_answer() {
        let mut event = event("a", "m1");
        assert_eq!(event.reply_thread(), "m1");
        event.kind =
            EventKind::Press { button: ButtonId::Run, target: "c".into(), value: None, card_message: "m0".into() };
        assert_eq!(event.reply_thread(), "m0");
        event.place.thread = Some("t".into());
        assert_eq!(event.reply_thread(), "t");
    }

    #[test]
    fn every_platform_has_a_name_that_reads_back() {
        for platform in Platform::ALL {
            assert_eq!(Platform::parse(platform.as_str()), Some(platform));
        }
    }
}
