//! Commands that wait for people: for approvals, or for somebody's word on whether they ran.
//!
//! What is approved is one call, by the digest of everything it says, under the policies as they were when it was asked for,
//! until it lapses. Who approves is a person: the same human counts once, whether they press a button in a channel, on a
//! page, or sign a request, as far as the directory knows that it is the same one.

use bailiwick_authority::{Call, Directory, Origin, Principal};
use bailiwick_ident::AccountId;
use bailiwick_store::{CommandRow, CommandState};
use serde::{Deserialize, Serialize};

/// The source of inbox rows that tell a channel what a person did about a waiting command.
pub const SOURCE: &str = "settled";

/// A command as it is shown to whoever has to do with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The account it is for.
    pub account: AccountId,
    /// ARN of the channel configuration it was said under.
    pub configuration: String,
    /// The member who asked, as the platform calls it.
    pub requester: String,
    /// The name of who asked.
    pub requester_name: String,
    /// The command line, secrets masked.
    pub command: String,
    /// `service:Operation`.
    pub operation: String,
    /// The Region.
    pub region: String,
    /// The role it runs as.
    pub role: String,
}

/// How many must approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needs {
    /// So many others than who asked.
    pub others: u32,
    /// Who asked must, too: the policies ask for `bailiwick:RequesterApproved`.
    pub requester: bool,
}

/// Somebody who approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approver {
    /// Who it is, the same however they come: a person's id, an ARN, or the platform's id of a member.
    pub id: String,
    /// The name that is shown.
    pub name: String,
}

/// What is approved, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The version of this form.
    pub format: u32,
    /// The command.
    pub waiting: Waiting,
    /// How many must approve.
    pub needs: Needs,
    /// The digest of the exact call, in hexadecimal digits.
    pub digest: String,
    /// The revision of the policies under which it was asked.
    pub revision: u64,
    /// Who approved, each once.
    pub approvers: Vec<Approver>,
    /// The event that asked, in the chat crate's stored form: the run is the requester's.
    pub asked: String,
}

/// A call that was started: what must be known of it when the process dies before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The version of this form.
    pub format: u32,
    /// It only reads.
    pub reads: bool,
    /// One of our own services answers, in one commit with the command's end.
    pub local: bool,
    /// The command, for whoever says whether it ran.
    #[serde(default)]
    pub waiting: Option<Waiting>,
}

/// What a person did about a waiting command: the body of an inbox row of [`SOURCE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The version of this form.
    pub format: u32,
    /// The command.
    pub command: String,
    /// The name of who did it.
    pub by: String,
    /// What they did.
    pub act: Act,
    /// Why, in their words.
    #[serde(default)]
    pub reason: Option<String>,
    /// How many approvals there are by then.
    #[serde(default)]
    pub given: u32,
    /// How many there must be.
    #[serde(default)]
    pub needed: u32,
    /// It was the last one.
    #[serde(default)]
    pub complete: bool,
}

/// What can be done about a waiting command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Agreed that it runs.
    Approved,
    /// Said that it did not run.
    DidNotRun,
    /// Said that it ran.
    Ran,
    /// Refused that it runs.
    Rejected,
}

impl Needs {
    /// How many people must approve.
    pub fn people(self) -> u32 {
        self.others.saturating_add(u32::from(self.requester))
    }
}

impl Approval {
    /// The approvals that a row waits for or has.
    pub fn of(row: &CommandRow) -> Option<Approval> {
        let body = row.call.as_deref().filter(|_| row.state == CommandState::AwaitingApproval)?;
        serde_json::from_str(body).ok()
    }

    /// Whether an approver is who asked.
    pub fn is_requester(&self, directory: &Directory, id: &str) -> bool {
        member(directory, &self.waiting, &self.waiting.requester) == id
    }

    /// How many others than who asked approved.
    pub fn others(&self, directory: &Directory) -> u32 {
        let others = self.approvers.iter().filter(|approver| !self.is_requester(directory, &approver.id));
        u32::try_from(others.count()).unwrap_or(u32::MAX)
    }

    /// Whether who asked approved.
    pub fn requester_approved(&self, directory: &Directory) -> bool {
        self.approvers.iter().any(|approver| self.is_requester(directory, &approver.id))
    }

    /// Whether as many approved as must.
    pub fn is_complete(&self, directory: &Directory) -> bool {
        self.others(directory) >= self.needs.others && (!self.needs.requester || self.requester_approved(directory))
    }

    /// Whether the approval is for this call under these policies, and complete.
    pub fn is_for(&self, directory: &Directory, call: &Call) -> bool {
        self.is_complete(directory) && self.digest == digest(call) && self.revision == directory.revision()
    }
}

/// The digest of a call in hexadecimal digits.
pub fn digest(call: &Call) -> String {
    call.digest().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The human behind an ARN, where the directory knows one.
fn person_of(directory: &Directory, arn: &str) -> String {
    let mut persons = directory.accounts().flat_map(|account| account.persons());
    let person = persons.find(|person| person.iam_principal.as_deref() == Some(arn));
    person.map_or_else(|| arn.to_owned(), |person| person.id.clone())
}

/// Who a member of a command's channel is: a person of the directory; else the IAM user as whom the member chose a role, with
/// proof of both, or has proved to be; else the member.
pub fn member(directory: &Directory, waiting: &Waiting, member: &str) -> String {
    if directory.person(member).is_some() {
        return member.to_owned();
    }
    let mappings = directory.account(waiting.account).into_iter().flat_map(|account| account.role_mappings());
    let own = mappings.filter(|mapping| mapping.proved && mapping.member == member);
    let own = own.map(|mapping| mapping.aws_user_identity.as_str());
    let identities = directory.account(waiting.account).into_iter().flat_map(|account| account.chat_identities());
    let proved = identities.filter(|identity| identity.member == member);
    let user = proved.map(|identity| identity.aws_user_identity.as_str()).chain(own).find(|arn| arn.contains(":user/"));
    user.map_or_else(|| member.to_owned(), |arn| person_of(directory, arn))
}

/// Who makes a call, if it is somebody: the member who speaks in a channel, a signed-in person, an IAM user. A session of a
/// role, a service, the root user are nobody in particular: several humans may be behind one, and one behind several.
pub fn person(
    directory: &Directory,
    waiting: &Waiting,
    authorized: &bailiwick_authority::Authorized,
) -> Option<Approver> {
    if let Origin::Chat(chat) = authorized.origin() {
        let id = member(directory, waiting, &chat.member);
        let known = directory.person(&id).map(|person| person.name.as_str());
        let name = known.or(Some(chat.member_name.as_str()).filter(|name| !name.is_empty())).unwrap_or(&chat.member);
        let name = name.to_owned();
        return Some(Approver { id, name });
    }
    match &authorized.caller().principal {
        Principal::Person { id, name, .. } => Some(Approver { id: id.clone(), name: name.clone() }),
        Principal::User { arn, name, .. } => {
            let id = person_of(directory, arn);
            let name = directory.person(&id).map_or_else(|| name.clone(), |person| person.name.clone());
            Some(Approver { id, name })
        }
        _ => None,
    }
}
