//! Amazon SNS: topics, what is subscribed to them, and publishing.
//!
//! A publish commits the message once, with one row of work for each channel that listens and one row of the outbox for each
//! other subscription whose filter lets it through; `bot` turns the work into cards, `client` delivers the outbox. Topic
//! policies and tags live in the resource register, where authorization reads them.

mod access;
mod attributes;
mod chatbot;
mod confirm;
mod data_protection;
mod endpoints;
mod phones;
mod platforms;
mod publish;
mod settings;
mod signing;
mod subscribe;
mod subscription_attributes;
mod subscriptions;
mod tags;
mod topics;

use bailiwick_authority::Tags;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use bailiwick_store::EntityKey;

pub(crate) use chatbot::unsubscribe_chatbot;
pub(crate) use publish::refused;
pub use settings::SnsSettings;
pub use signing::{Certificate, Signer, SigningError};
pub(crate) use subscribe::subscribe_chatbot;
pub(crate) use subscriptions::CHATBOT_ENDPOINT;

crate::operation::operations! {
    AddPermission => access::add_permission,
    CheckIfPhoneNumberIsOptedOut => phones::check_if_phone_number_is_opted_out,
    ConfirmSubscription => confirm::confirm_subscription,
    CreatePlatformApplication => platforms::create_platform_application,
    CreatePlatformEndpoint => endpoints::create_platform_endpoint,
    CreateTopic => topics::create_topic,
    DeleteEndpoint => endpoints::delete_endpoint,
    DeletePlatformApplication => platforms::delete_platform_application,
    DeleteTopic => topics::delete_topic,
    GetDataProtectionPolicy => data_protection::get_data_protection_policy,
    GetEndpointAttributes => endpoints::get_endpoint_attributes,
    GetPlatformApplicationAttributes => platforms::get_platform_application_attributes,
    GetSMSAttributes => phones::get_sms_attributes,
    GetSMSSandboxAccountStatus => phones::get_sms_sandbox_account_status,
    GetSubscriptionAttributes => subscription_attributes::get_subscription_attributes,
    GetTopicAttributes => attributes::get_topic_attributes,
    ListEndpointsByPlatformApplication => endpoints::list_endpoints_by_platform_application,
    ListOriginationNumbers => phones::list_no_numbers,
    ListPhoneNumbersOptedOut => phones::list_phone_numbers_opted_out,
    ListPlatformApplications => platforms::list_platform_applications,
    ListSMSSandboxPhoneNumbers => phones::list_no_numbers,
    ListSubscriptions => subscriptions::list_subscriptions,
    ListSubscriptionsByTopic => subscriptions::list_subscriptions_by_topic,
    ListTagsForResource => tags::list_tags_for_resource,
    ListTopics => topics::list_topics,
    OptInPhoneNumber => phones::opt_in_phone_number,
    Publish => publish::publish,
    PublishBatch => publish::publish_batch,
    PutDataProtectionPolicy => data_protection::put_data_protection_policy,
    RemovePermission => access::remove_permission,
    SetEndpointAttributes => endpoints::set_endpoint_attributes,
    SetPlatformApplicationAttributes => platforms::set_platform_application_attributes,
    SetSMSAttributes => phones::set_sms_attributes,
    SetSubscriptionAttributes => subscription_attributes::set_subscription_attributes,
    SetTopicAttributes => attributes::set_topic_attributes,
    Subscribe => subscribe::subscribe,
    TagResource => tags::tag_resource,
    Unsubscribe => confirm::unsubscribe,
    UntagResource => tags::untag_resource,
}

/// How many items a page of a list holds; SNS lists take no size.
const PAGE: usize = 100;

/// SNS's code and text for input that it does not accept.
pub(crate) fn invalid(message: impl std::fmt::Display) -> Fault {
    Fault::sender("InvalidParameter", 400, format!("Invalid parameter: {message}"))
}

fn not_found(message: &str) -> Fault {
    Fault::sender("NotFound", 404, message)
}

/// Where a topic or subscription is stored: in the account and Region of its ARN.
fn key(arn: &Arn, kind: &str) -> EntityKey {
    EntityKey::in_account(arn.partition(), arn.account(), kind, arn.resource()).in_region(arn.region())
}

/// Reads an ARN of SNS.
fn arn(text: &str, member: &str) -> Result<Arn, Fault> {
    match Arn::parse(text) {
        Ok(arn) if arn.service() == "sns" && arn.account_id().is_some() => Ok(arn),
        _ if !text.starts_with("arn:") => Err(invalid(format_args!("{member} Reason: {text} does not start with arn"))),
        _ => Err(invalid(format_args!(
            "{member} Reason: An ARN must have at least 6 elements, not {}",
            text.split(':').count()
        ))),
    }
}

/// Reads the ARN of a topic of the Region that is asked.
fn topic_arn<I>(call: &crate::Authorized<I>, text: &str) -> Result<Arn, Fault> {
    let arn = arn(text, "TopicArn")?;
    let here = arn.region() == call.region().as_str() && arn.partition() == call.partition().as_str();
    if here { Ok(arn) } else { Err(invalid("TopicArn")) }
}

/// A tag, as SNS writes it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    key: String,
    value: String,
}

/// Tags as a map, refusing a key that is given twice.
fn tag_map(tags: Vec<Tag>) -> Result<Tags, Fault> {
    let count = tags.len();
    let map: Tags = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    if map.len() == count { Ok(map) } else { Err(invalid("Duplicated keys are not allowed.")) }
}
