//! What people do in rooms becomes work for the bot.

use bailiwick_store::{Change, Claim, NewRoomMessage, RoomMessageKind, Store};
use serde_json::json;

use crate::world::{Came, World};

async fn room_with_dana(world: &World) -> String {
    let account = world.ok("chime", "CreateAccount", json!({"Name": "workload"})).await;
    let account = &account["Account"]["AccountId"];
    let room = world.ok("chime", "CreateRoom", json!({"AccountId": account, "Name": "ops"})).await;
    let room = room["Room"]["RoomId"].as_str().unwrap().to_owned();
    let member = json!({"AccountId": account, "RoomId": room, "MemberId": "person-dana", "Role": "Administrator"});
    world.ok("chime", "CreateRoomMembership", member).await;
    room
}

async fn work(world: &World) -> Vec<String> {
    let claim = Claim { worker: "test".to_owned(), now: world.now(), lease_millis: 60_000, limit: 10 };
    world.store.claim_inbox(claim).await.unwrap().into_iter().map(|row| row.source).collect()
}

#[tokio::test]
async fn a_message_to_the_bot_is_work_and_one_to_people_is_not() {
    let world = World::new().await;
    let room = room_with_dana(&world).await;
    let dana = world.caller("person-dana");
    for content in ["good morning", "@aws sns list-topics"] {
        let input = json!({"RoomId": room, "Content": content});
        let came = world.call(&dana, "bailiwick", "PostRoomMessage", &input).await;
        assert!(matches!(came, Came::Output(_)), "{came:?}");
    }
    assert_eq!(work(&world).await, ["room"]);
}

#[tokio::test]
async fn a_pressed_button_of_a_card_is_work() {
    let world = World::new().await;
    let room = room_with_dana(&world).await;
    let card = NewRoomMessage {
        id: "card-1".to_owned(),
        room: room.clone(),
        thread: None,
        author: "aws".to_owned(),
        kind: RoomMessageKind::Card,
        body: "{}".to_owned(),
        created_at: world.now(),
    };
    world.store.commit(Change::new().room_message(card)).await.unwrap();
    let dana = world.caller("person-dana");
    let press =
        |button: &str| json!({"RoomId": room, "CardMessageId": "card-1", "Button": button, "Target": "command-1"});
    let came = world.call(&dana, "bailiwick", "PressButton", &press("explode")).await;
    assert!(matches!(&came, Came::Fault(fault) if fault.message == "`explode` is not a button."), "{came:?}");
    let came = world.call(&dana, "bailiwick", "PressButton", &press("run")).await;
    assert!(matches!(came, Came::Output(_)), "{came:?}");
    assert_eq!(work(&world).await, ["room"]);
}
