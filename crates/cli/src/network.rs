//! The way to the endpoints, from the configuration and the environment.
//! Source of the variables: the AWS SDKs and Tools reference guide, "HTTP proxy" and "AWS_CA_BUNDLE".

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use bailiwick_client::{DEFAULT_TIMEOUT, Network};

use crate::config::NetworkSettings;

/// What stands between us and the endpoints.
pub(crate) struct Way {
    /// The proxy for HTTPS, and what is reached without it.
    pub(crate) proxy: Option<(String, String)>,
    /// Certificates in PEM form.
    pub(crate) bundle: Option<Vec<u8>>,
}

/// What the configuration says of the way, else the environment.
///
/// # Errors
/// The certificates cannot be read.
pub(crate) fn way(settings: &NetworkSettings) -> anyhow::Result<Way> {
    let proxy = settings.https_proxy.clone().or_else(|| variable(&["HTTPS_PROXY", "https_proxy"]));
    let said = settings.no_proxy.as_ref().map(|hosts| hosts.join(","));
    let except = || said.or_else(|| variable(&["NO_PROXY", "no_proxy"])).unwrap_or_default();
    let proxy = proxy.map(|proxy| (proxy, except()));
    let path = settings.ca_bundle.clone().or_else(|| variable(&["AWS_CA_BUNDLE"]).map(PathBuf::from));
    let read = |path: PathBuf| {
        std::fs::read(&path).with_context(|| format!("cannot read the certificates `{}`", path.display()))
    };
    Ok(Way { proxy, bundle: path.map(read).transpose()? })
}

/// The network, and how long one exchange may take.
pub(crate) fn network(settings: &NetworkSettings) -> anyhow::Result<(Network, Duration)> {
    let mut network = Network::default();
    let Way { proxy, bundle } = way(settings)?;
    if let Some((proxy, except)) = proxy {
        network = network.through(&proxy, &except).context("the proxy for HTTPS")?;
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
