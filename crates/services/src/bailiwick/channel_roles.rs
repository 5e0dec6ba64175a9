//! Roles for channels, made of templates in one step, and the policies they can be given.
//! Source: AWS Chatbot's administrator guide, "Understanding AWS Chatbot permissions".

use bailiwick_authority::record::{AttachedPolicies, ManagedPolicyRecord, PolicyVersionRecord, RoleRecord};
use bailiwick_authority::templates::{
    CHANNEL_ROLE_TRUST, ChannelRoleTemplate, EVERY_ROLE, TEMPLATE_PATH, TEMPLATES, TemplatePolicy,
};
use bailiwick_authority::{Account, DirectoryChange, role_arn, unique_id};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{conflict, invalid, not_found};
use crate::chatbot::tags::Tag;
use crate::page::page;
use crate::{Authorized, Context};

/// Managed policies of one role, and roles of an account. Source: AWS's IAM guide, "IAM and STS quotas".
const MAX_ATTACHED: usize = 10;
const MAX_ROLES: usize = 1_000;
/// The longest session of a role made here, in seconds.
const SESSION_SECONDS: u32 = 3_600;

fn account<'a, I>(cx: &Context<'a>, call: &Authorized<I>) -> Result<&'a Account, Fault> {
    let found = cx.directory.account(call.account()).map(AsRef::as_ref);
    found.ok_or_else(|| not_found("The account does not exist."))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    role_name: String,
    description: Option<String>,
    #[serde(default)]
    templates: Vec<String>,
    #[serde(default)]
    policy_arns: Vec<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateOutput {
    iam_role_arn: String,
    policy_arns: Vec<String>,
}

/// A policy of AWS, by name.
fn of_aws<I>(call: &Authorized<I>, name: &str) -> String {
    format!("arn:{}:iam::aws:policy/{name}", call.partition())
}

/// The ARN of a template's policy, with the change that makes the policy where the account has none yet. A policy of that
/// name that says something else is somebody's own work, which is neither used nor overwritten.
fn policy_of(
    cx: &Context<'_>,
    call: &Authorized<CreateInput>,
    template: &ChannelRoleTemplate,
) -> Result<(String, Option<ManagedPolicyRecord>), Fault> {
    let (name, document) = match template.policy {
        TemplatePolicy::Aws(name) => return Ok((of_aws(call, name), None)),
        TemplatePolicy::Own { name, document } => (name, document),
    };
    let arn = format!("arn:{}:iam::{}:policy{TEMPLATE_PATH}{name}", call.partition(), call.account());
    let of = account(cx, call)?;
    if let Some(known) = of.managed_policy(&arn) {
        let same = |known: &str| {
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
            read(known).is_some_and(|known| Some(known) == read(document))
        };
        if same(known.document()) {
            return Ok((arn, None));
        }
        return Err(conflict(format!(
            "The policy {arn} was changed and is not the template {} any more. Leave the template out and name policies in PolicyArns.",
            template.id
        )));
    }
    if let Some(other) = of.managed_policies().find(|policy| policy.record.name.eq_ignore_ascii_case(name)) {
        return Err(conflict(format!(
            "The template {} needs the policy name {name}, which {} has.",
            template.id, other.arn
        )));
    }
    let version = PolicyVersionRecord { id: "v1".to_owned(), document: document.to_owned(), created_at: cx.now };
    let record = ManagedPolicyRecord {
        account: call.account(),
        id: unique_id(cx.entropy, "ANPA"),
        name: name.to_owned(),
        path: TEMPLATE_PATH.to_owned(),
        description: template.title.to_owned(),
        created_at: cx.now,
        updated_at: cx.now,
        versions: vec![version],
        default_version: "v1".to_owned(),
        next_version: 2,
        tags: Default::default(),
    };
    Ok((arn, Some(record)))
}

