//! What the organization's policies do: SCPs at every level, chatbot policies at run time.

use bailiwick_authority::{
    DirectoryChange, Origin, RecordKey, RecordKind,
    record::{AttachmentRecord, OrganizationPolicyRecord, PolicyType},
};

use crate::world::{DEPLOY, OPS, World, call, publish, workload};

fn policy(id: &str, kind: PolicyType, content: &str) -> OrganizationPolicyRecord {
    OrganizationPolicyRecord {
        id: id.to_owned(),
        kind,
        name: format!("policy {id}"),
        description: String::new(),
        content: content.to_owned(),
        tags: Default::default(),
    }
}

fn attach(id: &str, target: &str) -> AttachmentRecord {
    AttachmentRecord { policy_id: id.to_owned(), target_id: target.to_owned(), sequence: 100 }
}

#[tokio::test]
async fn an_scp_binds_the_account_and_its_administrator() {
    let world = World::new().await;
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Sid":"NoPublish","Effect":"Deny","Action":"sns:Publish","Resource":"*"}]}"#;
    world
        .change(
            DirectoryChange::new()
                .put(policy("p-deny", PolicyType::ServiceControlPolicy, deny))
                .put(attach("p-deny", "ou-b4il-workload")),
        )
        .await;
    let ruling = world.authorize(&world.user("admin"), &Origin::Api, &publish()).await.unwrap_err();
    assert_eq!(ruling.denial.as_ref().unwrap().layer, 3);
    assert!(ruling.steps[2].statement.as_deref().unwrap().contains("NoPublish"));
    let message = ruling.fault().unwrap().message;
    assert!(message.ends_with("with an explicit deny in a service control policy"), "{message}");
    let in_room = world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap_err();
    assert_eq!(in_room.denial.as_ref().unwrap().layer, 3);
    assert!(in_room.can_change[0].role.contains("111122223333 (management)"), "{:?}", in_room.can_change);
}

#[tokio::test]
async fn a_level_without_an_allow_stops_everything() {
    let world = World::new().await;
    let key =
        RecordKey { kind: RecordKind::Attachment, account: None, id: "ou-b4il-workload/p-FullAWSAccess".to_owned() };
    world.change(DirectoryChange::new().delete(key)).await;
    let ruling = world.authorize(&world.user("admin"), &Origin::Api, &publish()).await.unwrap_err();
    assert_eq!(ruling.denial.as_ref().unwrap().layer, 3);
    let message = ruling.fault().unwrap().message;
    assert!(message.ends_with("because no service control policy allows the SNS:Publish action"), "{message}");
}

#[tokio::test]
async fn a_chatbot_policy_stops_channels_that_were_there_before_it() {
    let world = World::new().await;
    let list = call("sns", "ListTopics", &[]);
    world.in_room(OPS, "person-sam", &list).await.unwrap();
    let disabled = r#"{"chatbot":{"platforms":{"chime":{"client":{"@@assign":"disabled"}}}}}"#;
    world
        .change(
            DirectoryChange::new()
                .put(policy("p-chat", PolicyType::ChatbotPolicy, disabled))
                .put(attach("p-chat", "r-b4il")),
        )
        .await;
    let ruling = world.in_room(OPS, "person-sam", &list).await.unwrap_err();
    assert_eq!(ruling.sentence(), "the organization's chatbot policy does not let this channel act: it disables chime");
    world.authorize(&world.user("admin"), &Origin::Api, &list).await.unwrap();
    // A policy that cannot be read lets nobody act.
    world.change(DirectoryChange::new().put(policy("p-chat", PolicyType::ChatbotPolicy, "{"))).await;
    assert_eq!(world.in_room(OPS, "person-sam", &list).await.unwrap_err().denial.as_ref().unwrap().layer, 2);
}

#[tokio::test]
async fn members_read_the_organization_only_where_it_lets_them() {
    let world = World::new().await;
    let admin = world.user("admin");
    world.authorize(&admin, &Origin::Api, &call("organizations", "DescribeOrganization", &[])).await.unwrap();
    let own = call("organizations", "DescribeEffectivePolicy", &[("PolicyType", "CHATBOT_POLICY")]);
    world.authorize(&admin, &Origin::Api, &own).await.unwrap();
    let all = call("organizations", "ListAccounts", &[]);
    assert!(world.authorize(&admin, &Origin::Api, &all).await.is_err(), "only the management account lists them");
    let delegation = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Read","Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"organizations:List*","Resource":"*"}}]}}"#,
        workload()
    );
    let directory = world.authority.directory();
    let mut record = directory.organization().unwrap().record().clone();
    record.resource_policy = Some(delegation);
    world.change(DirectoryChange::new().put(record)).await;
    world.authorize(&admin, &Origin::Api, &all).await.unwrap();
}
