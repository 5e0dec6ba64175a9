//! Gathers the policies of every layer of a check. What should be there and is not becomes an unreadable policy, which
//! denies.

use bailiwick_ident::{AccountId, Arn};
use bailiwick_policy::{Layers, Policy, PolicyType, Principal as PolicyPrincipal};

use super::{Grounds, organization, person};
use crate::{
    call::Call,
    caller::{Caller, Principal},
    directory::{Account, Acting, Group, Organization},
    facts::{Check, Subject},
    managed::{mirrored, policy_name},
    origin::Origin,
    record::{AttachedPolicies, ChannelConfigurationRecord},
    remote::Guardrail,
};

/// AWS passes at most ten managed policies into a session, so a channel has at most ten guardrails.
pub(crate) const MAX_GUARDRAILS: usize = 10;

/// What the protection policy adds to `ReadOnlyAccess`.
/// Source: AWS Chatbot's administrator guide, "Understanding AWS Chatbot permissions", "Protection policy".
pub const PROTECTION_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:Invoke*","support:*","ssm-incidents:*"],"Resource":"*"}]}"#;

/// What users of an account may do whose password policy lets them change their own password: ChangePassword is about whoever
/// calls.
/// Source: AWS's IAM guide, "Set an account password policy for IAM users", "Allow users to change their own password".
const CHANGE_PASSWORD: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ChangePassword","iam:GetAccountPasswordPolicy"],"Resource":"*"}]}"#;

/// What belongs to the conversation itself and changes nothing but its record: to say of a command whether it ran. Every
/// role and every guardrail of a channel has it; a Deny in any policy takes it away.
const CONVERSATION: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bailiwick:ResolveCommand","Resource":"*"}]}"#;

/// What belongs to the conversation itself, as a policy of any kind, where a call is of it.
pub(super) fn conversation(grounds: &Grounds<'_>, origin: &Origin, call: &Call, kind: PolicyType) -> Option<Policy> {
    let is_of_it = call.service == "bailiwick" && call.operation == "ResolveCommand" && origin.chat().is_some();
    is_of_it.then(|| grounds.directory.engines().read("the conversation", kind, CONVERSATION))
}

/// A policy that denies because what should be there is not.
pub(super) fn missing(name: &str, kind: PolicyType) -> Policy {
    Policy::read(name, kind, "")
}

/// A managed policy as the account itself has it; AWS's own from the catalogue where the account's says the same.
fn copied(grounds: &Grounds<'_>, account: &Account, arn: &str, kind: PolicyType) -> Policy {
    match mirrored(grounds.directory, account, arn, kind) {
        Some(policy) => policy,
        None if Arn::parse(arn).is_ok_and(|arn| arn.account() == "aws") => {
            grounds.managed.policy(grounds.directory, arn, kind)
        }
        None => missing(policy_name(arn), kind),
    }
}

fn attached(grounds: &Grounds<'_>, inline: &[Policy], policies: &AttachedPolicies) -> Vec<Policy> {
    let managed = policies.managed.iter();
    let managed = managed.map(|arn| grounds.managed.policy(grounds.directory, arn, PolicyType::Identity));
    inline.iter().cloned().chain(managed).collect()
}

/// The policies of a user and of its groups, and the user's boundary.
pub(super) fn user_layers(grounds: &Grounds<'_>, account: &Account, id: &str) -> (Vec<Policy>, Option<Vec<Policy>>) {
    let Some(user) = account.user_by_id(id) else {
        return (vec![missing("the user", PolicyType::Identity)], None);
    };
    let mut policies = attached(grounds, &user.inline, &user.record.policies);
    for group in &user.record.groups {
        match account.group_by_id(group) {
            Some(group) => policies.extend(group_policies(grounds, group)),
            None => policies.push(missing("a group of the user", PolicyType::Identity)),
        }
    }
    let settings = account.iam_settings().and_then(|settings| settings.password_policy.as_ref());
    if settings.is_some_and(|policy| policy.allow_users_to_change) {
        policies.push(grounds.directory.engines().read(
            "account password policy",
            PolicyType::Identity,
            CHANGE_PASSWORD,
        ));
    }
    (policies, boundary(grounds, user.record.permissions_boundary.as_deref()))
}

fn group_policies(grounds: &Grounds<'_>, group: &Group) -> Vec<Policy> {
    attached(grounds, &group.inline, &group.record.policies)
}

