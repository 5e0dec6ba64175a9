//! Approvals: others agree to one exact call before it runs.
//!
//! A refusal to which nothing but approvals is missing offers to ask for them. What is approved is one call, by the digest of
//! everything it says, under the policies as they are then, for an hour; the call is decided again with the approvals in its
//! context (`bailiwick:ApproverCount`), runs once, and is the requester's. To approve is itself decided and recorded, as
//! `bailiwick:ApproveCommand` with the approver's own role; nobody approves what they asked for themselves. The version of the
//! command's row decides between people who press at once: each of them counts, and each once.

use std::time::Duration;

use bailiwick_authority::{Call, Origin, Outcome, Ruling};
use bailiwick_aws::Value;
use bailiwick_chat::room::event_to_json;
use bailiwick_chat::{Button, ButtonId, ButtonStyle, Card, Event, EventKind, Phrase, Tone, cards};
use bailiwick_command::parse::Options;
use bailiwick_command::render::{self, Secrets};
use bailiwick_store::{Change, CommandRow, CommandState, Expect, InboxRow};
use serde::{Deserialize, Serialize};

use crate::channel::Standing;
use crate::inbox::WorkError;
use crate::run::{self, no_standing};
use crate::stored::{self, Shown};
use crate::{Bot, card, reply, talk};

/// How long others may approve, in seconds.
pub(crate) const APPROVE_SECONDS: i64 = 3_600;
/// The most approvals that are asked for.
const MOST: u32 = 5;

/// What is approved, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Approval {
    format: u32,
    /// How many must approve.
    needs: u32,
    /// The digest of the exact call, in hexadecimal digits.
    digest: String,
    /// The revision of the policies under which it was asked.
    revision: u64,
    /// The members who approved.
    approvers: Vec<String>,
    /// The event that asked, in the chat crate's stored form: the run is the requester's.
    asked: String,
}

impl Approval {
    /// The approvals that a row waits for or has.
    pub(crate) fn of(row: &CommandRow) -> Option<Approval> {
        (row.state == CommandState::AwaitingApproval).then(|| stored::read(row.call.as_deref())).flatten()
    }

    /// Whether as many approved as must.
    pub(crate) fn is_complete(&self) -> bool {
        u32::try_from(self.approvers.len()).is_ok_and(|count| count >= self.needs)
    }

