//! The calls of one command: one, or one for each page of its answer. Each is decided by itself.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bailiwick_authority::audit::{self, End};
use bailiwick_authority::{Call, Outcome, Permit, PermitError, Ruling, uuid};
use bailiwick_aws::Value;
use bailiwick_aws::fault::Fault;
use bailiwick_chat::Card;
use bailiwick_chat::cards::{self, Ran};
use bailiwick_client::InvokeError as ClientError;
use bailiwick_command::output::parsed_response;
use bailiwick_command::pages::{MAX_PAGES, Pages, Whole};
use bailiwick_command::{parse, render};
use bailiwick_services::approval::{Begun, Waiting};
use bailiwick_services::{Answer, Told};
use bailiwick_store::{Change, CommandState, Expect, StoreError};

use super::{Command, trace_json};
use crate::channel::Standing;
use crate::inbox::WorkError;
use crate::stored::{self, Shown, StoredRan};
use crate::{card, kept};

/// How often a command that met a change of the directory is decided again.
pub(super) const ATTEMPTS: usize = 8;
/// How many pages are asked for where no limit was named; the answer goes on from there on request.
const PAGES: usize = 25;
/// After how much of an answer, in bytes of JSON, no further page is asked for.
const ENOUGH: usize = kept::LONGEST / 2;

/// What the calls of one command have in common.
pub(crate) struct Job<'a> {
    pub(crate) parsed: &'a parse::Call,
    /// As it was typed, with the account and the Region that it is for.
    pub(crate) typed: &'a parse::Call,
    pub(crate) standing: &'a Standing,
    /// The first call, or the only one.
    pub(crate) call: Call,
    pub(crate) ran: &'a Ran,
    /// Whether it only reads.
    pub(crate) reads: bool,
    /// Whether one of our own services answers.
    pub(crate) local: bool,
    /// After how long it is said that it still runs.
    pub(crate) limit: Duration,
    /// The command, for whoever may have to say whether it ran.
    pub(crate) waiting: Waiting,
}

/// The pages that were taken so far.
#[derive(Clone)]
struct Walk {
    pages: Pages,
    bytes: usize,
}

/// What came of one call.
enum Made {
    /// The command is at its end.
    Done,
    /// There is another page; this is its input.
    Next(Value),
}

/// What follows from an answer.
enum Taken {
    Next(Value),
    End(Change),
}

/// How long an answer is as JSON.
fn length(answer: &serde_json::Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    serde_json::to_writer(&mut count, answer).map_or(0, |()| count.0)
}