fn boundary(grounds: &Grounds<'_>, arn: Option<&str>) -> Option<Vec<Policy>> {
    arn.map(|arn| vec![grounds.managed.policy(grounds.directory, arn, PolicyType::Boundary)])
}

/// Identity policies and permissions boundary of the caller.
fn own(grounds: &Grounds<'_>, caller: &Caller) -> (Option<Vec<Policy>>, Option<Vec<Policy>>) {
    let account = caller.principal.account().and_then(|id| grounds.directory.account(id));
    let gone = || (Some(vec![missing("the caller's account", PolicyType::Identity)]), None);
    match &caller.principal {
        Principal::Anonymous | Principal::Root { .. } | Principal::Service { .. } | Principal::WebIdentity(_) => {
            (None, None)
        }
        Principal::Federated { user_id: None, .. } => (None, None),
        Principal::Federated { user_id: Some(id), .. } | Principal::User { id, .. } => match account {
            Some(account) => {
                let (identity, boundary) = user_layers(grounds, account, id);
                (Some(identity), boundary)
            }
            None => gone(),
        },
        Principal::Person { id, .. } => match account {
            Some(account) => (Some(person::policies(grounds.directory, account, id)), None),
            None => gone(),
        },
        Principal::RoleSession { role_arn, role_id, .. } => {
            let Some(account) = account else { return gone() };
            match account.acting_role(role_arn, role_id) {
                Some(Acting { role, mirrored: false }) => {
                    let identity = attached(grounds, &role.inline, &role.record.policies);
                    (Some(identity), boundary(grounds, role.record.permissions_boundary.as_deref()))
                }
                Some(Acting { role, mirrored: true }) => {
                    let managed = role.record.policies.managed.iter();
                    let managed = managed.map(|arn| copied(grounds, account, arn, PolicyType::Identity));
                    let limit = role.record.permissions_boundary.as_deref();
                    let limit = limit.map(|arn| vec![copied(grounds, account, arn, PolicyType::Boundary)]);
                    (Some(role.inline.iter().cloned().chain(managed).collect()), limit)
                }
                None => gone(),
            }
        }
    }
}

fn session(grounds: &Grounds<'_>, caller: &Caller) -> Option<Vec<Policy>> {
    let session = caller.session.as_ref()?;
    let managed = session.policy_arns.iter();
    let managed = managed.map(|arn| grounds.managed.policy(grounds.directory, arn, PolicyType::Session));
    let read = |text: &str| grounds.directory.engines().read("session policy", PolicyType::Session, text);
    let inline = session.policy.as_deref().map(read);
    let policies: Vec<Policy> = inline.into_iter().chain(managed).collect();
    (!policies.is_empty()).then_some(policies)
}

/// The guardrails of a channel, by the names people know them under. A channel without any is held by the protection
/// policy; whoever wants AWS's default, no limit, names `AdministratorAccess`.
pub(super) fn guardrails(
    grounds: &Grounds<'_>,
    configuration: &ChannelConfigurationRecord,
) -> Result<Option<Vec<Policy>>, String> {
    Ok(Some(named_guardrails(grounds, configuration)?.into_iter().map(|(_, policy)| policy).collect()))
}

/// The guardrails of a channel, with their ARNs where they have one.
pub(super) fn named_guardrails(
    grounds: &Grounds<'_>,
    configuration: &ChannelConfigurationRecord,
) -> Result<Vec<Guardrail>, String> {
    let mut arns = &configuration.guardrail_policy_arns;
    let preferences = grounds.directory.account(configuration.account).and_then(|account| account.preferences());
    if let (true, Some(preferences)) = (arns.is_empty(), preferences) {
        arns = &preferences.default_guardrail_policy_arns;
    }
    if arns.len() > MAX_GUARDRAILS {
        return Err(format!("the channel has {} guardrails; at most {MAX_GUARDRAILS} can be applied", arns.len()));
    }
    if arns.is_empty() {
        let read_only = format!("arn:{}:iam::aws:policy/ReadOnlyAccess", grounds.directory.partition());
        let protection =
            grounds.directory.engines().read("protection policy", PolicyType::Guardrail, PROTECTION_POLICY);
        return Ok(vec![(None, protection), guardrail(grounds, &read_only)]);
    }
    Ok(arns.iter().map(|arn| guardrail(grounds, arn)).collect())
}

fn guardrail(grounds: &Grounds<'_>, arn: &str) -> Guardrail {
    (Some(arn.to_owned()), grounds.managed.policy(grounds.directory, arn, PolicyType::Guardrail))
}

