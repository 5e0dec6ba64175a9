use bailiwick_authority::record::{PersonRecord, RoomMembershipRecord, RoomRole};
use bailiwick_authority::{DirectoryChange, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::rooms::find;
use super::{bad_request, not_found, size};
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

/// A membership as Chime shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RoomMembership {
    room_id: String,
    member: Member,
    role: RoomRole,
    updated_timestamp: Timestamp,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Member {
    member_id: String,
    member_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    full_name: String,
    account_id: String,
}

fn shown(record: &RoomMembershipRecord, person: &PersonRecord) -> RoomMembership {
    RoomMembership {
        room_id: record.room.clone(),
        member: Member {
            member_id: person.id.clone(),
            member_type: "User",
            email: person.email.clone(),
            full_name: person.name.clone(),
            account_id: record.chime_account.clone(),
        },
        role: record.role,
        updated_timestamp: record.created_at,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MembershipOutput {
    room_membership: RoomMembership,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MembershipInput {
    account_id: String,
    room_id: String,
    member_id: String,
    role: Option<RoomRole>,
}

/// Adds a person to a room; the role is Member when none is named.
pub(super) async fn create_room_membership(
    cx: &Context<'_>,
    call: Authorized<MembershipInput>,
) -> Result<MembershipOutput, Fault> {
    let (room, _) = find(cx, &call, &call.input.account_id, &call.input.room_id).await?;
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("account"))?;
    let person = account.person(&call.input.member_id).ok_or_else(|| not_found("user"))?;
    if account.room_membership(&room.id, &person.id).is_some() {
        return Err(Fault::sender(
            "ConflictException",
            409,
            format!("{} is a member of the room already.", person.name),
        ));
    }
    let record = RoomMembershipRecord {
        account: call.account(),
        chime_account: room.chime_account,
        room: room.id,
        person: person.id.clone(),
        role: call.input.role.unwrap_or(RoomRole::Member),
        created_at: cx.now,
    };
    let room_membership = shown(&record, person);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(MembershipOutput { room_membership })
}

fn existing<'a>(
    cx: &'a Context<'_>,
    call: &Authorized<MembershipInput>,
) -> Result<(&'a RoomMembershipRecord, &'a PersonRecord), Fault> {
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("account"))?;
    let record = account.room_membership(&call.input.room_id, &call.input.member_id);
    let person = account.person(&call.input.member_id);
    record.zip(person).ok_or_else(|| not_found("room membership"))
}

/// Changes a member's role.
pub(super) async fn update_room_membership(
    cx: &Context<'_>,
    call: Authorized<MembershipInput>,
) -> Result<MembershipOutput, Fault> {
    find(cx, &call, &call.input.account_id, &call.input.room_id).await?;
    let (record, person) = existing(cx, &call)?;
    let mut record = record.clone();
    if let Some(role) = call.input.role {
        record.role = role;
        cx.commit_directory(DirectoryChange::new().put(record.clone()));
    }
    Ok(MembershipOutput { room_membership: shown(&record, person) })
}

/// Takes a person out of a room.
pub(super) async fn delete_room_membership(
    cx: &Context<'_>,
    call: Authorized<MembershipInput>,
) -> Result<Nothing, Fault> {
    find(cx, &call, &call.input.account_id, &call.input.room_id).await?;
    let (record, _) = existing(cx, &call)?;
    cx.commit_directory(DirectoryChange::new().delete(RecordKey {
        kind: RecordKind::RoomMembership,
        account: Some(call.account()),
        id: format!("{}/{}", record.room, record.person),
    }));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListMembershipsInput {
    account_id: String,
    room_id: String,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListMembershipsOutput {
    room_memberships: Vec<RoomMembership>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The members of a room.
pub(super) async fn list_room_memberships(
    cx: &Context<'_>,
    call: Authorized<ListMembershipsInput>,
) -> Result<ListMembershipsOutput, Fault> {
    let (room, _) = find(cx, &call, &call.input.account_id, &call.input.room_id).await?;
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("account"))?;
    let members: Vec<_> = account
        .room_memberships()
        .filter(|record| record.room == room.id)
        .filter_map(|record| Some(shown(record, account.person(&record.person)?)))
        .collect();
    let scope = format!("chime:ListRoomMemberships {} {}", call.account(), room.id);
    let token = call.input.next_token.as_deref();
    let key = |membership: &RoomMembership| membership.member.member_id.clone();
    let page = page(cx.vault, &scope, members, key, token, size(call.input.max_results))
        .ok_or_else(|| bad_request("The NextToken is not one of this list."))??;
    Ok(ListMembershipsOutput { room_memberships: page.items, next_token: page.next })
}
