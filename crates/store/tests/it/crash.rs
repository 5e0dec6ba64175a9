//! A child process commits and says what was acknowledged; it is killed at some moment. What it said must be there, whole.

use crate::open;
use bailiwick_ident::Timestamp;
use bailiwick_store::audit::verify;
use bailiwick_store::{
    AuditDraft, AuditKind, Change, Claim, EntityKey, EntityQuery, Expect, Settings, SqliteStore, Store,
};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const FOLDER: &str = "BAILIWICK_CRASH_TEST_FOLDER";
const COMMITTERS: usize = 8;

/// Everything of one change carries its id, so that half a change can be seen.
fn change(id: &str) -> Change {
    let audit = AuditDraft { id: id.to_owned(), kind: AuditKind::Decision, record: format!("\"{id}\"") };
    Change::new()
        .put(EntityKey::global("crash", id), "{}", Expect::Absent)
        .inbox(id, "room", "{}", Timestamp::from_millis(0))
        .outbox(id, format!("d-{}", id.len()), "{}", Timestamp::from_millis(0))
        .audit(audit)
}

/// The child: commits until it is killed. Does nothing when it is run as an ordinary test.
#[test]
fn child_writer() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = Arc::new(open(Path::new(&folder)));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let start = store.counts().await.unwrap().audit_records;
        let tasks: Vec<_> = (0..COMMITTERS)
            .map(|committer| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    for number in 0_u64.. {
                        let id = format!("{start}-{committer}-{number}");
                        store.commit(change(&id)).await.unwrap();
                        // One write per line: the kill cannot cut a line in the middle of another.
                        let mut out = std::io::stdout().lock();
                        out.write_all(format!("\nacknowledged {id} .\n").as_bytes()).unwrap();
                        out.flush().unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child_writer", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn another_process_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start(folder.path());
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(out.by_ref().map_while(Result::ok).any(|line| line.starts_with("acknowledged")));
    let refused = SqliteStore::open(folder.path(), &Settings::default()).unwrap_err().to_string();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(refused.contains(&format!("another Bailiwick (process {}) uses the data folder", child.id())), "{refused}");
    drop(open(folder.path()));
}

fn run_and_kill(folder: &Path, after: Duration) -> Vec<String> {
    let mut child = start(folder);
    let out = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        let acknowledged = |line: String| line.strip_prefix("acknowledged ")?.strip_suffix(" .").map(str::to_owned);
        out.lines().map_while(Result::ok).filter_map(acknowledged).collect::<Vec<_>>()
    });
    let deadline = Instant::now() + Duration::from_secs(20);
    while !folder.join("lock").exists() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_and_nothing_is_half_applied() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    for round in 0..12_u64 {
        // Moments spread from opening to the middle of the stream, with odd milliseconds.
        let after = Duration::from_millis(3 + round * round * 7 % 173);
        acknowledged.extend(run_and_kill(folder.path(), after));
        let store = open(folder.path());
        let rows = store.audit(0, u32::MAX).await.unwrap();
        let head = store.audit_head().await.unwrap();
        verify(&rows, head.as_ref(), &store.audit_public_key()).unwrap();
        let recorded: BTreeSet<String> = rows.into_iter().map(|row| row.id).collect();
        let lost: Vec<_> = acknowledged.difference(&recorded).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
        let entities = store.entities(EntityQuery::kind("crash")).await.unwrap();
        let entities: BTreeSet<String> = entities.into_iter().map(|entity| entity.key.id).collect();
        let counts = store.counts().await.unwrap();
        assert_eq!(entities, recorded, "round {round}");
        assert_eq!(counts.inbox_open, recorded.len() as u64, "round {round}");
        assert_eq!(counts.outbox_open, recorded.len() as u64, "round {round}");
        if recorded.len() > 8_000 {
            break;
        }
    }
    println!("{} changes were acknowledged", acknowledged.len());
    assert!(acknowledged.len() > 20, "only {} changes were acknowledged in all", acknowledged.len());
    let claim = Claim { worker: "w".to_owned(), now: Timestamp::from_millis(1), lease_millis: 10, limit: 10_000 };
    assert!(open(folder.path()).claim_inbox(claim).await.unwrap().len() >= acknowledged.len());
}
