use std::{collections::BTreeMap, sync::Arc};

use bailiwick_ident::{AccountId, Partition};
use bailiwick_policy::Policy;

use super::{Account, Directory};
use crate::record::{
    AccountRequestRecord, AttachmentRecord, DelegatedAdministratorRecord, DirectoryChange, EffectivePolicyRecord,
    HandshakeParty, HandshakeRecord, OrganizationPolicyRecord, OrganizationRecord, OrganizationalUnitRecord,
    PolicyType, Record, RecordKey, RecordKind,
};

/// A policy of the organization. SCPs and RCPs are read; other types are merged from their text.
#[derive(Debug, Clone)]
pub struct OrganizationPolicy {
    /// The record.
    pub record: OrganizationPolicyRecord,
    /// Whether AWS keeps it: it cannot be changed or deleted.
    pub aws_managed: bool,
    pub(crate) policy: Option<Policy>,
}

/// A place in the organization's tree, from the root to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// `r-...`, `ou-...` or twelve digits.
    pub id: &'a str,
    /// The name, `Root` for the root.
    pub name: &'a str,
}

/// The organization: its tree, its policies and what is attached where.
#[derive(Debug, Clone)]
pub struct Organization {
    record: OrganizationRecord,
    units: BTreeMap<String, OrganizationalUnitRecord>,
    policies: BTreeMap<String, Arc<OrganizationPolicy>>,
    attachments: BTreeMap<u64, AttachmentRecord>,
    administrators: Vec<DelegatedAdministratorRecord>,
    handshakes: BTreeMap<String, HandshakeRecord>,
    account_requests: BTreeMap<String, AccountRequestRecord>,
    effective: BTreeMap<(AccountId, PolicyType), EffectivePolicyRecord>,
}

/// The deepest tree that is walked. AWS allows five levels of units; a loop in bad data ends here.
const MAX_DEPTH: usize = 16;

/// The service control policy that AWS attaches everywhere, `p-FullAWSAccess`.
/// Source: AWS's Organizations guide, "Service control policies".
pub const FULL_AWS_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The resource control policy that AWS attaches everywhere and lets nobody detach, `p-RCPFullAWSAccess`.
/// Source: AWS's Organizations guide, "Resource control policies".
pub const RCP_FULL_AWS_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

fn read(record: &OrganizationPolicyRecord) -> Option<Policy> {
    let kind = match record.kind {
        PolicyType::ServiceControlPolicy => bailiwick_policy::PolicyType::ServiceControl,
        PolicyType::ResourceControlPolicy => bailiwick_policy::PolicyType::ResourceControl,
        _ => return None,
    };
    Some(Policy::read(&record.name, kind, &record.content))
}

fn aws_managed() -> BTreeMap<String, Arc<OrganizationPolicy>> {
    let policy = |id: &str, kind, name: &str, description: &str, content: &str| {
        let record = OrganizationPolicyRecord {
            id: id.to_owned(),
            kind,
            name: name.to_owned(),
            description: description.to_owned(),
            content: content.to_owned(),
            tags: BTreeMap::new(),
        };
        (id.to_owned(), Arc::new(OrganizationPolicy { policy: read(&record), aws_managed: true, record }))
    };
    BTreeMap::from([
        policy(
            "p-FullAWSAccess",
            PolicyType::ServiceControlPolicy,
            "FullAWSAccess",
            "Allows access to every operation",
            FULL_AWS_ACCESS,
        ),
        policy(
            "p-RCPFullAWSAccess",
            PolicyType::ResourceControlPolicy,
            "RCPFullAWSAccess",
            "Allows access to every resource",
            RCP_FULL_AWS_ACCESS,
        ),
    ])
}

impl Organization {
    pub(super) fn new(record: OrganizationRecord) -> Self {
        Organization {
            record,
            units: BTreeMap::new(),
            policies: aws_managed(),
            attachments: BTreeMap::new(),
            administrators: Vec::new(),
            handshakes: BTreeMap::new(),
            account_requests: BTreeMap::new(),
            effective: BTreeMap::new(),
        }
    }

    /// The organization's own record.
    pub fn record(&self) -> &OrganizationRecord {
        &self.record
    }

    /// The management account.
    pub fn management_account(&self) -> AccountId {
        self.record.management_account
    }

    /// Whether a policy type is enabled on the root.
    pub fn is_enabled(&self, kind: PolicyType) -> bool {
        self.record.enabled_policy_types.contains(&kind)
    }

