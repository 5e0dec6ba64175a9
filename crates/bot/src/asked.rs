//! What would be decided of a member's command in a channel, without running it: `@aws can` in chat, `bailiwick simulate`
//! in a terminal. Both go by the same [`Standing`] as a command that runs.

use bailiwick_authority::record::{ChannelConfigurationRecord, ConfigurationKind};
use bailiwick_authority::{Directory, Ruling};
use bailiwick_chat::{Block, Card, Event, EventKind, Fact, Proof, Tone, Who};
use bailiwick_command::lex::Word;
use bailiwick_command::parse::{Parsed, Setting};

use crate::channel::{Standing, place};
use crate::inbox::WorkError;
use crate::run::no_standing;
use crate::{Bot, card};

/// A command that was asked about.
pub(crate) struct Asked {
    standing: Standing,
    ruling: Ruling,
}

impl Asked {
    /// The answer with its trace.
    pub(crate) fn card(&self) -> Card {
        let (tone, word) = if self.ruling.allowed { (Tone::Good, "Yes") } else { (Tone::Bad, "No") };
        let trace = card::trace(&self.ruling);
        let card = Card { title: format!("{}.", self.ruling.sentence()), ..trace }.state(tone, word);
        let role = format!("as {}", self.standing.role());
        card.context(self.standing.account_text()).context(self.standing.region.to_string()).context(role)
    }
}

/// The answer to a question from a terminal.
#[derive(Debug)]
pub struct Simulated {
    /// Whether it would run.
    pub allowed: bool,
    /// Who asks where with which role, and every layer.
    pub card: Card,
    /// The decision; `None` where it did not come to one.
    pub ruling: Option<Ruling>,
}

/// A question that cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimulateError {
    /// No channel of that name.
    #[error("there is no channel configuration `{asked}`; known are {known}")]
    NoChannel {
        /// As it was asked for.
        asked: String,
        /// Those that are there.
        known: String,
    },
    /// Several channels of that name.
    #[error("several channel configurations are called `{asked}`; name one by its ARN: {known}")]
    Several {
        /// As it was asked for.
        asked: String,
        /// Their ARNs.
        known: String,
    },
    /// The store cannot be read.
    #[error("{0}")]
    Store(String),
    /// A webhook only shows notifications.
    #[error("`{0}` is a webhook, which shows notifications only; nobody acts there")]
    Webhook(String),
}

/// The configuration of an ARN, a name, a channel's name or a channel's id.
fn configuration<'a>(directory: &'a Directory, asked: &str) -> Result<&'a ChannelConfigurationRecord, SimulateError> {
    let plain = asked.trim_start_matches('#');
    let called = |record: &&ChannelConfigurationRecord| {
        let shown = record.channel_name.as_deref().map(|name| name.trim_start_matches('#'));
        record.arn == asked || record.name == plain || record.channel == asked || shown == Some(plain)
    };
    let all = || directory.channels().map(AsRef::as_ref);
    let arns = |list: &mut dyn Iterator<Item = &ChannelConfigurationRecord>| {
        list.take(20).map(|record| record.arn.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mut found = all().filter(called);
    match (found.next(), found.next()) {
        (Some(one), None) if one.kind == ConfigurationKind::ChimeWebhook => {
            Err(SimulateError::Webhook(one.name.clone()))
        }
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => {
            Err(SimulateError::Several { asked: asked.to_owned(), known: arns(&mut all().filter(called)) })
        }
        (None, _) => Err(SimulateError::NoChannel { asked: asked.to_owned(), known: arns(&mut all()) }),
    }
}

impl Bot {
    /// What would be decided of these words from whoever made the event. `account` is the channel's, where the question
    /// names none itself. The card says why there is no decision.
    pub(crate) async fn asked(
        &self,
        event: &Event,
        words: &[Word],
        account: Option<&str>,
    ) -> Result<Result<Asked, Box<Card>>, WorkError> {
        let mut parsed = match self.grammar.parse(words, &Setting::default()) {
            Ok(Parsed::Call(call)) => call,
            Ok(Parsed::Ask(question)) => {
                let text = format!("Name `--{}` to ask whether it may run.", question.parameter);
                return Ok(Err(Box::new(Card::titled(text))));
            }
            Ok(_) => return Ok(Err(Box::new(Card::titled("That is no call of a service.")))),
            Err(mistake) => return Ok(Err(Box::new(card::mistake(&mistake)))),
        };
        if parsed.options.account.is_none() {
            parsed.options.account = account.map(str::to_owned);
        }
        let setting = self.channel_setting(&event.place).await?;
        let standing = match self.standing_with(&setting, event, &parsed.options) {
            Ok(standing) => standing,
            Err(error) => return Ok(Err(Box::new(no_standing(&error)))),
        };
        let call = self.call_of(&standing, &parsed.service.name, &parsed.operation, parsed.input.clone());
        let ruling = self.parts.authority.preview(&standing.caller, &standing.origin, &call);
        Ok(Ok(Asked { standing, ruling }))
    }

    /// What would be decided of a member's command in a channel, as `@aws can` answers there. The channel goes by its
    /// configuration's ARN or name, or by its own name or id; the member of a room by name or id, of other platforms by id.
    ///
    /// # Errors
    /// There is no such channel, or more than one; or the store cannot be read.
    pub async fn simulate(&self, channel: &str, member: &str, words: &[Word]) -> Result<Simulated, SimulateError> {
        let directory = self.parts.authority.directory();
        let configuration = configuration(&directory, channel)?;
        let named = |person: &&bailiwick_authority::record::PersonRecord| {
            person.id == member || person.name.eq_ignore_ascii_case(member)
        };
        let mut persons = directory.accounts().flat_map(|account| account.persons());
        let person = persons.find(named).filter(|_| configuration.kind == ConfigurationKind::Room);
        let (id, name) = person.map_or((member, member), |person| (&person.id, &person.name));
        let event = Event {
            who: Who { member_id: id.to_owned(), display_name: name.to_owned() },
            place: place(configuration),
            message: "simulated".to_owned(),
            at: self.parts.clock.now(),
            kind: EventKind::Mention { words: String::new() },
            unresolved: None,
            // Whoever writes in a room is signed in; of other members their platform says who they are.
            proof: if configuration.kind == ConfigurationKind::Room { Proof::Session } else { Proof::Platform },
        };
        let asked = self.asked(&event, words, Some(configuration.account.as_str())).await;
        Ok(match asked.map_err(|error| SimulateError::Store(error.to_string()))? {
            Ok(asked) => {
                let facts = Block::Facts(vec![Fact::words("channel", &configuration.arn), Fact::words("member", name)]);
                let mut card = asked.card();
                card.body.insert(0, facts);
                Simulated { allowed: asked.ruling.allowed, card, ruling: Some(asked.ruling) }
            }
            Err(card) => Simulated { allowed: false, card: *card, ruling: None },
        })
    }
}
