//! Managed policies: the account's own, and AWS's, which are data of the catalogue.

use std::collections::HashMap;

use bailiwick_authority::record::{ManagedPolicyRecord, PolicyVersionRecord};
use bailiwick_authority::{Account, DirectoryChange, ManagedPolicy, RecordKey, RecordKind, unique_id};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{Arn, Partition, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::document::{check_managed, size};
use super::shown::{ShownPolicy, Tag};
use super::{Paging, account, already_exists, delete_conflict, listed, no_such_entity, path, quota, shown, under};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// Customer managed policies of an account, and characters of one. Source: AWS's IAM guide, "IAM and STS quotas".
pub(super) const MAX_POLICIES: usize = 1_500;
pub(super) const MAX_SIZE: usize = 6_144;

/// How often each managed policy is attached and used as a boundary in an account, by its ARN in lower case.
pub(super) struct Uses(HashMap<String, (usize, usize)>);

impl Uses {
    pub(super) fn of(account: &Account) -> Uses {
        let mut uses: HashMap<String, (usize, usize)> = HashMap::new();
        let users = account.users().map(|user| (&user.record.policies, user.record.permissions_boundary.as_ref()));
        let groups = account.groups().map(|group| (&group.record.policies, None));
        let roles = account.roles().map(|role| (&role.record.policies, role.record.permissions_boundary.as_ref()));
        for (policies, boundary) in users.chain(groups).chain(roles) {
            for arn in &policies.managed {
                uses.entry(arn.to_ascii_lowercase()).or_default().0 += 1;
            }
            if let Some(arn) = boundary {
                uses.entry(arn.to_ascii_lowercase()).or_default().1 += 1;
            }
        }
        Uses(uses)
    }

    /// Attachments, and uses as a boundary.
    pub(super) fn get(&self, arn: &str) -> (usize, usize) {
        self.0.get(&arn.to_ascii_lowercase()).copied().unwrap_or_default()
    }
}

fn absent(arn: &str) -> Fault {
    no_such_entity(format!("Policy {arn} was not found."))
}

/// A customer managed policy of the account, for what changes it.
pub(super) fn own<'a>(account: &'a Account, arn: &str) -> Result<&'a ManagedPolicy, Fault> {
    match Arn::parse(arn) {
        Ok(parsed) if parsed.account() == "aws" => Err(Fault::sender(
            "AccessDenied",
            403,
            format!("Policy {arn} is managed by AWS; create a policy of your own instead."),
        )),
        Ok(_) => account.managed_policy(arn).map(AsRef::as_ref).ok_or_else(|| absent(arn)),
        Err(_) => Err(super::invalid_input(format!("ARN {arn} is not valid."))),
    }
}

/// An AWS managed policy as the catalogue has it.
pub(super) struct AwsPolicy {
    pub(super) shown: ShownPolicy,
    /// The one version that the catalogue has.
    pub(super) version: String,
    pub(super) updated: Timestamp,
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap_or_default()
}

/// A stable id in IAM's form: AWS's own ids are not public.
fn aws_id(arn: &str) -> String {
    const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(arn.as_bytes());
    let letters = digest.iter().take(17).filter_map(|byte| BASE32.get(usize::from(byte % 32)));
    format!("ANPA{}", letters.map(|letter| char::from(*letter)).collect::<String>())
}

fn aws_policy(known: &bailiwick_aws::pack::ManagedPolicy, partition: &Partition, uses: &Uses) -> AwsPolicy {
    let arn = known.arn.replacen("arn:aws:", &format!("arn:{partition}:"), 1);
    let (attachment_count, permissions_boundary_usage_count) = uses.get(&arn);
    let path = known.path();
    AwsPolicy {
        shown: ShownPolicy {
            policy_name: known.name().to_owned(),
            policy_id: aws_id(&known.arn),
            path: path.to_owned(),
            default_version_id: known.version.to_string(),
            attachment_count,
            permissions_boundary_usage_count,
            is_attachable: !path.starts_with("/aws-service-role/"),
            description: String::new(),
            create_date: time(&known.created),
            update_date: time(&known.updated),
            tags: None,
            arn,
        },
        version: known.version.to_string(),
        updated: time(&known.updated),
    }
}

/// Every AWS managed policy.
pub(super) fn aws_policies(cx: &Context<'_>, partition: &Partition, uses: &Uses) -> Result<Vec<AwsPolicy>, Fault> {
    let policies = cx.pack.managed_policies().map_err(|error| crate::fault::internal(&error.to_string()))?;
    Ok(policies.iter().map(|known| aws_policy(known, partition, uses)).collect())
}

/// A policy of a request: the account's, or one of AWS's.
pub(super) enum Found<'a> {
    Aws(Box<AwsPolicy>),
    Own(&'a ManagedPolicy),
}

