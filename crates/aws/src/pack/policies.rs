use serde::{Deserialize, Serialize};

/// How many documents one section holds.
pub(crate) const CHUNK: usize = 48;

/// AWS's managed policies, in the order of their ARNs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicies {
    pub(crate) policies: Vec<ManagedPolicy>,
}

/// One of AWS's managed policies; its document is with [`crate::pack::Pack::managed_policy_document`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// The ARN in the partition `aws`.
    pub arn: Box<str>,
    /// The id of the default version, such as `v3`.
    pub version: Box<str>,
    /// When the policy was made, in RFC 3339.
    pub created: Box<str>,
    /// When its default version was made, in RFC 3339.
    pub updated: Box<str>,
}

impl ManagedPolicy {
    /// The name, such as `ReadOnlyAccess`.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or_default()
    }

    /// The path, such as `/`, `/job-function/` or `/service-role/`.
    pub fn path(&self) -> &str {
        let resource = self.arn.splitn(6, ':').nth(5).unwrap_or_default();
        let path = resource.strip_prefix("policy").unwrap_or(resource);
        path.get(..path.len() - self.name().len()).unwrap_or("/")
    }
}

impl ManagedPolicies {
    /// All policies, in the order of their ARNs.
    pub fn iter(&self) -> std::slice::Iter<'_, ManagedPolicy> {
        self.policies.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.policies.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// The policy of this ARN, in any partition, or of this name.
    pub fn get(&self, policy: &str) -> Option<&ManagedPolicy> {
        self.policies.get(self.place(policy)?)
    }

    fn place(&self, policy: &str) -> Option<usize> {
        let Some(rest) = policy.strip_prefix("arn:") else {
            return self.policies.iter().position(|known| known.name() == policy);
        };
        let (_, rest) = rest.split_once(':')?;
        // The same policies have the same names in every partition.
        let arn = format!("arn:aws:{rest}");
        self.policies.binary_search_by(|known| (*known.arn).cmp(arn.as_str())).ok()
    }

    pub(crate) fn document_place(&self, policy: &str) -> Option<(usize, usize)> {
        let place = self.place(policy)?;
        Some((place / CHUNK, place % CHUNK))
    }
}
