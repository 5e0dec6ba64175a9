//! Policy types: enabled and disabled on the root, with what follows for what is attached and in force.

use bailiwick_authority::record::{
    AttachmentRecord, EffectivePolicyRecord, FeatureSet, OrganizationRecord, PolicyType, Record,
};
use bailiwick_authority::{DirectoryChange, Organization, RecordKind};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::joining::FULL_ACCESS;
use super::organization::TypeStatus;
use super::{PageInput, arn, fault, invalid, listed, organization};
use crate::{Authorized, Context};

/// What a type allows: the longest document in characters, how many policies one target takes, how many there may be.
/// Source: AWS's Organizations guide, "Quotas".
pub(super) struct Limits {
    pub(super) characters: usize,
    pub(super) attached: usize,
    pub(super) policies: usize,
}

/// The limits of a type.
pub(super) fn limits(kind: PolicyType) -> Limits {
    let (characters, attached, policies) = match kind {
        PolicyType::ServiceControlPolicy => (10_240, 10, 10_000),
        PolicyType::ResourceControlPolicy => (5_120, 5, 2_000),
        PolicyType::ChatbotPolicy => (10_000, 5, 1_000),
        PolicyType::AiservicesOptOutPolicy => (2_500, 5, 1_000),
        _ => (10_000, 10, 1_000),
    };
    Limits { characters, attached, policies }
}

/// The spelling of the API.
pub(super) fn feature_set(of: FeatureSet) -> &'static str {
    match of {
        FeatureSet::All => "ALL",
        FeatureSet::ConsolidatedBilling => "CONSOLIDATED_BILLING",
    }
}

/// Reads a type.
pub(super) fn kind(text: &str) -> Result<PolicyType, Fault> {
    let unknown = || invalid("INVALID_ENUM_POLICY_TYPE", "You specified an invalid policy type.");
    PolicyType::parse(text).ok_or_else(unknown)
}

/// Asks for a change after which effective policies may be others: says when, and keeps the last valid one of every account
/// whose policies no longer make a valid one.
pub(super) fn commit(
    cx: &Context<'_>,
    organization: &Organization,
    kinds: &[PolicyType],
    change: DirectoryChange,
) -> Result<(), Fault> {
    let asked = change.put.iter().find_map(|record| match record {
        Record::Organization(record) => Some(record),
        _ => None,
    });
    let mut record = asked.unwrap_or(organization.record()).clone();
    let kinds = kinds.iter().filter(|kind| !kind.is_authorization());
    record.policies_changed_at.extend(kinds.clone().map(|kind| (*kind, cx.now)));
    let change = change.put(record);
    let next = cx.directory.apply(&change).map_err(|error| crate::fault::internal(&error.to_string()))?;
    let mut kept = DirectoryChange::new();
    for kind in kinds {
        for account in next.accounts() {
            let is_valid = |directory: &bailiwick_authority::Directory| {
                let policy = directory.merged_policy(directory.account(account.id())?, *kind).ok()??;
                Some((policy.errors.is_empty(), policy.merged))
            };
            let held = organization.last_valid(account.id(), *kind);
            match (is_valid(cx.directory), is_valid(&next), held) {
                (Some((true, merged)), Some((false, _)), None) => {
                    let before = organization.record().policies_changed_at.get(kind).copied();
                    kept = kept.put(EffectivePolicyRecord {
                        account: account.id(),
                        kind: *kind,
                        content: merged.to_string(),
                        updated_at: before.unwrap_or(cx.now),
                    });
                }
                (_, Some((true, _)) | None, Some(held)) => kept = kept.delete(Record::from(held.clone()).key()),
                _ => {}
            }
        }
    }
    // What the change deletes by itself is not deleted twice.
    kept.delete.retain(|key| key.kind == RecordKind::EffectivePolicy && !change.delete.contains(key));
    cx.commit_directory(change.and(kept));
    Ok(())
}

