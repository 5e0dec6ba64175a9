//! The keys that a request is signed with, and where they come from.

use std::future::Future;
use std::pin::Pin;

use bailiwick_aws::sigv4::{Credentials, Secret};
use bailiwick_ident::Timestamp;

/// An access key with its secret.
#[derive(Clone)]
pub struct Keys {
    /// The access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<Secret>,
    /// When temporary credentials end, where that is known.
    pub expires_at: Option<Timestamp>,
}

impl Keys {
    pub(crate) fn credentials(&self) -> Credentials<'_> {
        Credentials {
            access_key_id: &self.access_key_id,
            secret_access_key: &self.secret_access_key,
            session_token: self.session_token.as_ref(),
        }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What a source of keys returns on its way. The error is text for a person and holds no secret.
pub type Finding<'a> = Pin<Box<dyn Future<Output = Result<Keys, String>> + Send + 'a>>;

/// Where keys come from: a configuration file, the providers of AWS's SDKs, an assumed role.
pub trait KeySource: Send + Sync {
    /// The keys of this moment.
    fn keys(&self) -> Finding<'_>;
}

impl KeySource for Keys {
    fn keys(&self) -> Finding<'_> {
        Box::pin(async { Ok(self.clone()) })
    }
}
