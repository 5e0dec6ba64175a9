//! `[slack]` of the configuration, and what it brings to work.

use std::pin::Pin;
use std::sync::Arc;

use anyhow::bail;
use bailiwick_authority::{Authority, Call, Caller, Clock, Entropy, Origin, Platform, uuid};
use bailiwick_aws::Value;
use bailiwick_bot::{Bot, kept};
use bailiwick_chat::slack::interaction::FormOrigin;
use bailiwick_chat::slack::socket::{Envelope, Receipt};
use bailiwick_chat::slack::{manifest, request, response};
use bailiwick_client::{
    DEFAULT_TIMEOUT, Documents, Files, Receives, Slack as Courier, SlackSignIn, SlackSignInParts, SocketMode, Transport,
};
use bailiwick_ident::{AccountId, Partition, Region};
use bailiwick_server::{Doing, Slack as Door, SlackSide};
use bailiwick_services::{Answer, Services};
use bailiwick_store::Store;
use bailiwick_store::vault::{Purpose, Vault};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::pages::redirect_uri;

/// How long an installation may take, in seconds.
const INSTALL_SECONDS: i64 = 900;
/// What a link that begins an installation is sealed for.
const LINK: &str = "slack-install-link";

/// `[slack]`: the app as it is registered with Slack. Slack reaches the server at `/chat/slack/`, or the server opens
/// sockets to Slack when there is an app token.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slack {
    /// The app's signing secret. Required unless events come over sockets only.
    pub(crate) signing_secret: Option<String>,
    /// A second one, while the first is rotated.
    pub(crate) old_signing_secret: Option<String>,
    /// The app's token with `connections:write`: events then come over sockets.
    pub(crate) app_token: Option<String>,
    /// The app's client id and secret, and the account that workspaces are authorized for, to install it through OAuth.
    pub(crate) client_id: Option<String>,
    /// See `client_id`.
    pub(crate) client_secret: Option<String>,
    /// See `client_id`.
    pub(crate) account: Option<AccountId>,
    /// Where browsers and Slack reach this server; without it, the address it listens on.
    pub(crate) endpoint_url: Option<String>,
    /// Another address of the Web API, for tests.
    pub(crate) api_url: Option<String>,
    /// Another address that installations begin at, for tests.
    pub(crate) authorize_url: Option<String>,
    /// Another address that members sign in at and that keys are published at, for tests.
    pub(crate) openid_url: Option<String>,
}

impl std::fmt::Debug for Slack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slack")
            .field("client_id", &self.client_id)
            .field("api_url", &self.api_url)
            .finish_non_exhaustive()
    }
}

/// The app, configured.
pub(crate) struct SlackApp {
    pub(crate) courier: Arc<Courier>,
    config: Slack,
    base_url: String,
}

/// What an app is made of.
pub(crate) struct SlackParts<'a> {
    pub(crate) authority: &'a Arc<Authority>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) endpoint: &'a str,
}

impl Slack {
    /// The app over a store.
    pub(crate) fn app(&self, parts: SlackParts<'_>) -> anyhow::Result<SlackApp> {
        if self.signing_secret.as_deref().is_none_or(str::is_empty) && self.app_token.is_none() {
            bail!(
                "[slack] needs `signing_secret`, or `app_token` for Socket Mode; both are on the app's page at Slack"
            );
        }
        if self.client_id.is_some() && (self.client_secret.is_none() || self.account.is_none()) {
            bail!(
                "[slack] with `client_id` also needs `client_secret` and `account`, whose channels the workspace is for"
            );
        }
        let courier = Courier::new(
            // The operator chose the address, or it is Slack's.
            Transport::new(DEFAULT_TIMEOUT),
            self.api_url.as_deref().unwrap_or(request::API),
            Arc::clone(parts.authority),
            parts.vault,
            Arc::clone(parts.clock),
            Arc::new(Kept(parts.store)),
        );
        let courier = match (&self.client_id, &self.client_secret) {
            (Some(id), Some(secret)) => courier.rotating(id, secret),
            _ => courier,
        };
        let base_url = self.endpoint_url.as_deref().unwrap_or(parts.endpoint).trim_end_matches('/').to_owned();
        Ok(SlackApp { courier: Arc::new(courier), config: self.clone(), base_url })
    }
}

