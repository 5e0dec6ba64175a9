//! Signed JSON web tokens: the signature over a token's claims, with the keys that an issuer publishes. What the claims must
//! say is for whoever reads them.
//! Sources: RFC 7515, RFC 7517 and RFC 7518; RS256 is the one algorithm that the issuers we know sign with.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The longest token that is read, in bytes.
const MAX_TOKEN: usize = 16 * 1024;
/// The most keys that are looked at.
const MAX_KEYS: usize = 64;
/// How far the clock of an issuer may differ from ours, in seconds.
pub(crate) const SKEW_SECONDS: i64 = 300;

/// Why a token is not an issuer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
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
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

/// `aud`: one audience or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Audiences {
    One(String),
    Several(Vec<String>),
}

impl Audiences {
    pub(crate) fn has(&self, audience: &str) -> bool {
        match self {
            Audiences::One(one) => one == audience,
            Audiences::Several(several) => several.iter().any(|one| one == audience),
        }
    }

    pub(crate) fn are_several(&self) -> bool {
        matches!(self, Audiences::Several(several) if several.len() > 1)
    }
}

/// A time that a claim says, kept where a date can still be written.
#[expect(clippy::cast_possible_truncation, reason = "a time outside the range of i64 is taken for its end")]
pub(crate) fn seconds(claim: f64) -> i64 {
    (claim as i64).clamp(0, 253_402_300_799)
}

/// One published key.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
    /// The channels of the Bot Framework that it may speak for.
    #[serde(default)]
    pub(crate) endorsements: Vec<String>,
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

/// The keys that an issuer publishes; those of the Bot Framework each with the channels they may speak for.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// Reads a JSON web key set; keys of other forms are left out, and at most 64 are looked at. `None` for what is no set.
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

/// The key that signed a token, and the bytes of the token's claims.
pub(crate) fn signed<'k>(token: &str, keys: &'k KeySet) -> Result<(&'k Key, Vec<u8>), JwsError> {
    if token.len() > MAX_TOKEN {
        return Err(JwsError::Form("it is too long"));
    }
    let parts: Vec<&str> = token.splitn(4, '.').collect();
    let [head, payload, signature] = parts.as_slice() else { return Err(JwsError::Form("it has not three parts")) };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Form("a part is not base64url"));
    let header: Header =
        serde_json::from_slice(&decode(head)?).map_err(|_| JwsError::Form("its header is not understood"))?;
    if header.alg != "RS256" || header.crit.is_some() {
        return Err(JwsError::Algorithm);
    }
    let kid = header.kid.ok_or(JwsError::Form("it names no key"))?;
    let key = keys.keys.iter().find(|key| key.fits(&kid)).ok_or(JwsError::UnknownKey)?;
    let text = token.get(..head.len() + 1 + payload.len()).unwrap_or_default();
    if !key.signed(text.as_bytes(), &decode(signature)?) {
        return Err(JwsError::Signature);
    }
    Ok((key, decode(payload)?))
}
