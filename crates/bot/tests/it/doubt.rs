//! Commands that take long, and commands of which nobody knows whether they ran.

use std::time::Duration;

use bailiwick_store::{CommandState, Store};

use crate::room::World;
use crate::theirs::{REGIONS, endpoint, slow_endpoint};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_takes_long_says_so_and_then_shows_its_answer() {
    let world = World::new(Some(slow_endpoint(REGIONS, Duration::from_millis(2_500)).await)).await;
    world.says("person-dana", "@aws set timeout 1", None).await;
    world.cards(1).await;
    world.says("person-dana", "@aws ec2 describe-regions", None).await;
    let running = world.last(2).await;
    assert!(running.contains("more than 1 second and still runs"), "{running}");
    for _ in 0..200 {
        let last = world.last(2).await;
        if last.contains("eu-west-1") {
            assert_eq!(world.outcomes("DescribeRegions").await, 1);
            return;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    panic!("the answer never came");
}

/// A room in which a change was sent and never answered.
async fn in_doubt() -> (World, bailiwick_store::RoomMessage, String) {
    let world = World::new(Some(endpoint(b"").await)).await;
    world.may_do_everything().await;
    world.says("person-dana", "@aws ec2 start-instances --instance-ids i-0123456789abcdef0", None).await;
    let cards = world.cards(1).await;
    let run = cards[0].1.buttons.first().unwrap_or_else(|| panic!("{cards:?}")).target.clone();
    world.presses("person-dana", &cards[0].0, "run", &run).await;
    let cards = world.cards(2).await;
    let (message, card) = cards.last().unwrap();
    assert!(card.buttons.iter().any(|button| button.label == "It ran"), "{card:?}");
    (world, message.clone(), run)
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_6_a_change_in_doubt_is_settled_by_a_person_once() {
    let (world, message, command) = in_doubt().await;
    tokio::join!(
        world.presses("person-dana", &message, "it-ran", &command),
        world.presses("person-sam", &message, "it-did-not-run", &command)
    );
    let cards = world.cards(4).await;
    let texts: Vec<String> = cards.iter().map(|(_, card)| bailiwick_chat::plain::card(card)).collect();
    assert_eq!(texts.iter().filter(|text| text.contains("Recorded: ")).count(), 1, "{texts:?}");
    assert_eq!(texts.iter().filter(|text| text.contains("was settled before")).count(), 1, "{texts:?}");
    let row = world.store.command(&command).await.unwrap().unwrap();
    assert!(matches!(row.state, CommandState::Finished | CommandState::Failed));
    assert!(texts[1].contains("says Dana") || texts[1].contains("says Sam"), "{}", texts[1]);
    // Whoever looked is in the audit trail, with what they said; the other one's word came to nothing.
    let trail = world.store.audit(0, 10_000).await.unwrap();
    let resolved = trail.iter().filter(|row| row.kind == "outcome" && row.record.contains("ResolveCommand"));
    let resolved: Vec<&str> = resolved.map(|row| row.record.as_str()).collect();
    assert_eq!(resolved.iter().filter(|record| record.contains("it was settled before")).count(), 1, "{resolved:?}");
    let said = |record: &&&str| record.contains("RAN") || record.contains("DID_NOT_RUN");
    assert_eq!(resolved.iter().filter(said).count(), 2, "{resolved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_does_so_with_an_operation_that_reads_the_same() {
    let (world, message, command) = in_doubt().await;
    world.presses("person-sam", &message, "check", &command).await;
    let looked = world.last(3).await;
    assert!(looked.contains("describe-instances"), "{looked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_was_running_is_said_to_be_in_doubt() {
    let mut world = World::new(Some(slow_endpoint(REGIONS, Duration::from_secs(60)).await)).await;
    world.may_do_everything().await;
    world.says("person-dana", "@aws set timeout 1", None).await;
    world.cards(1).await;
    world.says("person-dana", "@aws ec2 start-instances --instance-ids i-0123456789abcdef0", None).await;
    let cards = world.cards(2).await;
    let run = cards[1].1.buttons[0].target.clone();
    world.presses("person-dana", &cards[1].0, "run", &run).await;
    assert!(world.last(3).await.contains("still runs"));
    world.restart().await;
    for _ in 0..100 {
        if world.last(3).await.contains("It is not known whether this ran") {
            let row = world.store.command(&run).await.unwrap().unwrap();
            assert_eq!(row.state, CommandState::Ambiguous);
            return;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    panic!("nothing was said of it");
}
