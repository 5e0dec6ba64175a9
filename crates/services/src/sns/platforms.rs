//! Platform applications: mobile push as far as it is kept and shown. Nothing is pushed from here, so the credentials of a
//! platform are asked for as SNS asks for them, and not kept.
//! Source: the SNS API reference, CreatePlatformApplication and what goes with it.

use std::collections::BTreeMap;

use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use bailiwick_store::{Change, EntityKey, EntityQuery, Expect};
use serde::{Deserialize, Serialize};

use super::{PAGE, arn, invalid, key, not_found};
use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

const KIND: &str = "sns.platform-application";
/// How many applications an account may have in a Region here.
const MAX_APPLICATIONS: usize = 1_000;

const PLATFORMS: &[&str] = &[
    "ADM",
    "APNS",
    "APNS_SANDBOX",
    "APNS_VOIP",
    "APNS_VOIP_SANDBOX",
    "BAIDU",
    "GCM",
    "MACOS",
    "MACOS_SANDBOX",
    "MPNS",
    "WNS",
];

/// The attributes that prove who the application is to its platform. SNS never shows them, and nothing is sent with them
/// here: they are not kept.
const CREDENTIALS: &[&str] = &["PlatformCredential", "PlatformPrincipal"];

/// The attributes that are kept and shown.
const ATTRIBUTES: &[&str] = &[
    "ApplePlatformBundleID",
    "ApplePlatformTeamID",
    "Enabled",
    "EventDeliveryFailure",
    "EventEndpointCreated",
    "EventEndpointDeleted",
    "EventEndpointUpdated",
    "FailureFeedbackRoleArn",
    "SuccessFeedbackRoleArn",
    "SuccessFeedbackSampleRate",
];

/// The longest value of an attribute that is kept.
pub(super) const MAX_VALUE_BYTES: usize = 4_096;

/// The stored form of an application.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Application {
    pub(super) arn: String,
    attributes: BTreeMap<String, String>,
}

/// Where something of the caller's own account and Region is; `None` for an ARN of another account or Region, under which
/// the caller has nothing.
pub(super) fn place<I>(
    call: &Authorized<I>,
    text: &str,
    member: &str,
    (begin, kind): (&str, &str),
) -> Result<Option<EntityKey>, Fault> {
    let arn = arn(text, member)?;
    if !arn.resource().starts_with(begin) {
        return Err(invalid(format_args!("{member} Reason: Wrong number of slashes in relative portion of the ARN.")));
    }
    let own = arn.account_id() == Some(call.account())
        && arn.region() == call.region().as_str()
        && arn.partition() == call.partition().as_str();
    Ok(own.then(|| key(&arn, kind)))
}

/// The caller's application of an ARN, with its revision.
pub(super) async fn find<I>(cx: &Context<'_>, call: &Authorized<I>, text: &str) -> Result<(Application, u64), Fault> {
    let missing = || not_found("PlatformApplication does not exist");
    let place = place(call, text, "PlatformApplicationArn", ("app/", KIND))?.ok_or_else(missing)?;
    cx.read(place).await?.ok_or_else(missing)
}

