//! Audit records, in CloudTrail's shape: one for each decision and one for each outcome, linked by the decision's id.
//! Secrets are masked before anything is written. Every call writes two records, so they are written as text at once and
//! what both say is written only once.
//! Source of the shape: AWS's CloudTrail guide, "CloudTrail record contents".

mod event;
mod mask;
mod sign_in;
#[cfg(test)]
mod tests;

use bailiwick_aws::{Fault, Value, pack::Pack};
use bailiwick_ident::Timestamp;
use bailiwick_store::{AuditDraft, AuditKind};
use serde::Serialize;

use crate::{
    call::Call,
    caller::Caller,
    origin::Origin,
    permit::Authorized,
    ruling::{Ruling, Step, StepState},
};
pub(crate) use event::Shared;
use event::{Event, OriginPart};
use mask::Masked;
pub use sign_in::{Factor, ProvedMember, SignInEvent, SignInRecord, sign_in};

/// The version of what stands in `additionalEventData`.
const RECORD_FORMAT: u32 = 1;

/// What a record says besides what the records of a decision and of its outcome share. `D` is what stands in
/// `additionalEventData`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a, D> {
    event_time: &'a str,
    #[serde(rename = "eventID")]
    event_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<Vec<ResourcePart<'a>>>,
    response_elements: Option<Masked<'a>>,
    additional_event_data: D,
}

#[derive(Serialize)]
struct ResourcePart<'a> {
    #[serde(rename = "ARN")]
    arn: &'a str,
}

#[derive(Serialize)]
struct DecisionData<'a> {
    format: u32,
    record: &'a str,
    origin: OriginPart<'a>,
    ruling: RulingPart<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RulingPart<'a> {
    id: &'a str,
    allowed: bool,
    enforced: bool,
    policy_revision: u64,
    steps: Vec<StepPart<'a>>,
    checks: Vec<CheckPart<'a>>,
    denied_by: Option<DeniedPart<'a>>,
}

#[derive(Serialize)]
struct StepPart<'a> {
    layer: u8,
    name: &'a str,
    state: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

#[derive(Serialize)]
struct CheckPart<'a> {
    action: &'a str,
    resource: &'a str,
    allowed: bool,
}

#[derive(Serialize)]
struct DeniedPart<'a> {
    layer: u8,
    sentence: &'a str,
}

impl<'a> StepPart<'a> {
    fn of(step: &'a Step) -> Self {
        // What decided a layer is told of refusals only.
        let stopped = step.state == StepState::Stopped;
        StepPart {
            layer: step.number,
            name: &step.name,
            state: step.state.as_str(),
            text: &step.text,
            policy: step.policy.as_deref().filter(|_| stopped),
            statement: step.statement.as_deref().filter(|_| stopped),
            value: step.value.as_deref().filter(|_| stopped),
        }
    }
}

impl<'a> RulingPart<'a> {
    fn of(ruling: &'a Ruling) -> Self {
        let check = |check: &'a crate::CheckRuling| CheckPart {
            action: &check.action,
            resource: &check.resource,
            allowed: check.allowed,
        };
        RulingPart {
            id: &ruling.id,
            allowed: ruling.allowed,
            enforced: ruling.enforced,
            policy_revision: ruling.revision,
            steps: ruling.steps.iter().map(StepPart::of).collect(),
            checks: ruling.checks.iter().map(check).collect(),
            denied_by: ruling
                .denial
                .as_ref()
                .map(|denial| DeniedPart { layer: denial.layer, sentence: &denial.sentence }),
        }
    }
}

/// The record of a decision, and what the record of its outcome will share with it.
pub(crate) fn decision(
    pack: &Pack,
    ruling: &Ruling,
    caller: &Caller,
    origin: &Origin,
    call: &Call,
) -> Result<(AuditDraft, Shared), serde_json::Error> {
    let shared = Event { pack, caller, call }.shared()?;
    let denial = ruling.denial.as_ref().filter(|_| ruling.enforced);
    let known = ruling.checks.iter().filter(|check| check.resource != "*");
    let part = Part {
        event_time: &ruling.decided_at.to_rfc3339(),
        event_id: &ruling.id,
        error_code: denial.map(|_| "AccessDenied"),
        error_message: denial.map(|denial| denial.sentence.as_str()),
        resources: Some(known.map(|check| ResourcePart { arn: &check.resource }).collect()),
        response_elements: None,
        additional_event_data: DecisionData {
            format: RECORD_FORMAT,
            record: "decision",
            origin: OriginPart::of(origin),
            ruling: RulingPart::of(ruling),
        },
    };
    let record = shared.with(&part)?;
    Ok((AuditDraft { id: ruling.id.clone(), kind: AuditKind::Decision, record }, shared))
}

