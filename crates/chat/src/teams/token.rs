//! The token of an incoming request: a JSON web token of the Bot Framework, checked with the keys it publishes. Keys and
//! time come in as values.
//!
//! Source: Microsoft's documentation, "Authentication with the Bot Connector API", step 4 ("Verify the JWT token") and its
//! requirements for endorsements and the service URL. Tokens of the emulator have other issuers and are refused by that.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use bailiwick_ident::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The longest token that is read, in bytes.
const MAX_TOKEN: usize = 16 * 1024;
/// The most keys that are looked at.
const MAX_KEYS: usize = 64;
/// How far the clock of the issuer may differ from ours, in seconds.
const SKEW_SECONDS: i64 = 300;

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
    /// It is no signed token.
    #[error("the token cannot be read: {0}")]
    Form(&'static str),
    /// Another algorithm than RS256.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// No published key fits; there may be newer ones.
    #[error("no key of the issuer fits the token")]
    UnknownKey,
    /// The signature is not that of the key.
    #[error("the token's signature is not the issuer's")]
    Signature,
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
struct Header {
    alg: String,
    kid: Option<String>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
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

#[derive(Deserialize)]
#[serde(untagged)]
enum Audiences {
    One(String),
    Several(Vec<String>),
}

impl Audiences {
    fn has(&self, audience: &str) -> bool {
        match self {
            Audiences::One(one) => one == audience,
            Audiences::Several(several) => several.iter().any(|one| one == audience),
        }
    }
}

/// Checks the `Authorization` header of a request.
///
/// # Errors
/// [`TokenError`]. [`TokenError::UnknownKey`] may be mended by fetching the keys again.
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
    let token = token.trim();
    if token.len() > MAX_TOKEN {
        return Err(TokenError::Form("it is too long"));
    }
    let parts: Vec<&str> = token.splitn(4, '.').collect();
    let [head, payload, signature] = parts.as_slice() else { return Err(TokenError::Form("it has not three parts")) };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Form("a part is not base64url"));
    let header: Header = read(&decode(head)?, "its header is not understood")?;
    if header.alg != "RS256" || header.crit.is_some() {
        return Err(TokenError::Algorithm);
    }
    let kid = header.kid.ok_or(TokenError::Form("it names no key"))?;
    let key = keys.keys.iter().find(|key| key.fits(&kid)).ok_or(TokenError::UnknownKey)?;
    let signed = &token[..head.len() + 1 + payload.len()];
    if !key.signed(signed.as_bytes(), &decode(signature)?) {
        return Err(TokenError::Signature);
    }
    let claims: Claims = read(&decode(payload)?, "its claims are not understood")?;
    if claims.iss != expected.issuer {
        return Err(TokenError::Issuer { expected: expected.issuer.to_owned() });
    }
    if expected.audience.is_empty() || !claims.aud.has(expected.audience) {
        return Err(TokenError::Audience);
    }
    let now = now.as_seconds();
    let expires = seconds(claims.exp);
    if now >= expires.saturating_add(SKEW_SECONDS) {
        return Err(TokenError::Expired(Timestamp::from_seconds(expires)));
    }
    if let Some(begins) = claims.nbf.map(seconds).filter(|begins| *begins > now.saturating_add(SKEW_SECONDS)) {
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
    serde_json::from_slice(json).map_err(|_| TokenError::Form(what))
}

#[expect(clippy::cast_possible_truncation, reason = "a time outside the range of i64 is taken for its end")]
fn seconds(claim: f64) -> i64 {
    // Kept where a date can still be written.
    (claim as i64).clamp(0, 253_402_300_799)
}

#[derive(Debug, Clone, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
    #[serde(default)]
    endorsements: Vec<String>,
}

impl Key {
    fn fits(&self, kid: &str) -> bool {
        self.kty == "RSA"
            && self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.kid.as_deref() == Some(kid)
    }

    fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let part = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?.trim_end_matches('=')).ok();
        let (Some(n), Some(e)) = (part(&self.n), part(&self.e)) else { return false };
        RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
    }
}

/// The keys that the Bot Framework publishes, each with the channels it may speak for.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// Reads a JSON web key set; keys of other forms are left out. `None` for what is no set.
    pub fn parse(bytes: &[u8]) -> Option<KeySet> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set: Set = serde_json::from_slice(bytes).ok()?;
        let keys = set.keys.into_iter().take(MAX_KEYS).filter_map(|key| serde_json::from_value(key).ok());
        Some(KeySet { keys: keys.collect() })
    }
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
pub(super) mod tests;
