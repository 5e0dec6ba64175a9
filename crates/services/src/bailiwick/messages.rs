use bailiwick_authority::{Assurance, Principal, uuid};
use bailiwick_aws::fault::Fault;
use bailiwick_chat::room::{RoomMessage, RoomPress, body_to_json, event_to_json, message_event, press_event};
use bailiwick_chat::{Body, ButtonId, Event, Proof, Who};
use bailiwick_ident::Timestamp;
use bailiwick_store::{
    Change, CommandQuery, CommandState, NewRoomMessage, RoomMessageKind, RoomMessageQuery, ThreadFilter,
};
use serde::{Deserialize, Serialize};

use super::{conflict, invalid, not_found};
use crate::chime::{Room, find_room};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// The kind of the room event that says: a message was added.
const ADDED: &str = "message.added";

/// The person who acts: the caller itself, or the person an IAM user also is.
pub(super) fn sender<I>(cx: &Context<'_>, call: &Authorized<I>) -> Result<Who, Fault> {
    if let Principal::Person { id, name, .. } = &call.caller().principal {
        return Ok(Who { member_id: id.clone(), display_name: name.clone() });
    }
    let arn = call.caller().principal.arn_in(call.partition());
    let account = cx.directory.account(call.account());
    let person = account
        .and_then(|account| account.persons().find(|person| person.iam_principal.as_deref() == Some(arn.as_str())));
    match person {
        Some(person) => Ok(Who { member_id: person.id.clone(), display_name: person.name.clone() }),
        None => Err(invalid(format!("{arn} is not a person of the chat; only people write in rooms."))),
    }
}

/// What proves that the sender sent it.
fn proof<I>(call: &Authorized<I>) -> Proof {
    match Assurance::of(call.caller()) {
        Assurance::None | Assurance::Claimed => Proof::Platform,
        Assurance::Session => Proof::Session,
        Assurance::SecondFactor => Proof::SecondFactor,
    }
}

