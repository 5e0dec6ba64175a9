//! An activity: what Teams posts to us. It is read first, since its token must fit what it says; nothing of it counts before.

pub(super) mod inbound;
mod raw;

pub use inbound::{Inbound, Incoming, Reference, Refresh};

use super::CHANNEL_ID;
use super::cloud::Cloud;
use super::service_url::{ServiceUrl, ServiceUrlError, ServiceUrls};
use super::token::{self, Expected, KeySet, TokenError};
use crate::limits::{LimitError, check_depth, check_length};
use bailiwick_ident::Timestamp;
use raw::Raw;

/// The largest activity that is read, in bytes: a message of Teams has at most 28 KB, and its envelope little more.
pub const MAX_ACTIVITY_BYTES: usize = 256 * 1024;

/// An activity that was read. Nothing in it is true until [`Unverified::verify`] has said so.
pub struct Unverified {
    raw: Raw,
}

/// Why an activity is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivityError {
    /// Larger or deeper than anything Teams sends.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// Not an activity.
    #[error("the activity cannot be read: {0}")]
    Form(String),
    /// Its token does not vouch for it.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Answers to it would go somewhere unknown.
    #[error(transparent)]
    ServiceUrl(#[from] ServiceUrlError),
    /// It is of another channel of the Bot Framework than Teams.
    #[error("the activity is of the channel `{0}`, not of Teams")]
    OtherChannel(String),
    /// It is of a tenant that this bot does not serve.
    #[error("the activity is of another tenant")]
    OtherTenant,
}

impl ActivityError {
    /// The HTTP status the request is refused with.
    pub fn status(&self) -> u16 {
        match self {
            ActivityError::Limit(LimitError::TooLong { .. }) => 413,
            ActivityError::Limit(_) | ActivityError::Form(_) => 400,
            ActivityError::Token(error) => error.status(),
            ActivityError::ServiceUrl(_) | ActivityError::OtherChannel(_) | ActivityError::OtherTenant => 403,
        }
    }
}

/// The bot, as Microsoft knows it.
#[derive(Debug, Clone)]
pub struct App {
    /// The app id.
    pub id: String,
    /// The cloud it is registered in.
    pub cloud: &'static Cloud,
    /// The tenant of a bot that serves one tenant only.
    pub tenant: Option<String>,
    /// Where its answers may go.
    pub service_urls: ServiceUrls,
    /// Where it asks for tokens: the cloud's, unless an operator says otherwise.
    pub login: String,
    /// Where the issuer describes itself: the cloud's, unless an operator says otherwise.
    pub metadata: String,
}

impl App {
    /// A bot of a cloud.
    pub fn new(id: impl Into<String>, cloud: &'static Cloud, tenant: Option<String>, service_urls: ServiceUrls) -> App {
        let (login, metadata) = (cloud.login.to_owned(), cloud.metadata.to_owned());
        App { id: id.into(), cloud, tenant, service_urls, login, metadata }
    }
}

/// An activity that the Bot Framework vouches for.
pub struct Activity {
    raw: Raw,
    service_url: ServiceUrl,
}

impl Unverified {
    /// Reads an activity.
    ///
    /// # Errors
    /// [`ActivityError::Limit`], [`ActivityError::Form`].
    pub fn parse(bytes: &[u8]) -> Result<Unverified, ActivityError> {
        check_length("the activity", bytes.len(), MAX_ACTIVITY_BYTES)?;
        check_depth("the activity", bytes)?;
        let raw: Raw = serde_json::from_slice(bytes).map_err(|error| ActivityError::Form(error.to_string()))?;
        raw.check()?;
        Ok(Unverified { raw })
    }

    /// Checks the `Authorization` header against the activity, the app and the keys of the Bot Framework.
    ///
    /// # Errors
    /// [`ActivityError`]; with [`JwsError::UnknownKey`](crate::jws::JwsError::UnknownKey) inside newer keys may help.
    pub fn verify(
        &self,
        authorization: Option<&str>,
        app: &App,
        keys: &KeySet,
        now: Timestamp,
    ) -> Result<Activity, ActivityError> {
        let raw = &self.raw;
        let expected = Expected {
            issuer: app.cloud.issuer,
            audience: &app.id,
            service_url: &raw.service_url,
            channel_id: &raw.channel_id,
        };
        token::verify(authorization, expected, keys, now)?;
        if raw.channel_id != CHANNEL_ID {
            return Err(ActivityError::OtherChannel(raw.channel_id.chars().take(64).collect()));
        }
        let service_url = app.service_urls.read(&raw.service_url)?;
        if let Some(tenant) = &app.tenant
            && !raw.tenant().is_some_and(|of| of.eq_ignore_ascii_case(tenant))
        {
            return Err(ActivityError::OtherTenant);
        }
        Ok(Activity { raw: raw.clone(), service_url })
    }
}

#[cfg(test)]
mod tests;
