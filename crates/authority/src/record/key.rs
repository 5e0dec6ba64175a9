use bailiwick_ident::AccountId;
use serde::{Deserialize, Serialize};

use super::*;

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident($form:ty) = $kind:literal, $account:expr, $id:expr;)*) => {
        /// Anything the directory holds.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Record {
            $($(#[$doc])* $name($form),)*
        }

        /// What a record is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RecordKind {
            $($(#[$doc])* $name,)*
        }

        impl RecordKind {
            /// Every kind.
            pub const ALL: &'static [RecordKind] = &[$(RecordKind::$name),*];

            /// The kind of the stored entity, such as `directory.user`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(RecordKind::$name => concat!("directory.", $kind),)*
                }
            }
        }

        impl Record {
            /// The key the record is stored under.
            pub fn key(&self) -> RecordKey {
                match self {
                    $(Record::$name(record) => {
                        let account: fn(&$form) -> Option<AccountId> = $account;
                        let id: fn(&$form) -> String = $id;
                        RecordKey { kind: RecordKind::$name, account: account(record), id: id(record) }
                    })*
                }
            }
        }

        $(impl From<$form> for Record {
            fn from(record: $form) -> Self {
                Record::$name(record)
            }
        })*
    };
}

records! {
    /// A long-term access key.
    AccessKey(AccessKeyRecord) = "access-key", |r| Some(r.account), |r| r.id.clone();
    /// An account.
    Account(AccountRecord) = "account", |r| Some(r.id), |r| r.id.to_string();
    /// An account's preferences for chat.
    AccountPreferences(AccountPreferencesRecord) = "account-preferences", |r| Some(r.account), |r| r.account.to_string();
    /// What an account has chosen of Regions.
    AccountRegions(AccountRegionsRecord) = "account-regions", |r| Some(r.account), |r| r.account.to_string();
    /// A request for a new account.
    AccountRequest(AccountRequestRecord) = "account-request", |_| None, |r| r.id.clone();
    /// An attachment of an organization's policy.
    Attachment(AttachmentRecord) = "attachment", |_| None, |r| format!("{}/{}", r.target_id, r.policy_id);
    /// A channel configuration.
    ChannelConfiguration(ChannelConfigurationRecord) = "channel-configuration", |r| Some(r.account), |r| r.arn.clone();
    /// What a user is called on a platform.
    ChatIdentity(ChatIdentityRecord) = "chat-identity", |r| Some(r.account),
        |r| ChatIdentityRecord::record_id(r.platform, &r.workspace, &r.member);
    /// A custom action of AWS Chatbot.
    CustomAction(CustomActionRecord) = "custom-action", |r| Some(r.account), |r| r.arn.clone();
    /// A delegated administrator.
    DelegatedAdministrator(DelegatedAdministratorRecord) = "delegated-administrator",
        |r| Some(r.account), |r| r.service_principal.clone();
    /// The last valid effective policy of an account.
    EffectivePolicy(EffectivePolicyRecord) = "effective-policy", |r| Some(r.account), |r| r.kind.as_str().to_owned();
    /// An IAM group.
    Group(GroupRecord) = "group", |r| Some(r.account), |r| r.id.clone();
    /// What an account sets for all its users.
    IamSettings(IamSettingsRecord) = "iam-settings", |r| Some(r.account), |r| r.account.to_string();
    /// An instance profile.
    InstanceProfile(InstanceProfileRecord) = "instance-profile", |r| Some(r.account), |r| r.id.clone();
    /// A user's password for the console.
    LoginProfile(LoginProfileRecord) = "login-profile", |r| Some(r.account), |r| r.user_id.clone();
    /// An agreement between the organization and an account.
    Handshake(HandshakeRecord) = "handshake", |_| None, |r| r.id.clone();
    /// A customer managed policy.
    ManagedPolicy(ManagedPolicyRecord) = "managed-policy", |r| Some(r.account), |r| r.id.clone();
    /// A virtual MFA device.
    MfaDevice(MfaDeviceRecord) = "mfa-device", |r| Some(r.account), |r| r.serial_number.clone();
    /// The head of a remote account's copy.
    Mirror(MirrorRecord) = "mirror", |r| Some(r.account), |r| r.account.to_string();
    /// A managed policy of a remote account's copy.
    MirroredPolicy(MirroredPolicyRecord) = "mirrored-policy", |r| Some(r.account), |r| r.arn.clone();
    /// A role of a remote account's copy.
    MirroredRole(MirroredRoleRecord) = "mirrored-role", |r| Some(r.role.account), |r| r.arn.clone();
    /// An OpenID Connect identity provider.
    OidcProvider(OidcProviderRecord) = "oidc-provider", |r| Some(r.account), |r| r.arn.clone();
    /// The organization.
    Organization(OrganizationRecord) = "organization", |_| None, |r| r.id.clone();
    /// An organizational unit.
    OrganizationalUnit(OrganizationalUnitRecord) = "organizational-unit", |_| None, |r| r.id.clone();
    /// A policy of the organization.
    OrganizationPolicy(OrganizationPolicyRecord) = "organization-policy", |_| None, |r| r.id.clone();
    /// A person.
    Person(PersonRecord) = "person", |r| Some(r.account), |r| r.id.clone();
    /// What authorization knows of a resource.
    Resource(ResourceRecord) = "resource", |r| Some(r.account), |r| r.arn.clone();
    /// Sessions that were ended before their time.
    RevokedSession(RevokedSessionRecord) = "revoked-session", |r| Some(r.account), |r| r.subject.clone();
    /// An IAM role.
    Role(RoleRecord) = "role", |r| Some(r.account), |r| r.id.clone();
    /// A member's choice of a role.
    RoleMapping(RoleMappingRecord) = "role-mapping", |r| Some(r.account),
        |r| format!("{}/{}", r.configuration_arn, r.member);
    /// A person's place in a room.
    RoomMembership(RoomMembershipRecord) = "room-membership", |r| Some(r.account), |r| format!("{}/{}", r.room, r.person);
    /// An IAM user.
    User(UserRecord) = "user", |r| Some(r.account), |r| r.id.clone();
    /// A workspace or team of a platform.
    Workspace(WorkspaceRecord) = "workspace", |r| Some(r.account), |r| WorkspaceRecord::record_id(r.platform, &r.id);
}

/// The key of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// What it is.
    pub kind: RecordKind,
    /// The account, for kinds that belong to one.
    pub account: Option<AccountId>,
    /// The identity within kind and account.
    pub id: String,
}

/// A change of the directory: all of it or nothing. Deletes are done before puts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectoryChange {
    /// Records to add or replace.
    pub put: Vec<Record>,
    /// Records to remove. Removing what is not there is refused, so that a stale decision is noticed.
    pub delete: Vec<RecordKey>,
}

impl DirectoryChange {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a record.
    #[must_use]
    pub fn put(mut self, record: impl Into<Record>) -> Self {
        self.put.push(record.into());
        self
    }

    /// Removes a record.
    #[must_use]
    pub fn delete(mut self, key: RecordKey) -> Self {
        self.delete.push(key);
        self
    }

    /// This change and then another.
    #[must_use]
    pub fn and(mut self, other: DirectoryChange) -> Self {
        self.put.extend(other.put);
        self.delete.extend(other.delete);
        self
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.delete.is_empty()
    }
}
