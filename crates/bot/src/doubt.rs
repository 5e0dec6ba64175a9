//! Commands of which nobody knows whether they ran: what is said of them, and how the doubt ends.
//!
//! A process that dies leaves commands that were started. A call of our own services ends in the commit that also ends its
//! command, so it did not take place; what only reads can be repeated. Of every other call nobody knows, and that is said in
//! the channel until somebody who looked says what happened. Only one answer counts, and it is a call of its own
//! (`bailiwick:ResolveCommand`), in the audit trail like any other.

use bailiwick_aws::{Operation, Service, Value};
use bailiwick_chat::cards::Ran;
use bailiwick_chat::{ButtonId, Card, Event, Phrase, Place, Tone, cards};
use bailiwick_command::lex::{Markup, lex};
use bailiwick_command::parse::{self, Parsed, Setting};
use bailiwick_command::render::{self, Secrets};
use bailiwick_services::approval::Begun;
use bailiwick_store::{Change, CommandQuery, CommandRow, CommandState, Expect, InboxRow, StoreError, WorkState};

use crate::inbox::WorkError;
use crate::run::no_standing;
use crate::stored::{self, Shown};
use crate::{Bot, own, reply, talk};

/// Verbs of operations that change something, each with nothing but its noun left when it is taken away.
const CHANGING: [&str; 24] = [
    "Add",
    "Associate",
    "Attach",
    "Create",
    "Delete",
    "Detach",
    "Disable",
    "Disassociate",
    "Enable",
    "Modify",
    "Put",
    "Reboot",
    "Register",
    "Remove",
    "Restore",
    "Run",
    "Set",
    "Start",
    "Stop",
    "Tag",
    "Terminate",
    "Untag",
    "Update",
    "Deregister",
];

/// The command that shows what a call would have changed: an operation of the same service that reads the same noun and
/// needs nothing that the call does not name.
fn look(call: &parse::Call) -> Option<String> {
    let service = &call.service;
    let verb = CHANGING.iter().find(|verb| call.operation.starts_with(**verb))?;
    let noun = call.operation.strip_prefix(verb)?;
    let singular = noun.strip_suffix('s').unwrap_or(noun);
    let names = ["Get", "Describe", "Head", "List"].into_iter().flat_map(|reading| {
        [format!("{reading}{noun}"), format!("{reading}{singular}"), format!("{reading}{singular}s")]
    });
    let found =
        names.filter_map(|name| service.operation(&name)).find(|operation| needs_no_more(service, operation, call))?;
    let mut reading = call.clone();
    reading.operation = found.name.clone();
    reading.cli_name = found.cli_name.to_string();
    let members = found.input.as_ref().map(|input| service.target(input).members()).unwrap_or_default();
    let required = members.iter().filter(|member| member.required);
    reading.input =
        Value::map(required.filter_map(|member| Some((&*member.name, call.input.get(&member.name)?.clone()))));
    Some(render::command(&reading, Secrets::Show))
}

fn needs_no_more(service: &Service, operation: &Operation, call: &parse::Call) -> bool {
    let members = operation.input.as_ref().map(|input| service.target(input).members()).unwrap_or_default();
    members.iter().filter(|member| member.required).all(|member| call.input.get(&member.name).is_some())
}

impl Bot {
    /// The command that shows whether another one ran.
    fn look_command(&self, text: &str) -> Option<String> {
        self.parse_call(text).and_then(|call| look(&call))
    }

    /// The call that a kept line is.
    pub(crate) fn parse_call(&self, text: &str) -> Option<parse::Call> {
        let line = lex(text, Markup::Plain).ok()?;
        match self.grammar.parse(&line.words, &Setting::default()) {
            Ok(Parsed::Call(call)) => Some(*call),
            _ => None,
        }
    }
}

