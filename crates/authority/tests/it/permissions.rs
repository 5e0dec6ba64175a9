//! The permission model of channels: condition keys that say who speaks where, guardrails of channels and accounts, Regions,
//! what no policy opens.

use bailiwick_authority::{
    ActorKind, AgentOrigin, Assurance, Call, Caller, ChannelType, ChatOrigin, DirectoryChange, Origin, Principal,
    Record, StepState,
    record::{AccountPreferencesRecord, ChannelConfigurationRecord},
};
use bailiwick_ident::Timestamp;
use serde_json::json;

use crate::policies::{chatbot_policy, control, deploy_role, managed, managed_arn};
use crate::world::{DEPLOY, OPS, TOPIC, World, call, chat, publish, workload};

fn document(effect: &str, action: &str, condition: Option<(&str, &str, &str)>) -> String {
    let mut statement = json!({"Sid": "One", "Effect": effect, "Action": action, "Resource": "*"});
    if let Some((operator, key, value)) = condition {
        statement["Condition"] = json!({operator: {key: value}});
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// The organizational unit of the workload account, and the root.
const UNIT: &str = "ou-b4il-workload";
const ROOT: &str = "r-b4il";

fn channel(world: &World, room: &str) -> ChannelConfigurationRecord {
    world.authority.directory().channels().find(|of| of.channel == room).unwrap().as_ref().clone()
}

/// Whether Dana may publish in the room whose role and guardrails allow it, with a condition in one layer.
#[derive(Debug, Clone, Copy)]
enum Where {
    Role,
    Guardrail,
    Control,
}

/// A world in which one layer denies publishing under a condition.
async fn world_with(place: Where, condition: (&str, &str, &str)) -> World {
    let world = World::new().await;
    let text = document("Deny", "sns:Publish", Some(condition));
    match place {
        Where::Role => {
            let mut role = deploy_role(&world);
            role.policies.inline.insert("One".to_owned(), text);
            world.change(DirectoryChange::new().put(Record::Role(role))).await;
        }
        Where::Guardrail => {
            let mut room = channel(&world, DEPLOY);
            room.guardrail_policy_arns.push(managed_arn("One"));
            world.change(DirectoryChange::new().put(managed("One", &text)).put(room)).await;
        }
        Where::Control => world.change(control(&text, UNIT)).await,
    }
    world
}

/// Each key of ours works in a role, in a guardrail and in an SCP: where its value fits the call is denied, where not it runs.
#[tokio::test]
async fn every_condition_key_of_ours_works_in_roles_guardrails_and_scps() {
    let keys = [
        ("bailiwick:Platform", "chime", "slack"),
        ("bailiwick:Workspace", "chime-account", "T1"),
        ("bailiwick:Channel", DEPLOY, OPS),
        ("bailiwick:ChannelType", "private", "public"),
        ("bailiwick:MemberId", "person-dana", "person-sam"),
        ("bailiwick:ActorKind", "person", "agent"),
        ("bailiwick:AccessClass", "mutate", "read"),
        ("bailiwick:ApproverCount", "0", "1"),
        ("bailiwick:Assurance", "2", "3"),
        ("bailiwick:RequesterApproved", "false", "true"),
        ("aws:RequestedRegion", "us-east-1", "eu-west-1"),
        ("aws:SourceIdentity", "person-dana", "person-sam"),
        ("aws:PrincipalTag/bailiwick:platform", "chime", "slack"),
        ("aws:PrincipalTag/bailiwick:workspace", "chime-account", "T1"),
        ("aws:PrincipalTag/bailiwick:channel", DEPLOY, OPS),
        ("aws:PrincipalTag/bailiwick:message", "message-1", "message-2"),
        ("aws:PrincipalTag/bailiwick:member", "person-dana", "person-sam"),
        ("aws:ChatbotSourceArn", "arn:aws:chatbot::444455556666:chat-configuration/chime-room/deploy", "arn:aws:x"),
    ];
    for (place, layer) in [(Where::Role, 4), (Where::Guardrail, 6), (Where::Control, 3)] {
        for (key, fits, other) in keys {
            let operator = match key {
                "bailiwick:ApproverCount" | "bailiwick:Assurance" => "NumericEquals",
                "bailiwick:RequesterApproved" => "Bool",
                _ => "StringEquals",
            };
            let world = world_with(place, (operator, key, fits)).await;
            let ruling = world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap_err();
            // What the conversation could still bring is a layer of its own, wherever it is asked for.
            let brought = ["bailiwick:ApproverCount", "bailiwick:Assurance", "bailiwick:RequesterApproved"];
            let layer = if brought.contains(&key) { 9 } else { layer };
            assert_eq!(ruling.denial.as_ref().unwrap().layer, layer, "{key} in {place:?}: {}", ruling.sentence());
            let world = world_with(place, (operator, key, other)).await;
            let ruling = world.in_room(DEPLOY, "person-dana", &publish()).await;
            assert!(ruling.is_ok(), "{key} in {place:?}: {}", ruling.unwrap_err().sentence());
        }
    }
}

#[tokio::test]
async fn what_made_the_message_is_said_by_the_actor_kind() {
    let world = world_with(Where::Role, ("StringNotEquals", "bailiwick:ActorKind", "person")).await;
    world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap();
    for actor in [ActorKind::Button, ActorKind::Schedule] {
        let origin = Origin::Chat(ChatOrigin { actor, ..chat(DEPLOY, "person-dana") });
        let caller = world.authority.channel_caller(&origin, workload(), "req").unwrap();
        assert!(world.authorize(&caller, &origin, &publish()).await.is_err(), "{actor:?}");
    }
    let agent = Origin::Agent(AgentOrigin { chat: chat(DEPLOY, "person-dana"), agent: "assistant".to_owned() });
    let caller = world.authority.channel_caller(&agent, workload(), "req").unwrap();
    assert!(world.authorize(&caller, &agent, &publish()).await.is_err());
}

/// What a call proves of who makes it: the word of a platform, a session, a second factor, and nothing for who is no person.
#[tokio::test]
async fn the_strength_of_the_proof_is_said_by_the_assurance() {
    let deny_below = |least: u8| {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"sns:Publish","Resource":"*","Condition":{{"NumericLessThan":{{"bailiwick:Assurance":"{least}"}}}}}}]}}"#
        );
        control(&document, UNIT)
    };
    let passes = async |origin: Origin, caller: Option<Caller>, least: u8| {
        let world = World::new().await;
        world.change(deny_below(least)).await;
        let caller = caller.unwrap_or_else(|| world.authority.channel_caller(&origin, workload(), "req").unwrap());
        world.authorize(&caller, &origin, &publish()).await.is_ok()
    };
    let origin = |assurance| ChatOrigin { assurance, ..chat(DEPLOY, "person-dana") };
    let levels = [Assurance::None, Assurance::Claimed, Assurance::Session, Assurance::SecondFactor];
    for (level, assurance) in (0..).zip(levels) {
        assert!(passes(Origin::Chat(origin(assurance)), None, level).await, "{assurance:?}");
        assert!(!passes(Origin::Chat(origin(assurance)), None, level + 1).await, "{assurance:?}");
    }
    // Whoever it acts for, an agent is nobody who could prove anything, and neither is a schedule.
    let agent = AgentOrigin { chat: origin(Assurance::SecondFactor), agent: "assistant".to_owned() };
    assert!(!passes(Origin::Agent(agent), None, 1).await);
    let schedule = ChatOrigin { actor: ActorKind::Schedule, ..origin(Assurance::SecondFactor) };
    assert!(!passes(Origin::Chat(schedule), None, 1).await);
    // At the API the credentials say it.
    let world = World::new().await;
    let key = world.user("admin");
    let code = Caller { mfa_at: Some(world.authority.now()), ..key.clone() };
    for (caller, level) in [(key, 1), (code, 3)] {
        assert!(passes(Origin::Api, Some(caller.clone()), level).await, "{level}");
        assert!(!passes(Origin::Api, Some(caller), level + 1).await, "{level}");
    }
}

