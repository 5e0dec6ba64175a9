//! Approvals: others agree to one exact call before it runs.
//!
//! A refusal to which nothing but approvals is missing offers to ask for them. What is approved is one call, by the digest of
//! everything it says, under the policies as they are then, for an hour; the call is decided again with the approvals in its
//! context (`bailiwick:ApproverCount`), runs once, and is the requester's. To approve is itself decided, recorded and made, as
//! `bailiwick:ApproveCommand` with the approver's own role; nobody approves what they asked for themselves, unless the
//! policies ask for just that (`bailiwick:RequesterApproved`). The version of the command's row decides between people who
//! press at once: each of them counts, and each once.

use std::time::Duration;

use bailiwick_authority::{Call, Directory, Origin};
use bailiwick_aws::Value;
use bailiwick_chat::cards;
use bailiwick_chat::room::{event_from_json, event_to_json};
use bailiwick_chat::{Button, ButtonId, ButtonStyle, Card, Event, EventKind, Phrase, Place, Platform, Thread, Tone};
use bailiwick_command::parse::Options;
use bailiwick_command::render::{self, Secrets};
use bailiwick_services::approval::{self, Act, Approval, Begun, Needs, Settled, Waiting};
use bailiwick_store::{Change, CommandRow, CommandState, Expect, InboxRow};

use crate::channel::Standing;
use crate::inbox::{CHAT, ROOM, WorkError};
use crate::run::{self, no_standing};
use crate::stored::{self, Shown};
use crate::{Bot, own, reply, step_up, talk};

/// How long others may approve, in seconds.
pub(crate) const APPROVE_SECONDS: i64 = 3_600;
/// The most approvals that are asked for.
const MOST: u32 = 5;

/// The origin of a call that these others approved, and perhaps who asks.
fn approved_by(origin: &Origin, approvers: Vec<String>, requester_approved: bool) -> Origin {
    match origin.clone() {
        Origin::Chat(mut chat) => {
            chat.approvers = approvers;
            chat.requester_approved = requester_approved;
            Origin::Chat(chat)
        }
        other => other,
    }
}

/// The origin of a call with its approvals.
pub(crate) fn approved(directory: &Directory, origin: &Origin, approval: &Approval) -> Origin {
    let ids = approval.approvers.iter().map(|approver| &approver.id);
    let others = ids.filter(|id| !approval.is_requester(directory, id)).cloned().collect();
    approved_by(origin, others, approval.requester_approved(directory))
}

impl Bot {
    /// The approvals that would let a call that is refused to this origin run, where nothing else is missing.
    pub(crate) fn approvals_needed(&self, origin: &Origin, standing: &Standing, call: &Call) -> Option<Needs> {
        let others = (1..=MOST).map(|others| Needs { others, requester: false });
        let with_requester = (0..MOST).map(|others| Needs { others, requester: true });
        others.chain(with_requester).find(|needs| {
            let approvers = (0..needs.others).map(|number| format!("approver-{number}")).collect();
            let origin = approved_by(origin, approvers, needs.requester);
            self.parts.authority.preview(&standing.caller, &origin, call).allowed
        })
    }
}

impl run::Prepared {
    /// The command as it is shown to whoever has to do with it.
    pub(crate) fn waiting(&self, event: &Event) -> Waiting {
        Waiting {
            account: self.standing.account,
            configuration: self.standing.configuration.clone(),
            requester: event.who.member_id.clone(),
            requester_name: event.who.display_name.clone(),
            command: render::command(&self.parsed, Secrets::Mask),
            operation: format!("{}:{}", self.call.service, self.call.operation),
            region: self.standing.region.to_string(),
            role: self.standing.role().to_owned(),
        }
    }
}

/// The card on which others approve or reject.
fn shown_card(approval: &Approval, account: &str, target: &str) -> Card {
    let Waiting { requester_name, command, region, role, .. } = &approval.waiting;
    let given = approval.approvers.len();
    let who = match approval.needs {
        Needs { requester: false, .. } => "Somebody else than who asked.",
        Needs { others: 0, .. } => "By who asked.",
        Needs { .. } => "By who asked and by others.",
    };
    Card::titled(format!("{requester_name} asks for approval"))
        .state(Tone::Waiting, "Approve this?")
        .command(command)
        .context(format!("Account {account}"))
        .context(region)
        .context(format!("as {role}"))
        .context(format!("{given} of {} approved", approval.needs.people()))
        .button(Button::new(ButtonId::Approve, target).style(ButtonStyle::Primary))
        .button(Button::new(ButtonId::Reject, target).style(ButtonStyle::Danger))
        .footer(format!("For one hour, for exactly this call, once. {who}"))
}

