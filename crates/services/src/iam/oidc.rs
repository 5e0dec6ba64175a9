//! OpenID Connect identity providers, whose tokens roles may trust.

use bailiwick_authority::record::OidcProviderRecord;
use bailiwick_authority::{Account, DirectoryChange, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::shown::Tag;
use super::{account, already_exists, invalid_input, limit_exceeded, no_such_entity, quota, shown, validation};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// Providers of an account, audiences and thumbprints of one. Sources: AWS's IAM guide, "IAM and STS quotas", and the API
/// reference, CreateOpenIDConnectProvider.
const MAX_PROVIDERS: usize = 100;
const MAX_CLIENT_IDS: usize = 100;
const MAX_THUMBPRINTS: usize = 5;

/// A provider by its ARN, or IAM's answer that there is none.
pub(super) fn found<'a>(account: &'a Account, arn: &str) -> Result<&'a OidcProviderRecord, Fault> {
    let found = account.oidc_provider(arn);
    found.ok_or_else(|| no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}")))
}

/// Host and path of an issuer: `https`, no query or fragment, no port, as OpenID Connect's discovery asks for and IAM
/// allows. Source: the IAM API reference, CreateOpenIDConnectProvider, `Url`.
fn issuer(url: &str) -> Result<&str, Fault> {
    let bad = || validation("Invalid Open ID Connect Provider URL");
    let rest = url.strip_prefix("https://").ok_or_else(bad)?;
    let host = rest.split('/').next().unwrap_or_default();
    let named = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let plain = rest.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#' | b'@' | b'*' | b'"' | b'\\'));
    if host.split('.').all(named) && host.contains('.') && plain { Ok(rest) } else { Err(bad()) }
}

fn fitting_thumbprints(thumbprints: &[String]) -> Result<(), Fault> {
    if thumbprints.len() > MAX_THUMBPRINTS {
        return Err(invalid_input("Thumbprint list must contain fewer than 5 entries."));
    }
    match thumbprints.iter().find(|print| !print.bytes().all(|b| b.is_ascii_hexdigit())) {
        Some(_) => Err(invalid_input("Thumbprint must be the hexadecimal form of a SHA-1 hash.")),
        None => Ok(()),
    }
}

