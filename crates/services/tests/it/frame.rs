//! The frame around the handlers: denial, faults, work for the bot, a directory that moves.

use std::sync::Arc;

use bailiwick_authority::record::ResourceRecord;
use bailiwick_authority::{DirectoryChange, Origin};
use bailiwick_services::{Answer, InvokeError, Services};
use bailiwick_store::{Change, EntityQuery, Store};
use serde_json::json;

use crate::world::{Came, World, workload};

const TOPIC: &str = "arn:aws:sns:us-east-1:444455556666:alarms";

/// The sample's topic with the rooms that listen to it.
async fn with_rooms(world: &World, names: &[&str]) {
    world.ok("sns", "CreateTopic", json!({"Name": "alarms"})).await;
    let account = world.ok("chime", "CreateAccount", json!({"Name": "workload"})).await;
    let account = &account["Account"]["AccountId"];
    for name in names {
        let room = world.ok("chime", "CreateRoom", json!({"AccountId": account, "Name": name})).await;
        let input = json!({
            "ConfigurationName": name,
            "RoomId": room["Room"]["RoomId"],
            "IamRoleArn": world.sample.ops_role_arn,
            "GuardrailPolicyArns": world.sample.ops_guardrail_arns,
            "SnsTopicArns": [TOPIC],
        });
        world.ok("bailiwick", "CreateRoomConfiguration", input).await;
    }
}

#[tokio::test]
async fn a_published_message_is_one_row_of_work_for_each_channel_and_wakes_the_workers() {
    let world = World::new().await;
    with_rooms(&world, &["ops", "deploy"]).await;
    let mut waiter = world.wake.waiter();
    let published = world.ok("sns", "Publish", json!({"TopicArn": TOPIC, "Message": "hi", "Subject": "s"})).await;
    waiter.wait().await;
    let claimed = world.store.claim_inbox(bailiwick_store::Claim {
        worker: "test".to_owned(),
        now: world.now(),
        lease_millis: 60_000,
        limit: 10,
    });
    let mut rows = claimed.await.unwrap();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(rows.len(), 2);
    for (row, name) in rows.iter().zip(["deploy", "ops"]) {
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
        let arn = format!("arn:aws:chatbot::444455556666:chat-configuration/chime-room/{name}");
        assert_eq!(
            body,
            json!({
                "Type": "Notification", "MessageId": published["MessageId"], "TopicArn": TOPIC, "Subject": "s",
                "Message": "hi", "Timestamp": "2026-11-22T10:00:00.000Z", "ConfigurationArn": arn,
            })
        );
        assert_eq!(row.id, format!("sns/{}/{arn}", published["MessageId"].as_str().unwrap()));
    }
}

