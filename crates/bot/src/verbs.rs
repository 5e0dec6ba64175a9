//! Our own commands: each answers with one card, or asks.

use bailiwick_chat::phrase::Span;
use bailiwick_chat::{Block, Card, Fact, Tone};
use bailiwick_command::parse::Builtin;
use bailiwick_ident::Region;
use bailiwick_store::{Change, CommandState, EntityKey, EntityQuery, Expect, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::ask::Ask;
use crate::channel;
use crate::inbox::WorkError;
use crate::run::{Command, no_standing};
use crate::setting::{self, ChannelSetting, Chosen, TIMEOUTS};
use crate::stored;

/// The kind of the entities that hold what people told us.
pub const FEEDBACK: &str = "bot.feedback";

/// What somebody told the administrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    format: u32,
    /// The member's name.
    pub by: String,
    /// The channel's key: platform, workspace, channel.
    pub channel: String,
    /// The words.
    pub text: String,
    /// When, in milliseconds since the epoch.
    pub at: i64,
}

/// What people told the administrators, newest first, at most `limit`.
///
/// # Errors
/// The store's.
pub async fn feedback(store: &dyn Store, limit: usize) -> Result<Vec<Feedback>, StoreError> {
    let kept = store.entities(EntityQuery::kind(FEEDBACK)).await?;
    Ok(kept.iter().rev().filter_map(|kept| stored::read(Some(&kept.body))).take(limit).collect())
}

/// Words that take a setting back.
const NONE: [&str; 3] = ["none", "clear", "reset"];

impl Command<'_> {
    pub(crate) async fn builtin(self, builtin: Builtin) -> Result<(), WorkError> {
        // Who cannot act here cannot set anything here either.
        if !matches!(builtin, Builtin::Whoami | Builtin::Can(_))
            && let Err(error) = self.bot.may_speak(self.event)
        {
            return self.settle(CommandState::Refused, no_standing(&error)).await;
        }
        let card = match builtin {
            Builtin::Whoami => self.bot.whoami(self.event).await?,
            Builtin::Why(id) => self.bot.why(self.event, id.as_deref()).await?,
            Builtin::Can(line) => self.bot.can(self.event, &line).await?,
            Builtin::Alias(command) => return self.alias(command).await,
            Builtin::Preferences => self.bot.preferences(self.event).await?,
            Builtin::SetDefaultAccount(account) => return self.set_account(account).await,
            Builtin::SetDefaultRegion(region) => return self.set_region(region).await,
            Builtin::SetTimeout(seconds) => return self.set_timeout(seconds).await,
            Builtin::SwitchRole(role) => return self.switch_role(role).await,
            Builtin::Feedback(text) => return self.feedback(text).await,
        };
        self.settle(CommandState::Finished, card).await
    }

    fn chosen(&self, value: String) -> Chosen {
        Chosen { value, by: self.event.who.display_name.clone(), at: self.bot.parts.clock.now() }
    }

    /// Sets something for the channel, and says so to all who read there.
    async fn set(self, setting: &ChannelSetting, card: Card) -> Result<(), WorkError> {
        let change = setting::put(&self.event.place, setting);
        let card = card.state(Tone::Good, "Set").footer("For everybody in this channel; `@aws preferences` shows it.");
        self.commit(self.end(CommandState::Finished, &self.shown(), card).and(change)).await
    }

    async fn wrong(self, text: String) -> Result<(), WorkError> {
        self.settle(CommandState::Failed, Card::titled(text).state(Tone::Bad, "Not set")).await
    }

    async fn set_account(self, account: Option<String>) -> Result<(), WorkError> {
        let directory = self.bot.parts.authority.directory();
        let bound = channel::bound(&directory, &self.event.place);
        let mut setting = self.bot.channel_setting(&self.event.place).await?;
        let Some(asked) = account else {
            let choices: Vec<String> = bound.iter().map(|configuration| configuration.account.to_string()).collect();
            return self
                .ask_for(&Ask {
                    title: "Which account?",
                    meaning: "Commands in this channel that name no account go there for the next seven days.",
                    choices: &choices,
                    text: "set default-account",
                    before: "",
                })
                .await;
        };
        if NONE.contains(&asked.to_ascii_lowercase().as_str()) {
            setting.account = None;
            return self.set(&setting, Card::titled("No account is remembered for this channel any more.")).await;
        }
        match channel::named(&directory, &bound, &asked) {
            Some(configuration) => {
                setting.account = Some(self.chosen(configuration.account.to_string()));
                let account = channel::account_text(&directory, configuration.account);
                let until = setting.account_until().map(|until| until.to_rfc3339()).unwrap_or_default();
                let title = format!("Commands that name no account go to {account}.");
                self.set(&setting, Card::titled(title).text(format!("Remembered until {until}."))).await
            }
            None => {
                let all: Vec<String> = bound.iter().map(|c| channel::account_text(&directory, c.account)).collect();
                let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
                self.wrong(format!("`{asked}` is not an account of this channel; bound are: {all}.")).await
            }
        }
    }

    async fn set_region(self, region: Option<String>) -> Result<(), WorkError> {
        let mut setting = self.bot.channel_setting(&self.event.place).await?;
        let Some(asked) = region else {
            let ask = Ask {
                title: "Which Region?",
                meaning: "Commands in this channel that name no Region go there.",
                choices: &[],
                text: "set default-region",
                before: "",
            };
            return self.ask_for(&ask).await;
        };
        if NONE.contains(&asked.to_ascii_lowercase().as_str()) {
            setting.region = None;
            let region = self.bot.default_region();
            let title = format!("Commands that name no Region go to {region}, as they do by default.");
            return self.set(&setting, Card::titled(title)).await;
        }
        let asked = asked.to_ascii_lowercase();
        let authority = &self.bot.parts.authority;
        let partition = authority.directory().partition().clone();
        let known = Region::parse(&asked)
            .ok()
            .filter(|region| authority.regions().partition(region.as_str()) == Some(&partition));
        match known {
            Some(region) => {
                setting.region = Some(self.chosen(region.to_string()));
                self.set(&setting, Card::titled(format!("Commands that name no Region go to {region}."))).await
            }
            None => self.wrong(format!("`{asked}` is not a Region of the partition `{partition}`.")).await,
        }
    }

    async fn set_timeout(self, seconds: Option<String>) -> Result<(), WorkError> {
        let mut setting = self.bot.channel_setting(&self.event.place).await?;
        setting.timeout = match seconds.filter(|seconds| !NONE.contains(&seconds.to_ascii_lowercase().as_str())) {
            None => None,
            Some(text) => match text.parse::<u32>().ok().filter(|seconds| TIMEOUTS.contains(seconds)) {
                Some(seconds) => Some(self.chosen(seconds.to_string())),
                None => {
                    let (least, most) = (TIMEOUTS.start(), TIMEOUTS.end());
                    return self.wrong(format!("`{text}` is not a number of seconds from {least} to {most}.")).await;
                }
            },
        };
        let title = format!("After {} it is said that a command still runs.", Span(setting.timeout()));
        self.set(&setting, Card::titled(title)).await
    }

    async fn feedback(self, text: String) -> Result<(), WorkError> {
        let at = self.bot.parts.clock.now();
        let feedback = Feedback {
            format: 1,
            by: self.event.who.display_name.clone(),
            channel: self.event.place.channel_key(),
            text,
            at: at.as_millis(),
        };
        // In the order in which it was said.
        let key = EntityKey::global(FEEDBACK, format!("{:020}/{}", at.as_millis(), self.row.id));
        let change = Change::new().put(key, stored::write(&feedback), Expect::Any);
        let card = Card::titled("The administrators read it, with your name and this channel.")
            .state(Tone::Good, "Kept")
            .block(Block::Quote(feedback.text));
        self.commit(self.end(CommandState::Finished, &self.shown(), card).and(change)).await
    }
}

