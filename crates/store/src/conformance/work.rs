use super::{Outcome, at, cases, conflict, duplicate, ok, same, together};
use crate::{Change, Claim, HELD_FENCE, Handing, Made, OutboxQuery, OutboxRow, Store, WorkState};
use std::sync::Arc;

cases!("work": accepted_order, inbox_once, inbox_held, inbox_lease_and_fence, inbox_retry, outbox_known_key, outbox_order, outbox_retry_blocks, outbox_dead, outbox_release, posts_are_claimed_apart, posts_are_handed_over, claims_are_disjoint, sweep);

fn claim(now: i64, limit: u32) -> Claim {
    Claim { worker: "w".to_owned(), now: at(now), lease_millis: 100, limit }
}

async fn claimed_inbox(store: &dyn Store, now: i64) -> Result<Vec<(String, u64)>, String> {
    Ok(ok(store.claim_inbox(claim(now, 10)).await)?.into_iter().map(|row| (row.id, row.fence)).collect())
}

async fn claimed_outbox(store: &dyn Store, now: i64) -> Result<String, String> {
    let rows = ok(store.claim_outbox(claim(now, 10)).await)?;
    Ok(rows.iter().map(|row| format!("{}/{}", row.key, row.fence)).collect::<Vec<_>>().join(" "))
}

/// Work is done in the order in which it was committed, whatever the clock said: the same time twice, or one that went back.
async fn accepted_order(store: Arc<dyn Store>) -> Outcome {
    let times = [700, 700, 900, 300, 300, 0, 800];
    let names: Vec<String> = (0..times.len()).map(|n| format!("{}", 9 - n)).collect();
    let mut sequences = Vec::new();
    for (name, time) in names.iter().zip(times) {
        let change = Change::new().inbox(name, "room", "{}", at(time));
        sequences.extend(ok(store.commit(change.outbox(name, "chat/slack/C1", "{}", at(time))).await)?.inbox);
    }
    same(sequences.is_sorted_by(|a, b| a < b) && sequences.len() == names.len(), true)?;
    // The clock stands before all of them.
    let rows = ok(store.claim_inbox(claim(0, 10)).await)?;
    same(rows.iter().map(|row| row.sequence).collect::<Vec<_>>(), sequences)?;
    same(rows.into_iter().map(|row| row.id).collect(), names.clone())?;
    for name in &names {
        let rows = ok(store.claim_posts(claim(0, 10)).await)?;
        same(rows.iter().map(|row| row.key.as_str()).collect(), vec![name.as_str()])?;
        ok(store.commit(Change::new().finish_outbox(name, 1, at(0))).await)?;
    }
    same(ok(store.counts().await)?.outbox_open, 0)
}

async fn inbox_once(store: Arc<dyn Store>) -> Outcome {
    ok(store.commit(Change::new().inbox("m1", "room", "{}", at(10))).await)?;
    duplicate(store.commit(Change::new().inbox("m1", "slack", "{}", at(11))).await)?;
    same(claimed_inbox(&*store, 10).await?, vec![("m1".to_owned(), 1)])?;
    ok(store.commit(Change::new().finish_inbox("m1", 1, "answered")).await)?;
    duplicate(store.commit(Change::new().inbox("m1", "room", "{}", at(99))).await)?;
    conflict(store.commit(Change::new().finish_inbox("m1", 1, "again")).await)?;
    same(claimed_inbox(&*store, 1_000_000).await?, vec![])?;
    let row = ok(store.inbox("m1").await)?.map(|row| (row.state, row.outcome, row.attempts, row.source));
    same(row, Some((WorkState::Finished, Some("answered".to_owned()), 1, "room".to_owned())))?;
    same(ok(store.counts().await)?.inbox_open, 0)
}

/// Work that is held from the beginning is nobody else's until its lease ends.
async fn inbox_held(store: Arc<dyn Store>) -> Outcome {
    let held = |id: &str| Change::new().held_inbox(id, "chat", "{}", at(0), ("w".to_owned(), at(100)));
    ok(store.commit(held("m1").and(held("m2"))).await)?;
    duplicate(store.commit(held("m1")).await)?;
    same(claimed_inbox(&*store, 99).await?, vec![])?;
    ok(store.commit(Change::new().finish_inbox("m1", HELD_FENCE, "answered")).await)?;
    same(claimed_inbox(&*store, 100).await?, vec![("m2".to_owned(), 2)])?;
    conflict(store.commit(Change::new().finish_inbox("m2", HELD_FENCE, "answered")).await)
}

