use super::{AUDIT_FORMAT, AuditDraft, AuditHead, AuditRow, Hash};
use crate::StoreError;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};

/// What stands before the first record of a chain.
pub(crate) const GENESIS: Hash = [0; 32];

const RECORD_DOMAIN: &[u8] = b"bailiwick audit record\0";
const HEAD_DOMAIN: &[u8] = b"bailiwick audit head\0";

/// What a record's seal is made of.
struct Sealed<'a> {
    format: u32,
    node: &'a str,
    sequence: u64,
    previous: &'a Hash,
    id: &'a str,
    kind: &'a str,
    record: &'a str,
}

impl Sealed<'_> {
    fn hash(&self) -> Hash {
        let mut hash = Sha256::new();
        hash.update(RECORD_DOMAIN);
        hash.update(self.format.to_be_bytes());
        part(&mut hash, self.node.as_bytes());
        hash.update(self.sequence.to_be_bytes());
        hash.update(self.previous);
        part(&mut hash, self.id.as_bytes());
        part(&mut hash, self.kind.as_bytes());
        part(&mut hash, self.record.as_bytes());
        hash.finalize().into()
    }
}

/// The seal of `draft` as record `sequence` after `previous`, in the form [`AUDIT_FORMAT`].
pub(crate) fn seal(node: &str, sequence: u64, previous: &Hash, draft: &AuditDraft) -> Hash {
    let AuditDraft { id, kind, record } = draft;
    Sealed { format: AUDIT_FORMAT, node, sequence, previous, id, kind: kind.as_str(), record }.hash()
}

/// Adds a text with its length before it, so that no two different rows hash the same bytes.
fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

impl AuditRow {
    /// The hash that this row's content must have. Equal to [`AuditRow::hash`] when nothing was changed.
    pub fn seal_hash(&self) -> Hash {
        let AuditRow { format, node, sequence, id, kind, record, previous, .. } = self;
        Sealed { format: *format, node, sequence: *sequence, previous, id, kind, record }.hash()
    }
}

fn head_bytes(format: u32, node: &str, sequence: u64, hash: &Hash) -> Vec<u8> {
    let mut bytes = HEAD_DOMAIN.to_vec();
    bytes.extend_from_slice(&format.to_be_bytes());
    bytes.extend_from_slice(&(node.len() as u64).to_be_bytes());
    bytes.extend_from_slice(node.as_bytes());
    bytes.extend_from_slice(&sequence.to_be_bytes());
    bytes.extend_from_slice(hash);
    bytes
}

/// Signs heads. Made from the master key, see [`Vault::audit_signer`](crate::vault::Vault::audit_signer).
pub struct AuditSigner {
    pair: Ed25519KeyPair,
}

impl AuditSigner {
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Result<Self, StoreError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|_| StoreError::corrupt("the audit signing key", "it is not an Ed25519 seed"))?;
        Ok(Self { pair })
    }

    /// The key that checks what this one signs.
    pub fn public_key(&self) -> AuditPublicKey {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(self.pair.public_key().as_ref()) {
            *to = *from;
        }
        AuditPublicKey(bytes)
    }

    /// Signs the end of a chain.
    pub(crate) fn sign(&self, node: &str, sequence: u64, hash: Hash) -> AuditHead {
        let signature = self.pair.sign(&head_bytes(AUDIT_FORMAT, node, sequence, &hash)).as_ref().to_vec();
        AuditHead { format: AUDIT_FORMAT, node: node.to_owned(), sequence, hash, signature }
    }
}

impl std::fmt::Debug for AuditSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuditSigner({})", self.public_key())
    }
}

/// The Ed25519 public key of a chain: 32 bytes, shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuditPublicKey([u8; 32]);

impl AuditPublicKey {
    /// From its 32 bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        crate::hex::decode_32(text.trim()).map(Self)
    }

    /// Whether this key signed the head.
    pub fn signed(&self, head: &AuditHead) -> bool {
        let bytes = head_bytes(head.format, &head.node, head.sequence, &head.hash);
        UnparsedPublicKey::new(&ED25519, self.0).verify(&bytes, &head.signature).is_ok()
    }
}

impl std::fmt::Display for AuditPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::hex::encode(&self.0))
    }
}

impl std::fmt::Debug for AuditPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuditPublicKey({self})")
    }
}
