//! What IAM users are called on platforms, once they have proved it.

use bailiwick_authority::record::ChatIdentityRecord;
use bailiwick_authority::{DirectoryChange, Platform, Principal, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ListInput, invalid, not_found};
use crate::identity::ChatIdentity;
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

/// An identity as the API shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    platform: &'static str,
    workspace_id: String,
    member_id: String,
    aws_user_identity: String,
    proved_timestamp: Timestamp,
}

impl From<ChatIdentityRecord> for Shown {
    fn from(record: ChatIdentityRecord) -> Self {
        Shown {
            platform: record.platform.as_str(),
            workspace_id: record.workspace,
            member_id: record.member,
            aws_user_identity: record.aws_user_identity,
            proved_timestamp: record.proved_at,
        }
    }
}

/// Keeps what the caller has just proved, in the commit of the call. Only of an IAM user: several people may be behind anybody
/// else.
pub(super) fn remember<I>(cx: &Context<'_>, call: &Authorized<I>, proven: &ChatIdentity) {
    let Principal::User { id, .. } = &call.caller().principal else { return };
    cx.commit_directory(DirectoryChange::new().put(ChatIdentityRecord {
        account: call.account(),
        platform: proven.platform,
        workspace: proven.workspace.clone(),
        member: proven.member.clone(),
        user_id: id.clone(),
        aws_user_identity: call.caller().principal.arn_in(call.partition()),
        proved_at: cx.now,
    }));
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    chat_identities: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The identities that users of the account have proved, of users that are still there.
pub(super) async fn list_chat_identities(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    let there = |identity: &&ChatIdentityRecord| account.user_by_id(&identity.user_id).is_some();
    let records = account.chat_identities().filter(there).cloned().collect();
    let scope = format!("bailiwick:ListChatIdentities {}", call.account());
    let size = call.input.max_results.unwrap_or(100).clamp(1, 100);
    let key =
        |record: &ChatIdentityRecord| ChatIdentityRecord::record_id(record.platform, &record.workspace, &record.member);
    let page = page(cx.vault, &scope, records, key, call.input.next_token.as_deref(), size)
        .ok_or_else(|| invalid("The NextToken is not one of this list."))??;
    Ok(ListOutput { chat_identities: page.items.into_iter().map(Into::into).collect(), next_token: page.next })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ForgetInput {
    platform: String,
    workspace_id: String,
    member_id: String,
}

/// Forgets what was proved. Roles that were chosen stay; a further choice needs a new proof.
pub(super) async fn forget_chat_identity(cx: &Context<'_>, call: Authorized<ForgetInput>) -> Result<Nothing, Fault> {
    let ForgetInput { platform, workspace_id, member_id } = &call.input;
    let platform = Platform::parse(platform).ok_or_else(|| invalid("There is no such platform."))?;
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    let known = account.chat_identities().any(|identity| {
        identity.platform == platform && identity.workspace == *workspace_id && identity.member == *member_id
    });
    if !known {
        return Err(not_found("Nobody has proved to be that member."));
    }
    cx.commit_directory(DirectoryChange::new().delete(RecordKey {
        kind: RecordKind::ChatIdentity,
        account: Some(call.account()),
        id: ChatIdentityRecord::record_id(platform, workspace_id, member_id),
    }));
    Ok(Nothing {})
}
