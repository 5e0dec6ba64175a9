//! What configurations of all platforms have in common.

use bailiwick_authority::record::{
    ChannelConfigurationRecord, ConfigurationKind, ManagedPolicyRecord, PolicyVersionRecord,
};
use bailiwick_authority::{
    Account, Call, ChannelType, DirectoryChange, PROTECTION_POLICY, RecordKey, RecordKind, unique_id,
};
use bailiwick_aws::Value;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{Arn, Region};
use serde::{Deserialize, Serialize};

use super::tags::Tag;
use super::{MAX_RESOURCES, account, conflict, invalid_parameter, invalid_request, limit_exceeded, not_found, paged};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// The service that acts with the roles of channels.
pub(crate) const SERVICE: &str = "chatbot.amazonaws.com";
/// The service whose service-linked role subscribes to topics.
const MANAGEMENT_SERVICE: &str = "management.chatbot.amazonaws.com";
/// How many guardrails a channel may have: as many as STS takes session policies by ARN.
const MAX_GUARDRAILS: usize = 10;
/// The name of the protection policy's own part in an account; it goes with `ReadOnlyAccess`.
pub(crate) const PROTECTION: &str = "AWS-Chatbot-Protection-Policy";

/// What a request has that is about one configuration.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Named {
    pub(crate) chat_configuration_arn: String,
}

/// What a request has that describes configurations, all of the account or one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Described {
    pub(crate) chat_configuration_arn: Option<String>,
    pub(crate) max_results: Option<usize>,
    pub(crate) next_token: Option<String>,
}

/// The settings that every platform has, as requests give them; `None` leaves what is there.
#[derive(Debug, Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) iam_role_arn: Option<&'a String>,
    pub(crate) sns_topic_arns: Option<&'a Vec<String>>,
    pub(crate) guardrail_policy_arns: Option<&'a Vec<String>>,
    pub(crate) logging_level: Option<&'a String>,
    pub(crate) user_authorization_required: Option<bool>,
}

/// The settings that every platform has, as answers show them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Shown {
    chat_configuration_arn: String,
    configuration_name: String,
    iam_role_arn: String,
    sns_topic_arns: Vec<String>,
    logging_level: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason: Option<String>,
}

/// What channels have and webhooks do not.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShownChannel {
    #[serde(flatten)]
    shown: Shown,
    guardrail_policy_arns: Vec<String>,
    user_authorization_required: bool,
}

impl Shown {
    pub(super) fn of(cx: &Context<'_>, record: &ChannelConfigurationRecord) -> Self {
        let (state, state_reason) = state(cx.directory.configuration_disabled(record));
        Shown {
            chat_configuration_arn: record.arn.clone(),
            configuration_name: record.name.clone(),
            iam_role_arn: record.iam_role_arn.clone(),
            sns_topic_arns: record.sns_topic_arns.clone(),
            logging_level: record.logging_level.clone(),
            tags: Tag::list(&record.tags),
            state,
            state_reason,
        }
    }
}

impl ShownChannel {
    pub(super) fn of(cx: &Context<'_>, record: &ChannelConfigurationRecord) -> Self {
        ShownChannel {
            shown: Shown::of(cx, record),
            guardrail_policy_arns: record.guardrail_policy_arns.clone(),
            user_authorization_required: record.user_authorization_required,
        }
    }
}

/// `State` and `StateReason`.
pub(crate) fn state(disabled: Option<String>) -> (&'static str, Option<String>) {
    match disabled {
        Some(reason) => ("DISABLED", Some(reason)),
        None => ("ENABLED", None),
    }
}

/// A new configuration with nothing set but its identity. Its name must not be another's in the account, whatever the
/// platform.
pub(crate) fn new<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    kind: ConfigurationKind,
    name: &str,
) -> Result<ChannelConfigurationRecord, Fault> {
    let of = account(cx, call)?;
    if of.channel_configurations().any(|known| known.name == name) {
        return Err(conflict(format!(
            "The chat configuration with the name {name} already exists. Retry with a unique configuration name."
        )));
    }
    if of.channel_configurations().count() >= MAX_RESOURCES {
        return Err(limit_exceeded(format!("An account has at most {MAX_RESOURCES} chat configurations.")));
    }
    let (partition, id) = (call.partition(), call.account());
    Ok(ChannelConfigurationRecord {
        account: id,
        arn: format!("arn:{partition}:chatbot::{id}:chat-configuration/{}/{name}", kind.as_str()),
        name: name.to_owned(),
        kind,
        workspace: String::new(),
        workspace_name: None,
        tenant: None,
        channel: String::new(),
        channel_name: None,
        channel_type: ChannelType::Private,
        iam_role_arn: String::new(),
        guardrail_policy_arns: Vec::new(),
        user_authorization_required: false,
        sns_topic_arns: Vec::new(),
        logging_level: "NONE".to_owned(),
        sealed_webhook_url: None,
        tags: Default::default(),
        created_at: cx.now,
    })
}

