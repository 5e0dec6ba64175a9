//! The one way a command is decided and run.
//!
//! A refusal is decided before anything is offered. What only reads runs at once; what changes something is shown and
//! waits for its requester. Each step is one commit: the decision with the command's start, then the outcome with the
//! command's end, its answer and the end of the inbox row. A crash between the two leaves a command that was started: for
//! our own services nothing happened, so it runs again; for others nobody knows, and it is shown as ambiguous.
//!
//! - `make`: the calls of one command, one for each page of its answer;
//! - `late`: what is said of a command that takes long.

mod late;
mod make;

pub(crate) use late::MOST as LATE;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bailiwick_authority::{Call, Decision, Ruling};
use bailiwick_aws::catalogue::AccessClass;
use bailiwick_aws::protocol::{fill_idempotency_tokens, settle};
use bailiwick_chat::cards::{self, Ran};
use bailiwick_chat::room::bounded_to_json;
use bailiwick_chat::{Card, Event, Phrase, Tone};
use bailiwick_command::parse;
use bailiwick_command::render::{self, Secrets};
use bailiwick_services::Services;
use bailiwick_services::approval::Approval;
use bailiwick_store::{Change, CommandRow, CommandState, Expect, InboxRow, StoreError};

use crate::approve;
use crate::ask::Ask;
use crate::channel::{NoStanding, Standing};
use crate::inbox::WorkError;
use crate::stored::{self, Proved, Shown};
use crate::{Bot, WAIT_SECONDS, card, reply, step_up};
use make::ATTEMPTS;
pub(crate) use make::Job;

/// A command on its way.
pub(crate) struct Command<'a> {
    pub(crate) bot: &'a Bot,
    pub(crate) inbox: &'a InboxRow,
    pub(crate) event: &'a Event,
    /// The command's row as it is in the store, or as it will first be put.
    pub(crate) row: CommandRow,
    /// What must be in the store for the next put.
    pub(crate) expect: Expect,
    /// It was said that the command still runs: the inbox row is at its end, and the answer takes the place of that card.
    late: Arc<AtomicBool>,
    /// The approvals that it waited for.
    pub(crate) approval: Option<Approval>,
    /// What its requester proved for it.
    pub(crate) proved: Option<Proved>,
    /// What becomes of the card that was pressed, said with what becomes of the command.
    pub(crate) pressed: Option<Pressed>,
}

/// What the card of a proposal says once its button was pressed.
#[derive(Clone)]
pub(crate) struct Pressed {
    /// Where the command runs.
    pub(crate) ran: Change,
    /// Where it is refused by then.
    pub(crate) refused: Change,
}

/// A call as it would be decided for somebody in a channel.
pub(crate) struct Prepared {
    /// As it was typed.
    pub(crate) parsed: parse::Call,
    /// With what is filled in where it is made.
    pub(crate) filled: parse::Call,
    pub(crate) standing: Standing,
    pub(crate) call: Call,
    pub(crate) ran: Ran,
}

impl Prepared {
    /// Fills in a call; `None` where its model is not there. `id` is the command's.
    pub(crate) fn new(bot: &Bot, mut parsed: parse::Call, standing: Standing, id: &str) -> Option<Prepared> {
        parsed.in_region(standing.region.as_str());
        let mut filled = parsed.clone();
        let mut input = parsed.input.clone();
        let model = parsed.model()?;
        settle(&parsed.service, model, &mut input);
        // The token follows from the command, so that a repeat of this command is harmless where AWS makes it so.
        fill_idempotency_tokens(&parsed.service, model, &mut input, id);
        filled.input = input;
        let call = bot.call_of(&standing, &parsed.service.name, &parsed.operation, filled.input.clone());
        let ran = Ran {
            command: format!("{} {}", parsed.command, parsed.cli_name),
            account: standing.account_text(),
            region: standing.region.to_string(),
            role: standing.role().to_owned(),
        };
        Some(Prepared { parsed, filled, standing, call, ran })
    }
}

impl<'a> Command<'a> {
    /// A command whose row is in the store in this state of things, or is not there yet.
    pub(crate) fn new(bot: &'a Bot, inbox: &'a InboxRow, event: &'a Event, row: CommandRow, expect: Expect) -> Self {
        Command { bot, inbox, event, row, expect, late: Arc::default(), approval: None, proved: None, pressed: None }
    }
}

