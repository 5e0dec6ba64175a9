//! What is asked: one operation with its input, in one account and Region.

use bailiwick_aws::Value;
use bailiwick_ident::{AccountId, Partition, Region};
use sha2::{Digest as _, Sha256};

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The service, by the name of its model: `sns`, `iam`, `sts`, `organizations`, `chatbot`, `chime`, `bailiwick`, `ec2`.
    pub service: String,
    /// The operation, such as `ListTopics`.
    pub operation: String,
    /// The account it is made in: the caller's for an API request.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// The partition.
    pub partition: Partition,
    /// The input, checked against the model, with idempotency tokens filled in.
    pub input: Value,
}

impl Call {
    /// SHA-256 over everything the call says. A permit is good for a call of this digest only.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"bailiwick call 1\0");
        for part in
            [&self.service, &self.operation, self.account.as_str(), self.region.as_str(), self.partition.as_str()]
        {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.update(self.input.digest());
        hash.finalize().into()
    }

    /// A text of the input at a path of member names.
    pub fn text(&self, member: &str) -> Option<&str> {
        self.input.get(member)?.as_str()
    }
}
