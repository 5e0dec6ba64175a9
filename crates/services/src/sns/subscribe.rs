use std::collections::BTreeMap;

use bailiwick_authority::uuid;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Arn};
use bailiwick_notify::sns::delivery::Kind;
use bailiwick_notify::sns::filter::Scope;
use bailiwick_store::vault::Purpose;
use bailiwick_store::{Change, Expect};
use serde::{Deserialize, Serialize};

use super::confirm::ask;
use super::endpoints::find;
use super::phones::is_endpoint;
use super::subscription_attributes::{Subject, check_filters, checked};
use super::subscriptions::{CHATBOT_ENDPOINT, Subscription, of_topic};
use super::topics::Topic;
use super::{arn, invalid, topic_arn};
use crate::{Authorized, Context};

/// How many subscriptions a topic may have here; each publish reads them all.
const MAX_SUBSCRIPTIONS: usize = 10_000;
/// The longest endpoint that is kept.
const MAX_ENDPOINT_BYTES: usize = 2_048;

/// SNS's protocols that nothing is delivered over here, with what they are. Subscriptions to them are refused, unless the
/// deployment is one that tests are run against: there they are kept and shown, and each delivery ends as failed.
const NOT_DELIVERED: &[(&str, &str)] = &[
    ("application", "mobile push"),
    ("email", "email"),
    ("email-json", "email"),
    ("firehose", "Firehose"),
    ("lambda", "Lambda"),
    ("sms", "text message"),
];

/// Subscribes Chatbot's endpoint to a topic, once, for an account. What a channel configuration does for each topic it names.
///
/// # Errors
/// The topic does not exist, or the name is no topic's.
pub(crate) async fn subscribe_chatbot(cx: &Context<'_>, topic_arn: &str, owner: AccountId) -> Result<(), Fault> {
    let topic = arn(topic_arn, "TopicArn")?;
    Topic::find(cx, &topic).await?;
    if of_topic(cx, &topic).await?.iter().any(|known| known.is_chatbot() && known.is_active()) {
        return Ok(());
    }
    let subscription = Subscription { authenticated: true, ..made(cx, &topic, owner, "https", CHATBOT_ENDPOINT) };
    cx.commit(Change::new().put(subscription.key()?, crate::fault::to_stored(&subscription)?, Expect::Absent));
    Ok(())
}

fn made(cx: &Context<'_>, topic: &Arn, owner: AccountId, protocol: &str, endpoint: &str) -> Subscription {
    Subscription {
        arn: format!("{topic}:{}", uuid(cx.entropy)),
        topic_arn: topic.to_string(),
        owner,
        protocol: protocol.to_owned(),
        endpoint: endpoint.to_owned(),
        pending: false,
        attributes: BTreeMap::new(),
        credentials: None,
        principal: None,
        asked_at: cx.now,
        authenticated: false,
        protected: false,
        deleted_at: None,
    }
}

/// Whether a queue can be sent to: its account, or the topic's, has an endpoint for SQS.
pub(super) fn queue_reached(cx: &Context<'_>, queue: &Arn, topic: &Arn) -> Result<(), String> {
    let reached = |arn: &Arn| arn.account_id().is_some_and(|account| (cx.sns.reaches)(account, "sqs"));
    if reached(queue) || reached(topic) {
        return Ok(());
    }
    Err(format!(
        "no endpoint for sqs is configured for account {}; add an [[account]] section with it to the configuration",
        queue.account()
    ))
}

/// An endpoint that can be delivered to.
struct Endpoint {
    /// As it is kept and shown.
    shown: String,
    /// `user:password`.
    credentials: Option<String>,
    /// Whether it must say itself that it wants the subscription.
    asks: bool,
}

