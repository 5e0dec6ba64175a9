mod batch;
mod direct;
pub(super) mod fanout;
mod fifo;
mod message;

use bailiwick_authority::Call;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use serde::{Deserialize, Serialize};

pub(super) use batch::publish_batch;
use fanout::Audience;
use fifo::Ordered;
pub(super) use fifo::place as sequence_place;
use message::{Attribute, Draft};

use super::topics::Topic;
use super::{invalid, topic_arn};
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PublishInput {
    topic_arn: Option<String>,
    target_arn: Option<String>,
    phone_number: Option<String>,
    message: String,
    subject: Option<String>,
    message_structure: Option<String>,
    #[serde(default)]
    message_attributes: std::collections::BTreeMap<String, Attribute>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

impl PublishInput {
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
pub(super) struct PublishOutput {
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

/// Refuses a call of Publish that names nothing to publish to, which the model cannot say: SNS looks at it before anybody's
/// rights, as at every parameter that is required.
pub(crate) fn refused(call: &Call) -> Option<Fault> {
    let named = ["TopicArn", "TargetArn", "PhoneNumber"].iter().any(|name| call.input.get(name).is_some());
    (call.operation == "Publish" && !named).then(nowhere)
}

fn nowhere() -> Fault {
    invalid("TopicArn or TargetArn Reason: no value for required parameter")
}

/// Publishes to a topic: the message is on its way to every subscription that wants it once this has answered.
pub(super) async fn publish(cx: &Context<'_>, call: Authorized<PublishInput>) -> Result<PublishOutput, Fault> {
    let input = &call.input;
    let target = match (&input.topic_arn, &input.target_arn, &input.phone_number) {
        (None, None, Some(number)) => return direct::to_phone(cx, input, number),
        (_, _, Some(_)) => return Err(invalid("PhoneNumber Reason: it goes without TopicArn and TargetArn")),
        (Some(topic), None, None) | (None, Some(topic), None) => topic,
        (None, None, None) => return Err(nowhere()),
        (Some(_), Some(_), None) => return Err(invalid("TopicArn Reason: Both TopicArn and TargetArn have values")),
    };
    if target.contains(":endpoint/") {
        return direct::to_endpoint(cx, &call, target).await;
    }
    let arn = topic_arn(&call, target)?;
    let topic = Topic::find(cx, &arn).await?;
    let draft = input.draft();
    draft.check_attributes_and_size()?;
    let texts = draft.check(&topic)?;
    let mut publisher = Publisher::new(cx, &arn, &topic).await?;
    let published = publisher.add(&draft, texts).await?;
    publisher.finish().await?;
    Ok(PublishOutput { message_id: published.message_id, sequence_number: published.sequence_number })
}

/// What became of a message: where a duplicate is answered, what became of the first.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Published {
    message_id: String,
    sequence_number: Option<String>,
}

/// Publishes the messages of one call to one topic, in order, in one commit.
struct Publisher<'a> {
    cx: &'a Context<'a>,
    topic: &'a Topic,
    audience: Audience,
    ordered: Option<Ordered<'a>>,
}

impl<'a> Publisher<'a> {
    async fn new(cx: &'a Context<'a>, arn: &Arn, topic: &'a Topic) -> Result<Self, Fault> {
        let ordered = if topic.fifo() { Some(Ordered::begin(cx, arn, topic).await?) } else { None };
        let audience = Audience::of(cx, arn, topic).await?;
        Ok(Publisher { cx, topic, audience, ordered })
    }

    async fn add(&mut self, draft: &Draft<'_>, texts: message::Texts) -> Result<Published, Fault> {
        let mut published = Published { message_id: bailiwick_authority::uuid(self.cx.entropy), sequence_number: None };
        let mut deduplication_id = None;
        if let Some(ordered) = &mut self.ordered {
            let id = draft.deduplication_id.map_or_else(|| draft.digest(), ToOwned::to_owned);
            match ordered.admit(draft.group_id.unwrap_or_default(), &id, published).await? {
                fifo::Admitted::Again(first) => return Ok(first),
                fifo::Admitted::New(new) => published = new,
            }
            deduplication_id = Some(id);
        }
        let outgoing = draft.outgoing(&published, deduplication_id, texts);
        self.audience.send(self.cx, self.topic, &outgoing)?;
        Ok(published)
    }

    async fn finish(self) -> Result<(), Fault> {
        match self.ordered {
            Some(ordered) => ordered.finish(),
            None => Ok(()),
        }
    }
}