impl crate::Bot {
    /// What is set for a channel, and how to change it.
    async fn preferences(&self, event: &bailiwick_chat::Event) -> Result<Card, WorkError> {
        let setting = self.channel_setting(&event.place).await?;
        let directory = self.parts.authority.directory();
        let by = |chosen: &Chosen| format!("by {}, {}", chosen.by, chosen.at.to_rfc3339());
        let account = match setting.account(self.parts.clock.now()) {
            Some(chosen) => {
                let until = setting.account_until().map(|until| until.to_rfc3339()).unwrap_or_default();
                format!("{} ({}, until {until})", chosen.value, by(chosen))
            }
            None => match channel::bound(&directory, &event.place).as_slice() {
                [one] => format!("{} (the only one)", channel::account_text(&directory, one.account)),
                [] => "none is bound".to_owned(),
                _ => "asked for each command".to_owned(),
            },
        };
        let region = match &setting.region {
            Some(chosen) => format!("{} ({})", chosen.value, by(chosen)),
            None => format!("{} (nothing else was set)", self.default_region()),
        };
        let timeout = match &setting.timeout {
            Some(chosen) => format!("{} seconds ({})", setting.timeout().as_secs(), by(chosen)),
            None => format!("{} seconds", setting.timeout().as_secs()),
        };
        Ok(Card::titled("Preferences of this channel")
            .block(Block::Facts(vec![
                Fact::words("account", account),
                Fact::words("Region", region),
                Fact::words("still running after", timeout),
            ]))
            .text("`@aws set default-account ID`, `@aws set default-region REGION` and `@aws set timeout SECONDS` change them; `none` in the place of the value takes one back."))
    }
}
