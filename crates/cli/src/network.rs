//! The way to the endpoints, from the configuration and the environment.
//! Source of the variables: the AWS SDKs and Tools reference guide, "HTTP proxy" and "AWS_CA_BUNDLE".

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use bailiwick_client::{DEFAULT_TIMEOUT, Network, Proxies};

use crate::config::NetworkSettings;

/// What stands between us and the endpoints.
pub(crate) struct Way {
    /// The proxy for HTTPS.
    pub(crate) https: Option<String>,
    /// The proxy for plain HTTP.
    pub(crate) http: Option<String>,
    /// What is reached without them.
    pub(crate) except: String,
    /// Certificates in PEM form.
    pub(crate) bundle: Option<Vec<u8>>,
}

/// What the configuration says of the way, else the environment.
///
/// # Errors
/// The certificates cannot be read.
pub(crate) fn way(settings: &NetworkSettings) -> anyhow::Result<Way> {
    let https = settings.https_proxy.clone().or_else(|| variable(&["HTTPS_PROXY", "https_proxy"]));
    let http = settings.http_proxy.clone().or_else(|| variable(&["HTTP_PROXY", "http_proxy"]));
    let said = settings.no_proxy.as_ref().map(|hosts| hosts.join(","));
    let except = said.or_else(|| variable(&["NO_PROXY", "no_proxy"])).unwrap_or_default();
    let path = settings.ca_bundle.clone().or_else(|| variable(&["AWS_CA_BUNDLE"]).map(PathBuf::from));
    let read = |path: PathBuf| {
        std::fs::read(&path).with_context(|| format!("cannot read the certificates `{}`", path.display()))
    };
    Ok(Way { https, http, except, bundle: path.map(read).transpose()? })
}

/// The network, and how long one exchange may take.
pub(crate) fn network(settings: &NetworkSettings) -> anyhow::Result<(Network, Duration)> {
    let mut network = Network::default();
    let Way { https, http, except, bundle } = way(settings)?;
    if https.is_some() || http.is_some() {
        let proxies = Proxies { https: https.as_deref(), http: http.as_deref(), except: &except };
        network = network.through(proxies).context("the proxy")?;
    }
    if let Some(bundle) = bundle {
        network = network.trusting(&bundle).context("the bundle of certificates")?;
    }
    let timeout = settings.timeout_seconds.map(|seconds| Duration::from_secs(u64::from(seconds.get())));
    Ok((network, timeout.unwrap_or(DEFAULT_TIMEOUT)))
}

fn variable(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()))
}
