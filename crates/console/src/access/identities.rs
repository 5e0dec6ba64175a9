//! Who somebody is on a chat platform: proved in a web session by the platform's own word, after a link from chat.

use crate::Answer;
use crate::access::entrance::{Connection, Person, SessionToken};
use crate::access::sheets::Choice;

/// Whoever is signed in, and the session in which that is so: what is proved in it counts in no other.
#[derive(Debug, Clone, Copy)]
pub struct InSession<'a> {
    /// Who.
    pub person: &'a Person,
    /// The session's secret.
    pub token: &'a SessionToken,
    /// Over which connection they come, for the record.
    pub from: &'a Connection,
}

/// A command that runs in chat once whoever asked for it has proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// As it was typed, without what is secret.
    pub shown: String,
    /// It asks for a second factor, and none was shown in this session.
    pub lacks_second_factor: bool,
}

/// What a link from chat is for, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proving {
    /// The platform's name for people, such as `Slack`.
    pub platform: &'static str,
    /// The name of the member, as the platform shows it.
    pub name: String,
    /// Names and values: member, workspace, channel, account.
    pub facts: Vec<(String, String)>,
    /// The command it is for; otherwise it is for choosing a role.
    pub command: Option<Command>,
    /// Whoever is signed in, if that is somebody who may go on here: for a role, an IAM user of the account; otherwise why not.
    pub acts_as: Result<String, String>,
    /// Whether it is known that they are that member.
    pub proved: bool,
    /// The roles they may choose, once that is known.
    pub roles: Vec<Choice>,
    /// The role they act with in the channel now.
    pub now: String,
}

/// What a platform sent a browser back with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The platform's part of the address.
    pub platform: String,
    /// What was sent to the platform with the question.
    pub state: String,
    /// What the platform's word is had for; otherwise the platform's word for why there is none.
    pub code: Result<String, String>,
}

/// The use cases of proving who somebody is.
pub trait Identities: Send + Sync + 'static {
    /// What a link is for.
    fn look<'a>(&'a self, session: InSession<'a>, link: &'a str) -> Answer<'a, Proving>;

    /// Begins to ask the platform; the address a browser is sent to.
    fn begin<'a>(&'a self, session: InSession<'a>, link: &'a str) -> Answer<'a, String>;

    /// Takes the platform's answer; the link it belongs to.
    fn end<'a>(&'a self, session: InSession<'a>, answered: Answered) -> Answer<'a, String>;

    /// Lets the command of a link wait for whoever was proved to be its requester; what was done, in a sentence.
    fn confirm<'a>(&'a self, session: InSession<'a>, link: &'a str) -> Answer<'a, String>;

    /// Chooses a role as the member that was proved; what was done, in a sentence.
    fn choose<'a>(&'a self, session: InSession<'a>, link: &'a str, role: &'a str) -> Answer<'a, String>;
}
