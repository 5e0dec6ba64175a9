//! Who somebody is, asked of their platform: the code of a sign-in is exchanged for an id token, which is checked with the keys
//! that the platform publishes.

use std::sync::Arc;

use bailiwick_authority::Clock;
use bailiwick_chat::openid::{Expected, IdTokenError, KeySet, verify};
use bailiwick_chat::slack::openid as slack;
use bailiwick_chat::teams::token::keys_address;
use bailiwick_chat::teams::{App, openid as entra};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::{Documents, Slack, Transport};

/// Why a platform's word is not had. The texts follow the platform's name and say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The platform refuses, or cannot be asked.
    #[error("did not say who you are ({0}); follow the link in chat again")]
    Refused(String),
    /// What it says is not what was asked, or not its own word.
    #[error("gave an answer that proves nothing ({0}); follow the link in chat again")]
    NotProved(String),
}

impl From<IdTokenError> for SignInError {
    fn from(error: IdTokenError) -> Self {
        SignInError::NotProved(error.to_string())
    }
}

fn refused(error: impl std::fmt::Display) -> SignInError {
    SignInError::Refused(error.to_string())
}

/// "Sign in with Slack", with the app that the bot is.
pub struct SlackSignIn {
    slack: Arc<Slack>,
    documents: Documents,
    clock: Arc<dyn Clock>,
    client_id: String,
    client_secret: Zeroizing<String>,
    redirect_uri: String,
    /// By default [`slack::ADDRESS`].
    address: String,
}

/// What a sign-in with Slack is made of.
pub struct SlackSignInParts {
    /// Asks Slack.
    pub slack: Arc<Slack>,
    /// Fetches keys.
    pub documents: Documents,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: String,
    /// Where browsers are sent back to; one of the app's redirect URLs.
    pub redirect_uri: String,
    /// Another address of sign-ins and keys than Slack's, for tests.
    pub address: Option<String>,
}

impl SlackSignIn {
    /// A sign-in over these parts.
    pub fn new(parts: SlackSignInParts) -> Self {
        SlackSignIn {
            slack: parts.slack,
            documents: parts.documents,
            clock: parts.clock,
            client_id: parts.client_id,
            client_secret: Zeroizing::new(parts.client_secret),
            redirect_uri: parts.redirect_uri,
            address: parts.address.unwrap_or_else(|| slack::ADDRESS.to_owned()).trim_end_matches('/').to_owned(),
        }
    }

    /// Where a browser is sent to.
    pub fn location(&self, workspace: &str, state: &str, nonce: &str) -> String {
        let (client_id, redirect_uri) = (self.client_id.as_str(), self.redirect_uri.as_str());
        slack::SignIn { client_id, redirect_uri, workspace, state, nonce }.location(&self.address)
    }

    /// The workspace and the member that a code stands for: by the id token, and by Slack's answer to the token beside it.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn member(&self, code: &str, nonce: &str) -> Result<(String, String), SignInError> {
        let asked = slack::token(&self.client_id, &self.client_secret, code, &self.redirect_uri);
        let tokens = self.slack.call(None, &asked).await.map_err(refused)?;
        let text = |name: &str| tokens[name].as_str().map(|text| Zeroizing::new(text.to_owned()));
        let (Some(id_token), Some(access_token)) = (text("id_token"), text("access_token")) else {
            return Err(SignInError::NotProved("the answer holds no tokens".to_owned()));
        };
        let keys = self.documents.get(&format!("{}/keys", self.address)).await.map_err(refused)?;
        let keys = KeySet::parse(&keys).ok_or_else(|| refused("its keys cannot be read"))?;
        let expected = Expected { issuer: slack::ISSUER, client_id: &self.client_id, nonce };
        let claims = verify(&id_token, expected, &keys, self.clock.now())?;
        let info = self.slack.call(Some(&access_token), &slack::user_info()).await.map_err(refused)?;
        let member = |of: &Value| {
            slack::member(of).ok_or_else(|| SignInError::NotProved("no member of a workspace is named".to_owned()))
        };
        let (said, answered) = (member(&claims)?, member(&info)?);
        match said == answered {
            true => Ok(said),
            false => Err(SignInError::NotProved("two answers name two members".to_owned())),
        }
    }
}

