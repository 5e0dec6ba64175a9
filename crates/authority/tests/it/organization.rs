//! What the organization's policies do: SCPs at every level, chatbot policies at run time.

use bailiwick_authority::{
    DirectoryChange, Origin, RecordKey, RecordKind,
    record::{
        AccountRequestRecord, AttachmentRecord, DelegatedAdministratorRecord, EffectivePolicyRecord, HandshakeAction,
        HandshakeParty, HandshakeRecord, HandshakeState, OrganizationPolicyRecord, PolicyType, ResourcePolicyRecord,
    },
};
use bailiwick_ident::Timestamp;

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

fn handshake(party: HandshakeParty) -> HandshakeRecord {
    let at = Timestamp::from_seconds(1_790_000_000);
    HandshakeRecord {
        id: "h-invite01".to_owned(),
        action: HandshakeAction::Invite,
        state: HandshakeState::Open,
        party,
        requested_at: at,
        expires_at: at.plus_seconds(15 * 86_400),
        changed_at: at,
        notes: None,
        tags: Default::default(),
        parent: None,
    }
}

/// One of each record of what the organization and accounts agree on.
pub(crate) fn agreements() -> DirectoryChange {
    let at = Timestamp::from_seconds(1_790_000_000);
    DirectoryChange::new()
        .put(handshake(HandshakeParty::Account(workload())))
        .put(AccountRequestRecord {
            id: "car-request1".to_owned(),
            account_name: "new".to_owned(),
            requested_at: at,
            completed_at: at,
            account: Some(workload()),
            gov_cloud_account: None,
            failure_reason: None,
        })
        .put(EffectivePolicyRecord {
            account: workload(),
            kind: PolicyType::BackupPolicy,
            content: "{}".to_owned(),
            updated_at: at,
        })
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
    record.resource_policy =
        Some(ResourcePolicyRecord { id: "rp-delegate".to_owned(), content: delegation, tags: Default::default() });
    world.change(DirectoryChange::new().put(record)).await;
    world.authorize(&admin, &Origin::Api, &all).await.unwrap();
}

/// The delegation policy with one statement for the workload account.
async fn delegate(world: &World, statement: &str) {
    let mut record = world.authority.directory().organization().unwrap().record().clone();
    let content = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{{statement},"Principal":{{"AWS":"arn:aws:iam::{}:root"}},"Resource":"*"}}]}}"#,
        workload()
    );
    record.resource_policy = Some(ResourcePolicyRecord { id: "rp-one".to_owned(), content, tags: Default::default() });
    world.change(DirectoryChange::new().put(record)).await;
}

#[tokio::test]
async fn a_delegated_administrator_reads_unless_the_delegation_policy_denies_it() {
    let world = World::new().await;
    let admin = world.user("admin");
    let (list, describe) =
        (call("organizations", "ListAccounts", &[]), call("organizations", "DescribeOrganization", &[]));
    let write = call("organizations", "DeletePolicy", &[("PolicyId", "p-FullAWSAccess")]);
    let may = async |call: &_| world.authorize(&admin, &Origin::Api, call).await.is_ok();
    assert!(!may(&list).await);
    world
        .change(DirectoryChange::new().put(DelegatedAdministratorRecord {
            account: workload(),
            service_principal: "config.amazonaws.com".to_owned(),
            enabled_at: Timestamp::from_seconds(1),
        }))
        .await;
    assert!(may(&list).await);
    assert!(!may(&write).await, "reading is all that comes with it");
    assert!(
        world.authorize(&world.user("nobody"), &Origin::Api, &list).await.is_err(),
        "its own policies must allow it too"
    );
    delegate(&world, r#""Effect":"Allow","Action":"organizations:DeletePolicy""#).await;
    assert!(may(&write).await);
    delegate(&world, r#""Effect":"Deny","Action":["organizations:List*","organizations:DescribeOrganization"]"#).await;
    assert!(!may(&list).await);
    assert!(!may(&describe).await, "also what every member may ask");
}

#[tokio::test]
async fn a_member_reads_its_own_effective_policy_and_no_other() {
    let world = World::new().await;
    let admin = world.user("admin");
    for (target, allowed) in [("444455556666", true), ("111122223333", false)] {
        let input = [("PolicyType", "CHATBOT_POLICY"), ("TargetId", target)];
        let asked = call("organizations", "DescribeEffectivePolicy", &input);
        assert_eq!(world.authorize(&admin, &Origin::Api, &asked).await.is_ok(), allowed, "{target}");
    }
}

#[tokio::test]
async fn a_handshake_is_answered_by_whom_it_is_with() {
    let world = World::new().await;
    let accept = call("organizations", "AcceptHandshake", &[("HandshakeId", "h-invite01")]);
    for (party, allowed) in [
        (HandshakeParty::Account(workload()), true),
        (HandshakeParty::Email("Workload@example.com".to_owned()), true),
        (HandshakeParty::Account("111122223333".parse().unwrap()), false),
        (HandshakeParty::Organization, false),
    ] {
        world.change(DirectoryChange::new().put(handshake(party.clone()))).await;
        let ruling = world.authorize(&world.user("admin"), &Origin::Api, &accept).await;
        assert_eq!(ruling.is_ok(), allowed, "{party:?}");
    }
}

#[tokio::test]
async fn nobody_acts_in_a_closed_account() {
    let world = World::new().await;
    let list = call("sns", "ListTopics", &[]);
    let mut record = world.authority.directory().account(workload()).unwrap().record().clone();
    record.membership.as_mut().unwrap().status = "SUSPENDED".to_owned();
    world.change(DirectoryChange::new().put(record)).await;
    let ruling = world.authorize(&world.user("admin"), &Origin::Api, &list).await.unwrap_err();
    assert!(ruling.sentence().contains("closed"), "{}", ruling.sentence());
}
