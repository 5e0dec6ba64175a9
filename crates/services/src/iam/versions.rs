//! Versions of managed policies.

use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::{ManagedPolicyRecord, PolicyVersionRecord};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::document::encoded;
use super::paging::OfInput;
use super::policies::{Found, check, find, own};
use super::{Paging, account, delete_conflict, limit_exceeded, listed, no_such_entity};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// Versions of one policy. Source: AWS's IAM guide, "Versioning IAM policies".
pub(super) const MAX_VERSIONS: usize = 5;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Version {
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    version_id: String,
    is_default_version: bool,
    create_date: Timestamp,
}

/// A version as it is shown; only GetPolicyVersion shows the document.
pub(super) fn shown(record: &ManagedPolicyRecord, version: &PolicyVersionRecord, document: bool) -> Version {
    Version {
        document: document.then(|| encoded(&version.document)),
        version_id: version.id.clone(),
        is_default_version: version.id == record.default_version,
        create_date: version.created_at,
    }
}

/// The version in force of an AWS managed policy.
pub(super) fn aws(version_id: String, create_date: Timestamp, document: Option<&str>) -> Version {
    Version { document: document.map(encoded), version_id, is_default_version: true, create_date }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    policy_arn: String,
    policy_document: String,
    set_as_default: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VersionOutput {
    policy_version: Version,
}

/// Adds a version, which becomes the one in force when that is asked for.
pub(super) async fn create_policy_version(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<VersionOutput, Fault> {
    let input = &call.input;
    let mut record = own(account(cx, &call)?, &input.policy_arn)?.record.clone();
    check(&input.policy_document)?;
    if record.versions.len() >= MAX_VERSIONS {
        return Err(limit_exceeded(format!(
            "A managed policy can have up to {MAX_VERSIONS} versions. Before you create a new version, you must delete an existing version."
        )));
    }
    let version = PolicyVersionRecord {
        id: format!("v{}", record.next_version),
        document: input.policy_document.clone(),
        created_at: cx.now,
    };
    record.next_version = record.next_version.saturating_add(1);
    record.updated_at = cx.now;
    if input.set_as_default == Some(true) {
        record.default_version.clone_from(&version.id);
    }
    let policy_version = shown(&record, &version, false);
    record.versions.push(version);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(VersionOutput { policy_version })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct VersionInput {
    policy_arn: String,
    version_id: String,
}

fn absent(input: &VersionInput) -> Fault {
    let VersionInput { policy_arn, version_id } = input;
    no_such_entity(format!("Policy {policy_arn} version {version_id} does not exist or is not attachable."))
}

/// One version with its document.
pub(super) async fn get_policy_version(
    cx: &Context<'_>,
    call: Authorized<VersionInput>,
) -> Result<VersionOutput, Fault> {
    let input = &call.input;
    let policy_version = match find(cx, &call, &input.policy_arn)? {
        Found::Own(policy) => {
            let version = policy.record.versions.iter().find(|version| version.id == input.version_id);
            shown(&policy.record, version.ok_or_else(|| absent(input))?, true)
        }
        Found::Aws(policy) if policy.version == input.version_id => {
            let document = cx.pack.managed_policy_document(&input.policy_arn);
            let document = document.map_err(|error| crate::fault::internal(&error.to_string()))?;
            aws(policy.version, policy.updated, Some(&document.ok_or_else(|| absent(input))?))
        }
        Found::Aws(_) => return Err(absent(input)),
    };
    Ok(VersionOutput { policy_version })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    versions: Vec<Version>,
    #[serde(flatten)]
    paging: Paging,
}

/// The versions, newest first. Of AWS's policies the catalogue has the one in force.
pub(super) async fn list_policy_versions(cx: &Context<'_>, call: Authorized<OfInput>) -> Result<ListOutput, Fault> {
    let input = &call.input;
    let versions = match find(cx, &call, &input.name)? {
        Found::Own(policy) => {
            policy.record.versions.iter().map(|version| shown(&policy.record, version, false)).collect()
        }
        Found::Aws(policy) => vec![aws(policy.version, policy.updated, None)],
    };
    let scope = format!("ListPolicyVersions {}", input.name);
    // The newest first: versions are numbered, and there are never more than a few digits.
    let key = |version: &Version| {
        let number: u32 = version.version_id.trim_start_matches('v').parse().unwrap_or(0);
        format!("{:010}", u32::MAX - number)
    };
    let (versions, paging) = listed(cx, &call, &scope, versions, key)?;
    Ok(ListOutput { versions, paging })
}

/// Puts a version in force.
pub(super) async fn set_default_policy_version(
    cx: &Context<'_>,
    call: Authorized<VersionInput>,
) -> Result<Nothing, Fault> {
    let input = &call.input;
    let mut record = own(account(cx, &call)?, &input.policy_arn)?.record.clone();
    if !record.versions.iter().any(|version| version.id == input.version_id) {
        return Err(absent(input));
    }
    record.default_version.clone_from(&input.version_id);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

/// Deletes a version that is not in force.
pub(super) async fn delete_policy_version(cx: &Context<'_>, call: Authorized<VersionInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let mut record = own(account(cx, &call)?, &input.policy_arn)?.record.clone();
    if !record.versions.iter().any(|version| version.id == input.version_id) {
        return Err(absent(input));
    }
    if record.default_version == input.version_id {
        return Err(delete_conflict("Cannot delete the default version of a policy."));
    }
    record.versions.retain(|version| version.id != input.version_id);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}
