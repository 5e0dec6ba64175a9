//! The condition keys of a request.
//! Source: AWS's IAM guide, "AWS global condition context keys"; the `bailiwick:` keys are ours.

use bailiwick_aws::pack::Pack;
use bailiwick_ident::{AccountId, Timestamp};
use bailiwick_policy::{Context, Value};

use crate::{
    authority::configuration,
    call::Call,
    caller::{Caller, Principal, Tags},
    directory::Directory,
    facts::Check,
    origin::{ActorKind, Assurance, Origin},
    session::Claimed,
};

struct Builder {
    context: Context,
    complete: bool,
}

impl Builder {
    fn one(&mut self, key: &str, value: impl Into<String>) {
        self.complete &= self.context.set(key, Value::One(value.into()));
    }

    fn set(&mut self, key: &str, values: Vec<String>) {
        self.complete &= self.context.set(key, Value::Set(values));
    }
}

fn principal_tags(directory: &Directory, principal: &Principal) -> Tags {
    let account = principal.account().and_then(|id| directory.account(id));
    match principal {
        Principal::RoleSession { role_arn, role_id, .. } => {
            let acting = account.and_then(|account| account.acting_role(role_arn, role_id));
            acting.map(|acting| acting.role.record.tags.clone())
        }
        Principal::User { id, .. } => {
            account.and_then(|account| account.user_by_id(id)).map(|user| user.record.tags.clone())
        }
        _ => None,
    }
    .unwrap_or_default()
}

/// `aws:PrincipalArn`: the role's for a session, never the session's.
fn principal_arn(directory: &Directory, principal: &Principal) -> Option<String> {
    match principal {
        Principal::Anonymous | Principal::Service { .. } | Principal::WebIdentity(_) => None,
        Principal::RoleSession { role_arn, .. } => Some(role_arn.clone()),
        other => Some(other.arn_in(directory.partition())),
    }
}

fn principal_type(principal: &Principal) -> &'static str {
    match principal {
        Principal::Anonymous => "Anonymous",
        Principal::Federated { .. } => "FederatedUser",
        Principal::Person { .. } | Principal::User { .. } => "User",
        Principal::RoleSession { .. } => "AssumedRole",
        Principal::Root { .. } => "Account",
        Principal::Service { .. } => "Service",
        Principal::WebIdentity(_) => "WebIdentityUser",
    }
}

/// The organization's id and path of an account in it.
fn membership(directory: &Directory, account: AccountId) -> Option<(String, String)> {
    let organization = directory.organization()?;
    let path = organization.org_path(directory.account(account)?)?;
    Some((organization.record().id.clone(), path))
}

fn principal_keys(builder: &mut Builder, directory: &Directory, caller: &Caller, now: Timestamp) {
    let principal = &caller.principal;
    builder.one("aws:PrincipalType", principal_type(principal));
    builder.one("aws:userid", principal.user_id());
    let service = matches!(principal, Principal::Service { .. });
    builder.one("aws:PrincipalIsAWSService", service.to_string());
    if let Principal::Service { name } = principal {
        builder.one("aws:PrincipalServiceName", name.clone());
        builder.set("aws:PrincipalServiceNamesList", vec![name.clone()]);
    }
    if let Principal::User { name, .. } = principal {
        builder.one("aws:username", name.clone());
    }
    if let Some(arn) = principal_arn(directory, principal) {
        builder.one("aws:PrincipalArn", arn);
    }
    if let Some(account) = principal.account() {
        builder.one("aws:PrincipalAccount", account.to_string());
        if let Some((id, path)) = membership(directory, account) {
            builder.one("aws:PrincipalOrgID", id);
            builder.set("aws:PrincipalOrgPaths", vec![path]);
        }
    }
    let issued_for = caller.session.as_ref().and_then(|session| session.web_identity.as_ref());
    let vouched = match principal {
        Principal::WebIdentity(identity) => Some(identity.as_ref()),
        _ => issued_for,
    };
    if let Some(identity) = vouched {
        builder.one("aws:FederatedProvider", identity.provider_arn.clone());
        for (key, values) in identity.condition_keys() {
            match values {
                Claimed::One(value) => builder.one(&key, value),
                Claimed::Set(values) => builder.set(&key, values),
            }
        }
    }
    let mut tags = principal_tags(directory, principal);
    if let Some(session) = &caller.session {
        // A session's tag wins over the principal's own, whatever its case.
        for (key, value) in &session.tags {
            tags.retain(|own, _| !own.eq_ignore_ascii_case(key));
            tags.insert(key.clone(), value.clone());
        }
        if session.assumed_root {
            builder.one("aws:AssumedRoot", "true");
        }
        builder.one("aws:TokenIssueTime", session.issued_at.to_rfc3339());
        let mfa_at = caller.mfa_at.or(session.mfa_at);
        builder.one("aws:MultiFactorAuthPresent", mfa_at.is_some().to_string());
        if let Some(at) = mfa_at {
            let age = now.as_seconds().saturating_sub(at.as_seconds()).max(0);
            builder.one("aws:MultiFactorAuthAge", age.to_string());
        }
        if let Some(identity) = &session.source_identity {
            builder.one("aws:SourceIdentity", identity.clone());
        }
    } else if caller.mfa_at.is_some() {
        // A long-term key has no second factor, unless this very request brings a code.
        builder.one("aws:MultiFactorAuthPresent", "true");
        builder.one("aws:MultiFactorAuthAge", "0");
    }
    for (key, value) in tags {
        builder.one(&format!("aws:PrincipalTag/{key}"), value);
    }
}

