//! Secrets at rest: a master key in a file of its own, and under it one key per purpose, for sealing (AES-256-GCM) and for
//! signing (HMAC-SHA-256). What was sealed for one purpose cannot be opened for another.

mod master;

pub use master::MasterKey;

use crate::audit::AuditSigner;
use crate::{StoreError, hex};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use zeroize::Zeroizing;

/// The largest plaintext that is sealed, in bytes.
pub const MAX_PLAINTEXT_BYTES: usize = 1 << 20;

/// What a secret is for. Each has keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Secret access keys, which SigV4 needs in the clear.
    AccessKeySecret,
    /// The seed of the audit signing key.
    AuditSigning,
    /// Encoded authorization messages.
    AuthorizationMessage,
    /// Signing secrets and tokens of chat platforms.
    ChatCredential,
    /// Console sessions and sign-in links.
    ConsoleSession,
    /// Credentials in the addresses of subscribed endpoints.
    EndpointCredential,
    /// The key that signs SNS's notifications.
    NotificationSigning,
    /// Seeds of virtual MFA devices, from which their codes are computed.
    MfaSeed,
    /// Pagination tokens.
    PaginationToken,
    /// STS session tokens.
    SessionToken,
    /// Tokens that confirm subscriptions.
    SubscriptionToken,
}

impl Purpose {
    /// The word that separates the keys. Never change one: what was sealed under it could not be opened.
    fn as_str(self) -> &'static str {
        match self {
            Self::AccessKeySecret => "access-key-secret",
            Self::AuditSigning => "audit-signing",
            Self::AuthorizationMessage => "authorization-message",
            Self::ChatCredential => "chat-credential",
            Self::ConsoleSession => "console-session",
            Self::EndpointCredential => "endpoint-credential",
            Self::NotificationSigning => "notification-signing",
            Self::MfaSeed => "mfa-seed",
            Self::PaginationToken => "pagination-token",
            Self::SessionToken => "session-token",
            Self::SubscriptionToken => "subscription-token",
        }
    }
}

/// Why a sealed text was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// It was changed, cut, sealed for another purpose or under another master key. Which of these is not said.
    #[error("the sealed text cannot be opened with this key")]
    NotOpened,
    /// The plaintext or the sealed text is over the limit.
    #[error("the text is over the limit of {MAX_PLAINTEXT_BYTES} bytes")]
    TooLarge,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes; nothing can be sealed")]
    NoRandomness,
}

/// Seals and opens under a master key. Cheap to share behind an `Arc`.
pub struct Vault {
    master: MasterKey,
    /// The keys of the purposes that were used, made once: every signed request needs one.
    keys: RwLock<HashMap<Purpose, Arc<Keys>>>,
}

/// The keys of one purpose.
struct Keys {
    /// An error only where aws-lc refuses a key of the right length.
    seal: Result<LessSafeKey, Unspecified>,
    sign: hmac::Key,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(..)")
    }
}

/// What a sealed text is bound to besides its key.
fn binding(purpose: Purpose, owner: &str) -> Aad<Vec<u8>> {
    Aad::from([purpose.as_str(), owner].join("\0").into_bytes())
}

/// Sealed texts begin with their form.
const FORM: &str = "v1.";

impl Vault {
    /// A vault under this key.
    pub fn new(master: MasterKey) -> Self {
        Self { master, keys: RwLock::default() }
    }

