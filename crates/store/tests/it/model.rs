//! The store against small models of what it promises, with random changes and random workers.

use crate::ephemeral;
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, Claim, EntityKey, EntityQuery, Expect, Op, OutboxRow, Store, StoreError};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

fn key(number: u8) -> EntityKey {
    EntityKey::global("model", number.to_string())
}

fn expects() -> impl Strategy<Value = Expect> + Clone {
    prop_oneof![Just(Expect::Any), Just(Expect::Absent), Just(Expect::Present), (1_u64..4).prop_map(Expect::Revision)]
}

fn ops() -> impl Strategy<Value = Op> {
    let parts = (0_u8..4, expects());
    prop_oneof![
        4 => (parts.clone(), "[a-z]{0,3}").prop_map(|((id, expect), body)| Op::PutEntity { key: key(id), body, expect }),
        2 => parts.clone().prop_map(|(id, expect)| Op::DeleteEntity { key: key(id), expect }),
        1 => parts.prop_map(|(id, expect)| Op::RequireEntity { key: key(id), expect }),
    ]
}

type Model = BTreeMap<EntityKey, (u64, String)>;

/// What the change makes of the model; on an error, whether it is a duplicate.
fn apply(model: &Model, ops: &[Op]) -> Result<Model, bool> {
    let mut model = model.clone();
    for op in ops {
        let (Op::PutEntity { key, expect, .. } | Op::DeleteEntity { key, expect } | Op::RequireEntity { key, expect }) =
            op
        else {
            unreachable!("only entities are modelled")
        };
        let there = model.get(key).map(|(revision, _)| *revision);
        match (expect, there) {
            (Expect::Absent, Some(_)) => return Err(true),
            (Expect::Present, None) => return Err(false),
            (Expect::Revision(expected), there) if there != Some(*expected) => return Err(false),
            _ => {}
        }
        match op {
            Op::PutEntity { body, .. } => drop(model.insert(key.clone(), (there.unwrap_or(0) + 1, body.clone()))),
            Op::DeleteEntity { .. } => drop(model.remove(key)),
            _ => {}
        }
    }
    Ok(model)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn entities_are_as_the_model_says(changes in prop::collection::vec(prop::collection::vec(ops(), 0..4), 1..25)) {
        let store = ephemeral();
        let mut model = Model::new();
        for ops in changes {
            let change = ops.iter().cloned().fold(Change::new(), Change::op);
            let done = wait(store.commit(change));
            match apply(&model, &ops) {
                Ok(next) => {
                    prop_assert!(done.is_ok(), "{done:?}");
                    model = next;
                }
                Err(true) => prop_assert!(matches!(done, Err(StoreError::Duplicate { .. })), "{done:?}"),
                Err(false) => prop_assert!(matches!(done, Err(StoreError::Conflict { .. })), "{done:?}"),
            }
            let found = wait(store.entities(EntityQuery::kind("model"))).unwrap();
            let found: Model = found.into_iter().map(|entity| (entity.key, (entity.revision, entity.body))).collect();
            prop_assert_eq!(&found, &model);
        }
    }

    /// Workers that claim, die, retry and finish in any order: each destination still gets its rows in order, once each.
    #[test]
    fn each_destination_gets_its_rows_in_order_once(
        rows in prop::collection::vec(0_u8..4, 1..20),
        steps in prop::collection::vec((0_u8..6, any::<prop::sample::Index>(), 0_i64..30), 0..60),
    ) {
        let store = ephemeral();
        let name = |destination: u8| format!("d{destination}");
        let mut change = Change::new();
        for (number, destination) in rows.iter().enumerate() {
            change = change.outbox(format!("{number:03}"), name(*destination), "{}", Timestamp::from_millis(0));
        }
        wait(store.commit(change)).unwrap();
        let mut now = 0;
        let mut held: Vec<OutboxRow> = Vec::new();
        let mut sent: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut finish = |row: OutboxRow, now| {
            if wait(store.commit(Change::new().finish_outbox(&row.key, row.fence, now))).is_ok() {
                sent.entry(row.destination).or_default().push(row.key);
            }
        };
        let claim = |now, limit| Claim { worker: "w".to_owned(), now, lease_millis: 20, limit };
        for (step, at, wait_millis) in steps {
            now += wait_millis;
            let time = Timestamp::from_millis(now);
            match step {
                0 | 1 => held.extend(wait(store.claim_outbox(claim(time, u32::from(step) + 1))).unwrap()),
                _ if held.is_empty() => {}
                2 => drop(held.remove(at.index(held.len()))),
                3 => {
                    let row = held.remove(at.index(held.len()));
                    let later = Timestamp::from_millis(now + 15);
                    let _ = wait(store.commit(Change::new().retry_outbox(&row.key, row.fence, later, "again")));
                }
                _ => finish(held.remove(at.index(held.len())), time),
            }
        }
        loop {
            now += 100;
            let time = Timestamp::from_millis(now);
            let rows = wait(store.claim_outbox(claim(time, 2))).unwrap();
            if rows.is_empty() {
                break;
            }
            rows.into_iter().for_each(|row| finish(row, time));
        }
        for destination in 0..4 {
            let expected: Vec<String> =
                rows.iter().enumerate().filter(|(_, to)| **to == destination).map(|(n, _)| format!("{n:03}")).collect();
            prop_assert_eq!(sent.remove(&name(destination)).unwrap_or_default(), expected);
        }
    }
}
