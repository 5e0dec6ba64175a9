//! Records: the stored forms of everything the directory holds. A [`DirectoryChange`] puts and deletes them, the store
//! keeps them as entities of kind `directory.*`, and [`crate::Directory::apply`] builds the snapshot from them.
//!
//! Records are plain data with public fields. Identifiers hold AWS's own forms; documents are kept as the text that was
//! given and are read by the policy engine when the snapshot is built.

mod channel;
mod chatbot;
mod credential;
mod handshake;
mod iam;
mod instance_profile;
mod key;
mod mirror;
mod organization;
mod person;
mod provider;
mod regions;
mod resource;
mod revoked;
mod settings;

pub use channel::{
    AccountPreferencesRecord, ChannelConfigurationRecord, ChatIdentityRecord, ConfigurationKind, RoleMappingRecord,
};
pub use chatbot::{CustomActionAttachment, CustomActionCriterion, CustomActionRecord, WorkspaceRecord};
pub use credential::{LoginProfileRecord, MfaDeviceRecord};
pub use handshake::{
    AccountRequestRecord, EffectivePolicyRecord, HandshakeAction, HandshakeParty, HandshakeRecord, HandshakeState,
};
pub use iam::{
    AccessKeyRecord, AttachedPolicies, GroupRecord, ManagedPolicyRecord, PolicyVersionRecord, RoleRecord, UserRecord,
};
pub use instance_profile::InstanceProfileRecord;
pub use key::{DirectoryChange, Record, RecordKey, RecordKind};
pub use mirror::{
    MirrorRecord, MirroredDocument, MirroredLevel, MirroredOrganization, MirroredPolicyRecord, MirroredRoleRecord,
};
pub use organization::{
    AccountRecord, AttachmentRecord, DelegatedAdministratorRecord, FeatureSet, Membership, OrganizationPolicyRecord,
    OrganizationRecord, OrganizationalUnitRecord, PolicyType, ResourcePolicyRecord,
};
pub use person::{PersonRecord, RoomMembershipRecord, RoomRole};
pub use provider::OidcProviderRecord;
pub use regions::AccountRegionsRecord;
pub use resource::ResourceRecord;
pub use revoked::RevokedSessionRecord;
pub use settings::{GlobalEndpointTokenVersion, IamSettingsRecord, PasswordPolicy};
