use bailiwick_authority::uuid;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Partition, Timestamp};
use bailiwick_store::{Change, EntityKey, EntityQuery, Expect};
use serde::{Deserialize, Serialize};

use super::{bad_request, not_found, size};
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

const KIND: &str = "chime.account";

/// The stored form of an Amazon Chime account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ChimeAccount {
    pub(super) account: AccountId,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created_at: Timestamp,
}

fn key(partition: &Partition, account: AccountId, id: &str) -> EntityKey {
    EntityKey::in_account(partition.as_str(), account.as_str(), KIND, id)
}

/// The Chime account of an id in the call's account.
pub(super) async fn find<I>(cx: &Context<'_>, call: &Authorized<I>, id: &str) -> Result<(ChimeAccount, u64), Fault> {
    if id.is_empty() {
        return Err(bad_request("The account id is empty."));
    }
    cx.read(key(call.partition(), call.account(), id)).await?.ok_or_else(|| not_found("account"))
}

/// An account as Chime shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Account {
    aws_account_id: String,
    account_id: String,
    name: String,
    account_type: &'static str,
    created_timestamp: Timestamp,
    default_license: &'static str,
    supported_licenses: [&'static str; 1],
    account_status: &'static str,
}

impl From<ChimeAccount> for Account {
    fn from(stored: ChimeAccount) -> Self {
        Account {
            aws_account_id: stored.account.to_string(),
            account_id: stored.id,
            name: stored.name,
            account_type: "EnterpriseDirectory",
            created_timestamp: stored.created_at,
            default_license: "Pro",
            supported_licenses: ["Pro"],
            account_status: "Active",
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountOutput {
    account: Account,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateAccountInput {
    name: String,
}

/// Creates an account of the built-in chat.
pub(super) async fn create_account(
    cx: &Context<'_>,
    call: Authorized<CreateAccountInput>,
) -> Result<AccountOutput, Fault> {
    let stored = ChimeAccount {
        account: call.account(),
        id: uuid(cx.entropy),
        name: call.input.name.clone(),
        created_at: cx.now,
    };
    let key = key(call.partition(), call.account(), &stored.id);
    cx.commit(Change::new().put(key, crate::fault::to_stored(&stored)?, Expect::Absent));
    Ok(AccountOutput { account: stored.into() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountInput {
    account_id: String,
    name: Option<String>,
}

/// One account.
pub(super) async fn get_account(cx: &Context<'_>, call: Authorized<AccountInput>) -> Result<AccountOutput, Fault> {
    let (stored, _) = find(cx, &call, &call.input.account_id).await?;
    Ok(AccountOutput { account: stored.into() })
}

/// Renames an account.
pub(super) async fn update_account(cx: &Context<'_>, call: Authorized<AccountInput>) -> Result<AccountOutput, Fault> {
    let (mut stored, revision) = find(cx, &call, &call.input.account_id).await?;
    if let Some(name) = &call.input.name {
        stored.name.clone_from(name);
        let key = key(call.partition(), call.account(), &stored.id);
        cx.commit(Change::new().put(key, crate::fault::to_stored(&stored)?, Expect::Revision(revision)));
    }
    Ok(AccountOutput { account: stored.into() })
}

/// Deletes an account that has no rooms left.
pub(super) async fn delete_account(cx: &Context<'_>, call: Authorized<AccountInput>) -> Result<Nothing, Fault> {
    let (stored, revision) = find(cx, &call, &call.input.account_id).await?;
    if !super::rooms::of_account(cx, call.partition(), call.account(), &stored.id).await?.is_empty() {
        return Err(Fault::sender(
            "UnprocessableEntityException",
            422,
            "The account still has rooms; delete them first.",
        ));
    }
    cx.commit(Change::new().delete(key(call.partition(), call.account(), &stored.id), Expect::Revision(revision)));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListAccountsInput {
    name: Option<String>,
    user_email: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListAccountsOutput {
    accounts: Vec<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The accounts of the built-in chat, by prefix of the name or by a user's address.
pub(super) async fn list_accounts(
    cx: &Context<'_>,
    call: Authorized<ListAccountsInput>,
) -> Result<ListAccountsOutput, Fault> {
    let query = EntityQuery::kind(KIND).partition(call.partition().as_str()).account(call.account().as_str());
    let mut accounts: Vec<ChimeAccount> = cx.read_all(query).await?;
    if let Some(prefix) = &call.input.name {
        accounts.retain(|account| account.name.starts_with(prefix.as_str()));
    }
    if let Some(email) = &call.input.user_email {
        let known = cx
            .directory
            .account(call.account())
            .is_some_and(|account| account.persons().any(|person| person.email.as_deref() == Some(email.as_str())));
        if !known {
            accounts.clear();
        }
    }
    let scope = format!("chime:ListAccounts {}", call.account());
    let token = call.input.next_token.as_deref();
    let page = page(cx.vault, &scope, accounts, |account| account.id.clone(), token, size(call.input.max_results))
        .ok_or_else(|| bad_request("The NextToken is not one of this list."))??;
    Ok(ListAccountsOutput { accounts: page.items.into_iter().map(Into::into).collect(), next_token: page.next })
}
