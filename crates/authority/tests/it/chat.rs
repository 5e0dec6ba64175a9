//! Calls from rooms: the nine layers and how a refusal reads.

use bailiwick_authority::{
    AgentOrigin, DenialKind, DirectoryChange, Origin, StepState,
    record::{Record, RoleMappingRecord},
};
use bailiwick_ident::Timestamp;

use crate::world::{DEPLOY, OPS, TOPIC, World, call, chat, publish, workload};

#[tokio::test]
async fn the_tour_of_reading_commands_passes() {
    let world = World::new().await;
    for call in [
        call("sns", "ListTopics", &[]),
        call("sns", "GetTopicAttributes", &[("TopicArn", TOPIC)]),
        call("organizations", "DescribeOrganization", &[]),
        call("chime", "ListAccounts", &[]),
        call("ec2", "DescribeInstances", &[]),
    ] {
        let permit = world.in_room(OPS, "person-sam", &call).await;
        let permit = permit.unwrap_or_else(|ruling| panic!("{}: {:#?}", ruling.sentence(), ruling.steps));
        let plan = permit.session_plan().unwrap();
        assert_eq!(plan.role_arn, world.sample.ops_role_arn);
        assert_eq!(plan.source_identity.as_deref(), Some("person-sam"));
        assert_eq!(plan.policy_arns, world.sample.ops_guardrail_arns);
    }
}

#[tokio::test]
async fn a_refusal_names_layer_policies_and_who_can_change_it() {
    let world = World::new().await;
    let ruling = world.in_room(OPS, "person-sam", &publish()).await.unwrap_err();
    assert_eq!(ruling.sentence(), "this channel's guardrails do not allow sns:Publish");
    assert_eq!(ruling.asked(), format!("sns:Publish on {TOPIC}"));
    let stopped: Vec<u8> = ruling.stopped().map(|step| step.number).collect();
    assert_eq!(stopped, [4, 6]);
    let by = ruling.stopped_by().unwrap();
    assert!(by.starts_with("guardrails (AWS-Chatbot-Protection-Policy, ReadOnlyAccess): no statement allows"), "{by}");
    assert!(by.ends_with("; role ops-readonly does not allow it either"), "{by}");
    let changers: Vec<String> =
        ruling.can_change.iter().map(|who| format!("{}: {}", who.role, who.names.join(", "))).collect();
    assert_eq!(changers, ["the channel's administrators: Dana, Lee"]);
    assert_eq!(ruling.steps[0].state, StepState::Passed);
    assert_eq!(ruling.steps[2].text, "Root: FullAWSAccess · Workloads: FullAWSAccess · workload: FullAWSAccess");
    assert_eq!(ruling.steps[4].state, StepState::NotThere);
    assert_eq!(ruling.steps[6].state, StepState::NotThere);
    assert_eq!(ruling.steps[8].text, "nothing would change the answer");
}

#[tokio::test]
async fn a_room_whose_role_and_guardrails_allow_it_may_publish() {
    let world = World::new().await;
    let permit = world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap();
    assert!(permit.ruling().steps[5].text.contains("PublishToTopics allows sns:Publish"));
    assert_eq!(permit.ruling().steps[5].state, StepState::Passed);
}

#[tokio::test]
async fn non_supported_operations_are_refused_first() {
    let world = World::new().await;
    for (call, pattern) in [
        (call("iam", "ListUsers", &[]), "iam:*"),
        (call("sts", "GetCallerIdentity", &[]), "sts:*"),
        (call("secretsmanager", "GetSecretValue", &[("SecretId", "x")]), "secretsmanager:*"),
        (call("sso-admin", "ListInstances", &[]), "sso-admin:*"),
    ] {
        let ruling = world.in_room(DEPLOY, "person-dana", &call).await.unwrap_err();
        assert_eq!(ruling.denial.as_ref().unwrap().layer, 1, "{}", ruling.sentence());
        assert_eq!(ruling.steps[0].statement.as_deref(), Some(pattern));
    }
    let ruling =
        world.in_room(OPS, "person-sam", &call("ssm", "StartSession", &[("Target", "i-1")])).await.unwrap_err();
    assert_eq!(
        ruling.sentence(),
        "channels do not run ssm:StartSession: it answers with credentials, which never come into a channel"
    );
}

