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
    assert!(world.last(2).await.contains("Only Dana"));
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
    assert!(world.last(5).await.contains("What was approved is not what would run now"));
    // It does not wait any more, and says so.
    assert_eq!(state(&world, &command).await, CommandState::Refused);
    assert!(plain::card(&world.cards(5).await[2].1).contains("The policies changed"));
    assert_eq!(world.outcomes("CreateTopic").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_approve_is_itself_decided() {
    let world = world(1).await;
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"bailiwick:ApproveCommand","Resource":"*"}]}"#;
    let input = vec![
        ("RoleName", Value::from("deploy")),
        ("PolicyName", Value::from("nobody")),
        ("PolicyDocument", Value::from(document)),
    ];
    world.own("iam", "PutRolePolicy", input).await;
    let (command, card) = asked(&world).await;
    world.presses("person-sam", &card, "approve", &command).await;
    let refusal = world.last(4).await;
    assert!(refusal.contains("Not run") && refusal.contains("bailiwick:ApproveCommand"), "{refusal}");
    assert_eq!(state(&world, &command).await, CommandState::AwaitingApproval);
}

/// The one command that waits, as the API lists it.
async fn pending(world: &World) -> Value {
    let listed = world.as_admin("bailiwick", "ListPendingCommands", vec![]).await;
    let commands = listed.get("Commands").unwrap().as_list().unwrap();
    assert_eq!(commands.len(), 1, "{commands:?}");
    commands[0].clone()
}

fn by_digest(command: &Value) -> Vec<(&'static str, Value)> {
    ["CommandId", "Digest"].map(|name| (name, command.get(name).unwrap().clone())).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_wait_are_listed_and_approved_at_the_api() {
    let world = world(1).await;
    let (command, _) = asked(&world).await;
    let waits = pending(&world).await;
    let of = |name: &str| waits.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    assert_eq!(of("CommandId"), command);
    assert_eq!((of("State").as_str(), of("Operation").as_str()), ("AWAITING_APPROVAL", "sns:CreateTopic"));
    assert_eq!(of("CommandText"), "sns create-topic --name other --account 444455556666 --region us-east-1");
    assert_eq!((of("Requester").as_str(), of("RoleName").as_str()), ("person-dana", "deploy"));
    assert_eq!((of("ChatConfigurationArn").as_str(), of("Digest").len()), (CONFIGURATION, 64));
    // Another call than the one that waits is not approved by it.
    let other = vec![("CommandId", Value::from(command.as_str())), ("Digest", Value::from("0".repeat(64).as_str()))];
    let fault = world.as_admin_fault("bailiwick", "ApproveCommand", other).await;
    assert_eq!(fault, "The digest is that of another call than the one that waits.");
    world.as_admin("bailiwick", "ApproveCommand", by_digest(&waits)).await;
    let cards = world.cards(5).await;
    let texts = text(&cards);
    assert!(texts[3].contains("admin approved this; it runs now."), "{texts:?}");
    assert!(texts[2].contains("Approved by admin"), "{texts:?}");
    assert!(texts[4].contains(":other"), "{texts:?}");
    assert_eq!(state(&world, &command).await, CommandState::Finished);
    assert_eq!(world.outcomes("CreateTopic").await, 2);
    // Used once.
    let fault = world.as_admin_fault("bailiwick", "ApproveCommand", by_digest(&waits)).await;
    assert_eq!(fault, "The command does not wait for this: it was settled or lapsed.");
    let listed = world.as_admin("bailiwick", "ListPendingCommands", vec![]).await;
    assert!(listed.get("Commands").unwrap().as_list().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_rejected_at_the_api_with_a_reason() {
    let world = world(1).await;
    let (command, _) = asked(&world).await;
    let mut input = by_digest(&pending(&world).await);
    input.push(("Reason", Value::from("not before the audit")));
    world.as_admin("bailiwick", "RejectCommand", input).await;
    let told = world.last(4).await;
    assert!(told.contains("admin rejected this") && told.contains("not before the audit"), "{told}");
    assert_eq!(state(&world, &command).await, CommandState::Refused);
    assert_eq!(world.outcomes("CreateTopic").await, 1);
}

/// The same human counts once, in the room and with an IAM user's keys; all press in the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_counts_once_however_they_come() {
    let world = world(2).await;
    let robin =
        vec![("Name", Value::from("Robin")), ("IamPrincipalArn", Value::from("arn:aws:iam::444455556666:user/admin"))];
    let robin = world.own("bailiwick", "CreatePerson", robin).await;
    let robin = robin.get("Person").unwrap().get("PersonId").unwrap().as_str().unwrap().to_owned();
    world.joins(&robin).await;
    let (command, card) = asked(&world).await;
    let input = by_digest(&pending(&world).await);
    tokio::join!(
        world.presses(&robin, &card, "approve", &command),
        world.attempts("bailiwick", "ApproveCommand", input.clone()),
        world.presses(&robin, &card, "approve", &command),
        world.attempts("bailiwick", "ApproveCommand", input),
    );
    for _ in 0..200 {
        if world.store.counts().await.unwrap().inbox_open == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let waits = pending(&world).await;
    assert_eq!(waits.get("Approvers").unwrap().as_list().unwrap().len(), 1, "{waits:?}");
    assert_eq!(state(&world, &command).await, CommandState::AwaitingApproval);
    assert_eq!(world.outcomes("CreateTopic").await, 1);
}

/// Who asked approves only where the policies ask for just that.
#[tokio::test(flavor = "multi_thread")]
async fn who_asked_approves_where_a_policy_says_so() {
    let world = world(1).await;
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:CreateTopic","Resource":"*","Condition":{"Bool":{"bailiwick:RequesterApproved":"true"}}},{"Effect":"Allow","Action":"bailiwick:ApproveCommand","Resource":"*","Condition":{"NumericGreaterThanEquals":{"bailiwick:Assurance":"2"}}}]}"#;
    let input = vec![
        ("RoleName", Value::from("deploy")),
        ("PolicyName", Value::from("approved")),
        ("PolicyDocument", Value::from(document)),
    ];
    world.own("iam", "PutRolePolicy", input).await;
    let (command, card) = asked(&world).await;
    assert!(plain::card(&world.cards(3).await[2].1).contains("By who asked."));
    world.presses("person-dana", &card, "approve", &command).await;
    let cards = world.cards(5).await;
    assert!(text(&cards)[3].contains("Dana approved this; it runs now."), "{:?}", text(&cards));
    assert_eq!(state(&world, &command).await, CommandState::Finished);
    assert_eq!(world.outcomes("CreateTopic").await, 2);
}