#[tokio::test]
async fn a_denied_call_changes_nothing() {
    let world = World::new().await;
    let nobody = world.caller("nobody");
    let before = world.authority.directory().revision();
    let Came::Denied(fault) = world.call(&nobody, "sns", "CreateTopic", &json!({"Name": "mine"})).await else {
        panic!("it was not denied");
    };
    assert_eq!(fault.code, "AuthorizationError");
    assert_eq!(world.authority.directory().revision(), before);
    assert!(world.store.entities(EntityQuery::kind("sns.topic")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_fault_leaves_its_record_and_no_change() {
    let world = World::new().await;
    let before = world.authority.directory().revision();
    let audited = world.store.audit_head().await.unwrap().map_or(0, |head| head.sequence);
    let input = json!({"Name": "alarms", "Attributes": {"SignatureVersion": "9"}});
    let came = world.call(&world.caller("admin"), "sns", "CreateTopic", &input).await;
    assert!(matches!(&came, Came::Fault(fault) if fault.code == "InvalidParameter"), "{came:?}");
    assert_eq!(world.authority.directory().revision(), before);
    assert!(world.store.entities(EntityQuery::kind("sns.topic")).await.unwrap().is_empty());
    assert_eq!(
        world.store.audit_head().await.unwrap().map_or(0, |head| head.sequence),
        audited + 2,
        "the decision and the outcome"
    );
}

#[tokio::test]
async fn an_input_that_does_not_fit_is_refused_before_the_handler_in_the_words_of_the_service() {
    let world = World::new().await;
    let (admin, management) = (world.caller("admin"), world.caller("management"));
    let cases = [
        (
            "iam",
            "GetRole",
            json!({}),
            "ValidationError",
            "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null",
        ),
        (
            "organizations",
            "ListPolicies",
            json!({"Filter": "NO_POLICY"}),
            "InvalidInputException",
            "You specified an invalid policy type.",
        ),
        (
            "chime",
            "CreateRoom",
            json!({"AccountId": "x"}),
            "BadRequestException",
            "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
        ),
        ("sns", "CreateTopic", json!({"Name": "no spaces"}), "InvalidParameter", "Invalid parameter: Topic Name"),
    ];
    for (service, operation, input, code, message) in cases {
        let caller = if service == "organizations" { &management } else { &admin };
        let Came::Fault(fault) = world.call(caller, service, operation, &input).await else {
            panic!("{service}:{operation} took it");
        };
        let fits = match message.strip_suffix('*') {
            Some(prefix) => fault.message.starts_with(prefix),
            None => fault.message == message,
        };
        assert!(fault.code == code && fits, "{service}:{operation}: {fault}");
    }
}

#[tokio::test]
async fn a_permit_of_an_older_directory_is_stale_and_the_whole_call_is_made_again() {
    let world = World::new().await;
    let admin = world.caller("admin");
    let call = world.make(workload(), "sns", "CreateTopic", &json!({"Name": "alarms"}));
    let outcome = world.authority.authorize(&admin, &Origin::Api, call.clone(), Change::new()).await.unwrap();
    let bailiwick_authority::Outcome::Allowed(permit) = outcome else { panic!("denied") };

    // Another process changes the directory.
    let (services, authority) = world.another_node().await;
    let record =
        ResourceRecord { arn: format!("{TOPIC}-2"), account: workload(), policy: None, tags: Default::default() };
    let base = authority.directory().revision();
    authority.commit_directory(base, DirectoryChange::new().put(record), Change::new()).await.unwrap();

    let stale = world.services.invoke(permit, call.clone(), |_| Change::new()).await;
    assert!(matches!(stale, Err(InvokeError::Stale)), "{stale:?}");
    assert!(world.store.entities(EntityQuery::kind("sns.topic")).await.unwrap().is_empty());
    let again = world.services.call(&admin, &Origin::Api, call.clone()).await.unwrap();
    assert!(matches!(again, Answer::Output(_)), "{again:?}");
    // The other process sees the topic that this one made, and answers with it.
    let same = services.call(&admin, &Origin::Api, call).await.unwrap();
    assert!(matches!(same, Answer::Output(_)), "{same:?}");
}

#[tokio::test]
async fn calls_at_once_all_come_through() {
    let world = World::new().await;
    world.ok("sns", "CreateTopic", json!({"Name": "alarms"})).await;
    let admin = world.caller("admin");
    let tags = (0..6).map(|n| {
        let tags = json!({"ResourceArn": TOPIC, "Tags": [{"Key": format!("k{n}"), "Value": "v"}]});
        let call = world.make(workload(), "sns", "TagResource", &tags);
        let (services, admin) = (Arc::clone(&world.services), admin.clone());
        tokio::spawn(async move { services.call(&admin, &Origin::Api, call).await })
    });
    for task in tags.collect::<Vec<_>>() {
        assert!(matches!(task.await.unwrap().unwrap(), Answer::Output(_)));
    }
    let listed = world.ok("sns", "ListTagsForResource", json!({"ResourceArn": TOPIC})).await;
    assert_eq!(listed["Tags"].as_array().unwrap().len(), 6);
}

#[test]
fn every_operation_served_is_modelled_and_has_an_authorization_row() {
    let pack = bailiwick_aws::pack::Pack::embedded().unwrap();
    let rows = bailiwick_authority::Rows::read().unwrap();
    for (service, operation) in Services::operations() {
        assert!(pack.service(service).unwrap().operation(operation).is_some(), "{service}:{operation} has no model");
        assert!(rows.has(service, operation), "{service}:{operation} has no authorization row");
        assert!(Services::serves(service));
    }
}
