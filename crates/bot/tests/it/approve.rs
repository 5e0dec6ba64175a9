//! Approvals: one exact call that others must agree to.

use bailiwick_aws::Value;
use bailiwick_chat::{Card, plain};
use bailiwick_store::{CommandState, RoomMessage, Store};

use crate::room::{CONFIGURATION, World};

const COMMAND: &str = "@aws sns create-topic --name other";

/// A room whose role creates topics when so many approved, and whose members may approve.
async fn world(needs: u32) -> World {
    let world = World::new(None).await;
    let text = |text: &str| Value::from(text);
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sns:CreateTopic","Resource":"*","Condition":{{"NumericGreaterThanEquals":{{"bailiwick:ApproverCount":"{needs}"}}}}}},{{"Effect":"Allow","Action":"bailiwick:ApproveCommand","Resource":"*"}}]}}"#
    );
    let input =
        vec![("RoleName", text("deploy")), ("PolicyName", text("approved")), ("PolicyDocument", text(&document))];
    world.own("iam", "PutRolePolicy", input).await;
    let guardrails = Value::list([text("arn:aws:iam::aws:policy/AdministratorAccess")]);
    let input = vec![("ChatConfigurationArn", text(CONFIGURATION)), ("GuardrailPolicyArns", guardrails)];
    world.own("bailiwick", "UpdateRoomConfiguration", input).await;
    world
}

/// Asks for approval of the command; its id and the card to approve on.
async fn asked(world: &World) -> (String, RoomMessage) {
    world.says("person-dana", COMMAND, None).await;
    let cards = world.cards(1).await;
    let (message, refusal) = &cards[0];
    let ask = refusal.buttons.first().unwrap_or_else(|| panic!("{refusal:?}"));
    assert_eq!(ask.label, "Ask for approval");
    // Nobody else asks for it.
    world.presses("person-sam", message, "ask-for-approval", &ask.target).await;
    assert!(world.last(2).await.contains("Only the requester"));
    world.presses("person-dana", message, "ask-for-approval", &ask.target).await;
    let cards = world.cards(3).await;
    let (message, card) = cards.last().unwrap();
    assert!(plain::card(card).contains("sns create-topic --name other"), "{}", plain::card(card));
    (ask.target.clone(), message.clone())
}

async fn state(world: &World, command: &str) -> CommandState {
    world.store.command(command).await.unwrap().unwrap().state
}

fn text(cards: &[(RoomMessage, Card)]) -> Vec<String> {
    cards.iter().map(|(_, card)| plain::card(card)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_command_runs_once_as_its_requester() {
    let world = world(1).await;
    let (command, card) = asked(&world).await;
    world.presses("person-dana", &card, "approve", &command).await;
    assert!(world.last(4).await.contains("Nobody approves or rejects their own"));
    world.presses("person-dana", &card, "run", &command).await;
    assert!(world.last(5).await.contains("waits for approval"));
    assert_eq!(world.outcomes("CreateTopic").await, 1, "only the room's own topic");

    world.presses("person-sam", &card, "approve", &command).await;
    let cards = world.cards(7).await;
    assert!(text(&cards).iter().any(|card| card.contains(":other")), "{:?}", text(&cards));
    assert_eq!(state(&world, &command).await, CommandState::Finished);
    assert_eq!(world.outcomes("CreateTopic").await, 2);
    // Used once.
    world.presses("person-sam", &card, "approve", &command).await;
    assert!(world.last(8).await.contains("was settled"));
    assert_eq!(world.outcomes("CreateTopic").await, 2);
    let trail = world.store.audit(0, 10_000).await.unwrap();
    assert!(trail.iter().any(|row| row.record.contains("bailiwick:ApproveCommand")));
    assert!(trail.iter().any(|row| row.record.contains(r#""approvers":["person-sam"]"#)));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_press_at_once_count_once_each() {
    let world = world(2).await;
    let (command, card) = asked(&world).await;
    tokio::join!(
        world.presses("person-sam", &card, "approve", &command),
        world.presses("person-lee", &card, "approve", &command),
        world.presses("person-sam", &card, "approve", &command),
    );
    world.cards(7).await;
    assert_eq!(state(&world, &command).await, CommandState::Finished);
    assert_eq!(world.outcomes("CreateTopic").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_is_not_enough_and_counts_once() {
    let world = world(2).await;
    let (command, card) = asked(&world).await;
    world.presses("person-sam", &card, "approve", &command).await;
    assert!(world.last(4).await.contains("1 of 2"));
    world.presses("person-sam", &card, "approve", &command).await;
    assert!(world.last(5).await.contains("each counts once"));
    assert_eq!(state(&world, &command).await, CommandState::AwaitingApproval);
    assert!(plain::card(&world.cards(5).await[2].1).contains("1 of 2 approved"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_or_lapsed_does_not_run() {
    let world = world(1).await;
    let (command, card) = asked(&world).await;
    world.presses("person-sam", &card, "reject", &command).await;
    assert!(world.last(4).await.contains("rejected this"));
    assert_eq!(state(&world, &command).await, CommandState::Refused);
    world.presses("person-lee", &card, "approve", &command).await;
    assert!(world.last(5).await.contains("was settled or lapsed"));
    assert_eq!(world.outcomes("CreateTopic").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_lapses_after_an_hour() {
    let world = world(1).await;
    let (command, card) = asked(&world).await;
    world.wait_seconds(3_601);
    world.presses("person-sam", &card, "approve", &command).await;
    assert!(world.last(4).await.contains("was settled or lapsed"));
    assert_eq!(world.outcomes("CreateTopic").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_worth_nothing_after_the_policies_changed() {
    let world = world(2).await;
    let (command, card) = asked(&world).await;
    world.presses("person-sam", &card, "approve", &command).await;
    world.cards(4).await;
    let input = vec![("RoleName", Value::from("deploy")), ("Description", Value::from("changed"))];
    world.own("iam", "UpdateRole", input).await;
    world.presses("person-lee", &card, "approve", &command).await;
    let cards = world.cards(6).await;
    assert!(
        text(&cards).iter().any(|card| card.contains("What was approved is not what would run")),
        "{:?}",
        text(&cards)
    );
    assert_eq!(world.outcomes("CreateTopic").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_approve_is_itself_decided() {
    let world = world(1).await;
    let (command, card) = asked(&world).await;
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"bailiwick:ApproveCommand","Resource":"*"}]}"#;
    let input = vec![
        ("RoleName", Value::from("deploy")),
        ("PolicyName", Value::from("nobody")),
        ("PolicyDocument", Value::from(document)),
    ];
    world.own("iam", "PutRolePolicy", input).await;
    world.presses("person-sam", &card, "approve", &command).await;
    let refusal = world.last(4).await;
    assert!(refusal.contains("Not run") && refusal.contains("bailiwick:ApproveCommand"), "{refusal}");
    assert_eq!(state(&world, &command).await, CommandState::AwaitingApproval);
}
