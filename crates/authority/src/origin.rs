//! Where a call came from. The origin selects the layers that bind it: the non-supported list, the organization's
//! chatbot policy, the guardrails and the agent layer bind [`Origin::Chat`] and [`Origin::Agent`] only.

use crate::caller::{Caller, Principal};

/// A chat platform. The built-in rooms count as Amazon Chime, in Bailiwick's condition keys and in an organization's
/// chatbot policy alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// The built-in rooms, and webhooks of Amazon Chime.
    Chime,
    /// Microsoft Teams.
    MicrosoftTeams,
    /// Slack.
    Slack,
}

impl Platform {
    /// The name used in chatbot policies and in `bailiwick:Platform`: `chime`, `microsoft_teams`, `slack`.
    pub fn as_str(self) -> &'static str {
        match self {
            Platform::Chime => "chime",
            Platform::MicrosoftTeams => "microsoft_teams",
            Platform::Slack => "slack",
        }
    }

    /// The platform of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Platform::Chime, Platform::MicrosoftTeams, Platform::Slack].into_iter().find(|known| known.as_str() == name)
    }
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who can find a channel. Chatbot policies know `public` and `private`; a direct message counts as private there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelType {
    /// A direct message.
    Direct,
    /// Only its members can find it.
    Private,
    /// Everybody in the workspace can find it.
    Public,
}

impl ChannelType {
    /// The name used in `bailiwick:ChannelType`: `direct`, `private`, `public`.
    pub fn as_str(self) -> &'static str {
        match self {
            ChannelType::Direct => "direct",
            ChannelType::Private => "private",
            ChannelType::Public => "public",
        }
    }
}

/// A message in a channel, as far as authorization cares. Identifiers are the platform's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatOrigin {
    /// The platform.
    pub platform: Platform,
    /// Slack's team, Teams' team, or the Amazon Chime account of a room.
    pub workspace: String,
    /// The channel or room.
    pub channel: String,
    /// Who can find the channel.
    pub channel_type: ChannelType,
    /// The message that asks.
    pub message: String,
    /// The member who asks.
    pub member: String,
    /// The name that people see of them; nothing is decided by it.
    pub member_name: String,
    /// What made the message: a person's words or a pressed button.
    pub actor: ActorKind,
    /// How strong the proof is that it is this member.
    pub assurance: Assurance,
    /// Those who approved exactly this call, each once, and never who asks.
    pub approvers: Vec<String>,
    /// Who asks approved it, too. Counts for policies that ask for just that.
    pub requester_approved: bool,
}

/// How strong the proof is of who acts, as the number that `bailiwick:Assurance` has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assurance {
    /// `0`: nobody proved who they are at the time of the act: an agent, a schedule.
    #[default]
    None,
    /// `1`: the word of a chat platform, or a key that does not end.
    Claimed,
    /// `2`: a session that was begun with a proof of its own and ends: a signed-in page, temporary credentials.
    Session,
    /// `3`: such a session, or the request itself, with a second factor.
    SecondFactor,
}

impl Assurance {
    /// The value of `bailiwick:Assurance`.
    pub fn as_str(self) -> &'static str {
        match self {
            Assurance::None => "0",
            Assurance::Claimed => "1",
            Assurance::Session => "2",
            Assurance::SecondFactor => "3",
        }
    }

    /// What the credentials of a request prove.
    pub fn of(caller: &Caller) -> Self {
        let session = caller.session.as_ref();
        match &caller.principal {
            Principal::Anonymous | Principal::Service { .. } => Assurance::None,
            _ if caller.mfa_at.is_some() || session.is_some_and(|session| session.mfa_at.is_some()) => {
                Assurance::SecondFactor
            }
            Principal::Person { .. } => Assurance::Session,
            _ if session.is_some() => Assurance::Session,
            _ => Assurance::Claimed,
        }
    }
}

/// What made a message, the values of `bailiwick:ActorKind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A model with tools, on behalf of a person.
    Agent,
    /// A button somebody pressed.
    Button,
    /// A person's words.
    Person,
    /// A schedule somebody set up.
    Schedule,
}

impl ActorKind {
    /// The value of `bailiwick:ActorKind`.
    pub fn as_str(self) -> &'static str {
        match self {
            ActorKind::Agent => "agent",
            ActorKind::Button => "button",
            ActorKind::Person => "person",
            ActorKind::Schedule => "schedule",
        }
    }
}

/// An agent that acts for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentOrigin {
    /// The channel the agent is bound to and the person it acts for, as `member`.
    pub chat: ChatOrigin,
    /// The agent's own name.
    pub agent: String,
}

/// The way a call came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An agent in a channel: every layer binds it.
    Agent(AgentOrigin),
    /// A signed API request, or a signed-in person's page: AWS's own layers bind it.
    Api,
    /// A message in a channel: every layer but the agent's binds it.
    Chat(ChatOrigin),
    /// Bailiwick itself: start-up, sample data, housekeeping. Recorded, and allowed to [`crate::Principal::Service`] only.
    System,
}

impl Origin {
    /// The channel, when the call comes from one.
    pub fn chat(&self) -> Option<&ChatOrigin> {
        match self {
            Origin::Agent(agent) => Some(&agent.chat),
            Origin::Chat(chat) => Some(chat),
            Origin::Api | Origin::System => None,
        }
    }

    /// A word for logs and records: `agent`, `api`, `chat`, `system`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Origin::Agent(_) => "agent",
            Origin::Api => "api",
            Origin::Chat(_) => "chat",
            Origin::System => "system",
        }
    }
}