impl Command<'_> {
    /// Decides and runs what was understood, once it is known that it may be offered.
    pub(super) async fn decide(self, job: &Job<'_>) -> Result<(), WorkError> {
        if self.row.state == CommandState::Started && !job.local && !job.reads {
            let card = cards::ambiguous(job.ran, Some(&job.waiting.command), "", &self.row.id);
            return self.settle(CommandState::Ambiguous, card).await;
        }
        self.within(job).await
    }

    /// Makes the calls, one after the other.
    pub(super) async fn work(mut self, job: &Job<'_>) -> Result<(), WorkError> {
        let most = if job.parsed.options.paging.max_items.is_some() { MAX_PAGES } else { PAGES };
        let pages = Pages::of(job.parsed, most).and_then(|pages| {
            let first = pages.as_ref().map(Pages::first).transpose()?;
            Ok((pages, first))
        });
        let (pages, first) = match pages {
            Ok(found) => found,
            Err(error) => {
                return self.settle(CommandState::Failed, cards::mistake(&format!("{error}."), &[])).await;
            }
        };
        let mut walk = pages.map(|pages| Walk { pages, bytes: 0 });
        let mut call = job.call.clone();
        call.input = first.unwrap_or(call.input);
        let mut begun = false;
        loop {
            match self.page(job, &mut walk, &call, &mut begun).await? {
                Made::Done => {
                    self.bot.parts.wake.signal();
                    return Ok(());
                }
                Made::Next(input) => call.input = input,
            }
        }
    }

    /// Decides and makes one call.
    async fn page(
        &mut self,
        job: &Job<'_>,
        walk: &mut Option<Walk>,
        call: &Call,
        begun: &mut bool,
    ) -> Result<Made, WorkError> {
        if !*begun {
            self.row.call = Some(stored::write(&Begun {
                format: 1,
                reads: job.reads,
                local: job.local,
                waiting: Some(job.waiting.clone()),
            }));
        }
        if job.local {
            return self.ours(job, walk, call).await;
        }
        for _ in 0..ATTEMPTS {
            let decided = |ruling: &Ruling| match (ruling.allowed, *begun) {
                (true, false) => {
                    let ran = Some(StoredRan::from(job.ran));
                    self.put(CommandState::Started, Some(&Shown { ran, ..self.shown() }))
                }
                (true, true) => Change::new(),
                (false, _) => self.refused(ruling, job),
            };
            let (authority, standing) = (&self.bot.parts.authority, job.standing);
            let deciding = authority.authorize_with(&standing.caller, &standing.origin, call.clone(), decided);
            let outcome = Box::pin(deciding).await;
            let permit = match outcome.map_err(|error| WorkError::Undecided(error.to_string()))? {
                Outcome::Allowed(permit) => permit,
                Outcome::Denied(_) => return Ok(Made::Done),
            };
            if !*begun {
                // The row was put as started; the next put compares with that version.
                *begun = true;
                self.row.version += 1;
                self.row.state = CommandState::Started;
                self.expect = Expect::Revision(self.row.version);
            }
            // Boxed, as all that is large and rare: a task is as large as the largest of its ways.
            if let Some(made) = Box::pin(self.theirs(permit, job, walk, call)).await? {
                return Ok(made);
            }
        }
        Err(WorkError::Undecided("the directory changes faster than the command can run".to_owned()))
    }

    /// The command's end by a refusal.
    pub(super) fn refused(&self, ruling: &Ruling, job: &Job<'_>) -> Change {
        let approvals = self.bot.approvals_needed(&job.standing.origin, job.standing, &job.call).is_some();
        let ran = Some(StoredRan::from(job.ran));
        let shown = Shown { trace: Some(trace_json(ruling)), approvals, ran, proved: self.proved, ..self.shown() };
        let mut card = card::refusal(ruling, &self.row.id, approvals);
        let mut kept = Change::new();
        let stronger = if approvals { None } else { self.stronger_proof(job) };
        if let Some(stronger) = &stronger {
            card = card.text(&stronger.how);
            if let Some((link, keeps)) = stronger.link.clone() {
                card = card.block(link);
                kept = keeps;
            }
        }
        if ruling.wants_own_role()
            && let Some((link, keeps)) = self.link_to_choose(ruling.account)
        {
            card = card.block(link);
            kept = kept.and(keeps);
        }
        // What may still run is kept as it would.
        let end = match approvals || stronger.is_some() {
            true => self.saying(render::again(job.typed)).end(CommandState::Refused, &shown, card),
            false => self.end(CommandState::Refused, &shown, card),
        };
        end.and(kept)
    }

    /// Decides and makes a call of our own services: the decision, the outcome and the command's end are one commit, so that
    /// there is no time at which it was started and nobody knows more.
    async fn ours(&self, job: &Job<'_>, walk: &mut Option<Walk>, call: &Call) -> Result<Made, WorkError> {
        let next = Mutex::new(None);
        let also = |told: Told<'_>| match told {
            Told::Denied(ruling) => self.refused(ruling, job),
            Told::Made(ruling, result) => {
                let mut taken = walk.clone();
                match self.take(job, &mut taken, result.as_ref(), &trace_json(ruling)) {
                    Taken::Next(input) => {
                        *next.lock().unwrap_or_else(PoisonError::into_inner) = Some((taken, input));
                        Change::new()
                    }
                    Taken::End(change) => change,
                }
            }
        };
        let standing = job.standing;
        let made = self.bot.parts.services.decide_and_make(&standing.caller, &standing.origin, call, also).await;
        match made {
            Ok(Answer::Output(_) | Answer::Fault(_) | Answer::Denied(_)) => {}
            Err(error) => return Err(WorkError::Undecided(error.to_string())),
        }
        Ok(match next.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((taken, input)) => {
                *walk = taken;
                Made::Next(input)
            }
            None => Made::Done,
        })
    }

    /// Makes a call at the account's endpoint. `None` means that the permit came too late and it must be decided again.
    async fn theirs(
        &self,
        permit: Permit,
        job: &Job<'_>,
        walk: &mut Option<Walk>,
        call: &Call,
    ) -> Result<Option<Made>, WorkError> {
        let parts = &self.bot.parts;
        let trace = trace_json(permit.ruling());
        let sent = match parts.client.invoke(permit, call.clone()).await {
            Ok(sent) => sent,
            Err(PermitError::Expired { .. }) => return Ok(None),
            Err(error) => return Err(WorkError::Undecided(error.to_string())),
        };
        // Whether the event was answered meanwhile is looked at when the change is made: made a second time where the two
        // crossed.
        for last in [false, true] {
            let mut walked = walk.clone();
            let not_sent;
            let (end, taken) = match &sent.result {
                Ok(output) => (End::Finished(output), self.take(job, &mut walked, Ok(output), &trace)),
                Err(ClientError::Fault(fault)) => (End::Failed(fault), self.take(job, &mut walked, Err(fault), &trace)),
                // What only reads may be repeated, so nobody has to wonder whether it took place.
                Err(ClientError::Ambiguous(why)) if job.reads => {
                    let message = format!("{why}; the call only reads, so run it again");
                    not_sent = Fault::receiver("NoAnswer", 503, message);
                    (End::Failed(&not_sent), self.take(job, &mut walked, Err(&not_sent), &trace))
                }
                Err(ClientError::Ambiguous(why)) => {
                    let card = cards::ambiguous(job.ran, Some(&job.waiting.command), why, &self.row.id);
                    let shown = Shown { trace: Some(trace.clone()), ..self.shown() };
                    (End::Ambiguous(why), Taken::End(self.end(CommandState::Ambiguous, &shown, card)))
                }
                Err(error) => {
                    not_sent = Fault::receiver("NotSent", 503, error.to_string());
                    (End::Failed(&not_sent), self.take(job, &mut walked, Err(&not_sent), &trace))
                }
            };
            let now = parts.clock.now();
            let draft = audit::outcome(&parts.pack, &sent.attempt, &uuid(parts.entropy.as_ref()), now, end)
                .map_err(|error| WorkError::Undecided(error.to_string()))?;
            let (change, made) = match taken {
                Taken::Next(input) => (Change::new(), Made::Next(input)),
                Taken::End(change) => (change, Made::Done),
            };
            match parts.store.commit(change.audit(draft)).await {
                Ok(_) => {
                    *walk = walked;
                    return Ok(Some(made));
                }
                Err(StoreError::Conflict { .. }) if !last => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(Made::Done))
    }

    /// What follows from an answer: the next page, or the command's end.
    fn take(&self, job: &Job<'_>, walk: &mut Option<Walk>, result: Result<&Value, &Fault>, trace: &str) -> Taken {
        let failed = |card: Card| {
            let shown = Shown { trace: Some(trace.to_owned()), ..self.shown() };
            Taken::End(self.end(CommandState::Failed, &shown, card))
        };
        let (output, model) = match (result, job.parsed.model()) {
            (Ok(output), Some(model)) => (output, model),
            (Ok(_), None) => {
                let unknown = "the call was made, and the operation's model is not there to show its answer";
                return failed(cards::service_error(job.ran, &job.parsed.operation, "InternalFailure", unknown));
            }
            (Err(fault), _) => {
                return failed(cards::service_error(job.ran, &job.parsed.operation, &fault.code, &fault.message));
            }
        };
        let mut response = parsed_response(&job.parsed.service, model, output);
        self.bot.parts.pack.mask_answer(&job.parsed.service.name, &job.parsed.operation, &mut response);
        let Some(mut walked) = walk.take() else {
            return Taken::End(self.answered(job, &Whole { pages: vec![response.clone()], response }, false, trace));
        };
        let bytes = length(&response);
        match walked.pages.accept(response) {
            Ok(Some(next)) => {
                walked.bytes += bytes;
                if walked.bytes < ENOUGH {
                    *walk = Some(walked);
                    return Taken::Next(next);
                }
                walked.pages.stop();
            }
            Ok(None) => {}
            Err(error) => {
                return failed(cards::service_error(job.ran, &job.parsed.operation, "Paging", &error.to_string()));
            }
        }
        Taken::End(self.answered(job, &walked.pages.finish(), true, trace))
    }

    /// The command's end with its answer.
    fn answered(&self, job: &Job<'_>, whole: &Whole, paged: bool, trace: &str) -> Change {
        let answer = card::Answer { ran: job.ran, target: &self.row.id, operation: &job.parsed.operation };
        let mut made = answer.of(&job.parsed.options, whole, paged);
        if let Some(listing) = &job.parsed.listing {
            made.card = cards::answer_exact(job.ran, listing.print(&whole.response), None, &self.row.id);
        }
        let mut shown =
            Shown { trace: Some(trace.to_owned()), ran: Some(StoredRan::from(job.ran)), paged, ..self.shown() };
        let (mut keep, now) = (Change::new(), self.bot.parts.clock.now());
        if made.json.len() <= kept::SHORT {
            shown.json = Some(made.json);
        } else if made.json.len() <= kept::LONGEST {
            keep = keep.and(kept::keep(&self.row.id, &made.json, now));
        }
        if let Some((key, text)) = &made.text {
            keep = keep.and(kept::keep(key, text, now));
        }
        let operation = format!("{}:{}", job.call.service, job.call.operation);
        let (card, kept) = self.bot.with_actions_of_answer(
            &self.event.place,
            &job.standing.configuration,
            &operation,
            &whole.response,
            &self.row.id,
            made.card,
        );
        self.end(CommandState::Finished, &shown, card).and(keep).and(kept)
    }
}
