//! Where a call goes: the host, and the name and Region it is signed for, by AWS's endpoint rules.
//!
//! The rules are Smithy's endpoint rule sets, one for each service. Source: the Smithy specification, "Endpoint rules
//! language". An endpoint that an administrator configures takes the place of all this; it is not looked up here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::model::{Operation, Service};
use crate::pack::{Pack, PackError};
use crate::value::Value;
use crate::value::json::{TimestampStyle, to_json};

mod functions;
mod partitions;
mod rules;

pub use partitions::{PartitionData, PartitionOutputs, Partitions};
pub use rules::EndpointRules;

/// Where to send a call and how to sign it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The URL, without a slash at its end, such as `https://sns.us-east-1.amazonaws.com`.
    pub url: String,
    /// The host, with the port if the URL names one.
    pub host: String,
    /// The service name of the credential scope.
    pub signing_name: String,
    /// The Region of the credential scope.
    pub signing_region: String,
    /// The signing scheme: `sigv4`, `sigv4a` or `sigv4-s3express`.
    pub scheme: String,
    /// The path is not encoded a second time for the signature, as for S3.
    pub disable_double_encoding: bool,
    /// Headers that the endpoint wants.
    pub headers: Vec<(String, String)>,
}

/// What a caller chooses about endpoints.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EndpointSettings {
    /// Endpoints with validated cryptography.
    pub use_fips: bool,
    /// Endpoints reached over IPv4 and IPv6.
    pub use_dualstack: bool,
    /// Further parameters of the rules by their built-in name, such as `AWS::S3::ForcePathStyle`.
    pub built_in: BTreeMap<String, Json>,
}

/// Why a call has no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The pack cannot be read.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The rules refuse the parameters; the text is theirs.
    #[error("no endpoint for `{service}` in `{region}`: {reason}")]
    Refused {
        /// The service.
        service: String,
        /// The Region.
        region: String,
        /// The rules' own words.
        reason: String,
    },
    /// The rules come to no end, or are not understood.
    #[error("the endpoint rules of `{0}` give no endpoint; configure the endpoint of this service")]
    NoMatch(String),
}

/// The endpoint of a service in a Region.
pub fn resolve(
    pack: &Pack,
    service: &Service,
    region: &str,
    settings: &EndpointSettings,
) -> Result<Endpoint, EndpointError> {
    resolve_for(pack, service, region, settings, None)
}

/// The endpoint of one call, where the operation and its input may choose it, as a bucket's name does.
pub fn resolve_for(
    pack: &Pack,
    service: &Service,
    region: &str,
    settings: &EndpointSettings,
    call: Option<(&Operation, &Value)>,
) -> Result<Endpoint, EndpointError> {
    let partitions = pack.partitions()?;
    let rules = pack.endpoint_rules(&service.name)?.ok_or_else(|| EndpointError::NoMatch(service.name.to_string()))?;
    let mut parameters = rules.defaults();
    for (name, built_in) in rules.built_ins() {
        let value = match built_in {
            "AWS::Region" => Some(Json::from(region)),
            "AWS::UseFIPS" => Some(Json::from(settings.use_fips)),
            "AWS::UseDualStack" => Some(Json::from(settings.use_dualstack)),
            other => settings.built_in.get(other).cloned(),
        };
        if let Some(value) = value {
            parameters.insert(name.to_owned(), value);
        }
    }
    if let Some((operation, input)) = call {
        for (name, value) in &operation.static_context {
            parameters.insert(name.to_string(), value.clone());
        }
        let members = operation.input.as_ref().map(|input| service.target(input).members()).unwrap_or_default();
        for member in members {
            if let (Some(name), Some(value)) = (member.target.context_param(), input.get(&member.name)) {
                parameters.insert(name.to_owned(), to_json(value, TimestampStyle::Rfc3339));
            }
        }
    }
    let resolved = rules.evaluate(&partitions, parameters).map_err(|reason| match reason {
        Some(reason) => EndpointError::Refused {
            service: service.name.to_string(),
            region: region.chars().take(64).collect(),
            reason,
        },
        None => EndpointError::NoMatch(service.name.to_string()),
    })?;
    Ok(endpoint(resolved, service, region, &partitions))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AuthScheme {
    name: String,
    signing_name: Option<String>,
    signing_region: Option<String>,
    signing_region_set: Vec<String>,
    disable_double_encoding: bool,
}

fn endpoint(resolved: rules::Resolved, service: &Service, region: &str, partitions: &Partitions) -> Endpoint {
    let schemes: Vec<AuthScheme> = resolved
        .properties
        .get("authSchemes")
        .and_then(|schemes| serde_json::from_value(schemes.clone()).ok())
        .unwrap_or_default();
    // Plain SigV4 is what is signed here; the asymmetric kind is named only where the rules offer nothing else.
    let scheme = schemes.iter().find(|scheme| scheme.name == "sigv4").or_else(|| schemes.first());
    let url = resolved.url.trim_end_matches('/').to_owned();
    let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    // A pseudo Region such as `aws-global`, and an address such as `global.health.amazonaws.com`, are signed for the Region
    // where the partition's global services live.
    let global = region.ends_with("-global") || host.split('.').any(|label| label == "global");
    let default_region = || match global {
        true => partitions.of_region(region).outputs.implicit_global_region.clone(),
        false => region.to_owned(),
    };
    Endpoint {
        host: host.split('/').next().unwrap_or_default().to_owned(),
        signing_name: scheme
            .and_then(|scheme| scheme.signing_name.clone())
            .unwrap_or_else(|| service.signing_name.to_string()),
        signing_region: scheme
            .and_then(|scheme| scheme.signing_region.clone().or_else(|| scheme.signing_region_set.first().cloned()))
            .unwrap_or_else(default_region),
        scheme: scheme.map_or_else(|| "sigv4".to_owned(), |scheme| scheme.name.clone()),
        disable_double_encoding: scheme.map_or(&*service.name == "s3", |scheme| scheme.disable_double_encoding),
        headers: resolved.headers,
        url,
    }
}

#[cfg(test)]
mod tests;