fn client_quota() -> Fault {
    limit_exceeded(format!("Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {MAX_CLIENT_IDS}"))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    url: String,
    #[serde(default, rename = "ClientIDList")]
    client_ids: Vec<String>,
    #[serde(default, rename = "ThumbprintList")]
    thumbprints: Vec<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateOutput {
    #[serde(rename = "OpenIDConnectProviderArn")]
    arn: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

/// Creates a provider; there is one for each issuer.
pub(super) async fn create_open_id_connect_provider(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<CreateOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let url = issuer(&input.url)?;
    let arn = format!("arn:{}:iam::{}:oidc-provider/{url}", call.partition(), call.account());
    if account.oidc_provider(&arn).is_some() {
        return Err(already_exists(format!("Provider with url https://{url} already exists.")));
    }
    fitting_thumbprints(&input.thumbprints)?;
    let mut client_ids: Vec<String> = Vec::new();
    for id in &input.client_ids {
        if !client_ids.contains(id) {
            client_ids.push(id.clone());
        }
    }
    if client_ids.len() > MAX_CLIENT_IDS {
        return Err(client_quota());
    }
    if account.oidc_providers().count() >= MAX_PROVIDERS {
        return Err(quota("OpenIdConnectProvidersPerAccount", MAX_PROVIDERS));
    }
    let record = OidcProviderRecord {
        account: call.account(),
        arn: arn.clone(),
        url: url.to_owned(),
        client_ids,
        thumbprints: input.thumbprints.iter().map(|print| print.to_ascii_lowercase()).collect(),
        created_at: cx.now,
        tags: super::tags::first(&input.tags)?,
    };
    let tags = shown::tags(&record.tags);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(CreateOutput { arn, tags })
}

#[derive(Debug, Deserialize)]
pub(super) struct ArnInput {
    #[serde(rename = "OpenIDConnectProviderArn")]
    arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetOutput {
    url: String,
    #[serde(rename = "ClientIDList")]
    client_ids: Vec<String>,
    #[serde(rename = "ThumbprintList")]
    thumbprints: Vec<String>,
    create_date: Timestamp,
    tags: Vec<Tag>,
}

/// One provider.
pub(super) async fn get_open_id_connect_provider(
    cx: &Context<'_>,
    call: Authorized<ArnInput>,
) -> Result<GetOutput, Fault> {
    let record = found(account(cx, &call)?, &call.input.arn)?;
    Ok(GetOutput {
        url: record.url.clone(),
        client_ids: record.client_ids.clone(),
        thumbprints: record.thumbprints.clone(),
        create_date: record.created_at,
        tags: shown::tags(&record.tags),
    })
}

/// Deletes a provider. Roles that trust it keep their trust policies, under which nobody comes in any more. Deleting what is
/// not there succeeds. Source: the IAM API reference, DeleteOpenIDConnectProvider.
pub(super) async fn delete_open_id_connect_provider(
    cx: &Context<'_>,
    call: Authorized<ArnInput>,
) -> Result<Nothing, Fault> {
    if let Some(provider) = account(cx, &call)?.oidc_provider(&call.input.arn) {
        let key = RecordKey { kind: RecordKind::OidcProvider, account: Some(call.account()), id: provider.arn.clone() };
        cx.commit_directory(DirectoryChange::new().delete(key));
    }
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
pub(super) struct ListInput {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    arn: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ListOutput {
    #[serde(rename = "OpenIDConnectProviderList")]
    providers: Vec<Entry>,
}

/// The ARNs of the providers, all at once: this list has no pages.
pub(super) async fn list_open_id_connect_providers(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<ListOutput, Fault> {
    let ListInput {} = call.input;
    let providers = account(cx, &call)?.oidc_providers().map(|record| Entry { arn: record.arn.clone() });
    Ok(ListOutput { providers: providers.collect() })
}

#[derive(Debug, Deserialize)]
pub(super) struct ClientInput {
    #[serde(rename = "OpenIDConnectProviderArn")]
    arn: String,
    #[serde(rename = "ClientID")]
    client_id: String,
}

/// Accepts another audience; one that is there already changes nothing.
pub(super) async fn add_client_id(cx: &Context<'_>, call: Authorized<ClientInput>) -> Result<Nothing, Fault> {
    let mut record = found(account(cx, &call)?, &call.input.arn)?.clone();
    if record.client_ids.contains(&call.input.client_id) {
        return Ok(Nothing {});
    }
    if record.client_ids.len() >= MAX_CLIENT_IDS {
        return Err(client_quota());
    }
    record.client_ids.push(call.input.client_id.clone());
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

/// Accepts an audience no more; one that is not there is no error.
pub(super) async fn remove_client_id(cx: &Context<'_>, call: Authorized<ClientInput>) -> Result<Nothing, Fault> {
    let mut record = found(account(cx, &call)?, &call.input.arn)?.clone();
    record.client_ids.retain(|id| *id != call.input.client_id);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
pub(super) struct ThumbprintInput {
    #[serde(rename = "OpenIDConnectProviderArn")]
    arn: String,
    #[serde(rename = "ThumbprintList")]
    thumbprints: Vec<String>,
}

/// Replaces the thumbprints.
pub(super) async fn update_thumbprint(cx: &Context<'_>, call: Authorized<ThumbprintInput>) -> Result<Nothing, Fault> {
    let mut record = found(account(cx, &call)?, &call.input.arn)?.clone();
    fitting_thumbprints(&call.input.thumbprints)?;
    record.thumbprints = call.input.thumbprints.iter().map(|print| print.to_ascii_lowercase()).collect();
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}
