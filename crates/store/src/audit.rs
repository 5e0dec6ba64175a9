//! The audit trail: a chain of records, each sealed with the hash of the one before it, and a signed head.
//!
//! The writer seals; [`verify`] and [`verify_export`] check, without a store. What cannot be found from inside: somebody who
//! holds the master key, and somebody who puts back an older copy of the whole store, which was true once. Keep exported heads elsewhere
//! to find the latter.

mod export;
mod seal;
mod stored;
mod verify;

pub use export::{export, verify_export};
pub use seal::{AuditPublicKey, AuditSigner};
pub use stored::{export_store, verify_store, verify_tail};
pub use verify::{Fault, Finding, Verified, Verifier, verify};

pub(crate) use seal::{GENESIS, seal};

/// The version of the sealed form that this program writes.
pub const AUDIT_FORMAT: u32 = 1;

/// What an audit record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuditKind {
    /// May they.
    Decision,
    /// What became of it.
    Outcome,
    /// What Bailiwick did by itself: start, stop, migration, configuration.
    System,
}

impl AuditKind {
    /// The word under which it is stored, exported and sealed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Outcome => "outcome",
            Self::System => "system",
        }
    }

    /// The kind of a stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Decision, Self::Outcome, Self::System].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A record to append with [`Op::Audit`](crate::Op::Audit).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditDraft {
    /// Unique id of the record, for example the decision's.
    pub id: String,
    /// What it tells.
    pub kind: AuditKind,
    /// JSON text, in CloudTrail's shape. Its bytes are sealed as they are.
    pub record: String,
}

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// A sealed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Version of the sealed form.
    pub format: u32,
    /// The node whose chain this is.
    pub node: String,
    /// 1, 2, 3, ... without gaps.
    pub sequence: u64,
    /// Unique id.
    pub id: String,
    /// What it tells, as stored: `decision`, `outcome` or `system`. Text, so that a changed row can still be shown.
    pub kind: String,
    /// JSON text.
    pub record: String,
    /// The hash of the record before; zeros for the first.
    pub previous: Hash,
    /// The seal of this record.
    pub hash: Hash,
}

/// The signed end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// Version of the sealed form.
    pub format: u32,
    /// The node whose chain this is.
    pub node: String,
    /// The sequence of the last record.
    pub sequence: u64,
    /// Its hash.
    pub hash: Hash,
    /// Ed25519 over the four above; 64 bytes.
    pub signature: Vec<u8>,
}