#[tokio::test]
async fn a_session_says_person_platform_workspace_channel_and_message() {
    let world = World::new().await;
    let (caller, _) = world.chat(DEPLOY, "person-dana");
    assert!(caller.principal.arn_in(world.authority.directory().partition()).ends_with("assumed-role/deploy/Dana"));
    let session = caller.session.unwrap();
    assert_eq!(session.source_identity.as_deref(), Some("person-dana"));
    let tags: Vec<(&str, &str)> = session.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(
        tags,
        [
            ("bailiwick:channel", DEPLOY),
            ("bailiwick:member", "person-dana"),
            ("bailiwick:message", "message-1"),
            ("bailiwick:platform", "chime"),
            ("bailiwick:workspace", "chime-account"),
        ]
    );
}

#[tokio::test]
async fn whoever_cannot_be_identified_is_refused() {
    let world = World::new().await;
    let origin = Origin::Chat(chat(OPS, ""));
    let caller = world.authority.channel_caller(&origin, workload(), "req").unwrap();
    let ruling = world.authorize(&caller, &origin, &call("sns", "ListTopics", &[])).await.unwrap_err();
    assert_eq!(ruling.sentence(), "the platform does not say who asks, so nobody knows whose rights count");
}

#[tokio::test]
async fn inside_the_guardrails_any_allow_counts_and_any_deny_wins() {
    let world = World::new().await;
    let mut room = channel(&world, DEPLOY);
    let reads = document("Allow", "sns:List*", None);
    let publishes = document("Allow", "sns:Publish", None);
    let never = document("Deny", "sns:Publish", None);
    let set = |room: &mut ChannelConfigurationRecord, names: &[&str]| {
        room.guardrail_policy_arns = names.iter().map(|name| managed_arn(name)).collect();
        DirectoryChange::new().put(room.clone())
    };
    let policies = DirectoryChange::new()
        .put(managed("Reads", &reads))
        .put(managed("Publishes", &publishes))
        .put(managed("Never", &never));
    world.change(policies).await;
    let may = async |world: &World| {
        let publish = world.in_room(DEPLOY, "person-dana", &publish()).await.is_ok();
        (publish, world.in_room(DEPLOY, "person-dana", &call("sns", "ListTopics", &[])).await.is_ok())
    };
    world.change(set(&mut room, &["Reads"])).await;
    assert_eq!(may(&world).await, (false, true));
    world.change(set(&mut room, &["Reads", "Publishes"])).await;
    assert_eq!(may(&world).await, (true, true));
    world.change(set(&mut room, &["Reads", "Publishes", "Never"])).await;
    assert_eq!(may(&world).await, (false, true));
    // Eleven are more than a session takes, so nobody acts.
    let many: Vec<String> = (0..11).map(|number| format!("Many{number}")).collect();
    let change = many.iter().fold(DirectoryChange::new(), |change, name| change.put(managed(name, &reads)));
    world.change(change).await;
    world.change(set(&mut room, &many.iter().map(String::as_str).collect::<Vec<_>>())).await;
    let ruling = world.in_room(DEPLOY, "person-dana", &call("sns", "ListTopics", &[])).await.unwrap_err();
    assert_eq!(ruling.sentence(), "the channel has 11 guardrails; at most 10 can be applied");
}

