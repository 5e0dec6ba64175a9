//! The directory through the store: what was put is there again after a restart, and what does not fit is refused.

use bailiwick_authority::{
    ApplyError, CommitError, DirectoryChange, Platform, RecordKey, RecordKind, STORED_FORMAT,
    record::{
        AccountPreferencesRecord, AccountRegionsRecord, CustomActionRecord, DelegatedAdministratorRecord, GroupRecord,
        IamSettingsRecord, InstanceProfileRecord, LoginProfileRecord, ManagedPolicyRecord, MfaDeviceRecord,
        MirrorRecord, MirroredOrganization, MirroredPolicyRecord, MirroredRoleRecord, OidcProviderRecord,
        PolicyVersionRecord, RevokedSessionRecord, RoleMappingRecord, RoleRecord, WorkspaceRecord,
    },
};
use bailiwick_ident::{Partition, Timestamp};
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
    let copied = RoleRecord {
        account: workload(),
        id: "AROACOPIED".to_owned(),
        name: "copied".to_owned(),
        path: "/".to_owned(),
        created_at: AT,
        description: String::new(),
        assume_role_policy_document: "{}".to_owned(),
        max_session_duration: 3_600,
        policies: Default::default(),
        permissions_boundary: None,
        tags: Default::default(),
    };
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
        default_guardrail_policy_arns: Vec::new(),
        minimum_guardrail_policy_arns: Vec::new(),
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
        proved: true,
        created_at: AT,
    };
    let change = DirectoryChange::new()
        .put(group("AGPAONE", "Admins"))
        .put(policy)
        .put(preferences)
        .put(delegated)
        .put(mapping)
        .put(AccountRegionsRecord::new(workload()))
        .put(MirrorRecord {
            account: workload(),
            synced_at: AT,
            read_as: "arn:aws:iam::444455556666:role/sync".to_owned(),
            organization: MirroredOrganization::NotInUse,
        })
        .put(MirroredPolicyRecord {
            account: workload(),
            arn: "arn:aws:iam::444455556666:policy/copied".to_owned(),
            document: "{}".to_owned(),
        })
        .put(MirroredRoleRecord::new(&Partition::aws(), copied))
        .put(IamSettingsRecord::new(workload()))
        .put(LoginProfileRecord {
            account: workload(),
            user_id: "AIDAONE".to_owned(),
            hash: "pbkdf2-sha512$1$$".to_owned(),
            previous: Vec::new(),
            reset_required: false,
            created_at: AT,
            changed_at: AT,
        })
        .put(MfaDeviceRecord {
            account: workload(),
            serial_number: "arn:aws:iam::444455556666:mfa/one".to_owned(),
            sealed_seed: String::new(),
            user_id: None,
            enabled_at: None,
            last_step: 0,
            drift: 0,
            created_at: AT,
            tags: Default::default(),
        })
        .put(OidcProviderRecord {
            account: workload(),
            arn: "arn:aws:iam::444455556666:oidc-provider/id.example.com/x".to_owned(),
            url: "id.example.com/x".to_owned(),
            client_ids: Vec::new(),
            thumbprints: Vec::new(),
            created_at: AT,
            tags: [("team".to_owned(), "a".to_owned())].into(),
        })
        .put(RevokedSessionRecord {
            account: workload(),
            subject: "ASIAABCDEFGHIJKLMNOP".to_owned(),
            shown: "ASIAABCDEFGHIJKLMNOP".to_owned(),
            revoked_at: AT,
        })
        .put(InstanceProfileRecord {
            account: workload(),
            id: "AIPAONE".to_owned(),
            name: "One".to_owned(),
            path: "/".to_owned(),
            role_id: None,
            created_at: AT,
            tags: Default::default(),
        })
        .put(bailiwick_authority::record::OrganizationPolicyRecord {
            id: "p-one".to_owned(),
            kind: bailiwick_authority::record::PolicyType::TagPolicy,
            name: "Tags".to_owned(),
            description: String::new(),
            content: "{}".to_owned(),
            tags: Default::default(),
        })
        .put(WorkspaceRecord {
            account: workload(),
            platform: Platform::Slack,
            id: "T0001".to_owned(),
            name: "Workspace".to_owned(),
            tenant: None,
            sealed_bot_token: None,
            sealed_refresh_token: None,
            token_expires_at: None,
            created_at: AT,
        })
        .put(bailiwick_authority::record::ChatIdentityRecord {
            account: workload(),
            platform: Platform::Slack,
            workspace: "T0001".to_owned(),
            member: "U1".to_owned(),
            user_id: "AIDAONE".to_owned(),
            aws_user_identity: "arn:aws:iam::444455556666:user/one".to_owned(),
            proved_at: AT,
        })
        .put(CustomActionRecord {
            account: workload(),
            arn: "arn:aws:chatbot::444455556666:custom-action/one".to_owned(),
            name: "one".to_owned(),
            command_text: "sns list-topics".to_owned(),
            alias_name: None,
            attachments: Vec::new(),
            configurations: Default::default(),
            tags: Default::default(),
            client_token: None,
            created_at: AT,
        });
    world.change(change.and(crate::organization::agreements())).await;
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
    assert!(account.instance_profile("ONE").is_some() && account.login_profile("AIDAONE").is_some());
    let tags = after.iam_tags("arn:aws:iam::444455556666:oidc-provider/id.example.com/x");
    assert_eq!(tags.and_then(|tags| tags.get("team")).map(String::as_str), Some("a"));
    assert!(after.iam_tags("arn:aws:iam::444455556666:mfa/one").is_some());
    assert!(after.iam_tags("arn:aws:iam::444455556666:instance-profile/other/One").is_none(), "the path counts");
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
    assert_eq!(entities.len(), world.sample.keys.len());
    for (entity, key) in entities.iter().flat_map(|entity| world.sample.keys.iter().map(move |key| (entity, key))) {
        assert!(!entity.body.contains(key.secret_access_key.expose()));
    }
}

