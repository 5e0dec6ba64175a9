use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::ResourceRecord;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Arn};
use bailiwick_policy::PolicyType;
use bailiwick_policy::lint::{ServicePolicy, check_service};
use serde::Deserialize;
use serde_json::{Value, json};

use super::topics::Topic;
use super::{invalid, not_found, topic_arn};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// The actions that `AddPermission` gives away one by one.
/// Source: the SNS developer guide, "Amazon SNS API permissions".
const ACTIONS: &[&str] = &[
    "AddPermission",
    "DeleteTopic",
    "GetDataProtectionPolicy",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "ListTagsForResource",
    "Publish",
    "PutDataProtectionPolicy",
    "Receive",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
    "TagResource",
    "UntagResource",
];

const OUT_OF_SCOPE: &str = "Policy statement action out of service scope!";

/// The policy of a topic that was given none: its owner's account may do everything by its identity policies.
/// Source: the SNS developer guide, "Default topic policy".
pub(super) fn default_policy(arn: &Arn) -> String {
    let actions = [
        "SNS:GetTopicAttributes",
        "SNS:SetTopicAttributes",
        "SNS:AddPermission",
        "SNS:RemovePermission",
        "SNS:DeleteTopic",
        "SNS:Subscribe",
        "SNS:ListSubscriptionsByTopic",
        "SNS:Publish",
    ];
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": actions,
            "Resource": arn.as_str(),
            "Condition": {"StringEquals": {"AWS:SourceOwner": arn.account()}},
        }],
    })
    .to_string()
}

/// A topic's policy as it is stored, with its users and roles by unique id, if a topic may have it. Actions are named one
/// by one; the spelling of their prefix is kept.
pub(super) fn stored_policy(cx: &Context<'_>, text: &str) -> Result<String, Fault> {
    check_service(ServicePolicy::Topic, text, None).map_err(|error| Fault::sender(error.code, 400, error.message))?;
    let by_id = cx.directory.principals_by_id(PolicyType::Resource, text);
    by_id.map_err(|_| invalid("Policy Error: PrincipalNotFound"))
}

/// A stored policy as it is shown.
pub(super) fn shown_policy(cx: &Context<'_>, text: &str) -> String {
    cx.directory.principals_by_arn(PolicyType::Resource, text)
}

#[derive(Debug, Deserialize)]
pub(super) struct AddPermissionInput {
    #[serde(rename = "TopicArn")]
    topic_arn: String,
    #[serde(rename = "Label")]
    label: String,
    #[serde(rename = "AWSAccountId", default)]
    accounts: Vec<String>,
    #[serde(rename = "ActionName", default)]
    actions: Vec<String>,
}

/// The topic's record in the register, and its policy to be changed.
async fn policy_of(cx: &Context<'_>, arn: &Arn) -> Result<(ResourceRecord, Value), Fault> {
    Topic::find(cx, arn).await?;
    let record = cx.directory.resource(arn.as_str()).map(|resource| resource.record.clone());
    let record = record.ok_or_else(|| not_found("Topic does not exist"))?;
    let text = record.policy.clone().unwrap_or_else(|| default_policy(arn));
    let policy = serde_json::from_str(&text).map_err(|error| crate::fault::internal(&error.to_string()))?;
    Ok((record, policy))
}

/// The statements as a list; a policy may have one that stands alone.
fn statements(policy: &mut Value) -> Vec<Value> {
    match policy.get_mut("Statement").map(Value::take) {
        Some(Value::Array(list)) => list,
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    }
}

fn put(cx: &Context<'_>, record: ResourceRecord, mut policy: Value, statements: Vec<Value>) {
    if let Some(place) = policy.get_mut("Statement") {
        *place = Value::Array(statements);
    }
    cx.commit_directory(DirectoryChange::new().put(ResourceRecord { policy: Some(policy.to_string()), ..record }));
}

fn one_or_all(mut list: Vec<String>) -> Value {
    match list.len() {
        1 => Value::from(list.remove(0)),
        _ => Value::from(list),
    }
}

/// Adds a statement that lets accounts act on the topic. The same statement again changes nothing.
pub(super) async fn add_permission(cx: &Context<'_>, call: Authorized<AddPermissionInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let arn = topic_arn(&call, &input.topic_arn)?;
    let label = &input.label;
    let fits =
        (1..=80).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if !fits {
        return Err(invalid("Label"));
    }
    if input.accounts.is_empty() {
        return Err(invalid("AWSAccountId"));
    }
    if let Some(wrong) = input.accounts.iter().find(|id| AccountId::parse(id).is_err()) {
        return Err(invalid(format_args!("AWSAccountId Reason: {wrong} is not an account id")));
    }
    let known = |name: &String| ACTIONS.iter().any(|known| known == name);
    if input.actions.is_empty() || !input.actions.iter().all(known) {
        return Err(invalid(OUT_OF_SCOPE));
    }
    let (record, mut policy) = policy_of(cx, &arn).await?;
    let principals: Vec<String> =
        input.accounts.iter().map(|id| format!("arn:{}:iam::{id}:root", arn.partition())).collect();
    let statement = json!({
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": one_or_all(principals)},
        "Action": one_or_all(input.actions.iter().map(|name| format!("SNS:{name}")).collect()),
        "Resource": arn.as_str(),
    });
    let mut statements = statements(&mut policy);
    match statements.iter().find(|known| known.get("Sid").and_then(Value::as_str) == Some(label)) {
        Some(known) if *known == statement => return Ok(Nothing {}),
        Some(_) => return Err(invalid("Statement already exists")),
        None => statements.push(statement),
    }
    put(cx, record, policy, statements);
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RemovePermissionInput {
    topic_arn: String,
    label: String,
}

/// Removes the statement of a label. A label that is not there is no error.
pub(super) async fn remove_permission(
    cx: &Context<'_>,
    call: Authorized<RemovePermissionInput>,
) -> Result<Nothing, Fault> {
    let arn = topic_arn(&call, &call.input.topic_arn)?;
    let (record, mut policy) = policy_of(cx, &arn).await?;
    let mut statements = statements(&mut policy);
    let before = statements.len();
    statements.retain(|statement| statement.get("Sid").and_then(Value::as_str) != Some(&call.input.label));
    match statements.len() {
        after if after == before => {}
        // A policy without a statement is none: the topic is its owner's again.
        0 => cx.commit_directory(
            DirectoryChange::new().put(ResourceRecord { policy: Some(default_policy(&arn)), ..record }),
        ),
        _ => put(cx, record, policy, statements),
    }
    Ok(Nothing {})
}