    /// The units, by id.
    pub fn units(&self) -> impl Iterator<Item = &OrganizationalUnitRecord> {
        self.units.values()
    }

    /// A unit.
    pub fn unit(&self, id: &str) -> Option<&OrganizationalUnitRecord> {
        self.units.get(id)
    }

    /// The policies of every type, AWS's own among them, by id.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<OrganizationPolicy>> {
        self.policies.values()
    }

    /// A policy.
    pub fn policy(&self, id: &str) -> Option<&Arc<OrganizationPolicy>> {
        self.policies.get(id)
    }

    /// The ARN of one of its policies.
    pub fn policy_arn(&self, partition: &Partition, policy: &OrganizationPolicy) -> String {
        let (id, kind) = (&policy.record.id, policy.record.kind.as_str().to_ascii_lowercase());
        match policy.aws_managed {
            true => format!("arn:{partition}:organizations::aws:policy/{kind}/{id}"),
            false => {
                let owner = self.management_account();
                format!("arn:{partition}:organizations::{owner}:policy/{}/{kind}/{id}", self.record.id)
            }
        }
    }

    /// Everything attached anywhere, in the order it was attached.
    pub fn attachments(&self) -> impl Iterator<Item = &AttachmentRecord> {
        self.attachments.values()
    }

    /// The policies of a type attached to a root, unit or account, in the order they were attached. A policy that is
    /// attached but not known is `None`: whoever decides must treat it as a denial.
    pub fn attached(&self, target: &str, kind: PolicyType) -> Vec<Option<&Arc<OrganizationPolicy>>> {
        let at_target = self.attachments.values().filter(|attachment| attachment.target_id == target);
        at_target
            .map(|attachment| self.policies.get(&attachment.policy_id))
            .filter(|policy| policy.is_none_or(|policy| policy.record.kind == kind))
            .collect()
    }

    /// The delegated administrators.
    pub fn administrators(&self) -> &[DelegatedAdministratorRecord] {
        &self.administrators
    }

    /// Whether an account administers any service for the organization.
    pub fn is_administrator(&self, account: AccountId) -> bool {
        self.administrators.iter().any(|of| of.account == account)
    }

    /// The handshakes, by id.
    pub fn handshakes(&self) -> impl Iterator<Item = &HandshakeRecord> {
        self.handshakes.values()
    }

    /// A handshake.
    pub fn handshake(&self, id: &str) -> Option<&HandshakeRecord> {
        self.handshakes.get(id)
    }

    /// The requests for new accounts, by id.
    pub fn account_requests(&self) -> impl Iterator<Item = &AccountRequestRecord> {
        self.account_requests.values()
    }

    /// A request for a new account.
    pub fn account_request(&self, id: &str) -> Option<&AccountRequestRecord> {
        self.account_requests.get(id)
    }

    /// The last valid effective policy of an account, where the present one is not valid.
    pub fn last_valid(&self, account: AccountId, kind: PolicyType) -> Option<&EffectivePolicyRecord> {
        self.effective.get(&(account, kind))
    }

    /// The change that forgets the organization and everything in it, but not its accounts.
    pub fn forget(&self) -> DirectoryChange {
        let stored = self.policies.values().filter(|policy| !policy.aws_managed);
        let records = (self.units.values().cloned().map(Record::from))
            .chain(stored.map(|policy| policy.record.clone().into()))
            .chain(self.attachments.values().cloned().map(Record::from))
            .chain(self.administrators.iter().cloned().map(Record::from))
            .chain(self.handshakes.values().cloned().map(Record::from))
            .chain(self.account_requests.values().cloned().map(Record::from))
            .chain(self.effective.values().cloned().map(Record::from))
            .chain(std::iter::once(self.record.clone().into()));
        records.fold(DirectoryChange::new(), |change, record| change.delete(record.key()))
    }

    /// The places from the root down to an account, the account last. `None` when the account is in no organization or
    /// its way to the root is broken.
    pub fn path<'a>(&'a self, account: &'a Account) -> Option<Vec<Target<'a>>> {
        let record = account.record();
        let mut path = vec![Target { id: record.id.as_str(), name: &record.name }];
        let mut parent = record.membership.as_ref()?.parent.as_str();
        while parent != self.record.root_id {
            let unit = self.units.get(parent)?;
            path.push(Target { id: &unit.id, name: &unit.name });
            if path.len() > MAX_DEPTH {
                return None;
            }
            parent = &unit.parent;
        }
        path.push(Target { id: &self.record.root_id, name: "Root" });
        path.reverse();
        Some(path)
    }

    /// The value of `aws:PrincipalOrgPaths` for an account: `o-x/r-y/ou-z/`.
    pub fn org_path(&self, account: &Account) -> Option<String> {
        let mut path = self.path(account)?;
        path.pop();
        let places = std::iter::once(self.record.id.as_str()).chain(path.iter().map(|target| target.id));
        Some(places.fold(String::with_capacity(64), |path, place| path + place + "/"))
    }

    pub(super) fn next_sequence(&self) -> u64 {
        self.attachments.keys().next_back().map_or(1, |last| last.saturating_add(1))
    }

    pub(super) fn set_record(&mut self, record: OrganizationRecord) {
        self.record = record;
    }

    pub(super) fn put_unit(&mut self, record: OrganizationalUnitRecord) {
        self.units.insert(record.id.clone(), record);
    }

    pub(super) fn put_policy(&mut self, record: OrganizationPolicyRecord) {
        let policy = OrganizationPolicy { policy: read(&record), aws_managed: false, record };
        self.policies.insert(policy.record.id.clone(), Arc::new(policy));
    }

    pub(super) fn put_attachment(&mut self, record: AttachmentRecord) {
        self.attachments.retain(|_, old| old.target_id != record.target_id || old.policy_id != record.policy_id);
        self.attachments.insert(record.sequence, record);
    }

    pub(super) fn put_administrator(&mut self, record: DelegatedAdministratorRecord) {
        self.administrators
            .retain(|old| old.account != record.account || old.service_principal != record.service_principal);
        self.administrators.push(record);
    }

    pub(super) fn put_handshake(&mut self, record: HandshakeRecord) {
        self.handshakes.insert(record.id.clone(), record);
    }

    pub(super) fn put_account_request(&mut self, record: AccountRequestRecord) {
        self.account_requests.insert(record.id.clone(), record);
    }

    pub(super) fn put_effective_policy(&mut self, record: EffectivePolicyRecord) {
        self.effective.insert((record.account, record.kind), record);
    }

    pub(super) fn remove(&mut self, key: &RecordKey) -> bool {
        match key.kind {
            RecordKind::AccountRequest => self.account_requests.remove(&key.id).is_some(),
            RecordKind::EffectivePolicy => {
                let kind = PolicyType::parse(&key.id);
                key.account.zip(kind).is_some_and(|at| self.effective.remove(&at).is_some())
            }
            RecordKind::Handshake => self.handshakes.remove(&key.id).is_some(),
            RecordKind::Attachment => {
                let before = self.attachments.len();
                self.attachments.retain(|_, old| format!("{}/{}", old.target_id, old.policy_id) != key.id);
                self.attachments.len() < before
            }
            RecordKind::DelegatedAdministrator => {
                let before = self.administrators.len();
                self.administrators.retain(|old| Some(old.account) != key.account || old.service_principal != key.id);
                self.administrators.len() < before
            }
            RecordKind::OrganizationPolicy => {
                let stored = self.policies.get(&key.id).is_some_and(|policy| !policy.aws_managed);
                stored && self.policies.remove(&key.id).is_some()
            }
            RecordKind::OrganizationalUnit => self.units.remove(&key.id).is_some(),
            _ => false,
        }
    }
}

