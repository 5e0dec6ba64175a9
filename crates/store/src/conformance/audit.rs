use super::{Outcome, cases, conflict, duplicate, ok, same, together};
use crate::audit::{AuditDraft, AuditKind, Verifier};
use crate::{AuditHead, AuditRow, Change, EntityKey, Expect, Store};
use std::sync::Arc;

cases!("audit": chain, failed_changes_leave_no_gap, pages);

fn draft(id: &str) -> AuditDraft {
    AuditDraft { id: id.to_owned(), kind: AuditKind::Decision, record: format!("{{\"eventID\":\"{id}\"}}") }
}

/// Everything but the signature, whose key a backend's factory keeps to itself.
fn linked(rows: &[AuditRow], head: Option<&AuditHead>) -> Outcome {
    let mut verifier = Verifier::new();
    for row in rows {
        verifier.record(row).map_err(|finding| finding.to_string())?;
    }
    let last = rows.last().map(|row| (row.sequence, row.hash, row.node.clone()));
    same(head.map(|head| (head.sequence, head.hash, head.node.clone())), last)
}

async fn chain(store: Arc<dyn Store>) -> Outcome {
    same(ok(store.audit_head().await)?, None)?;
    same(ok(store.commit(Change::new().audit(draft("a")).audit(draft("b"))).await)?.audit, vec![1, 2])?;
    duplicate(store.commit(Change::new().audit(draft("a"))).await)?;
    same(ok(store.commit(Change::new().audit(draft("c"))).await)?.audit, vec![3])?;
    let rows = ok(store.audit(0, 10).await)?;
    same(rows.iter().map(|row| row.id.as_str()).collect(), vec!["a", "b", "c"])?;
    same(ok(store.audit_record("b").await)?.as_ref(), rows.get(1))?;
    same(ok(store.counts().await)?.audit_records, 3)?;
    linked(&rows, ok(store.audit_head().await)?.as_ref())
}

async fn failed_changes_leave_no_gap(store: Arc<dyn Store>) -> Outcome {
    let missing = EntityKey::global("k", "missing");
    let bad = |n: usize| n % 3 == 1;
    let pending = (0..12)
        .map(|n| {
            let change = Change::new().audit(draft(&format!("r{n}")));
            store.commit(if bad(n) { change.require(missing.clone(), Expect::Present) } else { change })
        })
        .collect();
    let mut sequences = Vec::new();
    for (n, answer) in together(pending).await.into_iter().enumerate() {
        match bad(n) {
            true => conflict(answer)?,
            false => sequences.extend(ok(answer)?.audit),
        }
    }
    same(sequences, (1..=8).collect())?;
    linked(&ok(store.audit(0, 100).await)?, ok(store.audit_head().await)?.as_ref())
}

async fn pages(store: Arc<dyn Store>) -> Outcome {
    let change = (0..25).fold(Change::new(), |change, n| change.audit(draft(&format!("r{n}"))));
    ok(store.commit(change).await)?;
    let mut rows: Vec<AuditRow> = Vec::new();
    loop {
        let page = ok(store.audit(rows.last().map_or(0, |row| row.sequence), 10).await)?;
        if page.is_empty() {
            same(rows.len(), 25)?;
            return linked(&rows, ok(store.audit_head().await)?.as_ref());
        }
        rows.extend(page);
    }
}
