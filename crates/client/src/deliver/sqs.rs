//! To a queue, through the endpoint that is configured for its account, else for the topic's.
//! Source: AWS's SNS developer guide, "Fanout to Amazon SQS queues" and "Amazon SNS raw message delivery".

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bailiwick_authority::Call;
use bailiwick_aws::Value;
use bailiwick_ident::{AccountId, Arn, Region};
use bailiwick_notify::sns::delivery::{Delivery, Kind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{DelivererParts, Failure};
use crate::{InvokeError, Target};

/// How many attributes a message in a queue may have; a raw message with more is not delivered.
const MAX_ATTRIBUTES: usize = 10;
/// How many addresses of queues are remembered.
const MAX_QUEUES: usize = 1_024;

/// The addresses of queues that are known.
#[derive(Debug, Default)]
pub(super) struct Queues(Mutex<HashMap<String, String>>);

fn never(what: impl std::fmt::Display) -> Failure {
    Failure::Never(what.to_string())
}

/// What an endpoint said. Faults of ours do not become better by themselves; throttling and its own do.
fn failure(error: InvokeError) -> Failure {
    match error {
        InvokeError::Fault(fault) => {
            let text = format!("the queue's endpoint answered {}: {}", fault.code, fault.message);
            let throttled = fault.throttling || fault.status == 429 || fault.code.contains("Throttl");
            if throttled || fault.status >= 500 { Failure::Later(text) } else { Failure::Never(text) }
        }
        InvokeError::NotConfigured { .. } => Failure::Never(error.to_string()),
        // To a queue a message may be sent twice.
        InvokeError::Ambiguous(_) | InvokeError::NotSent(_) => Failure::Later(error.to_string()),
    }
}

impl Queues {
    fn known(&self, arn: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(arn).cloned()
    }

    fn remember(&self, arn: &str, url: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_QUEUES {
            known.clear();
        }
        known.insert(arn.to_owned(), url.to_owned());
    }

    fn forget(&self, arn: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(arn);
    }

    pub(super) async fn send(
        &self,
        parts: &DelivererParts,
        delivery: &Delivery,
        queue_arn: &str,
        body: String,
    ) -> Result<(), Failure> {
        let queue = Arn::parse(queue_arn).map_err(never)?;
        let account = queue.account_id().ok_or_else(|| never("the queue's ARN names no account"))?;
        let topic = Arn::parse(&delivery.topic_arn).ok().and_then(|arn| arn.account_id());
        let endpoint = parts.client.target(account, "sqs");
        let endpoint = endpoint.or_else(|| topic.and_then(|topic| parts.client.target(topic, "sqs")));
        let place = Place { parts, endpoint, account, region: Region::parse(queue.region()).map_err(never)? };
        let url = match self.known(queue_arn) {
            Some(url) => url,
            None => {
                let url = place.url(queue.resource()).await?;
                self.remember(queue_arn, &url);
                url
            }
        };
        let fifo = queue.resource().ends_with(".fifo");
        let sent = place.call("SendMessage", message(delivery, url, body, fifo)?).await;
        if sent.is_err() {
            // The queue may have been made anew under another address.
            self.forget(queue_arn);
        }
        sent.map(drop)
    }
}

/// Where a queue is.
struct Place<'a> {
    parts: &'a DelivererParts,
    endpoint: Option<&'a Target>,
    account: AccountId,
    region: Region,
}

impl Place<'_> {
    async fn call(&self, operation: &str, input: Value) -> Result<Value, Failure> {
        let call = Call {
            service: "sqs".to_owned(),
            operation: operation.to_owned(),
            account: self.account,
            region: self.region.clone(),
            partition: self.parts.partition.clone(),
            input,
        };
        self.parts.client.deliver(self.endpoint, &call).await.map_err(failure)
    }

    /// The queue's address. The owner is named only where the endpoint's account is another one.
    async fn url(&self, name: &str) -> Result<String, Failure> {
        let mut input = vec![("QueueName", Value::from(name))];
        if self.endpoint.is_some_and(|endpoint| endpoint.account != self.account) {
            input.push(("QueueOwnerAWSAccountId", Value::from(self.account.as_str())));
        }
        let output = self.call("GetQueueUrl", Value::map(input)).await?;
        let url = output.get("QueueUrl").and_then(Value::as_str);
        url.map(ToOwned::to_owned).ok_or_else(|| never("the queue's endpoint gives no address for it"))
    }
}

fn message(delivery: &Delivery, url: String, body: String, fifo: bool) -> Result<Value, Failure> {
    let message = &delivery.message;
    let mut input = vec![("QueueUrl", Value::from(url)), ("MessageBody", Value::from(body))];
    if delivery.raw && !message.attributes.is_empty() {
        if message.attributes.len() > MAX_ATTRIBUTES {
            return Err(never(format_args!(
                "a raw message has {} attributes, and a message in a queue at most {MAX_ATTRIBUTES}",
                message.attributes.len()
            )));
        }
        let attributes = message.attributes.iter().map(|(name, attribute)| {
            let value = match attribute.r#type.starts_with("Binary") {
                true => ("BinaryValue", Value::Blob(STANDARD.decode(&attribute.value).unwrap_or_default())),
                false => ("StringValue", Value::from(attribute.value.as_str())),
            };
            (name.clone(), Value::map([("DataType", Value::from(attribute.r#type.as_str())), value]))
        });
        input.push(("MessageAttributes", Value::map(attributes)));
    }
    let group = message.group_id.as_deref();
    if fifo {
        // A confirmation belongs to no group; it is one of its own.
        let group = group.unwrap_or(if delivery.kind == Kind::Notification { "" } else { "confirmation" });
        let id = message.deduplication_id.as_deref().unwrap_or(&message.id);
        input.push(("MessageGroupId", Value::from(group)));
        input.push(("MessageDeduplicationId", Value::from(id)));
    } else if let Some(group) = group.filter(|_| delivery.message.sequence_number.is_none()) {
        // Fair queues, behind standard topics.
        input.push(("MessageGroupId", Value::from(group)));
    }
    Ok(Value::map(input))
}