fn chat_keys(
    builder: &mut Builder,
    directory: &Directory,
    caller: &Caller,
    origin: &Origin,
    call: &Call,
    access_class: &str,
) {
    builder.one("bailiwick:AccessClass", access_class);
    if let Some(chat) = origin.chat() {
        if let Some(configuration) = configuration(directory, chat, call.account) {
            builder.one("aws:ChatbotSourceArn", configuration.arn.clone());
        }
        builder.one("bailiwick:Platform", chat.platform.as_str());
        builder.one("bailiwick:Workspace", chat.workspace.clone());
        builder.one("bailiwick:Channel", chat.channel.clone());
        builder.one("bailiwick:ChannelType", chat.channel_type.as_str());
        builder.one("bailiwick:MemberId", chat.member.clone());
        builder.one("bailiwick:ApproverCount", chat.approvers.len().to_string());
        builder.one("bailiwick:RequesterApproved", chat.requester_approved.to_string());
        let actor = match origin {
            Origin::Agent(_) => ActorKind::Agent,
            _ => chat.actor,
        };
        builder.one("bailiwick:ActorKind", actor.as_str());
    }
    let assurance = match origin {
        Origin::Agent(_) | Origin::System => Assurance::None,
        Origin::Api => Assurance::of(caller),
        // Nobody is there when a schedule or an agent acts.
        Origin::Chat(chat) => match chat.actor {
            ActorKind::Agent | ActorKind::Schedule => Assurance::None,
            ActorKind::Button | ActorKind::Person => chat.assurance,
        },
    };
    builder.one("bailiwick:Assurance", assurance.as_str());
}

/// How many keys most calls have besides their own.
const USUAL_KEYS: usize = 24;

/// The whole context of a check; `None` when it has more keys than can be decided.
pub(super) fn context(
    directory: &Directory,
    pack: &Pack,
    caller: &Caller,
    origin: &Origin,
    call: &Call,
    check: &Check,
    now: Timestamp,
) -> Option<Context> {
    let mut builder = Builder { context: check.context.clone(), complete: true };
    builder.context.reserve(USUAL_KEYS);
    builder.one("aws:CurrentTime", now.to_rfc3339());
    builder.one("aws:EpochTime", now.as_seconds().to_string());
    builder.one("aws:RequestedRegion", call.region.to_string());
    builder.one("aws:SecureTransport", caller.secure_transport.to_string());
    builder.one("aws:ViaAWSService", "false");
    if let Some(agent) = &caller.user_agent {
        builder.one("aws:UserAgent", agent.clone());
    }
    if let Some(address) = &caller.source_ip {
        builder.one("aws:SourceIp", address.clone());
    }
    principal_keys(&mut builder, directory, caller, now);
    if let Some(account) = check.resource_account {
        builder.one("aws:ResourceAccount", account.to_string());
        if let Some((id, path)) = membership(directory, account) {
            builder.one("aws:ResourceOrgID", id);
            builder.set("aws:ResourceOrgPaths", vec![path]);
        }
    }
    for (key, value) in &check.resource_tags {
        builder.one(&format!("aws:ResourceTag/{key}"), value.clone());
        if check.action.service() == "iam" || check.action.service() == "sts" {
            builder.one(&format!("iam:ResourceTag/{key}"), value.clone());
        }
    }
    chat_keys(
        &mut builder,
        directory,
        caller,
        origin,
        call,
        pack.access_class(&call.service, &call.operation, &call.input).as_str(),
    );
    // A source identity that was set before stays along a chain of roles, and is judged again at each of them.
    let kept = caller.session.as_ref().and_then(|session| session.source_identity.as_ref());
    if let (Some(kept), "sts:SetSourceIdentity") = (kept, check.action.as_str())
        && builder.context.get("sts:SourceIdentity").is_none()
    {
        builder.one("sts:SourceIdentity", kept.clone());
    }
    builder.complete.then_some(builder.context)
}
