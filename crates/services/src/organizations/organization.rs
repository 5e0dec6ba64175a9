//! The organization itself: made, shown, given all features, and forgotten.

use bailiwick_authority::DirectoryChange;
use bailiwick_authority::record::{
    FeatureSet, HandshakeAction, HandshakeParty, HandshakeState, Membership, OrganizationRecord, PolicyType,
};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::handshakes::{Handshake, HandshakeOutput, new, refuse};
use super::{NoInput, arn, constraint, fault, organization, random};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// How long members have to approve all features. Source: AWS's Organizations guide, "Quotas".
const APPROVAL_DAYS: i64 = 90;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OrganizationOutput {
    organization: Described,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    id: String,
    arn: String,
    feature_set: FeatureSet,
    master_account_arn: String,
    master_account_id: String,
    master_account_email: String,
    available_policy_types: Vec<TypeStatus>,
}

/// A policy type and whether it is enabled.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TypeStatus {
    pub(super) r#type: &'static str,
    pub(super) status: &'static str,
}

/// `AvailablePolicyTypes` names SCPs only, as AWS's answer does; the root's types are in ListRoots.
fn shown<I>(cx: &Context<'_>, call: &Authorized<I>, record: &OrganizationRecord) -> OrganizationOutput {
    let (management, id) = (record.management_account, &record.id);
    let email = cx.directory.account(management).map(|account| account.record().email.clone());
    let scp = TypeStatus { r#type: PolicyType::ServiceControlPolicy.as_str(), status: "ENABLED" };
    OrganizationOutput {
        organization: Described {
            id: id.clone(),
            arn: arn(call.partition(), management, &format!("organization/{id}")),
            feature_set: record.feature_set,
            master_account_arn: arn(call.partition(), management, &format!("account/{id}/{management}")),
            master_account_id: management.to_string(),
            master_account_email: email.unwrap_or_default(),
            available_policy_types: match record.feature_set {
                FeatureSet::All => vec![scp],
                FeatureSet::ConsolidatedBilling => Vec::new(),
            },
        },
    }
}

/// The organization.
pub(super) async fn describe_organization(
    cx: &Context<'_>,
    call: Authorized<NoInput>,
) -> Result<OrganizationOutput, Fault> {
    let NoInput {} = call.input;
    Ok(shown(cx, &call, organization(cx, &call)?.record()))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    feature_set: Option<FeatureSet>,
}

/// Makes the caller's account the management account of a new organization. No policy type is enabled on its root yet.
pub(super) async fn create_organization(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<OrganizationOutput, Fault> {
    if cx.directory.organization_of(call.account()).is_some() {
        let message = "The provided account is already a member of an organization.";
        return Err(fault("AlreadyInOrganizationException", message));
    }
    if let Some(other) = cx.directory.organization() {
        let message = format!(
            "This server keeps one organization, and it keeps `{}` already; ask its management account {} for an invitation.",
            other.record().id,
            other.management_account()
        );
        return Err(fault("ConstraintViolationException", message));
    }
    let account = cx.directory.account(call.account()).ok_or_else(super::accounts::account_not_found)?;
    let mut account = account.record().clone();
    let record = OrganizationRecord {
        id: format!("o-{}", random(cx, 10)),
        management_account: account.id,
        root_id: format!("r-{}", random(cx, 4)),
        enabled_policy_types: Vec::new(),
        service_access: Vec::new(),
        resource_policy: None,
        root_tags: Default::default(),
        feature_set: call.input.feature_set.unwrap_or_default(),
        policies_changed_at: Default::default(),
    };
    account.membership = Some(Membership {
        parent: record.root_id.clone(),
        joined_method: "INVITED".to_owned(),
        joined_at: cx.now,
        status: "ACTIVE".to_owned(),
        closed_at: None,
    });
    let output = shown(cx, &call, &record);
    cx.commit_directory(super::joining::with_service_linked_role(cx, account)?.put(record));
    Ok(output)
}

/// Forgets an organization that has no members but its management account.
pub(super) async fn delete_organization(cx: &Context<'_>, call: Authorized<NoInput>) -> Result<Nothing, Fault> {
    let NoInput {} = call.input;
    let organization = organization(cx, &call)?;
    let members = cx.directory.accounts().filter(|account| account.record().membership.is_some());
    if members.filter(|account| account.id() != organization.management_account()).count() > 0 {
        let message = "To delete an organization you must first remove all member accounts (except the master).";
        return Err(fault("OrganizationNotEmptyException", message));
    }
    let mut change = organization.forget();
    if let Some(management) = cx.directory.account(organization.management_account()) {
        let mut record = management.record().clone();
        record.membership = None;
        record.tags.clear();
        change = change.put(record);
    }
    cx.commit_directory(change);
    Ok(Nothing {})
}

/// Begins the change to all features. Invited members approve it; created ones need not. The management account ends it by
/// accepting the handshake that this answers.
pub(super) async fn enable_all_features(cx: &Context<'_>, call: Authorized<NoInput>) -> Result<HandshakeOutput, Fault> {
    let NoInput {} = call.input;
    let organization = organization(cx, &call)?;
    if organization.record().feature_set == FeatureSet::All {
        let message = "The organization already has all features enabled.";
        return Err(refuse("ORGANIZATION_ALREADY_HAS_ALL_FEATURES", message));
    }
    let pending =
        organization.handshakes().any(|of| of.action == HandshakeAction::EnableAllFeatures && of.is_pending(cx.now));
    if pending {
        let message = "The organization already has a pending request to enable all features.";
        return Err(refuse("ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION", message));
    }
    let invited = cx.directory.accounts().filter(|account| {
        let membership = account.record().membership.as_ref();
        account.id() != organization.management_account()
            && membership.is_some_and(|of| of.joined_method == "INVITED" && !of.is_closed())
    });
    let mut record = new(cx, HandshakeAction::EnableAllFeatures, HandshakeParty::Organization, APPROVAL_DAYS);
    let mut change = DirectoryChange::new();
    for account in invited {
        record.state = HandshakeState::Requested;
        let mut child =
            new(cx, HandshakeAction::ApproveAllFeatures, HandshakeParty::Account(account.id()), APPROVAL_DAYS);
        child.parent = Some(record.id.clone());
        change = change.put(child);
    }
    let output = Handshake::shown(cx, &call, &record)?;
    cx.commit_directory(change.put(record));
    Ok(output)
}

/// Refuses what an organization without all features does not have.
pub(super) fn require_all_features(organization: &bailiwick_authority::Organization) -> Result<(), Fault> {
    match organization.record().feature_set {
        FeatureSet::All => Ok(()),
        FeatureSet::ConsolidatedBilling => Err(constraint(
            "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
            "You attempted to perform an operation that requires an organization that supports all features.",
        )),
    }
}
