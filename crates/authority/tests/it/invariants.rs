//! The product's invariants 1 to 3. Each test bears the number of its invariant.

use bailiwick_authority::{
    AuthorityError, DirectoryChange, Origin, Session,
    record::{AttachmentRecord, Record},
};
use bailiwick_store::{AuditKind, Change, EntityKey, Expect, Store, StoreError};

use crate::policies::{control, deploy_role, managed, managed_arn};
use crate::world::{DEPLOY, OPS, TOPIC, World, authority, call, publish, workload};

#[tokio::test]
async fn invariant_1_a_permit_exists_only_after_its_decision_is_recorded() {
    let world = World::new().await;
    let permit = world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap();
    let row = world.store.audit_record(&permit.ruling().id).await.unwrap().unwrap();
    assert_eq!(row.kind, AuditKind::Decision.as_str());
    let record: serde_json::Value = serde_json::from_str(&row.record).unwrap();
    assert_eq!(record["eventName"], "Publish");
    assert_eq!(record["eventSource"], "sns.amazonaws.com");
    assert_eq!(record["userIdentity"]["type"], "AssumedRole");
    assert_eq!(record["userIdentity"]["sessionContext"]["sourceIdentity"], "person-dana");
    assert_eq!(record["requestParameters"]["topicArn"], TOPIC);
    assert_eq!(record["recipientAccountId"], "444455556666");
    assert_eq!(record["additionalEventData"]["ruling"]["allowed"], true);
    assert_eq!(record["additionalEventData"]["origin"]["member"], "person-dana");
    // A refusal is recorded as well.
    let ruling = world.in_room(OPS, "person-sam", &publish()).await.unwrap_err();
    let row = world.store.audit_record(&ruling.id).await.unwrap().unwrap();
    let record: serde_json::Value = serde_json::from_str(&row.record).unwrap();
    assert_eq!(record["errorCode"], "AccessDenied");
    assert_eq!(record["additionalEventData"]["ruling"]["steps"][5]["state"], "stopped");
}

#[tokio::test]
async fn invariant_1_calls_that_need_no_permission_and_the_system_are_recorded_too() {
    let world = World::new().await;
    let permit =
        world.authorize(&world.user("nobody"), &Origin::Api, &call("sts", "GetCallerIdentity", &[])).await.unwrap();
    assert!(world.store.audit_record(&permit.ruling().id).await.unwrap().is_some());
    let system = bailiwick_authority::Caller::system("req-system");
    let permit = world.authorize(&system, &Origin::System, &call("sns", "ListTopics", &[])).await.unwrap();
    assert!(world.store.audit_record(&permit.ruling().id).await.unwrap().is_some());
}

#[tokio::test]
async fn invariant_1_secrets_are_not_in_the_record() {
    let world = World::new().await;
    let change = call("iam", "ChangePassword", &[("OldPassword", "hunter2hunter2"), ("NewPassword", "correct horse")]);
    let permit = world.authorize(&world.user("admin"), &Origin::Api, &change).await.unwrap();
    let row = world.store.audit_record(&permit.ruling().id).await.unwrap().unwrap();
    assert!(!row.record.contains("hunter2") && !row.record.contains("correct horse"), "{}", row.record);
    assert!(row.record.contains("HIDDEN_DUE_TO_SECURITY_REASONS"));
}

#[tokio::test]
async fn invariant_2_a_store_that_fails_gives_no_permit() {
    let world = World::new().await;
    let admin = world.user("admin");
    world.store.close().await.unwrap();
    let result = world.authority.authorize(&admin, &Origin::Api, publish(), Change::new()).await;
    assert!(matches!(result, Err(AuthorityError::Store(StoreError::Unavailable { .. }))), "{result:?}");
}

#[tokio::test]
async fn invariant_2_what_was_to_be_committed_with_the_decision_and_cannot_be_gives_no_permit() {
    let world = World::new().await;
    let key = EntityKey::global("test.thing", "one");
    let also = Change::new().require(key, Expect::Present);
    let result = world.authority.authorize(&world.user("admin"), &Origin::Api, publish(), also).await;
    assert!(matches!(result, Err(AuthorityError::Store(StoreError::Conflict { .. }))), "{result:?}");
    assert!(world.store.audit_head().await.unwrap().is_none(), "nothing was recorded");
}

#[tokio::test]
async fn invariant_2_a_directory_that_moved_is_read_again_before_the_decision() {
    let world = World::new().await;
    let other = authority(&world.store, &world.clock, 99).await;
    let admin = world.user("admin");
    world.authorize(&admin, &Origin::Api, &publish()).await.unwrap();
    // Another node takes the administrator's policies away.
    let directory = other.directory();
    let mut user = directory.account(workload()).unwrap().user("admin").unwrap().record.clone();
    user.policies.managed.clear();
    other.commit_directory(directory.revision(), DirectoryChange::new().put(user), Change::new()).await.unwrap();
    let ruling = world.authorize(&admin, &Origin::Api, &publish()).await.unwrap_err();
    assert_eq!(ruling.revision, other.directory().revision());
}

/// Changes that break or narrow one layer of `#deploy`, by name.
pub(crate) async fn changed(world: &World, layer: &str, document: &str) {
    let directory = world.authority.directory();
    let name = "Tested";
    let mut room = directory.channels().find(|of| of.channel == DEPLOY).unwrap().as_ref().clone();
    let mut role = deploy_role(world);
    let change = DirectoryChange::new();
    let change = match layer {
        "boundary" => {
            role.permissions_boundary = Some(managed_arn(name));
            change.put(managed(name, document)).put(Record::Role(role))
        }
        "guardrail" => {
            room.guardrail_policy_arns = vec![managed_arn(name)];
            change.put(managed(name, document)).put(room)
        }
        "identity" => {
            role.policies.managed.push(managed_arn(name));
            change.put(managed(name, document)).put(Record::Role(role))
        }
        "scp" => control(document, workload().as_ref()),
        other => panic!("no layer {other}"),
    };
    world.change(change).await;
}