/// What an app needs to take what Slack sends.
pub(crate) struct DoorParts {
    pub(crate) bot: Arc<Bot>,
    pub(crate) services: Arc<Services>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) partition: Partition,
}

impl SlackApp {
    /// What takes Slack's requests.
    pub(crate) fn door(&self, parts: DoorParts) -> Arc<Door> {
        let secrets = [&self.config.signing_secret, &self.config.old_signing_secret];
        let (bot, clock) = (Arc::clone(&parts.bot), Arc::clone(&parts.clock));
        Arc::new(Door {
            signing_secrets: secrets.into_iter().flatten().map(|secret| secret.clone().into_bytes()).collect(),
            bot,
            clock,
            side: Arc::new(Side {
                courier: Arc::clone(&self.courier),
                config: self.config.clone(),
                base_url: self.base_url.clone(),
                parts,
            }),
        })
    }

    /// Where people reach this server, without a slash at the end.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What asks Slack who somebody is; none where the app has no client secret here.
    pub(crate) fn sign_in(&self, transport: &Transport, clock: &Arc<dyn Clock>) -> Option<SlackSignIn> {
        let (client_id, client_secret) = (self.config.client_id.clone()?, self.config.client_secret.clone()?);
        Some(SlackSignIn::new(SlackSignInParts {
            slack: Arc::clone(&self.courier),
            // The operator chose the address, or it is Slack's.
            documents: Documents::over(transport),
            clock: Arc::clone(clock),
            client_id,
            client_secret,
            redirect_uri: redirect_uri(&self.base_url, Platform::Slack),
            address: self.config.openid_url.clone(),
        }))
    }

    /// Opens sockets, where there is an app token.
    pub(crate) fn connect(&self, door: &Arc<Door>) -> Option<SocketMode> {
        let token = self.config.app_token.as_ref()?;
        let receives = Arc::new(Receiving(Arc::clone(door)));
        Some(SocketMode::start(Arc::clone(&self.courier), Zeroizing::new(token.clone()), receives))
    }

    /// The address of a page that begins an installation, for a while; none where that is not configured.
    pub(crate) fn install_link(&self, vault: &Vault, clock: &dyn Clock) -> Option<String> {
        self.config.client_id.as_ref()?;
        let account = self.config.account?;
        let until = clock.now().as_seconds().saturating_add(INSTALL_SECONDS);
        let sealed = Pending { account, until }.seal(vault, LINK).ok()?;
        Some(format!("{}/chat/slack/install?link={sealed}", self.base_url))
    }
}

/// An installation that has begun.
#[derive(Serialize, Deserialize)]
struct Pending {
    account: AccountId,
    until: i64,
}

impl Pending {
    fn seal(&self, vault: &Vault, owner: &str) -> Result<String, String> {
        let json = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        vault.seal_for(Purpose::ChatCredential, owner, &json).map_err(|error| error.to_string())
    }

    fn open(vault: &Vault, owner: &str, sealed: &str, now: i64) -> Result<Pending, String> {
        let again =
            || "the link is not one of this server, or has expired; start the server again for another".to_owned();
        let json = vault.open_for(Purpose::ChatCredential, owner, sealed).map_err(|_| again())?;
        let pending: Pending = serde_json::from_slice(&json).map_err(|_| again())?;
        if pending.until < now { Err(again()) } else { Ok(pending) }
    }
}

/// Asks Slack for what somebody waits for.
struct Side {
    courier: Arc<Courier>,
    config: Slack,
    base_url: String,
    parts: DoorParts,
}

impl Side {
    fn redirect(&self) -> String {
        format!("{}/chat/slack/oauth", self.base_url)
    }

