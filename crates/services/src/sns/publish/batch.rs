use std::collections::{BTreeMap, BTreeSet};

use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::super::topic_arn;
use super::super::topics::Topic;
use super::Publisher;
use super::message::{Attribute, Draft, MAX_BYTES};
use crate::{Authorized, Context};

/// How many messages a batch may have.
const MAX_ENTRIES: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct PublishBatchInput {
    topic_arn: String,
    publish_batch_request_entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    message: String,
    subject: Option<String>,
    message_structure: Option<String>,
    #[serde(default)]
    message_attributes: BTreeMap<String, Attribute>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

impl Entry {
    fn draft(&self) -> Draft<'_> {
        Draft {
            message: &self.message,
            subject: self.subject.as_deref(),
            structure: self.message_structure.as_deref(),
            attributes: &self.message_attributes,
            deduplication_id: self.message_deduplication_id.as_deref(),
            group_id: self.message_group_id.as_deref(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Successful {
    id: String,
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    id: String,
    code: String,
    message: String,
    sender_fault: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct PublishBatchOutput {
    successful: Vec<Successful>,
    failed: Vec<Failed>,
}

fn refused(code: &str, message: impl Into<String>) -> Fault {
    Fault::sender(code, 400, message)
}

fn check_entries(entries: &[Entry]) -> Result<(), Fault> {
    if entries.is_empty() {
        return Err(refused("EmptyBatchRequest", "The batch request doesn't contain any entries."));
    }
    if entries.len() > MAX_ENTRIES {
        let message = "The batch request contains more entries than permissible.";
        return Err(refused("TooManyEntriesInBatchRequest", message));
    }
    for Entry { id, .. } in entries {
        let letters = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if id.len() > 80 {
            let message = format!("The Id of a batch entry in the batch request is too long: {id}");
            return Err(refused("InvalidBatchEntryId", message));
        }
        if !letters {
            let message =
                format!("The Id of a batch entry in the batch request contains an impermissible character: {id}");
            return Err(refused("InvalidBatchEntryId", message));
        }
    }
    if entries.iter().map(|entry| &entry.id).collect::<BTreeSet<_>>().len() < entries.len() {
        let message = "Two or more batch entries in the request have the same Id.";
        return Err(refused("BatchEntryIdsNotDistinct", message));
    }
    Ok(())
}

/// Publishes up to ten messages in one commit. A bad attribute, or ids that do not fit the topic, fail the whole batch;
/// anything else only its entry.
pub(in super::super) async fn publish_batch(
    cx: &Context<'_>,
    call: Authorized<PublishBatchInput>,
) -> Result<PublishBatchOutput, Fault> {
    let entries = &call.input.publish_batch_request_entries;
    check_entries(entries)?;
    let arn = topic_arn(&call, &call.input.topic_arn)?;
    let topic = Topic::find(cx, &arn).await?;
    for entry in entries {
        let draft = entry.draft();
        draft.check_attributes()?;
        draft.check_ids(&topic)?;
    }
    if entries.iter().map(|entry| entry.draft().size()).sum::<usize>() > MAX_BYTES {
        let message = "The length of all the messages put together is more than the limit.";
        return Err(refused("BatchRequestTooLong", message));
    }
    let mut publisher = Publisher::new(cx, &arn, &topic).await?;
    let mut output = PublishBatchOutput { successful: Vec::new(), failed: Vec::new() };
    for entry in entries {
        let draft = entry.draft();
        let id = entry.id.clone();
        match draft.check(&topic) {
            Ok(texts) => {
                let published = publisher.add(&draft, texts).await?;
                let (message_id, sequence_number) = (published.message_id, published.sequence_number);
                output.successful.push(Successful { id, message_id, sequence_number });
            }
            Err(fault) => {
                output.failed.push(Failed { id, code: fault.code, message: fault.message, sender_fault: true });
            }
        }
    }
    publisher.finish().await?;
    Ok(output)
}
