//! Who speaks, where, and under which configuration: computed in one place.

use std::sync::Arc;

use bailiwick_authority::record::{ChannelConfigurationRecord, ConfigurationKind};
use bailiwick_authority::{
    ActorKind, Assurance, Caller, ChannelError, ChannelType, ChatOrigin, Directory, Origin, Platform, Principal,
};
use bailiwick_chat::{Card, Event, EventKind, Place, Proof, Tone};
use bailiwick_command::parse::Options;
use bailiwick_ident::{AccountId, Region};

use crate::Bot;
use crate::setting::ChannelSetting;

/// A member in a channel that is bound to an account.
pub(crate) struct Standing {
    /// ARN of the channel configuration that binds it.
    pub(crate) configuration: String,
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
    #[error("several accounts are bound to this channel; say which with `--account`: {}", .0.join(", "))]
    Several(Vec<String>),
    /// The Region that was named is none.
    #[error("{0}")]
    Region(String),
    /// The role is gone.
    #[error("{0}")]
    Channel(#[from] ChannelError),
}

/// What binds a channel to accounts.
pub(crate) fn bound(directory: &Directory, place: &Place) -> Vec<Arc<ChannelConfigurationRecord>> {
    directory.channel(platform(place), &place.workspace, &place.channel).to_vec()
}

/// The configuration of the account that is called so: its id, alias or name.
pub(crate) fn named<'a>(
    directory: &Directory,
    bound: &'a [Arc<ChannelConfigurationRecord>],
    asked: &str,
) -> Option<&'a Arc<ChannelConfigurationRecord>> {
    bound.iter().find(|configuration| {
        let record = directory.account(configuration.account).map(|account| account.record());
        configuration.account.as_str() == asked
            || record.is_some_and(|record| record.alias.as_deref() == Some(asked) || record.name == asked)
    })
}

/// `444455556666 (workload)`.
pub(crate) fn account_text(directory: &Directory, account: AccountId) -> String {
    match directory.account(account).map(|account| account.record().name.as_str()) {
        None | Some("") => account.to_string(),
        Some(name) => format!("{account} ({name})"),
    }
}

fn platform(place: &Place) -> Platform {
    match place.platform {
        bailiwick_chat::Platform::Room => Platform::Chime,
        bailiwick_chat::Platform::Slack => Platform::Slack,
        bailiwick_chat::Platform::Teams => Platform::MicrosoftTeams,
    }
}

/// The place of a channel that is configured.
pub(crate) fn place(configuration: &ChannelConfigurationRecord) -> Place {
    if configuration.kind == ConfigurationKind::ChimeWebhook {
        // A webhook has no room; its posts are known by the configuration.
        return Place::new(bailiwick_chat::Platform::Room, configuration.account.to_string(), &configuration.arn);
    }
    let platform = match configuration.kind.platform() {
        Platform::Chime => bailiwick_chat::Platform::Room,
        Platform::Slack => bailiwick_chat::Platform::Slack,
        Platform::MicrosoftTeams => bailiwick_chat::Platform::Teams,
    };
    Place::new(platform, &configuration.workspace, &configuration.channel)
}

impl Bot {
    /// The standing of whoever made the event, where what a command does not name is as the channel has it set.
    pub(crate) fn standing_with(
        &self,
        setting: &ChannelSetting,
        event: &Event,
        options: &Options,
    ) -> Result<Standing, NoStanding> {
        let directory = self.parts.authority.directory();
        let bound = bound(&directory, &event.place);
        // A remembered account that is not bound any more is forgotten.
        let remembered = setting.account(self.parts.clock.now()).map(|chosen| chosen.value.as_str());
        let remembered = remembered.filter(|account| bound.iter().any(|known| known.account.as_str() == *account));
        let region = setting.region.as_ref().map(|chosen| chosen.value.as_str());
        self.standing(event, options.account.as_deref().or(remembered), options.region.as_deref().or(region))
    }

    /// Whether whoever made the event is somebody who may set something in the channel: known, in a channel that is bound.
    pub(crate) fn may_speak(&self, event: &Event) -> Result<(), NoStanding> {
        let directory = self.parts.authority.directory();
        self.known(&directory, event)?;
        if bound(&directory, &event.place).is_empty() { Err(NoStanding::Unbound) } else { Ok(()) }
    }

