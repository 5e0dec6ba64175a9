//! The way from a chat platform to a proof of who a member is: a link to the console, where the member signs in and the platform
//! is asked.

use bailiwick_authority::record::ChannelConfigurationRecord;
use bailiwick_authority::{Caller, Directory, Principal, User, uuid};
use bailiwick_chat::{Block, Event, Platform};
use bailiwick_services::identity::{self, ChatIdentity, LINK_SECONDS, Link, PROOF_SECONDS, Pending};
use bailiwick_store::Change;

use crate::{Bot, sweep};

/// Where links lead, at the console's address.
const PATH: &str = "/console/identity?link=";

/// The IAM user that a member of a channel is known to be, as a caller: by the directory in rooms, elsewhere by a proof.
pub(crate) fn user(directory: &Directory, event: &Event, bound: &ChannelConfigurationRecord) -> Option<Caller> {
    let member = &event.who.member_id;
    let user: &User = match event.place.platform {
        Platform::Room => {
            let person = directory.person(member)?;
            directory.account(person.account)?.user_by_arn(person.iam_principal.as_deref()?)?
        }
        Platform::Slack | Platform::Teams => {
            directory.account(bound.account)?.user_of_member(bound.kind.platform(), bound.member_workspace(), member)?
        }
    };
    let principal = Principal::User {
        account: user.record.account,
        arn: user.arn.clone(),
        id: user.record.id.clone(),
        name: user.record.name.clone(),
        path: user.record.path.clone(),
    };
    let user_agent = Some("bailiwick/chat".to_owned());
    Some(Caller { principal, user_agent, ..Caller::system(event.id()) })
}

impl Bot {
    /// A link with which a member proves who they are and chooses a role, and what keeps it. `None` where the platform is not set
    /// up to prove anybody, or does not vouch for the member.
    pub(crate) fn proving_link(&self, event: &Event, bound: &ChannelConfigurationRecord) -> Option<(Block, Change)> {
        let words = format!("Prove who you are and choose a role ({} minutes)", LINK_SECONDS / 60);
        self.link(event, bound, None, LINK_SECONDS, words)
    }

    /// A link with which a member proves more of who they are, for one command of theirs, and what keeps it. `None` as for
    /// [`Bot::proving_link`].
    pub(crate) fn command_link(
        &self,
        event: &Event,
        bound: &ChannelConfigurationRecord,
        command: Pending,
    ) -> Option<(Block, Change)> {
        let words = format!("Prove who you are for this command ({} minutes)", PROOF_SECONDS / 60);
        self.link(event, bound, Some(command), PROOF_SECONDS, words)
    }

    fn link(
        &self,
        event: &Event,
        bound: &ChannelConfigurationRecord,
        command: Option<Pending>,
        seconds: i64,
        words: String,
    ) -> Option<(Block, Change)> {
        let (_, address) = self.proving.iter().find(|(platform, _)| *platform == event.place.platform)?;
        if event.unresolved.is_some() || event.who.member_id.is_empty() {
            return None;
        }
        let (now, entropy) = (self.parts.clock.now(), self.parts.entropy.as_ref());
        let token = format!("{}{}", uuid(entropy), uuid(entropy)).replace('-', "");
        let link = Link {
            identity: ChatIdentity {
                platform: bound.kind.platform(),
                workspace: bound.member_workspace().to_owned(),
                member: event.who.member_id.clone(),
            },
            name: event.who.display_name.clone(),
            account: bound.account,
            configuration: bound.arn.clone(),
            command,
            sign_in: None,
            proved_in: None,
            expires_at: now.plus_seconds(seconds),
        };
        let digest = identity::digest(&token);
        let kept = identity::offer(&token, &link).ok()?;
        let kept = kept.and(sweep::enter(identity::LINK, &digest, vec![digest.clone()], now));
        Some((Block::Link { words, url: format!("{address}{PATH}{token}") }, kept))
    }
}
