//! Where the calls of an account go.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_aws::endpoint::EndpointSettings;
use bailiwick_ident::{AccountId, Region};

use crate::assume::Way;
use crate::exchange::Place;
use crate::keys::KeySource;

/// An endpoint of an account, with the credentials for it.
#[derive(Clone)]
pub struct Target {
    /// The account.
    pub account: AccountId,
    /// The endpoint that takes every call; `None` for AWS's own endpoints.
    pub endpoint: Option<http::Uri>,
    /// Endpoints of single services, by their command-line names.
    pub endpoints: BTreeMap<String, http::Uri>,
    /// Only these services, by their command-line names; empty for all.
    pub services: Vec<String>,
    /// The Region of calls that name none.
    pub region: Option<Region>,
    /// What is chosen about AWS's own endpoints.
    pub settings: EndpointSettings,
    /// Speak CBOR to services that speak it.
    pub cbor: bool,
    /// How long one exchange with it may take; `None` for the client's own time.
    pub timeout: Option<Duration>,
    /// The keys.
    pub keys: Arc<dyn KeySource>,
    /// The id that the trust policies of its roles ask for.
    pub external_id: Option<String>,
    /// Assume the caller's role there, bounded by the guardrails, instead of calling with `keys` themselves.
    pub assume_roles: bool,
}

impl Target {
    /// How roles are assumed there.
    pub(crate) fn way<'a>(&'a self, place: &'a Place) -> Way<'a> {
        Way { place, source: self.keys.as_ref(), external_id: self.external_id.as_deref() }
    }

    /// Where calls of a service go.
    pub fn place(&self, service: &str, region: &Region) -> Place {
        Place {
            endpoint: self.endpoints.get(service).or(self.endpoint.as_ref()).cloned(),
            region: region.clone(),
            settings: self.settings.clone(),
            cbor: self.cbor,
            timeout: self.timeout,
        }
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("account", &self.account)
            .field("endpoint", &self.endpoint)
            .field("services", &self.services)
            .finish_non_exhaustive()
    }
}

/// Every configured endpoint.
#[derive(Debug, Clone, Default)]
pub struct Targets(Vec<Target>);

impl Targets {
    /// These endpoints; for one account and service the first that fits is used.
    pub fn new(targets: Vec<Target>) -> Self {
        Targets(targets)
    }

    /// The endpoint for calls of a service in an account.
    pub fn find(&self, account: AccountId, service: &str) -> Option<&Target> {
        let fits = |target: &&Target| {
            target.account == account
                && (target.services.is_empty() || target.services.iter().any(|name| name == service))
        };
        self.0.iter().find(fits)
    }
}
