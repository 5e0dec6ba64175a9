use bailiwick_authority::record::{ChannelConfigurationRecord, ConfigurationKind};
use bailiwick_aws::fault::Fault;
use bailiwick_store::vault::Purpose;
use serde::{Deserialize, Serialize};

use super::configuration::{self, Described, Named, Shown, Wanted};
use super::tags::{self, Tag};
use crate::operation::Nothing;
use crate::{Authorized, Context};

const KIND: ConfigurationKind = ConfigurationKind::ChimeWebhook;

/// A webhook as it is shown: never with its address, which is a secret.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChimeWebhookConfiguration {
    webhook_description: String,
    #[serde(flatten)]
    shown: Shown,
}

fn shown(cx: &Context<'_>, record: ChannelConfigurationRecord) -> ChimeWebhookConfiguration {
    let shown = Shown::of(cx, &record);
    ChimeWebhookConfiguration { webhook_description: record.channel_name.unwrap_or_default(), shown }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfigurationOutput {
    webhook_configuration: ChimeWebhookConfiguration,
}

/// Keeps the address of a webhook, sealed for its configuration.
fn seal(cx: &Context<'_>, record: &mut ChannelConfigurationRecord, url: &str) -> Result<(), Fault> {
    let sealed = cx.vault.seal_for(Purpose::EndpointCredential, &record.arn, url.as_bytes());
    record.sealed_webhook_url = Some(sealed.map_err(|error| crate::fault::internal(&error.to_string()))?);
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    webhook_description: String,
    webhook_url: String,
    sns_topic_arns: Vec<String>,
    iam_role_arn: String,
    configuration_name: String,
    logging_level: Option<String>,
    tags: Option<Vec<Tag>>,
}

/// Sends the notifications of topics to a webhook.
pub(super) async fn create_chime_webhook_configuration(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<ConfigurationOutput, Fault> {
    let input = &call.input;
    let mut record = configuration::new(cx, &call, KIND, &input.configuration_name)?;
    record.channel = format!("webhook/{}", record.name);
    record.channel_name = Some(input.webhook_description.clone());
    record.tags = tags::first(cx, input.tags.as_deref())?;
    seal(cx, &mut record, &input.webhook_url)?;
    let wanted = Wanted {
        iam_role_arn: Some(&input.iam_role_arn),
        sns_topic_arns: Some(&input.sns_topic_arns),
        logging_level: input.logging_level.as_ref(),
        ..Wanted::default()
    };
    let record = configuration::put(cx, &call, record, wanted).await?;
    Ok(ConfigurationOutput { webhook_configuration: shown(cx, record) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    chat_configuration_arn: String,
    webhook_description: Option<String>,
    webhook_url: Option<String>,
    sns_topic_arns: Option<Vec<String>>,
    iam_role_arn: Option<String>,
    logging_level: Option<String>,
}

/// Changes what is named; the rest stays.
pub(super) async fn update_chime_webhook_configuration(
    cx: &Context<'_>,
    call: Authorized<UpdateInput>,
) -> Result<ConfigurationOutput, Fault> {
    let input = &call.input;
    let mut record = configuration::find(cx, &call, KIND, &input.chat_configuration_arn)?;
    if input.webhook_description.is_some() {
        record.channel_name.clone_from(&input.webhook_description);
    }
    if let Some(url) = &input.webhook_url {
        seal(cx, &mut record, url)?;
    }
    let wanted = Wanted {
        iam_role_arn: input.iam_role_arn.as_ref(),
        sns_topic_arns: input.sns_topic_arns.as_ref(),
        logging_level: input.logging_level.as_ref(),
        ..Wanted::default()
    };
    let record = configuration::put(cx, &call, record, wanted).await?;
    Ok(ConfigurationOutput { webhook_configuration: shown(cx, record) })
}

/// Sends nothing there any more.
pub(super) async fn delete_chime_webhook_configuration(
    cx: &Context<'_>,
    call: Authorized<Named>,
) -> Result<Nothing, Fault> {
    configuration::unbind(cx, &call, KIND).await
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeOutput {
    webhook_configurations: Vec<ChimeWebhookConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The configurations of the account, all or one; none when there is no such configuration.
pub(super) async fn describe_chime_webhook_configurations(
    cx: &Context<'_>,
    call: Authorized<Described>,
) -> Result<DescribeOutput, Fault> {
    let (records, next_token) = configuration::described(cx, &call, KIND)?;
    let shown = records.into_iter().map(|record| shown(cx, record)).collect();
    Ok(DescribeOutput { webhook_configurations: shown, next_token })
}
