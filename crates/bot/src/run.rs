//! The one way a command is decided and run.
//!
//! A refusal is decided before anything is offered. What only reads runs at once; what changes something is shown and
//! waits for its requester. Each step is one commit: the decision with the command's start, then the outcome with the
//! command's end, its answer and the end of the inbox row. A crash between the two leaves a command that was started: for
//! our own services nothing happened, so it runs again; for others nobody knows, and it is shown as ambiguous.

use std::time::Duration;

use bailiwick_authority::audit::{self, End};
use bailiwick_authority::{Call, Outcome, Permit, PermitError, Ruling, uuid};
use bailiwick_aws::Value;
use bailiwick_aws::catalogue::AccessLevel;
use bailiwick_aws::fault::Fault;
use bailiwick_aws::protocol::{fill_idempotency_tokens, settle};
use bailiwick_chat::cards::{self, Ran};
use bailiwick_chat::room::body_to_json;
use bailiwick_chat::{Body, Card, Event, Phrase, Tone};
use bailiwick_client::InvokeError as ClientError;
use bailiwick_command::output::parsed_response;
use bailiwick_command::parse;
use bailiwick_command::render::{self, Secrets};
use bailiwick_services::{InvokeError, Services};
use bailiwick_store::{Change, CommandRow, CommandState, Expect, InboxRow};

use crate::channel::{NoStanding, Standing};
use crate::inbox::WorkError;
use crate::stored::{self, Shown};
use crate::{Bot, WAIT_SECONDS, card, reply};

/// How often a command that met a change of the directory is decided again.
const ATTEMPTS: usize = 8;

/// A command on its way.
pub(crate) struct Command<'a> {
    pub(crate) bot: &'a Bot,
    pub(crate) inbox: &'a InboxRow,
    pub(crate) event: &'a Event,
    /// The command's row as it is in the store, or as it will first be put.
    pub(crate) row: CommandRow,
    /// What must be in the store for the next put.
    pub(crate) expect: Expect,
}

