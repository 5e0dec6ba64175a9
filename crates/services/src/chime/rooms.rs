use bailiwick_authority::{DirectoryChange, RecordKey, RecordKind, uuid};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Partition, Timestamp};
use bailiwick_store::{Change, EntityKey, EntityQuery, Expect};
use serde::{Deserialize, Serialize};

use super::{bad_request, not_found, size};
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

const KIND: &str = "chime.room";
const REQUEST_KIND: &str = "chime.room-request";

/// The stored form of a room.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Room {
    pub(crate) account: AccountId,
    pub(crate) chime_account: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created_by: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

fn key(partition: &Partition, account: AccountId, id: &str) -> EntityKey {
    EntityKey::in_account(partition.as_str(), account.as_str(), KIND, id)
}

/// Whether a room exists.
pub(crate) async fn room_exists(
    store: &dyn bailiwick_store::Store,
    partition: &str,
    account: &str,
    id: &str,
) -> Result<bool, bailiwick_store::StoreError> {
    Ok(store.entity(EntityKey::in_account(partition, account, KIND, id)).await?.is_some())
}

/// The rooms of a Chime account.
pub(super) async fn of_account(
    cx: &Context<'_>,
    partition: &Partition,
    account: AccountId,
    chime_account: &str,
) -> Result<Vec<Room>, Fault> {
    let query = EntityQuery::kind(KIND).partition(partition.as_str()).account(account.as_str());
    let mut rooms: Vec<Room> = cx.read_all(query).await?;
    rooms.retain(|room| room.chime_account == chime_account);
    Ok(rooms)
}

/// The room of an id in an account, whichever its Chime account.
pub(crate) async fn find_room(
    cx: &Context<'_>,
    partition: &Partition,
    account: AccountId,
    id: &str,
) -> Result<Option<(Room, u64)>, Fault> {
    if id.is_empty() { Ok(None) } else { cx.read(key(partition, account, id)).await }
}

/// The room that a request names by Chime account and id.
pub(super) async fn find<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    chime_account: &str,
    id: &str,
) -> Result<(Room, u64), Fault> {
    super::accounts::find(cx, call, chime_account).await?;
    let found = find_room(cx, call.partition(), call.account(), id).await?;
    found.filter(|(room, _)| room.chime_account == chime_account).ok_or_else(|| not_found("room"))
}

/// A room as Chime shows it.
#[derive(Debug, Serialize)]
#[serde(rename = "Room", rename_all = "PascalCase")]
struct Shown {
    room_id: String,
    name: String,
    account_id: String,
    created_by: String,
    created_timestamp: Timestamp,
    updated_timestamp: Timestamp,
}

