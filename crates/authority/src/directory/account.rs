use std::{collections::BTreeMap, sync::Arc};

use bailiwick_ident::{AccountId, Partition, Timestamp};
use bailiwick_policy::{Context, Layers, Policy, PolicyType, Principal, Request, oracle};

use super::{ApplyError, mirror::Copied};
use crate::caller::Tags;
use crate::record::{
    AccessKeyRecord, AccountPreferencesRecord, AccountRecord, AccountRegionsRecord, AttachedPolicies,
    ChannelConfigurationRecord, ChatIdentityRecord, CustomActionRecord, GroupRecord, IamSettingsRecord,
    InstanceProfileRecord, LoginProfileRecord, ManagedPolicyRecord, MfaDeviceRecord, OidcProviderRecord, PersonRecord,
    Record, RecordKey, RecordKind, ResourceRecord, RevokedSessionRecord, RoleMappingRecord, RoleRecord,
    RoomMembershipRecord, UserRecord, WorkspaceRecord,
};

type Shared<T> = Arc<BTreeMap<String, T>>;

/// The ARN of a user of this path (from `/` to `/`) and name.
pub fn user_arn(partition: &Partition, account: AccountId, path: &str, name: &str) -> String {
    format!("arn:{partition}:iam::{account}:user{path}{name}")
}

/// The ARN of a role of this path (from `/` to `/`) and name.
pub fn role_arn(partition: &Partition, account: AccountId, path: &str, name: &str) -> String {
    format!("arn:{partition}:iam::{account}:role{path}{name}")
}

pub(super) fn inline(policies: &AttachedPolicies) -> Vec<Policy> {
    policies.inline.iter().map(|(name, text)| Policy::read(name, PolicyType::Identity, text)).collect()
}

/// An IAM user, with its inline policies read.
#[derive(Debug, Clone)]
pub struct User {
    /// The record.
    pub record: UserRecord,
    /// The ARN.
    pub arn: String,
    pub(crate) inline: Vec<Policy>,
}

/// An IAM group, with its inline policies read.
#[derive(Debug, Clone)]
pub struct Group {
    /// The record.
    pub record: GroupRecord,
    /// The ARN.
    pub arn: String,
    pub(crate) inline: Vec<Policy>,
}

/// An IAM role, with its trust and inline policies read.
#[derive(Debug, Clone)]
pub struct Role {
    /// The record.
    pub record: RoleRecord,
    /// The ARN.
    pub arn: String,
    pub(crate) inline: Vec<Policy>,
    pub(crate) trust: Policy,
}

impl Role {
    /// Whether its trust policy lets a service take it for something of the role's account. `source` is the ARN of that
    /// thing, which trust policies that guard against a confused deputy compare.
    pub fn trusts_service(&self, service: &str, source: &str) -> bool {
        let context = Context::new()
            .with("aws:SourceAccount", self.record.account.to_string())
            .with("aws:SourceArn", source)
            .with("aws:PrincipalIsAWSService", "true")
            .with("aws:PrincipalServiceName", service);
        let request = Request {
            principal: Principal::Service { name: service.to_owned() },
            action: "sts:AssumeRole".to_owned(),
            resource: bailiwick_policy::Resource::from_text(&self.arn),
            resource_account: Some(self.record.account),
            wildcard_only: false,
            context,
        };
        let layers = Layers { resource: Some(self.trust.clone()), ..Layers::default() };
        oracle::decide(&request, &layers).outcome.is_allowed()
    }

    /// Whether it is a service-linked role, which SCPs do not bind.
    pub fn is_service_linked(&self) -> bool {
        self.record.path.starts_with("/aws-service-role/")
    }
}

/// A customer managed policy, with its default version read.
#[derive(Debug, Clone)]
pub struct ManagedPolicy {
    /// The record.
    pub record: ManagedPolicyRecord,
    /// The ARN.
    pub arn: String,
    pub(crate) policy: Policy,
}

impl ManagedPolicy {
    /// The document of the default version, as it was given.
    pub fn document(&self) -> &str {
        let default = |version: &&crate::record::PolicyVersionRecord| version.id == self.record.default_version;
        self.record.versions.iter().find(default).map_or("", |version| &version.document)
    }
}

/// A registered resource, with its policy read.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The record.
    pub record: ResourceRecord,
    pub(crate) policy: Option<Policy>,
}

