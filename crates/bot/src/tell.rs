//! What the bot tells of itself and of its decisions: help, `whoami`, `why`, `can`.

use std::cell::Cell;

use bailiwick_authority::{Assurance, Call, Directory};
use bailiwick_aws::Value;
use bailiwick_aws::model::Kind;
use bailiwick_chat::room::body_from_json;
use bailiwick_chat::{Block, Body, Card, Event, Fact, cards};
use bailiwick_command::help::help;
use bailiwick_command::lex::{Markup, lex};
use bailiwick_command::parse::{HelpTopic, Options};
use bailiwick_store::{CommandQuery, CommandRow, CommandState};

use crate::channel::{self, NoStanding, Standing};
use crate::inbox::WorkError;
use crate::run::no_standing;
use crate::stored::{self, Shown};
use crate::{Bot, card};

/// How many operations are looked at for one page of help at most; the largest service has fewer.
const PREVIEWS: u32 = 1_000;

impl Bot {
    /// A page of help; of a service's operations those come first that the caller may run on anything.
    pub(crate) async fn help(&self, event: &Event, topic: &HelpTopic) -> Result<Card, WorkError> {
        let setting = self.channel_setting(&event.place).await?;
        let standing = self.standing_with(&setting, event, &Options::default()).ok();
        let left = Cell::new(PREVIEWS);
        let may_run = |service: &str, operation: &str| {
            let Some(standing) = &standing else { return true };
            let Some(next) = left.get().checked_sub(1) else { return false };
            left.set(next);
            let mut call = self.call_of(standing, service, operation, Value::empty());
            if self.serves(&call) {
                call.input = self.anything(&call);
            }
            self.parts.authority.preview(&standing.caller, &standing.origin, &call).allowed
        };
        Ok(match help(&self.grammar, topic, &may_run) {
            Some(page) => card::help(&page),
            None => Card::titled("There is no help for that.").text("`@aws help` shows what can be asked."),
        })
    }

    /// What an operation of ours is asked about that names no resource in particular: whatever has to be there, and whatever
    /// is an ARN, is `*`. For others the catalogue knows the forms of resources.
    fn anything(&self, call: &Call) -> Value {
        let found = self.parts.pack.service(&call.service).ok();
        let model =
            found.as_ref().and_then(|service| Some((service, service.operation(&call.operation)?.input.as_ref()?)));
        let Some((service, input)) = model else { return Value::empty() };
        let arn = || format!("arn:{}:{}:{}:{}:*", call.partition, call.service, call.region, call.account);
        let words = service.target(input).members().iter().filter_map(|member| {
            let is_arn = member.name.ends_with("Arn");
            let text = service.target(&member.target).kind == Kind::String && (member.required || is_arn);
            text.then(|| (member.name.to_string(), Value::from(if is_arn { arn() } else { "*".to_owned() })))
        });
        Value::map(words)
    }

