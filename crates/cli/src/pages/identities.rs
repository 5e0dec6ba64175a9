//! Proving who somebody is on a chat platform, and choosing a role as that member, or letting a command of theirs run.

use bailiwick_authority::record::ChannelConfigurationRecord;
use bailiwick_authority::{Assurance, Caller, Platform, Principal, User, uuid};
use bailiwick_bot::StepUpError;
use bailiwick_client::{EntraSignIn, SignInError, SlackSignIn};
use bailiwick_console::{Answer, Answered, Choice, Command, Fault, Identities, InSession, Proving};
use bailiwick_services::identity::{self, ChatIdentity, Stored, digest};
use bailiwick_services::{Services, sign_in};
use bailiwick_store::vault::{Purpose, Vault};
use bailiwick_store::{Change, StoreError};
use serde_json::json;

use super::Pages;
use super::entrance::connection;
use super::manage::name;

/// The platforms that can be asked.
#[derive(Default)]
pub(crate) struct Platforms {
    pub(crate) slack: Option<SlackSignIn>,
    pub(crate) entra: Option<EntraSignIn>,
}

/// The platform's name for people, and its part of the addresses that it sends browsers back to.
fn called(platform: Platform) -> (&'static str, &'static str) {
    match platform {
        Platform::Slack => ("Slack", "slack"),
        Platform::MicrosoftTeams => ("Microsoft Teams", "teams"),
        Platform::Chime => ("the rooms", ""),
    }
}

/// The address of the console that a platform sends browsers back to.
pub(crate) fn redirect_uri(base_url: &str, platform: Platform) -> String {
    format!("{}/console/identity/{}", base_url.trim_end_matches('/'), called(platform).1)
}

/// What a sign-in is bound by: both follow from its state, so that neither is kept anywhere.
struct Bound {
    nonce: String,
    verifier: String,
}

impl Bound {
    fn to(vault: &Vault, state: &str) -> Bound {
        let of = |what: &str| vault.sign(Purpose::ConsoleSession, format!("chat-identity/{what}/{state}").as_bytes());
        Bound { nonce: of("nonce"), verifier: of("verifier") }
    }
}

impl Platforms {
    fn location(&self, vault: &Vault, identity: &ChatIdentity, state: &str) -> Option<String> {
        let Bound { nonce, verifier } = Bound::to(vault, state);
        match identity.platform {
            Platform::Slack => Some(self.slack.as_ref()?.location(&identity.workspace, state, &nonce)),
            Platform::MicrosoftTeams => {
                Some(self.entra.as_ref()?.location(&identity.workspace, state, &nonce, &verifier))
            }
            Platform::Chime => None,
        }
    }

    /// Who the platform says somebody is, for the code of a sign-in.
    async fn ask(
        &self,
        vault: &Vault,
        asked: &ChatIdentity,
        state: &str,
        code: &str,
    ) -> Option<Result<ChatIdentity, SignInError>> {
        let Bound { nonce, verifier } = Bound::to(vault, state);
        let found = match asked.platform {
            Platform::Slack => self.slack.as_ref()?.member(code, &nonce).await,
            Platform::MicrosoftTeams => {
                let member = self.entra.as_ref()?.member(&asked.workspace, code, &nonce, &verifier).await;
                member.map(|member| (asked.workspace.clone(), member))
            }
            Platform::Chime => return None,
        };
        Some(found.map(|(workspace, member)| ChatIdentity { platform: asked.platform, workspace, member }))
    }
}