/// The configuration of this kind and ARN in the call's account.
pub(crate) fn find<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    kind: ConfigurationKind,
    arn: &str,
) -> Result<ChannelConfigurationRecord, Fault> {
    let found = account(cx, call)?.channel_configuration(arn).filter(|record| record.kind == kind);
    found.map(|record| record.as_ref().clone()).ok_or_else(|| not_found(format!("{arn} does not exist.")))
}

/// Refuses what cannot be the ARN of a configuration: lists are empty where there is none, and refuse what names none.
/// Source: answers of the service, as public clients of it note them.
pub(super) fn well_formed(arn: &str) -> Result<(), Fault> {
    let parsed = Arn::parse(arn).ok();
    let kind_and_name = parsed.as_ref().filter(|arn| arn.service() == "chatbot").and_then(|arn| {
        let (kind, name) = arn.resource().strip_prefix("chat-configuration/")?.split_once('/')?;
        (!kind.is_empty() && !name.is_empty()).then_some(())
    });
    kind_and_name.ok_or_else(|| {
        invalid_request(format!("Invalid request provided: {arn} is not the ARN of a chat configuration."))
    })
}

/// The configurations of a kind in the call's account, all or the one of an ARN.
pub(super) fn of_kind<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    kind: ConfigurationKind,
    arn: Option<&str>,
) -> Result<Vec<ChannelConfigurationRecord>, Fault> {
    arn.map_or(Ok(()), well_formed)?;
    let wanted = |record: &&std::sync::Arc<ChannelConfigurationRecord>| {
        record.kind == kind && arn.is_none_or(|arn| arn == record.arn)
    };
    Ok(account(cx, call)?.channel_configurations().filter(wanted).map(|record| record.as_ref().clone()).collect())
}

/// A page of the configurations of a kind that a request describes; none when there is no such configuration.
pub(super) fn described(
    cx: &Context<'_>,
    call: &Authorized<Described>,
    kind: ConfigurationKind,
) -> Result<(Vec<ChannelConfigurationRecord>, Option<String>), Fault> {
    let input = &call.input;
    let records = of_kind(cx, call, kind, input.chat_configuration_arn.as_deref())?;
    paged(cx, call, records, |record| record.arn.clone(), input.next_token.as_deref(), input.max_results)
}

/// Refuses a channel that another configuration of the account binds.
pub(super) fn unbound<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    record: &ChannelConfigurationRecord,
) -> Result<(), Fault> {
    if bound_by(account(cx, call)?, record).is_none() {
        return Ok(());
    }
    let (platform, team) = match record.kind {
        ConfigurationKind::MicrosoftTeamsChannel => ("Teams", "team"),
        _ => ("Slack", "Slack team"),
    };
    Err(invalid_request(format!(
        "{platform} channel with ID {} in {team} {} has already been configured for AWS account {}.",
        record.channel,
        record.workspace,
        call.account()
    )))
}

/// Another configuration of the account that binds the same channel: of two roles, neither would be the channel's.
pub(crate) fn bound_by<'a>(
    of: &'a Account,
    record: &ChannelConfigurationRecord,
) -> Option<&'a ChannelConfigurationRecord> {
    let same = |known: &&std::sync::Arc<ChannelConfigurationRecord>| {
        known.kind == record.kind
            && known.workspace == record.workspace
            && known.channel == record.channel
            && known.arn != record.arn
    };
    of.channel_configurations().find(same).map(AsRef::as_ref)
}

