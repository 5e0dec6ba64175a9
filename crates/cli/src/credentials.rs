//! The credential providers of AWS's SDKs: environment, profile, SSO, web identity, container, instance, process.
//!
//! They read the environment and the AWS configuration files themselves, and speak to STS, SSO and the metadata services
//! over connections of their own. Source: the AWS SDKs and Tools reference guide, "Standardized credential providers".

use std::sync::Arc;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use bailiwick_aws::sigv4::Secret;
use bailiwick_client::{Finding, KeySource, Keys};
use bailiwick_ident::Timestamp;

/// What the environment and the configuration files say, for a profile or the default one.
pub(crate) async fn load(profile: Option<&str>) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest());
    match profile {
        Some(profile) => loader.profile_name(profile).load().await,
        None => loader.load().await,
    }
}

/// Keys from the chain of providers.
pub(crate) struct Chain(SharedCredentialsProvider);

impl Chain {
    /// The chain of a configuration; `None` where it was built without credentials.
    pub(crate) fn of(config: &SdkConfig) -> Option<Arc<dyn KeySource>> {
        Some(Arc::new(Chain(config.credentials_provider()?)))
    }
}

impl KeySource for Chain {
    fn keys(&self) -> Finding<'_> {
        Box::pin(async {
            let found = self.0.provide_credentials().await;
            let found = found.map_err(|error| format!("no credentials: {}", innermost(&error)))?;
            let end = found.expiry().and_then(|end| end.duration_since(std::time::UNIX_EPOCH).ok());
            Ok(Keys {
                access_key_id: found.access_key_id().to_owned(),
                secret_access_key: Secret::new(found.secret_access_key()),
                session_token: found.session_token().map(Secret::new),
                expires_at: end.and_then(|end| i64::try_from(end.as_millis()).ok()).map(Timestamp::from_millis),
            })
        })
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}