async fn inbox_lease_and_fence(store: Arc<dyn Store>) -> Outcome {
    ok(store.commit(Change::new().inbox("m1", "room", "{}", at(0)).inbox("m2", "room", "{}", at(0))).await)?;
    conflict(store.commit(Change::new().finish_inbox("m1", 0, "not claimed")).await)?;
    same(claimed_inbox(&*store, 0).await?, vec![("m1".to_owned(), 1), ("m2".to_owned(), 1)])?;
    same(claimed_inbox(&*store, 99).await?, vec![])?;
    // The lease ended: somebody else has it now, and the first holder may no longer end it.
    same(claimed_inbox(&*store, 100).await?, vec![("m1".to_owned(), 2), ("m2".to_owned(), 2)])?;
    let late = Change::new().outbox("answer", "room:ops", "{}", at(100)).finish_inbox("m1", 1, "late");
    conflict(store.commit(late).await)?;
    same(ok(store.outbox_row("answer").await)?, None)?;
    ok(store.commit(Change::new().finish_inbox("m1", 2, "done")).await)?;
    // A lease that ended without another claim is still the holder's.
    ok(store.commit(Change::new().finish_inbox("m2", 2, "done")).await).map(drop)
}

async fn inbox_retry(store: Arc<dyn Store>) -> Outcome {
    ok(store.commit(Change::new().inbox("m1", "room", "{}", at(0))).await)?;
    same(claimed_inbox(&*store, 0).await?.len(), 1)?;
    ok(store.commit(Change::new().retry_inbox("m1", 1, at(500), "no answer")).await)?;
    conflict(store.commit(Change::new().finish_inbox("m1", 1, "given back")).await)?;
    same(claimed_inbox(&*store, 499).await?, vec![])?;
    let row = ok(store.inbox("m1").await)?.map(|row| (row.state, row.error, row.not_before));
    same(row, Some((WorkState::Waiting, Some("no answer".to_owned()), at(500))))?;
    same(claimed_inbox(&*store, 500).await?, vec![("m1".to_owned(), 2)])
}

async fn outbox_known_key(store: Arc<dyn Store>) -> Outcome {
    let add = |body: &'static str| store.commit(Change::new().outbox("k1", "room:ops", body, at(1)));
    same(ok(add("1").await)?.known_outbox, vec![])?;
    same(ok(add("2").await)?.known_outbox, vec!["k1".to_owned()])?;
    let expected = OutboxRow {
        key: "k1".to_owned(),
        destination: "room:ops".to_owned(),
        body: "1".to_owned(),
        created_at: at(1),
        state: WorkState::Waiting,
        fence: 0,
        attempts: 0,
        not_before: at(0),
        error: None,
        ended_at: None,
        receipt: None,
        made: Made::default(),
    };
    same(ok(store.outbox_row("k1").await)?, Some(expected))
}

async fn outbox_order(store: Arc<dyn Store>) -> Outcome {
    let mut change = Change::new();
    for (key, destination) in [("b1", "b"), ("a1", "a"), ("a2", "a"), ("c1", "c"), ("b2", "b")] {
        change = change.outbox(key, destination, "{}", at(0));
    }
    ok(store.commit(change).await)?;
    same(claimed_outbox(&*store, 0).await?, "b1/1 a1/1 c1/1".to_owned())?;
    same(claimed_outbox(&*store, 50).await?, String::new())?;
    ok(store.commit(Change::new().finish_outbox("a1", 1, at(60))).await)?;
    same(claimed_outbox(&*store, 60).await?, "a2/1".to_owned())?;
    same(claimed_outbox(&*store, 100).await?, "b1/2 c1/2".to_owned())?;
    conflict(store.commit(Change::new().finish_outbox("b1", 1, at(101))).await)?;
    ok(store.commit(Change::new().finish_outbox("b1", 2, at(101))).await)?;
    same(claimed_outbox(&*store, 101).await?, "b2/1".to_owned())?;
    let sent = OutboxQuery { state: Some(WorkState::Finished), ..OutboxQuery::default() };
    let keys: Vec<String> = ok(store.outbox(sent).await)?.into_iter().map(|row| row.key).collect();
    same(keys, vec!["b1".to_owned(), "a1".to_owned()])?;
    // What is known to somebody by a receipt stays.
    ok(store.commit(Change::new().receipted_outbox("c1", 2, at(101), "17.1".to_owned())).await)?;
    let kept = ok(store.outbox_row("c1").await)?.map(|row| (row.state, row.receipt, row.body));
    same(kept, Some((WorkState::Finished, Some("17.1".to_owned()), String::new())))?;
    ok(store.commit(Change::new().sweep(at(102))).await)?;
    same(ok(store.outbox_row("c1").await)?.is_some(), true)?;
    same(ok(store.outbox_row("a1").await)?, None)
}