/// Makes a role that channels and members can act with: trusted by Chatbot, with `ReadOnlyAccess` and the policies of the
/// templates and ARNs that are named. What it may do later is for IAM to change.
pub(super) async fn create_channel_role(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<CreateOutput, Fault> {
    let (input, of) = (&call.input, account(cx, &call)?);
    if of.role(&input.role_name).is_some() {
        return Err(conflict(format!("Role with name {} already exists.", input.role_name)));
    }
    if of.roles().count() >= MAX_ROLES {
        return Err(Fault::sender("LimitExceededException", 403, format!("An account has at most {MAX_ROLES} roles.")));
    }
    let mut managed = vec![of_aws(&call, EVERY_ROLE)];
    let mut change = DirectoryChange::new();
    for template in TEMPLATES.iter().filter(|template| input.templates.iter().any(|id| id == template.id)) {
        let (arn, made) = policy_of(cx, &call, template)?;
        managed.push(arn);
        if let Some(policy) = made {
            change = change.put(policy);
        }
    }
    for arn in &input.policy_arns {
        let aws = cx.is_aws_managed_policy(arn)? && !arn.contains("/aws-service-role/");
        if !aws && of.managed_policy(arn).is_none() {
            return Err(not_found(format!("Policy {arn} does not exist or is not attachable.")));
        }
        if !managed.contains(arn) {
            managed.push(arn.clone());
        }
    }
    if managed.len() > MAX_ATTACHED {
        return Err(invalid(format!("A role has at most {MAX_ATTACHED} managed policies.")));
    }
    let record = RoleRecord {
        account: call.account(),
        id: unique_id(cx.entropy, "AROA"),
        name: input.role_name.clone(),
        path: TEMPLATE_PATH.to_owned(),
        created_at: cx.now,
        description: input.description.clone().unwrap_or_default(),
        assume_role_policy_document: CHANNEL_ROLE_TRUST.to_owned(),
        max_session_duration: SESSION_SECONDS,
        policies: AttachedPolicies { managed: managed.clone(), ..AttachedPolicies::default() },
        permissions_boundary: None,
        tags: crate::chatbot::tags::first(cx, Some(&input.tags))?,
    };
    let iam_role_arn = role_arn(call.partition(), call.account(), &record.path, &record.name);
    cx.commit_directory(change.put(record));
    Ok(CreateOutput { iam_role_arn, policy_arns: managed })
}

#[derive(Debug, Deserialize)]
pub(super) struct TemplatesInput {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    template: &'static str,
    title: &'static str,
    description: &'static str,
    policy_name: &'static str,
    policy_arn: String,
    policy_document: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TemplatesOutput {
    templates: Vec<Template>,
}

/// The templates with their documents.
pub(super) async fn list_channel_role_templates(
    cx: &Context<'_>,
    call: Authorized<TemplatesInput>,
) -> Result<TemplatesOutput, Fault> {
    let TemplatesInput {} = call.input;
    let shown = |template: &'static ChannelRoleTemplate| {
        let (policy_name, policy_arn, policy_document) = match template.policy {
            TemplatePolicy::Aws(name) => {
                let document = cx.pack.managed_policy_document(name);
                let document = document.map_err(|error| crate::fault::internal(&error.to_string()))?;
                (name, of_aws(&call, name), document.unwrap_or_default())
            }
            TemplatePolicy::Own { name, document } => {
                let arn = format!("arn:{}:iam::{}:policy{TEMPLATE_PATH}{name}", call.partition(), call.account());
                (name, arn, document.to_owned())
            }
        };
        let (title, description) = (template.title, template.description);
        Ok(Template { template: template.id, title, description, policy_name, policy_arn, policy_document })
    };
    Ok(TemplatesOutput { templates: TEMPLATES.iter().map(shown).collect::<Result<_, Fault>>()? })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SearchInput {
    name: String,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    policy_arn: String,
    policy_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SearchOutput {
    policies: Vec<Found>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Managed policies, the account's own and AWS's, by a part of their name without regard to case.
pub(super) async fn search_policies(cx: &Context<'_>, call: Authorized<SearchInput>) -> Result<SearchOutput, Fault> {
    let part = call.input.name.to_lowercase();
    let own = account(cx, &call)?.managed_policies().map(|policy| Found {
        policy_arn: policy.arn.clone(),
        policy_name: policy.record.name.clone(),
        description: policy.record.description.clone(),
    });
    let aws = cx.pack.managed_policies().map_err(|error| crate::fault::internal(&error.to_string()))?;
    let aws = aws.iter().filter(|known| !known.path().starts_with("/aws-service-role/")).map(|known| Found {
        policy_arn: known.arn.replacen("arn:aws:", &format!("arn:{}:", call.partition()), 1),
        policy_name: known.name().to_owned(),
        description: String::new(),
    });
    let found: Vec<Found> = own.chain(aws).filter(|policy| policy.policy_name.to_lowercase().contains(&part)).collect();
    let scope = format!("bailiwick:SearchPolicies {} {part}", call.account());
    let size = call.input.max_results.unwrap_or(100).clamp(1, 100);
    // The account's own first.
    let key = |policy: &Found| format!("{}{}", u8::from(policy.policy_arn.contains(":iam::aws:")), policy.policy_arn);
    let page = page(cx.vault, &scope, found, key, call.input.next_token.as_deref(), size)
        .ok_or_else(|| invalid("The NextToken is not one of this list."))??;
    Ok(SearchOutput { policies: page.items, next_token: page.next })
}