/// The policies that limit every channel of an account beside the channel's own guardrails; `None` where none were set.
pub(super) fn minimum_guardrails(grounds: &Grounds<'_>, account: AccountId) -> Option<Vec<Policy>> {
    let policies: Vec<Policy> = named_minimum(grounds, account).into_iter().map(|(_, policy)| policy).collect();
    (!policies.is_empty()).then_some(policies)
}

/// The policies that limit every channel of an account, with their ARNs; none where none were set.
pub(super) fn named_minimum(grounds: &Grounds<'_>, account: AccountId) -> Vec<Guardrail> {
    let preferences = grounds.directory.account(account).and_then(|account| account.preferences());
    let arns = preferences.map(|preferences| preferences.minimum_guardrail_policy_arns.as_slice());
    arns.unwrap_or_default().iter().map(|arn| guardrail(grounds, arn)).collect()
}

/// Where an account stands in the organization, as far as service and resource control policies care.
enum Place<'a> {
    /// They do not apply.
    Free,
    /// Its way to the root is broken: nobody can say what applies.
    Broken,
    /// Under these targets, root first.
    Under(&'a Organization, Vec<&'a str>),
}

fn place<'a>(grounds: &Grounds<'a>, account: AccountId, kind: crate::record::PolicyType) -> Place<'a> {
    let Some(organization) = grounds.directory.organization() else { return Place::Free };
    if account == organization.management_account() || !organization.is_enabled(kind) {
        return Place::Free;
    }
    let Some(known) = grounds.directory.account(account) else { return Place::Free };
    if known.record().membership.is_none() {
        return Place::Free;
    }
    match organization.path(known) {
        Some(path) => Place::Under(organization, path.into_iter().map(|target| target.id).collect()),
        None => Place::Broken,
    }
}

/// Whether service or resource control policies of the directory's own organization bind an account.
pub(super) fn bound_here(grounds: &Grounds<'_>, account: AccountId, kind: PolicyType) -> bool {
    let kind = match kind {
        PolicyType::ServiceControl => crate::record::PolicyType::ServiceControlPolicy,
        _ => crate::record::PolicyType::ResourceControlPolicy,
    };
    !matches!(place(grounds, account, kind), Place::Free)
}

/// The levels of the directory's own organization, and of the one that was copied with the account: all of them bind.
fn control(
    grounds: &Grounds<'_>,
    account: AccountId,
    kind: crate::record::PolicyType,
    policy_kind: PolicyType,
) -> Option<Vec<Vec<Policy>>> {
    let own = control_here(grounds, account, kind, policy_kind);
    let copied = grounds.remotes.mirror(grounds.directory, account).and_then(|mirror| mirror.levels(policy_kind));
    match copied {
        None => own,
        Some(levels) => {
            Some(own.into_iter().flatten().chain(levels.iter().map(|(_, policies)| policies.clone())).collect())
        }
    }
}

fn control_here(
    grounds: &Grounds<'_>,
    account: AccountId,
    kind: crate::record::PolicyType,
    policy_kind: PolicyType,
) -> Option<Vec<Vec<Policy>>> {
    let (organization, targets) = match place(grounds, account, kind) {
        Place::Free => return None,
        Place::Broken => return Some(vec![vec![missing("the account's place in the organization", policy_kind)]]),
        Place::Under(organization, targets) => (organization, targets),
    };
    let at = |target: &&str| {
        let attached = organization.attached(target, kind);
        let policy = |found: Option<&std::sync::Arc<crate::OrganizationPolicy>>| {
            found.and_then(|policy| policy.policy.clone()).unwrap_or_else(|| missing("an attached policy", policy_kind))
        };
        attached.into_iter().map(policy).collect()
    };
    Some(targets.iter().map(at).collect())
}

/// The policy of the resource: from the register, a role's trust policy, or the organization's word.
fn resource(grounds: &Grounds<'_>, caller: &Caller, check: &Check) -> Option<Policy> {
    if let Some(role) = &check.trust {
        // A role that is not there trusts nobody, in the same words as one that does not trust the caller.
        let nobody = || grounds.directory.engines().read("no role", PolicyType::Trust, TRUSTS_NOBODY);
        return Some(grounds.directory.role(role).map_or_else(nobody, |role| role.trust.clone()));
    }
    let registered = match &check.subject {
        Subject::Arn(arn) => grounds.directory.resource(arn).and_then(|resource| resource.policy.clone()),
        Subject::Any | Subject::Unknown(_) => None,
    };
    let read = |name: &str, text: &str| grounds.directory.engines().read(name, PolicyType::Resource, text);
    let of_organization = check.action.service() == "organizations";
    let found =
        registered.or_else(|| if of_organization { organization::policy(grounds, caller, check) } else { None });
    // A caller of another account, or of none, needs the resource's word; where there is none, it is a no.
    let foreign = match (caller.principal.account(), check.resource_account) {
        (None, _) => true,
        (Some(caller), Some(owner)) => caller != owner,
        (Some(_), None) => false,
    };
    found.or_else(|| foreign.then(|| read("no resource policy", NOBODY)))
}

