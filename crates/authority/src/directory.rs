//! The directory: an immutable snapshot of every account, of the organization, and of what binds channels, people and
//! resources to them. A change makes a new snapshot; what did not change is shared with the old one.

mod account;
mod mirror;
mod organization;
mod principals;
mod stored;

use std::{collections::BTreeMap, sync::Arc};

use bailiwick_ident::{AccountId, Arn, Partition};

use crate::{
    engines::Engines,
    origin::Platform,
    record::{ChannelConfigurationRecord, DirectoryChange, PersonRecord, Record, RecordKey, RecordKind},
};
pub use account::{
    Account, Group, InstanceProfile, ManagedPolicy, Resource, Role, User, instance_profile_arn, role_arn, user_arn,
};
pub(crate) use mirror::Acting;
pub use mirror::{Mirror, MirroredPolicy};
pub use organization::{FULL_AWS_ACCESS, Organization, OrganizationPolicy, RCP_FULL_AWS_ACCESS, Target};
pub use principals::InvalidPrincipal;
pub use stored::{LoadError, STORED_FORMAT};

/// A channel as a platform names it: platform, workspace, channel.
type ChannelKey = (Platform, String, String);

/// An immutable snapshot of the directory.
#[derive(Debug, Clone)]
pub struct Directory {
    partition: Partition,
    revision: u64,
    accounts: BTreeMap<AccountId, Arc<Account>>,
    organization: Option<Arc<Organization>>,
    key_accounts: Arc<BTreeMap<String, AccountId>>,
    channels: Arc<BTreeMap<ChannelKey, Vec<Arc<ChannelConfigurationRecord>>>>,
    engines: Engines,
}

/// A change that does not fit the directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// A record names an account that is not in the directory.
    #[error("account `{0}` is not in the directory; add it first")]
    UnknownAccount(String),
    /// A record of the organization came before the organization.
    #[error("there is no organization in the directory; create it first")]
    NoOrganization,
    /// A record to delete is not there.
    #[error("`{id}` ({kind}) is not in the directory")]
    Missing {
        /// The kind of the record.
        kind: &'static str,
        /// Its identity.
        id: String,
    },
    /// Two principals or policies of an account would bear one name.
    #[error("`{name}` ({kind}) is already in account {account}")]
    NameTaken {
        /// The kind of the record.
        kind: &'static str,
        /// The name both would bear.
        name: String,
        /// The account.
        account: AccountId,
    },
}

impl Directory {
    /// An empty directory.
    pub fn new(partition: Partition) -> Self {
        Directory {
            partition,
            revision: 0,
            accounts: BTreeMap::new(),
            organization: None,
            key_accounts: Arc::default(),
            channels: Arc::default(),
            engines: Engines::default(),
        }
    }

    /// The partition all accounts are in.
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// The store's revision of this snapshot.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What was compiled of this snapshot. A changed copy of it starts with nothing compiled.
    pub(crate) fn engines(&self) -> &Engines {
        &self.engines
    }

    pub(crate) fn at_revision(mut self, revision: u64) -> Self {
        self.revision = revision;
        self
    }

    /// The accounts, in order of their numbers.
    pub fn accounts(&self) -> impl Iterator<Item = &Arc<Account>> {
        self.accounts.values()
    }

    /// An account.
    pub fn account(&self, id: AccountId) -> Option<&Arc<Account>> {
        self.accounts.get(&id)
    }

    /// The organization, if there is one.
    pub fn organization(&self) -> Option<&Arc<Organization>> {
        self.organization.as_ref()
    }

    /// The account that an access key belongs to.
    pub fn access_key_account(&self, access_key_id: &str) -> Option<&Arc<Account>> {
        self.accounts.get(self.key_accounts.get(access_key_id)?)
    }