    pub(crate) fn call_of(&self, standing: &Standing, service: &str, operation: &str, input: Value) -> Call {
        Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            account: standing.account,
            region: standing.region.clone(),
            partition: self.parts.authority.directory().partition().clone(),
            input,
        }
    }

    /// Who, where, with which role, under which layers: for each account of the channel.
    pub(crate) async fn whoami(&self, event: &Event) -> Result<Card, WorkError> {
        let setting = self.channel_setting(&event.place).await?;
        let directory = self.parts.authority.directory();
        let bound = channel::bound(&directory, &event.place);
        let place = &event.place;
        let mut card = Card::titled(&event.who.display_name).block(Block::Facts(vec![
            Fact::identifier("member", &event.who.member_id),
            Fact::words("platform", place.platform.as_str()),
            Fact::identifier("workspace", &place.workspace),
            Fact::identifier("channel", &place.channel),
        ]));
        if bound.is_empty() {
            return Ok(no_standing(&NoStanding::Unbound));
        }
        // What a server opens that nobody expects is said to whoever asks.
        let opened: Vec<&str> = self.parts.authority.opened().collect();
        if !opened.is_empty() {
            let words =
                format!("{}: the configuration of this server opens what channels do not run", opened.join(", "));
            card = card.block(Block::Facts(vec![Fact::words("opened here", words)]));
        }
        let default = setting.account(self.parts.clock.now()).map(|chosen| chosen.value.clone());
        for configuration in &bound {
            let account = configuration.account.to_string();
            let options = Options { account: Some(account.clone()), ..Options::default() };
            let standing = match self.standing_with(&setting, event, &options) {
                Ok(standing) => standing,
                Err(error) => return Ok(no_standing(&error)),
            };
            let mut facts = self.layers(&directory, event, configuration, &standing);
            let default = default.as_ref() == Some(&account);
            let words = if default { ", the channel's default" } else { "" };
            facts.insert(0, Fact::words("account", format!("{}{words}", standing.account_text())));
            card = card.block(Block::Facts(facts));
        }
        Ok(card)
    }

    fn layers(
        &self,
        directory: &Directory,
        event: &Event,
        configuration: &bailiwick_authority::record::ChannelConfigurationRecord,
        standing: &Standing,
    ) -> Vec<Fact> {
        let names = |arns: &[String]| {
            let names: Vec<&str> = arns.iter().map(|arn| arn.rsplit('/').next().unwrap_or(arn)).collect();
            names.join(", ")
        };
        let account = directory.account(configuration.account);
        let chosen = account.and_then(|of| of.role_mapping(&configuration.arn, &event.who.member_id)).is_some();
        let required = configuration.user_authorization_required
            || account
                .and_then(|of| of.preferences())
                .is_some_and(|preferences| preferences.user_authorization_required);
        let role = match (chosen, required) {
            (true, _) => format!("{} (your own)", standing.role()),
            (false, true) => format!("{} (the channel's; you must choose one of your own)", standing.role()),
            (false, false) => format!("{} (the channel's)", standing.role()),
        };
        let boundary = match &standing.caller.principal {
            bailiwick_authority::Principal::RoleSession { role_arn, .. } => {
                let copied = account.filter(|of| self.parts.authority.remotes().mirrors(of.id()));
                let role = copied.and_then(|of| of.mirrored_role(role_arn)).or_else(|| directory.role(role_arn));
                role.and_then(|role| role.record.permissions_boundary.clone())
            }
            _ => None,
        };
        let preferences = account.and_then(|of| of.preferences());
        let default = preferences.map(|of| names(&of.default_guardrail_policy_arns)).unwrap_or_default();
        let minimum = preferences.map(|of| names(&of.minimum_guardrail_policy_arns)).unwrap_or_default();
        let mut guardrails = match (names(&configuration.guardrail_policy_arns), default) {
            (own, _) if !own.is_empty() => own,
            (_, default) if !default.is_empty() => format!("{default} (the account's default)"),
            _ => "the protection policy".to_owned(),
        };
        if !minimum.is_empty() {
            guardrails.push_str(&format!("; and the account's minimum, {minimum}"));
        }
        let proof = match standing.origin.chat().map(|chat| chat.assurance) {
            Some(Assurance::SecondFactor) => "a session with a second factor",
            Some(Assurance::Session) => "a session of yours",
            Some(Assurance::Claimed) => "the platform's word",
            Some(Assurance::None) | None => "nothing",
        };
        let assurance = standing.origin.chat().map_or("0", |chat| chat.assurance.as_str());
        let path = directory.organization().zip(account).and_then(|(organization, account)| organization.path(account));
        let path = path.into_iter().flatten().map(|target| target.name).collect::<Vec<_>>().join(" / ");
        let policy = directory.configuration_disabled(configuration);
        let mut facts = vec![
            Fact::words("configuration", format!("{} ({})", configuration.name, configuration.channel_type.as_str())),
            Fact::words("Region", standing.region.to_string()),
            Fact::words("role", role),
            Fact::identifier("session", standing.caller.principal.arn_in(directory.partition())),
            Fact::words("chatbot policy", policy.unwrap_or_else(|| "lets this channel act".to_owned())),
            Fact::words("permissions boundary", boundary.map_or("none".to_owned(), |arn| names(&[arn]))),
            Fact::words("guardrails", guardrails),
            Fact::words("assurance", format!("{assurance} ({proof})")),
        ];
        if let Some(mirror) =
            account.filter(|of| self.parts.authority.remotes().mirrors(of.id())).and_then(|of| of.mirror())
        {
            let age = mirror.age(self.parts.clock.now());
            facts.push(Fact::words("roles and policies", format!("a copy of the account's own, {age} old")));
        }
        if !path.is_empty() {
            facts.insert(4, Fact::words("organization", path));
        }
        facts
    }

    /// The trace of a command's decision: of the one named, or of the asker's last one in the thread, or in the channel.
    pub(crate) async fn why(&self, event: &Event, id: Option<&str>) -> Result<Card, WorkError> {
        let room = event.place.channel_key();
        let decided =
            |row: &CommandRow| stored::read::<Shown>(row.answer.as_deref()).is_some_and(|shown| shown.trace.is_some());
        let row = match id {
            Some(id) => self.parts.store.command(id).await?.filter(|row| row.room == room),
            None => {
                let query = |thread: Option<String>| CommandQuery {
                    room: Some(room.clone()),
                    thread,
                    actor: Some(event.who.member_id.clone()),
                    limit: 20,
                    states: vec![
                        CommandState::Refused,
                        CommandState::Finished,
                        CommandState::Failed,
                        CommandState::Ambiguous,
                        CommandState::Proposed,
                    ],
                    ..CommandQuery::default()
                };
                let here = self.parts.store.commands(query(event.place.thread.clone())).await?;
                match here.into_iter().find(decided) {
                    Some(row) => Some(row),
                    None => self.parts.store.commands(query(None)).await?.into_iter().find(decided),
                }
            }
        };
        let trace = row.and_then(|row| stored::read::<Shown>(row.answer.as_deref())).and_then(|shown| shown.trace);
        Ok(match trace.map(|json| body_from_json(json.as_bytes())) {
            Some(Ok(Body::Card(card))) => *card,
            _ => Card::titled("There is no decision to explain here yet."),
        })
    }

    /// What would be decided, without doing it.
    pub(crate) async fn can(&self, event: &Event, line: &str) -> Result<Card, WorkError> {
        Ok(match lex(line, Markup::Plain) {
            Ok(line) => self.asked(event, &line.words, None).await?.map_or_else(|card| *card, |asked| asked.card()),
            Err(error) => cards::mistake(&format!("{error}."), &[]),
        })
    }
}
