//! Whatever somebody does to the audit trail in the store or in an exported file, the verifier finds it.

use crate::{ephemeral, open};
use bailiwick_store::audit::{Fault, export, export_store, verify, verify_export, verify_store};
use bailiwick_store::{
    AuditDraft, AuditHead, AuditKind, AuditPublicKey, AuditRow, Change, DATABASE_FILE, Settings, SqliteStore, Store,
};
use proptest::prelude::*;
use std::sync::OnceLock;

const RECORDS: usize = 12;

struct Chain {
    rows: Vec<AuditRow>,
    head: AuditHead,
    key: AuditPublicKey,
    file: Vec<u8>,
}

fn record(number: usize) -> AuditDraft {
    let kind = [AuditKind::Decision, AuditKind::Outcome, AuditKind::System][number % 3];
    AuditDraft { id: format!("id-{number}"), kind, record: format!("{{\"n\":{number},\"é\":\"\\u0000 \\\"\"}}") }
}

async fn fill(store: &SqliteStore) {
    for number in 0..RECORDS {
        store.commit(Change::new().audit(record(number))).await.unwrap();
    }
}

fn chain() -> &'static Chain {
    static CHAIN: OnceLock<Chain> = OnceLock::new();
    CHAIN.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = ephemeral();
            fill(&store).await;
            let rows = store.audit(0, 100).await.unwrap();
            let head = store.audit_head().await.unwrap().unwrap();
            let mut file = Vec::new();
            export(&mut file, &rows[..5], None).unwrap();
            export(&mut file, &rows[5..], Some(&head)).unwrap();
            Chain { rows, head, key: store.audit_public_key(), file }
        })
    })
}

#[test]
fn an_untouched_chain_is_in_order() {
    let Chain { rows, head, key, file } = chain();
    assert_eq!(verify(rows, Some(head), key).unwrap().records, RECORDS as u64);
    assert_eq!(verify_export(file.as_slice(), key).unwrap().records, RECORDS as u64);
    assert_eq!(verify(&[], None, key).unwrap().records, 0);
    assert_eq!(AuditPublicKey::parse(&key.to_string()), Some(*key));
}

#[test]
fn every_way_of_changing_the_order_is_found_where_it_begins() {
    let Chain { rows, head, key, .. } = chain();
    let check = |rows: &[AuditRow], sequence: u64, fault: Fault| {
        let finding = verify(rows, Some(head), key).unwrap_err();
        assert_eq!((finding.sequence, &finding.fault), (sequence, &fault), "{finding}");
    };
    for at in 0..RECORDS {
        let due = at as u64 + 1;
        let mut removed = rows.clone();
        removed.remove(at);
        let last = at + 1 == RECORDS;
        let gone = if last { Fault::Truncated { head: 12 } } else { Fault::OutOfOrder { found: due + 1 } };
        check(&removed, due, gone);
        // Removed and renumbered, so that there is no gap: the link shows it.
        let mut renumbered = removed.clone();
        for (row, sequence) in renumbered.iter_mut().zip(1..) {
            row.sequence = sequence;
        }
        if !last {
            check(&renumbered, due, Fault::Unlinked);
        }
        let mut twice = rows.clone();
        twice.insert(at, rows[at].clone());
        check(&twice, due + 1, Fault::OutOfOrder { found: due });
        check(&rows[..at], due, Fault::Truncated { head: 12 });
        for other in at + 1..RECORDS {
            let mut swapped = rows.clone();
            swapped.swap(at, other);
            check(&swapped, due, Fault::OutOfOrder { found: other as u64 + 1 });
        }
    }
    let finding = verify(rows, None, key).unwrap_err();
    assert_eq!(finding.fault, Fault::NoHead);
    let finding = verify(rows, Some(head), &AuditPublicKey::from_bytes([3; 32])).unwrap_err();
    assert_eq!(finding.fault, Fault::WrongSignature);
}