    /// The key for one use (`seal` or `sign`) of one purpose.
    fn subkey(&self, usage: &str, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.master.bytes());
        let tag = hmac::sign(&key, format!("bailiwick vault 1\0{usage}\0{}", purpose.as_str()).as_bytes());
        let mut bytes = Zeroizing::new([0; 32]);
        for (to, from) in bytes.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        bytes
    }

    fn keys(&self, purpose: Purpose) -> Arc<Keys> {
        if let Some(known) = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(&purpose) {
            return Arc::clone(known);
        }
        let made = Arc::new(Keys {
            seal: UnboundKey::new(&AES_256_GCM, self.subkey("seal", purpose).as_slice()).map(LessSafeKey::new),
            sign: hmac::Key::new(hmac::HMAC_SHA256, self.subkey("sign", purpose).as_slice()),
        });
        self.keys.write().unwrap_or_else(PoisonError::into_inner).insert(purpose, Arc::clone(&made));
        made
    }

    /// Encrypts and authenticates. The text is safe in JSON, URLs and headers; sealing twice gives two texts.
    ///
    /// # Errors
    /// `TooLarge`, `NoRandomness`.
    pub fn seal(&self, purpose: Purpose, plaintext: &[u8]) -> Result<String, VaultError> {
        self.seal_for(purpose, "", plaintext)
    }

    /// Like [`Vault::seal`], for one owner, for example an access key id: moved to another owner's row, it does not open.
    ///
    /// # Errors
    /// `TooLarge`, `NoRandomness`.
    pub fn seal_for(&self, purpose: Purpose, owner: &str, plaintext: &[u8]) -> Result<String, VaultError> {
        if plaintext.len() > MAX_PLAINTEXT_BYTES {
            return Err(VaultError::TooLarge);
        }
        let mut nonce = [0; NONCE_LEN];
        // From the operating system and not from aws-lc, whose generator takes a tenth of a second to seed itself.
        getrandom::fill(&mut nonce).map_err(|_| VaultError::NoRandomness)?;
        let mut sealed = plaintext.to_vec();
        let keys = self.keys(purpose);
        let cipher = keys.seal.as_ref().map_err(|_| VaultError::NotOpened)?;
        cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), binding(purpose, owner), &mut sealed)
            .map_err(|_| VaultError::TooLarge)?;
        let mut bytes = nonce.to_vec();
        bytes.append(&mut sealed);
        Ok(format!("{FORM}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The plaintext of a sealed text. The memory is wiped when the value goes.
    ///
    /// # Errors
    /// `NotOpened`, `TooLarge`.
    pub fn open(&self, purpose: Purpose, sealed: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.open_for(purpose, "", sealed)
    }

    /// The plaintext of what [`Vault::seal_for`] sealed for this owner.
    ///
    /// # Errors
    /// `NotOpened`, `TooLarge`.
    pub fn open_for(&self, purpose: Purpose, owner: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        if sealed.len() > MAX_PLAINTEXT_BYTES.saturating_mul(2) {
            return Err(VaultError::TooLarge);
        }
        let text = sealed.strip_prefix(FORM).ok_or(VaultError::NotOpened)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| VaultError::NotOpened)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(VaultError::NotOpened)?;
        let mut buffer = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let keys = self.keys(purpose);
        let cipher = keys.seal.as_ref().map_err(|_| VaultError::NotOpened)?;
        let length = cipher
            .open_in_place(nonce, binding(purpose, owner), buffer.as_mut_slice())
            .map_err(|_| VaultError::NotOpened)?
            .len();
        buffer.truncate(length);
        Ok(buffer)
    }

    /// Signs a message for a purpose: 64 hexadecimal digits of HMAC-SHA-256.
    pub fn sign(&self, purpose: Purpose, message: &[u8]) -> String {
        hex::encode(hmac::sign(&self.keys(purpose).sign, message).as_ref())
    }

    /// Whether [`Vault::sign`] made this signature, compared in constant time.
    pub fn signed(&self, purpose: Purpose, message: &[u8], signature: &str) -> bool {
        let keys = self.keys(purpose);
        hex::decode(signature).is_some_and(|tag| hmac::verify(&keys.sign, message, &tag).is_ok())
    }

    /// The signer of the audit chain, derived from the master key.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when no key can be made, which a correct build does not see.
    pub fn audit_signer(&self) -> Result<AuditSigner, StoreError> {
        AuditSigner::from_seed(&self.subkey("seed", Purpose::AuditSigning))
    }
}

#[cfg(test)]
mod tests;