    async fn authorize(&self, account: AccountId, installed: response::Installation) -> Result<(), String> {
        let mut input: Vec<(&str, Value)> = [
            ("SlackTeamId", installed.workspace.as_str()),
            ("SlackTeamName", installed.name.as_str()),
            ("BotToken", installed.token.as_str()),
        ]
        .map(|(name, value)| (name, Value::from(value)))
        .into();
        if let Some(next) = &installed.next {
            input.push(("RefreshToken", Value::from(next.refresh_token.as_str())));
            input.push(("BotTokenSeconds", Value::from(next.seconds)));
        }
        let call = Call {
            service: "bailiwick".to_owned(),
            operation: "AuthorizeSlackWorkspace".to_owned(),
            account,
            region: Region::us_east_1(),
            partition: self.parts.partition.clone(),
            input: Value::map(input),
        };
        let caller = Caller::system(uuid(self.parts.entropy.as_ref()));
        match self.parts.services.call(&caller, &Origin::System, call).await {
            Ok(Answer::Output(_)) => Ok(()),
            Ok(Answer::Fault(fault)) => Err(fault.to_string()),
            Ok(Answer::Denied(ruling)) => Err(ruling.sentence()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl SlackSide for Side {
    fn open_form<'a>(
        &'a self,
        workspace: &'a str,
        trigger: &'a str,
        origin: &'a FormOrigin,
    ) -> Doing<'a, Result<(), String>> {
        Box::pin(async move {
            let asked = request::open_answer_form(trigger, origin);
            self.courier.for_workspace(workspace, &asked).await.map(drop).map_err(|error| error.to_string())
        })
    }

    fn begin_install(&self, link: &str) -> Result<(String, String), String> {
        let Some(client_id) = &self.config.client_id else {
            return Err("installing is not configured: [slack] has no `client_id`".to_owned());
        };
        let (vault, now) = (&self.parts.vault, self.parts.clock.now().as_seconds());
        let begun = Pending::open(vault, LINK, link, now)?;
        let secret = uuid(self.parts.entropy.as_ref());
        // The state opens only together with the secret that the browser keeps.
        let state = begun.seal(vault, &secret)?;
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", client_id).append_pair("scope", &manifest::scopes(true).join(","));
        query.append_pair("state", &state).append_pair("redirect_uri", &self.redirect());
        let address = self.config.authorize_url.as_deref().unwrap_or("https://slack.com/oauth/v2/authorize");
        Ok((format!("{address}?{}", query.finish()), secret))
    }

    fn end_install<'a>(&'a self, code: &'a str, state: &'a str, secret: &'a str) -> Doing<'a, Result<String, String>> {
        Box::pin(async move {
            let now = self.parts.clock.now().as_seconds();
            let begun = Pending::open(&self.parts.vault, secret, state, now)?;
            let (Some(id), Some(key)) = (&self.config.client_id, &self.config.client_secret) else {
                return Err("installing is not configured".to_owned());
            };
            let asked = request::oauth_access(id, key, code, &self.redirect());
            let answer = self.courier.call(None, &asked).await.map_err(|error| error.to_string())?;
            let installed = response::installation(&answer).ok_or("Slack names no workspace and bot token")?;
            let name = installed.name.clone();
            self.authorize(begun.account, installed).await?;
            Ok(name)
        })
    }
}

/// Hands envelopes to the door.
struct Receiving(Arc<Door>);

impl Receives for Receiving {
    fn receive<'a>(&'a self, envelope: &'a Envelope) -> Pin<Box<dyn Future<Output = Receipt> + Send + 'a>> {
        Box::pin(self.0.envelope(envelope))
    }
}

/// Reads the answers that messages bring as files.
struct Kept(Arc<dyn Store>);

impl Files for Kept {
    fn read<'a>(&'a self, key: &'a str) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        Box::pin(async move {
            kept::read(self.0.as_ref(), key).await.unwrap_or_else(|error| {
                tracing::error!(%error, "an answer cannot be read");
                None
            })
        })
    }
}
