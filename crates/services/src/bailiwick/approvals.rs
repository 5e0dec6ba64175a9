//! Commands that wait for people: what they are, agreeing to one, refusing it, and saying whether one ran.

use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, CommandQuery, CommandRow, CommandState, Expect};
use serde::{Deserialize, Serialize};

use super::{conflict, invalid, not_found};
use crate::approval::{self, Act, Approval, Approver, Begun, SOURCE, Settled, Waiting};
use crate::page::page;
use crate::{Authorized, Context};

/// A waiting command as the API shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Command {
    command_id: String,
    state: &'static str,
    chat_configuration_arn: String,
    requester: String,
    requester_name: String,
    command_text: String,
    operation: String,
    region: String,
    role_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_revision: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approvals_needed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requester_must_approve: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approvers: Option<Vec<String>>,
    requested_timestamp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_timestamp: Option<Timestamp>,
}

impl Command {
    fn new(row: &CommandRow, state: &'static str, waiting: Waiting) -> Command {
        Command {
            command_id: row.id.clone(),
            state,
            chat_configuration_arn: waiting.configuration,
            requester: waiting.requester,
            requester_name: waiting.requester_name,
            command_text: waiting.command,
            operation: waiting.operation,
            region: waiting.region,
            role_name: waiting.role,
            digest: None,
            policy_revision: None,
            approvals_needed: None,
            requester_must_approve: None,
            approvers: None,
            requested_timestamp: row.created_at,
            expires_timestamp: None,
        }
    }

    fn approved(row: &CommandRow, state: &'static str, approval: &Approval) -> Command {
        Command {
            digest: Some(approval.digest.clone()),
            policy_revision: Some(approval.revision),
            approvals_needed: Some(approval.needs.others),
            requester_must_approve: Some(approval.needs.requester),
            approvers: Some(approval.approvers.iter().map(|approver| approver.name.clone()).collect()),
            expires_timestamp: row.expires_at,
            ..Command::new(row, state, approval.waiting.clone())
        }
    }
}

const AWAITING: &str = "AWAITING_APPROVAL";
const AMBIGUOUS: &str = "AMBIGUOUS";
const REFUSED: &str = "REFUSED";
const SETTLED: &str = "SETTLED";

