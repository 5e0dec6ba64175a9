use super::{Outcome, at, cases, conflict, duplicate, ok, same};
use crate::{Change, EntityKey, EntityQuery, Expect, Idempotent, MAX_BODY_BYTES, MAX_OPS, Store, StoreError};
use std::sync::Arc;

cases!("entity": expectations, all_or_nothing, order_and_filters, prefixes_are_exact, pages, directory, limits, odd_texts, idempotency, sweep);

fn key(id: &str) -> EntityKey {
    EntityKey::in_account("aws", "111122223333", "directory.role", id)
}

async fn expectations(store: Arc<dyn Store>) -> Outcome {
    let put = |expect| store.commit(Change::new().put(key("a"), "{}", expect));
    conflict(put(Expect::Present).await)?;
    conflict(put(Expect::Revision(1)).await)?;
    same(ok(put(Expect::Absent).await)?.entities, vec![1])?;
    duplicate(put(Expect::Absent).await)?;
    conflict(put(Expect::Revision(2)).await)?;
    same(ok(put(Expect::Revision(1)).await)?.entities, vec![2])?;
    same(ok(put(Expect::Any).await)?.entities, vec![3])?;
    same(ok(put(Expect::Present).await)?.entities, vec![4])?;
    ok(store.commit(Change::new().require(key("a"), Expect::Revision(4))).await)?;
    conflict(store.commit(Change::new().require(key("b"), Expect::Present)).await)?;
    let delete = |expect| store.commit(Change::new().delete(key("a"), expect));
    conflict(delete(Expect::Revision(3)).await)?;
    ok(delete(Expect::Revision(4)).await)?;
    same(ok(store.entity(key("a")).await)?, None)?;
    conflict(delete(Expect::Present).await)?;
    ok(delete(Expect::Any).await)?;
    same(ok(put(Expect::Absent).await)?.entities, vec![1])
}

async fn all_or_nothing(store: Arc<dyn Store>) -> Outcome {
    let change = Change::new()
        .put(key("a"), "1", Expect::Any)
        .room_event("ops", "message.added", None, "{}")
        .inbox("m1", "room", "{}", at(1))
        .outbox("k1", "room:ops", "{}", at(1))
        .advance_directory(0)
        .require(key("missing"), Expect::Present);
    conflict(store.commit(change).await)?;
    same(ok(store.entity(key("a")).await)?, None)?;
    same(ok(store.room_events("ops", 0, 10).await)?.len(), 0)?;
    same(ok(store.inbox("m1").await)?, None)?;
    same(ok(store.outbox_row("k1").await)?, None)?;
    same(ok(store.directory_revision().await)?, 0)?;
    // Later operations of one change see the earlier ones.
    let change = Change::new().put(key("a"), "1", Expect::Absent).put(key("a"), "2", Expect::Revision(1));
    same(ok(store.commit(change).await)?.entities, vec![1, 2])?;
    same(ok(store.entity(key("a")).await)?.map(|entity| entity.body), Some("2".to_owned()))?;
    ok(store.commit(Change::new()).await).map(drop)
}

fn spread() -> Vec<EntityKey> {
    let mut keys = vec![EntityKey::global("agent", "x"), EntityKey::global("directory.account", "1")];
    for account in ["111122223333", "444455556666"] {
        for region in ["", "eu-west-1", "us-east-1"] {
            for kind in ["directory.role", "directory.user", "sns.topic"] {
                for id in ["a", "ab", "b"] {
                    keys.push(EntityKey::in_account("aws", account, kind, id).in_region(region));
                }
            }
        }
    }
    keys.sort();
    keys
}

async fn order_and_filters(store: Arc<dyn Store>) -> Outcome {
    let keys = spread();
    let backwards = keys.iter().rev().fold(Change::new(), |change, key| change.put(key.clone(), "{}", Expect::Absent));
    ok(store.commit(backwards).await)?;
    type Choose = fn(&EntityKey) -> bool;
    let queries: [(EntityQuery, Choose); 6] = [
        (EntityQuery::kinds(""), |_| true),
        (EntityQuery::kinds("directory."), |key| key.kind.starts_with("directory.")),
        (EntityQuery::kind("directory.role"), |key| key.kind == "directory.role"),
        (EntityQuery::kind("sns.topic").account("444455556666"), |key| {
            key.kind == "sns.topic" && key.account == "444455556666"
        }),
        (EntityQuery::kind("sns.topic").partition("aws").region("us-east-1").id_prefix("a"), |key| {
            key.kind == "sns.topic" && key.region == "us-east-1" && key.id.starts_with('a')
        }),
        (EntityQuery::kinds("d").region(""), |key| key.kind.starts_with('d') && key.region.is_empty()),
    ];
    for (query, choose) in queries {
        let found: Vec<EntityKey> = ok(store.entities(query).await)?.into_iter().map(|entity| entity.key).collect();
        same(found, keys.iter().filter(|key| choose(key)).cloned().collect())?;
    }
    Ok(())
}

