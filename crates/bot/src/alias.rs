//! Aliases: short names for commands of a channel, and the aliases of custom actions that are offered there.

use bailiwick_authority::record::CustomActionRecord;
use bailiwick_chat::{Block, Card, Fact, Place, Tone, cards};
use bailiwick_command::alias::{assign, expand, variables};
use bailiwick_command::lex::Word;
use bailiwick_command::parse::{AliasCommand, MistakeKind, Parsed, Setting};
use bailiwick_command::render;
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, CommandState, EntityKey, EntityQuery, Expect, StoreError};
use serde::{Deserialize, Serialize};

use crate::ask::Ask;
use crate::inbox::WorkError;
use crate::run::Command;
use crate::{Bot, card, channel, stored};

/// The kind of the entities that hold aliases.
const KIND: &str = "bot.alias";
/// The most aliases of one channel.
const MOST: u32 = 500;

/// An alias of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Alias {
    format: u32,
    name: String,
    command: String,
    /// The name of whoever made or last changed it.
    by: String,
    at: Timestamp,
}

/// What a name stands for.
struct Found {
    command: String,
    /// The account of the custom action it belongs to.
    account: Option<String>,
}

fn prefix(place: &Place) -> String {
    format!("{}/", place.channel_key())
}

fn key(place: &Place, name: &str) -> EntityKey {
    EntityKey::global(KIND, format!("{}{name}", prefix(place)))
}

fn unknown(name: &str) -> Card {
    let title = format!("There is no alias `{name}` in this channel.");
    Card::titled(title).state(Tone::Bad, "Not found").text("`@aws alias list` shows those there are.")
}

impl Bot {
    async fn alias(&self, place: &Place, name: &str) -> Result<Option<(Alias, u64)>, StoreError> {
        let entity = self.parts.store.entity(key(place, name)).await?;
        Ok(entity.and_then(|entity| Some((stored::read::<Alias>(Some(&entity.body))?, entity.revision))))
    }

    async fn aliases(&self, place: &Place) -> Result<Vec<Alias>, StoreError> {
        let query = EntityQuery::kind(KIND).id_prefix(prefix(place)).limit(MOST);
        let entities = self.parts.store.entities(query).await?;
        Ok(entities.iter().filter_map(|entity| stored::read(Some(&entity.body))).collect())
    }

    /// The custom actions with an alias that are offered in a channel.
    fn action_aliases(&self, place: &Place) -> Vec<(String, CustomActionRecord)> {
        let offered = self.actions_of(place);
        offered.into_iter().filter_map(|action| Some((action.alias_name.clone()?, action))).collect()
    }

    async fn find_alias(&self, place: &Place, name: &str) -> Result<Option<Found>, StoreError> {
        if let Some((alias, _)) = self.alias(place, name).await? {
            return Ok(Some(Found { command: alias.command, account: None }));
        }
        let action = self.action_aliases(place).into_iter().find(|(alias, _)| alias == name);
        Ok(action.map(|(_, action)| Found { command: action.command_text, account: Some(action.account.to_string()) }))
    }

    /// The command that runs an alias with whose name the words begin, if it is one.
    pub(crate) async fn meant_alias(&self, place: &Place, words: &[Word]) -> Result<Option<String>, StoreError> {
        let start = words.iter().take_while(|word| matches!(word.text.as_str(), "aws" | "@aws")).count();
        let Some([name, values @ ..]) = words.get(start..) else { return Ok(None) };
        let found = self.find_alias(place, &name.text).await?;
        Ok(found.map(|_| format!("run {} {}", name.text, render::line(values)).trim_end().to_owned()))
    }

    /// The custom actions that are associated with a channel's configurations.
    pub(crate) fn actions_of(&self, place: &Place) -> Vec<CustomActionRecord> {
        let directory = self.parts.authority.directory();
        let mut offered = Vec::new();
        for configuration in channel::bound(&directory, place) {
            let Some(account) = directory.account(configuration.account) else { continue };
            let actions = account.custom_actions();
            offered.extend(actions.filter(|action| action.configurations.contains(&configuration.arn)).cloned());
        }
        offered
    }