fn preferences(defaults: &[&str], minimum: &[&str]) -> AccountPreferencesRecord {
    let arns = |names: &[&str]| names.iter().map(|name| managed_arn(name)).collect();
    AccountPreferencesRecord {
        account: workload(),
        user_authorization_required: false,
        training_data_collection_enabled: false,
        default_guardrail_policy_arns: arns(defaults),
        minimum_guardrail_policy_arns: arns(minimum),
    }
}

#[tokio::test]
async fn the_account_sets_a_default_and_a_minimum_of_guardrails() {
    let world = World::new().await;
    let reads = document("Allow", "sns:List*", None);
    world.change(DirectoryChange::new().put(managed("Reads", &reads))).await;
    world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap();
    // The minimum limits every channel, whatever its own guardrails allow.
    world.change(DirectoryChange::new().put(preferences(&[], &["Reads"]))).await;
    let ruling = world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap_err();
    assert_eq!(ruling.sentence(), "this channel's guardrails do not allow sns:Publish");
    assert!(ruling.steps[5].text.starts_with("the account's minimum for every channel: no statement allows"));
    assert_eq!(ruling.steps[5].policy.as_deref(), Some("Reads"));
    assert!(ruling.checks.iter().all(|check| !check.allowed));
    world.in_room(DEPLOY, "person-dana", &call("sns", "ListTopics", &[])).await.unwrap();
    // It binds channels, and nobody else.
    world.authorize(&world.user("admin"), &Origin::Api, &publish()).await.unwrap();
    // A minimum that is not there lets nobody act.
    world.change(DirectoryChange::new().put(preferences(&[], &["Gone"]))).await;
    assert!(world.in_room(DEPLOY, "person-dana", &call("sns", "ListTopics", &[])).await.is_err());
    // The default is for channels that name no guardrails.
    let mut room = channel(&world, DEPLOY);
    room.guardrail_policy_arns = Vec::new();
    world.change(DirectoryChange::new().put(preferences(&["Reads"], &[])).put(room)).await;
    world.in_room(DEPLOY, "person-dana", &call("sns", "ListTopics", &[])).await.unwrap();
    let ruling = world.in_room(DEPLOY, "person-dana", &call("ec2", "DescribeInstances", &[])).await.unwrap_err();
    assert_eq!(ruling.steps[5].policy.as_deref(), Some("Reads"));
}

#[tokio::test]
async fn without_guardrails_the_protection_policy_holds_a_channel() {
    let world = World::new().await;
    let mut room = channel(&world, DEPLOY);
    room.guardrail_policy_arns = Vec::new();
    world.change(DirectoryChange::new().put(room)).await;
    world.in_room(DEPLOY, "person-dana", &call("sns", "ListTopics", &[])).await.unwrap();
    let ruling = world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap_err();
    assert_eq!(ruling.steps[5].policy.as_deref(), Some("protection policy, ReadOnlyAccess"));
}