fn nothing(text: &str) -> Card {
    Card::titled(text).state(Tone::Neutral, "Nothing was done")
}

/// The requester asks others to approve.
pub(crate) async fn ask(
    bot: &Bot,
    inbox: &InboxRow,
    event: &Event,
    row: CommandRow,
    shown: &Shown,
) -> Result<(), WorkError> {
    if row.actor != event.who.member_id {
        return talk::say(bot, inbox, event, talk::not_yours(bot, &row, shown)).await;
    }
    let now = bot.parts.clock.now();
    // Refused without an end, or proposed for a while to whoever proved more of who they are.
    let waits = match row.state {
        CommandState::Refused => true,
        CommandState::Proposed => row.expires_at.is_some_and(|until| until > now),
        _ => false,
    };
    if !waits || !shown.approvals {
        return talk::say(bot, inbox, event, nothing("This command does not wait for that any more.")).await;
    }
    let mut prepared = match bot.prepare(event, &row).await? {
        Ok(prepared) => prepared,
        Err(card) => return talk::say(bot, inbox, event, card).await,
    };
    if let Some(proved) = shown.proved {
        prepared.standing.origin = step_up::proved(&prepared.standing.origin, proved);
    }
    let Some(needs) = bot.approvals_needed(&prepared.standing.origin, &prepared.standing, &prepared.call) else {
        let text = "An approval would not change the answer any more; send it again.";
        return talk::say(bot, inbox, event, nothing(text)).await;
    };
    let settled = match row.state {
        CommandState::Proposed => talk::settled(bot, shown, Tone::Waiting, "Others were asked", &inbox.id).await?,
        _ => None,
    };
    let approval = Approval {
        format: 2,
        waiting: prepared.waiting(event),
        needs,
        digest: approval::digest(&prepared.call),
        revision: bot.parts.authority.directory().revision(),
        approvers: Vec::new(),
        asked: event_to_json(event),
    };
    let card = shown_card(&approval, &prepared.ran.account, &row.id);
    let message = reply::answer_id(event, "answer");
    let kept = Shown { message: Some(message), ..shown.clone() };
    let expect = Expect::Revision(row.version);
    let row = CommandRow {
        state: CommandState::AwaitingApproval,
        call: Some(stored::write(&approval)),
        answer: Some(stored::write(&kept)),
        updated_at: now,
        expires_at: Some(now.plus_seconds(APPROVE_SECONDS)),
        ..row
    };
    let change = Change::new()
        .command(row, expect)
        .and(settled.unwrap_or_default())
        .and(reply::answer(event, "answer", card, now))
        .finish_inbox(&inbox.id, inbox.fence, "asked");
    bot.parts.store.commit(change).await?;
    bot.parts.wake.signal();
    Ok(())
}

/// What is said of an approval under policies that are not those of the decision any more.
pub(crate) const OUTDATED: &str =
    "What was approved is not what would run now: the policies or the command changed. Send it again.";

/// Somebody approves or rejects.
pub(crate) async fn press(
    bot: &Bot,
    inbox: &InboxRow,
    event: &Event,
    row: CommandRow,
    shown: &Shown,
    approves: bool,
) -> Result<(), WorkError> {
    let now = bot.parts.clock.now();
    let directory = bot.parts.authority.directory();
    let open = row.expires_at.is_some_and(|until| until > now);
    let Some(approval) = Approval::of(&row).filter(|approval| open && !approval.is_complete(&directory)) else {
        let phrase = Phrase::AlreadySettled { outcome: "was settled or lapsed" };
        return talk::say(bot, inbox, event, cards::note(Tone::Neutral, "Nothing was done", &phrase)).await;
    };
    if approves && approval.revision != directory.revision() {
        return outdated(bot, inbox, event, row, shown).await;
    }
    let standing = match bot.standing_of(event, &approval.waiting).await? {
        Ok(standing) => standing,
        Err(error) => return talk::say(bot, inbox, event, no_standing(&error)).await,
    };
    let input =
        Value::map([("CommandId", Value::from(row.id.as_str())), ("Digest", Value::from(approval.digest.as_str()))]);
    let operation = if approves { "ApproveCommand" } else { "RejectCommand" };
    let call = bot.call_of(&standing, "bailiwick", operation, input);
    own::make(bot, inbox, event, &standing, &row.id, call).await
}