    /// What is wrong with the command of a new alias, as far as it can be known without its values.
    fn alias_problem(&self, command: &str) -> Option<Card> {
        let words = match expand(command, &Default::default()) {
            Ok(words) => words,
            Err(error) => return Some(cards::mistake(&format!("{error}."), &[])),
        };
        let named = !words.iter().take(2).any(|word| word.text.contains('$'));
        match self.grammar.parse(&words, &Setting::default()) {
            Ok(Parsed::Builtin(_) | Parsed::Help(_) | Parsed::Print(_)) => {
                let text = "an alias stands for an operation of a service, such as `sns list-topics`";
                Some(cards::mistake(&format!("`{command}` is no call: {text}."), &[]))
            }
            Err(mistake)
                if named
                    && matches!(
                        mistake.kind,
                        MistakeKind::UnknownCommand
                            | MistakeKind::UnknownOperation
                            | MistakeKind::CustomCommand
                            | MistakeKind::AmbiguousOperation
                            | MistakeKind::NoCommand
                    ) =>
            {
                Some(card::mistake(&mistake))
            }
            _ => None,
        }
    }
}

fn facts(alias: &Alias) -> Card {
    let mut facts = vec![Fact::identifier("command", &alias.command)];
    let names = variables(&alias.command);
    if !names.is_empty() {
        facts.push(Fact::words("values", names.iter().map(|name| format!("`${name}`")).collect::<Vec<_>>().join(", ")));
    }
    facts.push(Fact::words("by", format!("{}, {}", alias.by, alias.at.to_rfc3339())));
    let run = match names.is_empty() {
        true => format!("`@aws run {}` runs it as whoever says so.", alias.name),
        false => format!("`@aws run {} VALUES` runs it as whoever says so.", alias.name),
    };
    Card::titled(format!("Alias `{}`", alias.name)).block(Block::Facts(facts)).footer(run)
}