/// Writes the record of what came of an attempt.
type Writes = fn(&Services, &sign_in::Proving<'_>, Result<(), &str>) -> Result<Change, sign_in::SignInError>;

fn gone() -> Fault {
    Fault::Invalid("this link cannot be used any more; say it in chat again, and follow the new one".to_owned())
}

/// A link with whoever opened it.
struct Opened {
    stored: Stored,
    session: String,
    /// Who opened it.
    who: Caller,
    /// As whom they go on: for a role, as an IAM user of the configuration's account; otherwise why they cannot.
    caller: Result<Caller, String>,
    configuration: std::sync::Arc<ChannelConfigurationRecord>,
    /// It is known from before.
    known: bool,
    /// How strong the proof is that this session is.
    assurance: Assurance,
}

impl Opened {
    /// For the record.
    fn proving<'a>(&'a self, connection: &'a sign_in::Connection) -> sign_in::Proving<'a> {
        let Opened { stored, who, session, .. } = self;
        let second_factor = self.assurance == Assurance::SecondFactor;
        sign_in::Proving { link: &stored.link, caller: who, session, second_factor, connection }
    }

    fn proved(&self) -> bool {
        self.known || self.stored.link.proved_in.as_ref() == Some(&self.session)
    }
}

impl Pages {
    /// The token of the proof that a link leads to in a session.
    fn proof(&self, link: &str, session: &str) -> String {
        self.vault.sign(Purpose::ConsoleSession, format!("chat-identity/proof/{link}/{session}").as_bytes())
    }

    async fn opened(&self, session: InSession<'_>, link: &str) -> Result<Opened, Fault> {
        let now = self.clock.now();
        let stored = identity::link(self.store.as_ref(), &digest(link), now).await;
        let stored = stored.map_err(|error| self.internal(&error))?.ok_or_else(gone)?;
        let (account, caller) = self.as_user(session.person)?;
        let directory = self.authority.directory();
        let of = directory.account(stored.link.account).ok_or_else(gone)?;
        let mut channels = directory.channels().filter(|known| known.arn == stored.link.configuration);
        let configuration = channels.find(|known| known.account == stored.link.account).cloned().ok_or_else(gone)?;
        let ChatIdentity { platform, workspace, member } = &stored.link.identity;
        let user = of.user_of_member(*platform, workspace, member);
        let is_user = |user: &std::sync::Arc<User>| matches!(&caller.principal, Principal::User { id, .. } if user.record.id == *id);
        let known = user.is_some_and(is_user);
        let who = caller.clone();
        let caller = match &caller.principal {
            // Whoever it is has to be that member by the platform's word; a member who is known is only who they were.
            _ if stored.link.command.is_some() => match user.filter(|_| !known) {
                None => Ok(caller),
                Some(user) => Err(format!(
                    "You are signed in as {}, and {} is known to be the IAM user {} of account {}. Sign in as that user, then follow the link again.",
                    session.person.name, stored.link.name, user.record.name, stored.link.account
                )),
            },
            Principal::User { .. } if account == stored.link.account => Ok(caller),
            Principal::User { name, .. } => Err(format!(
                "You are signed in as the IAM user {name} of account {account}, and the channel belongs to account {}. Sign in as a user of that account, then follow the link again.",
                stored.link.account
            )),
            _ => Err(format!(
                "You are signed in as {}, who is no IAM user of account {}, and only a user of it can choose a role there. An administrator links a person to a user: aws bailiwick create-person --name NAME --iam-principal-arn ARN.",
                session.person.name, stored.link.account
            )),
        };
        let assurance = match session.person.second_factor {
            Some(_) => Assurance::SecondFactor,
            None => Assurance::Session,
        };
        Ok(Opened { session: digest(session.token.expose()), stored, who, caller, configuration, known, assurance })
    }

    /// Whether whoever opened a link may do what it is for.
    fn may_go_on(&self, opened: &Opened) -> Result<(), Fault> {
        match &opened.caller {
            Err(why) => Err(Fault::Refused(why.trim_end_matches('.').to_owned())),
            Ok(_) if !opened.proved() => Err(Fault::Refused("prove first who you are".to_owned())),
            Ok(_) => Ok(()),
        }
    }

    /// What a platform's answer to the sign-in under a token proves.
    async fn answered(&self, opened: &Opened, platform: &str, token: &str, answered: &Answered) -> Result<(), Fault> {
        let identity = &opened.stored.link.identity;
        // Used up before anything is done with the answer.
        let used = opened.stored.answered(token, &opened.session, self.clock.now());
        let used = used.map_err(|error| self.internal(&error))?.ok_or_else(|| {
            Fault::Invalid(
                "this answer belongs to no sign-in that you began here, or came too late; follow the link in chat again"
                    .to_owned(),
            )
        })?;
        self.keep(Ok(used)).await?;
        let code = answered.code.as_ref().map_err(|error| {
            let error: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect();
            Fault::Invalid(format!("{platform} did not say who you are ({error}); follow the link in chat again"))
        })?;
        let found = self.platforms.ask(&self.vault, identity, &answered.state, code).await.ok_or_else(gone)?;
        let found = found.map_err(|error| {
            tracing::warn!(%error, platform, "a sign-in at a platform proves nobody");
            Fault::Invalid(format!("{platform} {error}"))
        })?;
        if found != *identity {
            return Err(Fault::Refused(format!(
                "{platform} says that you are the member {} of {}, and the link was given to {} of {}; say `switch-role` there yourself, and follow your own link",
                found.member, found.workspace, identity.member, identity.workspace
            )));
        }
        Ok(())
    }

    /// Lets the command of a link wait for whoever opened it, with the record of that.
    async fn confirmed(&self, opened: &Opened, session: InSession<'_>) -> Result<(), Fault> {
        self.may_go_on(opened)?;
        let record = self.record(opened, session, Ok(()), Services::proved_for_command)?;
        self.bot.prove_command(&opened.stored, opened.assurance, record).await.map_err(|error| match error {
            StepUpError::Store(error) => self.internal(&error),
            error => Fault::Refused(error.to_string()),
        })
    }

    /// The record of what came of an attempt to prove who somebody is.
    fn record(
        &self,
        opened: &Opened,
        session: InSession<'_>,
        came: Result<(), &Fault>,
        record: Writes,
    ) -> Result<Change, Fault> {
        let (from, why) = (connection(session.from), came.err().map(ToString::to_string));
        let record = record(&self.services, &opened.proving(&from), why.as_deref().map_or(Ok(()), Err));
        record.map_err(|error| self.internal(&error))
    }

    /// Keeps a change of a link, which somebody else may have changed meanwhile.
    async fn keep(&self, change: Result<Change, bailiwick_aws::Fault>) -> Result<(), Fault> {
        match self.store.commit(change.map_err(|error| self.internal(&error))?).await {
            Ok(_) => Ok(()),
            Err(StoreError::Conflict { .. }) => {
                Err(Fault::Invalid("this link is in use elsewhere; follow it in chat again".to_owned()))
            }
            Err(error) => Err(self.internal(&error)),
        }
    }
}

impl Identities for Pages {
    fn look<'a>(&'a self, session: InSession<'a>, link: &'a str) -> Answer<'a, Proving> {
        Box::pin(async move {
            let opened = self.opened(session, link).await?;
            let (proved, of) = (opened.proved(), &opened.stored.link);
            let directory = self.authority.directory();
            let configuration = &opened.configuration;
            let (platform, _) = called(of.identity.platform);
            let workspace = match of.identity.platform {
                Platform::MicrosoftTeams => "Tenant",
                _ => "Workspace",
            };
            let channel = configuration.channel_name.as_ref().unwrap_or(&configuration.channel);
            let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let facts = vec![
                fact("Member", &of.identity.member),
                fact(workspace, &of.identity.workspace),
                fact("Channel", channel),
                fact("Account", of.account.as_str()),
            ];
            let lacks = opened.assurance != Assurance::SecondFactor;
            let command = of.command.as_ref().map(|command| Command {
                shown: command.shown.clone(),
                lacks_second_factor: command.second_factor && lacks,
            });
            let roles = match &opened.caller {
                Ok(caller) if proved && command.is_none() => self.bot.choosable_roles(configuration, caller),
                _ => Vec::new(),
            };
            let choice = |(arn, name): (String, String)| Choice { value: arn.clone(), label: name, about: arn };
            let chosen = directory.account(of.account).and_then(|account| {
                account
                    .role_mapping(&configuration.arn, &of.identity.member)
                    .map(|mapping| mapping.iam_role_arn.clone())
            });
            let now = match &chosen {
                Some(role) => format!("You act with {} now, a role of your own.", name(role)),
                None => format!("The channel’s role is {}.", name(&configuration.iam_role_arn)),
            };
            let acts_as = match &opened.caller {
                Ok(caller) => match &caller.principal {
                    Principal::User { account, name, .. } => Ok(format!("The IAM user {name} of account {account}")),
                    _ => Ok(session.person.name.clone()),
                },
                Err(why) => Err(why.clone()),
            };
            Ok(Proving {
                platform,
                name: of.name.clone(),
                facts,
                command,
                acts_as,
                proved,
                roles: roles.into_iter().map(choice).collect(),
                now,
            })
        })
    }

    fn begin<'a>(&'a self, session: InSession<'a>, link: &'a str) -> Answer<'a, String> {
        Box::pin(async move {
            let opened = self.opened(session, link).await?;
            if let Err(why) = &opened.caller {
                return Err(Fault::Refused(why.trim_end_matches('.').to_owned()));
            }
            let token = uuid(self.entropy.as_ref());
            let state = format!("{link}.{token}");
            let identity = &opened.stored.link.identity;
            let location = self.platforms.location(&self.vault, identity, &state).ok_or_else(|| {
                let (platform, _) = called(identity.platform);
                Fault::Invalid(format!(
                    "this server is not set up to ask {platform} who somebody is; an administrator finds what is missing in docs/slack-and-teams.md"
                ))
            })?;
            self.keep(opened.stored.begin(&token, &opened.session, self.clock.now())).await?;
            Ok(location)
        })
    }

    fn end<'a>(&'a self, session: InSession<'a>, answered: Answered) -> Answer<'a, String> {
        Box::pin(async move {
            let (link, token) = answered.state.split_once('.').ok_or_else(gone)?;
            let opened = self.opened(session, link).await?;
            let identity = opened.stored.link.identity.clone();
            let (platform, path) = called(identity.platform);
            if path != answered.platform {
                return Err(gone());
            }
            if let Err(fault) = self.answered(&opened, platform, token, &answered).await {
                let record = self.record(&opened, session, Err(&fault), Services::asked_platform)?;
                self.store.commit(record).await.map_err(|error| self.internal(&error))?;
                return Err(fault);
            }
            // The link is in another revision now.
            let opened = self.opened(session, link).await?;
            let record = self.record(&opened, session, Ok(()), Services::asked_platform)?;
            let proof = self.proof(link, &opened.session);
            let proved = opened.stored.proved(&opened.session, &proof, self.clock.now());
            self.keep(proved.map(|proved| proved.and(record))).await?;
            Ok(link.to_owned())
        })
    }

    fn confirm<'a>(&'a self, session: InSession<'a>, link: &'a str) -> Answer<'a, String> {
        Box::pin(async move {
            let opened = self.opened(session, link).await?;
            if let Err(fault) = self.confirmed(&opened, session).await {
                let record = self.record(&opened, session, Err(&fault), Services::proved_for_command)?;
                self.store.commit(record).await.map_err(|error| self.internal(&error))?;
                return Err(fault);
            }
            let of = &opened.stored.link;
            let configuration = &opened.configuration;
            let channel = configuration.channel_name.as_ref().unwrap_or(&configuration.channel);
            Ok(format!("The command waits for {} in {channel}, for ten minutes.", of.name))
        })
    }

    fn choose<'a>(&'a self, session: InSession<'a>, link: &'a str, role: &'a str) -> Answer<'a, String> {
        Box::pin(async move {
            let opened = self.opened(session, link).await?;
            self.may_go_on(&opened)?;
            let of = &opened.stored.link;
            if of.command.is_some() {
                return Err(Fault::Refused("this link is for a command, not for a role".to_owned()));
            }
            let mut input = json!({
                "ChatConfigurationArn": of.configuration, "IamRoleArn": role, "MemberId": of.identity.member,
            });
            if !opened.known {
                input["IdentityProof"] = json!(self.proof(link, &opened.session));
            }
            self.ask(session.person, "bailiwick", "ChooseUserRole", input).await?;
            self.keep(Ok(opened.stored.used())).await?;
            let configuration = &opened.configuration;
            let channel = configuration.channel_name.as_ref().unwrap_or(&configuration.channel);
            Ok(format!("In {channel}, {} acts with {} from now on.", of.name, name(role)))
        })
    }
}