/// Nobody can approve what would be decided under other policies: it ends here, and is sent again.
async fn outdated(bot: &Bot, inbox: &InboxRow, event: &Event, row: CommandRow, shown: &Shown) -> Result<(), WorkError> {
    let now = bot.parts.clock.now();
    let settled = talk::settled(bot, shown, Tone::Bad, "The policies changed", &inbox.id).await?;
    let expect = Expect::Revision(row.version);
    let change = Change::new()
        .command(CommandRow { state: CommandState::Refused, updated_at: now, ..row }, expect)
        .and(settled.unwrap_or_default())
        .and(reply::answer(event, "answer", Card::titled(OUTDATED).state(Tone::Bad, "Not run"), now))
        .finish_inbox(&inbox.id, inbox.fence, "outdated");
    bot.parts.store.commit(change).await?;
    bot.parts.wake.signal();
    Ok(())
}

/// Tells a channel what somebody did about a command that waited for people, wherever they did it.
pub(crate) async fn told(bot: &Bot, inbox: &InboxRow) -> Result<(), WorkError> {
    let end = Change::new().finish_inbox(&inbox.id, inbox.fence, "told");
    let settled: Option<Settled> = stored::read(Some(&inbox.body));
    let row = match &settled {
        Some(settled) => bot.parts.store.command(&settled.command).await?,
        None => None,
    };
    let (Some(settled), Some(row)) = (settled, row) else {
        tracing::error!(inbox = inbox.id, "what somebody did about a command cannot be read; it is not told");
        bot.parts.store.commit(end).await?;
        return Ok(());
    };
    let shown: Shown = stored::read(row.answer.as_deref()).unwrap_or_default();
    let told = match settled.act {
        Act::Approved | Act::Rejected => decided(bot, inbox, &settled, &row, &shown).await?,
        Act::DidNotRun | Act::Ran => looked(bot, inbox, &settled, &row, &shown).await?,
    };
    bot.parts.store.commit(end.and(told)).await?;
    bot.parts.wake.signal();
    Ok(())
}

/// A message of the bot in the thread of a command.
fn say(inbox: &InboxRow, row: &CommandRow, card: Card, now: bailiwick_ident::Timestamp) -> Change {
    let place = Place::of_channel_key(&row.room);
    let which = inbox.id.rsplit('/').next().unwrap_or_default();
    reply::post(&place, row.thread.clone().map(Thread::Theirs), format!("{}.{which}", row.id), card, now)
}

async fn decided(
    bot: &Bot,
    inbox: &InboxRow,
    settled: &Settled,
    row: &CommandRow,
    shown: &Shown,
) -> Result<Change, WorkError> {
    let now = bot.parts.clock.now();
    let Settled { by, given, needed, complete, .. } = settled;
    let approval: Option<Approval> = stored::read(row.call.as_deref());
    if settled.act == Act::Rejected {
        let edited = talk::settled(bot, shown, Tone::Bad, &format!("Rejected by {by}"), &inbox.id).await?;
        let card = Card::titled(format!("{by} rejected this; it does not run.")).state(Tone::Bad, "Rejected");
        let card = settled.reason.iter().fold(card, |card, reason| card.text(reason));
        return Ok(say(inbox, row, card, now).and(edited.unwrap_or_default()));
    }
    let title = match *complete {
        true => format!("{by} approved this; it runs now."),
        false => format!("{by} approved this, {given} of {needed}."),
    };
    let said = say(inbox, row, Card::titled(title).state(Tone::Good, "Approved"), now);
    let Some(approval) = approval else { return Ok(said) };
    let place = Place::of_channel_key(&row.room);
    let account = crate::channel::account_text(&bot.parts.authority.directory(), approval.waiting.account);
    let card = shown_card(&approval, &account, &row.id);
    if !*complete {
        // Whoever approved last shows the card as it ends.
        let waits = !approval.is_complete(&bot.parts.authority.directory());
        let edit = shown.message.as_deref().filter(|_| waits && row.state == CommandState::AwaitingApproval);
        return Ok(said.and(edit.map(|id| reply::edit(&place, id, &inbox.id, card, now)).unwrap_or_default()));
    }
    let names: Vec<&str> = approval.approvers.iter().map(|approver| approver.name.as_str()).collect();
    let word = format!("Approved by {}", names.join(", "));
    let open = talk::settled(bot, shown, Tone::Good, &word, &inbox.id).await?.is_some();
    let card = Card { footer: None, ..card.settled() }.state(Tone::Good, word);
    let edited = shown.message.as_deref().filter(|_| open).map(|id| reply::edit(&place, id, &inbox.id, card, now));
    let asked = event_from_json(approval.asked.as_bytes());
    let asked = asked.map_err(|error| WorkError::Undecided(error.to_string()))?;
    Ok(said.and(edited.unwrap_or_default()).and(go(row, asked, now)))
}

