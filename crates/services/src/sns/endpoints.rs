//! The endpoints of platform applications: one for an app on a device.
//! Source: the SNS API reference, CreatePlatformEndpoint and what goes with it.

use std::collections::BTreeMap;

use bailiwick_authority::uuid;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use bailiwick_store::{Change, EntityKey, EntityQuery, Expect};
use serde::{Deserialize, Serialize};

use super::platforms::{AttributesOutput, MAX_VALUE_BYTES, endpoints_begin, find as find_application, place};
use super::{PAGE, arn, invalid, key, not_found};
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

const KIND: &str = "sns.platform-endpoint";
/// How many endpoints an application may have here; each creation reads them all.
const MAX_ENDPOINTS: usize = 10_000;
/// Source: the SNS API reference, CreatePlatformEndpoint.
const MAX_USER_DATA_BYTES: usize = 2_048;

/// The stored form of an endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Endpoint {
    pub(super) arn: String,
    attributes: BTreeMap<String, String>,
}

impl Endpoint {
    pub(super) fn key(&self) -> Result<EntityKey, Fault> {
        Ok(key(&arn(&self.arn, "EndpointArn")?, KIND))
    }

    /// Whether messages are taken for it.
    pub(super) fn is_enabled(&self) -> bool {
        self.attributes.get("Enabled").is_some_and(|enabled| enabled == "true")
    }
}

/// The endpoints of an application.
pub(super) async fn of_application(cx: &Context<'_>, application: &Arn) -> Result<Vec<Endpoint>, Fault> {
    let query = EntityQuery::kind(KIND)
        .partition(application.partition())
        .account(application.account())
        .region(application.region())
        .id_prefix(endpoints_begin(application));
    cx.read_all(query).await
}

/// The caller's endpoint of an ARN, with its revision.
pub(super) async fn find<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    text: &str,
    member: &str,
) -> Result<Option<(Endpoint, u64)>, Fault> {
    match place(call, text, member, ("endpoint/", KIND))? {
        Some(place) => cx.read(place).await,
        None => Ok(None),
    }
}

async fn existing<I>(cx: &Context<'_>, call: &Authorized<I>, text: &str) -> Result<(Endpoint, u64), Fault> {
    find(cx, call, text, "EndpointArn").await?.ok_or_else(|| not_found("Endpoint does not exist"))
}

fn check(attributes: &BTreeMap<String, String>) -> Result<(), Fault> {
    for (name, value) in attributes {
        match name.as_str() {
            "CustomUserData" if value.len() > MAX_USER_DATA_BYTES => {
                return Err(invalid(
                    "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding",
                ));
            }
            "Enabled" if !matches!(value.to_ascii_lowercase().as_str(), "true" | "false") => {
                return Err(invalid(
                    "Attributes Reason: Invalid value for attribute: Enabled: it must be true or false",
                ));
            }
            "Token" if value.is_empty() || value.len() > MAX_VALUE_BYTES => return Err(invalid("Token")),
            "CustomUserData" | "Enabled" | "Token" => {}
            other => return Err(invalid(format_args!("Attributes Reason: Invalid attribute name: {other}"))),
        }
    }
    Ok(())
}