#[tokio::test]
async fn a_user_role_with_every_right_stays_within_the_guardrails() {
    let world = World::new().await;
    let mut role = deploy_role(&world);
    role.policies.managed = vec!["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()];
    let mut room = channel(&world, DEPLOY);
    room.guardrail_policy_arns = vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()];
    world.change(DirectoryChange::new().put(Record::Role(role)).put(room)).await;
    let ruling = world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap_err();
    assert_eq!(ruling.stopped().map(|step| step.number).collect::<Vec<_>>(), [6]);
}

#[tokio::test]
async fn neither_roles_nor_guardrails_open_a_non_supported_operation() {
    let world = World::new().await;
    let everything = "arn:aws:iam::aws:policy/AdministratorAccess".to_owned();
    let mut role = deploy_role(&world);
    role.policies.managed = vec![everything.clone()];
    let mut room = channel(&world, DEPLOY);
    room.guardrail_policy_arns = vec![everything];
    world.change(DirectoryChange::new().put(Record::Role(role)).put(room)).await;
    world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap();
    for (service, operation, input) in [
        ("iam", "ListUsers", &[][..]),
        ("kms", "ListKeys", &[]),
        ("sts", "GetCallerIdentity", &[]),
        ("chatbot", "DescribeSlackWorkspaces", &[]),
        ("secretsmanager", "ListSecrets", &[]),
        ("identitystore", "ListUsers", &[("IdentityStoreId", "d-1")]),
        ("sso-admin", "ListInstances", &[]),
        ("sso-oidc", "RegisterClient", &[("clientName", "x"), ("clientType", "public")]),
        ("s3", "HeadObject", &[("Bucket", "b"), ("Key", "k")]),
        ("s3", "GetObject", &[("Bucket", "b"), ("Key", "k")]),
        ("dynamodb", "GetItem", &[("TableName", "t")]),
        ("ec2", "GetPasswordData", &[("InstanceId", "i-1")]),
        ("ssm", "StartSession", &[("Target", "i-1")]),
    ] {
        let ruling = world.in_room(DEPLOY, "person-dana", &call(service, operation, input)).await.unwrap_err();
        assert_eq!(ruling.denial.as_ref().unwrap().layer, 1, "{service}:{operation}: {}", ruling.sentence());
        assert!(ruling.can_change[0].role.starts_with("nobody"), "{:?}", ruling.can_change);
    }
}

#[tokio::test]
async fn a_refusal_names_the_action_that_is_on_the_list() {
    let world = World::new().await;
    let copy = call("s3", "CopyObject", &[("Bucket", "b"), ("Key", "k"), ("CopySource", "from/k")]);
    let ruling = world.in_room(DEPLOY, "person-dana", &copy).await.unwrap_err();
    assert!(ruling.checks.len() > 1, "copying asks for more than one action: {:?}", ruling.checks);
    let denial = ruling.denial.unwrap();
    assert_eq!((denial.layer, denial.action.as_str()), (1, "s3:GetObject"), "{}", denial.sentence);
}

#[tokio::test]
async fn an_operation_that_the_server_opens_says_so_in_every_trace() {
    let world = World::new().await;
    let get = call("dynamodb", "GetItem", &[("TableName", "t")]);
    assert_eq!(world.in_room(OPS, "person-sam", &get).await.unwrap_err().denial.as_ref().unwrap().layer, 1);
    let World { store, clock, .. } = &world;
    let opened = crate::world::authority(store, clock, 9).await.with_opened(&["dynamodb:GetItem".to_owned()]).unwrap();
    let world = World { authority: opened, ..world };
    let (caller, origin) = world.chat(OPS, "person-sam");
    let ruling = world.authority.preview(&caller, &origin, &get);
    assert_eq!(ruling.steps[0].state, StepState::Passed);
    assert_eq!(
        ruling.steps[0].text,
        "dynamodb:GetItem is on the list; the configuration of this server opens dynamodb:GetItem"
    );
    // The other layers still decide, and other operations stay closed.
    assert!(ruling.steps[5].state == StepState::Passed, "{:#?}", ruling.steps);
    let batch = call("dynamodb", "BatchGetItem", &[]);
    assert_eq!(world.in_room(OPS, "person-sam", &batch).await.unwrap_err().denial.as_ref().unwrap().layer, 1);
}