/// Somebody who may write the store, and who knows the form, but not the master key: reseals everything after a change.
#[test]
fn a_resealed_chain_lacks_the_signature() {
    let Chain { rows, head, key, .. } = chain();
    let mut forged = rows.clone();
    forged[3].record = "{}".to_owned();
    let mut previous = forged[2].hash;
    for row in &mut forged[3..] {
        row.previous = previous;
        row.hash = row.seal_hash();
        previous = row.hash;
    }
    assert_eq!(verify(&forged, Some(head), key).unwrap_err().fault, Fault::Unsigned);
    let forged_head = AuditHead { hash: previous, ..head.clone() };
    assert_eq!(verify(&forged, Some(&forged_head), key).unwrap_err().fault, Fault::WrongSignature);
    let cut = AuditHead { sequence: 11, hash: rows[10].hash, ..head.clone() };
    assert_eq!(verify(&rows[..11], Some(&cut), key).unwrap_err().fault, Fault::WrongSignature);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_changed_byte_of_a_file_is_found(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let Chain { file, key, .. } = chain();
        let at = at.index(file.len());
        prop_assume!(file[at] != byte);
        let mut changed = file.clone();
        changed[at] = byte;
        prop_assert!(verify_export(changed.as_slice(), key).is_err(), "byte {at} became {byte}");
    }

    #[test]
    fn removed_lines_and_bytes_of_a_file_are_found(from in any::<prop::sample::Index>(), length in 1_usize..400) {
        let Chain { file, key, .. } = chain();
        let from = from.index(file.len());
        let mut changed = file.clone();
        changed.drain(from..(from + length).min(file.len()));
        prop_assert!(verify_export(changed.as_slice(), key).is_err(), "{length} bytes from {from}");
        prop_assert!(verify_export(&file[..from], key).is_err() || from == 0, "cut at {from}");
    }

    #[test]
    fn inserted_bytes_of_a_file_are_found(at in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 1..8)) {
        let Chain { file, key, .. } = chain();
        let mut changed = file.clone();
        let at = at.index(file.len());
        changed.splice(at..at, bytes.iter().copied());
        prop_assert!(verify_export(changed.as_slice(), key).is_err(), "{bytes:?} at {at}");
    }

    #[test]
    fn shuffled_lines_of_a_file_are_found(order in Just((0..=RECORDS).collect::<Vec<_>>()).prop_shuffle()) {
        let Chain { file, key, .. } = chain();
        prop_assume!(!order.is_sorted());
        let lines: Vec<&[u8]> = file.split_inclusive(|byte| *byte == b'\n').collect();
        let changed: Vec<u8> = order.iter().flat_map(|at| lines[*at]).copied().collect();
        prop_assert!(verify_export(changed.as_slice(), key).is_err());
    }

    #[test]
    fn a_changed_row_is_found_at_its_place(at in 0..RECORDS, field in 0..7, byte in 0_usize..32, flip in 1_u8..) {
        let Chain { rows, head, key, .. } = chain();
        let mut rows = rows.clone();
        let row = &mut rows[at];
        let spoil = |text: &mut String| text.push(char::from(flip));
        match field {
            0 => spoil(&mut row.id),
            1 => spoil(&mut row.kind),
            2 => spoil(&mut row.record),
            3 => spoil(&mut row.node),
            4 => row.previous[byte] ^= flip,
            5 => row.hash[byte] ^= flip,
            _ => row.format = row.format.wrapping_add(u32::from(flip)),
        }
        let finding = verify(&rows, Some(head), key).unwrap_err();
        prop_assert_eq!(finding.sequence, at as u64 + 1);
    }
}

#[tokio::test]
async fn what_is_done_to_the_database_is_found() {
    let attacks = [
        ("UPDATE audit SET record = replace(record, '5', '6') WHERE sequence = 6", 6),
        ("UPDATE audit SET kind = 'outcome' WHERE sequence = 1", 1),
        ("DELETE FROM audit WHERE sequence = 4", 4),
        ("DELETE FROM audit WHERE sequence > 9", 10),
        (
            "UPDATE audit SET sequence = 100 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3; \
          UPDATE audit SET sequence = 3 WHERE sequence = 100",
            2,
        ),
        (
            "INSERT INTO audit SELECT node, 13, format, 'more', kind, record, previous, hash FROM audit WHERE sequence = 12",
            13,
        ),
        ("DELETE FROM audit_head", 1),
        ("UPDATE audit_head SET sequence = 11", 11),
    ];
    for (sql, sequence) in attacks {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        fill(&store).await;
        store.close().await.unwrap();
        rusqlite::Connection::open(folder.path().join(DATABASE_FILE)).unwrap().execute_batch(sql).unwrap();
        let store = SqliteStore::inspect(folder.path()).unwrap();
        let (rows, head) = (store.audit(0, 100).await.unwrap(), store.audit_head().await.unwrap());
        let finding = verify(&rows, head.as_ref(), &store.audit_public_key()).unwrap_err();
        assert_eq!(finding.sequence, sequence, "{sql}: {finding}");
        assert_eq!(verify_store(&store, &store.audit_public_key()).await.unwrap().unwrap_err(), finding, "{sql}");
    }
}

#[tokio::test]
async fn writing_on_never_hides_what_was_done() {
    let settings = Settings::default();
    let attacks = [
        "UPDATE audit SET record = '{}' WHERE sequence = 12",
        "DELETE FROM audit WHERE sequence > 9",
        "DELETE FROM audit",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET sequence = 11",
    ];
    for sql in attacks {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        fill(&store).await;
        store.close().await.unwrap();
        rusqlite::Connection::open(folder.path().join(DATABASE_FILE)).unwrap().execute_batch(sql).unwrap();
        // Either it is refused at once, or it goes on and the break stays.
        let Ok(store) = SqliteStore::open(folder.path(), &settings) else { continue };
        store.commit(Change::new().audit(record(90))).await.unwrap();
        let (rows, head) = (store.audit(0, 100).await.unwrap(), store.audit_head().await.unwrap());
        assert!(verify(&rows, head.as_ref(), &store.audit_public_key()).is_err(), "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_grows_is_verified_and_exported_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = std::sync::Arc::new(open(folder.path()));
    fill(&store).await;
    let writer = std::sync::Arc::clone(&store);
    let writing = tokio::spawn(async move {
        for number in 100..1_600 {
            writer.commit(Change::new().audit(record(number))).await.unwrap();
        }
    });
    let reader = SqliteStore::inspect(folder.path()).unwrap();
    let key = reader.audit_public_key();
    while !writing.is_finished() {
        let records = verify_store(&reader, &key).await.unwrap().unwrap().records;
        let mut file = Vec::new();
        let exported = export_store(&reader, &mut file).await.unwrap();
        assert!(exported >= records, "{exported} after {records}");
        assert_eq!(verify_export(file.as_slice(), &key).unwrap().records, exported);
    }
    writing.await.unwrap();
    assert_eq!(verify_store(&reader, &key).await.unwrap().unwrap().records, 1_512);
}