/// Takes out what is not kept, and checks the rest.
fn kept(attributes: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Fault> {
    let mut kept = BTreeMap::new();
    for (name, value) in attributes.iter().filter(|(name, _)| !CREDENTIALS.contains(&name.as_str())) {
        if !ATTRIBUTES.contains(&name.as_str()) {
            return Err(invalid(format_args!("Attributes Reason: Invalid attribute name: {name}")));
        }
        if value.len() > MAX_VALUE_BYTES || (name == "Enabled" && !matches!(value.as_str(), "true" | "false")) {
            return Err(invalid(format_args!("Attributes Reason: Invalid value for attribute: {name}")));
        }
        kept.insert(name.clone(), value.clone());
    }
    Ok(kept)
}

fn check_name(name: &str) -> Result<(), Fault> {
    let reason = match name {
        "" => "cannot be empty",
        name if name.len() > 256 => "must be at most 256 characters long",
        name if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) => {
            "must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'"
        }
        _ => return Ok(()),
    };
    Err(invalid(format_args!("{name} Reason: {reason}")))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    name: String,
    platform: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateOutput {
    platform_application_arn: String,
}

/// Makes an application. One of the same name and platform gets the attributes of the newer call.
pub(super) async fn create_platform_application(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<CreateOutput, Fault> {
    let CreateInput { name, platform, attributes } = &call.input;
    check_name(name)?;
    if !PLATFORMS.contains(&platform.as_str()) {
        return Err(invalid(format_args!("Platform Reason: {platform} is not supported")));
    }
    let given = |name: &str| attributes.contains_key(name);
    match (given("PlatformCredential"), given("PlatformPrincipal")) {
        (true, false) if platform != "GCM" => {
            return Err(invalid("Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal"));
        }
        (false, true) => {
            return Err(invalid("Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential"));
        }
        _ => {}
    }
    let mut attributes = kept(attributes)?;
    attributes.entry("Enabled".to_owned()).or_insert_with(|| "true".to_owned());
    let arn = call.arn("sns", &format!("app/{platform}/{name}"))?;
    let known = all(cx, &call).await?;
    if known.len() >= MAX_APPLICATIONS && !known.iter().any(|known| known.arn == arn.as_str()) {
        return Err(invalid(format_args!("Name Reason: an account has at most {MAX_APPLICATIONS} applications here")));
    }
    let application = Application { arn: arn.to_string(), attributes };
    cx.commit(Change::new().put(key(&arn, KIND), crate::fault::to_stored(&application)?, Expect::Any));
    Ok(CreateOutput { platform_application_arn: arn.to_string() })
}

async fn all<I>(cx: &Context<'_>, call: &Authorized<I>) -> Result<Vec<Application>, Fault> {
    let query = EntityQuery::kind(KIND)
        .partition(call.partition().as_str())
        .account(call.account().as_str())
        .region(call.region().as_str());
    cx.read_all(query).await
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ApplicationInput {
    platform_application_arn: String,
}

/// Deletes an application with its endpoints. Deleting what is not there succeeds.
pub(super) async fn delete_platform_application(
    cx: &Context<'_>,
    call: Authorized<ApplicationInput>,
) -> Result<Nothing, Fault> {
    let text = &call.input.platform_application_arn;
    let Some(place) = place(&call, text, "PlatformApplicationArn", ("app/", KIND))? else { return Ok(Nothing {}) };
    let mut change = Change::new().delete(place, Expect::Any);
    for endpoint in super::endpoints::of_application(cx, &arn(text, "PlatformApplicationArn")?).await? {
        change = change.delete(endpoint.key()?, Expect::Any);
    }
    cx.commit(change);
    Ok(Nothing {})
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttributesOutput {
    pub(super) attributes: BTreeMap<String, String>,
}

/// An application's attributes, without its credentials.
pub(super) async fn get_platform_application_attributes(
    cx: &Context<'_>,
    call: Authorized<ApplicationInput>,
) -> Result<AttributesOutput, Fault> {
    let (application, _) = find(cx, &call, &call.input.platform_application_arn).await?;
    Ok(AttributesOutput { attributes: application.attributes })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetInput {
    platform_application_arn: String,
    attributes: BTreeMap<String, String>,
}

/// Changes an application's attributes; those that are not named stay.
pub(super) async fn set_platform_application_attributes(
    cx: &Context<'_>,
    call: Authorized<SetInput>,
) -> Result<Nothing, Fault> {
    let (mut application, revision) = find(cx, &call, &call.input.platform_application_arn).await?;
    application.attributes.extend(kept(&call.input.attributes)?);
    let place = key(&arn(&application.arn, "PlatformApplicationArn")?, KIND);
    cx.commit(Change::new().put(place, crate::fault::to_stored(&application)?, Expect::Revision(revision)));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    platform_application_arn: String,
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    platform_applications: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The applications of the account in the Region.
pub(super) async fn list_platform_applications(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<ListOutput, Fault> {
    let scope = format!("sns:ListPlatformApplications {} {}", call.account(), call.region());
    let (token, key) = (call.input.next_token.as_deref(), |application: &Application| application.arn.clone());
    let page =
        page(cx.vault, &scope, all(cx, &call).await?, key, token, PAGE).ok_or_else(|| invalid("NextToken"))??;
    let entry = |application: Application| Entry {
        platform_application_arn: application.arn,
        attributes: application.attributes,
    };
    Ok(ListOutput { platform_applications: page.items.into_iter().map(entry).collect(), next_token: page.next })
}

/// The part of an application's ARN under which its endpoints are: `endpoint/GCM/name/`.
pub(super) fn endpoints_begin(application: &Arn) -> String {
    format!("endpoint/{}/", application.resource().strip_prefix("app/").unwrap_or_default())
}