/// The command that an ambiguous row began.
fn begun(row: &CommandRow) -> Option<Waiting> {
    let body = row.call.as_deref().filter(|_| row.state == CommandState::Ambiguous)?;
    serde_json::from_str::<Begun>(body).ok()?.waiting
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    chat_configuration_arn: Option<String>,
    state: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    commands: Vec<Command>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// What waits for people in the account's channels, oldest first.
pub(super) async fn list_pending_commands(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let mut query = CommandQuery {
        states: vec![CommandState::AwaitingApproval, CommandState::Ambiguous],
        ..CommandQuery::default()
    };
    let mut rows = Vec::new();
    loop {
        let some = cx.store.commands(query.clone()).await.map_err(crate::fault::store)?;
        let Some(last) = some.last().map(|row| row.id.clone()) else { break };
        query.before = Some(last);
        rows.extend(some);
    }
    let shown = |row: &CommandRow| match (Approval::of(row), begun(row)) {
        // What lapsed and was not looked at yet is not waiting.
        (Some(_), _) if row.expires_at.is_none_or(|until| until <= cx.now) => None,
        (Some(approval), _) => Some((approval.waiting.account, Command::approved(row, AWAITING, &approval))),
        (None, Some(waiting)) => Some((waiting.account, Command::new(row, AMBIGUOUS, waiting))),
        (None, None) => None,
    };
    let wanted = call.input.chat_configuration_arn.as_deref();
    let state = call.input.state.as_deref();
    let all = rows.iter().filter_map(shown).filter(|(account, one)| {
        *account == call.account()
            && wanted.is_none_or(|arn| arn == one.chat_configuration_arn)
            && state.is_none_or(|state| state == one.state)
    });
    let all: Vec<Command> = all.map(|(_, one)| one).collect();
    let filter = format!("{} {}", wanted.unwrap_or_default(), state.unwrap_or_default());
    let scope = format!("bailiwick:ListPendingCommands {} {filter}", call.account());
    let size = call.input.max_results.unwrap_or(100).clamp(1, 100);
    let key = |one: &Command| format!("{} {}", one.requested_timestamp.to_rfc3339_millis(), one.command_id);
    let page = page(cx.vault, &scope, all, key, call.input.next_token.as_deref(), size)
        .ok_or_else(|| invalid("The NextToken is not one of this list."))??;
    Ok(ListOutput { commands: page.items, next_token: page.next })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CommandOutput {
    command: Command,
}

async fn row<I>(cx: &Context<'_>, call: &Authorized<I>, id: &str) -> Result<CommandRow, Fault> {
    let found = cx.store.command(id).await.map_err(crate::fault::store)?;
    let of = |row: &CommandRow| Approval::of(row).map(|approval| approval.waiting).or_else(|| begun(row));
    let known = |row: &CommandRow| match of(row) {
        Some(waiting) => waiting.account == call.account(),
        // One that is settled tells no account; that it does not wait is all that is said of it.
        None => true,
    };
    found.filter(known).ok_or_else(|| not_found(format!("The command {id} does not exist.")))
}

const NOT_WAITING: &str = "The command does not wait for this: it was settled or lapsed.";

/// The approval that is open, for the call that whoever decides has seen.
async fn open<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    id: &str,
    digest: &str,
) -> Result<(CommandRow, Approval), Fault> {
    let row = row(cx, call, id).await?;
    let open = row.expires_at.is_some_and(|until| until > cx.now);
    let approval = Approval::of(&row).filter(|approval| open && !approval.is_complete(cx.directory));
    let approval = approval.ok_or_else(|| conflict(NOT_WAITING))?;
    if approval.digest != digest {
        return Err(invalid("The digest is that of another call than the one that waits."));
    }
    Ok((row, approval))
}

fn person<I>(cx: &Context<'_>, call: &Authorized<I>, waiting: &Waiting) -> Result<Approver, Fault> {
    approval::person(cx.directory, waiting, call.authorized()).ok_or_else(|| {
        let arn = call.caller().principal.arn_in(call.partition());
        invalid(format!("{arn} is no person. Press the button in the channel or sign with the keys of an IAM user."))
    })
}

fn told(row: &CommandRow, by: Approver, act: Act) -> Settled {
    Settled { format: 1, command: row.id.clone(), by: by.name, act, reason: None, given: 0, needed: 0, complete: false }
}

/// Puts the row, and the work that tells the channel.
fn settle<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    row: &CommandRow,
    next: CommandRow,
    told: Settled,
) -> Result<(), Fault> {
    let id = format!("{SOURCE}/{}/{}", row.id, call.authorized().decision_id());
    let next = CommandRow { updated_at: cx.now, ..next };
    cx.commit(Change::new().command(next, Expect::Revision(row.version)).inbox(
        id,
        SOURCE,
        crate::fault::to_stored(&told)?,
        cx.now,
    ));
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ApproveInput {
    command_id: String,
    digest: String,
}

/// Agrees to one exact call. Each person counts once, and who asked does not unless the policies ask for just that.
pub(super) async fn approve_command(cx: &Context<'_>, call: Authorized<ApproveInput>) -> Result<CommandOutput, Fault> {
    let ApproveInput { command_id, digest } = &call.input;
    let (row, mut approval) = open(cx, &call, command_id, digest).await?;
    if approval.revision != cx.directory.revision() {
        return Err(conflict(
            "What was asked for is not what would run now: the policies changed. It must be sent again.",
        ));
    }
    let by = person(cx, &call, &approval.waiting)?;
    if approval.is_requester(cx.directory, &by.id) && !approval.needs.requester {
        return Err(conflict("Nobody approves or rejects their own command; somebody else must."));
    }
    if approval.approvers.iter().any(|approver| approver.id == by.id) {
        return Err(conflict("You approved this before; each counts once."));
    }
    approval.approvers.push(by.clone());
    let next = CommandRow { call: Some(crate::fault::to_stored(&approval)?), ..row.clone() };
    let given = u32::try_from(approval.approvers.len()).unwrap_or(u32::MAX);
    let told = Settled {
        given,
        needed: approval.needs.people(),
        complete: approval.is_complete(cx.directory),
        ..told(&row, by, Act::Approved)
    };
    settle(cx, &call, &row, next, told)?;
    Ok(CommandOutput { command: Command::approved(&row, AWAITING, &approval) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RejectInput {
    command_id: String,
    digest: String,
    reason: Option<String>,
}

/// Refuses that a command runs, whatever others said.
pub(super) async fn reject_command(cx: &Context<'_>, call: Authorized<RejectInput>) -> Result<CommandOutput, Fault> {
    let RejectInput { command_id, digest, reason } = &call.input;
    let (row, approval) = open(cx, &call, command_id, digest).await?;
    let by = person(cx, &call, &approval.waiting)?;
    if approval.is_requester(cx.directory, &by.id) {
        return Err(conflict("Nobody approves or rejects their own command; somebody else must."));
    }
    let next = CommandRow { state: CommandState::Refused, ..row.clone() };
    settle(cx, &call, &row, next, Settled { reason: reason.clone(), ..told(&row, by, Act::Rejected) })?;
    Ok(CommandOutput { command: Command::approved(&row, REFUSED, &approval) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResolveInput {
    command_id: String,
    outcome: String,
}

/// Says of a command of which nobody knows it whether it ran. Only one answer counts.
pub(super) async fn resolve_command(cx: &Context<'_>, call: Authorized<ResolveInput>) -> Result<CommandOutput, Fault> {
    let row = row(cx, &call, &call.input.command_id).await?;
    let waiting = begun(&row).ok_or_else(|| conflict("The command is not in doubt: it was settled before."))?;
    let by = person(cx, &call, &waiting)?;
    let (state, act) = match call.input.outcome.as_str() {
        "RAN" => (CommandState::Finished, Act::Ran),
        _ => (CommandState::Failed, Act::DidNotRun),
    };
    let next = CommandRow { state, ..row.clone() };
    settle(cx, &call, &row, next, told(&row, by, act))?;
    Ok(CommandOutput { command: Command::new(&row, SETTLED, waiting) })
}
