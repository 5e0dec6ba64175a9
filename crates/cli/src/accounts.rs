//! The accounts of `bailiwick.toml` as the client reaches them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bailiwick_aws::endpoint::EndpointSettings;
use bailiwick_aws::sigv4::Secret;
use bailiwick_client::{Exchange, KeySource, Keys, Place, RoleKeys, Target, Targets};
use bailiwick_ident::Region;

use crate::config::{AccountEndpoint, Config, KeysFrom, NetworkSettings};
use crate::credentials::{self, Chain};

/// The Region in which an account's STS is asked.
pub(crate) fn region(account: &AccountEndpoint) -> Region {
    account.region.clone().unwrap_or_else(Region::us_east_1)
}

/// Every configured endpoint with its source of keys.
pub(crate) async fn targets(config: &Config, exchange: &Arc<Exchange>) -> anyhow::Result<Targets> {
    let mut targets = Vec::with_capacity(config.account.len());
    for account in &config.account {
        let target = target(account, &config.network, exchange).await;
        let name = account.name.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
        targets.push(target.with_context(|| format!("account {}{name} of the configuration", account.id))?);
    }
    Ok(Targets::new(targets))
}

/// An account's endpoint with its source of keys.
pub(crate) async fn target(
    account: &AccountEndpoint,
    network: &NetworkSettings,
    exchange: &Arc<Exchange>,
) -> anyhow::Result<Target> {
    let address = |text: &str| text.parse::<http::Uri>().with_context(|| format!("`{text}` is no address"));
    let endpoint = account.endpoint.as_deref().map(address).transpose()?;
    let endpoints = account.endpoints.iter().map(|(service, text)| Ok((service.clone(), address(text)?)));
    let mut target = Target {
        account: account.id,
        endpoint,
        endpoints: endpoints.collect::<anyhow::Result<_>>()?,
        services: account.services.clone(),
        region: account.region.clone(),
        settings: EndpointSettings {
            use_fips: account.fips,
            use_dualstack: account.dualstack,
            ..EndpointSettings::default()
        },
        cbor: account.cbor,
        timeout: account.timeout_seconds.map(|seconds| Duration::from_secs(u64::from(seconds.get()))),
        keys: keys(account, network).await?,
        external_id: account.external_id.clone(),
        assume_roles: account.assume_roles,
    };
    if let Some(role) = &account.role {
        let place: Place = target.place("sts", &region(account));
        let keys = RoleKeys::new(role.clone(), target.keys, place, Arc::clone(exchange));
        target.keys = Arc::new(keys.with_external_id(account.external_id.clone()));
    }
    Ok(target)
}

async fn keys(account: &AccountEndpoint, network: &NetworkSettings) -> anyhow::Result<Arc<dyn KeySource>> {
    Ok(match account.keys_from().map_err(anyhow::Error::msg)? {
        KeysFrom::Static { access_key_id, secret_access_key } => Arc::new(Keys {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: Secret::new(secret_access_key),
            session_token: account.session_token.as_deref().map(Secret::new),
            expires_at: None,
        }),
        KeysFrom::Chain { profile } => {
            let config = credentials::load(profile, network).await?;
            Chain::of(&config).context("there are no credential providers")?
        }
    })
}