/// As [`commit`], for every type that is enabled: an account came or was moved.
pub(super) fn commit_all(cx: &Context<'_>, organization: &Organization, change: DirectoryChange) -> Result<(), Fault> {
    let kinds = organization.record().enabled_policy_types.clone();
    commit(cx, organization, &kinds, change)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Root {
    id: String,
    arn: String,
    name: &'static str,
    policy_types: Vec<TypeStatus>,
}

/// The root; `changing` is a type with the status that it shows while AWS works on it.
fn shown<I>(call: &Authorized<I>, record: &OrganizationRecord, changing: Option<(PolicyType, &'static str)>) -> Root {
    let mut kinds: Vec<_> = record.enabled_policy_types.iter().map(|kind| (kind.as_str(), "ENABLED")).collect();
    if let Some((kind, status)) = changing {
        kinds.retain(|(enabled, _)| *enabled != kind.as_str());
        kinds.push((kind.as_str(), status));
    }
    kinds.sort_unstable();
    let resource = format!("root/{}/{}", record.id, record.root_id);
    Root {
        id: record.root_id.clone(),
        arn: arn(call.partition(), record.management_account, &resource),
        name: "Root",
        policy_types: kinds.into_iter().map(|(kind, status)| TypeStatus { r#type: kind, status }).collect(),
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListRootsOutput {
    roots: Vec<Root>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The root; there is one.
pub(super) async fn list_roots(cx: &Context<'_>, call: Authorized<PageInput>) -> Result<ListRootsOutput, Fault> {
    let roots = vec![shown(&call, organization(cx, &call)?.record(), None)];
    let PageInput { next_token, max_results } = &call.input;
    let key = |root: &Root| root.id.clone();
    let (roots, next_token) = listed(cx, &call, "ListRoots", roots, key, next_token.as_deref(), *max_results)?;
    Ok(ListRootsOutput { roots, next_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TypeInput {
    root_id: String,
    policy_type: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RootOutput {
    root: Root,
}

fn require_root(organization: &Organization, id: &str) -> Result<(), Fault> {
    match organization.record().root_id == id {
        true => Ok(()),
        false => Err(fault("RootNotFoundException", "You specified a root that doesn't exist.")),
    }
}

/// Refuses a type that the organization's features do not include.
pub(super) fn require_available(organization: &Organization) -> Result<(), Fault> {
    match organization.record().feature_set {
        FeatureSet::All => Ok(()),
        FeatureSet::ConsolidatedBilling => Err(fault(
            "PolicyTypeNotAvailableForOrganizationException",
            "You can't use the specified policy type with the feature set currently enabled for this organization.",
        )),
    }
}

/// Enables a type on the root. Where AWS has a policy of its own that allows everything, every target gets it.
pub(super) async fn enable_policy_type(cx: &Context<'_>, call: Authorized<TypeInput>) -> Result<RootOutput, Fault> {
    let (organization, kind) = (organization(cx, &call)?, kind(&call.input.policy_type)?);
    require_root(organization, &call.input.root_id)?;
    require_available(organization)?;
    if organization.is_enabled(kind) {
        let message = "The specified policy type is already enabled.";
        return Err(fault("PolicyTypeAlreadyEnabledException", message));
    }
    let mut record = organization.record().clone();
    record.enabled_policy_types.push(kind);
    let changing = (!cx.settings.at_once).then_some((kind, "PENDING_ENABLE"));
    let root = shown(&call, &record, changing);
    let mut change = DirectoryChange::new();
    if let Some((_, policy)) = FULL_ACCESS.into_iter().find(|(of, _)| *of == kind) {
        let members = cx.directory.accounts().filter(|account| account.record().membership.is_some());
        let targets = std::iter::once(record.root_id.clone())
            .chain(organization.units().map(|unit| unit.id.clone()))
            .chain(members.map(|account| account.id().to_string()));
        for (target_id, sequence) in targets.zip(cx.directory.next_attachment_sequence()..) {
            change = change.put(AttachmentRecord { policy_id: policy.to_owned(), target_id, sequence });
        }
    }
    commit(cx, organization, &[kind], change.put(record))?;
    Ok(RootOutput { root })
}

/// Disables a type on the root: every policy of the type is detached from everything, for good.
pub(super) async fn disable_policy_type(cx: &Context<'_>, call: Authorized<TypeInput>) -> Result<RootOutput, Fault> {
    let (organization, kind) = (organization(cx, &call)?, kind(&call.input.policy_type)?);
    require_root(organization, &call.input.root_id)?;
    if !organization.is_enabled(kind) {
        let message = "This operation can be performed only for enabled policy types.";
        return Err(fault("PolicyTypeNotEnabledException", message));
    }
    let mut record = organization.record().clone();
    record.enabled_policy_types.retain(|of| *of != kind);
    let changing = (!cx.settings.at_once).then_some((kind, "PENDING_DISABLE"));
    let root = shown(&call, &record, changing);
    let of_kind = organization.attachments().filter(|attachment| {
        organization.policy(&attachment.policy_id).is_some_and(|policy| policy.record.kind == kind)
    });
    let change = of_kind.fold(DirectoryChange::new(), |change, of| change.delete(Record::from(of.clone()).key()));
    commit(cx, organization, &[kind], change.put(record))?;
    Ok(RootOutput { root })
}