impl Command<'_> {
    /// The change that puts the command into a state, with its card as the answer to the event, and ends the inbox row.
    pub(crate) fn end(&self, state: CommandState, shown: &Shown, card: Card) -> Change {
        let now = self.bot.parts.clock.now();
        let put = self.put(state, Some(shown));
        if self.late.load(Ordering::Acquire) {
            let id = reply::answer_id(self.event, "answer");
            return put.and(reply::edit(&self.event.place, &id, "answered", card, now));
        }
        put.and(reply::answer(self.event, "answer", card, now)).finish_inbox(
            &self.inbox.id,
            self.inbox.fence,
            state.as_str(),
        )
    }

    /// The same command under another text.
    fn saying(&self, text: String) -> Self {
        Command {
            bot: self.bot,
            inbox: self.inbox,
            event: self.event,
            row: CommandRow { text, ..self.row.clone() },
            expect: self.expect,
            late: Arc::clone(&self.late),
            approval: self.approval.clone(),
            proved: self.proved,
            pressed: self.pressed.clone(),
        }
    }

    fn put(&self, state: CommandState, shown: Option<&Shown>) -> Change {
        let row = CommandRow {
            state,
            answer: shown.map(stored::write).or_else(|| self.row.answer.clone()),
            updated_at: self.bot.parts.clock.now(),
            ..self.row.clone()
        };
        let change = Change::new().command(row, self.expect);
        match &self.pressed {
            // With its start it was said already.
            Some(_) if self.row.state == CommandState::Started => change,
            Some(pressed) if state == CommandState::Refused => change.and(pressed.refused.clone()),
            Some(pressed) => change.and(pressed.ran.clone()),
            None => change,
        }
    }

    /// Where the card of this command's answer will be.
    pub(crate) fn shown(&self) -> Shown {
        let requester = Some(self.event.who.display_name.clone());
        Shown { requester, ..Shown::new(Some(reply::answer_id(self.event, "answer"))) }
    }

    pub(crate) async fn commit(&self, change: Change) -> Result<(), WorkError> {
        self.bot.parts.store.commit(change).await?;
        self.bot.parts.wake.signal();
        Ok(())
    }

    /// Ends the command with a card that needs nothing else.
    pub(crate) async fn settle(&self, state: CommandState, card: Card) -> Result<(), WorkError> {
        self.commit(self.end(state, &self.shown(), card)).await
    }

    /// Decides and runs a call. `confirmed` says that its requester pressed Run.
    pub(crate) async fn run(mut self, parsed: parse::Call, confirmed: bool) -> Result<(), WorkError> {
        let setting = self.bot.channel_setting(&self.event.place).await?;
        let standing = match self.bot.standing_with(&setting, self.event, &parsed.options) {
            Ok(standing) => standing,
            Err(NoStanding::Several(accounts)) => {
                let text = parsed.line.clone();
                let ask = Ask {
                    title: "Which account?",
                    meaning: "Several accounts are bound to this channel; `@aws set default-account` remembers one.",
                    choices: &accounts,
                    text: &text,
                    before: "--account",
                };
                return Box::pin(self.ask_for(&ask)).await;
            }
            Err(error) => return self.settle(CommandState::Refused, no_standing(&error)).await,
        };
        self.row.text = render::again(&parsed);
        let Some(prepared) = Prepared::new(self.bot, parsed, standing, &self.row.id) else {
            let card = cards::note(Tone::Bad, "Not run", &Phrase::CannotRead);
            return self.settle(CommandState::Refused, card).await;
        };
        let waiting = prepared.waiting(self.event);
        let Prepared { mut parsed, filled, mut standing, call, ran } = prepared;
        if let Some(approval) = self.approval.take() {
            let directory = self.bot.parts.authority.directory();
            if !approval.is_for(&directory, &call) {
                let card = Card::titled(approve::OUTDATED).state(Tone::Bad, "Not run");
                return self.settle(CommandState::Refused, card).await;
            }
            standing.origin = approve::approved(&directory, &standing.origin, &approval);
        }
        if let Some(proved) = self.proved {
            standing.origin = step_up::proved(&standing.origin, proved);
        }
        let reads = self.bot.parts.pack.access_class(&call.service, &call.operation, &call.input).only_reads();
        // What is shown is what runs, whatever the channel's settings are by then.
        parsed.options.account.get_or_insert_with(|| standing.account.to_string());
        parsed.options.region.get_or_insert_with(|| standing.region.to_string());
        let unreachable = self.bot.unreachable(&call);
        let offered = !reads && !confirmed;
        // Where nothing is offered, the decision that is recorded is the only one.
        if offered || unreachable.is_some() {
            let preview = self.bot.parts.authority.preview(&standing.caller, &standing.origin, &call);
            match unreachable {
                Some(card) if preview.allowed => return self.settle(CommandState::Failed, card).await,
                None if preview.allowed => {
                    self.row.text = render::again(&parsed);
                    let shown = render::command(&parsed, Secrets::Mask);
                    return Box::pin(self.propose(&parsed, &shown, &ran, &preview)).await;
                }
                Some(_) | None => {}
            }
        }
        let local = self.bot.serves(&call);
        let limit = setting.timeout();
        let job =
            Job { parsed: &filled, typed: &parsed, standing: &standing, call, ran: &ran, reads, local, limit, waiting };
        if offered { Box::pin(self.refuse(&job)).await } else { self.decide(&job).await }
    }

    /// Refuses what would be offered if it were allowed, with the record of the refusal. Where the policies let it run by
    /// then, it is offered: it never runs without having been.
    async fn refuse(mut self, job: &Job<'_>) -> Result<(), WorkError> {
        let parts = &self.bot.parts;
        let undecided = |error: String| WorkError::Undecided(error);
        for _ in 0..ATTEMPTS {
            let standing = job.standing;
            let decision = parts.authority.decide(&standing.caller, &standing.origin, job.call.clone());
            let (ruling, unrecorded) = match decision.map_err(|error| undecided(error.to_string()))? {
                Decision::Denied(ruling, unrecorded) => (ruling, unrecorded),
                Decision::Allowed(authorized, ..) => {
                    self.row.text = render::again(job.typed);
                    let shown = render::command(job.typed, Secrets::Mask);
                    return self.propose(job.typed, &shown, job.ran, &authorized.shared_ruling()).await;
                }
            };
            match self.commit(unrecorded.asserted().and(self.refused(&ruling, job))).await {
                Err(WorkError::Store(conflict @ StoreError::Conflict { .. })) => {
                    let fresh = parts.authority.refresh().await.map_err(|error| undecided(error.to_string()))?;
                    if fresh.revision() == ruling.revision {
                        return Err(conflict.into());
                    }
                }
                settled => return settled,
            }
        }
        Err(undecided("the directory changes faster than the command can be refused".to_owned()))
    }

    /// Shows the command with its buttons; it waits for its requester.
    async fn propose(mut self, parsed: &parse::Call, text: &str, ran: &Ran, ruling: &Ruling) -> Result<(), WorkError> {
        self.row.expires_at = Some(self.bot.parts.clock.now().plus_seconds(WAIT_SECONDS));
        let waits = Phrase::WaitsForRequester {
            requester: &self.event.who.display_name,
            open_for: Duration::from_secs(WAIT_SECONDS.unsigned_abs()),
        };
        let class = self.bot.parts.pack.access_class(&parsed.service.name, &parsed.operation, &parsed.input);
        let danger = class == AccessClass::Destroy;
        let card = cards::confirm(ran, text, "changes data: yes", danger, &self.row.id, &waits);
        let shown = Shown { trace: Some(trace_json(ruling)), ..self.shown() };
        self.commit(self.end(CommandState::Proposed, &shown, card)).await
    }
}

