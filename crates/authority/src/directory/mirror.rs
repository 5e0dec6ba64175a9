//! The copy of a remote account, with its policies read.

use std::{collections::BTreeMap, sync::Arc};

use bailiwick_ident::Partition;
use bailiwick_policy::{Policy, PolicyType};

use super::{
    Account,
    account::{Role, inline, role_arn},
};
use crate::record::{
    MirrorRecord, MirroredLevel, MirroredOrganization, MirroredPolicyRecord, MirroredRoleRecord, Record, RecordKey,
    RecordKind, RoleRecord,
};

/// The head of a copy, with the organization's policies read.
#[derive(Debug, Clone)]
pub struct Mirror {
    /// The record.
    pub record: MirrorRecord,
    scp: Option<Vec<Level>>,
    rcp: Option<Vec<Level>>,
}

/// A level of the account's organization: its name and its policies.
type Level = (String, Vec<Policy>);

fn read(levels: Option<&Vec<MirroredLevel>>, kind: PolicyType) -> Option<Vec<Level>> {
    let policies = |level: &MirroredLevel| {
        level.policies.iter().map(|policy| Policy::read(&policy.name, kind, &policy.document)).collect()
    };
    Some(levels?.iter().map(|level| (level.target.clone(), policies(level))).collect())
}

impl Mirror {
    fn of(record: &MirrorRecord) -> Mirror {
        let (scp, rcp) = match &record.organization {
            MirroredOrganization::Levels { scp, rcp } => (scp.as_ref(), rcp.as_ref()),
            MirroredOrganization::NotInUse | MirroredOrganization::NotReadable { .. } => (None, None),
        };
        Mirror {
            scp: read(scp, PolicyType::ServiceControl),
            rcp: read(rcp, PolicyType::ResourceControl),
            record: record.clone(),
        }
    }

    /// The levels of a kind of the organization's policies, root first; `None` where the kind does not bind the account, or
    /// could not be read.
    pub(crate) fn levels(&self, kind: PolicyType) -> Option<&[Level]> {
        match kind {
            PolicyType::ServiceControl => self.scp.as_deref(),
            PolicyType::ResourceControl => self.rcp.as_deref(),
            _ => None,
        }
    }
}

/// A managed policy of the copy, read as an identity policy.
#[derive(Debug, Clone)]
pub struct MirroredPolicy {
    /// The record.
    pub record: MirroredPolicyRecord,
    pub(crate) policy: Policy,
}

/// Everything that was copied of an account.
#[derive(Debug, Clone, Default)]
pub(super) struct Copied {
    head: Option<Arc<Mirror>>,
    roles: Arc<BTreeMap<String, Arc<Role>>>,
    policies: Arc<BTreeMap<String, Arc<MirroredPolicy>>>,
}

impl Copied {
    /// Whether the record was one of the copy's.
    pub(super) fn put(&mut self, partition: &Partition, record: &Record) -> bool {
        match record {
            Record::Mirror(record) => self.head = Some(Arc::new(Mirror::of(record))),
            Record::MirroredRole(MirroredRoleRecord { arn, role: record }) => {
                debug_assert_eq!(*arn, role_arn(partition, record.account, &record.path, &record.name));
                let trust = Policy::read("trust policy", PolicyType::Trust, &record.assume_role_policy_document);
                let role = Role { inline: inline(&record.policies), trust, arn: arn.clone(), record: record.clone() };
                Arc::make_mut(&mut self.roles).insert(arn.clone(), Arc::new(role));
            }
            Record::MirroredPolicy(record) => {
                let name = crate::managed::policy_name(&record.arn);
                let policy = Policy::read(name, PolicyType::Identity, &record.document);
                let policy = MirroredPolicy { policy, record: record.clone() };
                Arc::make_mut(&mut self.policies).insert(record.arn.clone(), Arc::new(policy));
            }
            _ => return false,
        }
        true
    }

    /// Whether a record of the copy was there and is gone.
    pub(super) fn remove(&mut self, key: &RecordKey) -> bool {
        match key.kind {
            RecordKind::Mirror => self.head.take().is_some(),
            RecordKind::MirroredRole => Arc::make_mut(&mut self.roles).remove(&key.id).is_some(),
            RecordKind::MirroredPolicy => Arc::make_mut(&mut self.policies).remove(&key.id).is_some(),
            _ => false,
        }
    }
}

impl Account {
    /// The copy of the account as it is elsewhere, where one was made.
    pub fn mirror(&self) -> Option<&Mirror> {
        self.copied.head.as_deref()
    }

    /// The copied roles, by ARN.
    pub fn mirrored_roles(&self) -> impl Iterator<Item = &Arc<Role>> {
        self.copied.roles.values()
    }

    /// A copied role.
    pub fn mirrored_role(&self, arn: &str) -> Option<&Arc<Role>> {
        self.copied.roles.get(arn)
    }

    /// The copied managed policies, by ARN.
    pub fn mirrored_policies(&self) -> impl Iterator<Item = &Arc<MirroredPolicy>> {
        self.copied.policies.values()
    }

    /// A copied managed policy.
    pub fn mirrored_policy(&self, arn: &str) -> Option<&Arc<MirroredPolicy>> {
        self.copied.policies.get(arn)
    }

    /// The role of a session: the account's own by its unique id, else the copied one.
    pub(crate) fn acting_role(&self, role_arn: &str, role_id: &str) -> Option<Acting<'_>> {
        match self.role_by_id(role_id) {
            Some(role) => Some(Acting { role, mirrored: false }),
            None => {
                let role = self.mirrored_role(role_arn).filter(|role| role.record.id == role_id)?;
                Some(Acting { role, mirrored: true })
            }
        }
    }
}

/// The role that a session acts with.
pub(crate) struct Acting<'a> {
    pub(crate) role: &'a Role,
    /// It is a copy, and so are the policies it bears.
    pub(crate) mirrored: bool,
}

impl MirroredRoleRecord {
    /// The record of a copied role.
    pub fn new(partition: &Partition, role: RoleRecord) -> Self {
        MirroredRoleRecord { arn: role_arn(partition, role.account, &role.path, &role.name), role }
    }
}
