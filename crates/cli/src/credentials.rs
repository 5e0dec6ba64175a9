//! The credential providers of AWS's SDKs: environment, profile, SSO, web identity, container, instance, process.
//!
//! They read the environment and the AWS configuration files themselves, and speak to STS, SSO and the metadata services
//! over connections of their own, through the proxy and with the certificates of `[network]`. Source: the AWS SDKs and Tools reference guide, "Standardized credential providers".

use std::sync::Arc;

use anyhow::Context as _;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use bailiwick_aws::sigv4::Secret;
use bailiwick_client::{Finding, KeySource, Keys};
use bailiwick_ident::Timestamp;

use crate::config::NetworkSettings;
use crate::network::{self, Way};

/// What the environment and the configuration files say, for a profile or the default one.
///
/// # Errors
/// The proxy or the bundle of certificates cannot be used.
pub(crate) async fn load(profile: Option<&str>, network: &NetworkSettings) -> anyhow::Result<SdkConfig> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    let Way { proxy, bundle } = network::way(network)?;
    if proxy.is_some() || bundle.is_some() {
        let proxy = match &proxy {
            Some((address, except)) => {
                ProxyConfig::https(address.as_str()).context("the proxy for HTTPS")?.no_proxy(except)
            }
            None => ProxyConfig::disabled(),
        };
        let mut trusted = TrustStore::default();
        for certificate in bundle.iter().flat_map(|bundle| certificates(bundle)) {
            trusted.add_pem_certificate(certificate);
        }
        let context = TlsContext::builder().with_trust_store(trusted).build().context("the certificates")?;
        loader = loader.http_client(Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder();
            connector.set_connector_settings(settings.cloned());
            connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
            connector.set_proxy_config(Some(proxy.clone()));
            connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context.clone()).build()
        }));
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    Ok(loader.load().await)
}

/// The certificates of a bundle in PEM form, one by one.
fn certificates(bundle: &[u8]) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(bundle);
    let parts =
        text.split_inclusive(END).filter_map(|part| part.find("-----BEGIN CERTIFICATE-----").map(|at| &part[at..]));
    parts.filter(|part| part.ends_with(END)).map(str::to_owned).collect()
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
