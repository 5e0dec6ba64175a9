//! What comes with an account that joins an organization, and what goes with one that leaves.

use bailiwick_authority::record::{
    AccountRecord, AttachedPolicies, AttachmentRecord, Membership, PolicyType, Record, RoleRecord,
};
use bailiwick_authority::{DirectoryChange, Organization, RecordKey, RecordKind, unique_id};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::AccountId;
use serde_json::json;

use super::constraint;
use crate::Context;

/// How many accounts an organization may have, where that is not raised. Source: AWS's Organizations guide, "Quotas".
const ACCOUNTS: u32 = 10;

/// Whether the organization may have one account more. Open invitations count.
pub(super) fn accounts_left(cx: &Context<'_>, organization: &Organization) -> bool {
    use bailiwick_authority::record::HandshakeAction::Invite;
    let members = cx.directory.accounts().filter(|account| account.record().membership.is_some()).count();
    let invited = organization.handshakes().filter(|of| of.action == Invite && of.is_pending(cx.now)).count();
    let management = cx.directory.account(organization.management_account());
    let raised = management.and_then(|account| account.record().organization_quota);
    let quota = raised.or(cx.settings.account_quota).unwrap_or(ACCOUNTS);
    u32::try_from(members + invited).is_ok_and(|count| count < quota)
}

/// What AWS attaches to a new target: the policy that allows everything, for each enabled type that has one.
pub(super) fn first_attachments(cx: &Context<'_>, organization: &Organization, target: &str) -> Vec<AttachmentRecord> {
    let enabled = FULL_ACCESS.into_iter().filter(|(kind, _)| organization.is_enabled(*kind));
    let records = enabled.zip(cx.directory.next_attachment_sequence()..);
    records
        .map(|((_, policy), sequence)| AttachmentRecord {
            policy_id: policy.to_owned(),
            target_id: target.to_owned(),
            sequence,
        })
        .collect()
}

/// The policies of AWS's own that allow everything.
pub(super) const FULL_ACCESS: [(PolicyType, &str); 2] =
    [(PolicyType::ServiceControlPolicy, "p-FullAWSAccess"), (PolicyType::ResourceControlPolicy, "p-RCPFullAWSAccess")];

/// The account with the role with which Organizations itself acts in the accounts of an organization.
pub(super) fn with_service_linked_role(cx: &Context<'_>, account: AccountRecord) -> Result<DirectoryChange, Fault> {
    let id = account.id;
    let change = DirectoryChange::new().put(account);
    let internal = |error: &dyn std::fmt::Display| crate::fault::internal(&error.to_string());
    let next = cx.directory.apply(&change).map_err(|error| internal(&error))?;
    let account = next.account(id).ok_or_else(|| internal(&"the account is not there"))?;
    Ok(change.and(crate::iam::service_linked::on_demand(cx, account, "organizations.amazonaws.com")?))
}

/// The role with which the management account administers an account that it made.
pub(super) fn administrators_role(
    cx: &Context<'_>,
    account: AccountId,
    management: AccountId,
    name: &str,
) -> RoleRecord {
    let partition = cx.directory.partition();
    let trusted = json!({"AWS": format!("arn:{partition}:iam::{management}:root")});
    let trust = json!({"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}]});
    let policy = format!("arn:{partition}:iam::aws:policy/AdministratorAccess");
    RoleRecord {
        account,
        id: unique_id(cx.entropy, "AROA"),
        name: name.to_owned(),
        path: "/".to_owned(),
        created_at: cx.now,
        description: String::new(),
        assume_role_policy_document: trust.to_string(),
        max_session_duration: 3600,
        policies: AttachedPolicies { managed: vec![policy], ..AttachedPolicies::default() },
        permissions_boundary: None,
        tags: Default::default(),
    }
}

/// Puts an account under the root.
pub(super) fn joins(
    cx: &Context<'_>,
    organization: &Organization,
    mut account: AccountRecord,
    joined_method: &str,
) -> Result<DirectoryChange, Fault> {
    account.membership = Some(Membership {
        parent: organization.record().root_id.clone(),
        joined_method: joined_method.to_owned(),
        joined_at: cx.now,
        status: "ACTIVE".to_owned(),
        closed_at: None,
    });
    let attachments = first_attachments(cx, organization, account.id.as_str());
    let change = with_service_linked_role(cx, account)?;
    Ok(attachments.into_iter().map(Record::from).fold(change, DirectoryChange::put))
}

/// Takes an account out of the organization: it keeps what is in it, and loses its place, tags and policies.
pub(super) fn leaves(cx: &Context<'_>, organization: &Organization, id: AccountId) -> Result<DirectoryChange, Fault> {
    let account = cx.directory.account(id).ok_or_else(super::accounts::account_not_found)?;
    let mut record = account.record().clone();
    let membership = record.membership.take().ok_or_else(super::accounts::account_not_found)?;
    if membership.is_closed() {
        let message = "You can't remove an account that is closed.";
        return Err(constraint("ACCOUNT_CANNOT_LEAVE_ORGANIZATION", message));
    }
    if organization.is_administrator(id) {
        let message = "You cannot remove a registered delegated administrator from your organization. Deregister it for every service first.";
        return Err(constraint("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG", message));
    }
    record.tags.clear();
    let mut change = detach_all(organization, id.as_str()).put(record);
    for kind in PolicyType::ALL {
        if organization.last_valid(id, kind).is_some() {
            let id = (RecordKind::EffectivePolicy, Some(id), kind.as_str().to_owned());
            change = change.delete(RecordKey { kind: id.0, account: id.1, id: id.2 });
        }
    }
    Ok(change)
}

/// Detaches every policy from a target.
pub(super) fn detach_all(organization: &Organization, target: &str) -> DirectoryChange {
    let attached = organization.attachments().filter(|attachment| attachment.target_id == target);
    attached.fold(DirectoryChange::new(), |change, of| change.delete(Record::from(of.clone()).key()))
}
