use super::super::audit::{Sealer, list};
use super::super::{connect, entity, migrate::migrate};
use super::{Hand, Job, QUEUE, Reply, Shared, Writer};
use crate::audit::{AuditDraft, AuditKind, Verifier};
use crate::vault::{MasterKey, Vault};
use crate::{Change, Committed, EntityKey, Expect, Handing, StoreError};
use bailiwick_ident::Timestamp;
use tokio::sync::{mpsc, oneshot};

fn writer() -> Writer {
    let mut db = connect::memory().unwrap();
    migrate(&mut db).unwrap();
    let signer = Vault::new(MasterKey::from_bytes([1; 32])).audit_signer().unwrap();
    let sealer = Sealer::resume(&db, "n", signer).unwrap();
    let (_, jobs) = mpsc::channel(QUEUE);
    Writer { db, sealer, shared: Shared::default(), hand: Hand::default(), jobs, checkpoints: None, broken: None }
}

fn change(id: &str, bytes: usize) -> Change {
    let audit = AuditDraft { id: id.to_owned(), kind: AuditKind::System, record: "{}".to_owned() };
    Change::new().audit(audit).put(EntityKey::global("k", id), "x".repeat(bytes), Expect::Absent)
}

/// One common commit of several changes; what each was told.
fn commit(writer: &mut Writer, changes: Vec<Change>) -> Vec<Result<Committed, StoreError>> {
    let (jobs, answers): (Vec<_>, Vec<_>) = changes
        .into_iter()
        .map(|change| {
            let (reply, answer) = oneshot::channel();
            (Job::Commit(change, Reply::new(reply)), answer)
        })
        .unzip();
    writer.write(jobs);
    answers.into_iter().map(|mut answer| answer.try_recv().unwrap()).collect()
}

fn there(writer: &Writer, id: &str) -> bool {
    entity::get(&writer.db, &EntityKey::global("k", id)).unwrap().is_some()
}

fn check_chain(writer: &Writer, records: u64) {
    let mut verifier = Verifier::new();
    for row in list(&writer.db, "n", 0, 100).unwrap() {
        verifier.record(&row).unwrap();
    }
    let head = super::super::audit::head(&writer.db, "n").unwrap();
    assert_eq!(verifier.finish(head.as_ref(), &writer.sealer.public_key()).unwrap().records, records);
}

#[test]
fn one_of_a_group_fails_alone() {
    let mut writer = writer();
    let answers = commit(&mut writer, vec![change("a", 1), change("a", 1), change("b", 1)]);
    assert_eq!(answers[0].as_ref().unwrap().audit, [1]);
    assert!(matches!(answers[1], Err(StoreError::Duplicate { .. })));
    assert_eq!(answers[2].as_ref().unwrap().audit, [2]);
    check_chain(&writer, 2);
}

/// The group is done a second time where a piece fails; what it hands over is handed over once.
#[test]
fn a_post_beside_a_failing_piece_is_handed_over_once() {
    let mut writer = writer();
    let handing = Handing { worker: "w".to_owned(), lease_millis: 1_000, room: 4 };
    let (reply, mut answer) = oneshot::channel();
    writer.write(vec![Job::HandPosts(handing, Reply::new(reply))]);
    let mut handed = answer.try_recv().unwrap().unwrap();
    let post = |key: &str| Change::new().outbox(key, format!("chat/{key}"), "{}", Timestamp::from_millis(0));
    let answers = commit(&mut writer, vec![post("a"), change("x", 1), change("x", 1), post("b")]);
    assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false, true]);
    assert_eq!([handed.try_recv().unwrap().key, handed.try_recv().unwrap().key], ["a", "b"]);
    assert!(handed.try_recv().is_err());
    // Every place was given back, or taken once.
    let answers = commit(&mut writer, ["c", "d", "e", "f"].map(post).into());
    assert!(answers.iter().all(Result::is_ok));
    let keys: Vec<String> = std::iter::from_fn(|| handed.try_recv().ok()).map(|row| row.key).collect();
    assert_eq!(keys, ["c", "d", "e", "f"]);
}

fn record(id: &str) -> AuditDraft {
    AuditDraft { id: id.to_owned(), kind: AuditKind::Decision, record: "{}".to_owned() }
}

#[test]
fn records_of_one_piece_are_kept_together_or_not_at_all() {
    let mut writer = writer();
    let call = |decision: &str, outcome: &str| {
        Change::new().require_directory(0).audit(record(decision)).audit(record(outcome))
    };
    let stale = Change::new().require_directory(7).audit(record("stale"));
    let answers = commit(&mut writer, vec![call("a", "b"), call("c", "b"), stale, call("c", "d")]);
    assert_eq!(answers[0].as_ref().unwrap().audit, [1, 2]);
    assert_eq!(answers[0].as_ref().unwrap().directory_revision, 0);
    assert!(matches!(answers[1], Err(StoreError::Duplicate { .. })), "{:?}", answers[1]);
    assert!(matches!(answers[2], Err(StoreError::Conflict { .. })), "{:?}", answers[2]);
    assert_eq!(answers[3].as_ref().unwrap().audit, [3, 4]);
    check_chain(&writer, 4);
}

/// A full disk makes SQLite undo the whole transaction by itself. Everybody must hear of it, and nothing may stay.
#[test]
fn a_full_disk_fails_the_whole_group_and_leaves_nothing() {
    let mut writer = writer();
    commit(&mut writer, vec![change("before", 1)]).remove(0).unwrap();
    let pages: i64 = writer.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    writer.db.query_row(&format!("PRAGMA max_page_count = {}", pages + 8), [], |_| Ok(())).unwrap();

    let answers = commit(&mut writer, vec![change("a", 10), change("big", 1 << 20), change("c", 10)]);
    let told: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    let stored: Vec<bool> = ["a", "big", "c"].iter().map(|id| there(&writer, id)).collect();
    assert_eq!(told, stored, "{answers:?}");
    for answer in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert!(answer.to_string().contains("the disk is full"), "{answer}");
    }
    assert!(!told[1]);

    writer.db.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
    let records = 1 + told.iter().filter(|told| **told).count() as u64;
    check_chain(&writer, records);
    let answers = commit(&mut writer, vec![change("big", 1 << 20), change("d", 1)]);
    assert_eq!(answers[0].as_ref().unwrap().audit, [records + 1]);
    check_chain(&writer, records + 2);
}

/// Nobody may be told of success, or of a conflict with something that did not stay, when the common commit fails.
#[test]
fn a_failing_commit_tells_everybody() {
    let mut writer = writer();
    writer.db.commit_hook(Some(|| true)).unwrap();
    let answers = commit(&mut writer, vec![change("a", 1), change("a", 1), change("b", 1)]);
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::Unavailable { .. }))), "{answers:?}");
    writer.db.commit_hook(None::<fn() -> bool>).unwrap();
    assert!(!there(&writer, "a") && !there(&writer, "b"));
    assert_eq!(commit(&mut writer, vec![change("a", 1)])[0].as_ref().unwrap().audit, [1]);
    check_chain(&writer, 1);
}
