//! The account's alias, and its summary.

use std::collections::BTreeMap;

use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::GlobalEndpointTokenVersion;
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::paging::ListInput;
use super::{
    Paging, account, already_exists, groups, holder::Holder, instance_profiles, keys, listed, mfa, no_such_entity,
    policies, roles, users, versions,
};
use crate::operation::Nothing;
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AliasInput {
    account_alias: String,
}

/// Gives the account its alias, which no other account may have. There is one; a new one takes its place.
pub(super) async fn create_account_alias(cx: &Context<'_>, call: Authorized<AliasInput>) -> Result<Nothing, Fault> {
    let alias = &call.input.account_alias;
    let taken = cx
        .directory
        .accounts()
        .any(|other| other.id() != call.account() && other.record().alias.as_ref() == Some(alias));
    if taken {
        return Err(already_exists(format!("The account alias {alias} already exists.")));
    }
    let mut record = account(cx, &call)?.record().clone();
    record.alias = Some(alias.clone());
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

/// Takes the alias away.
pub(super) async fn delete_account_alias(cx: &Context<'_>, call: Authorized<AliasInput>) -> Result<Nothing, Fault> {
    let alias = &call.input.account_alias;
    let mut record = account(cx, &call)?.record().clone();
    if record.alias.as_ref() != Some(alias) {
        return Err(no_such_entity(format!("The account alias with name {alias} cannot be found.")));
    }
    record.alias = None;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    account_aliases: Vec<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// The alias, if there is one.
pub(super) async fn list_account_aliases(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let aliases = account(cx, &call)?.record().alias.clone().into_iter().collect();
    let (account_aliases, paging) = listed(cx, &call, "ListAccountAliases", aliases, String::clone)?;
    Ok(ListOutput { account_aliases, paging })
}

#[derive(Debug, Deserialize)]
pub(super) struct NoInput {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SummaryOutput {
    summary_map: BTreeMap<&'static str, usize>,
}

/// What there is in the account, and how much there may be.
pub(super) async fn get_account_summary(cx: &Context<'_>, call: Authorized<NoInput>) -> Result<SummaryOutput, Fault> {
    let NoInput {} = call.input;
    let account = account(cx, &call)?;
    let root_keys = account.access_keys().any(|key| key.user_id.is_none());
    let token_version = match account.iam_settings().map(|settings| settings.global_endpoint_token_version) {
        None | Some(GlobalEndpointTokenVersion::V1) => 1,
        Some(GlobalEndpointTokenVersion::V2) => 2,
    };
    let versions_in_use: usize = account.managed_policies().map(|policy| policy.record.versions.len()).sum();
    let summary_map = BTreeMap::from([
        ("AccessKeysPerUserQuota", keys::MAX_KEYS),
        ("AccountAccessKeysPresent", usize::from(root_keys)),
        ("AccountMFAEnabled", 0),
        ("AccountPasswordPresent", 0),
        ("AccountSigningCertificatesPresent", 0),
        ("AssumeRolePolicySizeQuota", roles::MAX_TRUST),
        ("AttachedPoliciesPerGroupQuota", 10),
        ("AttachedPoliciesPerRoleQuota", 10),
        ("AttachedPoliciesPerUserQuota", 10),
        ("GroupPolicySizeQuota", <bailiwick_authority::record::GroupRecord as Holder>::INLINE_SIZE),
        ("Groups", account.groups().count()),
        ("GroupsPerUserQuota", groups::MAX_GROUPS_OF_USER),
        ("GlobalEndpointTokenVersion", token_version),
        ("GroupsQuota", groups::MAX_GROUPS),
        ("InstanceProfiles", account.instance_profiles().count()),
        ("InstanceProfilesQuota", instance_profiles::MAX_PROFILES),
        ("MFADevices", mfa::all(account).count()),
        ("MFADevicesInUse", mfa::all(account).filter(|device| device.user_id.is_some()).count()),
        ("Policies", account.managed_policies().count()),
        ("PoliciesQuota", policies::MAX_POLICIES),
        ("PolicySizeQuota", policies::MAX_SIZE),
        ("PolicyVersionsInUse", versions_in_use),
        ("PolicyVersionsInUseQuota", 10_000),
        ("Providers", account.oidc_providers().count()),
        ("RolePolicySizeQuota", <bailiwick_authority::record::RoleRecord as Holder>::INLINE_SIZE),
        ("Roles", account.roles().count()),
        ("RolesQuota", roles::MAX_ROLES),
        ("ServerCertificates", 0),
        ("ServerCertificatesQuota", 20),
        ("SigningCertificatesPerUserQuota", 2),
        ("UserPolicySizeQuota", <bailiwick_authority::record::UserRecord as Holder>::INLINE_SIZE),
        ("Users", account.users().count()),
        ("UsersQuota", users::MAX_USERS),
        ("VersionsPerPolicyQuota", versions::MAX_VERSIONS),
    ]);
    Ok(SummaryOutput { summary_map })
}