#[tokio::test]
async fn members_that_must_choose_a_role_cannot_act_before_they_did() {
    let world = World::new().await;
    let directory = world.authority.directory();
    let mut room = directory.channels().find(|of| of.channel == OPS).unwrap().as_ref().clone();
    room.user_authorization_required = true;
    let configuration = room.arn.clone();
    world.change(DirectoryChange::new().put(room)).await;
    let list = call("sns", "ListTopics", &[]);
    let ruling = world.in_room(OPS, "person-sam", &list).await.unwrap_err();
    let sentence = ruling.sentence();
    assert!(sentence.starts_with("members of this channel must choose a role of their own first: `@aws switch-role`"));
    let mapping = RoleMappingRecord {
        account: workload(),
        configuration_arn: configuration,
        member: "person-sam".to_owned(),
        iam_role_arn: world.sample.deploy_role_arn.clone(),
        aws_user_identity: "arn:aws:iam::444455556666:user/sam".to_owned(),
        proved: true,
        created_at: Timestamp::from_millis(0),
    };
    world.change(DirectoryChange::new().put(Record::RoleMapping(mapping))).await;
    let permit = world.in_room(OPS, "person-sam", &list).await.unwrap();
    assert_eq!(permit.session_plan().unwrap().role_arn, world.sample.deploy_role_arn);
    // The guardrails of the channel bind the member's own role too.
    let ruling = world.in_room(OPS, "person-sam", &publish()).await.unwrap_err();
    assert_eq!(ruling.stopped().map(|step| step.number).collect::<Vec<_>>(), [6]);
}

#[tokio::test]
async fn a_caller_with_another_role_than_the_channels_is_refused() {
    let world = World::new().await;
    let (deploy, _) = world.chat(DEPLOY, "person-dana");
    let ops = Origin::Chat(chat(OPS, "person-dana"));
    let ruling = world.authorize(&deploy, &ops, &call("sns", "ListTopics", &[])).await.unwrap_err();
    assert_eq!(ruling.sentence(), "the caller does not act with the role of this channel");
    let admin = world.user("admin");
    assert!(world.authorize(&admin, &ops, &call("sns", "ListTopics", &[])).await.is_err());
}

#[tokio::test]
async fn people_may_do_in_their_rooms_what_the_engine_allows() {
    let world = World::new().await;
    let post = |room: &str| call("bailiwick", "PostRoomMessage", &[("RoomId", room), ("Content", "hi")]);
    let sam = world.person("person-sam");
    world.authorize(&sam, &Origin::Api, &post(OPS)).await.unwrap();
    world.authorize(&sam, &Origin::Api, &call("bailiwick", "PressButton", &[("RoomId", OPS)])).await.unwrap();
    assert!(world.authorize(&sam, &Origin::Api, &post(DEPLOY)).await.is_err(), "not a member there");
    assert!(world.authorize(&world.person("person-kim"), &Origin::Api, &post(OPS)).await.is_err(), "in no room");
    let read = call("bailiwick", "DescribeRoomConfigurations", &[]);
    world.authorize(&world.person("person-dana"), &Origin::Api, &read).await.unwrap();
    assert!(world.authorize(&sam, &Origin::Api, &read).await.is_err(), "only administrators");
    assert!(world.authorize(&sam, &Origin::Api, &call("sns", "ListTopics", &[])).await.is_err());
}

#[tokio::test]
async fn an_agent_has_never_more_rights_than_its_person() {
    let world = World::new().await;
    let agent = |person: &str| Origin::Agent(AgentOrigin { chat: chat(DEPLOY, person), agent: "assistant".to_owned() });
    let caller = |origin: &Origin| world.authority.channel_caller(origin, workload(), "req-agent").unwrap();
    let dana = agent("person-dana");
    let permit = world.authorize(&caller(&dana), &dana, &publish()).await.unwrap();
    assert_eq!(permit.ruling().steps[6].state, StepState::Passed);
    let stranger = agent("somebody");
    let ruling = world.authorize(&caller(&stranger), &stranger, &publish()).await.unwrap_err();
    assert_eq!(ruling.denial.as_ref().unwrap().layer, 7);
    // Dana is also an IAM user, and that user may do nothing.
    let directory = world.authority.directory();
    let mut person = directory.person("person-dana").unwrap().clone();
    person.iam_principal = Some("arn:aws:iam::444455556666:user/nobody".to_owned());
    world.change(DirectoryChange::new().put(person)).await;
    let ruling = world.authorize(&caller(&dana), &dana, &publish()).await.unwrap_err();
    assert_eq!(ruling.stopped().map(|step| step.number).collect::<Vec<_>>(), [7]);
}