impl Command<'_> {
    /// The change that puts the command into a state, with its card as the answer to the event, and ends the inbox row.
    pub(crate) fn end(&self, state: CommandState, shown: &Shown, card: Card) -> Change {
        let now = self.bot.parts.clock.now();
        self.put(state, Some(shown)).and(reply::answer(self.event, "answer", card, now)).finish_inbox(
            &self.inbox.id,
            self.inbox.fence,
            state.as_str(),
        )
    }

    fn put(&self, state: CommandState, shown: Option<&Shown>) -> Change {
        let row = CommandRow {
            state,
            answer: shown.map(stored::write).or_else(|| self.row.answer.clone()),
            updated_at: self.bot.parts.clock.now(),
            ..self.row.clone()
        };
        Change::new().command(row, self.expect)
    }

    /// Where the card of this command's answer will be.
    fn shown(&self) -> Shown {
        Shown::new(Some(reply::answer_id(self.event, "answer")))
    }

    async fn commit(&self, change: Change) -> Result<(), WorkError> {
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
        let options = &parsed.options;
        let standing = match self.bot.standing(self.event, options.account.as_deref(), options.region.as_deref()) {
            Ok(standing) => standing,
            Err(error) => return self.settle(CommandState::Refused, no_standing(&error)).await,
        };
        let Some(model) = parsed.model() else {
            let card = cards::note(Tone::Bad, "Not run", &Phrase::CannotDecide);
            return self.settle(CommandState::Refused, card).await;
        };
        self.row.text = render::command(&parsed, Secrets::Show);
        let mut input = parsed.input.clone();
        settle(&parsed.service, model, &mut input);
        // The token follows from the command, so that a repeat of this command is harmless where AWS makes it so.
        fill_idempotency_tokens(&parsed.service, model, &mut input, &self.row.id);
        let call = Call {
            service: parsed.service.name.to_string(),
            operation: parsed.operation.to_string(),
            account: standing.account,
            region: standing.region.clone(),
            partition: self.bot.parts.authority.directory().partition().clone(),
            input,
        };
        let ran = Ran {
            command: format!("{} {}", parsed.command, parsed.cli_name),
            account: standing.account_text(),
            region: standing.region.to_string(),
            role: standing.role().to_owned(),
        };
        let preview = self.bot.parts.authority.preview(&standing.caller, &standing.origin, &call);
        let reads = model.readonly || self.bot.only_reads(&preview);
        if preview.allowed
            && let Some(card) = self.bot.unreachable(&call)
        {
            return self.settle(CommandState::Failed, card).await;
        }
        if preview.allowed && !reads && !confirmed {
            return self.propose(&parsed, &ran, &preview).await;
        }
        self.decide(&parsed, &standing, call, &ran, reads).await
    }

    /// Shows the command with its buttons; it waits for its requester.
    async fn propose(mut self, parsed: &parse::Call, ran: &Ran, ruling: &Ruling) -> Result<(), WorkError> {
        self.row.expires_at = Some(self.bot.parts.clock.now().plus_seconds(WAIT_SECONDS));
        let text = render::command(parsed, Secrets::Mask);
        let waits = Phrase::WaitsForRequester {
            requester: &self.event.who.display_name,
            open_for: Duration::from_secs(WAIT_SECONDS.unsigned_abs()),
        };
        let danger = ["Delete", "Terminate", "Remove", "Purge"].iter().any(|verb| parsed.operation.starts_with(verb));
        let card = cards::confirm(ran, &text, "changes data: yes", danger, &self.row.id, &waits);
        let shown = Shown { trace: Some(trace_json(ruling)), ..self.shown() };
        self.commit(self.end(CommandState::Proposed, &shown, card)).await
    }

    async fn decide(
        mut self,
        parsed: &parse::Call,
        standing: &Standing,
        call: Call,
        ran: &Ran,
        reads: bool,
    ) -> Result<(), WorkError> {
        let local = Services::serves(&call.service);
        if self.row.state == CommandState::Started && !local && !reads {
            let card = cards::note(Tone::Caution, "Ambiguous", &Phrase::Ambiguous);
            return self.settle(CommandState::Ambiguous, card).await;
        }
        for _ in 0..ATTEMPTS {
            let decided = |ruling: &Ruling| match ruling.allowed {
                true => self.put(CommandState::Started, None),
                false => {
                    let shown = Shown { trace: Some(trace_json(ruling)), ..self.shown() };
                    self.end(CommandState::Refused, &shown, card::refusal(ruling, &self.row.id))
                }
            };
            let authority = &self.bot.parts.authority;
            let outcome = authority.authorize_with(&standing.caller, &standing.origin, call.clone(), decided).await;
            let permit = match outcome.map_err(|error| WorkError::Undecided(error.to_string()))? {
                Outcome::Allowed(permit) => permit,
                Outcome::Denied(_) => {
                    self.bot.parts.wake.signal();
                    return Ok(());
                }
            };
            // The row was put as started; the next put compares with that version.
            self.row.version += 1;
            self.row.state = CommandState::Started;
            self.expect = Expect::Revision(self.row.version);
            let trace = trace_json(permit.ruling());
            let done = if local {
                self.invoke_ours(permit, parsed, &call, ran, &trace).await?
            } else {
                self.invoke_theirs(permit, parsed, &call, ran, &trace, reads).await?
            };
            if done {
                self.bot.parts.wake.signal();
                return Ok(());
            }
        }
        Err(WorkError::Undecided("the directory changes faster than the command can run".to_owned()))
    }

    /// Runs a call of our own services. `false` means that the directory moved and it must be decided again.
    async fn invoke_ours(
        &self,
        permit: Permit,
        parsed: &parse::Call,
        call: &Call,
        ran: &Ran,
        trace: &str,
    ) -> Result<bool, WorkError> {
        let finish = |result: &Result<Value, Fault>| self.finished(parsed, result.as_ref(), ran, trace);
        match self.bot.parts.services.invoke(permit, call.clone(), finish).await {
            Ok(_) | Err(InvokeError::Fault(_)) => Ok(true),
            Err(InvokeError::Stale | InvokeError::Permit(PermitError::Expired { .. })) => Ok(false),
            Err(InvokeError::Store(error)) => Err(error.into()),
            Err(error) => Err(WorkError::Undecided(error.to_string())),
        }
    }

    /// Runs a call at the account's endpoint.
    async fn invoke_theirs(
        &self,
        permit: Permit,
        parsed: &parse::Call,
        call: &Call,
        ran: &Ran,
        trace: &str,
        reads: bool,
    ) -> Result<bool, WorkError> {
        let parts = &self.bot.parts;
        let sent = match parts.client.invoke(permit, call.clone()).await {
            Ok(sent) => sent,
            Err(PermitError::Expired { .. }) => return Ok(false),
            Err(error) => return Err(WorkError::Undecided(error.to_string())),
        };
        let not_sent;
        let (end, change) = match &sent.result {
            Ok(output) => (End::Finished(output), self.finished(parsed, Ok(output), ran, trace)),
            Err(ClientError::Fault(fault)) => (End::Failed(fault), self.finished(parsed, Err(fault), ran, trace)),
            // What only reads may be repeated, so nobody has to wonder whether it took place.
            Err(ClientError::Ambiguous(why)) if reads => {
                not_sent = Fault::receiver("NoAnswer", 503, format!("{why}; the call only reads, so run it again"));
                (End::Failed(&not_sent), self.finished(parsed, Err(&not_sent), ran, trace))
            }
            Err(ClientError::Ambiguous(why)) => {
                let card = cards::note(Tone::Caution, "Ambiguous", &Phrase::Ambiguous).text(why);
                (End::Ambiguous(why), self.end(CommandState::Ambiguous, &self.shown(), card))
            }
            Err(error) => {
                not_sent = Fault::receiver("NotSent", 503, error.to_string());
                (End::Failed(&not_sent), self.finished(parsed, Err(&not_sent), ran, trace))
            }
        };
        let draft = audit::outcome(&parts.pack, &sent.attempt, &uuid(parts.entropy.as_ref()), parts.clock.now(), end)
            .map_err(|error| WorkError::Undecided(error.to_string()))?;
        parts.store.commit(change.audit(draft)).await?;
        Ok(true)
    }

    /// The command's end after its call was made.
    fn finished(&self, parsed: &parse::Call, result: Result<&Value, &Fault>, ran: &Ran, trace: &str) -> Change {
        let mut shown = Shown { trace: Some(trace.to_owned()), ..self.shown() };
        match (result, parsed.model()) {
            (Ok(output), Some(model)) => {
                let response = parsed_response(&parsed.service, model, output);
                let (card, json) = card::answer(ran, &parsed.operation, &parsed.options, &response, &self.row.id);
                shown.json = Some(json);
                self.end(CommandState::Finished, &shown, card)
            }
            (Ok(_), None) => self.end(CommandState::Finished, &shown, Card::titled("Done.")),
            (Err(fault), _) => {
                let card = cards::service_error(ran, &parsed.operation, &fault.code, &fault.message);
                self.end(CommandState::Failed, &shown, card)
            }
        }
    }
}

