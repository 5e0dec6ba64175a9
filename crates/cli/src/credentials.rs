//! The credential providers of AWS's SDKs: environment, profile, SSO, web identity, container, instance, process.
//!
//! They read the environment and the AWS configuration files themselves, and speak to STS, SSO and the metadata services
//! over connections of their own, through the proxy and with the certificates of `[network]`. Source: the AWS SDKs and Tools reference guide, "Standardized credential providers".

use std::sync::Arc;

use anyhow::Context as _;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use bailiwick_authority::Clock as _;
use bailiwick_aws::sigv4::Secret;
use bailiwick_client::{Finding, KeySource, Keys};
use bailiwick_ident::Timestamp;
use tokio::sync::Mutex;

use crate::config::NetworkSettings;
use crate::network::{self, Way};
use crate::world::SystemClock;

/// What the environment and the configuration files say, for a profile or the default one.
///
/// # Errors
/// The proxy or the bundle of certificates cannot be used.
pub(crate) async fn load(profile: Option<&str>, network: &NetworkSettings) -> anyhow::Result<SdkConfig> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    // Plain HTTP goes to the metadata services of this machine, and no proxy is on the way to them.
    let Way { https, except, bundle, http: _ } = network::way(network)?;
    if https.is_some() || bundle.is_some() {
        let proxy = match &https {
            Some(address) => ProxyConfig::https(address.as_str()).context("the proxy for HTTPS")?.no_proxy(&except),
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
    let Some(profile) = profile else { return Ok(loader.load().await) };
    let config = loader.profile_name(profile).load().await;
    // Keys of the environment come before profiles, but not before one that was asked for.
    let provider = of_profile(profile, &config);
    Ok(config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build())
}

/// The provider of one profile.
fn of_profile(profile: &str, config: &SdkConfig) -> ProfileFileCredentialsProvider {
    let mut place = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(client) = config.http_client() {
        place = place.with_http_client(client);
    }
    ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&place).build()
}

/// Whether a profile is in none of the files of this computer.
pub(crate) async fn is_undefined(profile: &str, config: &SdkConfig) -> bool {
    let found = of_profile(profile, config).provide_credentials().await;
    found.is_err_and(|error| causes(&error).contains("was not defined"))
}

/// The certificates of a bundle in PEM form, one by one.
fn certificates(bundle: &[u8]) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(bundle);
    let parts =
        text.split_inclusive(END).filter_map(|part| part.find("-----BEGIN CERTIFICATE-----").map(|at| &part[at..]));
    parts.filter(|part| part.ends_with(END)).map(str::to_owned).collect()
}

/// How long before their end temporary keys are asked for anew; until then the old ones serve if that fails.
const AHEAD_SECONDS: i64 = 300;
/// How long keys without an end are used before they are asked for anew, as the SDKs do it.
const ENDLESS_SECONDS: i64 = 900;

/// Why the providers gave no keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoKeys {
    /// Some provider is configured, and failed.
    pub(crate) configured: bool,
    /// Why, without anything that a program of the configuration printed.
    pub(crate) why: String,
    /// What a program of the configuration printed, for the person at its terminal.
    pub(crate) printed: Option<String>,
}

/// Keys from the chain of providers, asked for once until shortly before their end.
pub(crate) struct Chain {
    provider: SharedCredentialsProvider,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    keys: Keys,
    /// From when on they are asked for anew.
    stale: Timestamp,
}

impl Chain {
    /// The chain of a configuration; `None` where it was built without credentials.
    pub(crate) fn of(config: &SdkConfig) -> Option<Arc<Chain>> {
        Some(Arc::new(Chain { provider: config.credentials_provider()?, kept: Mutex::default() }))
    }

    /// The keys of this moment.
    pub(crate) async fn find(&self) -> Result<Keys, NoKeys> {
        // Whoever comes while they are asked for waits for the same answer.
        let mut kept = self.kept.lock().await;
        let now = SystemClock.now();
        if let Some(known) = kept.as_ref().filter(|known| now < known.stale) {
            return Ok(known.keys.clone());
        }
        match self.provider.provide_credentials().await {
            Ok(found) => {
                let end = found.expiry().and_then(|end| end.duration_since(std::time::UNIX_EPOCH).ok());
                let end = end.and_then(|end| i64::try_from(end.as_millis()).ok()).map(Timestamp::from_millis);
                let keys = Keys {
                    access_key_id: found.access_key_id().to_owned(),
                    secret_access_key: Secret::new(found.secret_access_key()),
                    session_token: found.session_token().map(Secret::new),
                    expires_at: end,
                };
                let stale = match end {
                    Some(end) => end.plus_seconds(-AHEAD_SECONDS),
                    None => now.plus_seconds(ENDLESS_SECONDS),
                };
                *kept = Some(Kept { keys: keys.clone(), stale });
                Ok(keys)
            }
            Err(error) => {
                let usable = |known: &&Kept| known.keys.expires_at.is_some_and(|end| now < end);
                kept.as_ref().filter(usable).map(|known| known.keys.clone()).ok_or_else(|| no_keys(&error))
            }
        }
    }
}

impl KeySource for Chain {
    fn keys(&self) -> Finding<'_> {
        Box::pin(async {
            self.find().await.map_err(|none| match none.configured {
                true => format!("no credentials: {}", none.why),
                false => "no credentials: none of AWS's providers has any".to_owned(),
            })
        })
    }
}

fn no_keys(error: &CredentialsError) -> NoKeys {
    let configured = !matches!(error, CredentialsError::CredentialsNotLoaded(_));
    let text = causes(error);
    let (why, printed) = match text.split_once(" Stderr: ") {
        Some((why, printed)) => (why.trim_end_matches('.').to_owned(), Some(printed.trim().to_owned())),
        None => (text, None),
    };
    NoKeys { configured, why, printed }
}

/// The causes of an error, outermost first, without those that say nothing and those that only repeat the next one.
fn causes(error: &dyn std::error::Error) -> String {
    let said = |text: &String| !matches!(text.as_str(), "service error" | "unhandled error" | "dispatch failure");
    let all = std::iter::successors(error.source(), |error| error.source()).map(ToString::to_string).filter(said);
    let mut kept: Vec<String> = Vec::new();
    for text in all {
        if kept.last().is_some_and(|last| text.contains(last.as_str())) {
            kept.pop();
        }
        if !kept.last().is_some_and(|last| last.contains(&text)) {
            kept.push(text);
        }
    }
    if kept.is_empty() { error.to_string() } else { kept.join(": ") }
}
