use super::{Outcome, at, cases, conflict, duplicate, ok, same};
use crate::{
    Change, CommandQuery, CommandRow, CommandState, Expect, NewRoomMessage, RoomMessage, RoomMessageKind,
    RoomMessageQuery, Store, ThreadFilter,
};
use std::sync::Arc;

cases!("room": accepted_order, messages, updates, events, commands, command_queries);

fn message(id: &str, room: &str, thread: Option<&str>) -> NewRoomMessage {
    NewRoomMessage {
        id: id.to_owned(),
        room: room.to_owned(),
        thread: thread.map(str::to_owned),
        author: "dana".to_owned(),
        kind: if thread.is_some() { RoomMessageKind::Card } else { RoomMessageKind::Text },
        body: format!("\"{id}\""),
        created_at: at(5),
    }
}

fn ids(messages: &[RoomMessage]) -> Vec<&str> {
    messages.iter().map(|message| message.id.as_str()).collect()
}

/// A room and its threads keep the order in which messages were committed, whatever the clock said and however ids compare.
async fn accepted_order(store: Arc<dyn Store>) -> Outcome {
    let times = [700, 700, 900, 300, 300, 0, 800];
    let names: Vec<String> = (0..times.len()).map(|n| format!("m{}", 9 - n)).collect();
    ok(store.commit(Change::new().room_message(message("root", "ops", None))).await)?;
    for (name, time) in names.iter().zip(times) {
        let said = |id: String, thread| NewRoomMessage { created_at: at(time), ..message(&id, "ops", thread) };
        let change =
            Change::new().room_message(said(name.clone(), None)).room_message(said(format!("{name}-t"), Some("root")));
        ok(store.commit(change.room_event("ops", "message.added", Some(name.clone()), "{}")).await)?;
    }
    let outside = RoomMessageQuery::latest("ops", 7).thread(ThreadFilter::OutsideThreads);
    same(ids(&ok(store.room_messages(outside).await)?), names.iter().map(String::as_str).collect())?;
    let inside = RoomMessageQuery::latest("ops", 7).thread(ThreadFilter::In("root".to_owned()));
    let threaded: Vec<String> = names.iter().map(|name| format!("{name}-t")).collect();
    same(ids(&ok(store.room_messages(inside).await)?), threaded.iter().map(String::as_str).collect())?;
    let events = ok(store.room_events("ops", 0, 99).await)?;
    same(events.into_iter().filter_map(|event| event.message).collect(), names)
}

async fn messages(store: Arc<dyn Store>) -> Outcome {
    let mut sequences = Vec::new();
    for (id, room, thread) in [
        ("m1", "ops", None),
        ("m2", "dev", None),
        ("m3", "ops", Some("m1")),
        ("m4", "ops", None),
        ("m5", "ops", Some("m4")),
    ] {
        sequences.extend(ok(store.commit(Change::new().room_message(message(id, room, thread))).await)?.messages);
    }
    same(sequences.is_sorted_by(|a, b| a < b) && sequences.len() == 5, true)?;
    duplicate(store.commit(Change::new().room_message(message("m1", "dev", None))).await)?;
    let read = |query| store.room_messages(query);
    same(ids(&ok(read(RoomMessageQuery::latest("ops", 10)).await)?), vec!["m1", "m3", "m4", "m5"])?;
    let page = ok(read(RoomMessageQuery::latest("ops", 2)).await)?;
    same(ids(&page), vec!["m4", "m5"])?;
    let before = page.first().map_or(0, |message| message.sequence);
    same(ids(&ok(read(RoomMessageQuery::latest("ops", 2).before(before)).await)?), vec!["m1", "m3"])?;
    let outside = RoomMessageQuery::latest("ops", 9).thread(ThreadFilter::OutsideThreads);
    same(ids(&ok(read(outside).await)?), vec!["m1", "m4"])?;
    let inside = RoomMessageQuery::latest("ops", 9).thread(ThreadFilter::In("m1".to_owned()));
    same(ids(&ok(read(inside).await)?), vec!["m3"])?;
    let one = ok(store.room_message("m3").await)?;
    let NewRoomMessage { id, room, thread, author, kind, body, created_at } = message("m3", "ops", Some("m1"));
    let sequence = sequences.get(2).copied().unwrap_or(0);
    same(one, Some(RoomMessage { sequence, id, room, thread, author, kind, body, created_at, version: 1 }))?;
    same(ok(store.room_message("nothing").await)?, None)
}

async fn updates(store: Arc<dyn Store>) -> Outcome {
    conflict(store.commit(Change::new().update_room_message("m1", "\"x\"", None)).await)?;
    ok(store.commit(Change::new().room_message(message("m1", "ops", None))).await)?;
    ok(store.commit(Change::new().update_room_message("m1", "\"x\"", Some(1))).await)?;
    conflict(store.commit(Change::new().update_room_message("m1", "\"y\"", Some(1))).await)?;
    ok(store.commit(Change::new().update_room_message("m1", "\"z\"", None)).await)?;
    let found = ok(store.room_message("m1").await)?.map(|message| (message.version, message.body));
    same(found, Some((3, "\"z\"".to_owned())))
}

