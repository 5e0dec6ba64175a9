//! Ending sessions before their time. AWS can only deny what a role's sessions may do, by a policy on the role.

use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::{RecordKey, RecordKind, RevokedSessionRecord};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{Arn, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ListInput, invalid, not_found};
use crate::page::page;
use crate::{Authorized, Context};

/// How many sessions a page holds where the request does not say.
const PAGE: usize = 100;
/// The most revocations an account has at a time. Those whose sessions would have ended by now are forgotten.
const MAX_REVOKED: usize = 10_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeInput {
    access_key_id: Option<String>,
    session_arn: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RevokedSession {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_arn: Option<String>,
    revoked_timestamp: Timestamp,
}

impl From<&RevokedSessionRecord> for RevokedSession {
    fn from(record: &RevokedSessionRecord) -> Self {
        let shown = Some(record.shown.clone());
        let (access_key_id, session_arn) = if record.shown.starts_with("arn:") { (None, shown) } else { (shown, None) };
        RevokedSession { access_key_id, session_arn, revoked_timestamp: record.revoked_at }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeOutput {
    revoked_session: RevokedSession,
}

/// What `aws:userid` is in the sessions of an ARN.
fn user_id(cx: &Context<'_>, call: &Authorized<RevokeInput>, arn: &str) -> Result<String, Fault> {
    let parsed = Arn::parse(arn).ok().filter(|parsed| parsed.account_id() == Some(call.account()));
    let parsed = parsed.filter(|parsed| parsed.partition() == call.partition().as_str());
    let parsed = parsed.ok_or_else(|| invalid(format!("{arn} is not a session of this account.")))?;
    let account = cx.directory.account(call.account());
    match parsed.resource().split('/').collect::<Vec<_>>().as_slice() {
        ["assumed-role", role, session] => {
            let role = account.and_then(|account| account.role(role));
            let role = role.ok_or_else(|| not_found(format!("There is no role of the session {arn}.")))?;
            Ok(format!("{}:{session}", role.record.id))
        }
        ["federated-user", name] => Ok(format!("{}:{name}", call.account())),
        ["user", ..] => {
            let user = account.and_then(|account| account.user_by_arn(arn));
            let user = user.ok_or_else(|| not_found(format!("There is no user {arn}.")))?;
            Ok(user.record.id.clone())
        }
        ["person", id] => {
            let person = account.and_then(|account| account.person(id));
            person.map(|person| person.id.clone()).ok_or_else(|| not_found(format!("There is no person {arn}.")))
        }
        _ => Err(invalid(format!("{arn} is not a session of a role or a federated user, nor somebody who signs in."))),
    }
}

/// Refuses what was issued until now, at once: one set of temporary credentials, or every session of a name. A key of
/// another account is not looked for, and goes on working.
pub(super) async fn revoke_session(cx: &Context<'_>, call: Authorized<RevokeInput>) -> Result<RevokeOutput, Fault> {
    let (subject, shown) = match (&call.input.access_key_id, &call.input.session_arn) {
        (Some(key), None) => (key.clone(), key.clone()),
        (None, Some(arn)) => (user_id(cx, &call, arn)?, arn.clone()),
        _ => return Err(invalid("Say either AccessKeyId or SessionArn.")),
    };
    let account = call.account();
    let known = || cx.directory.account(account).into_iter().flat_map(|account| account.revoked_sessions());
    let forgotten = known().filter(|record| record.until() < cx.now && record.subject != subject);
    let forgotten: Vec<_> = forgotten.map(|record| record.subject.clone()).collect();
    if known().count() - forgotten.len() >= MAX_REVOKED {
        let message = format!("An account may have {MAX_REVOKED} sessions revoked at a time.");
        return Err(Fault::sender("LimitExceededException", 403, message));
    }
    let record = RevokedSessionRecord { account, subject, shown, revoked_at: cx.now };
    let revoked_session = RevokedSession::from(&record);
    let key = |id| RecordKey { kind: RecordKind::RevokedSession, account: Some(account), id };
    let change = forgotten.into_iter().fold(DirectoryChange::new(), |change, id| change.delete(key(id)));
    cx.commit_directory(change.put(record));
    Ok(RevokeOutput { revoked_session })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    revoked_sessions: Vec<RevokedSession>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// What was revoked and would not have ended by itself by now.
pub(super) async fn list_revoked_sessions(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let account = cx.directory.account(call.account());
    let all = account.into_iter().flat_map(|account| account.revoked_sessions());
    let all = all.filter(|record| record.until() >= cx.now).collect();
    let scope = format!("bailiwick:ListRevokedSessions {}", call.account());
    let (token, size) = (call.input.next_token.as_deref(), call.input.max_results.unwrap_or(PAGE));
    let key = |record: &&RevokedSessionRecord| record.subject.clone();
    let page = page(cx.vault, &scope, all, key, token, size)
        .ok_or_else(|| invalid("The token is not valid; leave NextToken out to begin anew."))??;
    Ok(ListOutput { revoked_sessions: page.items.into_iter().map(Into::into).collect(), next_token: page.next })
}
