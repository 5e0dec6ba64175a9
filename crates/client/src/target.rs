//! Where the calls of an account go.

use bailiwick_aws::sigv4::Secret;
use bailiwick_ident::{AccountId, Region};

/// An endpoint of an account, with static credentials for it.
#[derive(Clone)]
pub struct Target {
    /// The account.
    pub account: AccountId,
    /// The endpoint that takes every call; `None` for AWS's own endpoints.
    pub endpoint: Option<http::Uri>,
    /// Only these services, by their command-line names; empty for all.
    pub services: Vec<String>,
    /// The Region of calls that name none.
    pub region: Option<Region>,
    /// The access key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<Secret>,
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
