use super::{AUDIT_FORMAT, AuditHead, AuditPublicKey, AuditRow, GENESIS, Hash};

/// What is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The record's content does not have its hash.
    Changed,
    /// The record is sealed in a form that this program does not know.
    Format(u32),
    /// The record belongs to the chain of another node.
    OtherNode(String),
    /// Another sequence was due: records were removed, inserted or moved.
    OutOfOrder {
        /// The sequence that is there.
        found: u64,
    },
    /// The record is not sealed onto the one before it.
    Unlinked,
    /// The chain ends before its signed head.
    Truncated {
        /// The sequence that the head names.
        head: u64,
    },
    /// There are records after the signed head, or the head signs another hash.
    Unsigned,
    /// There are records and no head.
    NoHead,
    /// The head was not signed with this key, or was changed.
    WrongSignature,
    /// A line of an exported file is not what it should be.
    Unreadable {
        /// The line's number, from 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
}

/// The first thing that is wrong with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The first sequence that cannot be trusted. Everything before it is as it was written.
    pub sequence: u64,
    /// Why.
    pub fault: Fault,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = self.sequence;
        match &self.fault {
            Fault::Changed => write!(f, "record {at} was changed: its content does not have its hash"),
            Fault::Format(format) => {
                write!(f, "record {at} is sealed in format {format}; this program knows {AUDIT_FORMAT}")
            }
            Fault::OtherNode(node) => write!(f, "record {at} belongs to the chain of node `{node}`"),
            Fault::OutOfOrder { found } => write!(
                f,
                "record {at} is missing where it was due, record {found} is there: removed, inserted or moved"
            ),
            Fault::Unlinked => write!(f, "record {at} is not sealed onto the record before it"),
            Fault::Truncated { head } => {
                write!(f, "record {at} is missing: the signed head says that there are {head}")
            }
            Fault::Unsigned => write!(f, "the signed head does not cover record {at}"),
            Fault::NoHead => write!(f, "there is no signed head for record {at}"),
            Fault::WrongSignature => write!(f, "the head after record {at} was not signed with this key"),
            Fault::Unreadable { line, why } => write!(f, "line {line} cannot be read as record {at}: {why}"),
        }
    }
}

impl std::error::Error for Finding {}

/// A chain in which nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many records it has.
    pub records: u64,
    /// Its last hash; zeros when it is empty.
    pub hash: Hash,
}

/// Checks a chain piece by piece, so that a long one need not be in memory. [`verify`] does it in one go.
#[derive(Debug, Clone)]
pub struct Verifier {
    node: Option<String>,
    records: u64,
    hash: Hash,
}

impl Default for Verifier {
    fn default() -> Self {
        Self { node: None, records: 0, hash: GENESIS }
    }
}

impl Verifier {
    /// For a chain from its first record.
    pub fn new() -> Self {
        Self::default()
    }

    /// For the records that follow one that is believed: the tail of a long chain.
    pub fn after(believed: &AuditRow) -> Self {
        Self { node: Some(believed.node.clone()), records: believed.sequence, hash: believed.hash }
    }

    /// The sequence that is due next.
    pub fn due(&self) -> u64 {
        self.records.saturating_add(1)
    }

    fn fault(&self, fault: Fault) -> Finding {
        Finding { sequence: self.due(), fault }
    }

    /// Checks the next record.
    ///
    /// # Errors
    /// The first thing that is wrong with it. The verifier does not move past it.
    pub fn record(&mut self, row: &AuditRow) -> Result<(), Finding> {
        if row.format != AUDIT_FORMAT {
            return Err(self.fault(Fault::Format(row.format)));
        }
        if row.sequence != self.due() {
            return Err(self.fault(Fault::OutOfOrder { found: row.sequence }));
        }
        if self.node.as_ref().is_some_and(|node| *node != row.node) {
            return Err(self.fault(Fault::OtherNode(row.node.clone())));
        }
        if row.previous != self.hash {
            return Err(self.fault(Fault::Unlinked));
        }
        if row.seal_hash() != row.hash {
            return Err(self.fault(Fault::Changed));
        }
        self.node.get_or_insert_with(|| row.node.clone());
        self.records = row.sequence;
        self.hash = row.hash;
        Ok(())
    }

    /// Checks the head against the records seen.
    ///
    /// # Errors
    /// The first thing that is wrong. An empty chain without a head is in order.
    pub fn finish(self, head: Option<&AuditHead>, key: &AuditPublicKey) -> Result<Verified, Finding> {
        let Some(head) = head else {
            return match self.records {
                0 => Ok(Verified { records: 0, hash: self.hash }),
                _ => Err(Finding { sequence: 1, fault: Fault::NoHead }),
            };
        };
        let wrong = |sequence, fault| Err(Finding { sequence, fault });
        if head.format != AUDIT_FORMAT {
            return wrong(head.sequence, Fault::Format(head.format));
        }
        if !key.signed(head) {
            return wrong(head.sequence, Fault::WrongSignature);
        }
        if self.node.as_ref().is_some_and(|node| *node != head.node) {
            return wrong(head.sequence, Fault::OtherNode(head.node.clone()));
        }
        if head.sequence > self.records {
            return wrong(self.due(), Fault::Truncated { head: head.sequence });
        }
        if head.sequence < self.records {
            return wrong(head.sequence.saturating_add(1), Fault::Unsigned);
        }
        if head.hash != self.hash {
            return wrong(head.sequence, Fault::Unsigned);
        }
        Ok(Verified { records: self.records, hash: self.hash })
    }
}

/// Checks a whole chain: every record's content, order and link, and the signed head.
///
/// # Errors
/// The first record that cannot be trusted, and why.
pub fn verify(rows: &[AuditRow], head: Option<&AuditHead>, key: &AuditPublicKey) -> Result<Verified, Finding> {
    let mut verifier = Verifier::new();
    for row in rows {
        verifier.record(row)?;
    }
    verifier.finish(head, key)
}
