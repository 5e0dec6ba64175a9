//! Answers that are longer than a card.

use bailiwick_aws::Value;
use bailiwick_chat::{Block, ButtonId, Card, File, plain};

use crate::room::World;

fn file(card: &Card) -> &File {
    let file = card.body.iter().find_map(|block| match block {
        Block::File(file) => Some(file),
        _ => None,
    });
    file.unwrap_or_else(|| panic!("{card:?}"))
}

async fn with_topics(count: usize) -> World {
    let world = World::new(None).await;
    for number in 0..count {
        world.own("sns", "CreateTopic", vec![("Name", Value::from(format!("t{number:03}").as_str()))]).await;
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_are_asked_for_and_shown_in_parts() {
    // A page of ListTopics has a hundred; there is one more topic from the start.
    let world = with_topics(114).await;
    world.says("person-dana", "@aws sns list-topics", None).await;
    let cards = world.cards(1).await;
    let (message, card) = cards.last().unwrap();
    assert!(plain::card(card).contains("items 1 to 10 of 115"), "{}", plain::card(card));
    assert_eq!(world.outcomes("ListTopics").await, 2);
    let more = card.buttons.first().unwrap();
    assert_eq!((more.id, more.value.as_deref()), (ButtonId::More, Some("10")));

    world.presses_with("person-dana", message, "more", &more.target, Some("110")).await;
    let cards = world.cards(2).await;
    let (next, last) = cards.last().unwrap();
    assert!(plain::card(last).contains("items 111 to 115 of 115"), "{}", plain::card(last));
    assert!(last.buttons.iter().all(|button| button.id != ButtonId::More));
    assert_eq!(next.thread, message.thread);

    let kept = bailiwick_bot::kept::read(world.store.as_ref(), &file(card).key).await.unwrap().unwrap();
    assert_eq!(kept.len() as u64, file(card).bytes);
    let json: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(json["Topics"].as_array().unwrap().len(), 115);
    assert_eq!(file(card).name, "sns-list-topics.json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_kept_and_the_answer_goes_on_from_there() {
    let world = with_topics(24).await;
    world.says("person-dana", "@aws sns list-topics --max-items 5", None).await;
    let cards = world.cards(1).await;
    let (message, card) = cards.last().unwrap();
    assert!(plain::card(card).contains("there is more after this"), "{}", plain::card(card));
    let more = card.buttons.first().unwrap();
    assert_eq!(more.value.as_deref(), Some("following"));
    world.presses_with("person-dana", message, "more", &more.target, more.value.as_deref()).await;
    let next = world.last(2).await;
    assert!(next.contains("t004") && next.contains("t008") && !next.contains("t003"), "{next}");

    world.says("person-dana", "@aws sns list-topics --max-items 25 --output json", None).await;
    let whole = world.last(3).await;
    assert!(whole.contains("t023") && !whole.contains("NextToken"), "{whole}");
    world.says("person-dana", "@aws sns list-topics --starting-token nonsense___x___y", None).await;
    assert!(world.last(4).await.contains("`--starting-token` is not a token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_exact_text_comes_as_a_file_too() {
    let world = with_topics(99).await;
    world.says("person-dana", "@aws sns list-topics --query Topics[].TopicArn --output text", None).await;
    let cards = world.cards(1).await;
    let card = &cards.last().unwrap().1;
    assert_eq!(file(card).name, "sns-list-topics.txt");
    let kept = bailiwick_bot::kept::read(world.store.as_ref(), &file(card).key).await.unwrap().unwrap();
    assert_eq!(kept.matches("arn:aws:sns").count(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_long_enough_is_let_go_and_says_so() {
    let world = World::new(None).await;
    // Too much to stay with its command.
    for number in 0..240 {
        let name = format!("t{number:03}{}", "x".repeat(250));
        world.own("sns", "CreateTopic", vec![("Name", Value::from(name.as_str()))]).await;
    }
    world.says("person-dana", "@aws sns list-topics", None).await;
    let cards = world.cards(1).await;
    let (message, card) = cards.last().unwrap();
    let key = file(card).key.clone();
    let target = card.buttons.first().unwrap().target.clone();
    world.wait_seconds(6 * 24 * 3600);
    assert_eq!(world.bot.sweep().await.unwrap(), 0);
    assert!(bailiwick_bot::kept::read(world.store.as_ref(), &key).await.unwrap().is_some());
    world.wait_seconds(24 * 3600 + 1);
    assert!(world.bot.sweep().await.unwrap() > 0);
    assert!(bailiwick_bot::kept::read(world.store.as_ref(), &key).await.unwrap().is_none());
    assert_eq!(world.bot.sweep().await.unwrap(), 0);
    for (count, button) in [(2, "raw-json"), (3, "more")] {
        world.presses_with("person-dana", message, button, &target, Some("10")).await;
        assert!(world.last(count).await.contains("not kept any more; run the command again"));
    }
}
