//! Managed policies by ARN: a customer's from the directory, AWS's own from the catalogue. AWS's are never stored, and are
//! read once for each use they are put to.

use std::sync::Arc;

use bailiwick_aws::pack::Pack;
use bailiwick_ident::Arn;
use bailiwick_policy::{Document, Policy, PolicyType, lint};

use crate::{
    bounded::Bounded,
    directory::{Account, Directory},
    engines::weight,
};

/// How many readings of AWS's managed policies are kept, and how many bytes of them. There are about 1,600 policies; a few
/// dozen are in use.
const READINGS: (usize, usize) = (1024, 12 << 20);

/// Looks up managed policies.
pub struct ManagedPolicies {
    pack: Arc<Pack>,
    read: Bounded<(String, PolicyType), Policy>,
}

impl std::fmt::Debug for ManagedPolicies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ManagedPolicies(..)")
    }
}

/// The name in a policy's ARN.
pub(crate) fn policy_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// A managed policy of the copy of a remote account, for a use.
pub(crate) fn mirrored(directory: &Directory, account: &Account, arn: &str, kind: PolicyType) -> Option<Policy> {
    let found = account.mirrored_policy(arn)?;
    Some(match kind {
        PolicyType::Identity => found.policy.clone(),
        _ => directory.engines().read(policy_name(arn), kind, &found.record.document),
    })
}

impl ManagedPolicies {
    pub(crate) fn new(pack: Arc<Pack>) -> Self {
        ManagedPolicies { pack, read: Bounded::new(READINGS.0, READINGS.1) }
    }

    /// Whether there is such a policy.
    pub fn exists(&self, directory: &Directory, arn: &str) -> bool {
        self.document(directory, arn).is_some()
    }

    /// The document in force of a managed policy.
    pub fn document(&self, directory: &Directory, arn: &str) -> Option<String> {
        let parsed = Arn::parse(arn).ok()?;
        if parsed.account() == "aws" {
            return self.aws(arn);
        }
        let account = directory.account(parsed.account_id()?)?;
        let own = account.managed_policy(arn).map(|policy| policy.document().to_owned());
        own.or_else(|| Some(account.mirrored_policy(arn)?.record.document.clone()))
    }

    fn aws(&self, arn: &str) -> Option<String> {
        match self.pack.managed_policy_document(arn) {
            Ok(document) => document,
            Err(error) => {
                tracing::error!(%arn, %error, "an AWS managed policy cannot be read and is taken for one that denies");
                None
            }
        }
    }

    /// Whether the catalogue's text of a policy of AWS says the same as `document`.
    pub(crate) fn says(&self, arn: &str, document: &str) -> bool {
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        self.aws(arn).and_then(|known| read(&known)).is_some_and(|known| Some(known) == read(document))
    }

    /// Whether these policies limit nothing as the guardrails of a channel. One that is missing or unreadable denies, and so
    /// limits.
    pub fn limit_nothing(&self, directory: &Directory, arns: &[String]) -> bool {
        let policies: Vec<Policy> = arns.iter().map(|arn| self.policy(directory, arn, PolicyType::Guardrail)).collect();
        let documents: Option<Vec<&Document>> = policies.iter().map(Policy::document).collect();
        documents.is_some_and(lint::limit_nothing)
    }

    /// The policy, for a use. One that is not there is unreadable, and so denies.
    pub(crate) fn policy(&self, directory: &Directory, arn: &str, kind: PolicyType) -> Policy {
        let parsed = Arn::parse(arn).ok();
        let customer = parsed.as_ref().and_then(Arn::account_id);
        if let Some(account) = customer {
            let known = directory.account(account);
            return match known.and_then(|account| account.managed_policy(arn)) {
                Some(found) if kind == PolicyType::Identity => found.policy.clone(),
                Some(found) => directory.engines().read(policy_name(arn), kind, found.document()),
                None => known
                    .and_then(|account| mirrored(directory, account, arn, kind))
                    .unwrap_or_else(|| Policy::read(policy_name(arn), kind, "")),
            };
        }
        let key = (arn.to_owned(), kind);
        if let Some(policy) = self.read.get(&key) {
            return policy;
        }
        let policy = Policy::read(policy_name(arn), kind, &self.aws(arn).unwrap_or_default());
        let weight = weight(&policy);
        self.read.keep(key, policy, weight)
    }
}