async fn room<I>(cx: &Context<'_>, call: &Authorized<I>, id: &str) -> Result<Room, Fault> {
    let found = find_room(cx, call.partition(), call.account(), id).await?;
    found.map(|(room, _)| room).ok_or_else(|| not_found("The room does not exist."))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PostRoomMessageInput {
    room_id: String,
    content: String,
    thread_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PostRoomMessageOutput {
    message_id: String,
}

/// Posts a message. When it speaks to the bot, its work is in the inbox in the same commit.
pub(super) async fn post_room_message(
    cx: &Context<'_>,
    call: Authorized<PostRoomMessageInput>,
) -> Result<PostRoomMessageOutput, Fault> {
    let room = room(cx, &call, &call.input.room_id).await?;
    let sender = sender(cx, &call)?;
    if call.input.content.trim().is_empty() {
        return Err(invalid("The message is empty."));
    }
    if let Some(thread) = &call.input.thread_id {
        let first = cx.store.room_message(thread).await.map_err(crate::fault::store)?;
        if first.is_none_or(|first| first.room != room.id || first.thread.is_some()) {
            return Err(not_found("The thread does not exist in this room."));
        }
    }
    let message = RoomMessage {
        account: room.chime_account.clone(),
        room: room.id.clone(),
        message: uuid(cx.entropy),
        thread: call.input.thread_id.clone(),
        sender,
        proof: proof(&call),
        content: call.input.content.clone(),
        created: cx.now,
    };
    let waits = waits(cx, &room.id, message.thread.as_deref(), &message.sender.member_id).await?;
    let event = message_event(&message, waits).map_err(|error| invalid(error.to_string()))?;
    let mut change = Change::new()
        .room_message(NewRoomMessage {
            id: message.message.clone(),
            room: room.id.clone(),
            thread: message.thread.clone(),
            author: message.sender.member_id.clone(),
            kind: RoomMessageKind::Text,
            body: body_to_json(&Body::Text(message.content.clone())),
            created_at: cx.now,
        })
        .room_event(&room.id, ADDED, Some(message.message.clone()), "{}");
    if let Some(event) = event {
        change = change.and(work(&event, cx.now));
    }
    cx.commit(change);
    Ok(PostRoomMessageOutput { message_id: message.message })
}

/// Whether the bot has an open question to this member in the thread.
async fn waits(cx: &Context<'_>, room: &str, thread: Option<&str>, member: &str) -> Result<bool, Fault> {
    let Some(thread) = thread else { return Ok(false) };
    let query = CommandQuery {
        room: Some(room.to_owned()),
        thread: Some(thread.to_owned()),
        actor: Some(member.to_owned()),
        states: vec![CommandState::Asking],
        limit: 1,
        ..CommandQuery::default()
    };
    Ok(!cx.store.commands(query).await.map_err(crate::fault::store)?.is_empty())
}

/// The inbox row of an event. The platform's identity of the event is the row's, so a redelivery is a duplicate.
fn work(event: &Event, now: Timestamp) -> Change {
    Change::new().inbox(format!("room/{}", event.message), "room", event_to_json(event), now)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PressButtonInput {
    room_id: String,
    card_message_id: String,
    button: String,
    target: String,
    value: Option<String>,
}

/// Presses a button of a card. What the press means for this person is decided when its work is done.
pub(super) async fn press_button(cx: &Context<'_>, call: Authorized<PressButtonInput>) -> Result<Nothing, Fault> {
    let room = room(cx, &call, &call.input.room_id).await?;
    let sender = sender(cx, &call)?;
    let card = cx.store.room_message(&call.input.card_message_id).await.map_err(crate::fault::store)?;
    let card = card.filter(|card| card.room == room.id && card.kind == RoomMessageKind::Card);
    let card = card.ok_or_else(|| not_found("The card does not exist in this room."))?;
    let button = ButtonId::parse(&call.input.button)
        .ok_or_else(|| invalid(format!("`{}` is not a button.", call.input.button)))?;
    let press = RoomPress {
        account: room.chime_account,
        room: room.id,
        press: uuid(cx.entropy),
        card_message: card.id,
        thread: card.thread,
        sender,
        button,
        target: call.input.target.clone(),
        value: call.input.value.clone(),
        proof: proof(&call),
        created: cx.now,
    };
    let event = press_event(&press).map_err(|error| conflict(error.to_string()))?;
    cx.commit(work(&event, cx.now));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRoomMessagesInput {
    room_id: String,
    thread_id: Option<String>,
    max_results: Option<u32>,
    next_token: Option<String>,
}

/// A message as the API shows it. The body is the stored form: words, or a card.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    message_id: String,
    room_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<String>,
    author: String,
    kind: &'static str,
    body: String,
    created_timestamp: Timestamp,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRoomMessagesOutput {
    messages: Vec<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The latest messages of a room, oldest first; the token leads to older ones.
pub(super) async fn list_room_messages(
    cx: &Context<'_>,
    call: Authorized<ListRoomMessagesInput>,
) -> Result<ListRoomMessagesOutput, Fault> {
    let room = room(cx, &call, &call.input.room_id).await?;
    let limit = call.input.max_results.unwrap_or(50).clamp(1, 500);
    let mut query = RoomMessageQuery::latest(&room.id, limit);
    if let Some(thread) = &call.input.thread_id {
        query = query.thread(ThreadFilter::In(thread.clone()));
    }
    if let Some(token) = &call.input.next_token {
        query = query.before(token.parse().map_err(|_| invalid("The NextToken is not one of this list."))?);
    }
    let messages = cx.store.room_messages(query).await.map_err(crate::fault::store)?;
    let full = u32::try_from(messages.len()).is_ok_and(|count| count == limit);
    let next_token = messages.first().filter(|_| full).map(|first| first.sequence.to_string());
    let shown = |message: bailiwick_store::RoomMessage| Message {
        message_id: message.id,
        room_id: message.room,
        thread_id: message.thread,
        author: message.author,
        kind: match message.kind {
            RoomMessageKind::Text => "text",
            RoomMessageKind::Card => "card",
        },
        body: message.body,
        created_timestamp: message.created_at,
    };
    Ok(ListRoomMessagesOutput { messages: messages.into_iter().map(shown).collect(), next_token })
}
