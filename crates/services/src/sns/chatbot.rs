use bailiwick_aws::fault::Fault;
use bailiwick_store::{Change, Expect};

use super::arn;
use super::subscriptions::{CHATBOT_ENDPOINT, of_topic};
use crate::Context;

/// Ends the subscription of Chatbot's endpoint: what happens when the last channel configuration that names the topic does
/// so no more. There may be none.
///
/// # Errors
/// The name is no topic's.
pub(crate) async fn unsubscribe_chatbot(cx: &Context<'_>, topic_arn: &str) -> Result<(), Fault> {
    let topic = arn(topic_arn, "TopicArn")?;
    for subscription in of_topic(cx, &topic).await?.iter().filter(|known| known.endpoint == CHATBOT_ENDPOINT) {
        cx.commit(Change::new().delete(subscription.key()?, Expect::Any));
    }
    Ok(())
}
