use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use bailiwick_store::{Change, EntityKey, Expect};
use serde::{Deserialize, Serialize};

use super::topics::Topic;
use super::{arn, invalid, key};
use crate::operation::Nothing;
use crate::{Authorized, Context};

const KIND: &str = "sns.data-protection";
/// Source: the SNS API reference, PutDataProtectionPolicy.
const MAX_BYTES: usize = 30_720;

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    policy: String,
}

/// Where a topic's data protection policy is.
pub(super) fn place(topic: &Arn) -> EntityKey {
    key(topic, KIND)
}

/// What stores a policy of a topic.
pub(super) fn stored(topic: &Arn, policy: &str) -> Result<Change, Fault> {
    let object = serde_json::from_str::<serde_json::Value>(policy).is_ok_and(|json| json.is_object());
    if !object || policy.len() > MAX_BYTES {
        return Err(invalid("DataProtectionPolicy Reason: it must be a JSON object of at most 30720 bytes"));
    }
    let body = crate::fault::to_stored(&Stored { policy: policy.to_owned() })?;
    Ok(Change::new().put(place(topic), body, Expect::Any))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    resource_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    data_protection_policy: Option<String>,
}

/// A topic's data protection policy. It is kept and shown; messages are not searched for data by it.
pub(super) async fn get_data_protection_policy(
    cx: &Context<'_>,
    call: Authorized<GetInput>,
) -> Result<GetOutput, Fault> {
    let topic = arn(&call.input.resource_arn, "ResourceArn")?;
    Topic::find(cx, &topic).await?;
    let stored = cx.read::<Stored>(place(&topic)).await?;
    Ok(GetOutput { data_protection_policy: stored.map(|(stored, _)| stored.policy) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutInput {
    resource_arn: String,
    data_protection_policy: String,
}

/// Stores a topic's data protection policy.
pub(super) async fn put_data_protection_policy(cx: &Context<'_>, call: Authorized<PutInput>) -> Result<Nothing, Fault> {
    let topic = arn(&call.input.resource_arn, "ResourceArn")?;
    Topic::find(cx, &topic).await?;
    cx.commit(stored(&topic, &call.input.data_protection_policy)?);
    Ok(Nothing {})
}