fn endpoint(cx: &Context<'_>, call: &Authorized<SubscribeInput>, topic: &Arn, fifo: bool) -> Result<Endpoint, Fault> {
    let (protocol, text) = (call.input.protocol.as_str(), call.input.endpoint.as_deref().unwrap_or_default());
    if text.len() > MAX_ENDPOINT_BYTES {
        return Err(invalid("Endpoint"));
    }
    if let Some((_, what)) = NOT_DELIVERED.iter().find(|(name, _)| *name == protocol) {
        if cx.settings.at_once {
            return undelivered(protocol, text, fifo);
        }
        return Err(invalid(format_args!(
            "Protocol Reason: {what} subscriptions are not delivered by this server; use http, https or sqs"
        )));
    }
    match protocol {
        _ if text.is_empty() => Err(invalid("Endpoint Reason: no value for required parameter")),
        "http" | "https" if fifo => Err(invalid(format_args!("Invalid protocol type: {protocol}"))),
        "http" | "https" => address(protocol, text),
        "sqs" => queue(cx, call, topic, fifo, text),
        other => Err(invalid(format_args!("Amazon SNS does not support this protocol string: {other}"))),
    }
}

/// An endpoint that is kept and shown, and that nothing arrives at.
fn undelivered(protocol: &str, text: &str, fifo: bool) -> Result<Endpoint, Fault> {
    let arn_of = |service: &str| Arn::parse(text).is_ok_and(|arn| arn.service() == service);
    let fault = match protocol {
        _ if text.is_empty() => "Endpoint Reason: no value for required parameter".to_owned(),
        _ if fifo => format!("Invalid protocol type: {protocol}"),
        "sms" if !is_endpoint(text) => format!("Invalid SMS endpoint: {text}"),
        "email" | "email-json" if !text.contains('@') => "Email address".to_owned(),
        "lambda" if !arn_of("lambda") => "Lambda endpoint ARN".to_owned(),
        "firehose" if !arn_of("firehose") => "Firehose endpoint ARN".to_owned(),
        "application" if !arn_of("sns") => "Application endpoint arn invalid".to_owned(),
        _ => {
            let asks = matches!(protocol, "email" | "email-json");
            return Ok(Endpoint { shown: text.to_owned(), credentials: None, asks });
        }
    };
    Err(invalid(fault))
}

