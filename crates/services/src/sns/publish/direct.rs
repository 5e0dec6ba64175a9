//! Messages to one phone or one device. None leaves from here: where tests are run the message is taken, and a delivery is
//! kept that shows as failed; elsewhere it is refused.

use bailiwick_authority::uuid;
use bailiwick_aws::fault::Fault;

use super::super::{endpoints, invalid, phones};
use super::{PublishInput, PublishOutput, fanout};
use crate::{Authorized, Context};

/// The longest text message. Source: the SNS API reference, Publish.
const MAX_TEXT_MESSAGE: usize = 1_600;

fn taken(cx: &Context<'_>, protocol: &str, to: &str, text: &str) -> Result<PublishOutput, Fault> {
    let message_id = uuid(cx.entropy);
    cx.commit(fanout::nowhere(cx, protocol, to, &message_id, text)?);
    Ok(PublishOutput { message_id, sequence_number: None })
}

/// A text message to a number.
pub(super) fn to_phone(cx: &Context<'_>, input: &PublishInput, number: &str) -> Result<PublishOutput, Fault> {
    let draft = input.draft();
    draft.check_text()?;
    if !phones::is_number(number) {
        return Err(invalid(format_args!(
            "PhoneNumber Reason: {number} is not valid to publish to: it does not meet the E164 format"
        )));
    }
    draft.check_attributes_and_size()?;
    let text = draft.texts()?;
    let text = text.text("sms");
    if text.chars().count() > MAX_TEXT_MESSAGE {
        return Err(invalid("Message Reason: text messages must be less than 1600 characters long"));
    }
    if !cx.settings.at_once {
        return Err(invalid("PhoneNumber Reason: text messages are not sent by this server; publish to a topic"));
    }
    taken(cx, "sms", number, text)
}

/// A push to an endpoint of a platform application.
pub(super) async fn to_endpoint(
    cx: &Context<'_>,
    call: &Authorized<PublishInput>,
    target: &str,
) -> Result<PublishOutput, Fault> {
    let draft = call.input.draft();
    draft.check_text()?;
    draft.check_attributes_and_size()?;
    let Some((endpoint, _)) = endpoints::find(cx, call, target, "TargetArn").await? else {
        return Err(invalid("TargetArn Reason: No endpoint found for the target arn specified"));
    };
    if !endpoint.is_enabled() {
        return Err(Fault::sender("EndpointDisabled", 400, "Endpoint is disabled"));
    }
    let texts = draft.texts()?;
    if !cx.settings.at_once {
        return Err(invalid("TargetArn Reason: nothing is pushed to devices by this server; publish to a topic"));
    }
    taken(cx, "application", target, texts.text("application"))
}
