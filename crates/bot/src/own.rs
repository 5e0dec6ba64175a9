//! Calls that a button makes of our own service as whoever pressed: decided, recorded and made like any other call.

use bailiwick_authority::{Call, Outcome, PermitError, Ruling};
use bailiwick_aws::Value;
use bailiwick_aws::fault::Fault;
use bailiwick_chat::{Card, Event, Tone};
use bailiwick_services::InvokeError;
use bailiwick_store::{Change, InboxRow};

use crate::channel::Standing;
use crate::inbox::WorkError;
use crate::{Bot, card, reply};

/// How often a call that met a change is decided again.
const ATTEMPTS: usize = 8;

/// Makes the call. What came of it is told by the work that the call leaves; a refusal or a fault is told here. `target` is
/// the command that it is about.
pub(crate) async fn make(
    bot: &Bot,
    inbox: &InboxRow,
    event: &Event,
    standing: &Standing,
    target: &str,
    call: Call,
) -> Result<(), WorkError> {
    let now = bot.parts.clock.now();
    let said = |card: Card| reply::answer(event, "answer", card, now).finish_inbox(&inbox.id, inbox.fence, "answered");
    let decided = |ruling: &Ruling| match ruling.allowed {
        true => Change::new(),
        false => said(card::refusal(ruling, target, false).settled()),
    };
    let finish = |result: &Result<Value, Fault>| match result {
        Ok(_) => Change::new().finish_inbox(&inbox.id, inbox.fence, "done"),
        Err(fault) => said(Card::titled(&fault.message).state(Tone::Neutral, "Nothing was done")),
    };
    for _ in 0..ATTEMPTS {
        let authority = &bot.parts.authority;
        let outcome = authority.authorize_with(&standing.caller, &standing.origin, call.clone(), decided).await;
        let permit = match outcome.map_err(|error| WorkError::Undecided(error.to_string()))? {
            Outcome::Allowed(permit) => permit,
            Outcome::Denied(_) => {
                bot.parts.wake.signal();
                return Ok(());
            }
        };
        match bot.parts.services.invoke(permit, call.clone(), finish).await {
            Ok(_) | Err(InvokeError::Fault(_)) => {
                bot.parts.wake.signal();
                return Ok(());
            }
            Err(InvokeError::Stale | InvokeError::Permit(PermitError::Expired { .. })) => {}
            Err(InvokeError::Store(error)) => return Err(error.into()),
            Err(error) => return Err(WorkError::Undecided(error.to_string())),
        }
    }
    Err(WorkError::Undecided("the command changes faster than the press can be counted".to_owned()))
}
