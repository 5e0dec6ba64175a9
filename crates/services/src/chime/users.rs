use bailiwick_authority::record::PersonRecord;
use bailiwick_authority::{DirectoryChange, uuid};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::{bad_request, not_found, size};
use crate::page::page;
use crate::{Authorized, Context};

/// A user as Chime shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    user_id: String,
    account_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_email: Option<String>,
    display_name: String,
    license_type: &'static str,
    user_type: &'static str,
    user_registration_status: &'static str,
    registered_on: Timestamp,
}

fn shown(person: &PersonRecord, chime_account: &str) -> User {
    User {
        user_id: person.id.clone(),
        account_id: chime_account.to_owned(),
        primary_email: person.email.clone(),
        display_name: person.name.clone(),
        license_type: "Pro",
        user_type: "PrivateUser",
        user_registration_status: "Registered",
        registered_on: person.created_at,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserOutput {
    user: User,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateUserInput {
    account_id: String,
    username: Option<String>,
    email: Option<String>,
}

/// Adds a person to the built-in chat.
pub(super) async fn create_user(cx: &Context<'_>, call: Authorized<CreateUserInput>) -> Result<UserOutput, Fault> {
    super::accounts::find(cx, &call, &call.input.account_id).await?;
    let name = call.input.username.clone().or_else(|| {
        let email = call.input.email.as_deref()?;
        Some(email.split('@').next().unwrap_or(email).to_owned())
    });
    let name =
        name.filter(|name| !name.trim().is_empty()).ok_or_else(|| bad_request("Give a Username or an Email."))?;
    let taken = cx
        .directory
        .account(call.account())
        .is_some_and(|account| account.persons().any(|person| person.name.eq_ignore_ascii_case(&name)));
    if taken {
        return Err(Fault::sender("ConflictException", 409, format!("A user named {name} exists already.")));
    }
    let person = PersonRecord {
        account: call.account(),
        id: uuid(cx.entropy),
        name,
        email: call.input.email.clone(),
        iam_principal: None,
        created_at: cx.now,
    };
    let user = shown(&person, &call.input.account_id);
    cx.commit_directory(DirectoryChange::new().put(person));
    Ok(UserOutput { user })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetUserInput {
    account_id: String,
    user_id: String,
}

/// One user.
pub(super) async fn get_user(cx: &Context<'_>, call: Authorized<GetUserInput>) -> Result<UserOutput, Fault> {
    super::accounts::find(cx, &call, &call.input.account_id).await?;
    let account = cx.directory.account(call.account());
    let person = account.and_then(|account| account.person(&call.input.user_id)).ok_or_else(|| not_found("user"))?;
    Ok(UserOutput { user: shown(person, &call.input.account_id) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListUsersInput {
    account_id: String,
    user_email: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListUsersOutput {
    users: Vec<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The users of the built-in chat.
pub(super) async fn list_users(cx: &Context<'_>, call: Authorized<ListUsersInput>) -> Result<ListUsersOutput, Fault> {
    super::accounts::find(cx, &call, &call.input.account_id).await?;
    let mut persons: Vec<PersonRecord> =
        cx.directory.account(call.account()).map(|account| account.persons().cloned().collect()).unwrap_or_default();
    if let Some(email) = &call.input.user_email {
        persons.retain(|person| person.email.as_deref() == Some(email.as_str()));
    }
    let scope = format!("chime:ListUsers {}", call.account());
    let token = call.input.next_token.as_deref();
    let page = page(cx.vault, &scope, persons, |person| person.id.clone(), token, size(call.input.max_results))
        .ok_or_else(|| bad_request("The NextToken is not one of this list."))??;
    let users = page.items.iter().map(|person| shown(person, &call.input.account_id)).collect();
    Ok(ListUsersOutput { users, next_token: page.next })
}
