use bailiwick_authority::record::PersonRecord;
use bailiwick_authority::{Account, DirectoryChange, secret_access_key, uuid};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::{conflict, factors, invalid, not_found};
use crate::page::page;
use crate::sign_in;
use crate::{Authorized, Context};

/// A person as the API shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Person {
    person_id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iam_principal_arn: Option<String>,
    second_factor: bool,
    created_timestamp: Timestamp,
}

impl Person {
    fn of(account: &Account, record: &PersonRecord) -> Self {
        let device = factors::of_person(account, &record.id);
        Person {
            person_id: record.id.clone(),
            name: record.name.clone(),
            email: record.email.clone(),
            iam_principal_arn: record.iam_principal.clone(),
            second_factor: device.is_some_and(|device| device.user_id.is_some()),
            created_timestamp: record.created_at,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreatePersonInput {
    name: String,
    email: Option<String>,
    iam_principal_arn: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PersonOutput {
    person: Person,
}

/// Adds a person to the account's chat.
pub(super) async fn create_person(
    cx: &Context<'_>,
    call: Authorized<CreatePersonInput>,
) -> Result<PersonOutput, Fault> {
    let name = call.input.name.trim();
    if name.is_empty() {
        return Err(invalid("The name of a person must not be empty."));
    }
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    if account.persons().any(|person| person.name.eq_ignore_ascii_case(name)) {
        return Err(conflict(format!("A person named {name} exists already.")));
    }
    let record = PersonRecord {
        account: call.account(),
        id: uuid(cx.entropy),
        name: name.to_owned(),
        email: call.input.email.clone(),
        iam_principal: call.input.iam_principal_arn.clone(),
        created_at: cx.now,
    };
    let person = Person::of(account, &record);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(PersonOutput { person })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListPeopleInput {
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListPeopleOutput {
    people: Vec<Person>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The people of the account's chat.
pub(super) async fn list_people(
    cx: &Context<'_>,
    call: Authorized<ListPeopleInput>,
) -> Result<ListPeopleOutput, Fault> {
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    let people: Vec<Person> = account.persons().map(|record| Person::of(account, record)).collect();
    let scope = format!("bailiwick:ListPeople {}", call.account());
    let size = call.input.max_results.unwrap_or(100).clamp(1, 100);
    let token = call.input.next_token.as_deref();
    let page = page(cx.vault, &scope, people, |person| person.person_id.clone(), token, size)
        .ok_or_else(|| invalid("The NextToken is not one of this list."))??;
    Ok(ListPeopleOutput { people: page.items, next_token: page.next })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateSignInLinkInput {
    person_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateSignInLinkOutput {
    path: String,
    expiration: Timestamp,
}

/// Makes a link with which a person signs in, once, within fifteen minutes.
pub(super) async fn create_sign_in_link(
    cx: &Context<'_>,
    call: Authorized<CreateSignInLinkInput>,
) -> Result<CreateSignInLinkOutput, Fault> {
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    let person = account.person(&call.input.person_id).ok_or_else(|| not_found("The person does not exist."))?;
    let token = hex(&secret_access_key(cx.entropy));
    let (change, expiration) = sign_in::link(&token, person, cx.now)?;
    cx.commit(change);
    Ok(CreateSignInLinkOutput { path: sign_in::path(&token), expiration })
}

/// Random text as hexadecimal digits, fit for an address.
fn hex(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