#[tokio::test]
async fn invariant_2_a_policy_that_cannot_be_read_denies_in_every_layer() {
    for layer in ["boundary", "guardrail", "identity", "scp"] {
        for document in ["", "{", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}"#] {
            let world = World::new().await;
            world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap();
            changed(&world, layer, document).await;
            let ruling = world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap_err();
            assert!(ruling.stopped().count() > 0, "{layer}: {document}");
        }
    }
}

#[tokio::test]
async fn invariant_2_a_layer_that_should_be_there_and_is_not_denies() {
    let world = World::new().await;
    let directory = world.authority.directory();
    let room = directory.channels().find(|of| of.channel == DEPLOY).unwrap().as_ref().clone();
    let role = deploy_role(&world);
    let mut gone = role.clone();
    gone.permissions_boundary = Some(managed_arn("Gone"));
    world.change(DirectoryChange::new().put(Record::Role(gone))).await;
    assert!(world.in_room(DEPLOY, "person-dana", &publish()).await.is_err(), "the boundary is gone");
    let mut gone = role.clone();
    gone.policies.managed.push("arn:aws:iam::aws:policy/ThereIsNoSuchPolicy".to_owned());
    world.change(DirectoryChange::new().put(Record::Role(gone))).await;
    assert!(world.in_room(DEPLOY, "person-dana", &publish()).await.is_err(), "an attached policy is gone");
    let mut gone = room.clone();
    gone.guardrail_policy_arns.push(managed_arn("Gone"));
    world.change(DirectoryChange::new().put(Record::Role(role)).put(gone)).await;
    assert!(world.in_room(DEPLOY, "person-dana", &publish()).await.is_err(), "a guardrail is gone");
    let mut many = room.clone();
    many.guardrail_policy_arns = vec!["arn:aws:iam::aws:policy/AdministratorAccess".to_owned(); 11];
    world.change(DirectoryChange::new().put(many)).await;
    assert!(world.in_room(DEPLOY, "person-dana", &publish()).await.is_err(), "more guardrails than can be applied");
    let attachment =
        AttachmentRecord { policy_id: "p-unknown".to_owned(), target_id: workload().to_string(), sequence: 77 };
    world.change(DirectoryChange::new().put(room).put(attachment)).await;
    assert!(world.in_room(DEPLOY, "person-dana", &publish()).await.is_err(), "an attached SCP is not known");
}

#[tokio::test]
async fn invariant_3_a_layer_can_only_narrow() {
    const DOCUMENTS: [&str; 4] = [
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:List*","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"organizations:*","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sns:*","Resource":"*"}]}"#,
    ];
    let calls = || {
        [
            call("sns", "ListTopics", &[]),
            publish(),
            call("sns", "DeleteTopic", &[("TopicArn", TOPIC)]),
            call("organizations", "DescribeOrganization", &[]),
            call("iam", "ListUsers", &[]),
            call("ec2", "DescribeInstances", &[]),
            call("ec2", "TerminateInstances", &[]),
        ]
    };
    let plain = World::new().await;
    let mut before = Vec::new();
    for call in calls() {
        before.push(plain.in_room(DEPLOY, "person-dana", &call).await.is_ok());
    }
    assert!(before.contains(&true) && before.contains(&false));
    for layer in ["boundary", "scp"] {
        for document in DOCUMENTS {
            let world = World::new().await;
            changed(&world, layer, document).await;
            for (call, before) in calls().iter().zip(&before) {
                let after = world.in_room(DEPLOY, "person-dana", call).await.is_ok();
                assert!(!after || *before, "{layer} {document} widened {}", call.operation);
            }
        }
    }
    // A guardrail wide open leaves what the role allows, and not more.
    let world = World::new().await;
    changed(&world, "guardrail", DOCUMENTS[0]).await;
    for (call, before) in calls().iter().zip(&before) {
        let after = world.in_room(DEPLOY, "person-dana", call).await.is_ok();
        assert!(!after || *before, "an open guardrail widened {}", call.operation);
    }
    // A session policy cuts an administrator, and gives a user without policies nothing.
    for document in DOCUMENTS {
        let session = Session {
            policy: Some(document.to_owned()),
            expires_at: plain.authority.now().plus_seconds(900),
            ..Session::default()
        };
        for name in ["admin", "nobody"] {
            let mut caller = plain.user(name);
            for call in calls() {
                caller.session = None;
                let before = plain.authority.preview(&caller, &Origin::Api, &call).allowed;
                caller.session = Some(session.clone());
                let after = plain.authority.preview(&caller, &Origin::Api, &call).allowed;
                assert!(!after || before, "a session policy widened {} of {name}", call.operation);
            }
        }
    }
}

#[tokio::test]
async fn invariant_3_a_resource_policy_does_not_pass_by_the_guardrails() {
    let world = World::new().await;
    let directory = world.authority.directory();
    let mut topic = directory.resource(TOPIC).unwrap().record.clone();
    let role = &world.sample.ops_role_arn;
    topic.policy = Some(format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":["444455556666","{role}"]}},"Action":"SNS:Publish","Resource":"{TOPIC}"}}]}}"#
    ));
    world.change(DirectoryChange::new().put(topic)).await;
    let ruling = world.in_room(OPS, "person-sam", &publish()).await.unwrap_err();
    assert_eq!(ruling.denial.as_ref().unwrap().layer, 6);
}