pub(super) fn find<'a, I>(cx: &'a Context<'_>, call: &Authorized<I>, arn: &str) -> Result<Found<'a>, Fault> {
    let account = account(cx, call)?;
    let parsed = Arn::parse(arn).map_err(|_| super::invalid_input(format!("ARN {arn} is not valid.")))?;
    if parsed.account() != "aws" {
        return account.managed_policy(arn).map(|policy| Found::Own(policy)).ok_or_else(|| absent(arn));
    }
    let policies = cx.pack.managed_policies().map_err(|error| crate::fault::internal(&error.to_string()))?;
    let known = policies.get(arn).filter(|_| parsed.partition() == call.partition().as_str());
    let known = known.ok_or_else(|| absent(arn))?;
    Ok(Found::Aws(Box::new(aws_policy(known, call.partition(), &Uses::of(account)))))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    policy_name: String,
    path: Option<String>,
    policy_document: String,
    description: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PolicyOutput {
    policy: ShownPolicy,
}

/// Refuses a document that cannot be a managed policy's.
pub(super) fn check(document: &str) -> Result<(), Fault> {
    check_managed(document)?;
    if size(document) > MAX_SIZE { Err(quota("PolicySize", MAX_SIZE)) } else { Ok(()) }
}

/// Creates a managed policy, attached to nobody. Names are unique in the account, whatever the path.
pub(super) async fn create_policy(cx: &Context<'_>, call: Authorized<CreateInput>) -> Result<PolicyOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    if account.managed_policies().any(|policy| policy.record.name.eq_ignore_ascii_case(&input.policy_name)) {
        let message = format!("A policy called {} already exists. Duplicate names are not allowed.", input.policy_name);
        return Err(already_exists(message));
    }
    check(&input.policy_document)?;
    if account.managed_policies().count() >= MAX_POLICIES {
        return Err(quota("PoliciesPerAccount", MAX_POLICIES));
    }
    let record = ManagedPolicyRecord {
        account: call.account(),
        id: unique_id(cx.entropy, "ANPA"),
        name: input.policy_name.clone(),
        path: path(input.path.as_ref()),
        description: input.description.clone().unwrap_or_default(),
        created_at: cx.now,
        updated_at: cx.now,
        versions: vec![PolicyVersionRecord {
            id: "v1".to_owned(),
            document: input.policy_document.clone(),
            created_at: cx.now,
        }],
        default_version: "v1".to_owned(),
        next_version: 2,
        tags: super::tags::first(&input.tags)?,
    };
    let arn = format!("arn:{}:iam::{}:policy{}{}", call.partition(), call.account(), record.path, record.name);
    // What was given is not repeated, but for tags that there are.
    let shown = shown::policy(&record, &arn, (0, 0));
    let tags = shown.tags.filter(|tags| !tags.is_empty());
    let policy = ShownPolicy { description: String::new(), tags, ..shown };
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(PolicyOutput { policy })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ArnInput {
    policy_arn: String,
}

/// One policy; its document is with its versions.
pub(super) async fn get_policy(cx: &Context<'_>, call: Authorized<ArnInput>) -> Result<PolicyOutput, Fault> {
    let policy = match find(cx, &call, &call.input.policy_arn)? {
        Found::Aws(policy) => ShownPolicy { tags: Some(Vec::new()), ..policy.shown },
        Found::Own(policy) => {
            shown::policy(&policy.record, &policy.arn, Uses::of(account(cx, &call)?).get(&policy.arn))
        }
    };
    Ok(PolicyOutput { policy })
}

/// Deletes a policy that nobody uses and that has one version.
pub(super) async fn delete_policy(cx: &Context<'_>, call: Authorized<ArnInput>) -> Result<Nothing, Fault> {
    let account = account(cx, &call)?;
    let policy = own(account, &call.input.policy_arn)?;
    if Uses::of(account).get(&policy.arn) != (0, 0) {
        return Err(delete_conflict("Cannot delete a policy attached to entities."));
    }
    if policy.record.versions.len() > 1 {
        return Err(delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        ));
    }
    let key =
        RecordKey { kind: RecordKind::ManagedPolicy, account: Some(call.account()), id: policy.record.id.clone() };
    cx.commit_directory(DirectoryChange::new().delete(key));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    scope: Option<String>,
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

super::paging::paged!(ListInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    policies: Vec<ShownPolicy>,
    #[serde(flatten)]
    paging: Paging,
}

/// Managed policies: `Local`, `AWS` or all. The usage filter acts together with `OnlyAttached` only. Source: recorded
/// answers of IAM.
pub(super) async fn list_policies(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let uses = Uses::of(account);
    let scope = input.scope.as_deref().unwrap_or("All");
    let mut policies = Vec::new();
    if scope != "AWS" {
        let unlisted = |policy: &std::sync::Arc<ManagedPolicy>| ShownPolicy {
            description: String::new(),
            tags: None,
            ..shown::policy(&policy.record, &policy.arn, uses.get(&policy.arn))
        };
        policies.extend(account.managed_policies().map(unlisted));
    }
    if scope != "Local" {
        policies.extend(aws_policies(cx, call.partition(), &uses)?.into_iter().map(|policy| policy.shown));
    }
    policies.retain(|policy| {
        let used = match input.policy_usage_filter.as_deref() {
            Some("PermissionsPolicy") => policy.attachment_count > 0,
            Some("PermissionsBoundary") => policy.permissions_boundary_usage_count > 0,
            _ => policy.attachment_count + policy.permissions_boundary_usage_count > 0,
        };
        under(&policy.path, input.path_prefix.as_ref()) && (used || input.only_attached != Some(true))
    });
    // The account's own first, each by ARN.
    let key = |policy: &ShownPolicy| format!("{}{}", u8::from(policy.arn.contains(":iam::aws:")), policy.arn);
    let (policies, paging) = listed(cx, &call, "ListPolicies", policies, key)?;
    Ok(ListOutput { policies, paging })
}
