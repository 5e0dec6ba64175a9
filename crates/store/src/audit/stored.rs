//! Checking and exporting the chain of a store, page by page.

use super::{AuditPublicKey, Finding, Verified, Verifier, export};
use crate::{Store, StoreError};
use std::io::Write;

/// Records per read.
const PAGE: u32 = 1_000;

/// How often a chain that grows meanwhile is followed before giving up.
const FOLLOW: u32 = 1_000;

/// Checks the whole chain of a store, also while another process writes to it.
///
/// # Errors
/// Outer: the store cannot be read, or a row is so damaged that it cannot be. Inner: the first record that cannot be trusted.
pub async fn verify_store(store: &dyn Store, key: &AuditPublicKey) -> Result<Result<Verified, Finding>, StoreError> {
    follow(store, key, Verifier::new()).await
}

/// Checks the last records of a store's chain, some `count` of them, and the signed head: what shows damage soon, where
/// checking the whole chain would take long. The record before them is believed.
///
/// # Errors
/// As [`verify_store`].
pub async fn verify_tail(
    store: &dyn Store,
    key: &AuditPublicKey,
    count: u64,
) -> Result<Result<Verified, Finding>, StoreError> {
    let last = store.audit_head().await?.map_or(0, |head| head.sequence);
    let verifier = match last.saturating_sub(count) {
        0 => Verifier::new(),
        before => match store.audit(before.saturating_sub(1), 1).await?.first() {
            Some(believed) => Verifier::after(believed),
            // Where that record is gone, checking from the first one names the gap.
            None => Verifier::new(),
        },
    };
    follow(store, key, verifier).await
}

async fn follow(
    store: &dyn Store,
    key: &AuditPublicKey,
    mut verifier: Verifier,
) -> Result<Result<Verified, Finding>, StoreError> {
    for _ in 0..FOLLOW {
        let head = store.audit_head().await?;
        loop {
            let rows = store.audit(verifier.due().saturating_sub(1), PAGE).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                if let Err(finding) = verifier.record(row) {
                    return Ok(Err(finding));
                }
            }
        }
        // Records and head change together: when the head is still the same, the records read are those it signs.
        if store.audit_head().await? == head {
            return Ok(verifier.finish(head.as_ref(), key));
        }
    }
    Err(StoreError::unavailable("the audit trail grows faster than it can be read; verify an export of it"))
}

/// Writes the records up to the present head, and the head, as JSON Lines for [`verify_export`](super::verify_export). Returns
/// how many records there are.
///
/// # Errors
/// The store cannot be read, or the file cannot be written.
pub async fn export_store(store: &dyn Store, to: &mut (dyn Write + Send)) -> Result<u64, StoreError> {
    let unwritable = |error: std::io::Error| StoreError::unavailable(format!("the export cannot be written: {error}"));
    let Some(head) = store.audit_head().await? else { return Ok(0) };
    let (mut last, mut count) = (0, 0_u64);
    while last < head.sequence {
        let mut rows = store.audit(last, PAGE).await?;
        rows.retain(|row| row.sequence <= head.sequence);
        let Some(row) = rows.last() else { break };
        last = row.sequence;
        count = count.saturating_add(rows.len() as u64);
        export(to, &rows, None).map_err(unwritable)?;
    }
    export(to, &[], Some(&head)).and_then(|()| to.flush()).map_err(unwritable)?;
    Ok(count)
}