/// Signing in at Microsoft Entra ID, with the registration that the bot is.
pub struct EntraSignIn {
    app: Arc<App>,
    passwords: Vec<Zeroizing<String>>,
    transport: Transport,
    documents: Documents,
    clock: Arc<dyn Clock>,
    redirect_uri: String,
}

/// What a sign-in at Entra ID is made of.
pub struct EntraSignInParts {
    /// The bot as Microsoft knows it.
    pub app: Arc<App>,
    /// The registration's passwords: the one in use, then one that is being replaced.
    pub passwords: Vec<String>,
    /// Sends.
    pub transport: Transport,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where browsers are sent back to; one of the registration's redirect URIs.
    pub redirect_uri: String,
}

impl EntraSignIn {
    /// A sign-in over these parts.
    pub fn new(parts: EntraSignInParts) -> Self {
        EntraSignIn {
            app: parts.app,
            passwords: parts.passwords.into_iter().map(Zeroizing::new).collect(),
            documents: Documents::over(&parts.transport),
            transport: parts.transport,
            clock: parts.clock,
            redirect_uri: parts.redirect_uri,
        }
    }

    /// A sign-in of one tenant.
    fn asked<'a>(&'a self, tenant: &'a str, state: &'a str, nonce: &'a str, verifier: &'a str) -> entra::SignIn<'a> {
        entra::SignIn { tenant, redirect_uri: &self.redirect_uri, state, nonce, verifier }
    }

    /// Where a browser is sent to.
    pub fn location(&self, tenant: &str, state: &str, nonce: &str, verifier: &str) -> String {
        self.asked(tenant, state, nonce, verifier).location(&self.app)
    }

    /// The person's id in the directory of a tenant that a code stands for.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn member(&self, tenant: &str, code: &str, nonce: &str, verifier: &str) -> Result<String, SignInError> {
        let id_token = self.exchange(&self.asked(tenant, "", nonce, verifier), code).await?;
        let issuer = entra::issuer(&self.app, tenant);
        let metadata = self.documents.get(&entra::metadata(&self.app, tenant)).await.map_err(refused)?;
        let address = keys_address(&metadata, &issuer).ok_or_else(|| refused("its metadata names no keys"))?;
        let keys = self.documents.get(&address).await.map_err(refused)?;
        let keys = KeySet::parse(&keys).ok_or_else(|| refused("its keys cannot be read"))?;
        let expected = Expected { issuer: &issuer, client_id: &self.app.id, nonce };
        let claims = verify(&id_token, expected, &keys, self.clock.now())?;
        entra::member(&claims, tenant)
            .ok_or_else(|| SignInError::NotProved("nobody of this tenant is named".to_owned()))
    }

    /// The id token for a code. A password that is not taken any more is tried before the one that takes its place.
    async fn exchange(&self, asked: &entra::SignIn<'_>, code: &str) -> Result<Zeroizing<String>, SignInError> {
        let mut why = "no password is configured".to_owned();
        for password in &self.passwords {
            let request = asked.exchange(&self.app, password, code).map_err(refused)?;
            let answer = self.transport.send(request).await.map_err(refused)?;
            match entra::id_token(answer.status().as_u16(), answer.body()) {
                Ok(token) => return Ok(Zeroizing::new(token)),
                Err(error) => why = error,
            }
            if why != INVALID_CLIENT {
                break;
            }
        }
        Err(SignInError::Refused(why))
    }
}

/// What Entra ID answers where the password is not, or not any more, the registration's.
const INVALID_CLIENT: &str = "invalid_client";