fn address(protocol: &str, text: &str) -> Result<Endpoint, Fault> {
    let Some(rest) = text.strip_prefix(protocol).and_then(|rest| rest.strip_prefix("://")) else {
        return Err(invalid("Endpoint must match the specified protocol"));
    };
    if text == CHATBOT_ENDPOINT {
        return Ok(Endpoint { shown: text.to_owned(), credentials: None, asks: false });
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (credentials, host) = match authority.rsplit_once('@') {
        Some((credentials, host)) => (Some(credentials), host),
        None => (None, authority),
    };
    let url = format!("{protocol}://{host}{path}");
    let readable = !host.is_empty() && !path.contains('#') && url.bytes().all(|b| (33..127).contains(&b));
    let parsed = readable && url.parse::<http::Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    if !parsed {
        return Err(invalid("Endpoint Reason: it is not an address that can be sent to"));
    }
    let Some(credentials) = credentials else {
        return Ok(Endpoint { shown: url, credentials: None, asks: true });
    };
    if protocol != "https" {
        return Err(invalid("Endpoint Reason: credentials in an endpoint need https"));
    }
    let user = credentials.split(':').next().unwrap_or_default();
    let shown = format!("{protocol}://{user}:****@{host}{path}");
    Ok(Endpoint { shown, credentials: Some(credentials.to_owned()), asks: true })
}

fn queue(
    cx: &Context<'_>,
    call: &Authorized<SubscribeInput>,
    topic: &Arn,
    fifo: bool,
    text: &str,
) -> Result<Endpoint, Fault> {
    let queue = Arn::parse(text).ok().filter(|arn| arn.service() == "sqs" && arn.account_id().is_some());
    let queue = queue.ok_or_else(|| invalid("SQS endpoint ARN"))?;
    if queue.resource().ends_with(".fifo") && !fifo {
        return Err(invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
        ));
    }
    queue_reached(cx, &queue, topic).map_err(|cause| invalid(format_args!("Endpoint Reason: {cause}")))?;
    // The queue's owner need not be asked when it is the one that subscribes.
    let asks = queue.account_id() != Some(call.account());
    Ok(Endpoint { shown: text.to_owned(), credentials: None, asks })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SubscribeInput {
    topic_arn: String,
    protocol: String,
    endpoint: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    return_subscription_arn: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SubscribeOutput {
    subscription_arn: String,
}

/// Subscribes an endpoint. One that must be asked is sent a token, and gets messages only once it has confirmed. Subscribing
/// what is subscribed answers with what is there.
pub(super) async fn subscribe(cx: &Context<'_>, call: Authorized<SubscribeInput>) -> Result<SubscribeOutput, Fault> {
    let topic_arn = topic_arn(&call, &call.input.topic_arn)?;
    let topic = Topic::find(cx, &topic_arn).await?;
    let endpoint = endpoint(cx, &call, &topic_arn, topic.fifo())?;
    let attributes = attributes(cx, &call.input, &topic_arn)?;
    if call.input.protocol == "application" && find(cx, &call, &endpoint.shown, "Endpoint").await?.is_none() {
        let message = format_args!("Endpoint Reason: Endpoint does not exist for endpoint arn{}", endpoint.shown);
        return Err(invalid(message));
    }

    let known = of_topic(cx, &topic_arn).await?;
    let same = |known: &&Subscription| {
        known.endpoint == endpoint.shown && known.protocol == call.input.protocol && known.deleted_at.is_none()
    };
    if let Some(mut known) = known.iter().find(same).cloned() {
        if attributes.iter().any(|(name, value)| known.attributes.get(name) != Some(value)) {
            return Err(invalid("Attributes Reason: Subscription already exists with different attributes"));
        }
        if known.pending {
            known.asked_at = cx.now;
            cx.commit(Change::new().put(known.key()?, crate::fault::to_stored(&known)?, Expect::Present));
            ask(cx, &topic, &known, Kind::SubscriptionConfirmation)?;
        }
        return Ok(answer(&call.input, &known));
    }
    if known.len() >= MAX_SUBSCRIPTIONS {
        return Err(Fault::sender(
            "SubscriptionLimitExceeded",
            403,
            format!("Topic has reached maximum of {MAX_SUBSCRIPTIONS} subscriptions"),
        ));
    }
    if attributes.contains_key("FilterPolicy") {
        check_filters(cx, &topic_arn, None).await?;
    }
    let mut subscription = Subscription {
        pending: endpoint.asks,
        authenticated: !endpoint.asks,
        attributes,
        principal: Some(call.caller().principal.arn_in(call.partition())),
        ..made(cx, &topic_arn, call.account(), &call.input.protocol, &endpoint.shown)
    };
    if let Some(credentials) = &endpoint.credentials {
        let sealed = cx.vault.seal_for(Purpose::EndpointCredential, &subscription.arn, credentials.as_bytes());
        subscription.credentials = Some(sealed.map_err(|error| crate::fault::internal(&error.to_string()))?);
    }
    cx.commit(Change::new().put(subscription.key()?, crate::fault::to_stored(&subscription)?, Expect::Absent));
    if endpoint.asks {
        ask(cx, &topic, &subscription, Kind::SubscriptionConfirmation)?;
    }
    Ok(answer(&call.input, &subscription))
}

fn answer(input: &SubscribeInput, subscription: &Subscription) -> SubscribeOutput {
    let told = !subscription.pending || input.return_subscription_arn;
    SubscribeOutput {
        subscription_arn: if told { subscription.arn.clone() } else { "pending confirmation".to_owned() },
    }
}

fn attributes(cx: &Context<'_>, input: &SubscribeInput, topic: &Arn) -> Result<BTreeMap<String, String>, Fault> {
    let scope = input.attributes.get("FilterPolicyScope").and_then(|name| Scope::parse(name)).unwrap_or_default();
    let endpoint = input.endpoint.as_deref().unwrap_or_default();
    let subject = Subject { topic, protocol: &input.protocol, endpoint, scope };
    let mut kept = BTreeMap::new();
    for (name, value) in &input.attributes {
        let value =
            checked(cx, &subject, name, value).map_err(|cause| invalid(format_args!("Attributes Reason: {cause}")))?;
        if let Some(value) = value {
            kept.insert(name.clone(), value);
        }
    }
    Ok(kept)
}