/// A card in stored form.
fn trace_json(ruling: &Ruling) -> String {
    bounded_to_json(card::trace(ruling)).1
}

/// What is said where nobody can act.
pub(crate) fn no_standing(error: &NoStanding) -> Card {
    match error {
        NoStanding::Unbound => cards::note(Tone::Bad, "Not run", &Phrase::RoomNotConfigured),
        other => Card::titled(format!("{other}.")).state(Tone::Bad, "Not run"),
    }
}

impl Bot {
    /// Whether a call is for one of our own services: most of them are left to the endpoint of an account that is elsewhere.
    pub(crate) fn serves(&self, call: &Call) -> bool {
        Services::serves(&call.service) && !self.parts.authority.remotes().leaves(call.account, &call.service)
    }

    /// What is said of a call that no endpoint takes, with the lines that would configure one.
    fn unreachable(&self, call: &Call) -> Option<Card> {
        if self.serves(call) || self.parts.client.target(call.account, &call.service).is_some() {
            return None;
        }
        let account = call.account.to_string();
        let lines = format!(
            "[[account]]\nid = \"{account}\"\nendpoint = \"http://127.0.0.1:5000\"   # leave out for AWS itself\nservices = [\"{}\"]\nregion = \"{}\"\naccess_key_id = \"...\"\nsecret_access_key = \"...\"\n",
            call.service, call.region
        );
        let phrase = Phrase::AccountNotConfigured { account: &account };
        let card = cards::note(Tone::Bad, "Not run", &phrase);
        Some(card.block(bailiwick_chat::Block::Code { text: lines, language: Some("toml".to_owned()) }))
    }
}