/// A trust policy that lets nobody in.
const TRUSTS_NOBODY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"nobody.bailiwick.internal"},"Action":"bailiwick:Nothing"}]}"#;

/// A resource policy that grants nothing to anybody.
const NOBODY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"nobody.bailiwick.internal"},"Action":"bailiwick:Nothing","Resource":"*"}]}"#;

/// The layers of a check. `guardrails` are those of the channel. The policies of resources are the account's own where the call
/// is `left` to it.
pub(super) fn layers(
    grounds: &Grounds<'_>,
    caller: &Caller,
    check: &Check,
    guardrails: Option<&[Policy]>,
    left: bool,
) -> Layers {
    let (identity, boundary) = own(grounds, caller);
    let caller_account = caller.principal.account();
    let service_linked = is_service_linked(grounds, caller);
    let scp = caller_account.filter(|_| !service_linked).and_then(|account| {
        control(grounds, account, crate::record::PolicyType::ServiceControlPolicy, PolicyType::ServiceControl)
    });
    let rcp = check.resource_account.or(caller_account).filter(|_| !service_linked).and_then(|account| {
        // What cannot be looked up is taken to be bound.
        let applies = match grounds.pack.authorization(check.action.service()) {
            Ok(Some(reference)) => reference.resource_control_policies,
            Ok(None) => false,
            Err(_) => true,
        };
        applies.then(|| {
            control(grounds, account, crate::record::PolicyType::ResourceControlPolicy, PolicyType::ResourceControl)
        })?
    });
    Layers {
        identity,
        boundary,
        session: session(grounds, caller),
        guardrail: guardrails.map(<[Policy]>::to_vec),
        scp,
        rcp,
        resource: if left { None } else { resource(grounds, caller, check) },
        endpoint: None,
    }
}

fn is_service_linked(grounds: &Grounds<'_>, caller: &Caller) -> bool {
    let Principal::RoleSession { role_arn, role_id, .. } = &caller.principal else { return false };
    let account = caller.principal.account().and_then(|id| grounds.directory.account(id));
    account.and_then(|account| account.acting_role(role_arn, role_id)).is_some_and(|of| of.role.is_service_linked())
}

/// The caller in the policy engine's terms; `None` when its ARN is not one.
pub(super) fn principal(grounds: &Grounds<'_>, caller: &Caller) -> Option<PolicyPrincipal> {
    Some(match &caller.principal {
        Principal::Anonymous => PolicyPrincipal::Anonymous,
        Principal::Federated { account, arn, user_id, .. } => {
            let user = user_id.as_ref().and_then(|id| grounds.directory.account(*account)?.user_by_id(id));
            let user_arn = user.and_then(|user| Arn::parse(&user.arn).ok());
            PolicyPrincipal::FederatedUser { arn: Arn::parse(arn).ok()?, user_arn, user_id: user_id.clone() }
        }
        Principal::Person { arn, id, .. } | Principal::User { arn, id, .. } => {
            PolicyPrincipal::User { arn: Arn::parse(arn).ok()?, id: Some(id.clone()) }
        }
        Principal::RoleSession { role_arn, role_id, session_arn, .. } => PolicyPrincipal::RoleSession {
            session_arn: Some(Arn::parse(session_arn).ok()?),
            role_arn: Arn::parse(role_arn).ok()?,
            role_id: Some(role_id.clone()),
            service_linked: is_service_linked(grounds, caller),
        },
        Principal::Root { account } => {
            let arn = Arn::new(grounds.directory.partition().as_str(), "iam", "", account.as_str(), "root").ok()?;
            PolicyPrincipal::Root { arn }
        }
        Principal::Service { name } => PolicyPrincipal::Service { name: name.clone() },
        Principal::WebIdentity(identity) => PolicyPrincipal::Federated { provider: identity.provider_arn.clone() },
    })
}
