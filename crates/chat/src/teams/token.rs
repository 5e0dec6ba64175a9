//! The token of an incoming request: a JSON web token of the Bot Framework, checked with the keys it publishes. Keys and
//! time come in as values.
//!
//! Source: Microsoft's documentation, "Authentication with the Bot Connector API", step 4 ("Verify the JWT token") and its
//! requirements for endorsements and the service URL. Tokens of the emulator have other issuers and are refused by that.

use bailiwick_ident::Timestamp;
use serde::Deserialize;

use crate::jws::{self, Audiences, SKEW_SECONDS};
pub use crate::jws::{JwsError, KeySet};

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who issues it.
    pub issuer: &'a str,
    /// The bot's app id.
    pub audience: &'a str,
    /// The service URL of the activity.
    pub service_url: &'a str,
    /// The channel id of the activity.
    pub channel_id: &'a str,
}

/// Why a token does not vouch for a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// There is none in the request.
    #[error("the request carries no bearer token")]
    Missing,
    /// It is not the issuer's.
    #[error(transparent)]
    Unsigned(#[from] JwsError),
    /// Somebody else issued it, the emulator for example.
    #[error("the token was not issued by {expected}")]
    Issuer {
        /// Who issues tokens here.
        expected: String,
    },
    /// It is meant for another bot.
    #[error("the token is for another app")]
    Audience,
    /// It has ended.
    #[error("the token ended at {0}")]
    Expired(Timestamp),
    /// It does not hold yet.
    #[error("the token does not hold before {0}")]
    NotYet(Timestamp),
    /// It is for another service URL than the activity names.
    #[error("the token is for another service URL than the activity's")]
    ServiceUrl,
    /// The key may not speak for the activity's channel.
    #[error("the token's key is not endorsed for `{0}`")]
    NotEndorsed(String),
}

impl TokenError {
    /// The status the request is refused with: 403 where the key may not speak for the channel, else 401.
    pub fn status(&self) -> u16 {
        if matches!(self, TokenError::NotEndorsed(_)) { 403 } else { 401 }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audiences,
    exp: f64,
    nbf: Option<f64>,
    #[serde(rename = "serviceurl", alias = "serviceUrl")]
    service_url: Option<String>,
}

/// Checks the `Authorization` header of a request.
///
/// # Errors
/// [`TokenError`]. [`JwsError::UnknownKey`] may be mended by fetching the keys again.
pub fn verify(
    authorization: Option<&str>,
    expected: Expected<'_>,
    keys: &KeySet,
    now: Timestamp,
) -> Result<(), TokenError> {
    let (scheme, token) = authorization.and_then(|header| header.split_once(' ')).ok_or(TokenError::Missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(TokenError::Missing);
    }
    let (key, payload) = jws::signed(token.trim(), keys)?;
    let claims: Claims = read(&payload, "its claims are not understood")?;
    if claims.iss != expected.issuer {
        return Err(TokenError::Issuer { expected: expected.issuer.to_owned() });
    }
    if expected.audience.is_empty() || !claims.aud.has(expected.audience) {
        return Err(TokenError::Audience);
    }
    let now = now.as_seconds();
    let expires = jws::seconds(claims.exp);
    if now >= expires.saturating_add(SKEW_SECONDS) {
        return Err(TokenError::Expired(Timestamp::from_seconds(expires)));
    }
    if let Some(begins) = claims.nbf.map(jws::seconds).filter(|begins| *begins > now.saturating_add(SKEW_SECONDS)) {
        return Err(TokenError::NotYet(Timestamp::from_seconds(begins)));
    }
    if claims.service_url.as_deref() != Some(expected.service_url) || expected.service_url.is_empty() {
        return Err(TokenError::ServiceUrl);
    }
    if !key.endorsements.iter().any(|endorsed| endorsed == expected.channel_id) {
        return Err(TokenError::NotEndorsed(expected.channel_id.chars().take(64).collect()));
    }
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(json: &[u8], what: &'static str) -> Result<T, TokenError> {
    serde_json::from_slice(json).map_err(|_| TokenError::Unsigned(JwsError::Form(what)))
}

/// The address of the keys, from the OpenID metadata of the issuer. `None` for what is no such document, or names another issuer.
pub fn keys_address(metadata: &[u8], issuer: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Metadata {
        issuer: String,
        jwks_uri: String,
    }
    let metadata: Metadata = serde_json::from_slice(metadata).ok()?;
    (metadata.issuer == issuer).then_some(metadata.jwks_uri)
}

#[cfg(test)]
pub(crate) mod tests;
