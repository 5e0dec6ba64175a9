//! Access keys. The secret is shown once, to whoever creates the key, and is sealed from then on.

use bailiwick_authority::record::AccessKeyRecord;
use bailiwick_authority::{DirectoryChange, RecordKey, RecordKind, access_key_record, secret_access_key, unique_id};
use bailiwick_aws::fault::Fault;
use bailiwick_aws::sigv4::Secret;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::paging::OfUserInput;
use super::users::meant_or_root;
use super::{Paging, account, listed, no_such_entity, quota};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// Access keys of one user. Source: AWS's IAM guide, "IAM and STS quotas".
pub(super) const MAX_KEYS: usize = 2;

/// Whose keys a request means: unique id and name of a user, or the root user.
struct Owner {
    user_id: Option<String>,
    name: String,
}

fn owner<I>(cx: &Context<'_>, call: &Authorized<I>, name: Option<&String>) -> Result<Owner, Fault> {
    Ok(match meant_or_root(cx, call, name)? {
        Some(user) => Owner { user_id: Some(user.record.id.clone()), name: user.record.name.clone() },
        None => Owner { user_id: None, name: "root".to_owned() },
    })
}

fn status(record: &AccessKeyRecord) -> &'static str {
    if record.active { "Active" } else { "Inactive" }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    user_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateOutput {
    access_key: AccessKey,
}

/// A key with its secret: the only time that it leaves.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKey {
    user_name: String,
    access_key_id: String,
    status: &'static str,
    secret_access_key: String,
    create_date: Timestamp,
}

/// Creates an access key.
pub(super) async fn create_access_key(cx: &Context<'_>, call: Authorized<CreateInput>) -> Result<CreateOutput, Fault> {
    let owner = owner(cx, &call, call.input.user_name.as_ref())?;
    let keys = account(cx, &call)?.access_keys().filter(|key| key.user_id == owner.user_id).count();
    if keys >= MAX_KEYS {
        return Err(quota("AccessKeysPerUser", MAX_KEYS));
    }
    let id = unique_id(cx.entropy, "AKIA");
    let secret = Secret::new(secret_access_key(cx.entropy));
    let record = access_key_record(cx.vault, call.account(), owner.user_id, &id, &secret, cx.now)
        .map_err(|error| crate::fault::internal(&error.to_string()))?;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(CreateOutput {
        access_key: AccessKey {
            user_name: owner.name,
            access_key_id: id,
            status: "Active",
            secret_access_key: secret.expose().to_owned(),
            create_date: cx.now,
        },
    })
}

/// A key of the owner that a request means. A key of somebody else is as if it were not there.
fn key<I>(cx: &Context<'_>, call: &Authorized<I>, name: Option<&String>, id: &str) -> Result<AccessKeyRecord, Fault> {
    let owner = owner(cx, call, name)?;
    let found = account(cx, call)?.access_key(id).filter(|key| key.user_id == owner.user_id);
    found.cloned().ok_or_else(|| no_such_entity(format!("The Access Key with id {id} cannot be found.")))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    user_name: Option<String>,
    access_key_id: String,
    status: String,
}

/// Turns a key on or off.
pub(super) async fn update_access_key(cx: &Context<'_>, call: Authorized<UpdateInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let mut record = key(cx, &call, input.user_name.as_ref(), &input.access_key_id)?;
    record.active = match input.status.as_str() {
        "Active" => true,
        "Inactive" => false,
        other => return Err(super::validation(format!("Status {other} is not offered; keys are Active or Inactive."))),
    };
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    user_name: Option<String>,
    access_key_id: String,
}

/// Deletes a key.
pub(super) async fn delete_access_key(cx: &Context<'_>, call: Authorized<DeleteInput>) -> Result<Nothing, Fault> {
    let record = key(cx, &call, call.input.user_name.as_ref(), &call.input.access_key_id)?;
    let key = RecordKey { kind: RecordKind::AccessKey, account: Some(call.account()), id: record.id };
    cx.commit_directory(DirectoryChange::new().delete(key));
    Ok(Nothing {})
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    user_name: String,
    access_key_id: String,
    status: &'static str,
    create_date: Timestamp,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    access_key_metadata: Vec<Metadata>,
    #[serde(flatten)]
    paging: Paging,
}

/// The keys of a user, without their secrets.
pub(super) async fn list_access_keys(cx: &Context<'_>, call: Authorized<OfUserInput>) -> Result<ListOutput, Fault> {
    let input = &call.input;
    let owner = owner(cx, &call, input.user_name.as_ref())?;
    let keys = account(cx, &call)?.access_keys().filter(|key| key.user_id == owner.user_id);
    let keys = keys.map(|key| Metadata {
        user_name: owner.name.clone(),
        access_key_id: key.id.clone(),
        status: status(key),
        create_date: key.created_at,
    });
    let scope = format!("ListAccessKeys {}", owner.user_id.as_deref().unwrap_or("root"));
    let by = |key: &Metadata| key.access_key_id.clone();
    let (access_key_metadata, paging) = listed(cx, &call, &scope, keys.collect(), by)?;
    Ok(ListOutput { access_key_metadata, paging })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LastUsedInput {
    access_key_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LastUsed {
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_date: Option<Timestamp>,
    service_name: String,
    region: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LastUsedOutput {
    user_name: String,
    access_key_last_used: LastUsed,
}

/// When a key was last used. Of one that was not, IAM answers `N/A`.
pub(super) async fn get_access_key_last_used(
    cx: &Context<'_>,
    call: Authorized<LastUsedInput>,
) -> Result<LastUsedOutput, Fault> {
    let id = &call.input.access_key_id;
    let account = account(cx, &call)?;
    let absent = || no_such_entity(format!("The Access Key with id {id} cannot be found."));
    let record = account.access_key(id).ok_or_else(absent)?;
    let user = record.user_id.as_ref().and_then(|id| account.user_by_id(id));
    let used = cx.usage().await?.access_key(id);
    let unknown = || "N/A".to_owned();
    Ok(LastUsedOutput {
        user_name: user.map_or_else(|| "root".to_owned(), |user| user.record.name.clone()),
        access_key_last_used: LastUsed {
            last_used_date: used.as_ref().map(|used| used.last.at),
            service_name: used.as_ref().map_or_else(unknown, |used| used.service.clone()),
            region: used.map_or_else(unknown, |used| used.last.region),
        },
    })
}