/// An account with everything in it.
#[derive(Debug, Clone)]
pub struct Account {
    partition: Partition,
    record: AccountRecord,
    users: Shared<Arc<User>>,
    user_names: Shared<String>,
    groups: Shared<Arc<Group>>,
    group_names: Shared<String>,
    roles: Shared<Arc<Role>>,
    role_names: Shared<String>,
    policies: Shared<Arc<ManagedPolicy>>,
    policy_arns: Shared<String>,
    access_keys: Shared<AccessKeyRecord>,
    channels: Shared<Arc<ChannelConfigurationRecord>>,
    custom_actions: Shared<CustomActionRecord>,
    workspaces: Shared<WorkspaceRecord>,
    role_mappings: Shared<RoleMappingRecord>,
    chat_identities: Shared<ChatIdentityRecord>,
    persons: Shared<PersonRecord>,
    memberships: Shared<RoomMembershipRecord>,
    resources: Shared<Arc<Resource>>,
    preferences: Option<AccountPreferencesRecord>,
    regions: Option<AccountRegionsRecord>,
    login_profiles: Shared<LoginProfileRecord>,
    mfa_devices: Shared<MfaDeviceRecord>,
    oidc_providers: Shared<OidcProviderRecord>,
    instance_profiles: Shared<Arc<InstanceProfile>>,
    instance_profile_names: Shared<String>,
    iam_settings: Option<IamSettingsRecord>,
    revoked_sessions: Shared<RevokedSessionRecord>,
    pub(super) copied: Copied,
}

/// An instance profile.
#[derive(Debug, Clone)]
pub struct InstanceProfile {
    /// The record.
    pub record: InstanceProfileRecord,
    /// The ARN.
    pub arn: String,
}

/// The ARN of an instance profile of this path (from `/` to `/`) and name.
pub fn instance_profile_arn(partition: &Partition, account: AccountId, path: &str, name: &str) -> String {
    format!("arn:{partition}:iam::{account}:instance-profile{path}{name}")
}

/// Puts `id` under `name` (without regard to case) and takes away the name it had before.
fn rename(
    names: &mut Shared<String>,
    old: Option<&str>,
    name: &str,
    id: &str,
    kind: &'static str,
    account: AccountId,
) -> Result<(), ApplyError> {
    let lower = name.to_ascii_lowercase();
    if names.get(&lower).is_some_and(|holder| holder != id) {
        return Err(ApplyError::NameTaken { kind, name: name.to_owned(), account });
    }
    let names = Arc::make_mut(names);
    if let Some(old) = old {
        names.remove(&old.to_ascii_lowercase());
    }
    names.insert(lower, id.to_owned());
    Ok(())
}

impl Account {
    pub(super) fn new(partition: &Partition, record: AccountRecord) -> Self {
        Account {
            partition: partition.clone(),
            record,
            users: Arc::default(),
            user_names: Arc::default(),
            groups: Arc::default(),
            group_names: Arc::default(),
            roles: Arc::default(),
            role_names: Arc::default(),
            policies: Arc::default(),
            policy_arns: Arc::default(),
            access_keys: Arc::default(),
            channels: Arc::default(),
            custom_actions: Arc::default(),
            workspaces: Arc::default(),
            role_mappings: Arc::default(),
            chat_identities: Arc::default(),
            persons: Arc::default(),
            memberships: Arc::default(),
            resources: Arc::default(),
            preferences: None,
            login_profiles: Arc::default(),
            mfa_devices: Arc::default(),
            oidc_providers: Arc::default(),
            instance_profiles: Arc::default(),
            instance_profile_names: Arc::default(),
            iam_settings: None,
            revoked_sessions: Arc::default(),
            regions: None,
            copied: Copied::default(),
        }
    }

    /// The account's own record.
    pub fn record(&self) -> &AccountRecord {
        &self.record
    }

    /// The twelve digits.
    pub fn id(&self) -> AccountId {
        self.record.id
    }