#[tokio::test]
async fn an_mfa_code_counts_once_and_for_its_user_only() {
    use bailiwick_authority::mfa::{self, MfaError};

    let world = World::new().await;
    let vault = world.store.vault();
    let serial = "arn:aws:iam::444455556666:mfa/one";
    let seed = [9; mfa::SEED_BYTES];
    let at = |seconds: i64| Timestamp::from_seconds(2_000_000_000 + seconds);
    let device = MfaDeviceRecord {
        account: workload(),
        serial_number: serial.to_owned(),
        sealed_seed: mfa::seal(&vault, serial, &seed).unwrap(),
        user_id: Some("AIDAONE".to_owned()),
        enabled_at: None,
        last_step: 0,
        drift: 0,
        created_at: AT,
        tags: Default::default(),
    };
    let code = |seconds: i64| mfa::code_at(&seed, at(seconds));
    // Two codes in a row put a device in step, also one whose clock is ten minutes ahead.
    assert_eq!(mfa::synchronize(&vault, &device, &code(0), &code(60), at(60)), Err(MfaError::Code));
    assert_eq!(mfa::synchronize(&vault, &device, &code(0), &code(30), at(30)).unwrap().drift, 0);
    let ahead = mfa::synchronize(&vault, &device, &code(600), &code(630), at(30)).unwrap();
    assert_eq!(ahead.drift, 20);

    let check = |device: &MfaDeviceRecord, given: &str, now| mfa::check(&vault, device, given, now);
    let elsewhere = MfaDeviceRecord { serial_number: format!("{serial}-2"), ..device.clone() };
    assert_eq!(check(&elsewhere, &code(0), at(0)), Err(MfaError::Unavailable), "the seed is another device's");
    assert_eq!(check(&device, &code(0), at(90)), Err(MfaError::Code), "too old");
    assert_eq!(check(&device, "", at(0)), Err(MfaError::Code));
    let used = check(&device, &code(0), at(20)).unwrap();
    assert_eq!(check(&used, &code(0), at(20)), Err(MfaError::Code), "used before");
    assert!(check(&used, &code(30), at(40)).is_ok());
}
