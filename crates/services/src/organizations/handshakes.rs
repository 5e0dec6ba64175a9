//! Handshakes: invitations, and the approvals of all features.

use bailiwick_authority::record::{FeatureSet, HandshakeAction, HandshakeParty, HandshakeRecord, HandshakeState};
use bailiwick_authority::{DirectoryChange, Organization};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::tags::{Tag, new_tags};
use super::{arn, fault, invalid, joining, listed, organization, random, types};
use crate::{Authorized, Context};

/// How long an invitation stands, and how long one that is over is still shown.
/// Source: AWS's Organizations guide, "Quotas", and the API reference, "ListHandshakesForAccount".
const INVITATION_DAYS: i64 = 15;
const SHOWN_DAYS: i64 = 30;

/// `HandshakeConstraintViolationException` with its reason.
pub(super) fn refuse(reason: &'static str, message: &str) -> Fault {
    fault("HandshakeConstraintViolationException", message).with("Reason", reason)
}

/// An open handshake.
pub(super) fn new(cx: &Context<'_>, action: HandshakeAction, party: HandshakeParty, days: i64) -> HandshakeRecord {
    HandshakeRecord {
        id: format!("h-{}", random(cx, 32)),
        action,
        state: HandshakeState::Open,
        party,
        requested_at: cx.now,
        expires_at: cx.now.plus_seconds(days * 86_400),
        changed_at: cx.now,
        notes: None,
        tags: Default::default(),
        parent: None,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HandshakeOutput {
    handshake: Handshake,
}

/// A handshake as Organizations shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Handshake {
    id: String,
    arn: String,
    parties: Vec<Party>,
    state: &'static str,
    requested_timestamp: Timestamp,
    expiration_timestamp: Timestamp,
    action: &'static str,
    resources: Vec<Resource>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Party {
    id: String,
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    value: String,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Resource>,
}

fn resource(kind: &'static str, value: impl Into<String>) -> Resource {
    Resource { value: value.into(), r#type: kind, resources: Vec::new() }
}

impl Handshake {
    /// The answer that shows one.
    pub(super) fn shown<I>(
        cx: &Context<'_>,
        call: &Authorized<I>,
        record: &HandshakeRecord,
    ) -> Result<HandshakeOutput, Fault> {
        let organization = cx.directory.organization().ok_or_else(not_found)?;
        Ok(HandshakeOutput { handshake: Handshake::of(cx, call, organization, record) })
    }

    fn of<I>(cx: &Context<'_>, call: &Authorized<I>, organization: &Organization, record: &HandshakeRecord) -> Self {
        let (id, management) = (&organization.record().id, organization.management_account());
        let other = match &record.party {
            HandshakeParty::Account(account) => Some(("ACCOUNT", account.to_string())),
            HandshakeParty::Email(address) => Some(("EMAIL", address.clone())),
            HandshakeParty::Organization => None,
        };
        let mut resources = vec![resource("ORGANIZATION", id.clone())];
        let mut parties = vec![Party { id: id.clone(), r#type: "ORGANIZATION" }];
        if record.action == HandshakeAction::Invite
            && let (Some(of), Some(about)) = (cx.directory.account(management), resources.first_mut())
        {
            about.resources = vec![
                resource("MASTER_EMAIL", of.record().email.clone()),
                resource("MASTER_NAME", of.record().name.clone()),
                resource("ORGANIZATION_FEATURE_SET", types::feature_set(organization.record().feature_set)),
            ];
        }
        if let Some((kind, name)) = other {
            parties.push(Party { id: name.clone(), r#type: kind });
            resources.push(resource(kind, name));
        }
        resources.extend(record.notes.as_ref().map(|notes| resource("NOTES", notes.clone())));
        resources.extend(record.parent.as_ref().map(|parent| resource("PARENT_HANDSHAKE", parent.clone())));
        Handshake {
            id: record.id.clone(),
            arn: arn(call.partition(), management, &format!("handshake/{id}/{}", record.path())),
            parties,
            state: record.state_at(cx.now),
            requested_timestamp: record.requested_at,
            expiration_timestamp: record.expires_at,
            action: record.action.as_str(),
            resources,
        }
    }
}

fn not_found() -> Fault {
    fault("HandshakeNotFoundException", "You specified a handshake that doesn't exist.")
}

/// The organization and handshake, if the caller's account has a part in it.
fn find<'a, I>(
    cx: &'a Context<'_>,
    call: &Authorized<I>,
    id: &str,
) -> Result<(&'a Organization, &'a HandshakeRecord), Fault> {
    let organization = cx.directory.organization().ok_or_else(not_found)?;
    let handshake = organization.handshake(id).ok_or_else(not_found)?;
    let inside = cx.directory.organization_of(call.account()).is_some();
    if inside || cx.directory.is_party(handshake, call.account()) {
        return Ok((organization, handshake));
    }
    Err(not_found())
}

fn not_yours() -> Fault {
    fault("AccessDeniedException", "You don't have permissions to access this resource.")
}

/// A handshake that still waits, in a new state.
fn answered(cx: &Context<'_>, handshake: &HandshakeRecord, state: HandshakeState) -> Result<HandshakeRecord, Fault> {
    if handshake.state == state {
        let message = "The specified handshake is already in the requested state.";
        return Err(fault("HandshakeAlreadyInStateException", message));
    }
    let ready = handshake.state == HandshakeState::Open || state == HandshakeState::Canceled;
    if !handshake.is_pending(cx.now) || !ready {
        let message = "You can't perform the operation on the handshake in its current state.";
        return Err(fault("InvalidHandshakeTransitionException", message));
    }
    Ok(HandshakeRecord { state, changed_at: cx.now, ..handshake.clone() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Target {
    id: String,
    r#type: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InviteInput {
    target: Target,
    notes: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

fn party(target: &Target) -> Result<HandshakeParty, Fault> {
    match target.r#type.as_str() {
        "ACCOUNT" => AccountId::parse(&target.id).map(HandshakeParty::Account).map_err(|_| {
            invalid("INVALID_PATTERN_TARGET_ID", "You provided a value that does not match the required pattern.")
        }),
        "EMAIL" => {
            let (name, domain) = target.id.split_once('@').unwrap_or_default();
            let good = !name.is_empty() && domain.contains('.') && !target.id.contains(char::is_whitespace);
            good.then(|| HandshakeParty::Email(target.id.clone())).ok_or_else(|| {
                invalid(
                    "INVALID_EMAIL_ADDRESS_TARGET",
                    "You specified an invalid email address for the invited account owner.",
                )
            })
        }
        _ => Err(invalid(
            "INVALID_PARTY_TYPE_TARGET",
            "You specified the wrong type of entity (account, organization, or email) as a party.",
        )),
    }
}

/// Invites an account, by its number or its address.
pub(super) async fn invite_account_to_organization(
    cx: &Context<'_>,
    call: Authorized<InviteInput>,
) -> Result<HandshakeOutput, Fault> {
    let organization = organization(cx, &call)?;
    let party = party(&call.input.target)?;
    let mut record = new(cx, HandshakeAction::Invite, party, INVITATION_DAYS);
    record.notes.clone_from(&call.input.notes);
    record.tags = new_tags(&call.input.tags)?;
    let is = |of: &HandshakeRecord, action| of.action == action && of.is_pending(cx.now);
    if organization.handshakes().any(|of| is(of, HandshakeAction::EnableAllFeatures)) {
        let message = "You can't issue new invitations to join an organization while it's in the process of enabling all features.";
        return Err(refuse("INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES", message));
    }
    let mut members = cx.directory.accounts().filter(|account| cx.directory.organization_of(account.id()).is_some());
    if members.any(|account| cx.directory.is_party(&record, account.id())) {
        let message =
            "The handshake request is invalid because the invited account is already a member of an organization.";
        return Err(refuse("ALREADY_IN_AN_ORGANIZATION", message));
    }
    if organization.handshakes().any(|of| is(of, HandshakeAction::Invite) && of.party == record.party) {
        let message = "A handshake with the same action and target already exists.";
        return Err(fault("DuplicateHandshakeException", message));
    }
    if !joining::accounts_left(cx, organization) {
        return Err(refuse("ACCOUNT_NUMBER_LIMIT_EXCEEDED", "You have exceeded the allowed number of AWS accounts"));
    }
    let output = Handshake::shown(cx, &call, &record)?;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(output)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HandshakeInput {
    handshake_id: String,
}

/// One handshake.
pub(super) async fn describe_handshake(
    cx: &Context<'_>,
    call: Authorized<HandshakeInput>,
) -> Result<HandshakeOutput, Fault> {
    let (_, handshake) = find(cx, &call, &call.input.handshake_id)?;
    Handshake::shown(cx, &call, handshake)
}

/// Agrees: an invited account joins, a member approves all features, the management account ends that change.
pub(super) async fn accept_handshake(
    cx: &Context<'_>,
    call: Authorized<HandshakeInput>,
) -> Result<HandshakeOutput, Fault> {
    let (organization, handshake) = find(cx, &call, &call.input.handshake_id)?;
    let account = call.account();
    let mine = match handshake.action {
        HandshakeAction::EnableAllFeatures => account == organization.management_account(),
        HandshakeAction::ApproveAllFeatures | HandshakeAction::Invite => cx.directory.is_party(handshake, account),
    };
    if !mine {
        return Err(not_yours());
    }
    let record = answered(cx, handshake, HandshakeState::Accepted)?;
    let output = Handshake::shown(cx, &call, &record)?;
    let change = DirectoryChange::new().put(record);
    match handshake.action {
        HandshakeAction::ApproveAllFeatures => cx.commit_directory(change.and(approved(cx, organization, handshake))),
        HandshakeAction::EnableAllFeatures => {
            let mut record = organization.record().clone();
            record.feature_set = FeatureSet::All;
            cx.commit_directory(change.put(record));
        }
        HandshakeAction::Invite => {
            if cx.directory.organization_of(account).is_some() {
                let message =
                    "The handshake request is invalid because the account is already a member of an organization.";
                return Err(refuse("ALREADY_IN_AN_ORGANIZATION", message));
            }
            let known = cx.directory.account(account).ok_or_else(super::accounts::account_not_found)?;
            let mut known = known.record().clone();
            known.tags.clone_from(&handshake.tags);
            let joined = joining::joins(cx, organization, known, "INVITED")?;
            types::commit_all(cx, organization, change.and(joined))?;
        }
    }
    Ok(output)
}

/// The parent opens for the management account when this was the last approval that it waited for.
fn approved(cx: &Context<'_>, organization: &Organization, handshake: &HandshakeRecord) -> DirectoryChange {
    let waits = |of: &HandshakeRecord| {
        of.parent == handshake.parent && of.id != handshake.id && of.state != HandshakeState::Accepted
    };
    let parent = handshake.parent.as_ref().and_then(|id| organization.handshake(id));
    match parent {
        Some(parent) if parent.is_pending(cx.now) && !organization.handshakes().any(waits) => {
            let open = HandshakeRecord { state: HandshakeState::Open, changed_at: cx.now, ..parent.clone() };
            DirectoryChange::new().put(open)
        }
        _ => DirectoryChange::new(),
    }
}

/// Refuses what the organization asks.
pub(super) async fn decline_handshake(
    cx: &Context<'_>,
    call: Authorized<HandshakeInput>,
) -> Result<HandshakeOutput, Fault> {
    let (_, handshake) = find(cx, &call, &call.input.handshake_id)?;
    if !cx.directory.is_party(handshake, call.account()) {
        return Err(not_yours());
    }
    let record = answered(cx, handshake, HandshakeState::Declined)?;
    let output = Handshake::shown(cx, &call, &record)?;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(output)
}

/// Takes back what the organization asked, with the handshakes that are a part of it.
pub(super) async fn cancel_handshake(
    cx: &Context<'_>,
    call: Authorized<HandshakeInput>,
) -> Result<HandshakeOutput, Fault> {
    let (organization, handshake) = find(cx, &call, &call.input.handshake_id)?;
    if cx.directory.organization_of(call.account()).is_none() {
        return Err(not_yours());
    }
    let record = answered(cx, handshake, HandshakeState::Canceled)?;
    let output = Handshake::shown(cx, &call, &record)?;
    let parts =
        organization.handshakes().filter(|of| of.parent.as_ref() == Some(&handshake.id) && of.is_pending(cx.now));
    let parts = parts.filter_map(|of| answered(cx, of, HandshakeState::Canceled).ok());
    cx.commit_directory(parts.fold(DirectoryChange::new().put(record), DirectoryChange::put));
    Ok(output)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    action_type: Option<String>,
    parent_handshake_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    #[serde(default)]
    filter: Filter,
    next_token: Option<String>,
    max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    handshakes: Vec<Handshake>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

fn list(
    cx: &Context<'_>,
    call: &Authorized<ListInput>,
    operation: &str,
    is_wanted: impl Fn(&HandshakeRecord) -> bool,
) -> Result<ListOutput, Fault> {
    let ListInput { filter, next_token, max_results } = &call.input;
    let since = cx.now.plus_seconds(-SHOWN_DAYS * 86_400);
    let recent = |of: &HandshakeRecord| match of.state {
        HandshakeState::Open | HandshakeState::Requested => of.expires_at > since,
        _ => of.changed_at > since,
    };
    let fits = |of: &HandshakeRecord| {
        filter.action_type.as_deref().is_none_or(|action| action == of.action.as_str())
            && filter.parent_handshake_id.as_ref().is_none_or(|parent| of.parent.as_ref() == Some(parent))
    };
    let handshakes = match cx.directory.organization() {
        Some(organization) => {
            let of = organization.handshakes().filter(|of| is_wanted(of) && recent(of) && fits(of));
            of.map(|of| Handshake::of(cx, call, organization, of)).collect()
        }
        None => Vec::new(),
    };
    let key = |of: &Handshake| of.id.clone();
    let (handshakes, next_token) = listed(cx, call, operation, handshakes, key, next_token.as_deref(), *max_results)?;
    Ok(ListOutput { handshakes, next_token })
}

/// The handshakes that others want of the caller's account.
pub(super) async fn list_handshakes_for_account(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<ListOutput, Fault> {
    let account = call.account();
    list(cx, &call, "ListHandshakesForAccount", |of| cx.directory.is_party(of, account))
}

/// The handshakes of the organization.
pub(super) async fn list_handshakes_for_organization(
    cx: &Context<'_>,
    call: Authorized<ListInput>,
) -> Result<ListOutput, Fault> {
    organization(cx, &call)?;
    list(cx, &call, "ListHandshakesForOrganization", |_| true)
}
