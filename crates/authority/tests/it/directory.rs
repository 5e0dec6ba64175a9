//! The directory through the store: what was put is there again after a restart, and what does not fit is refused.

use bailiwick_authority::{
    ApplyError, CommitError, DirectoryChange, RecordKey, RecordKind, STORED_FORMAT,
    record::{
        AccountPreferencesRecord, DelegatedAdministratorRecord, GroupRecord, ManagedPolicyRecord, PolicyVersionRecord,
        RoleMappingRecord,
    },
};
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, EntityQuery, Store};

use crate::world::{World, authority, workload};

const AT: Timestamp = Timestamp::from_millis(1);

fn group(id: &str, name: &str) -> GroupRecord {
    GroupRecord {
        account: workload(),
        id: id.to_owned(),
        name: name.to_owned(),
        path: "/".to_owned(),
        created_at: AT,
        policies: Default::default(),
    }
}

#[tokio::test]
async fn every_kind_of_record_is_there_after_a_restart() {
    let world = World::new().await;
    let version = PolicyVersionRecord { id: "v1".to_owned(), document: "{}".to_owned(), created_at: AT };
    let policy = ManagedPolicyRecord {
        account: workload(),
        id: "ANPAONE".to_owned(),
        name: "One".to_owned(),
        path: "/team/".to_owned(),
        description: String::new(),
        created_at: AT,
        updated_at: AT,
        versions: vec![version],
        default_version: "v1".to_owned(),
        next_version: 2,
        tags: Default::default(),
    };
    let preferences = AccountPreferencesRecord {
        account: workload(),
        user_authorization_required: true,
        training_data_collection_enabled: false,
    };
    let delegated = DelegatedAdministratorRecord {
        account: workload(),
        service_principal: "chatbot.amazonaws.com".to_owned(),
        enabled_at: AT,
    };
    let mapping = RoleMappingRecord {
        account: workload(),
        configuration_arn: "arn:aws:chatbot::444455556666:chat-configuration/chime-room/ops".to_owned(),
        member: "person-kim".to_owned(),
        iam_role_arn: world.sample.ops_role_arn.clone(),
        aws_user_identity: "arn:aws:iam::444455556666:user/kim".to_owned(),
        created_at: AT,
    };
    let change = DirectoryChange::new()
        .put(group("AGPAONE", "Admins"))
        .put(policy)
        .put(preferences)
        .put(delegated)
        .put(mapping)
        .put(bailiwick_authority::record::OrganizationPolicyRecord {
            id: "p-one".to_owned(),
            kind: bailiwick_authority::record::PolicyType::TagPolicy,
            name: "Tags".to_owned(),
            description: String::new(),
            content: "{}".to_owned(),
            tags: Default::default(),
        });
    world.change(change).await;
    let entities = world.store.entities(EntityQuery::kinds("directory.")).await.unwrap();
    for kind in RecordKind::ALL {
        assert!(entities.iter().any(|entity| entity.key.kind == kind.as_str()), "{kind:?} is not stored");
    }
    assert!(entities.iter().all(|entity| entity.body.starts_with(&format!("{{\"format\":{STORED_FORMAT},"))));
    let again = authority(&world.store, &world.clock, 5).await;
    let (before, after) = (world.authority.directory(), again.directory());
    assert_eq!(before.revision(), after.revision());
    assert_eq!(format!("{before:?}").len(), format!("{after:?}").len());
    let account = after.account(workload()).unwrap();
    assert!(account.group("ADMINS").is_some(), "names have no case");
    assert!(account.managed_policy("arn:aws:iam::444455556666:policy/team/One").is_some());
    assert_eq!(after.organization().unwrap().administrators().len(), 1);
}

#[tokio::test]
async fn a_change_that_does_not_fit_changes_nothing() {
    let world = World::new().await;
    world.change(DirectoryChange::new().put(group("AGPAONE", "Admins"))).await;
    let base = world.authority.directory().revision();
    let commit = |change| world.authority.commit_directory(base, change, Change::new());
    let twice = commit(DirectoryChange::new().put(group("AGPATWO", "admins"))).await;
    assert!(matches!(twice, Err(CommitError::Apply(ApplyError::NameTaken { .. }))), "{twice:?}");
    let key = RecordKey { kind: RecordKind::Group, account: Some(workload()), id: "AGPANONE".to_owned() };
    let missing = commit(DirectoryChange::new().delete(key)).await;
    assert!(matches!(missing, Err(CommitError::Apply(ApplyError::Missing { .. }))), "{missing:?}");
    assert_eq!(world.authority.directory().revision(), base);
    // A change that was computed from an older directory is refused.
    world.change(DirectoryChange::new().put(group("AGPATHREE", "Others"))).await;
    let stale = commit(DirectoryChange::new().put(group("AGPAFOUR", "More"))).await;
    assert!(matches!(stale, Err(CommitError::Stale { .. })), "{stale:?}");
}

#[tokio::test]
async fn secrets_of_access_keys_are_sealed_in_the_store() {
    let world = World::new().await;
    let entities = world.store.entities(EntityQuery::kind("directory.access-key")).await.unwrap();
    assert_eq!(entities.len(), 2);
    for (entity, key) in entities.iter().flat_map(|entity| world.sample.keys.iter().map(move |key| (entity, key))) {
        assert!(!entity.body.contains(key.secret_access_key.expose()));
    }
}
