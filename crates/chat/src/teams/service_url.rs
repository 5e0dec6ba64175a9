//! Where answers go. The address comes with each activity, and our token goes there with each answer: so only known
//! addresses are written to, whoever signed the activity.

use super::cloud::Cloud;

/// The longest service URL.
const MAX_BYTES: usize = 512;

/// An address that our tokens may be sent to; ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServiceUrl(String);

/// Why an address is none of those.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceUrlError {
    /// Not an address that a service URL could be.
    #[error(
        "`{0}` is not the address of a service: an https address without user, port, query and fragment is expected"
    )]
    Form(String),
    /// Another host than those known.
    #[error(
        "`{host}` is no known host of Teams, so nothing is sent there; add its address to `service_urls` if it is right"
    )]
    UnknownHost {
        /// The host.
        host: String,
    },
}

impl ServiceUrl {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The addresses that are known.
#[derive(Debug, Clone)]
pub struct ServiceUrls {
    cloud: &'static Cloud,
    configured: Vec<String>,
}

impl ServiceUrls {
    /// The hosts of a cloud, and what the operator configured: whole addresses, of which also everything below is meant. Only
    /// these may be plain HTTP or have a port.
    pub fn new(cloud: &'static Cloud, configured: &[String]) -> Self {
        ServiceUrls { cloud, configured: configured.iter().map(|url| with_slash(url)).collect() }
    }

    /// The service URL of a channel that has not spoken yet.
    pub fn first(&self) -> ServiceUrl {
        ServiceUrl(self.configured.first().cloned().unwrap_or_else(|| self.cloud.service_url.to_owned()))
    }

    /// Reads an address.
    ///
    /// # Errors
    /// [`ServiceUrlError`]: it is not one that our tokens may be sent to.
    pub fn read(&self, url: &str) -> Result<ServiceUrl, ServiceUrlError> {
        let shown = || ServiceUrlError::Form(url.chars().filter(|c| !c.is_control()).take(100).collect());
        let clean = |c: char| c.is_ascii_alphanumeric() || "-._~:/@%".contains(c);
        if url.len() > MAX_BYTES || !url.chars().all(clean) || url.contains("/..") || url.contains("/./") {
            return Err(shown());
        }
        let slashed = with_slash(url);
        if self.configured.iter().any(|known| slashed.starts_with(known.as_str())) {
            return Ok(ServiceUrl(slashed));
        }
        let rest = slashed.strip_prefix("https://").ok_or_else(shown)?;
        let (host, _) = rest.split_once('/').ok_or_else(shown)?;
        if host.is_empty() || host.contains(['@', ':', '%']) {
            return Err(shown());
        }
        if self.cloud.hosts.iter().any(|known| host.eq_ignore_ascii_case(known)) {
            return Ok(ServiceUrl(slashed));
        }
        Err(ServiceUrlError::UnknownHost { host: host.to_owned() })
    }
}

fn with_slash(url: &str) -> String {
    if url.ends_with('/') { url.to_owned() } else { format!("{url}/") }
}

#[cfg(test)]
mod tests {
    use super::super::cloud::{CLOUDS, PUBLIC};
    use super::*;

    #[test]
    fn only_known_addresses_are_written_to() {
        let urls = ServiceUrls::new(PUBLIC, &["http://127.0.0.1:9000/teams".to_owned()]);
        for (good, read) in [
            ("https://smba.trafficmanager.net/amer/", "https://smba.trafficmanager.net/amer/"),
            ("https://smba.trafficmanager.net/emea", "https://smba.trafficmanager.net/emea/"),
            ("https://SMBA.trafficmanager.net/teams/", "https://SMBA.trafficmanager.net/teams/"),
            ("http://127.0.0.1:9000/teams/", "http://127.0.0.1:9000/teams/"),
            ("http://127.0.0.1:9000/teams/eu", "http://127.0.0.1:9000/teams/eu/"),
        ] {
            assert_eq!(urls.read(good).unwrap().as_str(), read);
        }
        for bad in [
            "",
            "https://",
            "https:///teams/",
            "http://smba.trafficmanager.net/amer/",
            "https://smba.trafficmanager.net:8443/amer/",
            "https://smba.trafficmanager.net@evil.example/",
            "https://evil.example/smba.trafficmanager.net/",
            "https://smba.trafficmanager.net.evil.example/",
            "https://xsmba.trafficmanager.net/",
            "https://smba.trafficmanager.net/amer/?a=b",
            "https://smba.trafficmanager.net/amer/#a",
            "https://smba.trafficmanager.net/../x",
            "https://smba.trafficmanager.net/a b",
            "https://smba.trafficmanager.net\\@evil.example/",
            "http://127.0.0.1:9000/teamsters/",
            "http://127.0.0.1:9000/",
            "https://smba.infra.gov.teams.microsoft.us/teams/",
        ] {
            assert!(urls.read(bad).is_err(), "{bad}");
        }
        assert!(urls.read(&format!("https://smba.trafficmanager.net/{}", "a".repeat(600))).is_err());
    }

    #[test]
    fn every_cloud_knows_its_own_first_address() {
        for cloud in CLOUDS {
            let urls = ServiceUrls::new(cloud, &[]);
            assert!(urls.read(cloud.service_url).is_ok(), "{}", cloud.name);
            assert_eq!(urls.first().as_str(), cloud.service_url);
        }
    }
}