impl From<Room> for Shown {
    fn from(room: Room) -> Self {
        Shown {
            room_id: room.id,
            name: room.name,
            account_id: room.chime_account,
            created_by: room.created_by,
            created_timestamp: room.created_at,
            updated_timestamp: room.updated_at,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoomOutput {
    room: Shown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateRoomInput {
    account_id: String,
    name: String,
    client_request_token: Option<String>,
}

/// What a request with a token made. Stored under the token, so that the same request again finds its room.
#[derive(Debug, Serialize, Deserialize)]
struct Requested {
    room: String,
    chime_account: String,
    name: String,
}

fn request_key<I>(call: &Authorized<I>, token: &str) -> EntityKey {
    EntityKey::in_account(call.partition().as_str(), call.account().as_str(), REQUEST_KIND, token)
}

/// Creates a room. The same request with the same token is answered with the room it made.
pub(super) async fn create_room(cx: &Context<'_>, call: Authorized<CreateRoomInput>) -> Result<RoomOutput, Fault> {
    super::accounts::find(cx, &call, &call.input.account_id).await?;
    if call.input.name.trim().is_empty() {
        return Err(bad_request("The name of a room must not be empty."));
    }
    let requested = call.input.client_request_token.as_deref().map(|token| request_key(&call, token));
    if let Some(key) = &requested
        && let Some((made, _)) = cx.read::<Requested>(key.clone()).await?
    {
        if made.name != call.input.name || made.chime_account != call.input.account_id {
            let message = "The ClientRequestToken was used for another room.";
            return Err(Fault::sender("ConflictException", 409, message));
        }
        let (room, _) = find(cx, &call, &made.chime_account, &made.room).await?;
        return Ok(RoomOutput { room: room.into() });
    }
    let room = Room {
        account: call.account(),
        chime_account: call.input.account_id.clone(),
        id: uuid(cx.entropy),
        name: call.input.name.clone(),
        created_by: call.caller().principal.arn_in(call.partition()),
        created_at: cx.now,
        updated_at: cx.now,
    };
    let key = key(call.partition(), call.account(), &room.id);
    let mut change = Change::new().put(key, crate::fault::to_stored(&room)?, Expect::Absent);
    if let Some(key) = requested {
        let (chime_account, name) = (room.chime_account.clone(), room.name.clone());
        let made = Requested { room: room.id.clone(), chime_account, name };
        change = change.put(key, crate::fault::to_stored(&made)?, Expect::Absent);
    }
    cx.commit(change);
    Ok(RoomOutput { room: room.into() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoomInput {
    account_id: String,
    room_id: String,
    name: Option<String>,
}

/// One room.
pub(super) async fn get_room(cx: &Context<'_>, call: Authorized<RoomInput>) -> Result<RoomOutput, Fault> {
    let (room, _) = find(cx, &call, &call.input.account_id, &call.input.room_id).await?;
    Ok(RoomOutput { room: room.into() })
}

/// Renames a room.
pub(super) async fn update_room(cx: &Context<'_>, call: Authorized<RoomInput>) -> Result<RoomOutput, Fault> {
    let (mut room, revision) = find(cx, &call, &call.input.account_id, &call.input.room_id).await?;
    if let Some(name) = &call.input.name {
        room.name.clone_from(name);
        room.updated_at = cx.now;
        let key = key(call.partition(), call.account(), &room.id);
        cx.commit(Change::new().put(key, crate::fault::to_stored(&room)?, Expect::Revision(revision)));
    }
    Ok(RoomOutput { room: room.into() })
}

/// Deletes a room that no configuration binds, with its memberships. Its messages stay in the store for the audit.
pub(super) async fn delete_room(cx: &Context<'_>, call: Authorized<RoomInput>) -> Result<Nothing, Fault> {
    let (room, revision) = find(cx, &call, &call.input.account_id, &call.input.room_id).await?;
    if let Some(bound) = cx.directory.channels().find(|channel| channel.channel == room.id) {
        let message = format!("The room is bound by {}; delete that configuration first.", bound.arn);
        return Err(Fault::sender("ConflictException", 409, message));
    }
    cx.commit(Change::new().delete(key(call.partition(), call.account(), &room.id), Expect::Revision(revision)));
    let mut change = DirectoryChange::new();
    if let Some(account) = cx.directory.account(call.account()) {
        for member in account.room_memberships().filter(|member| member.room == room.id) {
            change = change.delete(RecordKey {
                kind: RecordKind::RoomMembership,
                account: Some(call.account()),
                id: format!("{}/{}", member.room, member.person),
            });
        }
    }
    if !change.is_empty() {
        cx.commit_directory(change);
    }
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRoomsInput {
    account_id: String,
    member_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRoomsOutput {
    rooms: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The rooms of a Chime account, all or those of one member.
pub(super) async fn list_rooms(cx: &Context<'_>, call: Authorized<ListRoomsInput>) -> Result<ListRoomsOutput, Fault> {
    super::accounts::find(cx, &call, &call.input.account_id).await?;
    let mut rooms = of_account(cx, call.partition(), call.account(), &call.input.account_id).await?;
    if let Some(member) = &call.input.member_id {
        let account = cx.directory.account(call.account());
        rooms.retain(|room| account.is_some_and(|account| account.room_membership(&room.id, member).is_some()));
    }
    let scope = format!("chime:ListRooms {} {}", call.account(), call.input.account_id);
    let token = call.input.next_token.as_deref();
    let page = page(cx.vault, &scope, rooms, |room| room.id.clone(), token, size(call.input.max_results))
        .ok_or_else(|| bad_request("The NextToken is not one of this list."))??;
    Ok(ListRoomsOutput { rooms: page.items.into_iter().map(Into::into).collect(), next_token: page.next })
}
