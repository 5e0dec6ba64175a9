//! `[teams]` of the configuration, and what it brings to work.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use bailiwick_authority::{Clock, Platform};
use bailiwick_chat::teams::cloud::{Cloud, PUBLIC};
use bailiwick_chat::teams::{App, ServiceUrls};
use bailiwick_client::{Documents, EntraSignIn, EntraSignInParts, TeamsConnector, TeamsParts, Transport};
use bailiwick_store::Store;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::pages::redirect_uri;

/// `[teams]`: the bot as it is registered with Microsoft.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Teams {
    /// The app id (client id) of the registration.
    pub(crate) app_id: String,
    /// A client secret of the registration.
    pub(crate) app_password: String,
    /// Another one, while the first is rotated: whichever Microsoft takes is used.
    pub(crate) old_app_password: Option<String>,
    /// The tenant of a bot that is registered for one tenant only.
    pub(crate) tenant_id: Option<String>,
    /// Where people reach this server; without it, the address it listens on.
    pub(crate) endpoint_url: Option<String>,
    /// `public` or `us-government`.
    pub(crate) cloud: Option<String>,
    /// Service URLs beside those of the cloud, each with everything below it: for tests, and for hosts that Microsoft adds.
    #[serde(default)]
    pub(crate) service_urls: Vec<String>,
    /// Where tokens are asked for instead, for tests.
    pub(crate) login_url: Option<String>,
    /// The OpenID metadata of the Bot Framework instead, for tests.
    pub(crate) metadata_url: Option<String>,
}

impl std::fmt::Debug for Teams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Teams").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

/// A bot that is configured.
#[derive(Clone)]
pub(crate) struct TeamsBot {
    pub(crate) app: Arc<App>,
    pub(crate) connector: Arc<TeamsConnector>,
    passwords: Vec<Zeroizing<String>>,
    endpoint_url: Option<String>,
}

impl TeamsBot {
    /// Where people reach this server, without a slash at the end. `endpoint` is the address it listens on.
    pub(crate) fn base_url(&self, endpoint: &str) -> String {
        self.endpoint_url.as_deref().unwrap_or(endpoint).trim_end_matches('/').to_owned()
    }

    /// What asks Entra ID who somebody is.
    pub(crate) fn sign_in(&self, transport: &Transport, clock: &Arc<dyn Clock>, endpoint: &str) -> EntraSignIn {
        EntraSignIn::new(EntraSignInParts {
            app: Arc::clone(&self.app),
            passwords: self.passwords.iter().map(|password| password.to_string()).collect(),
            transport: transport.clone(),
            clock: Arc::clone(clock),
            redirect_uri: redirect_uri(&self.base_url(endpoint), Platform::MicrosoftTeams),
        })
    }
}

impl Teams {
    fn app(&self) -> anyhow::Result<App> {
        let cloud = match &self.cloud {
            None => PUBLIC,
            Some(name) => Cloud::named(name)
                .with_context(|| format!("`cloud = \"{name}\"` in [teams] is neither `public` nor `us-government`"))?,
        };
        if self.app_id.is_empty() || self.app_password.is_empty() {
            bail!("[teams] needs `app_id` and `app_password`, both from the bot's registration");
        }
        let urls = ServiceUrls::new(cloud, &self.service_urls);
        let mut app = App::new(&self.app_id, cloud, self.tenant_id.clone(), urls);
        if let Some(login) = &self.login_url {
            app.login.clone_from(login);
        }
        if let Some(metadata) = &self.metadata_url {
            app.metadata.clone_from(metadata);
        }
        Ok(app)
    }

    /// The bot over a store.
    pub(crate) fn bot(
        &self,
        transport: &Transport,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<TeamsBot> {
        let app = Arc::new(self.app()?);
        let passwords = [Some(&self.app_password), self.old_app_password.as_ref()].into_iter().flatten();
        let passwords: Vec<_> = passwords.map(|password| Zeroizing::new(password.clone())).collect();
        let connector = TeamsConnector::new(TeamsParts {
            app: Arc::clone(&app),
            passwords: passwords.iter().map(|password| password.to_string()).collect(),
            // The operator chose these addresses, or Microsoft published them.
            transport: transport.clone(),
            documents: Documents::over(transport),
            store,
            clock,
        });
        Ok(TeamsBot { app, connector: Arc::new(connector), passwords, endpoint_url: self.endpoint_url.clone() })
    }
}