    /// The approvers, where the approval is for this call under these policies.
    pub(crate) fn approvers_of(&self, call: &Call, revision: u64) -> Option<Vec<String>> {
        let same = self.is_complete() && self.digest == hex(&call.digest()) && self.revision == revision;
        same.then(|| self.approvers.clone())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The origin of a call that so many approved.
pub(crate) fn approved(origin: &Origin, approvers: Vec<String>) -> Origin {
    match origin.clone() {
        Origin::Chat(mut chat) => {
            chat.approvers = approvers;
            Origin::Chat(chat)
        }
        other => other,
    }
}

impl Bot {
    /// How many approvals would let a refused call run, where nothing else is missing.
    pub(crate) fn approvals_needed(&self, standing: &Standing, call: &Call) -> Option<u32> {
        (1..=MOST).find(|count| {
            let approvers = (0..*count).map(|number| format!("approver-{number}")).collect();
            let origin = approved(&standing.origin, approvers);
            self.parts.authority.preview(&standing.caller, &origin, call).allowed
        })
    }
}

/// The card on which others approve or reject.
fn shown_card(prepared: &run::Prepared, requester: &str, approval: &Approval, target: &str) -> Card {
    let given = approval.approvers.len();
    let approve = Button::new(ButtonId::Approve, target).style(ButtonStyle::Primary);
    let ran = &prepared.ran;
    Card::titled(format!("{requester} asks for approval"))
        .state(Tone::Waiting, "Approve this?")
        .command(render::command(&prepared.parsed, Secrets::Mask))
        .context(format!("Account {}", ran.account))
        .context(&ran.region)
        .context(format!("as {}", ran.role))
        .context(format!("{given} of {} approved", approval.needs))
        .button(approve)
        .button(Button::new(ButtonId::Reject, target).style(ButtonStyle::Danger))
        .footer("For one hour, for exactly this call, once. Somebody else than who asked.")
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
        let phrase = Phrase::NotYourCommand { requester: "the requester" };
        return talk::say(bot, inbox, event, cards::note(Tone::Caution, "Nothing was done", &phrase)).await;
    }
    if row.state != CommandState::Refused || !shown.approvals {
        return talk::say(bot, inbox, event, nothing("This command does not wait for that any more.")).await;
    }
    let prepared = match bot.prepare(event, &row).await? {
        Ok(prepared) => prepared,
        Err(card) => return talk::say(bot, inbox, event, card).await,
    };
    let Some(needs) = bot.approvals_needed(&prepared.standing, &prepared.call) else {
        return talk::say(
            bot,
            inbox,
            event,
            nothing("An approval would not change the answer any more; send it again."),
        )
        .await;
    };
    let now = bot.parts.clock.now();
    let approval = Approval {
        format: 1,
        needs,
        digest: hex(&prepared.call.digest()),
        revision: bot.parts.authority.directory().revision(),
        approvers: Vec::new(),
        asked: event_to_json(event),
    };
    let card = shown_card(&prepared, &event.who.display_name, &approval, &row.id);
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
    let change = Change::new().command(row, expect).and(reply::answer(event, "answer", card, now)).finish_inbox(
        &inbox.id,
        inbox.fence,
        "asked",
    );
    bot.parts.store.commit(change).await?;
    bot.parts.wake.signal();
    Ok(())
}

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
    let open = row.expires_at.is_some_and(|until| until > now);
    let Some(mut approval) = Approval::of(&row).filter(|approval| open && !approval.is_complete()) else {
        let phrase = Phrase::AlreadySettled { outcome: "was settled or lapsed" };
        return talk::say(bot, inbox, event, cards::note(Tone::Neutral, "Nothing was done", &phrase)).await;
    };
    let member = &event.who.member_id;
    if row.actor == *member {
        let text = "Nobody approves or rejects their own command; somebody else must.";
        return talk::say(bot, inbox, event, nothing(text)).await;
    }
    if approves && approval.approvers.contains(member) {
        return talk::say(bot, inbox, event, nothing("You approved this before; each counts once.")).await;
    }
    let prepared = match bot.prepare(event, &row).await? {
        Ok(prepared) => prepared,
        Err(card) => return talk::say(bot, inbox, event, card).await,
    };
    let asked = bailiwick_chat::room::event_from_json(approval.asked.as_bytes()).ok();
    let Some(asked) = asked else {
        return talk::say(bot, inbox, event, nothing("This command cannot be read any more; it must be sent again."))
            .await;
    };
    let input = Value::map([
        ("CommandId", Value::from(row.id.as_str())),
        ("Digest", Value::from(approval.digest.as_str())),
        ("Approves", Value::Boolean(approves)),
    ]);
    let call = bot.call_of(&prepared.standing, "bailiwick", "ApproveCommand", input);
    let who = &event.who.display_name;
    if approves {
        approval.approvers.push(member.clone());
    }
    let (given, needs) = (approval.approvers.len(), approval.needs);
    let expect = Expect::Revision(row.version);
    let (state, title) = match (approves, approval.is_complete()) {
        (false, _) => (CommandState::Refused, format!("{who} rejected this; it does not run.")),
        (true, true) => (CommandState::AwaitingApproval, format!("{who} approved this; it runs now.")),
        (true, false) => (CommandState::AwaitingApproval, format!("{who} approved this, {given} of {needs}.")),
    };
    let tone = if approves { Tone::Good } else { Tone::Bad };
    let word = if approves { "Approved" } else { "Rejected" };
    let waits = approves && !approval.is_complete();
    let settled = match waits {
        true => {
            let card = shown_card(&prepared, &asked.who.display_name, &approval, &row.id);
            shown.message.as_deref().map(|id| reply::edit(&event.place, id, &inbox.id, card, now))
        }
        false => talk::settled(bot, shown, tone, &format!("{word} by {who}"), &inbox.id).await?,
    };
    let next = CommandRow { state, call: Some(stored::write(&approval)), updated_at: now, ..row.clone() };
    let mut change = Change::new()
        .command(next, expect)
        .and(reply::answer(event, "answer", Card::titled(title).state(tone, word), now))
        .and(settled.unwrap_or_default())
        .finish_inbox(&inbox.id, inbox.fence, "approved");
    if approves && approval.is_complete() {
        change = change.and(go(inbox, &row, asked, now));
    }
    let also = |ruling: &Ruling| match ruling.allowed {
        true => change.clone(),
        false => {
            let card = card::refusal(ruling, &row.id, false).settled();
            reply::answer(event, "answer", card, now).finish_inbox(&inbox.id, inbox.fence, "refused")
        }
    };
    let (caller, origin) = (&prepared.standing.caller, &prepared.standing.origin);
    match bot.parts.authority.authorize_with(caller, origin, call, also).await {
        // The permit was for the press alone, which is done.
        Ok(Outcome::Allowed(_) | Outcome::Denied(_)) => bot.parts.wake.signal(),
        Err(error) => return Err(WorkError::Undecided(error.to_string())),
    }
    Ok(())
}

/// The work that runs an approved command: a press of its requester, once, whoever approved last.
fn go(inbox: &InboxRow, row: &CommandRow, asked: Event, now: bailiwick_ident::Timestamp) -> Change {
    let card_message = asked.message.clone();
    let run = Event {
        message: format!("{}.approved", asked.message),
        kind: EventKind::Press { button: ButtonId::Run, target: row.id.clone(), value: None, card_message },
        ..asked
    };
    Change::new().inbox(format!("approved/{}", row.id), &inbox.source, event_to_json(&run), now)
}

/// What is said when nobody approved in time.
pub(crate) fn waited(state: CommandState) -> Duration {
    let seconds = if state == CommandState::AwaitingApproval { APPROVE_SECONDS } else { crate::WAIT_SECONDS };
    Duration::from_secs(seconds.unsigned_abs())
}

impl Bot {
    /// A command as it would run for whoever presses: its call, in the account and Region that it was shown with.
    pub(crate) async fn prepare(
        &self,
        event: &Event,
        row: &CommandRow,
    ) -> Result<Result<run::Prepared, Card>, WorkError> {
        let Some(parsed) = self.parse_call(&row.text) else {
            return Ok(Err(cards::note(Tone::Bad, "Not run", &Phrase::CannotDecide)));
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
            .ok_or_else(|| cards::note(Tone::Bad, "Not run", &Phrase::CannotDecide)))
    }
}