async fn looked(
    bot: &Bot,
    inbox: &InboxRow,
    settled: &Settled,
    row: &CommandRow,
    shown: &Shown,
) -> Result<Change, WorkError> {
    let by = &settled.by;
    let (tone, what) = match settled.act {
        Act::Ran => (Tone::Good, "ran"),
        _ => (Tone::Neutral, "did not run"),
    };
    let command = stored::read::<Begun>(row.call.as_deref()).and_then(|begun| begun.waiting);
    let card = Card::titled(format!("Recorded: {by} looked and says that this {what}.")).state(tone, "Settled");
    let card = command.iter().fold(card, |card, waiting| card.command(&waiting.command));
    let edited = talk::settled(bot, shown, tone, &format!("It {what}, says {by}"), &inbox.id).await?;
    Ok(say(inbox, row, card, bot.parts.clock.now()).and(edited.unwrap_or_default()))
}

/// The work that runs an approved command: a press of its requester, once, whoever approved last.
fn go(row: &CommandRow, asked: Event, now: bailiwick_ident::Timestamp) -> Change {
    let card_message = asked.message.clone();
    let source = match asked.place.platform {
        Platform::Room => ROOM,
        Platform::Slack | Platform::Teams => CHAT,
    };
    let run = Event {
        message: format!("{}.approved", asked.message),
        kind: EventKind::Press { button: ButtonId::Run, target: row.id.clone(), value: None, card_message },
        ..asked
    };
    Change::new().inbox(format!("approved/{}", row.id), source, event_to_json(&run), now)
}

/// What is said when nobody approved in time.
pub(crate) fn waited(state: CommandState) -> Duration {
    let seconds = if state == CommandState::AwaitingApproval { APPROVE_SECONDS } else { crate::WAIT_SECONDS };
    Duration::from_secs(seconds.unsigned_abs())
}

impl Bot {
    /// The standing of whoever presses a button of a waiting command, in that command's account and Region.
    pub(crate) async fn standing_of(
        &self,
        event: &Event,
        waiting: &Waiting,
    ) -> Result<Result<Standing, crate::channel::NoStanding>, WorkError> {
        let setting = self.channel_setting(&event.place).await?;
        let options = Options {
            account: Some(waiting.account.to_string()),
            region: Some(waiting.region.clone()),
            ..Options::default()
        };
        Ok(self.standing_with(&setting, event, &options))
    }

    /// A command as it would run for whoever presses: its call, in the account and Region that it was shown with.
    pub(crate) async fn prepare(
        &self,
        event: &Event,
        row: &CommandRow,
    ) -> Result<Result<run::Prepared, Card>, WorkError> {
        let Some(parsed) = self.parse_call(&row.text) else {
            return Ok(Err(cards::note(Tone::Bad, "Not run", &Phrase::CannotRead)));
        };
        let setting = self.channel_setting(&event.place).await?;
        let options = Options {
            account: parsed.options.account.clone(),
            region: parsed.options.region.clone(),
            ..Options::default()
        };
        let standing = match self.standing_with(&setting, event, &options) {
            Ok(standing) => standing,
            Err(error) => return Ok(Err(no_standing(&error))),
        };
        Ok(run::Prepared::new(self, parsed, standing, &row.id)
            .ok_or_else(|| cards::note(Tone::Bad, "Not run", &Phrase::CannotRead)))
    }
}
