//! Signed API calls: AWS's own layers, codes and texts.

use bailiwick_authority::{DirectoryChange, Origin, StepState, record::ResourceRecord};

use crate::world::{TOPIC, World, call, publish, workload};

#[tokio::test]
async fn an_administrator_may_and_the_permit_opens_for_this_call_only() {
    let world = World::new().await;
    let admin = world.user("admin");
    for call in [call("sns", "ListTopics", &[]), publish(), call("iam", "ListUsers", &[])] {
        let permit = world.authorize(&admin, &Origin::Api, &call).await.unwrap();
        let authorized = permit.open(call.clone(), world.authority.now()).unwrap();
        assert_eq!(authorized.call(), &call);
    }
    let permit = world.authorize(&admin, &Origin::Api, &publish()).await.unwrap();
    let other = call("sns", "Publish", &[("TopicArn", TOPIC), ("Message", "something else")]);
    let error = permit.open(other, world.authority.now()).unwrap_err();
    assert_eq!(error.to_string(), "the permit is for another call than this sns:Publish; ask for the decision again");
    let permit = world.authorize(&admin, &Origin::Api, &publish()).await.unwrap();
    world.clock.advance(61);
    assert!(permit.open(publish(), world.authority.now()).is_err());
}

#[tokio::test]
async fn a_user_without_policies_is_refused_in_the_words_of_each_service() {
    let world = World::new().await;
    let nobody = world.user("nobody");
    let who = "User: arn:aws:iam::444455556666:user/nobody is not authorized to perform:";
    let cases = [
        (
            publish(),
            "AuthorizationError",
            403,
            format!(
                "{who} SNS:Publish on resource: {TOPIC} because no identity-based policy allows the SNS:Publish action"
            ),
        ),
        (
            call("iam", "GetRole", &[("RoleName", "ops-readonly")]),
            "AccessDenied",
            403,
            format!(
                "{who} iam:GetRole on resource: role ops-readonly because no identity-based policy allows the iam:GetRole action"
            ),
        ),
        (
            call("iam", "ListUsers", &[]),
            "AccessDenied",
            403,
            format!(
                "{who} iam:ListUsers on resource: arn:aws:iam::444455556666:user/ because no identity-based policy allows the iam:ListUsers action"
            ),
        ),
        (
            call("organizations", "DescribeOrganization", &[]),
            "AccessDeniedException",
            400,
            "You don't have permissions to access this resource.".to_owned(),
        ),
        (
            call("chatbot", "GetAccountPreferences", &[]),
            "AccessDeniedException",
            403,
            format!(
                "{who} chatbot:GetAccountPreferences on resource: * because no identity-based policy allows the chatbot:GetAccountPreferences action"
            ),
        ),
    ];
    for (call, code, status, message) in cases {
        let ruling = world.authorize(&nobody, &Origin::Api, &call).await.unwrap_err();
        let fault = ruling.fault().unwrap();
        assert_eq!((fault.code.as_str(), fault.status, fault.message), (code, status, message));
        assert_eq!(ruling.denial.as_ref().unwrap().layer, 4);
    }
    // Whoever has credentials may ask who they are.
    world.authorize(&nobody, &Origin::Api, &call("sts", "GetCallerIdentity", &[])).await.unwrap();
}

#[tokio::test]
async fn a_resource_policy_of_the_register_grants_and_denies() {
    let world = World::new().await;
    let policy = |effect: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"One","Effect":"{effect}","Principal":{{"AWS":"arn:aws:iam::444455556666:user/nobody"}},"Action":"SNS:Publish","Resource":"{TOPIC}"}}]}}"#
        )
    };
    let register = |policy: String| {
        DirectoryChange::new().put(ResourceRecord {
            arn: TOPIC.to_owned(),
            account: workload(),
            policy: Some(policy),
            tags: Default::default(),
        })
    };
    world.change(register(policy("Allow"))).await;
    let nobody = world.user("nobody");
    let permit = world.authorize(&nobody, &Origin::Api, &publish()).await.unwrap();
    assert_eq!(permit.ruling().steps[7].state, StepState::Passed);
    world.change(register(policy("Deny"))).await;
    let ruling = world.authorize(&nobody, &Origin::Api, &publish()).await.unwrap_err();
    let message = ruling.fault().unwrap().message;
    assert!(message.ends_with("with an explicit deny in a resource-based policy"), "{message}");
    // A policy that cannot be read denies, to the administrator too.
    world.change(register("{".to_owned())).await;
    let admin = world.user("admin");
    assert!(world.authorize(&admin, &Origin::Api, &publish()).await.is_err());
}

#[tokio::test]
async fn passing_a_role_is_asked_for_beside_the_call_itself() {
    let world = World::new().await;
    let role = world.sample.ops_role_arn.as_str();
    let create = call(
        "bailiwick",
        "CreateRoomConfiguration",
        &[("ConfigurationName", "x"), ("RoomId", "y"), ("IamRoleArn", role)],
    );
    let permit = world.authorize(&world.user("admin"), &Origin::Api, &create).await.unwrap();
    let actions: Vec<&str> = permit.ruling().checks.iter().map(|check| check.action.as_str()).collect();
    assert_eq!(actions, ["bailiwick:CreateRoomConfiguration", "iam:PassRole"]);
}

#[tokio::test]
async fn an_operation_without_a_row_is_refused() {
    let world = World::new().await;
    let admin = world.user("admin");
    let ruling = world.authorize(&admin, &Origin::Api, &call("sns", "Frobnicate", &[])).await.unwrap_err();
    assert!(ruling.sentence().contains("no authorization row"), "{}", ruling.sentence());
    let ruling = world.authorize(&admin, &Origin::Api, &call("nothing", "AtAll", &[])).await.unwrap_err();
    assert!(ruling.sentence().contains("nobody knows"), "{}", ruling.sentence());
}

#[tokio::test]
async fn only_bailiwick_itself_is_the_system() {
    let world = World::new().await;
    let call = call("sns", "ListTopics", &[]);
    let system = bailiwick_authority::Caller::system("req-system");
    world.authorize(&system, &Origin::System, &call).await.unwrap();
    assert!(world.authorize(&world.user("admin"), &Origin::System, &call).await.is_err());
    assert!(world.authorize(&system, &Origin::Api, &call).await.is_err(), "it has no rights at the API");
}