impl Directory {
    /// The organization that an account is in.
    pub fn organization_of(&self, account: AccountId) -> Option<&Arc<Organization>> {
        let member = self.account(account).is_some_and(|account| account.record().membership.is_some());
        self.organization().filter(|organization| member || organization.management_account() == account)
    }

    /// Whether an account is closed: nobody acts in it or on it any more.
    pub fn is_closed(&self, account: AccountId) -> bool {
        let membership = self.account(account).and_then(|account| account.record().membership.as_ref());
        membership.is_some_and(|membership| membership.is_closed())
    }

    /// Whether a handshake is with this account.
    pub fn is_party(&self, handshake: &HandshakeRecord, account: AccountId) -> bool {
        match &handshake.party {
            HandshakeParty::Account(party) => *party == account,
            HandshakeParty::Email(address) => {
                self.account(account).is_some_and(|of| of.record().email.eq_ignore_ascii_case(address))
            }
            HandshakeParty::Organization => false,
        }
    }

    /// The accounts directly in a root or unit.
    pub fn accounts_in<'a>(&'a self, parent: &'a str) -> impl Iterator<Item = &'a Account> {
        let inside = move |account: &&Account| {
            account.record().membership.as_ref().is_some_and(|membership| membership.parent == parent)
        };
        self.accounts().map(AsRef::as_ref).filter(inside)
    }
}