/// Sets what a request wants, checks what it points at, subscribes its topics, and stores the configuration.
pub(crate) async fn put<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    mut record: ChannelConfigurationRecord,
    wanted: Wanted<'_>,
) -> Result<ChannelConfigurationRecord, Fault> {
    let of = account(cx, call)?;
    let before = of.channel_configuration(&record.arn).map_or_else(Vec::new, |old| old.sns_topic_arns.clone());
    if let Some(arn) = wanted.iam_role_arn {
        record.iam_role_arn.clone_from(arn);
        role(of, &record)?;
    }
    if let Some(arns) = wanted.sns_topic_arns {
        record.sns_topic_arns.clone_from(arns);
    }
    if let Some(level) = wanted.logging_level {
        record.logging_level.clone_from(level);
    }
    if let Some(required) = wanted.user_authorization_required {
        record.user_authorization_required = required;
    }
    if let Some(arns) = wanted.guardrail_policy_arns {
        guardrails(cx, of, arns)?;
        record.guardrail_policy_arns.clone_from(arns);
    }
    // A room without guardrails is held by the protection policy anyway, and a webhook runs nothing.
    let of_aws = matches!(record.kind, ConfigurationKind::MicrosoftTeamsChannel | ConfigurationKind::SlackChannel);
    if record.guardrail_policy_arns.is_empty() && of_aws {
        record.guardrail_policy_arns = default_guardrails(cx, of);
    }
    for topic in &record.sns_topic_arns {
        subscribe(cx, call, topic).await?;
    }
    for topic in before.iter().filter(|topic| !record.sns_topic_arns.contains(topic)) {
        release(cx, &record.arn, topic).await?;
    }
    if record.kind != ConfigurationKind::Room {
        cx.commit_directory(crate::iam::service_linked::on_demand(cx, of, MANAGEMENT_SERVICE)?);
    }
    cx.commit_directory(DirectoryChange::new().put(record.clone()));
    Ok(record)
}

/// Deletes the configuration that a request names with what members chose there; its topics are given back.
pub(crate) async fn unbind(
    cx: &Context<'_>,
    call: &Authorized<Named>,
    kind: ConfigurationKind,
) -> Result<Nothing, Fault> {
    let record = find(cx, call, kind, &call.input.chat_configuration_arn)?;
    let of = account(cx, call)?;
    let key = |kind, id: String| RecordKey { kind, account: Some(call.account()), id };
    let mut change = DirectoryChange::new().delete(key(RecordKind::ChannelConfiguration, record.arn.clone()));
    for mapping in of.role_mappings().filter(|mapping| mapping.configuration_arn == record.arn) {
        change = change.delete(key(RecordKind::RoleMapping, format!("{}/{}", record.arn, mapping.member)));
    }
    for action in of.custom_actions().filter(|action| action.configurations.contains(&record.arn)) {
        let mut action = action.clone();
        action.configurations.remove(&record.arn);
        change = change.put(bailiwick_authority::Record::CustomAction(action));
    }
    for topic in &record.sns_topic_arns {
        release(cx, &record.arn, topic).await?;
    }
    cx.commit_directory(change);
    Ok(Nothing {})
}

/// A role that channels or members act with: of the account, and one that Chatbot may take. The role of an account that is
/// elsewhere is assumed there, by whom its trust policy names.
pub(crate) fn usable_role(of: &Account, arn: &str, configuration: &str) -> Result<(), Fault> {
    if of.mirror().is_some() && of.mirrored_role(arn).is_some() {
        return Ok(());
    }
    let Some(role) = of.role_by_arn(arn) else {
        return Err(invalid_parameter(format!("The role {arn} does not exist in account {}.", of.id())));
    };
    if role.trusts_service(SERVICE, configuration) {
        return Ok(());
    }
    Err(invalid_parameter(format!("The trust policy of the role {arn} does not let {SERVICE} assume it.")))
}

fn role(of: &Account, record: &ChannelConfigurationRecord) -> Result<(), Fault> {
    usable_role(of, &record.iam_role_arn, &record.arn)
}

/// Guardrails exist, are few enough, and are not the policies of service-linked roles.
/// Source: AWS Chatbot's API model, `GuardrailPolicyArn`.
pub(crate) fn guardrails(cx: &Context<'_>, of: &Account, arns: &[String]) -> Result<(), Fault> {
    if arns.len() > MAX_GUARDRAILS {
        return Err(invalid_parameter(format!("A channel has at most {MAX_GUARDRAILS} guardrail policies.")));
    }
    for (place, arn) in arns.iter().enumerate() {
        if arn.contains("/aws-service-role/") {
            let text = "is a policy of a service-linked role; it cannot be a guardrail policy";
            return Err(invalid_parameter(format!("{arn} {text}.")));
        }
        if arns.iter().take(place).any(|known| known == arn) {
            return Err(invalid_parameter(format!("The guardrail policy {arn} is named twice.")));
        }
        if of.managed_policy(arn).is_none() && !cx.is_aws_managed_policy(arn)? {
            return Err(invalid_parameter(format!("The policy {arn} does not exist.")));
        }
    }
    Ok(())
}