    /// The configurations of a channel, one for each account that the channel is bound to.
    pub fn channel(&self, platform: Platform, workspace: &str, channel: &str) -> &[Arc<ChannelConfigurationRecord>] {
        let key = (platform, workspace.to_owned(), channel.to_owned());
        self.channels.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The channel configurations of all accounts.
    pub fn channels(&self) -> impl Iterator<Item = &Arc<ChannelConfigurationRecord>> {
        self.channels.values().flatten()
    }

    /// The configuration with this ARN.
    pub fn channel_configuration(&self, arn: &str) -> Option<&Arc<ChannelConfigurationRecord>> {
        self.account(Arn::parse(arn).ok()?.account_id()?)?.channel_configuration(arn)
    }

    /// A resource from the register.
    pub fn resource(&self, arn: &str) -> Option<&Arc<Resource>> {
        let named = Arn::parse(arn).ok()?.account_id();
        match named {
            Some(account) => self.account(account)?.resource(arn),
            // ARNs without an account, such as a bucket's, belong to whoever registered them.
            None => self.accounts.values().find_map(|account| account.resource(arn)),
        }
    }

    /// A person, in whichever account.
    pub fn person(&self, id: &str) -> Option<&PersonRecord> {
        self.accounts.values().find_map(|account| account.person(id))
    }

    /// A role by its ARN.
    pub fn role(&self, arn: &str) -> Option<&Arc<Role>> {
        self.account(Arn::parse(arn).ok()?.account_id()?)?.role_by_arn(arn)
    }

    /// The tags of a channel configuration or a custom action by its ARN.
    pub fn chatbot_tags(&self, arn: &str) -> Option<&crate::Tags> {
        let parsed = Arn::parse(arn).ok().filter(|parsed| parsed.service() == "chatbot")?;
        let account = self.account(parsed.account_id()?)?;
        let action = || account.custom_action(arn).map(|action| &action.tags);
        account.channel_configuration(arn).map(|configuration| &configuration.tags).or_else(action)
    }

    /// The tags of an entity of IAM by its ARN.
    pub fn iam_tags(&self, arn: &str) -> Option<&crate::Tags> {
        let parsed = Arn::parse(arn).ok().filter(|parsed| parsed.service() == "iam")?;
        self.account(parsed.account_id()?)?.iam_tags(arn)
    }

    /// The next number for an attachment of an organization's policy.
    pub fn next_attachment_sequence(&self) -> u64 {
        self.organization.as_ref().map_or(1, |organization| organization.next_sequence())
    }

    /// A new snapshot with the change in it; deletes first, then puts, each in the order given. The revision is the
    /// old one's: the commit gives the new one.
    pub fn apply(&self, change: &DirectoryChange) -> Result<Directory, ApplyError> {
        let mut next = self.clone();
        for key in &change.delete {
            next.delete(key)?;
        }
        for record in &change.put {
            next.put(record)?;
        }
        let channels_changed = change.delete.iter().any(|key| key.kind == RecordKind::ChannelConfiguration)
            || change.put.iter().any(|record| matches!(record, Record::ChannelConfiguration(_)));
        if channels_changed {
            next.channels = Arc::new(next.index_channels());
        }
        Ok(next)
    }

    fn index_channels(&self) -> BTreeMap<ChannelKey, Vec<Arc<ChannelConfigurationRecord>>> {
        let mut index: BTreeMap<ChannelKey, Vec<Arc<ChannelConfigurationRecord>>> = BTreeMap::new();
        for configuration in self.accounts.values().flat_map(|account| account.channel_configurations()) {
            let key = (configuration.kind.platform(), configuration.workspace.clone(), configuration.channel.clone());
            index.entry(key).or_default().push(Arc::clone(configuration));
        }
        index
    }

    fn account_mut(&mut self, id: AccountId) -> Result<&mut Account, ApplyError> {
        self.accounts.get_mut(&id).map(Arc::make_mut).ok_or_else(|| ApplyError::UnknownAccount(id.to_string()))
    }

    fn organization_mut(&mut self) -> Result<&mut Organization, ApplyError> {
        self.organization.as_mut().map(Arc::make_mut).ok_or(ApplyError::NoOrganization)
    }

    fn put(&mut self, record: &Record) -> Result<(), ApplyError> {
        match record {
            Record::Account(record) => match self.accounts.get_mut(&record.id) {
                Some(account) => Arc::make_mut(account).set_record(record.clone()),
                None => {
                    self.accounts.insert(record.id, Arc::new(Account::new(&self.partition, record.clone())));
                }
            },
            Record::Organization(record) => match &mut self.organization {
                Some(organization) => Arc::make_mut(organization).set_record(record.clone()),
                None => self.organization = Some(Arc::new(Organization::new(record.clone()))),
            },
            Record::AccountRequest(record) => self.organization_mut()?.put_account_request(record.clone()),
            Record::Attachment(record) => self.organization_mut()?.put_attachment(record.clone()),
            Record::DelegatedAdministrator(record) => self.organization_mut()?.put_administrator(record.clone()),
            Record::EffectivePolicy(record) => self.organization_mut()?.put_effective_policy(record.clone()),
            Record::Handshake(record) => self.organization_mut()?.put_handshake(record.clone()),
            Record::OrganizationPolicy(record) => self.organization_mut()?.put_policy(record.clone()),
            Record::OrganizationalUnit(record) => self.organization_mut()?.put_unit(record.clone()),
            Record::AccessKey(record) => {
                Arc::make_mut(&mut self.key_accounts).insert(record.id.clone(), record.account);
                self.account_mut(record.account)?.put_access_key(record.clone());
            }
            other => {
                let account = other.key().account.ok_or_else(|| ApplyError::UnknownAccount(String::new()))?;
                self.account_mut(account)?.put(other)?;
            }
        }
        Ok(())
    }

    fn delete(&mut self, key: &RecordKey) -> Result<(), ApplyError> {
        let missing = || ApplyError::Missing { kind: key.kind.as_str(), id: key.id.clone() };
        let removed = match key.kind {
            RecordKind::Account => key.account.is_some_and(|id| self.accounts.remove(&id).is_some()),
            RecordKind::Organization => self.organization.take().is_some(),
            RecordKind::AccountRequest
            | RecordKind::Attachment
            | RecordKind::DelegatedAdministrator
            | RecordKind::EffectivePolicy
            | RecordKind::Handshake
            | RecordKind::OrganizationPolicy
            | RecordKind::OrganizationalUnit => self.organization_mut()?.remove(key),
            _ => {
                if key.kind == RecordKind::AccessKey {
                    Arc::make_mut(&mut self.key_accounts).remove(&key.id);
                }
                self.account_mut(key.account.ok_or_else(missing)?)?.remove(key)
            }
        };
        if removed { Ok(()) } else { Err(missing()) }
    }
}
