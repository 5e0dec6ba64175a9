//! Inline policies of users, groups and roles.

use bailiwick_authority::DirectoryChange;
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::document::{check_identity, encoded, size};
use super::holder::{Holder, Named, find};
use super::paging::OfInput;
use super::{Paging, account, limit_exceeded, listed, no_such_entity};
use crate::operation::Nothing;
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutInput {
    #[serde(rename = "UserName", alias = "GroupName", alias = "RoleName")]
    name: String,
    policy_name: String,
    policy_document: String,
}

/// The stored spelling of a policy's name, which compares without regard to case.
fn spelled<'a, H: Holder>(holder: &'a H, name: &str) -> Option<&'a String> {
    holder.policies().inline.keys().find(|known| known.eq_ignore_ascii_case(name))
}

fn existing<'a, H: Holder>(holder: &'a H, name: &str) -> Result<&'a String, Fault> {
    spelled(holder, name)
        .ok_or_else(|| no_such_entity(format!("The {} policy with name {name} cannot be found.", H::KIND)))
}

/// Adds an inline policy or replaces the one of that name.
pub(super) async fn put<H: Holder>(cx: &Context<'_>, call: Authorized<PutInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let mut holder = find::<H>(account(cx, &call)?, &input.name)?.clone();
    holder.changeable()?;
    check_identity(&input.policy_document)?;
    let name = spelled(&holder, &input.policy_name).cloned().unwrap_or_else(|| input.policy_name.clone());
    holder.policies_mut().inline.insert(name, input.policy_document.clone());
    if holder.policies().inline.values().map(|document| size(document)).sum::<usize>() > H::INLINE_SIZE {
        return Err(limit_exceeded(format!(
            "Maximum policy size of {} bytes exceeded for {} {}",
            H::INLINE_SIZE,
            H::KIND,
            holder.name()
        )));
    }
    cx.commit_directory(DirectoryChange::new().put(holder));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NameInput {
    #[serde(rename = "UserName", alias = "GroupName", alias = "RoleName")]
    name: String,
    policy_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetOutput {
    #[serde(flatten)]
    named: Named,
    policy_name: String,
    policy_document: String,
}

/// One inline policy.
pub(super) async fn get<H: Holder>(cx: &Context<'_>, call: Authorized<NameInput>) -> Result<GetOutput, Fault> {
    let holder = find::<H>(account(cx, &call)?, &call.input.name)?;
    let name = existing(holder, &call.input.policy_name)?;
    let document = holder.policies().inline.get(name).map_or("", String::as_str);
    // The name is spelled as it was asked for. Source: recorded answers of IAM.
    Ok(GetOutput {
        named: holder.named(),
        policy_name: call.input.policy_name.clone(),
        policy_document: encoded(document),
    })
}

/// Deletes an inline policy.
pub(super) async fn delete<H: Holder>(cx: &Context<'_>, call: Authorized<NameInput>) -> Result<Nothing, Fault> {
    let mut holder = find::<H>(account(cx, &call)?, &call.input.name)?.clone();
    holder.changeable()?;
    let name = existing(&holder, &call.input.policy_name)?.clone();
    holder.policies_mut().inline.remove(&name);
    cx.commit_directory(DirectoryChange::new().put(holder));
    Ok(Nothing {})
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    policy_names: Vec<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// The names of the inline policies.
pub(super) async fn list<H: Holder>(cx: &Context<'_>, call: Authorized<OfInput>) -> Result<ListOutput, Fault> {
    let holder = find::<H>(account(cx, &call)?, &call.input.name)?;
    let names = holder.policies().inline.keys().cloned().collect();
    let scope = format!("inline {} {}", H::KIND, holder.name());
    let (policy_names, paging) = listed(cx, &call, &scope, names, String::clone)?;
    Ok(ListOutput { policy_names, paging })
}
