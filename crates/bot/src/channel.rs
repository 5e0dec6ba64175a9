//! Who speaks, where, and under which configuration: computed in one place.

use std::sync::Arc;

use bailiwick_authority::record::ChannelConfigurationRecord;
use bailiwick_authority::{
    ActorKind, Caller, ChannelError, ChannelType, ChatOrigin, Directory, Origin, Platform, Principal,
};
use bailiwick_chat::{Event, EventKind, Place};
use bailiwick_ident::{AccountId, Region};

use crate::Bot;

/// The Region of a command that names none.
const DEFAULT_REGION: &str = "us-east-1";

/// A member in a channel that is bound to an account.
pub(crate) struct Standing {
    pub(crate) account: AccountId,
    pub(crate) account_name: String,
    pub(crate) region: Region,
    pub(crate) origin: Origin,
    pub(crate) caller: Caller,
}

impl Standing {
    /// The role's friendly name.
    pub(crate) fn role(&self) -> &str {
        match &self.caller.principal {
            Principal::RoleSession { role_arn, .. } => role_arn.rsplit('/').next().unwrap_or(role_arn),
            _ => "",
        }
    }

    /// `444455556666 (workload)`.
    pub(crate) fn account_text(&self) -> String {
        match self.account_name.as_str() {
            "" => self.account.to_string(),
            name => format!("{} ({name})", self.account),
        }
    }
}

/// Why nobody can act here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoStanding {
    /// The channel is bound to nothing.
    #[error("the channel is bound to nothing")]
    Unbound,
    /// The member is no person of the directory.
    #[error(
        "`{0}` is not known as a person here, and commands of people who are not known do not run; an administrator adds them"
    )]
    Unknown(String),
    /// The platform does not vouch for the member.
    #[error("`{name}` {reason}, and only members of this workspace can run commands here")]
    Unresolved {
        /// The name that is shown.
        name: String,
        /// Why.
        reason: String,
    },
    /// The account that was named is not bound to this channel.
    #[error("the account `{asked}` is not bound to this channel; bound are {bound}")]
    OtherAccount {
        /// As it was typed.
        asked: String,
        /// The accounts that are.
        bound: String,
    },
    /// Several accounts are bound and none was named.
    #[error("several accounts are bound to this channel; say which with `--account`: {0}")]
    Several(String),
    /// The Region that was named is none.
    #[error("{0}")]
    Region(String),
    /// The role is gone.
    #[error("{0}")]
    Channel(#[from] ChannelError),
}

fn configurations(directory: &Directory, event: &Event) -> Vec<Arc<ChannelConfigurationRecord>> {
    let place = &event.place;
    directory.channel(platform(event), &place.workspace, &place.channel).to_vec()
}

fn platform(event: &Event) -> Platform {
    match event.place.platform {
        bailiwick_chat::Platform::Room => Platform::Chime,
        bailiwick_chat::Platform::Slack => Platform::Slack,
        bailiwick_chat::Platform::Teams => Platform::MicrosoftTeams,
    }
}

/// The place of a channel that is configured.
pub(crate) fn place(configuration: &ChannelConfigurationRecord) -> Place {
    let platform = match configuration.kind.platform() {
        Platform::Chime => bailiwick_chat::Platform::Room,
        Platform::Slack => bailiwick_chat::Platform::Slack,
        Platform::MicrosoftTeams => bailiwick_chat::Platform::Teams,
    };
    Place::new(platform, &configuration.workspace, &configuration.channel)
}

impl Bot {
    /// The standing of whoever made the event, in the account and Region that the command names or the channel has.
    pub(crate) fn standing(
        &self,
        event: &Event,
        account: Option<&str>,
        region: Option<&str>,
    ) -> Result<Standing, NoStanding> {
        let directory = self.parts.authority.directory();
        let member = &event.who.member_id;
        if let Some(reason) = &event.unresolved {
            return Err(NoStanding::Unresolved { name: event.who.display_name.clone(), reason: reason.clone() });
        }
        // People of a room are people of the directory; those of a workspace the platform vouches for.
        if event.place.platform == bailiwick_chat::Platform::Room && directory.person(member).is_none() {
            return Err(NoStanding::Unknown(event.who.display_name.clone()));
        }
        let bound = configurations(&directory, event);
        let list = || bound.iter().map(|c| c.account.to_string()).collect::<Vec<_>>().join(", ");
        let configuration = match (account, bound.as_slice()) {
            (_, []) => return Err(NoStanding::Unbound),
            (None, [one]) => one,
            (None, _) => return Err(NoStanding::Several(list())),
            (Some(asked), all) => {
                let named = |c: &&Arc<ChannelConfigurationRecord>| {
                    let record = directory.account(c.account).map(|account| account.record());
                    c.account.as_str() == asked
                        || record.is_some_and(|record| record.alias.as_deref() == Some(asked) || record.name == asked)
                };
                all.iter()
                    .find(named)
                    .ok_or_else(|| NoStanding::OtherAccount { asked: asked.to_owned(), bound: list() })?
            }
        };
        let region = Region::parse(region.unwrap_or(DEFAULT_REGION)).map_err(|e| NoStanding::Region(e.to_string()))?;
        let chat = ChatOrigin {
            platform: platform(event),
            workspace: event.place.workspace.clone(),
            channel: event.place.channel.clone(),
            channel_type: channel_type(configuration),
            message: event.message.clone(),
            member: member.clone(),
            actor: match event.kind {
                EventKind::Press { .. } => ActorKind::Button,
                EventKind::Mention { .. } | EventKind::Command { .. } | EventKind::Answer { .. } => ActorKind::Person,
            },
        };
        let origin = Origin::Chat(chat);
        let caller = self.parts.authority.channel_caller(&origin, configuration.account, &event.message)?;
        let name = directory.account(configuration.account).map(|account| account.record().name.clone());
        Ok(Standing { account: configuration.account, account_name: name.unwrap_or_default(), region, origin, caller })
    }
}

fn channel_type(configuration: &ChannelConfigurationRecord) -> ChannelType {
    configuration.channel_type
}
