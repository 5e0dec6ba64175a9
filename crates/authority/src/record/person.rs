use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// A person: the same human in chat, at the console, and perhaps as an IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRecord {
    /// The account of the built-in chat.
    pub account: AccountId,
    /// The id, which is also the member id in rooms.
    pub id: String,
    /// The name shown in rooms.
    pub name: String,
    /// The address, if known.
    #[serde(default)]
    pub email: Option<String>,
    /// ARN of the IAM user the person also is.
    #[serde(default)]
    pub iam_principal: Option<String>,
    /// When the person was added.
    pub created_at: Timestamp,
}

/// A member's role in a room, in Amazon Chime's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RoomRole {
    /// Administers the room: a channel administrator.
    Administrator,
    /// Takes part.
    Member,
}

/// A person in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomMembershipRecord {
    /// The AWS account.
    pub account: AccountId,
    /// The Amazon Chime account of the room.
    pub chime_account: String,
    /// The room.
    pub room: String,
    /// The person.
    pub person: String,
    /// Its role there.
    pub role: RoomRole,
    /// When it was added.
    pub created_at: Timestamp,
}
