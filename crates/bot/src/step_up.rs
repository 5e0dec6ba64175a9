//! A stronger proof of who asks, for one command (`bailiwick:Assurance`).
//!
//! A member of Slack or Teams is known by the platform's word. Where a policy asks for more, and nothing else is missing, the
//! refusal carries a link to the console. Whoever follows it signs in there, with a second factor where the policy asks for
//! one, and the platform says whether they are the member who asked. Then the card of the refusal becomes the command with its
//! button, for its requester, for ten minutes, once; pressing decides again, with what was proved.
//!
//! Where the policies ask for approvals as well, the proof comes first: nobody is asked to approve what its requester could not
//! run. The button then asks for the approvals, and what was proved counts until the command ran or the approvals lapsed.

use std::time::Duration;

use bailiwick_authority::{Assurance, ChatOrigin, Origin, Platform};
use bailiwick_aws::catalogue::AccessClass;
use bailiwick_chat::{Block, Button, ButtonId, ButtonStyle, Card, Phrase, Place, Tone, cards};
use bailiwick_command::render::{self, Secrets};
use bailiwick_services::identity::{self, PROOF_SECONDS, Pending};
use bailiwick_store::{Change, CommandRow, CommandState, Expect, StoreError};

use crate::run::{Command, Job};
use crate::stored::{self, Proved, Shown};
use crate::{Bot, channel, reply};

/// What would let a refused command run.
pub(crate) struct Stronger {
    /// What is said of it.
    pub(crate) how: String,
    /// Where it can be brought for this command, and what keeps that.
    pub(crate) link: Option<(Block, Change)>,
}

/// Why a proof changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum StepUpError {
    /// The command does not wait for it any more.
    #[error("this command does not wait for a proof any more; send it again in chat")]
    Gone,
    /// It was proved less than the command asks for.
    #[error(
        "this command asks for a second factor: confirm with the code of your device at `/console/manage/you`, then come back"
    )]
    SecondFactor,
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn waits() -> Duration {
    Duration::from_secs(PROOF_SECONDS.unsigned_abs())
}

fn assured(chat: &ChatOrigin, assurance: Assurance) -> Origin {
    Origin::Chat(ChatOrigin { assurance: assurance.max(chat.assurance), ..chat.clone() })
}

/// The origin of a command with what its requester proved for it.
pub(crate) fn proved(origin: &Origin, proved: Proved) -> Origin {
    let assurance = match proved {
        Proved::Session => Assurance::Session,
        Proved::SecondFactor => Assurance::SecondFactor,
    };
    match origin {
        Origin::Chat(chat) => assured(chat, assurance),
        other => other.clone(),
    }
}

impl Command<'_> {
    /// What would let a refused call run, where that is a stronger proof of who asks and nothing else.
    pub(crate) fn stronger_proof(&self, job: &Job<'_>) -> Option<Stronger> {
        let Origin::Chat(chat) = &job.standing.origin else { return None };
        let authority = &self.bot.parts.authority;
        let levels = [Assurance::Session, Assurance::SecondFactor];
        let higher = || levels.into_iter().filter(|level| *level > chat.assurance);
        let proof_alone =
            higher().find(|level| authority.preview(&job.standing.caller, &assured(chat, *level), &job.call).allowed);
        let enough = proof_alone.or_else(|| {
            higher().find(|level| self.bot.approvals_needed(&assured(chat, *level), job.standing, &job.call).is_some())
        })?;
        let approvals = proof_alone.is_none();
        let (here, second_factor) = (chat.platform == Platform::Chime, enough == Assurance::SecondFactor);
        let shown = render::command(job.typed, Secrets::Mask);
        let pending = Pending { id: self.row.id.clone(), shown, second_factor, approvals };
        let directory = authority.directory();
        let bound = channel::bound(&directory, &self.event.place);
        let bound = bound.iter().find(|bound| bound.arn == job.standing.configuration);
        let link = bound.and_then(|bound| self.bot.command_link(self.event, bound, pending));
        let requester = &self.event.who.display_name;
        let phrase = match &link {
            Some(_) => Phrase::ProveFirst { requester, second_factor, approvals, open_for: waits() },
            None => Phrase::StrongerProof { here, second_factor },
        };
        Some(Stronger { how: phrase.to_string(), link })
    }
}

impl Bot {
    /// Lets the command of a link wait for its requester, who has proved to be that member in a session with this assurance.
    /// The link is used up by it, in one commit with the record of the proof.
    ///
    /// # Errors
    /// [`StepUpError`]; nothing changed.
    pub async fn prove_command(
        &self,
        stored: &identity::Stored,
        assurance: Assurance,
        record: Change,
    ) -> Result<(), StepUpError> {
        let link = &stored.link;
        let pending = link.command.as_ref().ok_or(StepUpError::Gone)?;
        let proved = match assurance {
            Assurance::SecondFactor => Proved::SecondFactor,
            Assurance::Session if !pending.second_factor => Proved::Session,
            _ => return Err(StepUpError::SecondFactor),
        };
        let row = self.parts.store.command(&pending.id).await?;
        let waited = |row: &CommandRow| row.state == CommandState::Refused && row.actor == link.identity.member;
        let row = row.filter(waited).ok_or(StepUpError::Gone)?;
        let shown: Shown = stored::read(row.answer.as_deref()).ok_or(StepUpError::Gone)?;
        let (Some(message), Some(ran)) = (shown.message.clone(), shown.ran.clone()) else {
            return Err(StepUpError::Gone);
        };
        let parsed = self.parse_call(&row.text).ok_or(StepUpError::Gone)?;
        let class = self.parts.pack.access_class(&parsed.service.name, &parsed.operation, &parsed.input);
        let changes = if class.only_reads() { "changes data: no" } else { "changes data: yes" };
        let requester = &link.name;
        let says = match pending.approvals {
            true => Phrase::ProvedApprovalsNext { requester, open_for: waits() },
            false => Phrase::Proved { requester, open_for: waits() },
        };
        let card = cards::confirm(&ran.into(), &pending.shown, changes, class == AccessClass::Destroy, &row.id, &says);
        // With other options it would be another command.
        let mut buttons: Vec<_> =
            card.buttons.iter().filter(|button| button.id != ButtonId::AddOptions).cloned().collect();
        let mut card = card;
        if pending.approvals {
            buttons.retain(|button| button.id != ButtonId::Run);
            buttons.insert(0, Button::new(ButtonId::AskForApproval, &row.id).style(ButtonStyle::Primary));
            card = card.state(Tone::Waiting, "Ask others to approve this?");
        }
        let now = self.parts.clock.now();
        let edit = reply::edit(&Place::of_channel_key(&row.room), &message, "proved", Card { buttons, ..card }, now);
        let expect = Expect::Revision(row.version);
        let row = CommandRow {
            state: CommandState::Proposed,
            answer: Some(stored::write(&Shown { proved: Some(proved), approvals: pending.approvals, ..shown })),
            updated_at: now,
            expires_at: Some(now.plus_seconds(PROOF_SECONDS)),
            ..row
        };
        match self.parts.store.commit(stored.used_once().command(row, expect).and(edit).and(record)).await {
            Ok(_) => {
                self.parts.wake.signal();
                Ok(())
            }
            Err(StoreError::Conflict { .. }) => Err(StepUpError::Gone),
            Err(error) => Err(error.into()),
        }
    }
}
