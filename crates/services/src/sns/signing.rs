//! The key that signs notifications, and the certificate with which subscribers check them.
//!
//! The key is made when the first document is signed, and kept sealed beside its certificate. Signature version 1 is RSA
//! over SHA-1, which our TLS provider no longer signs with; that one comes from the `rsa` crate.
//! Source: the SNS developer guide, "Verifying the signatures of Amazon SNS messages".

use std::fmt::Write as _;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use bailiwick_authority::Clock;
use bailiwick_notify::sns::delivery::Delivery;
use bailiwick_notify::sns::envelope::{Seal, SignatureVersion, string_to_sign};
use bailiwick_store::vault::{Purpose, Vault};
use bailiwick_store::{Change, EntityKey, Expect, Store, StoreError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

const KIND: &str = "sns.signing-key";
/// How long the certificate is valid, in days; a key that is older goes on signing.
const VALID_DAYS: i64 = 3_650;

/// Why nothing is signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The key could not be read or written.
    #[error("the signing key cannot be kept: {0}")]
    Store(#[from] StoreError),
    /// The stored key cannot be used, or none could be made.
    #[error("the signing key cannot be used: {0}")]
    Key(String),
}

/// A certificate as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The last part of its address: `SimpleNotificationService-` with a digest of the certificate, and `.pem`.
    pub file: String,
    /// The certificate.
    pub pem: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    format: u32,
    certificate_pem: String,
    /// PKCS#8, sealed.
    key: String,
}

struct Key {
    certificate: Certificate,
    two: RsaKeyPair,
    one: rsa::pkcs1v15::SigningKey<sha1::Sha1>,
}

/// Signs notifications.
pub struct Signer {
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    base_url: String,
    key: OnceCell<Key>,
}

impl Signer {
    pub(crate) fn new(store: Arc<dyn Store>, vault: Arc<Vault>, clock: Arc<dyn Clock>, base_url: String) -> Self {
        Signer { store, vault, clock, base_url, key: OnceCell::new() }
    }

    /// Where subscribers reach this server, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The seal of a document.
    ///
    /// # Errors
    /// There is no key; the delivery has to wait.
    pub async fn seal(&self, delivery: &Delivery, version: SignatureVersion) -> Result<Seal, SigningError> {
        let key = self.key().await?;
        let text = string_to_sign(delivery, &self.base_url);
        let signature = match version {
            SignatureVersion::One => {
                key.one.try_sign(text.as_bytes()).map_err(|error| SigningError::Key(error.to_string()))?.to_vec()
            }
            SignatureVersion::Two => {
                let mut signature = vec![0; key.two.public_modulus_len()];
                key.two
                    .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
                    .map_err(|error| SigningError::Key(error.to_string()))?;
                signature
            }
        };
        let cert_url = format!("{}/{}", self.base_url, key.certificate.file);
        Ok(Seal { version, signature: STANDARD.encode(signature), cert_url })
    }

    /// Makes the key, if there is none yet.
    ///
    /// # Errors
    /// None could be made or kept.
    pub async fn prepare(&self) -> Result<(), SigningError> {
        self.key().await.map(drop)
    }

    /// The certificate of this name, if it is ours.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn certificate(&self, file: &str) -> Result<Option<Certificate>, SigningError> {
        let known = match self.key.get() {
            Some(key) => Some(key.certificate.clone()),
            // Nobody has seen an address before something was signed; nothing is made for whoever guesses.
            None => self.stored().await?.map(|stored| certificate(&stored.certificate_pem)).transpose()?,
        };
        Ok(known.filter(|known| known.file == file))
    }

    async fn key(&self) -> Result<&Key, SigningError> {
        self.key.get_or_try_init(|| self.load()).await
    }

    fn place() -> EntityKey {
        EntityKey::global(KIND, "current")
    }

    async fn stored(&self) -> Result<Option<Stored>, SigningError> {
        let Some(entity) = self.store.entity(Self::place()).await? else { return Ok(None) };
        serde_json::from_str(&entity.body).map(Some).map_err(unusable)
    }

    async fn load(&self) -> Result<Key, SigningError> {
        if let Some(stored) = self.stored().await? {
            return self.opened(&stored);
        }
        let now = self.clock.now().as_seconds();
        let made = tokio::task::spawn_blocking(move || make(now)).await.map_err(unusable)?;
        let (der, certificate_pem) = made?;
        let key = self.vault.seal(Purpose::NotificationSigning, &der).map_err(unusable)?;
        let stored = Stored { format: 1, certificate_pem, key };
        let body = serde_json::to_string(&stored).map_err(unusable)?;
        match self.store.commit(Change::new().put(Self::place(), body, Expect::Absent)).await {
            Ok(_) => self.opened(&stored),
            // Another one was faster: its key is the key.
            Err(StoreError::Duplicate { .. }) => match self.stored().await? {
                Some(stored) => self.opened(&stored),
                None => Err(unusable("it is there and not there")),
            },
            Err(error) => Err(error.into()),
        }
    }

    fn opened(&self, stored: &Stored) -> Result<Key, SigningError> {
        let der = self.vault.open(Purpose::NotificationSigning, &stored.key).map_err(unusable)?;
        let two = RsaKeyPair::from_pkcs8(&der).map_err(unusable)?;
        let private = rsa::RsaPrivateKey::from_pkcs8_der(&der).map_err(unusable)?;
        let one = rsa::pkcs1v15::SigningKey::<sha1::Sha1>::new(private);
        Ok(Key { certificate: certificate(&stored.certificate_pem)?, two, one })
    }
}

fn unusable(cause: impl std::fmt::Display) -> SigningError {
    SigningError::Key(cause.to_string())
}

/// The certificate with its name.
fn certificate(pem: &str) -> Result<Certificate, SigningError> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).map_err(unusable)?;
    let mut file = "SimpleNotificationService-".to_owned();
    for byte in Sha256::digest(&der).iter().take(16) {
        // Writing to a string does not fail.
        let _ = write!(file, "{byte:02x}");
    }
    Ok(Certificate { file: file + ".pem", pem: pem.to_owned() })
}

/// A new key in PKCS#8 and a certificate that it signs itself.
fn make(now_seconds: i64) -> Result<(Vec<u8>, String), SigningError> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(unusable)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(unusable)?;
    let der = der.as_ref().to_vec();
    let key = rcgen::KeyPair::try_from(der.as_slice()).map_err(unusable)?;
    let mut params = rcgen::CertificateParams::new(Vec::new()).map_err(unusable)?;
    params.distinguished_name.push(rcgen::DnType::CommonName, "sns.bailiwick.internal");
    params.distinguished_name.push(rcgen::DnType::OrganizationName, "Bailiwick");
    let at = |seconds: i64| time::OffsetDateTime::from_unix_timestamp(seconds).map_err(unusable);
    // A clock that is a little behind must not find it too early.
    params.not_before = at(now_seconds.saturating_sub(24 * 3_600))?;
    params.not_after = at(now_seconds.saturating_add(VALID_DAYS * 24 * 3_600))?;
    params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    let certificate = params.self_signed(&key).map_err(unusable)?;
    Ok((der, certificate.pem()))
}