async fn prefixes_are_exact(store: Arc<dyn Store>) -> Outcome {
    let ids = ["a", "a%", "a_", "ab", "aé", "a\u{10FFFF}", "a\u{10FFFF}b", "A", "b", "é", "éa"];
    let change = ids.iter().fold(Change::new(), |change, id| change.put(key(id), "{}", Expect::Absent));
    ok(store.commit(change).await)?;
    for prefix in ["", "a", "a%", "a_", "a\u{10FFFF}", "é", "A", "c"] {
        let query = EntityQuery::kind("directory.role").id_prefix(prefix);
        let found: Vec<String> = ok(store.entities(query).await)?.into_iter().map(|entity| entity.key.id).collect();
        let mut expected: Vec<String> =
            ids.iter().filter(|id| id.starts_with(prefix)).map(|id| (*id).to_owned()).collect();
        expected.sort();
        same(found, expected)?;
    }
    Ok(())
}

async fn pages(store: Arc<dyn Store>) -> Outcome {
    let keys = spread();
    let change = keys.iter().fold(Change::new(), |change, key| change.put(key.clone(), "{}", Expect::Absent));
    ok(store.commit(change).await)?;
    let mut found: Vec<EntityKey> = Vec::new();
    loop {
        let mut query = EntityQuery::kinds("").limit(7);
        if let Some(last) = found.last() {
            query = query.after(last.clone());
        }
        let page = ok(store.entities(query).await)?;
        if page.is_empty() {
            return same(found, keys);
        }
        same(page.len() <= 7, true)?;
        found.extend(page.into_iter().map(|entity| entity.key));
    }
}

async fn directory(store: Arc<dyn Store>) -> Outcome {
    same(ok(store.commit(Change::new().require_directory(0)).await)?.directory_revision, 0)?;
    same(ok(store.commit(Change::new().advance_directory(0)).await)?.directory_revision, 1)?;
    conflict(store.commit(Change::new().advance_directory(0)).await)?;
    conflict(store.commit(Change::new().require_directory(0).put(key("a"), "", Expect::Any)).await)?;
    same(ok(store.entity(key("a")).await)?, None)?;
    let twice = Change::new().advance_directory(1).and(Change::new().advance_directory(2));
    same(ok(store.commit(twice).await)?.directory_revision, 3)?;
    same(ok(store.directory_revision().await)?, 3)
}

async fn limits(store: Arc<dyn Store>) -> Outcome {
    let limited = |result: Result<_, StoreError>| match result {
        Err(StoreError::Limit { .. }) => Ok(()),
        other => Err(format!("found {other:?}, expected a limit")),
    };
    let long = "x".repeat(MAX_BODY_BYTES + 1);
    limited(store.commit(Change::new().put(key("a"), long.clone(), Expect::Any)).await)?;
    limited(store.commit(Change::new().put(key(&"i".repeat(2049)), "", Expect::Any)).await)?;
    limited(store.commit(Change::new().outbox("k", "d", long, at(1))).await)?;
    let many = (0..=MAX_OPS).fold(Change::new(), |change, _| change.require_directory(0));
    limited(store.commit(many).await)?;
    conflict(store.commit(Change::new().put(key(""), "", Expect::Any)).await)?;
    ok(store.commit(Change::new().put(key("a"), "x".repeat(MAX_BODY_BYTES), Expect::Any)).await).map(drop)
}

async fn odd_texts(store: Arc<dyn Store>) -> Outcome {
    for (number, text) in ["", "\0", "a\0b", "'; DROP TABLE entity; --", "\u{10FFFF}", "12", "1e400"].iter().enumerate()
    {
        let id = format!("{number}{text}");
        ok(store.commit(Change::new().put(key(&id), *text, Expect::Absent)).await)?;
        same(ok(store.entity(key(&id)).await)?.map(|entity| entity.body), Some((*text).to_owned()))?;
    }
    same(ok(store.entities(EntityQuery::kind("directory.role")).await)?.len(), 7)
}

fn token(digest: &str, created: i64, expires: i64) -> Idempotent {
    Idempotent {
        scope: "111122223333/us-east-1".to_owned(),
        operation: "CreateRoom".to_owned(),
        token: "t".to_owned(),
        digest: digest.to_owned(),
        result: "{}".to_owned(),
        created_at: at(created),
        expires_at: at(expires),
    }
}

async fn idempotency(store: Arc<dyn Store>) -> Outcome {
    let put = |row| store.commit(Change::new().idempotent(row));
    same(ok(store.idempotent("111122223333/us-east-1", "CreateRoom", "t").await)?, None)?;
    ok(put(token("d1", 0, 100)).await)?;
    duplicate(put(token("d2", 99, 200)).await)?;
    same(ok(store.idempotent("111122223333/us-east-1", "CreateRoom", "t").await)?, Some(token("d1", 0, 100)))?;
    same(ok(store.idempotent("444455556666/us-east-1", "CreateRoom", "t").await)?, None)?;
    ok(put(token("d2", 100, 200)).await)?;
    same(ok(store.idempotent("111122223333/us-east-1", "CreateRoom", "t").await)?, Some(token("d2", 100, 200)))
}

async fn sweep(store: Arc<dyn Store>) -> Outcome {
    ok(store.commit(Change::new().idempotent(token("d", 0, 100))).await)?;
    ok(store.commit(Change::new().sweep(at(100))).await)?;
    same(ok(store.idempotent("111122223333/us-east-1", "CreateRoom", "t").await)?.is_some(), true)?;
    ok(store.commit(Change::new().sweep(at(101))).await)?;
    same(ok(store.idempotent("111122223333/us-east-1", "CreateRoom", "t").await)?, None)
}
