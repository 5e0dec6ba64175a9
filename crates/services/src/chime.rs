//! Amazon Chime: the built-in chat. Accounts and rooms are entities of the store; users are the directory's persons, and
//! memberships stand in the directory too, since what a person may do in a room follows from them.

mod accounts;
mod memberships;
mod rooms;
mod users;

use bailiwick_aws::fault::Fault;

pub(crate) use rooms::{Room, find_room, room_exists};

crate::operation::operations! {
    CreateAccount => accounts::create_account,
    CreateRoom => rooms::create_room,
    CreateRoomMembership => memberships::create_room_membership,
    CreateUser => users::create_user,
    DeleteAccount => accounts::delete_account,
    DeleteRoom => rooms::delete_room,
    DeleteRoomMembership => memberships::delete_room_membership,
    GetAccount => accounts::get_account,
    GetRoom => rooms::get_room,
    GetUser => users::get_user,
    ListAccounts => accounts::list_accounts,
    ListRoomMemberships => memberships::list_room_memberships,
    ListRooms => rooms::list_rooms,
    ListUsers => users::list_users,
    UpdateAccount => accounts::update_account,
    UpdateRoom => rooms::update_room,
    UpdateRoomMembership => memberships::update_room_membership,
}

/// How many items a page holds when the request names no size.
const PAGE: i64 = 50;

fn not_found(what: &str) -> Fault {
    Fault::sender("NotFoundException", 404, format!("The requested {what} does not exist."))
}

fn bad_request(message: &str) -> Fault {
    Fault::sender("BadRequestException", 400, message)
}

fn size(asked: Option<i64>) -> usize {
    usize::try_from(asked.unwrap_or(PAGE).clamp(1, 99)).unwrap_or(1)
}
