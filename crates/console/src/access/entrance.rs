//! The entrance: who comes in, with which proof, and how long they stay.

use crate::Answer;
use bailiwick_ident::Timestamp;
use std::fmt;
use std::time::Duration;

/// The secret in the session cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// Takes the text of a token: 1 to 512 visible ASCII characters that a cookie may hold.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=512).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b',' | b';' | b'\\'));
        (fits && plain).then(|| SessionToken(text.to_owned()))
    }

    /// The token, for comparing and for the cookie.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A person of the chat, by id.
    Person(String),
    /// An IAM user, by unique id.
    User(String),
}

/// Somebody who is signed in, as every call is made for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account: twelve digits.
    pub account: String,
    /// Who it is.
    pub who: Who,
    /// The name people see.
    pub name: String,
    /// When the session began.
    pub began: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// When a second factor was last shown in it.
    pub second_factor: Option<Timestamp>,
}

/// A session that lasts.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Who is signed in.
    pub person: Person,
    /// The token every form of this session carries; not derived from anything a page shows.
    pub form_token: String,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("person", &self.person).finish_non_exhaustive()
    }
}

/// A session that has just begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The secret for the cookie.
    pub token: SessionToken,
    /// How long it lasts.
    pub lasts: Duration,
}

/// What an IAM user signs in with.
#[derive(Clone, PartialEq, Eq)]
pub struct Offered {
    /// The number of the account, or its alias.
    pub account: String,
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Offered").field("account", &self.account).field("user", &self.user).finish_non_exhaustive()
    }
}

/// What comes next for somebody who signs in. A ticket says what was shown so far, and goes back with the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// They are in.
    Done(SignedIn),
    /// The code of their second factor.
    Code(String),
    /// Another password, in place of the one that they signed in with.
    NewPassword(String),
}

/// Over which connection somebody comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// The address of the peer, without port.
    pub source_ip: Option<String>,
    /// What the browser calls itself, cut where it is long.
    pub user_agent: Option<String>,
}

/// The use cases of the entrance. What is not right is answered alike, whatever of it is not: [`crate::Fault::WrongSignIn`].
pub trait Entrance: Send + Sync + 'static {
    /// Exchanges the token of a one-time link for a session, once.
    fn by_link(&self, one_time_token: &str, from: &Connection) -> Answer<'_, SignedIn>;

    /// The first step of an IAM user.
    fn by_password(&self, offered: &Offered, from: &Connection) -> Answer<'_, Step>;

    /// The step that shows a code.
    fn by_code(&self, ticket: &str, code: &str, from: &Connection) -> Answer<'_, Step>;

    /// The step that sets another password: the old one and the new one.
    fn by_new_password(&self, ticket: &str, old: &str, new: &str, from: &Connection) -> Answer<'_, Step>;

    /// Takes a code of the second factor in a session that lasts.
    fn step_up(&self, token: &SessionToken, code: &str, from: &Connection) -> Answer<'_, ()>;

    /// The session of a cookie; `None` when it has ended or never was.
    fn session(&self, token: &SessionToken) -> Answer<'_, Option<Session>>;

    /// Ends a session.
    fn sign_out(&self, token: &SessionToken) -> Answer<'_, ()>;
}
