use bailiwick_ident::AccountId;

use super::Authority;
use crate::{
    caller::{Caller, Principal, Session, Tags},
    directory::{Account, Directory},
    origin::{ActorKind, ChatOrigin, Origin},
    record::ChannelConfigurationRecord,
    session::role_session,
};

/// How long the session of one message lasts, in seconds: the shortest that STS gives.
const SESSION_SECONDS: i64 = 900;

/// A channel in which nobody can act for the account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// The channel is not bound to the account.
    #[error("this channel is not bound to account {account}; bind it with a channel configuration")]
    NotConfigured {
        /// The account.
        account: AccountId,
    },
    /// The role that would be used is not in the directory.
    #[error("the role `{role}` is not in the directory; set another role for this channel")]
    NoRole {
        /// The role's ARN.
        role: String,
    },
    /// Nothing of the remote account was copied yet.
    #[error(
        "the roles and policies of account {account} were not read yet; try again in a minute, or run `bailiwick account sync {account}`, which says what is in the way"
    )]
    NotRead {
        /// The account.
        account: AccountId,
    },
    /// The copy of the remote account has no such role.
    #[error(
        "the role `{role}` is not in the copy of account {account}; create it there and run `bailiwick account sync {account}`, or set another role for this channel"
    )]
    NotMirrored {
        /// The role's ARN.
        role: String,
        /// The account.
        account: AccountId,
    },
}

/// The role a member acts with in a channel, and whether it is the member's own choice.
pub(crate) struct ChannelRole<'a> {
    pub(crate) arn: &'a str,
    pub(crate) chosen: bool,
    /// Members must choose, and this one has not.
    pub(crate) choice_missing: bool,
}

/// Which role a member acts with: its own choice if it made one, else the channel's.
pub(crate) fn channel_role<'a>(
    account: &'a Account,
    configuration: &'a ChannelConfigurationRecord,
    member: &str,
) -> ChannelRole<'a> {
    let required = configuration.user_authorization_required
        || account.preferences().is_some_and(|preferences| preferences.user_authorization_required);
    match account.role_mapping(&configuration.arn, member) {
        Some(mapping) => ChannelRole { arn: &mapping.iam_role_arn, chosen: true, choice_missing: false },
        None => ChannelRole { arn: &configuration.iam_role_arn, chosen: false, choice_missing: required },
    }
}

/// The configuration that binds a channel to an account.
pub(crate) fn configuration<'a>(
    directory: &'a Directory,
    chat: &ChatOrigin,
    account: AccountId,
) -> Option<&'a ChannelConfigurationRecord> {
    let bound = directory.channel(chat.platform, &chat.workspace, &chat.channel);
    bound.iter().find(|configuration| configuration.account == account).map(AsRef::as_ref)
}

/// A session name or source identity in STS's alphabet: `[\w+=,.@-]{2,64}`.
fn session_word(text: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let mut word: String = text.chars().map(|c| if kept(c) { c } else { '-' }).take(64).collect();
    while word.len() < 2 {
        word.push('-');
    }
    word
}

impl Authority {
    /// A person of the built-in chat as a caller, for what it does in its rooms and at the console: reading and writing
    /// messages, pressing buttons. Such calls have the origin [`Origin::Api`]. `None` when there is no such person.
    pub fn person_caller(&self, person: &str, request_id: impl Into<String>) -> Option<Caller> {
        let directory = self.directory();
        let person = directory.person(person)?;
        let arn = format!("arn:{}:bailiwick::{}:person/{}", directory.partition(), person.account, person.id);
        let (id, name) = (person.id.clone(), person.name.clone());
        let principal = Principal::Person { account: person.account, arn, id, name };
        Some(Caller { principal, ..Caller::system(request_id) })
    }

    /// The session in which a member of a channel acts for an account: the member's own role where it chose one, else the
    /// channel's. The session carries the person: session name, source identity, and tags for platform, workspace,
    /// channel, message, member and agent. Whether the member must choose a role is for the ruling to say.
    ///
    /// # Errors
    /// The channel is not bound to the account, or its role is gone.
    pub fn channel_caller(
        &self,
        origin: &Origin,
        account: AccountId,
        request_id: impl Into<String>,
    ) -> Result<Caller, ChannelError> {
        let not_configured = ChannelError::NotConfigured { account };
        let chat = origin.chat().ok_or(not_configured.clone())?;
        let directory = self.directory();
        let (Some(of), Some(configuration)) = (directory.account(account), configuration(&directory, chat, account))
        else {
            return Err(not_configured);
        };
        let role = channel_role(of, configuration, &chat.member);
        let role = match self.remotes.mirrors(account) {
            true if of.mirror().is_none() => return Err(ChannelError::NotRead { account }),
            true => of
                .mirrored_role(role.arn)
                .ok_or_else(|| ChannelError::NotMirrored { role: role.arn.to_owned(), account })?,
            false => directory.role(role.arn).ok_or_else(|| ChannelError::NoRole { role: role.arn.to_owned() })?,
        };
        let now = self.now();
        let mut tags = Tags::from([
            ("bailiwick:platform".to_owned(), chat.platform.to_string()),
            ("bailiwick:workspace".to_owned(), chat.workspace.clone()),
            ("bailiwick:channel".to_owned(), chat.channel.clone()),
            ("bailiwick:message".to_owned(), chat.message.clone()),
            ("bailiwick:member".to_owned(), chat.member.clone()),
        ]);
        if let Origin::Agent(agent) = origin {
            tags.insert("bailiwick:agent".to_owned(), agent.agent.clone());
        }
        let person = directory.person(&chat.member).map_or(chat.member.as_str(), |person| person.name.as_str());
        let session_name = match chat.actor {
            ActorKind::Agent => session_word(&format!("agent-{person}")),
            _ => session_word(person),
        };
        Ok(Caller {
            principal: role_session(role, directory.partition().as_str(), &session_name),
            session: Some(Session {
                source_identity: Some(session_word(&chat.member)),
                tags,
                issued_at: now,
                expires_at: now.plus_seconds(SESSION_SECONDS),
                ..Session::default()
            }),
            access_key_id: None,
            source_ip: None,
            host: None,
            user_agent: Some(format!("bailiwick/{}", chat.platform)),
            secure_transport: true,
            request_id: request_id.into(),
            mfa_at: None,
        })
    }
}