/// A card in stored form.
fn trace_json(ruling: &Ruling) -> String {
    body_to_json(&Body::Card(Box::new(card::trace(ruling).bounded())))
}

/// What is said where nobody can act.
pub(crate) fn no_standing(error: &NoStanding) -> Card {
    match error {
        NoStanding::Unbound => cards::note(Tone::Bad, "Not run", &Phrase::RoomNotConfigured),
        other => Card::titled(format!("{other}.")).state(Tone::Bad, "Not run"),
    }
}

impl Bot {
    /// Whether everything a ruling looked at only lists or reads. What is not known is taken for a change.
    fn only_reads(&self, ruling: &Ruling) -> bool {
        let reads = |action: &str| {
            let (prefix, name) = action.split_once(':').unwrap_or_default();
            let reference = self.parts.pack.authorization(prefix).ok().flatten();
            let level = reference.and_then(|of| of.action(name).map(|action| action.level));
            matches!(level, Some(AccessLevel::List | AccessLevel::Read))
        };
        !ruling.checks.is_empty() && ruling.checks.iter().all(|check| reads(&check.action))
    }

    /// What is said of a call that no endpoint takes, with the lines that would configure one.
    fn unreachable(&self, call: &Call) -> Option<Card> {
        if Services::serves(&call.service) || self.parts.client.target(call.account, &call.service).is_some() {
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