async fn events(store: Arc<dyn Store>) -> Outcome {
    same(ok(store.last_room_event().await)?, 0)?;
    let change = Change::new()
        .room_event("ops", "message.added", Some("m1".to_owned()), "1")
        .room_event("dev", "message.added", None, "2")
        .room_event("ops", "message.updated", None, "3");
    let sequences = ok(store.commit(change).await)?.events;
    same(sequences.is_sorted_by(|a, b| a < b) && sequences.len() == 3, true)?;
    same(Some(ok(store.last_room_event().await)?), sequences.last().copied())?;
    let read = async |room: &str, after, limit| {
        let events = ok(store.room_events(room, after, limit).await)?;
        Ok::<_, String>(events.into_iter().map(|event| event.body).collect::<Vec<_>>())
    };
    let first = sequences.first().copied().unwrap_or(0);
    same(read("ops", 0, 10).await?, vec!["1".to_owned(), "3".to_owned()])?;
    same(read("ops", 0, 1).await?, vec!["1".to_owned()])?;
    same(read("ops", first, 10).await?, vec!["3".to_owned()])?;
    same(read("none", 0, 10).await?, vec![])
}

fn command(id: &str, state: CommandState) -> CommandRow {
    CommandRow {
        id: id.to_owned(),
        inbox_id: format!("in-{id}"),
        room: "ops".to_owned(),
        thread: Some("m1".to_owned()),
        actor: "dana".to_owned(),
        state,
        text: "sns list-topics".to_owned(),
        call: Some("{}".to_owned()),
        answer: None,
        created_at: at(1),
        updated_at: at(2),
        expires_at: Some(at(100)),
        version: 0,
    }
}

async fn commands(store: Arc<dyn Store>) -> Outcome {
    let put = |state, expect| store.commit(Change::new().command(command("c1", state), expect));
    same(ok(put(CommandState::Proposed, Expect::Absent).await)?.commands, vec![1])?;
    duplicate(put(CommandState::Proposed, Expect::Absent).await)?;
    // A button pressed twice: both saw version 1, one of them runs.
    let (first, second) =
        (put(CommandState::Started, Expect::Revision(1)).await, put(CommandState::Started, Expect::Revision(1)).await);
    same(ok(first)?.commands, vec![2])?;
    conflict(second)?;
    let found = ok(store.command("c1").await)?;
    same(found, Some(CommandRow { version: 2, ..command("c1", CommandState::Started) }))?;
    same(ok(store.command("c2").await)?, None)
}

async fn command_queries(store: Arc<dyn Store>) -> Outcome {
    use CommandState::{AwaitingApproval, Finished, Received};
    let rows = [
        command("c1", Finished),
        CommandRow { expires_at: None, ..command("c2", AwaitingApproval) },
        CommandRow { expires_at: Some(at(50)), actor: "erin".to_owned(), ..command("c3", AwaitingApproval) },
        CommandRow { thread: None, room: "dev".to_owned(), ..command("c4", Received) },
    ];
    for row in rows {
        ok(store.commit(Change::new().command(row, Expect::Absent)).await)?;
    }
    let all = CommandQuery::default();
    let queries = [
        (all.clone(), "c4 c3 c2 c1"),
        (CommandQuery { limit: 2, ..all.clone() }, "c4 c3"),
        (CommandQuery { limit: 1, before: Some("c4".to_owned()), ..all.clone() }, "c3"),
        (CommandQuery { before: Some("c3".to_owned()), ..all.clone() }, "c2 c1"),
        (CommandQuery { before: Some("none".to_owned()), ..all.clone() }, ""),
        (CommandQuery { room: Some("ops".to_owned()), ..all.clone() }, "c3 c2 c1"),
        (CommandQuery { thread: Some("m1".to_owned()), states: vec![Finished, Received], ..all.clone() }, "c1"),
        (CommandQuery { states: vec![AwaitingApproval], ..all.clone() }, "c3 c2"),
        (CommandQuery { expires_by: Some(at(50)), ..all.clone() }, "c3"),
        (CommandQuery { expires_by: Some(at(49)), ..all.clone() }, ""),
        (CommandQuery { actor: Some("erin".to_owned()), ..all.clone() }, "c3"),
        (CommandQuery { inbox_id: Some("in-c2".to_owned()), ..all }, "c2"),
    ];
    for (query, expected) in queries {
        let found: Vec<String> = ok(store.commands(query).await)?.into_iter().map(|row| row.id).collect();
        same(found.join(" "), expected.to_owned())?;
    }
    same(ok(store.counts().await)?.commands_waiting, 2)
}
