use bailiwick_store::{Change, Claim, CommandState, Store};

use crate::room::World;

const PUBLISH: &str = "@aws sns publish --topic-arn arn:aws:sns:us-east-1:444455556666:alarms --message hi";

#[tokio::test(flavor = "multi_thread")]
async fn invariant_5_an_accepted_message_is_answered_once() {
    let mut world = World::new(None).await;
    for _ in 0..5 {
        world.says("person-dana", "@aws sns list-topics", None).await;
    }
    world.says("person-dana", "just talk", None).await;
    let cards = world.cards(5).await;
    assert!(cards.iter().all(|(message, _)| message.thread.is_some()));
    world.restart().await;
    assert_eq!(world.cards(5).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_parameter_is_asked_for_and_the_answer_goes_on() {
    let world = World::new(None).await;
    let thread = world.says("person-dana", "@aws sns get-topic-attributes", None).await;
    assert!(world.last(1).await.contains("--topic-arn"));
    // Somebody else's words in the thread are no answer.
    world.says("person-sam", "arn:aws:sns:us-east-1:444455556666:none", Some(&thread)).await;
    world.says("person-dana", "arn:aws:sns:us-east-1:444455556666:alarms", Some(&thread)).await;
    let answer = world.last(2).await;
    assert!(answer.contains("SubscriptionsConfirmed"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_aws_is_a_command_and_talk_about_aws_is_not_answered() {
    let world = World::new(None).await;
    for talk in ["aws is down again", "aws sns is slow today", "aws, what a day", "our aws sns list-topics"] {
        world.says("person-dana", talk, None).await;
    }
    let thread = world.says("person-dana", "aws sns get-topic-attributes", None).await;
    assert!(world.last(1).await.contains("--topic-arn"));
    // In the thread of a question, talk that begins so is its answer, and a command is a command.
    world.says("person-dana", "aws sns list-topics", Some(&thread)).await;
    assert!(world.last(2).await.contains(":alarms"));
    world.says("person-dana", "arn:aws:sns:us-east-1:444455556666:alarms", Some(&thread)).await;
    let answer = world.last(3).await;
    assert!(answer.contains("SubscriptionsConfirmed"), "{answer}");
    world.says("person-dana", "aws sns list-topcis", None).await;
    assert!(world.last(4).await.contains("sns list-topics"));
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_6_a_change_waits_for_its_requester_and_runs_once() {
    let world = World::new(None).await;
    world.says("person-dana", PUBLISH, None).await;
    let cards = world.cards(1).await;
    let (message, card) = cards.last().unwrap();
    let target = card.buttons.first().unwrap().target.clone();
    assert_eq!(world.outcomes("Publish").await, 0);

    world.presses("person-sam", message, "run", &target).await;
    assert!(world.last(2).await.contains("Dana"));
    assert_eq!(world.outcomes("Publish").await, 0);

    // Twice by its requester: once it runs, once it is told that it ran. The run itself shows the published message, too.
    tokio::join!(
        world.presses("person-dana", message, "run", &target),
        world.presses("person-dana", message, "run", &target)
    );
    world.cards(5).await;
    assert_eq!(world.outcomes("Publish").await, 1);
    let row = world.store.command(&target).await.unwrap().unwrap();
    assert_eq!(row.state, CommandState::Finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_lapses_and_says_so() {
    let world = World::new(None).await;
    world.says("person-dana", PUBLISH, None).await;
    let cards = world.cards(1).await;
    let (message, card) = cards.last().unwrap();
    let target = card.buttons.first().unwrap().target.clone();
    world.wait_seconds(601);
    world.presses("person-dana", message, "run", &target).await;
    assert!(world.last(2).await.contains("lapsed"));
    assert_eq!(world.outcomes("Publish").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_says_why_and_by_whom_it_can_be_changed() {
    let world = World::new(None).await;
    world.says("person-dana", "@aws sns create-topic --name other", None).await;
    let refusal = world.last(1).await;
    for words in ["Not run", "sns:CreateTopic", "stopped by", "can change it"] {
        assert!(refusal.contains(words), "{words} is not in {refusal}");
    }
    let cards = world.cards(1).await;
    let (message, card) = cards.last().unwrap();
    world.presses("person-sam", message, "why", &card.buttons.last().unwrap().target).await;
    let trace = world.last(2).await;
    for layer in 1..=9 {
        assert!(trace.contains(&format!("{layer} ")), "{trace}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_died_in_between_leaves_nothing_half_done() {
    let mut world = World::new(None).await;
    world.pause().await;
    world.says("person-dana", "@aws sns list-topics", None).await;
    // A worker claims the row and dies before its end.
    let now = bailiwick_authority::Clock::now(world.clock.as_ref());
    let claim = Claim { worker: "dead".to_owned(), now, lease_millis: 60_000, limit: 10 };
    assert_eq!(world.store.claim_inbox(claim).await.unwrap().len(), 1);
    world.restart().await;
    assert!(world.last(1).await.contains("alarms"));
    // The dead worker's fence is of no use any more.
    let stale = Change::new().finish_inbox("room/none", 1, "late");
    assert!(world.store.commit(stale).await.is_err());
}
