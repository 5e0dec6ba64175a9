//! Channels and the people in them: who proves to be whom, and what the organization's chatbot policy makes of configurations
//! that are there.

use bailiwick_authority::Platform;
use bailiwick_services::identity::{self, ChatIdentity, PROOF_SECONDS};
use bailiwick_store::Store;
use serde_json::{Value as Json, json};

use crate::world::{Came, World};

const SLACK: &str = "arn:aws:chatbot::444455556666:chat-configuration/slack-channel/ops";
const TENANT: &str = "aaaaaaaa-0000-0000-0000-000000000000";
const TEAM: &str = "bbbbbbbb-0000-0000-0000-000000000000";

async fn channels(world: &World) {
    world.ok("bailiwick", "AuthorizeSlackWorkspace", json!({"SlackTeamId": "T1", "SlackTeamName": "Work"})).await;
    let role = world.sample.ops_role_arn.clone();
    let slack = json!({"SlackTeamId": "T1", "SlackChannelId": "C1", "ConfigurationName": "ops", "IamRoleArn": role});
    world.ok("chatbot", "CreateSlackChannelConfiguration", slack).await;
    let team = json!({"TenantId": TENANT, "TeamId": TEAM, "TeamName": "Work"});
    world.ok("bailiwick", "AuthorizeMicrosoftTeam", team).await;
    let teams = json!({"TenantId": TENANT, "TeamId": TEAM, "ChannelId": "19%3Aabc%40thread.tacv2", "ConfigurationName":
        "teams", "IamRoleArn": role});
    world.ok("chatbot", "CreateMicrosoftTeamsChannelConfiguration", teams).await;
}

fn member(platform: Platform, workspace: &str) -> ChatIdentity {
    ChatIdentity { platform, workspace: workspace.to_owned(), member: "U1".to_owned() }
}

async fn proof(world: &World, token: &str, identity: ChatIdentity) {
    world.store.commit(identity::prove(token, identity, world.now()).unwrap()).await.unwrap();
}

async fn choose(world: &World, caller: &str, proof: Option<&str>) -> Came {
    let mut input = json!({"ChatConfigurationArn": SLACK, "IamRoleArn": world.sample.deploy_role_arn});
    if let Some(proof) = proof {
        input["IdentityProof"] = json!(proof);
    }
    world.call(&world.caller(caller), "bailiwick", "ChooseUserRole", &input).await
}

fn refused(came: &Came, text: &str) {
    assert!(matches!(came, Came::Fault(fault) if fault.message.contains(text)), "{came:?}");
}

const TOKEN: &str = "0123456789012345678901234567890123456789";

#[tokio::test]
async fn a_member_maps_a_role_with_proof_of_both_identities() {
    let world = World::new().await;
    channels(&world).await;
    refused(&choose(&world, "admin", None).await, "Your identity on that platform is not known here");
    refused(&choose(&world, "admin", Some(TOKEN)).await, "The proof of your identity is not valid");
    // Proof of somebody on another platform, or in another workspace, proves nothing here.
    for (number, other) in
        [member(Platform::MicrosoftTeams, TENANT), member(Platform::Slack, "T2")].into_iter().enumerate()
    {
        let token = format!("{TOKEN}{number}");
        proof(&world, &token, other).await;
        refused(&choose(&world, "admin", Some(&token)).await, "The proof of your identity is not valid");
    }
    // The proof alone is not enough: whoever chooses has the permission to choose and to pass the role.
    proof(&world, TOKEN, member(Platform::Slack, "T1")).await;
    assert!(matches!(choose(&world, "nobody", Some(TOKEN)).await, Came::Denied(_)));
    let came = choose(&world, "admin", Some(TOKEN)).await;
    assert!(matches!(came, Came::Output(_)), "{came:?}");
    let listed = world.ok("chatbot", "DescribeSlackUserIdentities", json!({})).await;
    let expected = json!([{"IamRoleArn": world.sample.deploy_role_arn, "ChatConfigurationArn": SLACK, "SlackTeamId": "T1",
        "SlackUserId": "U1", "AwsUserIdentity": "arn:aws:iam::444455556666:user/admin"}]);
    assert_eq!(listed["SlackUserIdentities"], expected);
    // It is good once.
    refused(&choose(&world, "admin", Some(TOKEN)).await, "The proof of your identity is not valid");
    // Nor is it needed again: the choice after it is made as who was proved, and as nobody else.
    assert!(matches!(choose(&world, "admin", None).await, Came::Output(_)));
    let named = |member: &str| json!({"ChatConfigurationArn": SLACK, "IamRoleArn": world.sample.deploy_role_arn, "MemberId": member});
    let as_member =
        async |member: &str| world.call(&world.caller("admin"), "bailiwick", "ChooseUserRole", &named(member)).await;
    assert!(matches!(as_member("U1").await, Came::Output(_)));
    refused(&as_member("U2").await, "Your identity on that platform is not known here");
    let known = world.ok("bailiwick", "ListChatIdentities", json!({})).await;
    assert_eq!(known["ChatIdentities"][0]["MemberId"], "U1");
    let who = json!({"Platform": "slack", "WorkspaceId": "T1", "MemberId": "U1"});
    world.ok("bailiwick", "ForgetChatIdentity", who).await;
    refused(&choose(&world, "admin", None).await, "Your identity on that platform is not known here");
    // An administrator takes the choice back.
    let unmap = json!({"ChatConfigurationArn": SLACK, "SlackTeamId": "T1", "SlackUserId": "U1"});
    world.ok("chatbot", "DeleteSlackUserIdentity", unmap).await;
    let listed = world.ok("chatbot", "DescribeSlackUserIdentities", json!({})).await;
    assert_eq!(listed["SlackUserIdentities"], json!([]));
}

