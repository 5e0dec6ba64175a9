use super::connect::{failed, int, rows, uint};
use crate::audit::{AUDIT_FORMAT, AuditSigner, GENESIS, Hash, seal};
use crate::{AuditDraft, AuditHead, AuditPublicKey, AuditRow, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The end of the chain that the writer continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tail {
    sequence: u64,
    hash: Hash,
}

/// Seals records onto a chain.
#[derive(Debug)]
pub(super) struct Sealer {
    node: String,
    signer: AuditSigner,
    pub(super) tail: Tail,
}

impl Sealer {
    /// Continues the stored chain from its signed head. A chain whose records do not match its head is continued all the same:
    /// the break stays in it for `verify` to find, and decisions go on being recorded.
    ///
    /// # Errors
    /// `Corrupt` when the head is missing beside records, was not signed with this key, or has records after it: to go on would
    /// hide what happened.
    pub(super) fn resume(db: &Connection, node: &str, signer: AuditSigner) -> Result<Self, StoreError> {
        let damaged = |why: &str| {
            StoreError::corrupt("the audit trail", format!("{why}; run `bailiwick audit verify` and restore a backup"))
        };
        let last: Option<(u64, Vec<u8>)> = db
            .query_row(
                "SELECT sequence, hash FROM audit WHERE node = ? ORDER BY sequence DESC LIMIT 1",
                [node],
                |row| Ok((uint(row, 0)?, row.get(1)?)),
            )
            .optional()
            .map_err(failed)?;
        let tail = match (head(db, node)?, last) {
            (None, None) => Tail { sequence: 0, hash: GENESIS },
            (None, Some(_)) => return Err(damaged("it has records and no signed head")),
            (Some(head), _) if !signer.public_key().signed(&head) => {
                return Err(damaged("its head was not signed with the key of this folder"));
            }
            (Some(head), Some((sequence, _))) if sequence > head.sequence => {
                return Err(damaged("it has records after its signed head"));
            }
            (Some(head), last) => {
                if last != Some((head.sequence, head.hash.to_vec())) {
                    tracing::error!(
                        sequence = head.sequence,
                        "the last audit record is not the one that was signed; run `bailiwick audit verify`"
                    );
                }
                Tail { sequence: head.sequence, hash: head.hash }
            }
        };
        Ok(Self { node: node.to_owned(), signer, tail })
    }

    pub(super) fn public_key(&self) -> AuditPublicKey {
        self.signer.public_key()
    }

    /// Seals and stores a record; its sequence.
    pub(super) fn append(&mut self, db: &Connection, draft: &AuditDraft) -> Result<u64, StoreError> {
        let sequence = self.tail.sequence.saturating_add(1);
        let hash = seal(&self.node, sequence, &self.tail.hash, draft);
        let added = db
            .prepare_cached(
                "INSERT INTO audit (node, sequence, format, id, kind, record, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
                 ON CONFLICT (id) DO NOTHING",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    self.node,
                    int(sequence),
                    AUDIT_FORMAT,
                    draft.id,
                    draft.kind.as_str(),
                    draft.record,
                    self.tail.hash,
                    hash
                ])
            })
            .map_err(failed)?;
        if added != 1 {
            return Err(StoreError::duplicate(format!("audit record `{}`", draft.id)));
        }
        self.tail = Tail { sequence, hash };
        Ok(sequence)
    }

    /// Signs the tail and stores it as the head.
    pub(super) fn sign(&self, db: &Connection) -> Result<(), StoreError> {
        let head = self.signer.sign(&self.node, self.tail.sequence, self.tail.hash);
        db.prepare_cached(
            "INSERT INTO audit_head (node, format, sequence, hash, signature) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET \
             format = excluded.format, sequence = excluded.sequence, hash = excluded.hash, signature = excluded.signature",
        )
        .and_then(|mut statement| {
            statement.execute(params![head.node, head.format, int(head.sequence), head.hash, head.signature])
        })
        .map_err(failed)?;
        Ok(())
    }
}

const COLUMNS: &str = "format, node, sequence, id, kind, record, previous, hash";

fn read(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        format: row.get(0)?,
        node: row.get(1)?,
        sequence: uint(row, 2)?,
        id: row.get(3)?,
        kind: row.get(4)?,
        record: row.get(5)?,
        previous: row.get(6)?,
        hash: row.get(7)?,
    })
}

pub(super) fn list(db: &Connection, node: &str, after: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM audit WHERE node = ? AND sequence > ? ORDER BY sequence LIMIT ?"))
        .and_then(|mut statement| statement.query_map(params![node, int(after), rows(limit)], read)?.collect())
        .map_err(damaged_row)
}

pub(super) fn get(db: &Connection, id: &str) -> Result<Option<AuditRow>, StoreError> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM audit WHERE id = ?"))
        .and_then(|mut statement| statement.query_row([id], read).optional())
        .map_err(damaged_row)
}

pub(super) fn head(db: &Connection, node: &str) -> Result<Option<AuditHead>, StoreError> {
    let read = |row: &Row<'_>| {
        Ok(AuditHead {
            format: row.get(0)?,
            node: row.get(1)?,
            sequence: uint(row, 2)?,
            hash: row.get(3)?,
            signature: row.get(4)?,
        })
    };
    db.prepare_cached("SELECT format, node, sequence, hash, signature FROM audit_head WHERE node = ?")
        .and_then(|mut statement| statement.query_row([node], read).optional())
        .map_err(damaged_row)
}

/// A row that cannot even be read was changed by somebody else.
fn damaged_row(error: rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => {
            StoreError::corrupt("the audit trail", format!("a row cannot be read: {error}"))
        }
        other => failed(other),
    }
}
