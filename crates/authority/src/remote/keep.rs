//! Puts a copy of a remote account in the place of the one before.

use std::collections::BTreeSet;

use bailiwick_ident::{AccountId, Partition, Timestamp};
use bailiwick_store::Change;

use crate::{
    authority::{Authority, CommitError},
    directory::{Account, ApplyError},
    record::{
        DirectoryChange, MirrorRecord, MirroredOrganization, MirroredPolicyRecord, MirroredRoleRecord, Record,
        RecordKey, RecordKind, RoleRecord,
    },
};

/// How often a copy that met a change of the directory is put in its place again.
const ATTEMPTS: usize = 8;

/// What was read of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorReading {
    /// The account.
    pub account: AccountId,
    /// When the reading began.
    pub read_at: Timestamp,
    /// The ARN of the role that read it.
    pub read_as: String,
    /// The roles.
    pub roles: Vec<RoleRecord>,
    /// The managed policies: ARN and the document in force. AWS's own are kept where the catalogue has another text.
    pub policies: Vec<(String, String)>,
    /// The organization.
    pub organization: MirroredOrganization,
}

/// What a new copy changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptMirror {
    /// Roles of the copy.
    pub roles: usize,
    /// Managed policies of the copy.
    pub policies: usize,
    /// Roles and policies that are new, other than before, or gone.
    pub changed: usize,
}

fn change(partition: &Partition, account: &Account, reading: &MirrorReading) -> (DirectoryChange, usize) {
    let mut change = DirectoryChange::new();
    let mut now = BTreeSet::new();
    for role in &reading.roles {
        let record = MirroredRoleRecord::new(partition, role.clone());
        let same = account.mirrored_role(&record.arn).is_some_and(|known| known.record == record.role);
        now.insert((RecordKind::MirroredRole, record.arn.clone()));
        if !same {
            change = change.put(record);
        }
    }
    for (arn, document) in &reading.policies {
        let same = account.mirrored_policy(arn).is_some_and(|known| known.record.document == *document);
        now.insert((RecordKind::MirroredPolicy, arn.clone()));
        if !same {
            let (arn, document) = (arn.clone(), document.clone());
            change = change.put(MirroredPolicyRecord { account: account.id(), arn, document });
        }
    }
    let roles = account.mirrored_roles().map(|role| (RecordKind::MirroredRole, role.arn.clone()));
    let policies = account.mirrored_policies().map(|policy| (RecordKind::MirroredPolicy, policy.record.arn.clone()));
    for (kind, id) in roles.chain(policies).filter(|known| !now.contains(known)) {
        change = change.delete(RecordKey { kind, account: Some(account.id()), id });
    }
    let changed = change.put.len() + change.delete.len();
    let head = MirrorRecord {
        account: account.id(),
        synced_at: reading.read_at,
        read_as: reading.read_as.clone(),
        organization: reading.organization.clone(),
    };
    (change.put(Record::Mirror(head)), changed)
}

impl Authority {
    /// Puts what was read of a remote account in the place of what was known of it, and commits `also` with it.
    ///
    /// # Errors
    /// The account is not in the directory, or the copy cannot be stored.
    pub async fn keep_mirror(&self, reading: &MirrorReading, also: Change) -> Result<KeptMirror, CommitError> {
        let mut attempt = 0;
        loop {
            let directory = self.directory();
            let unknown = || ApplyError::UnknownAccount(reading.account.to_string());
            let account = directory.account(reading.account).ok_or_else(unknown)?;
            let managed = |(arn, document): &(String, String)| {
                !arn.contains("::aws:policy/") || !self.managed_policies().says(arn, document)
            };
            let policies = reading.policies.iter().filter(|policy| managed(policy)).cloned().collect();
            let reading = MirrorReading { policies, ..reading.clone() };
            let (change, changed) = change(directory.partition(), account, &reading);
            match self.commit_directory(directory.revision(), change, also.clone()).await {
                Err(CommitError::Stale { .. }) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
                Ok(_) => {
                    return Ok(KeptMirror { roles: reading.roles.len(), policies: reading.policies.len(), changed });
                }
            }
        }
    }
}