#[tokio::test]
async fn a_proof_ends_after_ten_minutes() {
    let world = World::new().await;
    channels(&world).await;
    let long_ago = world.now().plus_seconds(-PROOF_SECONDS - 1);
    let stored = identity::prove(TOKEN, member(Platform::Slack, "T1"), long_ago).unwrap();
    world.store.commit(stored).await.unwrap();
    refused(&choose(&world, "admin", Some(TOKEN)).await, "The proof of your identity is not valid");
}

/// Who may choose needs `iam:PassRole` for the role with `iam:PassedToService` = `chatbot.amazonaws.com`.
#[tokio::test]
async fn choosing_a_role_passes_it_to_the_chat_service() {
    let world = World::new().await;
    channels(&world).await;
    world.ok("iam", "CreateUser", json!({"UserName": "member"})).await;
    for (service, allowed) in [("lambda.amazonaws.com", false), ("chatbot.amazonaws.com", true)] {
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "bailiwick:ChooseUserRole", "Resource": SLACK},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": world.sample.deploy_role_arn,
                "Condition": {"StringEquals": {"iam:PassedToService": service}}},
        ]});
        let policy = json!({"UserName": "member", "PolicyName": "own", "PolicyDocument": document.to_string()});
        world.ok("iam", "PutUserPolicy", policy).await;
        let token = format!("{TOKEN}{service}");
        proof(&world, &token, member(Platform::Slack, "T1")).await;
        let came = choose(&world, "member", Some(&token)).await;
        assert_eq!(matches!(came, Came::Output(_)), allowed, "{service}: {came:?}");
    }
}

async fn organizations(world: &World, operation: &str, input: Json) -> Json {
    let came = world.call(&world.caller("management"), "organizations", operation, &input).await;
    match came {
        Came::Output(output) => {
            bailiwick_aws::value::json::to_json(&output, bailiwick_aws::value::json::TimestampStyle::Rfc3339)
        }
        other => panic!("{operation} came to {other:?}"),
    }
}

async fn chatbot_policy(world: &World, name: &str, content: Json) -> String {
    let input = json!({"Name": name, "Description": "", "Type": "CHATBOT_POLICY", "Content": content.to_string()});
    let made = organizations(world, "CreatePolicy", input).await;
    made["Policy"]["PolicySummary"]["Id"].as_str().unwrap().to_owned()
}