async fn outbox_retry_blocks(store: Arc<dyn Store>) -> Outcome {
    ok(store.commit(Change::new().outbox("a1", "a", "{}", at(0)).outbox("a2", "a", "{}", at(0))).await)?;
    same(claimed_outbox(&*store, 0).await?, "a1/1".to_owned())?;
    ok(store.commit(Change::new().retry_outbox("a1", 1, at(500), "429")).await)?;
    same(claimed_outbox(&*store, 499).await?, String::new())?;
    same(claimed_outbox(&*store, 500).await?, "a1/2".to_owned())?;
    let row = ok(store.outbox_row("a1").await)?.map(|row| (row.attempts, row.error, row.state));
    same(row, Some((2, Some("429".to_owned()), WorkState::Claimed)))
}

async fn outbox_dead(store: Arc<dyn Store>) -> Outcome {
    ok(store.commit(Change::new().outbox("a1", "a", "{}", at(0)).outbox("a2", "a", "{}", at(0))).await)?;
    same(claimed_outbox(&*store, 0).await?, "a1/1".to_owned())?;
    conflict(store.commit(Change::new().dead_outbox("a1", 9, "gone", at(1))).await)?;
    ok(store.commit(Change::new().dead_outbox("a1", 1, "gone", at(1))).await)?;
    same(claimed_outbox(&*store, 1).await?, "a2/1".to_owned())?;
    let counts = ok(store.counts().await)?;
    same((counts.outbox_open, counts.outbox_dead), (1, 1))?;
    let dead = OutboxQuery { state: Some(WorkState::Dead), destination: Some("a".to_owned()), limit: 5 };
    let rows = ok(store.outbox(dead).await)?;
    same(rows.into_iter().map(|row| (row.key, row.ended_at)).collect(), vec![("a1".to_owned(), Some(at(1)))])?;
    // What was given up is tried once more when somebody says so, and not what was not.
    conflict(store.commit(Change::new().revive_outbox("a2", at(2))).await)?;
    ok(store.commit(Change::new().revive_outbox("a1", at(2))).await)?;
    conflict(store.commit(Change::new().revive_outbox("a1", at(2))).await)?;
    let row = ok(store.outbox_row("a1").await)?.map(|row| (row.state, row.attempts, row.ended_at));
    same(row, Some((WorkState::Waiting, 1, None)))?;
    same(ok(store.counts().await)?.outbox_dead, 0)
}

async fn outbox_release(store: Arc<dyn Store>) -> Outcome {
    let change =
        Change::new().outbox("a1", "a", "{}", at(0)).outbox("b1", "b", "{}", at(0)).outbox("b2", "b", "{}", at(0));
    ok(store.commit(change).await)?;
    same(claimed_outbox(&*store, 0).await?, "a1/1 b1/1".to_owned())?;
    ok(store.commit(Change::new().retry_outbox("b1", 1, at(500), "later")).await)?;
    ok(store.commit(Change::new().release_outbox("somebody else", at(10))).await)?;
    same(claimed_outbox(&*store, 10).await?, String::new())?;
    // Only what was held comes back at once: what waits for its time goes on waiting.
    ok(store.commit(Change::new().release_outbox("w", at(10))).await)?;
    same(claimed_outbox(&*store, 10).await?, "a1/2".to_owned())
}

async fn posts_are_claimed_apart(store: Arc<dyn Store>) -> Outcome {
    let mut change = Change::new();
    for (key, destination) in [("a1", "a"), ("p1", "chat/slack/C1"), ("p2", "chat/slack/C1"), ("q1", "chat/slack/C2")] {
        change = change.outbox(key, destination, "{}", at(0));
    }
    ok(store.commit(change).await)?;
    let posts = async |now| {
        let rows = ok(store.claim_posts(claim(now, 10)).await)?;
        Ok::<_, String>(rows.iter().map(|row| format!("{}/{}", row.key, row.fence)).collect::<Vec<_>>().join(" "))
    };
    same(posts(0).await?, "p1/1 q1/1".to_owned())?;
    same(claimed_outbox(&*store, 0).await?, "a1/1".to_owned())?;
    ok(store.commit(Change::new().finish_outbox("p1", 1, at(1))).await)?;
    same(claimed_outbox(&*store, 1).await?, String::new())?;
    same(posts(1).await?, "p2/1".to_owned())
}