    /// The users, by unique id.
    pub fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.users.values()
    }

    /// A user by name, without regard to case.
    pub fn user(&self, name: &str) -> Option<&Arc<User>> {
        self.users.get(self.user_names.get(&name.to_ascii_lowercase())?)
    }

    /// A user by its ARN. The path must be right; case counts.
    pub fn user_by_arn(&self, arn: &str) -> Option<&Arc<User>> {
        self.user(arn.rsplit('/').next()?).filter(|user| user.arn == arn)
    }

    /// A user by unique id.
    pub fn user_by_id(&self, id: &str) -> Option<&Arc<User>> {
        self.users.get(id)
    }

    /// The groups, by unique id.
    pub fn groups(&self) -> impl Iterator<Item = &Arc<Group>> {
        self.groups.values()
    }

    /// A group by name, without regard to case.
    pub fn group(&self, name: &str) -> Option<&Arc<Group>> {
        self.groups.get(self.group_names.get(&name.to_ascii_lowercase())?)
    }

    /// A group by unique id.
    pub fn group_by_id(&self, id: &str) -> Option<&Arc<Group>> {
        self.groups.get(id)
    }

    /// The roles, by unique id.
    pub fn roles(&self) -> impl Iterator<Item = &Arc<Role>> {
        self.roles.values()
    }

    /// A role by name, without regard to case.
    pub fn role(&self, name: &str) -> Option<&Arc<Role>> {
        self.roles.get(self.role_names.get(&name.to_ascii_lowercase())?)
    }

    /// A role by unique id.
    pub fn role_by_id(&self, id: &str) -> Option<&Arc<Role>> {
        self.roles.get(id)
    }

    /// A role by its ARN. The path must be right; case counts.
    pub fn role_by_arn(&self, arn: &str) -> Option<&Arc<Role>> {
        self.role(arn.rsplit('/').next()?).filter(|role| role.arn == arn)
    }

    /// The customer managed policies, by unique id.
    pub fn managed_policies(&self) -> impl Iterator<Item = &Arc<ManagedPolicy>> {
        self.policies.values()
    }

    /// A customer managed policy by its ARN.
    pub fn managed_policy(&self, arn: &str) -> Option<&Arc<ManagedPolicy>> {
        self.policies.get(self.policy_arns.get(&arn.to_ascii_lowercase())?)
    }

    /// The access keys, by id.
    pub fn access_keys(&self) -> impl Iterator<Item = &AccessKeyRecord> {
        self.access_keys.values()
    }

    /// An access key by id.
    pub fn access_key(&self, id: &str) -> Option<&AccessKeyRecord> {
        self.access_keys.get(id)
    }

    /// The channel configurations, by ARN.
    pub fn channel_configurations(&self) -> impl Iterator<Item = &Arc<ChannelConfigurationRecord>> {
        self.channels.values()
    }

    /// A channel configuration by its ARN.
    pub fn channel_configuration(&self, arn: &str) -> Option<&Arc<ChannelConfigurationRecord>> {
        self.channels.get(arn)
    }

    /// The custom actions of AWS Chatbot, by ARN.
    pub fn custom_actions(&self) -> impl Iterator<Item = &CustomActionRecord> {
        self.custom_actions.values()
    }

    /// A custom action by its ARN.
    pub fn custom_action(&self, arn: &str) -> Option<&CustomActionRecord> {
        self.custom_actions.get(arn)
    }

    /// The workspaces and teams the account may name in its channel configurations, by platform and id.
    pub fn workspaces(&self) -> impl Iterator<Item = &WorkspaceRecord> {
        self.workspaces.values()
    }

    /// An authorized workspace or team.
    pub fn workspace(&self, platform: crate::Platform, id: &str) -> Option<&WorkspaceRecord> {
        self.workspaces.get(&WorkspaceRecord::record_id(platform, id))
    }

    /// The choices of roles that members made.
    pub fn role_mappings(&self) -> impl Iterator<Item = &RoleMappingRecord> {
        self.role_mappings.values()
    }

    /// A member's choice in a channel.
    pub fn role_mapping(&self, configuration_arn: &str, member: &str) -> Option<&RoleMappingRecord> {
        self.role_mappings.get(&format!("{configuration_arn}/{member}"))
    }

    /// What users of the account are called on platforms, in the order of platform, workspace and member.
    pub fn chat_identities(&self) -> impl Iterator<Item = &ChatIdentityRecord> {
        self.chat_identities.values()
    }

    /// The user of the account that a member of a platform has proved to be.
    pub fn user_of_member(&self, platform: crate::Platform, workspace: &str, member: &str) -> Option<&Arc<User>> {
        let identity = self.chat_identities.get(&ChatIdentityRecord::record_id(platform, workspace, member))?;
        self.users.get(&identity.user_id)
    }

    /// The people of the built-in chat, by id.
    pub fn persons(&self) -> impl Iterator<Item = &PersonRecord> {
        self.persons.values()
    }

    /// A person.
    pub fn person(&self, id: &str) -> Option<&PersonRecord> {
        self.persons.get(id)
    }

    /// The memberships of all rooms, by room and person.
    pub fn room_memberships(&self) -> impl Iterator<Item = &RoomMembershipRecord> {
        self.memberships.values()
    }

    /// A person's membership in a room.
    pub fn room_membership(&self, room: &str, person: &str) -> Option<&RoomMembershipRecord> {
        self.memberships.get(&format!("{room}/{person}"))
    }

    /// The registered resources, by ARN.
    pub fn resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.values()
    }

    /// A registered resource.
    pub fn resource(&self, arn: &str) -> Option<&Arc<Resource>> {
        self.resources.get(arn)
    }

    /// The account's preferences for chat, if they were ever set.
    pub fn preferences(&self) -> Option<&AccountPreferencesRecord> {
        self.preferences.as_ref()
    }

    /// What the account has chosen of Regions, if it ever did.
    pub fn regions(&self) -> Option<&AccountRegionsRecord> {
        self.regions.as_ref()
    }

    /// The sessions that were ended before their time, by subject.
    pub fn revoked_sessions(&self) -> impl Iterator<Item = &RevokedSessionRecord> {
        self.revoked_sessions.values()
    }

    /// Whether what was issued to a subject at a moment was revoked since.
    pub fn is_revoked(&self, subject: &str, issued_at: Timestamp) -> bool {
        self.revoked_sessions.get(subject).is_some_and(|revoked| issued_at <= revoked.revoked_at)
    }

    /// The login profile of a user, by the user's unique id.
    pub fn login_profile(&self, user_id: &str) -> Option<&LoginProfileRecord> {
        self.login_profiles.get(user_id)
    }

    /// The virtual MFA devices, by serial number.
    pub fn mfa_devices(&self) -> impl Iterator<Item = &MfaDeviceRecord> {
        self.mfa_devices.values()
    }

    /// A virtual MFA device by its serial number.
    pub fn mfa_device(&self, serial_number: &str) -> Option<&MfaDeviceRecord> {
        self.mfa_devices.get(serial_number)
    }

    /// The OpenID Connect providers, by ARN.
    pub fn oidc_providers(&self) -> impl Iterator<Item = &OidcProviderRecord> {
        self.oidc_providers.values()
    }

    /// An OpenID Connect provider by its ARN.
    pub fn oidc_provider(&self, arn: &str) -> Option<&OidcProviderRecord> {
        self.oidc_providers.get(arn)
    }

    /// The instance profiles, by unique id.
    pub fn instance_profiles(&self) -> impl Iterator<Item = &Arc<InstanceProfile>> {
        self.instance_profiles.values()
    }

    /// An instance profile by name, without regard to case.
    pub fn instance_profile(&self, name: &str) -> Option<&Arc<InstanceProfile>> {
        self.instance_profiles.get(self.instance_profile_names.get(&name.to_ascii_lowercase())?)
    }

    /// What the account sets for all its users, if it ever set anything.
    pub fn iam_settings(&self) -> Option<&IamSettingsRecord> {
        self.iam_settings.as_ref()
    }

    /// The tags of a user, role, policy, instance profile, provider or MFA device of IAM, by its ARN.
    pub fn iam_tags(&self, arn: &str) -> Option<&Tags> {
        let name = arn.rsplit('/').next()?;
        let kind = arn.splitn(6, ':').nth(5)?.split('/').next()?;
        match kind {
            "instance-profile" => {
                self.instance_profile(name).filter(|of| of.arn == arn).map(|profile| &profile.record.tags)
            }
            "mfa" => self.mfa_device(arn).map(|device| &device.tags),
            "oidc-provider" => self.oidc_provider(arn).map(|provider| &provider.tags),
            "policy" => self.managed_policy(arn).map(|policy| &policy.record.tags),
            "role" => self.role_by_arn(arn).map(|role| &role.record.tags),
            "user" => self.user_by_arn(arn).map(|user| &user.record.tags),
            _ => None,
        }
    }

    pub(super) fn set_record(&mut self, record: AccountRecord) {
        self.record = record;
    }

    pub(super) fn put_access_key(&mut self, record: AccessKeyRecord) {
        Arc::make_mut(&mut self.access_keys).insert(record.id.clone(), record);
    }

    pub(super) fn put(&mut self, record: &Record) -> Result<(), ApplyError> {
        let account = self.id();
        let key = record.key();
        match record {
            Record::AccountPreferences(record) => self.preferences = Some(record.clone()),
            Record::AccountRegions(record) => self.regions = Some(record.clone()),
            Record::ChannelConfiguration(record) => {
                Arc::make_mut(&mut self.channels).insert(key.id, Arc::new(record.clone()));
            }
            Record::Group(record) => {
                let old = self.groups.get(&key.id).map(|group| group.record.name.clone());
                rename(&mut self.group_names, old.as_deref(), &record.name, &record.id, "group", account)?;
                let arn = format!("arn:{}:iam::{account}:group{}{}", self.partition, record.path, record.name);
                let group = Group { inline: inline(&record.policies), arn, record: record.clone() };
                Arc::make_mut(&mut self.groups).insert(key.id, Arc::new(group));
            }
            Record::IamSettings(record) => self.iam_settings = Some(record.clone()),
            Record::InstanceProfile(record) => {
                let old = self.instance_profiles.get(&key.id).map(|profile| profile.record.name.clone());
                let names = &mut self.instance_profile_names;
                rename(names, old.as_deref(), &record.name, &record.id, "instance profile", account)?;
                let arn = instance_profile_arn(&self.partition, account, &record.path, &record.name);
                let profile = InstanceProfile { arn, record: record.clone() };
                Arc::make_mut(&mut self.instance_profiles).insert(key.id, Arc::new(profile));
            }
            Record::LoginProfile(record) => {
                Arc::make_mut(&mut self.login_profiles).insert(key.id, record.clone());
            }
            Record::ManagedPolicy(record) => {
                let arn = format!("arn:{}:iam::{account}:policy{}{}", self.partition, record.path, record.name);
                let old = self.policies.get(&key.id).map(|policy| policy.arn.clone());
                rename(&mut self.policy_arns, old.as_deref(), &arn, &record.id, "policy", account)?;
                let default = record.versions.iter().find(|version| version.id == record.default_version);
                // A policy without its default version reads as an empty document, which denies.
                let text = default.map_or("", |version| &version.document);
                let policy = Policy::read(&record.name, PolicyType::Identity, text);
                let policy = ManagedPolicy { policy, arn, record: record.clone() };
                Arc::make_mut(&mut self.policies).insert(key.id, Arc::new(policy));
            }
            Record::MfaDevice(record) => {
                Arc::make_mut(&mut self.mfa_devices).insert(key.id, record.clone());
            }
            Record::OidcProvider(record) => {
                Arc::make_mut(&mut self.oidc_providers).insert(key.id, record.clone());
            }
            Record::Person(record) => {
                Arc::make_mut(&mut self.persons).insert(key.id, record.clone());
            }
            Record::Resource(record) => {
                let policy = record.policy.as_deref();
                let policy = policy.map(|text| Policy::read(&record.arn, PolicyType::Resource, text));
                Arc::make_mut(&mut self.resources)
                    .insert(key.id, Arc::new(Resource { policy, record: record.clone() }));
            }
            Record::RevokedSession(record) => {
                Arc::make_mut(&mut self.revoked_sessions).insert(key.id, record.clone());
            }
            Record::Role(record) => {
                let old = self.roles.get(&key.id).map(|role| role.record.name.clone());
                rename(&mut self.role_names, old.as_deref(), &record.name, &record.id, "role", account)?;
                let trust = Policy::read("trust policy", PolicyType::Trust, &record.assume_role_policy_document);
                let arn = role_arn(&self.partition, account, &record.path, &record.name);
                let role = Role { inline: inline(&record.policies), trust, arn, record: record.clone() };
                Arc::make_mut(&mut self.roles).insert(key.id, Arc::new(role));
            }
            Record::CustomAction(record) => {
                Arc::make_mut(&mut self.custom_actions).insert(key.id, record.clone());
            }
            Record::Workspace(record) => {
                Arc::make_mut(&mut self.workspaces).insert(key.id, record.clone());
            }
            Record::ChatIdentity(record) => {
                Arc::make_mut(&mut self.chat_identities).insert(key.id, record.clone());
            }
            Record::RoleMapping(record) => {
                Arc::make_mut(&mut self.role_mappings).insert(key.id, record.clone());
            }
            Record::RoomMembership(record) => {
                Arc::make_mut(&mut self.memberships).insert(key.id, record.clone());
            }
            Record::User(record) => {
                let old = self.users.get(&key.id).map(|user| user.record.name.clone());
                rename(&mut self.user_names, old.as_deref(), &record.name, &record.id, "user", account)?;
                let arn = user_arn(&self.partition, account, &record.path, &record.name);
                let user = User { inline: inline(&record.policies), arn, record: record.clone() };
                Arc::make_mut(&mut self.users).insert(key.id, Arc::new(user));
            }
            Record::Mirror(_) | Record::MirroredPolicy(_) | Record::MirroredRole(_) => {
                self.copied.put(&self.partition, record);
            }
            // These belong to the directory and the organization, which put them themselves.
            Record::AccessKey(_)
            | Record::Account(_)
            | Record::AccountRequest(_)
            | Record::Attachment(_)
            | Record::DelegatedAdministrator(_)
            | Record::EffectivePolicy(_)
            | Record::Handshake(_)
            | Record::Organization(_)
            | Record::OrganizationalUnit(_)
            | Record::OrganizationPolicy(_) => {}
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &RecordKey) -> bool {
        match key.kind {
            RecordKind::AccessKey => Arc::make_mut(&mut self.access_keys).remove(&key.id).is_some(),
            RecordKind::AccountPreferences => self.preferences.take().is_some(),
            RecordKind::AccountRegions => self.regions.take().is_some(),
            RecordKind::ChannelConfiguration => Arc::make_mut(&mut self.channels).remove(&key.id).is_some(),
            RecordKind::Group => Arc::make_mut(&mut self.groups).remove(&key.id).is_some_and(|group| {
                Arc::make_mut(&mut self.group_names).remove(&group.record.name.to_ascii_lowercase()).is_some()
            }),
            RecordKind::IamSettings => self.iam_settings.take().is_some(),
            RecordKind::InstanceProfile => {
                Arc::make_mut(&mut self.instance_profiles).remove(&key.id).is_some_and(|profile| {
                    let name = profile.record.name.to_ascii_lowercase();
                    Arc::make_mut(&mut self.instance_profile_names).remove(&name).is_some()
                })
            }
            RecordKind::LoginProfile => Arc::make_mut(&mut self.login_profiles).remove(&key.id).is_some(),
            RecordKind::ManagedPolicy => Arc::make_mut(&mut self.policies).remove(&key.id).is_some_and(|policy| {
                Arc::make_mut(&mut self.policy_arns).remove(&policy.arn.to_ascii_lowercase()).is_some()
            }),
            RecordKind::Mirror | RecordKind::MirroredPolicy | RecordKind::MirroredRole => self.copied.remove(key),
            RecordKind::MfaDevice => Arc::make_mut(&mut self.mfa_devices).remove(&key.id).is_some(),
            RecordKind::OidcProvider => Arc::make_mut(&mut self.oidc_providers).remove(&key.id).is_some(),
            RecordKind::Person => Arc::make_mut(&mut self.persons).remove(&key.id).is_some(),
            RecordKind::Resource => Arc::make_mut(&mut self.resources).remove(&key.id).is_some(),
            RecordKind::RevokedSession => Arc::make_mut(&mut self.revoked_sessions).remove(&key.id).is_some(),
            RecordKind::Role => Arc::make_mut(&mut self.roles).remove(&key.id).is_some_and(|role| {
                Arc::make_mut(&mut self.role_names).remove(&role.record.name.to_ascii_lowercase()).is_some()
            }),
            RecordKind::CustomAction => Arc::make_mut(&mut self.custom_actions).remove(&key.id).is_some(),
            RecordKind::Workspace => Arc::make_mut(&mut self.workspaces).remove(&key.id).is_some(),
            RecordKind::ChatIdentity => Arc::make_mut(&mut self.chat_identities).remove(&key.id).is_some(),
            RecordKind::RoleMapping => Arc::make_mut(&mut self.role_mappings).remove(&key.id).is_some(),
            RecordKind::RoomMembership => Arc::make_mut(&mut self.memberships).remove(&key.id).is_some(),
            RecordKind::User => Arc::make_mut(&mut self.users).remove(&key.id).is_some_and(|user| {
                Arc::make_mut(&mut self.user_names).remove(&user.record.name.to_ascii_lowercase()).is_some()
            }),
            RecordKind::Account
            | RecordKind::AccountRequest
            | RecordKind::Attachment
            | RecordKind::DelegatedAdministrator
            | RecordKind::EffectivePolicy
            | RecordKind::Handshake
            | RecordKind::Organization
            | RecordKind::OrganizationalUnit
            | RecordKind::OrganizationPolicy => false,
        }
    }
}
