//! When keys and services were last used: the same whether it was noted as it happened or read from the audit trail.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn another_process_reads_from_the_trail_what_this_one_noted() {
    let world = World::new().await;
    world.ok("iam", "ListUsers", json!({})).await;
    world.ok("sns", "ListTopics", json!({})).await;
    world.call(&world.caller("nobody"), "iam", "ListRoles", &json!({})).await;
    world.call(&world.caller("root"), "sts", "GetCallerIdentity", &json!({})).await;

    let key = &world.sample.keys[0].access_key_id;
    let here = world.authority.usage().await.unwrap();
    let (_, other) = world.another_node().await;
    let there = other.usage().await.unwrap();
    assert_eq!(here.access_key(key).unwrap().service, "sns");
    assert_eq!(here.access_key(key), there.access_key(key));
    for user in ["admin", "nobody"] {
        let id = world
            .authority
            .directory()
            .account(crate::world::workload())
            .unwrap()
            .user(user)
            .unwrap()
            .record
            .id
            .clone();
        let used = here.service(&id, "iam").unwrap();
        assert_eq!(Some(&used), there.service(&id, "iam").as_ref(), "{user}");
        assert_eq!(used.actions.len(), 1);
        assert_eq!(here.principal(&id), there.principal(&id));
    }
    // Denied attempts count; what nobody did does not.
    assert!(there.service("444455556666", "sts").is_some() && there.service("444455556666", "iam").is_none());
}