/// What is due for a channel is handed over by the commit that makes it due, claimed, and in order.
async fn posts_are_handed_over(store: Arc<dyn Store>) -> Outcome {
    let post =
        |key: &str, channel: &str, now| Change::new().outbox(key, format!("chat/slack/{channel}"), "{}", at(now));
    ok(store.commit(post("before", "C0", 0)).await)?;
    let handing = Handing { worker: "w".to_owned(), lease_millis: 100, room: 2 };
    let mut handed = ok(store.hand_posts(handing).await)?;
    let mut taken = || {
        let rows: Vec<String> =
            std::iter::from_fn(|| handed.try_recv().ok()).map(|row| format!("{}/{}", row.key, row.fence)).collect();
        rows.join(" ")
    };
    ok(store.commit(post("a1", "C1", 0).and(post("a2", "C1", 0)).and(post("b1", "C2", 0))).await)?;
    same(taken(), "a1/1 b1/1".to_owned())?;
    // Neither what is known, nor what is no post, nor what comes after something, nor what failed with its commit.
    ok(store.commit(post("a1", "C3", 0).and(post("z2", "C0", 0)).outbox("s1", "sns", "{}", at(0))).await)?;
    conflict(store.commit(post("c1", "C4", 0).finish_inbox("nobody", 1, "")).await)?;
    same(taken(), String::new())?;
    // It is claimed as by a claim.
    let row = ok(store.outbox_row("a1").await)?.map(|row| (row.state, row.attempts, row.not_before));
    same(row, Some((WorkState::Claimed, 1, at(100))))?;
    let posts = async |now| {
        let rows = ok(store.claim_posts(claim(now, 10)).await)?;
        Ok::<_, String>(rows.iter().map(|row| format!("{}/{}", row.key, row.fence)).collect::<Vec<_>>().join(" "))
    };
    same(posts(99).await?, "before/1".to_owned())?;
    // The end of one hands over the next, where it is due; a row that is tried again holds those after it.
    ok(store.commit(Change::new().finish_outbox("a1", 1, at(5))).await)?;
    same(taken(), "a2/1".to_owned())?;
    ok(store.commit(Change::new().retry_outbox("a2", 1, at(50), "429")).await)?;
    ok(store.commit(post("a3", "C1", 6)).await)?;
    same(taken(), String::new())?;
    same(posts(50).await?, "a2/2".to_owned())?;
    ok(store.commit(Change::new().dead_outbox("a2", 2, "gone", at(60))).await)?;
    same(taken(), "a3/1".to_owned())?;
    // What finds no room waits to be claimed.
    ok(store.commit(post("d1", "C5", 70).and(post("e1", "C6", 70)).and(post("f1", "C7", 70))).await)?;
    same(taken(), "d1/1 e1/1".to_owned())?;
    same(posts(70).await?, "f1/1".to_owned())?;
    // Nobody takes any more.
    drop(handed);
    ok(store.commit(post("g1", "C8", 80)).await)?;
    let row = ok(store.outbox_row("g1").await)?.map(|row| row.state);
    same(row, Some(WorkState::Waiting))
}

async fn claims_are_disjoint(store: Arc<dyn Store>) -> Outcome {
    let change = (0..20).fold(Change::new(), |change, n| {
        change.inbox(format!("m{n}"), "room", "{}", at(0)).outbox(format!("k{n}"), format!("d{n}"), "{}", at(0))
    });
    ok(store.commit(change).await)?;
    let claims = (0..4).map(|_| store.claim_inbox(claim(0, 6))).collect();
    let inbox: Vec<Vec<_>> = together(claims).await.into_iter().collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    let claims = (0..4).map(|_| store.claim_outbox(claim(0, 6))).collect();
    let outbox: Vec<Vec<_>> =
        together(claims).await.into_iter().collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    let inbox: Vec<String> = inbox.into_iter().flatten().map(|row| row.id).collect();
    let outbox: Vec<String> = outbox.into_iter().flatten().map(|row| row.key).collect();
    for mut ids in [inbox, outbox] {
        same(ids.len(), 20)?;
        ids.sort();
        ids.dedup();
        same(ids.len(), 20)?;
    }
    Ok(())
}

async fn sweep(store: Arc<dyn Store>) -> Outcome {
    let change = Change::new().outbox("sent", "a", "{}", at(0)).outbox("waiting", "a", "{}", at(0));
    ok(store.commit(change.inbox("m1", "room", "{}", at(0))).await)?;
    same(claimed_outbox(&*store, 0).await?, "sent/1".to_owned())?;
    same(claimed_inbox(&*store, 0).await?.len(), 1)?;
    ok(store.commit(Change::new().finish_outbox("sent", 1, at(10)).finish_inbox("m1", 1, "done")).await)?;
    ok(store.commit(Change::new().sweep(at(10))).await)?;
    same(ok(store.outbox_row("sent").await)?.is_some(), true)?;
    ok(store.commit(Change::new().sweep(at(11))).await)?;
    same(ok(store.outbox_row("sent").await)?, None)?;
    same(ok(store.outbox_row("waiting").await)?.is_some(), true)?;
    same(ok(store.inbox("m1").await)?.is_some(), true)
}