/// A button of a command of which it is not known whether it ran.
pub(crate) async fn press(
    bot: &Bot,
    inbox: &InboxRow,
    event: &Event,
    row: CommandRow,
    button: ButtonId,
) -> Result<(), WorkError> {
    if let Err(error) = bot.may_speak(event) {
        return talk::say(bot, inbox, event, no_standing(&error)).await;
    }
    if button == ButtonId::Check {
        return match bot.look_command(&row.text) {
            // Whoever looks does so with their own rights.
            Some(text) => talk::begin(bot, inbox, event, &text).await?.words(&text).await,
            None => {
                let card = Card::titled("There is no operation that shows just this; look with one that you know.");
                talk::say(bot, inbox, event, card.command(&row.text).state(Tone::Neutral, "Not found")).await
            }
        };
    }
    let begun: Option<Begun> = stored::read(row.call.as_deref());
    let Some(waiting) = begun.and_then(|begun| begun.waiting).filter(|_| row.state == CommandState::Ambiguous) else {
        let phrase = Phrase::AlreadySettled { outcome: "was settled" };
        return talk::say(bot, inbox, event, cards::note(Tone::Neutral, "Nothing was done", &phrase)).await;
    };
    let standing = match bot.standing_of(event, &waiting).await? {
        Ok(standing) => standing,
        Err(error) => return talk::say(bot, inbox, event, no_standing(&error)).await,
    };
    let outcome = if button == ButtonId::ItRan { "RAN" } else { "DID_NOT_RUN" };
    let input = Value::map([("CommandId", Value::from(row.id.as_str())), ("Outcome", Value::from(outcome))]);
    let call = bot.call_of(&standing, "bailiwick", "ResolveCommand", input);
    // Of two people who press at once, the second meets another version, is decided again and reads that it was settled.
    own::make(bot, inbox, event, &standing, &row.id, call).await
}

impl Bot {
    /// Ends what a process before us had started and said to be running when it died.
    pub(crate) async fn recover(&self) -> Result<(), StoreError> {
        let query = CommandQuery { states: vec![CommandState::Started], ..CommandQuery::default() };
        for row in self.parts.store.commands(query).await? {
            let inbox = self.parts.store.inbox(&row.inbox_id).await?;
            // An open row of the inbox is claimed again, and says itself what became of its command.
            if inbox.is_some_and(|inbox| inbox.state != WorkState::Finished) {
                continue;
            }
            self.recover_one(row).await?;
        }
        Ok(())
    }

    async fn recover_one(&self, row: CommandRow) -> Result<(), StoreError> {
        let now = self.parts.clock.now();
        let begun: Option<Begun> = stored::read(row.call.as_deref());
        let shown: Shown = stored::read(row.answer.as_deref()).unwrap_or_default();
        let ran: Ran =
            shown.ran.clone().map(Ran::from).unwrap_or_else(|| Ran { command: row.text.clone(), ..Ran::default() });
        let command = begun.as_ref().and_then(|begun| begun.waiting.as_ref()).map(|waiting| waiting.command.as_str());
        let (state, card) = match &begun {
            Some(begun) if begun.reads || begun.local => {
                let title = "Bailiwick was restarted before the answer came, and nothing was changed. Run it again.";
                (CommandState::Failed, Card::titled(title).state(Tone::Bad, "Broken off").context(&ran.command))
            }
            _ => (
                CommandState::Ambiguous,
                cards::ambiguous(&ran, command, "Bailiwick was restarted before the answer came.", &row.id),
            ),
        };
        let (place, expect) = (Place::of_channel_key(&row.room), Expect::Revision(row.version));
        let message = shown.message.clone();
        let mut change = Change::new().command(CommandRow { state, updated_at: now, ..row }, expect);
        if let Some(message) = message {
            change = change.and(reply::edit(&place, &message, "recovered", card, now));
        }
        match self.parts.store.commit(change).await {
            Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => Ok(()),
            done => done.map(drop),
        }
    }
}
