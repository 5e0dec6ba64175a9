use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::TERMINATOR;

/// A secret access key or session token. It is overwritten when dropped and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret's text.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// The text itself, for the few places that must write it: a credentials file, a header.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The key that signs requests of one day, Region and service. `date` is `YYYYMMDD`.
    pub fn signing_key(&self, date: &str, region: &str, service: &str) -> SigningKey {
        let start = Zeroizing::new([b"AWS4", self.0.as_bytes()].concat());
        let mut key = mac(&start, date.as_bytes());
        for part in [region, service, TERMINATOR] {
            key = mac(key.as_slice(), part.as_bytes());
        }
        SigningKey(key)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Secret::new(text)
    }
}

/// A derived key, good for one day, Region and service. It may be cached for the day; it is never printed.
#[derive(Clone)]
pub struct SigningKey(Zeroizing<[u8; 32]>);

impl SigningKey {
    pub(crate) fn mac(&self, text: &str) -> [u8; 32] {
        *mac(self.0.as_slice(), text.as_bytes())
    }
}

// In constant time, as everything that compares secrets.
impl PartialEq for SigningKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl Eq for SigningKey {}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
fn mac(key: &[u8], data: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(data);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let secret = Secret::new("wJalrXUtnFEMI");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(format!("{:?}", secret.signing_key("20150830", "us-east-1", "iam")), "SigningKey(..)");
    }

    #[test]
    fn the_signing_key_of_the_guide() {
        let key = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").signing_key("20150830", "us-east-1", "iam");
        let hex: String = key.0.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
    }
}