/// The record of a call that was refused before it could be decided: it does not fit the model, or what it was to prove by
/// its parameters (a code of an MFA device, the token of an identity provider) did not hold. `id` is a fresh, unique id.
///
/// # Errors
/// The record cannot be written as JSON.
pub fn undecided(
    pack: &Pack,
    caller: &Caller,
    origin: &Origin,
    call: &Call,
    id: &str,
    at: Timestamp,
    fault: &Fault,
) -> Result<AuditDraft, serde_json::Error> {
    let part = Part {
        event_time: &at.to_rfc3339(),
        event_id: id,
        error_code: Some(&fault.code),
        error_message: Some(&fault.message),
        resources: None,
        response_elements: None,
        additional_event_data: OutcomeData {
            format: RECORD_FORMAT,
            record: "outcome",
            outcome: "undecided",
            origin: OriginPart::of(origin),
            decision_id: None,
            enforced: None,
        },
    };
    let record = Event { pack, caller, call }.shared()?.with(&part)?;
    Ok(AuditDraft { id: id.to_owned(), kind: AuditKind::Outcome, record })
}

/// The record of something that took place without a decision, since whoever did it held the secret that stands for the
/// permission, such as the address of a webhook. `id` is a fresh, unique id.
///
/// # Errors
/// The record cannot be written as JSON.
pub fn by_secret(
    pack: &Pack,
    caller: &Caller,
    call: &Call,
    id: &str,
    at: Timestamp,
) -> Result<AuditDraft, serde_json::Error> {
    let part = Part {
        event_time: &at.to_rfc3339(),
        event_id: id,
        error_code: None,
        error_message: None,
        resources: None,
        response_elements: None,
        additional_event_data: OutcomeData {
            format: RECORD_FORMAT,
            record: "outcome",
            outcome: "finished",
            origin: OriginPart::of(&Origin::System),
            decision_id: None,
            enforced: None,
        },
    };
    let record = Event { pack, caller, call }.shared()?.with(&part)?;
    Ok(AuditDraft { id: id.to_owned(), kind: AuditKind::Outcome, record })
}

/// What an outcome's record needs to know of the call, taken before the call is handed to whoever runs it.
#[derive(Debug, Clone)]
pub struct Attempt {
    shared: Shared,
    origin: Origin,
    service: String,
    operation: String,
    decision_id: String,
    enforced: bool,
}

impl Attempt {
    /// Takes what the record needs from an authorized call.
    pub fn of(authorized: &Authorized) -> Self {
        let call = authorized.call();
        Attempt {
            shared: authorized.shared().clone(),
            origin: authorized.origin().clone(),
            service: call.service.clone(),
            operation: call.operation.clone(),
            decision_id: authorized.decision_id().to_owned(),
            enforced: authorized.ruling().enforced,
        }
    }

    /// The decision that the attempt stands on.
    pub fn decision_id(&self) -> &str {
        &self.decision_id
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
pub enum End<'a> {
    /// It is not known whether it took place. It must never be repeated blindly.
    Ambiguous(&'a str),
    /// It failed with this fault.
    Failed(&'a Fault),
    /// It answered.
    Finished(&'a Value),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutcomeData<'a> {
    format: u32,
    record: &'a str,
    outcome: &'a str,
    origin: OriginPart<'a>,
    /// `null` where nothing was decided.
    decision_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enforced: Option<bool>,
}

/// The record of an outcome. `id` is a fresh, unique id.
///
/// # Errors
/// The record cannot be written as JSON.
pub fn outcome(
    pack: &Pack,
    attempt: &Attempt,
    id: &str,
    at: Timestamp,
    end: End<'_>,
) -> Result<AuditDraft, serde_json::Error> {
    let model = pack.service(&attempt.service).ok();
    let (word, error, answer) = match end {
        End::Ambiguous(cause) => ("ambiguous", Some(("Ambiguous", cause)), None),
        End::Failed(fault) => ("failed", Some((fault.code.as_ref(), fault.message.as_str())), None),
        End::Finished(output) => ("finished", None, Masked::output(model.as_deref(), &attempt.operation, output)),
    };
    let part = Part {
        event_time: &at.to_rfc3339(),
        event_id: id,
        error_code: error.map(|(code, _)| code),
        error_message: error.map(|(_, message)| message),
        resources: None,
        response_elements: answer,
        additional_event_data: OutcomeData {
            format: RECORD_FORMAT,
            record: "outcome",
            outcome: word,
            origin: OriginPart::of(&attempt.origin),
            decision_id: Some(&attempt.decision_id),
            enforced: Some(attempt.enforced),
        },
    };
    Ok(AuditDraft { id: id.to_owned(), kind: AuditKind::Outcome, record: attempt.shared.with(&part)? })
}
