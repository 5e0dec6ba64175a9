use bailiwick_authority::Caller;
use bailiwick_authority::audit::{Factor, ProvedMember, SignInEvent};
use bailiwick_store::Change;

use super::{Connection, SignInError, Trying};
use crate::Services;
use crate::identity::Link;

/// Somebody in a session of the console who proves to be a member of a chat platform, or lets that count for a command.
#[derive(Debug, Clone, Copy)]
pub struct Proving<'a> {
    /// The link that was followed from chat.
    pub link: &'a Link,
    /// Who is signed in.
    pub caller: &'a Caller,
    /// The session, as [`digest`](crate::identity::digest) writes its token.
    pub session: &'a str,
    /// Whether it has a second factor.
    pub second_factor: bool,
    /// Over which connection they come.
    pub connection: &'a Connection,
}

impl Services {
    /// The record of what a chat platform said of somebody, or why that proves nothing.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn asked_platform(&self, of: &Proving<'_>, came: Result<(), &str>) -> Result<Change, SignInError> {
        self.proving(of, SignInEvent::ProveChatIdentity, &[Factor::Platform], came)
    }

    /// The record of a proof that is to count for the command of a link, or why it does not.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn proved_for_command(&self, of: &Proving<'_>, came: Result<(), &str>) -> Result<Change, SignInError> {
        let factors: &[Factor] = match of.second_factor {
            true => &[Factor::Session, Factor::MfaCode],
            false => &[Factor::Session],
        };
        self.proving(of, SignInEvent::ProveForCommand, factors, came)
    }

    fn proving(
        &self,
        of: &Proving<'_>,
        event: SignInEvent,
        factors: &[Factor],
        came: Result<(), &str>,
    ) -> Result<Change, SignInError> {
        let Link { identity, account, configuration, command, .. } = of.link;
        let member = ProvedMember {
            platform: identity.platform.as_str(),
            workspace_id: &identity.workspace,
            member_id: &identity.member,
            chat_configuration_arn: configuration,
            command_id: command.as_ref().map(|command| command.id.as_str()),
            command: command.as_ref().map(|command| command.shown.as_str()),
        };
        let trying = Trying {
            event,
            account: Some(*account),
            principal: Some(of.caller.principal.clone()),
            connection: of.connection,
            factors,
            device: None,
            session: Some(of.session),
            member: Some(member),
        };
        self.tried(trying, came.map_err(Some))
    }
}