/// The guardrails of a channel for which nobody chose any. The protection policy's own part is made in the account when it is
/// first needed.
fn default_guardrails(cx: &Context<'_>, of: &Account) -> Vec<String> {
    let partition = cx.directory.partition();
    let chosen = of.preferences().map_or(&[][..], |preferences| &preferences.default_guardrail_policy_arns);
    if !chosen.is_empty() {
        return chosen.to_vec();
    }
    if cx.settings.aws_compatible_defaults {
        return vec![format!("arn:{partition}:iam::aws:policy/AdministratorAccess")];
    }
    let arn = format!("arn:{partition}:iam::{}:policy/{PROTECTION}", of.id());
    if of.managed_policy(&arn).is_none() {
        let version =
            PolicyVersionRecord { id: "v1".to_owned(), document: PROTECTION_POLICY.to_owned(), created_at: cx.now };
        cx.commit_directory(DirectoryChange::new().put(ManagedPolicyRecord {
            account: of.id(),
            id: unique_id(cx.entropy, "ANPA"),
            name: PROTECTION.to_owned(),
            path: "/".to_owned(),
            description: "The protection policy's own part; it goes with ReadOnlyAccess".to_owned(),
            created_at: cx.now,
            updated_at: cx.now,
            versions: vec![version],
            default_version: "v1".to_owned(),
            next_version: 2,
            tags: Default::default(),
        }));
    }
    vec![arn, format!("arn:{partition}:iam::aws:policy/ReadOnlyAccess")]
}

/// Subscribes Chatbot to a topic: one of the account, or one of another account whose policy lets the caller subscribe to it.
/// First-in-first-out topics deliver to no address, so not to Chatbot either.
async fn subscribe<I>(cx: &Context<'_>, call: &Authorized<I>, topic: &str) -> Result<(), Fault> {
    let parsed = Arn::parse(topic).ok().filter(|arn| arn.service() == "sns");
    let Some(parsed) = parsed else {
        return Err(invalid_parameter(format!("{topic} is not the ARN of an SNS topic.")));
    };
    if topic.ends_with(".fifo") {
        return Err(invalid_parameter(format!("{topic} is a FIFO topic; chat configurations need a standard topic.")));
    }
    if parsed.account_id() != Some(call.account()) {
        may_subscribe(cx, call, &parsed)?;
    }
    match crate::sns::subscribe_chatbot(cx, topic, call.account()).await {
        Err(fault) if fault.code == "NotFound" => {
            Err(invalid_parameter(format!("The SNS topic {topic} does not exist.")))
        }
        other => other,
    }
}

/// Refuses a topic of another account that the caller may not subscribe to. One that is not there is refused in the same
/// words: who may not see it does not learn whether it exists.
fn may_subscribe<I>(cx: &Context<'_>, call: &Authorized<I>, topic: &Arn) -> Result<(), Fault> {
    let input = [("TopicArn", topic.as_str()), ("Protocol", "https"), ("Endpoint", crate::sns::CHATBOT_ENDPOINT)];
    let other = Call {
        service: "sns".to_owned(),
        operation: "Subscribe".to_owned(),
        account: call.account(),
        region: Region::parse(topic.region()).unwrap_or_else(|_| call.region().clone()),
        partition: call.partition().clone(),
        input: Value::Map(input.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect()),
    };
    match cx.also_may(call, &other) {
        true => Ok(()),
        false => Err(invalid_parameter(format!(
            "{topic} belongs to account {}; its topic policy and your own policies have to allow SNS:Subscribe.",
            topic.account()
        ))),
    }
}

/// Ends Chatbot's subscription of a topic that no other configuration names.
async fn release(cx: &Context<'_>, configuration: &str, topic: &str) -> Result<(), Fault> {
    let mut others = cx.directory.channels().filter(|known| known.arn != configuration);
    if others.any(|known| known.sns_topic_arns.iter().any(|named| named == topic)) {
        return Ok(());
    }
    crate::sns::unsubscribe_chatbot(cx, topic).await
}