/// State and reason of the Slack channel, the Teams channel, the workspace and the team.
async fn states(world: &World) -> [(String, String); 4] {
    let of = |json: &Json| {
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        (text("State"), text("StateReason"))
    };
    let slack = world.ok("chatbot", "DescribeSlackChannelConfigurations", json!({})).await;
    let teams = world.ok("chatbot", "ListMicrosoftTeamsChannelConfigurations", json!({})).await;
    let workspaces = world.ok("chatbot", "DescribeSlackWorkspaces", json!({})).await;
    let configured = world.ok("chatbot", "ListMicrosoftTeamsConfiguredTeams", json!({})).await;
    [
        of(&slack["SlackChannelConfigurations"][0]),
        of(&teams["TeamChannelConfigurations"][0]),
        of(&workspaces["SlackWorkspaces"][0]),
        of(&configured["ConfiguredTeams"][0]),
    ]
}

fn enabled(states: &[(String, String)]) -> Vec<bool> {
    states.iter().map(|(state, reason)| state == "ENABLED" && reason.is_empty()).collect()
}

/// Configurations that were there before: attaching, detaching and moving change their state at once, with no message sent.
#[tokio::test]
async fn states_follow_the_chatbot_policy_at_once() {
    let world = World::new().await;
    channels(&world).await;
    assert_eq!(enabled(&states(&world).await), [true; 4]);
    let off = json!({"chatbot": {"platforms": {"slack": {"client": {"@@assign": "disabled"}}}}});
    let policy = chatbot_policy(&world, "off", off).await;
    let attach = json!({"PolicyId": policy, "TargetId": "ou-b4il-workload"});
    organizations(&world, "AttachPolicy", attach.clone()).await;
    let now = states(&world).await;
    assert_eq!(enabled(&now), [false, true, false, true]);
    let reason = &now[0].1;
    assert!(reason.contains("chatbot policy") && reason.contains("it disables slack"), "{reason}");
    assert!(reason.contains("management account 111122223333 or a delegated administrator"), "{reason}");
    // A configuration that is made now is off from its beginning.
    let later = json!({"SlackTeamId": "T1", "SlackChannelId": "C2", "ConfigurationName": "zlater", "IamRoleArn":
        world.sample.ops_role_arn});
    let later = world.ok("chatbot", "CreateSlackChannelConfiguration", later).await;
    assert_eq!(later["ChannelConfiguration"]["State"], "DISABLED");
    // Another process sees it, too.
    let (_, authority) = world.another_node().await;
    let directory = authority.directory();
    let record = directory.channel_configuration(SLACK).unwrap();
    assert!(directory.configuration_disabled(record).is_some());
    // Moved out of the unit, it is back; moved in again, it is off.
    let (into, out) = ("ou-b4il-workload", "r-b4il");
    let go =
        |from: &str, to: &str| json!({"AccountId": "444455556666", "SourceParentId": from, "DestinationParentId": to});
    organizations(&world, "MoveAccount", go(into, out)).await;
    assert_eq!(enabled(&states(&world).await), [true; 4]);
    organizations(&world, "MoveAccount", go(out, into)).await;
    assert_eq!(enabled(&states(&world).await), [false, true, false, true]);
    organizations(&world, "DetachPolicy", attach).await;
    assert_eq!(enabled(&states(&world).await), [true; 4]);
}

#[tokio::test]
async fn teams_that_are_not_named_and_clients_that_are_off_by_default_are_disabled() {
    let world = World::new().await;
    channels(&world).await;
    let content = json!({"chatbot": {
        "platforms": {"microsoft_teams": {"client": {"@@assign": "enabled"},
            "tenants": {TENANT: {"@@assign": ["cccccccc-0000-0000-0000-000000000000"]}}}},
        "default": {"client": {"@@assign": "disabled"}},
    }});
    let policy = chatbot_policy(&world, "teams", content).await;
    organizations(&world, "AttachPolicy", json!({"PolicyId": policy, "TargetId": "r-b4il"})).await;
    assert_eq!(enabled(&states(&world).await), [false; 4]);
    // What an account's own policy appends counts for it.
    let more = json!({"chatbot": {"platforms": {"microsoft_teams": {"tenants": {TENANT: {"@@append": [TEAM]}}}}}});
    let policy = chatbot_policy(&world, "more", more).await;
    organizations(&world, "AttachPolicy", json!({"PolicyId": policy, "TargetId": "444455556666"})).await;
    assert_eq!(enabled(&states(&world).await), [false, true, false, true]);
}