impl Command<'_> {
    pub(crate) async fn alias(self, command: AliasCommand) -> Result<(), WorkError> {
        let (bot, place) = (self.bot, &self.event.place);
        let card = match command {
            AliasCommand::Run { name, values } => return self.run_alias(&name, &values).await,
            AliasCommand::List => bot.alias_list(place).await?,
            AliasCommand::Get { name } => match bot.alias(place, &name).await? {
                Some((alias, _)) => facts(&alias),
                None => match bot.find_alias(place, &name).await? {
                    Some(found) => Card::titled(format!("Alias `{name}` of a custom action")).command(found.command),
                    None => unknown(&name),
                },
            },
            AliasCommand::Delete { name } => match bot.alias(place, &name).await? {
                Some((alias, revision)) => {
                    let card = Card::titled(format!("The alias `{name}` is deleted."))
                        .state(Tone::Good, "Done")
                        .text(format!("It stood for `{}`.", alias.command));
                    let change = Change::new().delete(key(place, &name), Expect::Revision(revision));
                    return self.commit(self.end(CommandState::Finished, &self.shown(), card).and(change)).await;
                }
                None => unknown(&name),
            },
            AliasCommand::Create { name, command } => return self.put_alias(name, command, false).await,
            AliasCommand::Update { name, command } => return self.put_alias(name, command, true).await,
        };
        self.settle(CommandState::Finished, card).await
    }

    async fn put_alias(self, name: String, command: String, update: bool) -> Result<(), WorkError> {
        let (bot, place) = (self.bot, &self.event.place);
        let refused = |card: Card| self.settle(CommandState::Failed, card);
        let before = bot.alias(place, &name).await?;
        let expect = match (&before, update) {
            (Some((known, _)), false) => {
                let card = Card::titled(format!("The alias `{name}` is taken."))
                    .state(Tone::Bad, "Not created")
                    .text(format!("It stands for `{}`. `@aws alias update {name} COMMAND` changes it.", known.command));
                return refused(card).await;
            }
            (None, true) => return refused(unknown(&name)).await,
            (Some((_, revision)), true) => Expect::Revision(*revision),
            (None, false) => Expect::Absent,
        };
        if let Some(problem) = bot.alias_problem(&command) {
            return refused(problem).await;
        }
        if !update && u32::try_from(bot.aliases(place).await?.len()).unwrap_or(MOST) >= MOST {
            let card = Card::titled(format!("A channel has at most {MOST} aliases; delete one first."));
            return refused(card.state(Tone::Bad, "Not created")).await;
        }
        let (by, at) = (self.event.who.display_name.clone(), bot.parts.clock.now());
        let alias = Alias { format: 1, name, command, by, at };
        let card = facts(&alias).state(Tone::Good, if update { "Changed" } else { "Created" });
        let change = Change::new().put(key(place, &alias.name), stored::write(&alias), expect);
        self.commit(self.end(CommandState::Finished, &self.shown(), card).and(change)).await
    }

    /// Runs what an alias stands for, with the rights of whoever says so.
    async fn run_alias(self, name: &str, values: &[String]) -> Result<(), WorkError> {
        let Some(found) = self.bot.find_alias(&self.event.place, name).await? else {
            return self.settle(CommandState::Failed, unknown(name)).await;
        };
        let names = variables(&found.command);
        let given = match assign(&names, values) {
            Ok(given) => given,
            Err(error) => {
                let text = format!("{error}; it stands for `{}`.", found.command);
                return self.settle(CommandState::Failed, cards::mistake(&text, &[])).await;
            }
        };
        if let Some(missing) = names.iter().find(|name| !given.contains_key(*name)) {
            let mut words = vec![Word::plain("run"), Word::plain(name)];
            words.extend(values.iter().map(|value| Word::plain(value.clone())));
            let text = render::line(&words);
            let (title, before) = (format!("Which value for `${missing}`?"), format!("--{missing}"));
            let meaning = format!("`{name}` stands for `{}`.", found.command);
            let ask = Ask { title: &title, meaning: &meaning, choices: &[], text: &text, before: &before };
            return self.ask_for(&ask).await;
        }
        match expand(&found.command, &given) {
            Ok(words) => self.run_words(words, found.account).await,
            Err(error) => self.settle(CommandState::Failed, cards::mistake(&format!("{error}."), &[])).await,
        }
    }

    /// Runs a command that was put together, in an account where it belongs to one.
    pub(crate) async fn run_words(self, words: Vec<Word>, account: Option<String>) -> Result<(), WorkError> {
        match self.bot.grammar.parse(&words, &Setting::default()) {
            Ok(Parsed::Call(mut call)) => {
                call.options.account = call.options.account.or(account);
                self.run(*call, false).await
            }
            Ok(Parsed::Ask(question)) => self.ask(&question).await,
            Ok(_) => {
                let card = cards::mistake(&format!("`{}` is no call of a service.", render::line(&words)), &[]);
                self.settle(CommandState::Failed, card).await
            }
            Err(mistake) => self.settle(CommandState::Failed, card::mistake(&mistake)).await,
        }
    }
}

impl Bot {
    /// The aliases that can be run in a channel, with what they stand for.
    pub(crate) async fn alias_names(&self, place: &Place) -> Result<Vec<(String, String)>, StoreError> {
        let own = self.aliases(place).await?.into_iter().map(|alias| (alias.name, alias.command));
        let actions = self.action_aliases(place).into_iter().map(|(name, action)| (name, action.command_text));
        Ok(own.chain(actions).collect())
    }

    async fn alias_list(&self, place: &Place) -> Result<Card, StoreError> {
        let rows = self.alias_names(place).await?.into_iter();
        let facts: Vec<Fact> = rows.map(|(name, command)| Fact::identifier(name, command)).collect();
        if facts.is_empty() {
            let how = "`@aws alias create NAME COMMAND` makes one; `$name` in the command stands for a value.";
            return Ok(Card::titled("This channel has no aliases.").text(how));
        }
        let title = format!("Aliases of this channel ({})", facts.len());
        Ok(Card::titled(title).block(Block::Facts(facts)).footer("`@aws run NAME VALUES` runs one as whoever says so."))
    }
}
