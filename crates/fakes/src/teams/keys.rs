//! The issuer's keys: one that may speak for Teams, one that may not, and one nobody published.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Which key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Signs {
    /// The one that is endorsed for Teams.
    #[default]
    Teams,
    /// One that is published and endorsed for another channel.
    Unendorsed,
    /// One that nobody published, under the name of the first.
    Foreign,
}

pub(super) struct Keys {
    teams: RsaKeyPair,
    unendorsed: RsaKeyPair,
    foreign: RsaKeyPair,
}

fn part(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Keys {
    pub(super) fn new() -> Option<Keys> {
        let pair = || RsaKeyPair::generate(KeySize::Rsa2048).ok();
        Some(Keys { teams: pair()?, unendorsed: pair()?, foreign: pair()? })
    }

    fn pair(&self, signs: Signs) -> (&'static str, &RsaKeyPair) {
        match signs {
            Signs::Teams => ("fake-teams", &self.teams),
            Signs::Unendorsed => ("fake-webchat", &self.unendorsed),
            Signs::Foreign => ("fake-teams", &self.foreign),
        }
    }

    /// The JSON web key set.
    pub(super) fn published(&self) -> Value {
        let key = |signs: Signs, endorsements: &[&str]| {
            let (kid, pair) = self.pair(signs);
            // SEQUENCE { INTEGER of 257 bytes, INTEGER 65537 }, as every key of 2048 bits is written.
            let der = pair.public_key().as_ref();
            let n = der.get(9..265).unwrap_or_default();
            json!({"kty": "RSA", "use": "sig", "kid": kid, "n": part(n), "e": "AQAB", "endorsements": endorsements})
        };
        json!({"keys": [key(Signs::Teams, &["msteams", "emulator"]), key(Signs::Unendorsed, &["webchat"])]})
    }

    /// A signed token.
    pub(super) fn token(&self, signs: Signs, claims: &Value) -> String {
        let (kid, pair) = self.pair(signs);
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": kid, "x5t": kid});
        let signed = format!("{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()));
        let mut signature = vec![0; pair.public_modulus_len()];
        let _ = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature);
        format!("{signed}.{}", part(&signature))
    }
}