#[tokio::test]
async fn a_policy_that_denies_regions_stops_commands_and_the_refusal_shows_the_way_out() {
    let world = World::new().await;
    let deny = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "DenyRegions", "Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}},
    }]});
    world.change(control(&deny.to_string(), UNIT)).await;
    let list = |region: &str| Call { region: region.parse().unwrap(), ..call("sns", "ListTopics", &[]) };
    world.in_room(OPS, "person-sam", &list("eu-west-1")).await.unwrap();
    let ruling = world.in_room(OPS, "person-sam", &list("us-east-1")).await.unwrap_err();
    assert_eq!(ruling.denial.as_ref().unwrap().layer, 3);
    let by = ruling.stopped_by().unwrap();
    assert!(by.contains(r#""NotAction": ["chatbot:*", "sns:ListTopics"]"#) && by.contains("--region"), "{by}");
    assert_eq!(ruling.steps[2].value.as_deref(), Some("aws:RequestedRegion is `us-east-1`"));
    // The exemption that it shows lets the command through.
    let exempt = deny.to_string().replace(r#"["iam:*"]"#, r#"["chatbot:*","sns:ListTopics"]"#);
    world.change(control(&exempt, UNIT)).await;
    world.in_room(OPS, "person-sam", &list("us-east-1")).await.unwrap();
}

#[tokio::test]
async fn who_may_change_a_chatbot_policy_is_the_management_account_or_a_delegated_administrator() {
    use bailiwick_authority::record::DelegatedAdministratorRecord;
    let world = World::new().await;
    let disabled = r#"{"chatbot":{"platforms":{"chime":{"client":{"@@assign":"disabled"}}}}}"#;
    world
        .change(chatbot_policy(disabled, ROOT).put(DelegatedAdministratorRecord {
            account: workload(),
            service_principal: "chatbot.amazonaws.com".to_owned(),
            enabled_at: Timestamp::from_seconds(1),
        }))
        .await;
    let ruling = world.in_room(OPS, "person-sam", &call("sns", "ListTopics", &[])).await.unwrap_err();
    assert!(ruling.sentence().starts_with("the organization's chatbot policy does not let this channel act"));
    assert!(ruling.can_change[0].role.contains("management account 111122223333"), "{:?}", ruling.can_change);
    assert_eq!(ruling.can_change[1].role, "the organization's delegated administrators");
    assert_eq!(ruling.can_change[1].names, ["444455556666 (workload)"]);
}

/// What a chatbot policy says of channels of other platforms, by the effective document of an account.
#[tokio::test]
async fn platforms_workspaces_channel_types_and_role_settings_are_judged() {
    use bailiwick_authority::record::ConfigurationKind;
    let world = World::new().await;
    let content = json!({"chatbot": {
        "platforms": {
            "slack": {
                "client": {"@@assign": "enabled"},
                "workspaces": {"@@assign": ["T1", "T2"]},
                "default": {"supported_channel_types": {"@@assign": ["private"]}, "supported_role_settings": {"@@assign": ["user_role"]}},
                "overrides": {"T2": {"supported_channel_types": {"@@assign": ["public", "private"]}, "supported_role_settings": {"@@assign": ["channel_role", "user_role"]}}},
            },
            "microsoft_teams": {
                "client": {"@@assign": "enabled"},
                "tenants": {"aaaaaaaa-0000-0000-0000-000000000000": {"@@assign": ["bbbbbbbb-0000-0000-0000-000000000000"]}},
                "default": {"supported_role_settings": {"@@assign": ["user_role"]}},
                "overrides": {"aaaaaaaa-0000-0000-0000-000000000000": {"bbbbbbbb-0000-0000-0000-000000000000": {"supported_role_settings": {"@@assign": ["channel_role"]}}}},
            },
        },
        "default": {"client": {"@@assign": "disabled"}},
    }});
    world.change(chatbot_policy(&content.to_string(), UNIT)).await;
    let directory = world.authority.directory();
    let judged = |kind: ConfigurationKind, workspace: &str, channel_type: ChannelType, required: bool| {
        let tenant = (kind == ConfigurationKind::MicrosoftTeamsChannel)
            .then(|| "aaaaaaaa-0000-0000-0000-000000000000".to_owned());
        let record = ChannelConfigurationRecord {
            kind,
            workspace: workspace.to_owned(),
            tenant,
            channel_type,
            user_authorization_required: required,
            ..channel(&world, OPS)
        };
        directory.configuration_disabled(&record)
    };
    let (slack, teams) = (ConfigurationKind::SlackChannel, ConfigurationKind::MicrosoftTeamsChannel);
    let (public, private) = (ChannelType::Public, ChannelType::Private);
    assert_eq!(judged(slack, "T1", private, true), None);
    let says = |reason: Option<String>, text: &str| assert!(reason.clone().unwrap().contains(text), "{reason:?}");
    says(judged(slack, "T1", public, true), "it does not support public channels");
    says(judged(slack, "T3", private, true), "it does not name this workspace");
    assert_eq!(judged(slack, "T2", public, false), None, "the override allows more than the default");
    assert_eq!(judged(teams, "bbbbbbbb-0000-0000-0000-000000000000", public, false), None);
    says(judged(teams, "cccccccc-0000-0000-0000-000000000000", public, false), "it does not name this");
    says(
        judged(teams, "bbbbbbbb-0000-0000-0000-000000000000", public, true),
        "it does not support the role setting user_role",
    );
    // What is not named is turned off by the default of the whole policy.
    says(judged(ConfigurationKind::Room, "chime-account", private, false), "it disables chime");
    says(judged(ConfigurationKind::ChimeWebhook, "", private, false), "Contact the management account 111122223333");
}

/// A role setting that the policy does not support: the refusal says what the member can do.
#[tokio::test]
async fn where_only_user_roles_are_supported_a_member_without_one_is_told_to_choose() {
    let world = World::new().await;
    let content = r#"{"chatbot":{"platforms":{"chime":{"client":{"@@assign":"enabled"},"default":{"supported_role_settings":{"@@assign":["user_role"]}}}}}}"#;
    world.change(chatbot_policy(content, ROOT)).await;
    let list = call("sns", "ListTopics", &[]);
    let ruling = world.in_room(OPS, "person-sam", &list).await.unwrap_err();
    assert_eq!(ruling.denial.as_ref().unwrap().layer, 2);
    assert!(ruling.sentence().contains("choose a role of your own: `@aws switch-role`"), "{}", ruling.sentence());
    assert_eq!(world.authority.directory().configuration_disabled(&channel(&world, OPS)), None, "members can act");
    let mapping = bailiwick_authority::record::RoleMappingRecord {
        account: workload(),
        configuration_arn: channel(&world, OPS).arn,
        member: "person-sam".to_owned(),
        iam_role_arn: world.sample.deploy_role_arn.clone(),
        aws_user_identity: "arn:aws:iam::444455556666:user/admin".to_owned(),
        proved: true,
        created_at: Timestamp::from_millis(0),
    };
    world.change(DirectoryChange::new().put(Record::RoleMapping(mapping))).await;
    world.in_room(OPS, "person-sam", &list).await.unwrap();
    let topic = call("sns", "GetTopicAttributes", &[("TopicArn", TOPIC)]);
    world.in_room(OPS, "person-sam", &topic).await.unwrap();
}

/// The role of the template for read-only commands, asked as itself: what the guide says it allows and denies.
#[tokio::test]
async fn the_template_for_read_only_commands_denies_what_the_guide_lists_and_nothing_more_of_reading() {
    let world = World::new().await;
    let (caller, _) = world.chat(OPS, "person-sam");
    let may = |service: &str, operation: &str, input: &[(&str, &str)]| {
        world.authority.preview(&caller, &Origin::Api, &call(service, operation, input))
    };
    for (service, operation, input) in [
        ("iam", "ListUsers", &[][..]),
        ("kms", "ListKeys", &[]),
        ("sts", "GetAccessKeyInfo", &[("AccessKeyId", "AKIAIOSFODNN7EXAMPLE")]),
        ("cognito-idp", "GetSigningCertificate", &[("UserPoolId", "us-east-1_a")]),
        ("ec2", "GetPasswordData", &[("InstanceId", "i-0123456789abcdef0")]),
        ("ecr", "GetAuthorizationToken", &[]),
        ("gamelift", "RequestUploadCredentials", &[("BuildId", "build-1")]),
        ("gamelift", "GetInstanceAccess", &[("FleetId", "fleet-1"), ("InstanceId", "i-1")]),
        ("lightsail", "DownloadDefaultKeyPair", &[]),
        ("lightsail", "GetInstanceAccessDetails", &[("instanceName", "one")]),
        ("lightsail", "GetKeyPair", &[("keyPairName", "one")]),
        ("lightsail", "GetKeyPairs", &[]),
        ("redshift", "GetClusterCredentials", &[("DbUser", "u"), ("ClusterIdentifier", "c")]),
        ("s3", "GetBucketPolicy", &[("Bucket", "b")]),
        (
            "storagegateway",
            "DescribeChapCredentials",
            &[("TargetARN", "arn:aws:storagegateway:us-east-1:444455556666:x")],
        ),
    ] {
        let ruling = may(service, operation, input);
        assert!(!ruling.allowed, "{service}:{operation}");
        let of_role = &ruling.steps[3];
        let denies = of_role.text.contains("AWS-Chatbot-ReadOnly-Commands-Policy denies");
        assert!(denies || service == "sts", "{service}:{operation}: {}", of_role.text);
    }
    for (service, operation, input) in [
        ("cognito-idp", "ListUserPools", &[("MaxResults", "1")][..]),
        ("ec2", "DescribeInstances", &[]),
        ("ecr", "DescribeRepositories", &[]),
        ("gamelift", "ListFleets", &[]),
        ("lightsail", "GetInstances", &[]),
        ("redshift", "DescribeClusters", &[]),
        ("s3", "ListBuckets", &[]),
        ("storagegateway", "ListGateways", &[]),
    ] {
        let ruling = may(service, operation, input);
        assert!(ruling.allowed, "{service}:{operation}: {}", ruling.sentence());
    }
    assert!(!may("ec2", "TerminateInstances", &[("InstanceIds", "i-1")]).allowed, "it only reads");
}

/// The protection policy lets through what could be run before every command could: reading, functions, support, incidents.
#[tokio::test]
async fn the_protection_policy_is_what_it_was() {
    let world = World::new().await;
    let everything = "arn:aws:iam::aws:policy/AdministratorAccess".to_owned();
    let mut role = deploy_role(&world);
    role.policies.managed = vec![everything];
    let mut room = channel(&world, DEPLOY);
    room.guardrail_policy_arns = world.sample.ops_guardrail_arns.clone();
    world.change(DirectoryChange::new().put(Record::Role(role)).put(room)).await;
    for (service, operation, input, allowed) in [
        ("ec2", "DescribeInstances", &[][..], true),
        ("lambda", "Invoke", &[("FunctionName", "one")], true),
        ("support", "CreateCase", &[("subject", "s"), ("communicationBody", "b")], true),
        (
            "ssm-incidents",
            "StartIncident",
            &[("responsePlanArn", "arn:aws:ssm-incidents::444455556666:response-plan/one")],
            true,
        ),
        ("lambda", "DeleteFunction", &[("FunctionName", "one")], false),
        ("ec2", "TerminateInstances", &[], false),
        ("sns", "Publish", &[("TopicArn", TOPIC), ("Message", "hi")], false),
    ] {
        let ruling = world.in_room(DEPLOY, "person-dana", &call(service, operation, input)).await;
        let said = ruling.as_ref().err().map(|ruling| ruling.sentence());
        assert_eq!(ruling.is_ok(), allowed, "{service}:{operation}: {said:?}");
    }
}

/// Different members of one channel act with different roles; one that is required has no other.
#[tokio::test]
async fn members_of_one_channel_have_different_permissions_by_their_roles() {
    let world = World::new().await;
    let room = channel(&world, DEPLOY);
    let mapping = |member: &str, role: &str| {
        Record::RoleMapping(bailiwick_authority::record::RoleMappingRecord {
            account: workload(),
            configuration_arn: room.arn.clone(),
            member: member.to_owned(),
            iam_role_arn: role.to_owned(),
            aws_user_identity: "arn:aws:iam::444455556666:user/admin".to_owned(),
            proved: true,
            created_at: Timestamp::from_millis(0),
        })
    };
    // The channel's role is everybody's who chose none.
    world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap();
    world.in_room(DEPLOY, "person-lee", &publish()).await.unwrap();
    // A member may choose although nobody must.
    world.change(DirectoryChange::new().put(mapping("person-lee", &world.sample.ops_role_arn))).await;
    world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap();
    let ruling = world.in_room(DEPLOY, "person-lee", &publish()).await.unwrap_err();
    assert_eq!(ruling.denial.as_ref().unwrap().layer, 4);
    assert!(ruling.steps[3].name.contains("ops-readonly"));
}

/// The requirement of an account binds the channels that are there and those that come later; none opts out.
#[tokio::test]
async fn the_accounts_requirement_binds_every_channel_now_and_later() {
    let world = World::new().await;
    let list = call("sns", "ListTopics", &[]);
    let required = AccountPreferencesRecord { user_authorization_required: true, ..preferences(&[], &[]) };
    world.change(DirectoryChange::new().put(required)).await;
    let later = ChannelConfigurationRecord {
        arn: "arn:aws:chatbot::444455556666:chat-configuration/chime-room/later".to_owned(),
        name: "later".to_owned(),
        channel: "room-later".to_owned(),
        user_authorization_required: false,
        ..channel(&world, OPS)
    };
    world.change(DirectoryChange::new().put(later)).await;
    for room in [OPS, DEPLOY, "room-later"] {
        let ruling = world.in_room(room, "person-dana", &list).await.unwrap_err();
        assert!(ruling.sentence().contains("must choose a role of their own"), "{room}: {}", ruling.sentence());
    }
}

/// The template invokes every function, and a change of the role in IAM takes that away.
#[tokio::test]
async fn functions_are_invoked_by_the_template_until_the_role_is_changed() {
    let world = World::new().await;
    let invoke = |name: &str| call("lambda", "Invoke", &[("FunctionName", name)]);
    let directory = world.authority.directory();
    let role = directory.account(workload()).unwrap().role("chatbot-lambda-invoke").unwrap().clone();
    let mut room = channel(&world, OPS);
    room.iam_role_arn = role.arn.clone();
    world.change(DirectoryChange::new().put(room)).await;
    for name in ["ops", "other"] {
        world.in_room(OPS, "person-sam", &invoke(name)).await.unwrap();
    }
    let mut changed = role.record.clone();
    changed.policies.managed.clear();
    world.change(DirectoryChange::new().put(Record::Role(changed))).await;
    assert_eq!(world.in_room(OPS, "person-sam", &invoke("ops")).await.unwrap_err().denial.as_ref().unwrap().layer, 4);
}

/// A policy of one's own, in the place of the template, lets single functions be invoked, by whatever form of their name.
#[tokio::test]
async fn a_narrower_policy_lets_only_certain_functions_be_invoked() {
    let world = World::new().await;
    let directory = world.authority.directory();
    let role = directory.account(workload()).unwrap().role("chatbot-lambda-invoke").unwrap().clone();
    let mut room = channel(&world, OPS);
    room.iam_role_arn = role.arn.clone();
    let mut narrower = role.record.clone();
    narrower.policies.managed.retain(|arn| arn.ends_with("/ReadOnlyAccess"));
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":["arn:aws:lambda:*:444455556666:function:team-*"]},{"Effect":"Deny","Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:*:*:function:team-secret"}]}"#;
    narrower.policies.inline.insert("OurFunctions".to_owned(), document.to_owned());
    world.change(DirectoryChange::new().put(room).put(Record::Role(narrower))).await;
    for (name, allowed) in [
        ("team-restart", true),
        ("team-restart:PROD", true),
        ("444455556666:function:team-restart", true),
        ("arn:aws:lambda:us-east-1:444455556666:function:team-restart", true),
        ("other", false),
        ("team-secret", false),
        // Somebody else's function of the same name.
        ("arn:aws:lambda:us-east-1:111122223333:function:team-restart", false),
        ("team-restart:1:2", false),
    ] {
        let ruling = world.in_room(OPS, "person-sam", &call("lambda", "Invoke", &[("FunctionName", name)])).await;
        assert_eq!(ruling.is_ok(), allowed, "{name}: {:?}", ruling.err().map(|ruling| ruling.sentence()));
    }
}

/// The template for notifications alone lets alarms be drawn and nothing else be asked.
#[tokio::test]
async fn a_role_for_notifications_alone_runs_no_other_command() {
    let world = World::new().await;
    let directory = world.authority.directory();
    let role = directory.account(workload()).unwrap().role("chatbot-notifications").unwrap().clone();
    let mut room = channel(&world, OPS);
    room.iam_role_arn = role.arn.clone();
    world.change(DirectoryChange::new().put(room)).await;
    world.in_room(OPS, "person-sam", &call("cloudwatch", "DescribeAlarms", &[])).await.unwrap();
    for (service, operation) in [("sns", "ListTopics"), ("ec2", "DescribeInstances"), ("lambda", "ListFunctions")] {
        let ruling = world.in_room(OPS, "person-sam", &call(service, operation, &[])).await.unwrap_err();
        assert_eq!(ruling.denial.as_ref().unwrap().layer, 4, "{service}: {}", ruling.sentence());
    }
}

#[tokio::test]
async fn the_root_user_of_a_member_account_is_bound_by_scps() {
    let world = World::new().await;
    let root = Caller { principal: Principal::Root { account: workload() }, ..world.user("admin") };
    world.authorize(&root, &Origin::Api, &publish()).await.unwrap();
    world.change(control(&document("Deny", "sns:Publish", None), UNIT)).await;
    let ruling = world.authorize(&root, &Origin::Api, &publish()).await.unwrap_err();
    assert_eq!(ruling.denial.as_ref().unwrap().layer, 3);
}

#[tokio::test]
async fn guardrails_that_allow_everything_limit_nothing() {
    let world = World::new().await;
    let (all, never) = (document("Allow", "*", None), document("Deny", "sns:Publish", None));
    let own = DirectoryChange::new().put(managed("All", &all)).put(managed("Never", &never));
    world.change(own.put(managed("Damaged", "{"))).await;
    let aws = |name: &str| format!("arn:aws:iam::aws:policy/{name}");
    let open = |arns: &[String]| world.authority.managed_policies().limit_nothing(&world.authority.directory(), arns);
    for arns in
        [vec![aws("AdministratorAccess")], vec![managed_arn("All")], vec![aws("ReadOnlyAccess"), managed_arn("All")]]
    {
        assert!(open(&arns), "{arns:?}");
    }
    let limiting =
        [managed_arn("Never"), managed_arn("Damaged"), managed_arn("Missing"), aws("Missing"), aws("ReadOnlyAccess")];
    for other in &limiting[..4] {
        assert!(!open(&[aws("AdministratorAccess"), other.clone()]), "{other}");
    }
    assert!(!open(&limiting[4..]) && !open(&[]));
}
