//! AWS IAM: users, groups, roles, policies and access keys of the directory.
//!
//! Users, groups and roles hold policies in the same ways; what differs between them is in [`holder`], and the operations
//! on policies are written once for all three.

mod account;
mod attached;
mod boundaries;
mod details;
mod document;
mod entities;
mod grants;
mod groups;
mod holder;
mod inline;
mod instance_profiles;
mod keys;
mod last_accessed;
mod mfa;
mod oidc;
mod paging;
mod passwords;
mod policies;
mod qr;
mod reports;
mod roles;
pub(crate) mod service_linked;
mod settings;
mod shown;
mod signing;
mod simulate;
mod tags;
mod uploads;
mod users;
mod versions;

pub(crate) use document::check_session as check_session_policy;
pub(crate) use passwords::expires_at as expiry;
pub use qr::svg_path as qr_code;

use std::sync::Arc;

use bailiwick_authority::Account;
use bailiwick_authority::record::{
    GroupRecord, InstanceProfileRecord, ManagedPolicyRecord, MfaDeviceRecord, OidcProviderRecord, RoleRecord,
    UserRecord,
};
use bailiwick_aws::fault::Fault;
use paging::{Paging, listed};

use crate::{Authorized, Context};

crate::operation::operations! {
    AddClientIDToOpenIDConnectProvider => oidc::add_client_id,
    AddRoleToInstanceProfile => instance_profiles::add_role_to_instance_profile,
    AddUserToGroup => groups::add_user_to_group,
    AttachGroupPolicy => attached::attach::<GroupRecord>,
    AttachRolePolicy => attached::attach::<RoleRecord>,
    AttachUserPolicy => attached::attach::<UserRecord>,
    ChangePassword => passwords::change_password,
    CreateAccessKey => keys::create_access_key,
    CreateAccountAlias => account::create_account_alias,
    CreateGroup => groups::create_group,
    CreateInstanceProfile => instance_profiles::create_instance_profile,
    CreateLoginProfile => passwords::create_login_profile,
    CreateOpenIDConnectProvider => oidc::create_open_id_connect_provider,
    CreatePolicy => policies::create_policy,
    CreatePolicyVersion => versions::create_policy_version,
    CreateRole => roles::create_role,
    CreateServiceLinkedRole => service_linked::create_service_linked_role,
    CreateUser => users::create_user,
    CreateVirtualMFADevice => mfa::create_virtual_mfa_device,
    DeactivateMFADevice => mfa::deactivate_mfa_device,
    DeleteAccessKey => keys::delete_access_key,
    DeleteAccountAlias => account::delete_account_alias,
    DeleteAccountPasswordPolicy => settings::delete_account_password_policy,
    DeleteGroup => groups::delete_group,
    DeleteGroupPolicy => inline::delete::<GroupRecord>,
    DeleteInstanceProfile => instance_profiles::delete_instance_profile,
    DeleteLoginProfile => passwords::delete_login_profile,
    DeleteOpenIDConnectProvider => oidc::delete_open_id_connect_provider,
    DeletePolicy => policies::delete_policy,
    DeletePolicyVersion => versions::delete_policy_version,
    DeleteRole => roles::delete_role,
    DeleteRolePermissionsBoundary => boundaries::delete::<RoleRecord>,
    DeleteRolePolicy => inline::delete::<RoleRecord>,
    DeleteServiceLinkedRole => service_linked::delete_service_linked_role,
    DeleteSigningCertificate => signing::delete_signing_certificate,
    DeleteUser => users::delete_user,
    DeleteUserPermissionsBoundary => boundaries::delete::<UserRecord>,
    DeleteUserPolicy => inline::delete::<UserRecord>,
    DeleteVirtualMFADevice => mfa::delete_virtual_mfa_device,
    DetachGroupPolicy => attached::detach::<GroupRecord>,
    DetachRolePolicy => attached::detach::<RoleRecord>,
    DetachUserPolicy => attached::detach::<UserRecord>,
    EnableMFADevice => mfa::enable_mfa_device,
    GenerateCredentialReport => reports::generate_credential_report,
    GenerateServiceLastAccessedDetails => last_accessed::generate_service_last_accessed_details,
    GetAccessKeyLastUsed => keys::get_access_key_last_used,
    GetAccountAuthorizationDetails => details::get_account_authorization_details,
    GetAccountPasswordPolicy => settings::get_account_password_policy,
    GetAccountSummary => account::get_account_summary,
    GetContextKeysForCustomPolicy => simulate::get_context_keys_for_custom_policy,
    GetContextKeysForPrincipalPolicy => simulate::get_context_keys_for_principal_policy,
    GetCredentialReport => reports::get_credential_report,
    GetGroup => groups::get_group,
    GetGroupPolicy => inline::get::<GroupRecord>,
    GetInstanceProfile => instance_profiles::get_instance_profile,
    GetLoginProfile => passwords::get_login_profile,
    GetMFADevice => mfa::get_mfa_device,
    GetOpenIDConnectProvider => oidc::get_open_id_connect_provider,
    GetPolicy => policies::get_policy,
    GetPolicyVersion => versions::get_policy_version,
    GetRole => roles::get_role,
    GetRolePolicy => inline::get::<RoleRecord>,
    GetServiceLastAccessedDetails => last_accessed::get_service_last_accessed_details,
    GetServiceLastAccessedDetailsWithEntities => last_accessed::get_service_last_accessed_details_with_entities,
    GetServiceLinkedRoleDeletionStatus => service_linked::get_service_linked_role_deletion_status,
    GetUser => users::get_user,
    GetUserPolicy => inline::get::<UserRecord>,
    ListAccessKeys => keys::list_access_keys,
    ListAccountAliases => account::list_account_aliases,
    ListAttachedGroupPolicies => attached::list::<GroupRecord>,
    ListAttachedRolePolicies => attached::list::<RoleRecord>,
    ListAttachedUserPolicies => attached::list::<UserRecord>,
    ListEntitiesForPolicy => entities::list_entities_for_policy,
    ListGroupPolicies => inline::list::<GroupRecord>,
    ListGroups => groups::list_groups,
    ListGroupsForUser => groups::list_groups_for_user,
    ListInstanceProfileTags => tags::list::<InstanceProfileRecord>,
    ListInstanceProfiles => instance_profiles::list_instance_profiles,
    ListInstanceProfilesForRole => instance_profiles::list_instance_profiles_for_role,
    ListMFADeviceTags => tags::list::<MfaDeviceRecord>,
    ListMFADevices => mfa::list_mfa_devices,
    ListOpenIDConnectProviderTags => tags::list::<OidcProviderRecord>,
    ListOpenIDConnectProviders => oidc::list_open_id_connect_providers,
    ListPolicies => policies::list_policies,
    ListPoliciesGrantingServiceAccess => last_accessed::list_policies_granting_service_access,
    ListPolicyTags => tags::list::<ManagedPolicyRecord>,
    ListPolicyVersions => versions::list_policy_versions,
    ListRolePolicies => inline::list::<RoleRecord>,
    ListRoleTags => tags::list::<RoleRecord>,
    ListRoles => roles::list_roles,
    ListSSHPublicKeys => uploads::list_ssh_public_keys,
    ListServiceSpecificCredentials => uploads::list_service_specific_credentials,
    ListSigningCertificates => signing::list_signing_certificates,
    ListUserPolicies => inline::list::<UserRecord>,
    ListUserTags => tags::list::<UserRecord>,
    ListUsers => users::list_users,
    ListVirtualMFADevices => mfa::list_virtual_mfa_devices,
    PutGroupPolicy => inline::put::<GroupRecord>,
    PutRolePermissionsBoundary => boundaries::put::<RoleRecord>,
    PutRolePolicy => inline::put::<RoleRecord>,
    PutUserPermissionsBoundary => boundaries::put::<UserRecord>,
    PutUserPolicy => inline::put::<UserRecord>,
    RemoveClientIDFromOpenIDConnectProvider => oidc::remove_client_id,
    RemoveRoleFromInstanceProfile => instance_profiles::remove_role_from_instance_profile,
    RemoveUserFromGroup => groups::remove_user_from_group,
    ResyncMFADevice => mfa::resync_mfa_device,
    SetDefaultPolicyVersion => versions::set_default_policy_version,
    SetSecurityTokenServicePreferences => settings::set_security_token_service_preferences,
    SimulateCustomPolicy => simulate::simulate_custom_policy,
    SimulatePrincipalPolicy => simulate::simulate_principal_policy,
    TagInstanceProfile => tags::tag::<InstanceProfileRecord>,
    TagMFADevice => tags::tag::<MfaDeviceRecord>,
    TagOpenIDConnectProvider => tags::tag::<OidcProviderRecord>,
    TagPolicy => tags::tag::<ManagedPolicyRecord>,
    TagRole => tags::tag::<RoleRecord>,
    TagUser => tags::tag::<UserRecord>,
    UntagInstanceProfile => tags::untag::<InstanceProfileRecord>,
    UntagMFADevice => tags::untag::<MfaDeviceRecord>,
    UntagOpenIDConnectProvider => tags::untag::<OidcProviderRecord>,
    UntagPolicy => tags::untag::<ManagedPolicyRecord>,
    UntagRole => tags::untag::<RoleRecord>,
    UntagUser => tags::untag::<UserRecord>,
    UpdateAccessKey => keys::update_access_key,
    UpdateAccountPasswordPolicy => settings::update_account_password_policy,
    UpdateAssumeRolePolicy => roles::update_assume_role_policy,
    UpdateGroup => groups::update_group,
    UpdateLoginProfile => passwords::update_login_profile,
    UpdateOpenIDConnectProviderThumbprint => oidc::update_thumbprint,
    UpdateRole => roles::update_role,
    UpdateRoleDescription => roles::update_role_description,
    UpdateSigningCertificate => signing::update_signing_certificate,
    UpdateUser => users::update_user,
    UploadSigningCertificate => signing::upload_signing_certificate,
}

