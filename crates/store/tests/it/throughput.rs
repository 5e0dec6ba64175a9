//! How many small durable changes go through per second. Prints the figure; fails only when commits are not grouped at all.

use crate::{ephemeral, open};
use bailiwick_ident::Timestamp;
use bailiwick_store::{AuditDraft, AuditKind, Change, SqliteStore, Store};
use std::sync::Arc;
use std::time::Instant;

/// What one message in a room costs: its identity, a message's outbox row, and an audit record.
fn change(id: String) -> Change {
    let now = Timestamp::from_millis(1);
    let audit =
        AuditDraft { id: id.clone(), kind: AuditKind::Decision, record: "{\"eventVersion\":\"1.11\"}".repeat(20) };
    Change::new().inbox(id.clone(), "room", "{}", now).outbox(id, "room:ops", "{}", now).audit(audit)
}

async fn measure(store: SqliteStore, committers: u64, each: u64) -> f64 {
    let store = Arc::new(store);
    let start = Instant::now();
    let tasks: Vec<_> = (0..committers)
        .map(|committer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for number in 0..each {
                    store.commit(change(format!("{committer}-{number}"))).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    (committers * each) as f64 / start.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_committers_share_the_wait_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let new = open(&folder.path().join("new"));
    println!("opening a new folder took {:.1?}", start.elapsed());
    drop(new);
    let alone = measure(open(&folder.path().join("one")), 1, 200).await;
    let together = measure(open(&folder.path().join("many")), 16, 250).await;
    let memory = measure(ephemeral(), 16, 250).await;
    println!("changes per second: {alone:.0} from 1 committer, {together:.0} from 16, {memory:.0} from 16 in memory");
    assert!(together > 100.0, "{together:.0} changes per second");
}
