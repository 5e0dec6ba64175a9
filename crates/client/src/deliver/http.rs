//! To an HTTP endpoint: one POST, of which only the status of the answer counts.
//!
//! Sources: AWS's SNS developer guide, "HTTP/HTTPS headers" and "Amazon SNS message delivery retries"; the header of the
//! subscription is missing in confirmations, as it is at AWS.

use ::http::{HeaderName, HeaderValue, Request, StatusCode, Uri, header};
use bailiwick_notify::sns::delivery::{Delivery, Kind, Target};
use bailiwick_store::vault::Purpose;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{DelivererParts, Failure};
use crate::TransportError;

/// What SNS calls itself.
const AGENT: &str = "Amazon Simple Notification Service Agent";

pub(super) async fn send(parts: &DelivererParts, delivery: &Delivery, body: String) -> Result<(), Failure> {
    let request = request(parts, delivery, body).map_err(Failure::Never)?;
    match parts.transport.status(request).await {
        Ok(status) if status.is_success() => Ok(()),
        Ok(status) => {
            let error = format!("the endpoint answered {status}");
            // What the endpoint says is wrong with the message stays wrong.
            let again =
                status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status.is_informational();
            Err(if again { Failure::Later(error) } else { Failure::Never(error) })
        }
        Err(error @ TransportError::Forbidden { .. }) => Err(Failure::Never(error.to_string())),
        Err(error) => Err(Failure::Later(error.to_string())),
    }
}

fn request(parts: &DelivererParts, delivery: &Delivery, body: String) -> Result<Request<Vec<u8>>, String> {
    let Target::Http { url, credentials, content_type } = &delivery.target else {
        return Err("the target is no HTTP endpoint".to_owned());
    };
    let uri: Uri = url.parse().map_err(|error| format!("the endpoint is no address: {error}"))?;
    let mut request = Request::post(uri).body(body.into_bytes()).map_err(|error| error.to_string())?;
    let headers = request.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        let value = HeaderValue::from_str(value).map_err(|_| format!("{name} cannot be a header"))?;
        headers.insert(name, value);
        Ok::<(), String>(())
    };
    set(header::CONTENT_TYPE, content_type)?;
    set(header::USER_AGENT, AGENT)?;
    set(HeaderName::from_static("x-amz-sns-message-type"), delivery.kind.as_str())?;
    set(HeaderName::from_static("x-amz-sns-message-id"), &delivery.message.id)?;
    set(HeaderName::from_static("x-amz-sns-topic-arn"), &delivery.topic_arn)?;
    if delivery.kind != Kind::SubscriptionConfirmation {
        set(HeaderName::from_static("x-amz-sns-subscription-arn"), &delivery.subscription_arn)?;
    }
    if delivery.raw {
        set(HeaderName::from_static("x-amz-sns-rawdelivery"), "true")?;
    }
    if let Some(sealed) = credentials {
        let opened = parts.vault.open_for(Purpose::EndpointCredential, &delivery.subscription_arn, sealed);
        let opened = opened.map_err(|error| format!("the endpoint's credentials cannot be opened: {error}"))?;
        // They stand in an address, percent-encoded.
        let text = bailiwick_aws::http::percent_decode(std::str::from_utf8(&opened).unwrap_or_default(), false);
        let value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(text)));
        let mut value = value.map_err(|_| "the endpoint's credentials cannot be sent".to_owned())?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    Ok(request)
}