fn no_such_entity(message: impl Into<String>) -> Fault {
    Fault::sender("NoSuchEntity", 404, message)
}

fn already_exists(message: impl Into<String>) -> Fault {
    Fault::sender("EntityAlreadyExists", 409, message)
}

fn delete_conflict(message: &str) -> Fault {
    Fault::sender("DeleteConflict", 409, message)
}

fn limit_exceeded(message: impl Into<String>) -> Fault {
    Fault::sender("LimitExceeded", 409, message)
}

fn invalid_input(message: impl Into<String>) -> Fault {
    Fault::sender("InvalidInput", 400, message)
}

fn validation(message: impl Into<String>) -> Fault {
    Fault::sender("ValidationError", 400, message)
}

/// A quota of IAM that would be passed.
fn quota(name: &str, limit: usize) -> Fault {
    limit_exceeded(format!("Cannot exceed quota for {name}: {limit}"))
}

/// The caller's account.
fn account<'a, I>(cx: &'a Context<'_>, call: &Authorized<I>) -> Result<&'a Arc<Account>, Fault> {
    let found = cx.directory.account(call.account());
    found.ok_or_else(|| crate::fault::internal("the account of an authorized call is not in the directory"))
}

/// Whether a path is under a prefix; every path is under none.
fn under(path: &str, prefix: Option<&String>) -> bool {
    prefix.is_none_or(|prefix| path.starts_with(prefix.as_str()))
}

/// The path of a new entity, `/` when none is given.
fn path(given: Option<&String>) -> String {
    given.cloned().unwrap_or_else(|| "/".to_owned())
}