#[tokio::test]
async fn help_asks_without_a_record() {
    let world = World::new().await;
    let (caller, origin) = world.chat(OPS, "person-sam");
    assert!(world.authority.preview(&caller, &origin, &call("sns", "ListTopics", &[])).allowed);
    assert!(!world.authority.preview(&caller, &origin, &publish()).allowed);
    assert!(bailiwick_store::Store::audit_head(world.store.as_ref()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_call_that_waits_for_people_is_stopped_by_the_last_layer() {
    let world = World::new().await;
    let directory = world.authority.directory();
    let mut role = directory.role(&world.sample.deploy_role_arn).unwrap().record.clone();
    let condition = |text: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"sns:Publish","Resource":"*","Condition":{{{text}}}}}]}}"#
        )
    };
    for (text, needs, value) in [
        (
            r#""NumericLessThan":{"bailiwick:ApproverCount":"2"}"#,
            "sns:Publish needs 2 approvals",
            "bailiwick:ApproverCount is `0`",
        ),
        (
            r#""Bool":{"bailiwick:RequesterApproved":"false"}"#,
            "sns:Publish needs the approval of whoever asked",
            "bailiwick:RequesterApproved is `false`",
        ),
        (
            r#""NumericLessThan":{"bailiwick:Assurance":"3"}"#,
            "sns:Publish needs a session with a second factor",
            "bailiwick:Assurance is `2`",
        ),
    ] {
        role.policies.inline.insert("Waits".to_owned(), condition(text));
        world.change(DirectoryChange::new().put(Record::Role(role.clone()))).await;
        let ruling = world.in_room(DEPLOY, "person-dana", &publish()).await.unwrap_err();
        assert_eq!(ruling.stopped().map(|step| step.number).collect::<Vec<_>>(), [9], "{text}");
        let denial = ruling.denial.as_ref().unwrap();
        assert_eq!((denial.layer, denial.sentence.as_str()), (9, needs));
        // Whoever reads it over the API reads which policy denies, as AWS says it.
        assert_eq!((denial.kind, denial.explicit), (DenialKind::Identity, true));
        assert_eq!(ruling.steps[8].policy.as_deref(), Some("Waits"));
        assert_eq!(ruling.steps[8].value.as_deref(), Some(value));
        assert!(ruling.steps[8].statement.as_deref().unwrap().contains("Deny"));
        assert_eq!(ruling.residual, [needs]);
        assert_eq!(ruling.steps[3].state, StepState::Passed, "{}", ruling.steps[3].text);
    }
}

#[tokio::test]
async fn what_would_change_the_answer_is_said() {
    let world = World::new().await;
    let directory = world.authority.directory();
    let mut role = directory.role(&world.sample.deploy_role_arn).unwrap().record.clone();
    let document = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Approved","Effect":"Allow","Action":"sns:DeleteTopic","Resource":"*","Condition":{"NumericGreaterThanEquals":{"bailiwick:ApproverCount":"1"}}}]}"#;
    role.policies.inline.insert("Approvals".to_owned(), document.to_owned());
    world.change(DirectoryChange::new().put(Record::Role(role))).await;
    let delete = call("sns", "DeleteTopic", &[("TopicArn", TOPIC)]);
    let ruling = world.in_room(DEPLOY, "person-dana", &delete).await.unwrap_err();
    let text = "Approvals would allow sns:DeleteTopic if its condition held: bailiwick:ApproverCount is `0`";
    assert_eq!(ruling.residual, [text]);
    assert_eq!(ruling.steps[8].text, text);
    assert!(ruling.steps[8].statement.as_deref().unwrap().contains("Approved"));
}