    fn known(&self, directory: &Directory, event: &Event) -> Result<(), NoStanding> {
        if let Some(reason) = &event.unresolved {
            return Err(NoStanding::Unresolved { name: event.who.display_name.clone(), reason: reason.clone() });
        }
        // People of a room are people of the directory; those of a workspace the platform vouches for.
        if event.place.platform == bailiwick_chat::Platform::Room && directory.person(&event.who.member_id).is_none() {
            return Err(NoStanding::Unknown(event.who.display_name.clone()));
        }
        Ok(())
    }

    /// What is said in a channel that the organization's chatbot policy turns off in every account that binds it.
    pub(crate) fn turned_off(&self, event: &Event) -> Option<Card> {
        let directory = self.parts.authority.directory();
        let bound = bound(&directory, &event.place);
        let reasons: Vec<String> = bound.iter().filter_map(|one| directory.configuration_disabled(one)).collect();
        let reason = reasons.first().filter(|_| reasons.len() == bound.len())?;
        Some(Card::titled(reason).state(Tone::Bad, "Not run"))
    }

    /// Where commands go that name no Region, in a channel that has none set.
    pub(crate) fn default_region(&self) -> Region {
        let authority = &self.parts.authority;
        authority.regions().default_of(authority.directory().partition())
    }

    /// A Region that there is: of this partition, or of any where the account is elsewhere.
    fn region(&self, directory: &Directory, account: AccountId, name: &str) -> Result<Region, NoStanding> {
        let region = Region::parse(name).map_err(|error| NoStanding::Region(error.to_string()))?;
        let authority = &self.parts.authority;
        let partition = directory.partition();
        match authority.regions().partition(region.as_str()) {
            Some(of) if of == partition || authority.remotes().mirrors(account) => Ok(region),
            Some(_) | None => {
                Err(NoStanding::Region(format!("`{region}` is not a Region of the partition `{partition}`")))
            }
        }
    }

    /// The standing of whoever made the event, in the account and Region that the command names or the channel has.
    pub(crate) fn standing(
        &self,
        event: &Event,
        account: Option<&str>,
        region: Option<&str>,
    ) -> Result<Standing, NoStanding> {
        let directory = self.parts.authority.directory();
        let member = &event.who.member_id;
        self.known(&directory, event)?;
        let bound = bound(&directory, &event.place);
        let list = || bound.iter().map(|c| c.account.to_string()).collect::<Vec<_>>();
        let configuration = match (account, bound.as_slice()) {
            (_, []) => return Err(NoStanding::Unbound),
            (None, [one]) => one,
            (None, _) => return Err(NoStanding::Several(list())),
            (Some(asked), all) => named(&directory, all, asked)
                .ok_or_else(|| NoStanding::OtherAccount { asked: asked.to_owned(), bound: list().join(", ") })?,
        };
        let region = match region {
            None => self.default_region(),
            Some(name) => self.region(&directory, configuration.account, name)?,
        };
        let chat = ChatOrigin {
            platform: platform(&event.place),
            workspace: event.place.workspace.clone(),
            channel: event.place.channel.clone(),
            channel_type: channel_type(configuration),
            message: event.message.clone(),
            member: member.clone(),
            member_name: event.who.display_name.clone(),
            assurance: match event.proof {
                Proof::Platform => Assurance::Claimed,
                Proof::Session => Assurance::Session,
                Proof::SecondFactor => Assurance::SecondFactor,
            },
            approvers: Vec::new(),
            requester_approved: false,
            actor: match event.kind {
                EventKind::Press { .. } => ActorKind::Button,
                EventKind::Mention { .. } | EventKind::Command { .. } | EventKind::Answer { .. } => ActorKind::Person,
            },
        };
        let origin = Origin::Chat(chat);
        let caller = self.parts.authority.channel_caller(&origin, configuration.account, &event.message)?;
        let name = directory.account(configuration.account).map(|account| account.record().name.clone());
        Ok(Standing {
            configuration: configuration.arn.clone(),
            account: configuration.account,
            account_name: name.unwrap_or_default(),
            region,
            origin,
            caller,
        })
    }
}

fn channel_type(configuration: &ChannelConfigurationRecord) -> ChannelType {
    configuration.channel_type
}
