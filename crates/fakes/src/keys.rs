//! A key that signs JSON web tokens, and how it is published.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A key under a name.
pub(crate) struct Signer {
    kid: &'static str,
    pair: RsaKeyPair,
}

fn part(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Signer {
    /// A new key.
    pub(crate) fn new(kid: &'static str) -> Option<Signer> {
        Some(Signer { kid, pair: RsaKeyPair::generate(KeySize::Rsa2048).ok()? })
    }

    /// The key as a member of a JSON web key set.
    pub(crate) fn published(&self) -> Value {
        // SEQUENCE { INTEGER of 257 bytes, INTEGER 65537 }, as every key of 2048 bits is written.
        let der = self.pair.public_key().as_ref();
        let n = der.get(9..265).unwrap_or_default();
        json!({"kty": "RSA", "use": "sig", "kid": self.kid, "n": part(n), "e": "AQAB"})
    }

    /// A signed token.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": self.kid, "x5t": self.kid});
        let signed = format!("{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let _ = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature);
        format!("{signed}.{}", part(&signature))
    }
}