fn lower_switch(attributes: &mut BTreeMap<String, String>) {
    if let Some(enabled) = attributes.get_mut("Enabled") {
        enabled.make_ascii_lowercase();
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    platform_application_arn: String,
    token: String,
    custom_user_data: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateOutput {
    endpoint_arn: String,
}

/// Makes an endpoint for a device's token. The same token with the same attributes is the same endpoint.
pub(super) async fn create_platform_endpoint(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<CreateOutput, Fault> {
    let (application, _) = find_application(cx, &call, &call.input.platform_application_arn).await?;
    let CreateInput { token, custom_user_data, attributes, .. } = &call.input;
    let mut wanted = attributes.clone();
    wanted.insert("Token".to_owned(), token.clone());
    wanted.entry("Enabled".to_owned()).or_insert_with(|| "true".to_owned());
    if let Some(data) = custom_user_data {
        wanted.entry("CustomUserData".to_owned()).or_insert_with(|| data.clone());
    }
    check(&wanted)?;
    lower_switch(&mut wanted);
    let application = arn(&application.arn, "PlatformApplicationArn")?;
    let known = of_application(cx, &application).await?;
    if let Some(same) = known.iter().find(|known| known.attributes.get("Token") == Some(token)) {
        if same.attributes != wanted {
            return Err(invalid(format_args!(
                "Token Reason: Endpoint {} already exists with the same Token, but different attributes.",
                same.arn
            )));
        }
        return Ok(CreateOutput { endpoint_arn: same.arn.clone() });
    }
    if known.len() >= MAX_ENDPOINTS {
        let message = format_args!("Token Reason: an application has at most {MAX_ENDPOINTS} endpoints here");
        return Err(invalid(message));
    }
    let arn = call.arn("sns", &format!("{}{}", endpoints_begin(&application), uuid(cx.entropy)))?;
    let endpoint = Endpoint { arn: arn.to_string(), attributes: wanted };
    cx.commit(Change::new().put(endpoint.key()?, crate::fault::to_stored(&endpoint)?, Expect::Absent));
    Ok(CreateOutput { endpoint_arn: endpoint.arn })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EndpointInput {
    endpoint_arn: String,
}

/// Deletes an endpoint. Deleting what is not there succeeds.
pub(super) async fn delete_endpoint(cx: &Context<'_>, call: Authorized<EndpointInput>) -> Result<Nothing, Fault> {
    if let Some((endpoint, _)) = find(cx, &call, &call.input.endpoint_arn, "EndpointArn").await? {
        cx.commit(Change::new().delete(endpoint.key()?, Expect::Any));
    }
    Ok(Nothing {})
}

/// An endpoint's attributes.
pub(super) async fn get_endpoint_attributes(
    cx: &Context<'_>,
    call: Authorized<EndpointInput>,
) -> Result<AttributesOutput, Fault> {
    let (endpoint, _) = existing(cx, &call, &call.input.endpoint_arn).await?;
    Ok(AttributesOutput { attributes: endpoint.attributes })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetInput {
    endpoint_arn: String,
    attributes: BTreeMap<String, String>,
}

/// Changes an endpoint's attributes; those that are not named stay.
pub(super) async fn set_endpoint_attributes(cx: &Context<'_>, call: Authorized<SetInput>) -> Result<Nothing, Fault> {
    let (mut endpoint, revision) = existing(cx, &call, &call.input.endpoint_arn).await?;
    check(&call.input.attributes)?;
    endpoint.attributes.extend(call.input.attributes.clone());
    lower_switch(&mut endpoint.attributes);
    let body = crate::fault::to_stored(&endpoint)?;
    cx.commit(Change::new().put(endpoint.key()?, body, Expect::Revision(revision)));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    platform_application_arn: String,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    endpoint_arn: String,
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    endpoints: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The endpoints of an application.
pub(super) async fn list_endpoints_by_platform_application(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<ListOutput, Fault> {
    let (application, _) = find_application(cx, &call, &call.input.platform_application_arn).await?;
    let endpoints = of_application(cx, &arn(&application.arn, "PlatformApplicationArn")?).await?;
    let scope = format!("sns:ListEndpointsByPlatformApplication {}", application.arn);
    let (token, key) = (call.input.next_token.as_deref(), |endpoint: &Endpoint| endpoint.arn.clone());
    let page = page(cx.vault, &scope, endpoints, key, token, PAGE).ok_or_else(|| invalid("NextToken"))??;
    let entry = |endpoint: Endpoint| Entry { endpoint_arn: endpoint.arn, attributes: endpoint.attributes };
    Ok(ListOutput { endpoints: page.items.into_iter().map(entry).collect(), next_token: page.next })
}
