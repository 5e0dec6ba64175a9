use bailiwick_ident::{AccountId, Arn};

use super::Subject;
use crate::{
    call::Call,
    caller::{Caller, Principal, Tags},
    directory::Directory,
};

/// How a resource is found that the input names in another way than by its ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolver {
    /// An account, as AWS Account Management names it; the caller's own when the argument is not there.
    Account,
    /// The user that owns the access key named by the argument; `Any` when the key is not known.
    AccessKeyUser,
    /// A group by its name, with its stored path.
    Group,
    /// The handshake of this id.
    Handshake,
    /// An instance profile by its name, with its stored path.
    InstanceProfile,
    /// The OpenID Connect provider that would be made for a URL.
    NewOidcProvider,
    /// No single resource, but one of the organization's.
    Organization,
    /// An account of the organization.
    OrganizationAccount,
    /// A policy of the organization.
    OrganizationPolicy,
    /// The delegation policy of the organization.
    OrganizationResourcePolicy,
    /// A root, unit, account or policy of the organization, by the form of its id.
    OrganizationTarget,
    /// A transfer of billing responsibility.
    OrganizationTransfer,
    /// A role by its name, with its stored path.
    Role,
    /// The root user of an account, by the account's number or by the root user's ARN.
    RootUser,
    /// A user, group or role of the account by its ARN; `Any` where the argument is nothing of the account's, which the
    /// operation refuses by itself.
    OwnPrincipal,
    /// The topic that a subscription belongs to.
    SubscriptionTopic,
    /// A user by its name, with its stored path; the caller itself when no name is given.
    User,
}

impl Resolver {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "account" => Resolver::Account,
            "access-key-user" => Resolver::AccessKeyUser,
            "group" => Resolver::Group,
            "handshake" => Resolver::Handshake,
            "instance-profile" => Resolver::InstanceProfile,
            "management" => Resolver::Organization,
            "new-oidc-provider" => Resolver::NewOidcProvider,
            "organization-account" => Resolver::OrganizationAccount,
            "organization-policy" => Resolver::OrganizationPolicy,
            "organization-resource-policy" => Resolver::OrganizationResourcePolicy,
            "organization-transfer" => Resolver::OrganizationTransfer,
            "organization-target" => Resolver::OrganizationTarget,
            "own-principal" => Resolver::OwnPrincipal,
            "role" => Resolver::Role,
            "root-user" => Resolver::RootUser,
            "subscription-topic" => Resolver::SubscriptionTopic,
            "user" => Resolver::User,
            _ => return None,
        })
    }
}

/// A resource with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) subject: Subject,
    pub(super) account: Option<AccountId>,
    pub(super) tags: Tags,
    /// Condition keys that the stored entity gives, such as `iam:PermissionsBoundary`.
    pub(super) context: Vec<(&'static str, String)>,
}

impl Resolved {
    pub(super) fn arn(arn: String) -> Self {
        let account = Arn::parse(&arn).ok().and_then(|arn| arn.account_id());
        Resolved { subject: Subject::Arn(arn), account, tags: Tags::new(), context: Vec::new() }
    }

    /// A resource of which only the form of the ARN is known.
    pub(super) fn form(form: String) -> Self {
        let account = Arn::parse(&form).ok().and_then(|arn| arn.account_id());
        Resolved { account, ..Resolved::unknown(form) }
    }

    fn unknown(form: String) -> Self {
        Resolved { subject: Subject::Unknown(form), account: None, tags: Tags::new(), context: Vec::new() }
    }

    fn any() -> Self {
        Resolved { subject: Subject::Any, account: None, tags: Tags::new(), context: Vec::new() }
    }
}

fn boundary(arn: Option<&String>) -> Vec<(&'static str, String)> {
    arn.map(|arn| ("iam:PermissionsBoundary", arn.clone())).into_iter().collect()
}

/// Finds the resource. `name` is the argument's value in the input, if it is there.
pub(super) fn resolve(
    resolver: Resolver,
    name: Option<&str>,
    call: &Call,
    caller: &Caller,
    directory: &Directory,
) -> Resolved {
    let iam = |kind: &str, rest: &str| format!("arn:{}:iam::{}:{kind}/{rest}", call.partition, call.account);
    let account = directory.account(call.account);
    match resolver {
        Resolver::AccessKeyUser => {
            let owner = name.and_then(|id| {
                let account = directory.access_key_account(id)?;
                account.user_by_id(account.access_key(id)?.user_id.as_deref()?)
            });
            owner.map_or_else(Resolved::any, |user| Resolved {
                tags: user.record.tags.clone(),
                ..Resolved::arn(user.arn.clone())
            })
        }
        Resolver::Group => match name {
            Some(name) => match account.and_then(|account| account.group(name)) {
                Some(group) => Resolved::arn(group.arn.clone()),
                None => Resolved::arn(iam("group", name)),
            },
            None => Resolved::unknown(iam("group", "*")),
        },
        Resolver::InstanceProfile => match name {
            Some(name) => match account.and_then(|account| account.instance_profile(name)) {
                Some(profile) => Resolved::arn(profile.arn.clone()),
                None => Resolved::arn(iam("instance-profile", name)),
            },
            None => Resolved::unknown(iam("instance-profile", "*")),
        },
        Resolver::NewOidcProvider => match name {
            Some(url) => Resolved::arn(iam("oidc-provider", url.strip_prefix("https://").unwrap_or(url))),
            None => Resolved::unknown(iam("oidc-provider", "*")),
        },
        Resolver::Role => match name {
            Some(name) => match account.and_then(|account| account.role(name)) {
                Some(role) => Resolved {
                    tags: role.record.tags.clone(),
                    context: boundary(role.record.permissions_boundary.as_ref()),
                    ..Resolved::arn(role.arn.clone())
                },
                None => Resolved::arn(iam("role", name)),
            },
            None => Resolved::unknown(iam("role", "*")),
        },
        Resolver::User => {
            let named = match (name, &caller.principal) {
                (Some(name), _) => account.and_then(|account| account.user(name)),
                (None, Principal::User { id, .. }) => account.and_then(|account| account.user_by_id(id)),
                (None, Principal::Root { .. }) => {
                    return Resolved::arn(format!("arn:{}:iam::{}:root", call.partition, call.account));
                }
                // AWS reads the missing name as "whoever calls"; only users and root have one.
                (None, _) => return Resolved::arn(iam("user", caller.principal.user_id().as_str())),
            };
            match (named, name) {
                (Some(user), _) => Resolved {
                    tags: user.record.tags.clone(),
                    context: boundary(user.record.permissions_boundary.as_ref()),
                    ..Resolved::arn(user.arn.clone())
                },
                (None, Some(name)) => Resolved::arn(iam("user", name)),
                (None, None) => Resolved::unknown(iam("user", "*")),
            }
        }
        Resolver::RootUser => {
            let digits =
                name.map(|name| name.strip_suffix(":root").and_then(|arn| arn.rsplit(':').next()).unwrap_or(name));
            match digits.and_then(|digits| AccountId::parse(digits).ok()) {
                // A root user has no policy of its own that could grant anything to the caller's account; that the caller
                // manages the other account is for the handler to see to.
                Some(account) => Resolved {
                    account: Some(call.account),
                    ..Resolved::arn(format!("arn:{}:iam::{account}:root", call.partition))
                },
                None => Resolved::unknown(format!("arn:{}:iam::*:root", call.partition)),
            }
        }
        Resolver::Account => match name {
            None => Resolved::arn(format!("arn:{0}:account::{1}:account", call.partition, call.account)),
            Some(member) => {
                let (owner, id) = match directory.organization() {
                    Some(organization) => {
                        (organization.management_account().to_string(), organization.record().id.clone())
                    }
                    None => ("*".to_owned(), "*".to_owned()),
                };
                let arn = format!("arn:{}:account::{owner}:account/{id}/{member}", call.partition);
                if owner == "*" { Resolved::unknown(arn) } else { Resolved::arn(arn) }
            }
        },
        Resolver::OwnPrincipal => match name.map(Arn::parse) {
            Some(Ok(arn)) if arn.account_id() == Some(call.account) => Resolved {
                tags: directory.iam_tags(arn.as_str()).cloned().unwrap_or_default(),
                ..Resolved::arn(arn.to_string())
            },
            _ => Resolved { account: Some(call.account), ..Resolved::any() },
        },
        Resolver::SubscriptionTopic => match name.map(Arn::parse) {
            Some(Ok(arn)) => {
                let topic = arn.as_str().rsplit_once(':').filter(|_| arn.resource().contains(':'));
                Resolved::arn(topic.map_or(arn.as_str(), |(topic, _)| topic).to_owned())
            }
            _ => Resolved::unknown(format!("arn:{}:sns:{}:{}:*", call.partition, call.region, call.account)),
        },
        Resolver::Handshake
        | Resolver::Organization
        | Resolver::OrganizationAccount
        | Resolver::OrganizationPolicy
        | Resolver::OrganizationResourcePolicy
        | Resolver::OrganizationTarget
        | Resolver::OrganizationTransfer => organization(resolver, name, call, directory),
    }
}

/// Resources of an organization have ARNs in the management account, whoever calls.
/// Source: AWS's service authorization reference, "Resource types defined by AWS Organizations".
fn organization(resolver: Resolver, name: Option<&str>, call: &Call, directory: &Directory) -> Resolved {
    let handshake = |id: &str| {
        let organization = directory.organization()?;
        let (handshake, inside) = (organization.handshake(id)?, directory.organization_of(call.account).is_some());
        // Whoever has no part in a handshake does not learn that there is one.
        (inside || directory.is_party(handshake, call.account)).then(|| {
            let (owner, of) = (organization.management_account(), &organization.record().id);
            Resolved::arn(format!("arn:{}:organizations::{owner}:handshake/{of}/{}", call.partition, handshake.path()))
        })
    };
    if resolver == Resolver::Handshake {
        let form = || format!("arn:{}:organizations::*:handshake/*", call.partition);
        return name.and_then(handshake).unwrap_or_else(|| Resolved::unknown(form()));
    }
    let Some(organization) = directory.organization_of(call.account) else {
        if resolver == Resolver::Organization {
            return Resolved { account: Some(call.account), ..Resolved::any() };
        }
        return Resolved::unknown(format!("arn:{}:organizations::*:*", call.partition));
    };
    let (owner, id) = (organization.management_account(), &organization.record().id);
    let arn = |kind: &str, rest: &str| format!("arn:{}:organizations::{owner}:{kind}/{id}{rest}", call.partition);
    let named = |arn: String, tags: Tags| Resolved { account: Some(owner), tags, ..Resolved::arn(arn) };
    let account = |digits: &str| {
        let tags = AccountId::parse(digits).ok().and_then(|id| directory.account(id));
        named(arn("account", &format!("/{digits}")), tags.map(|of| of.record().tags.clone()).unwrap_or_default())
    };
    let policy = |policy_id: &str| match organization.policy(policy_id) {
        Some(policy) => {
            let arn = organization.policy_arn(&call.partition, policy);
            let context = vec![("organizations:PolicyType", policy.record.kind.as_str().to_owned())];
            Resolved { context, ..named(arn, policy.record.tags.clone()) }
        }
        None => Resolved { account: Some(owner), ..Resolved::unknown(arn("policy", &format!("/*/{policy_id}"))) },
    };
    let unknown = |kind: &str| Resolved { account: Some(owner), ..Resolved::unknown(arn(kind, "/*")) };
    let resource_policy = || match &organization.record().resource_policy {
        Some(policy) => named(arn("resourcepolicy", &format!("/{}", policy.id)), policy.tags.clone()),
        None => unknown("resourcepolicy"),
    };
    match (resolver, name) {
        (Resolver::Organization, _) => Resolved { account: Some(owner), ..Resolved::any() },
        (Resolver::OrganizationAccount, Some(digits)) => account(digits),
        // Left out, it is the caller's own account.
        (Resolver::OrganizationAccount, None) => account(call.account.as_str()),
        (Resolver::OrganizationPolicy, Some(id)) => policy(id),
        (Resolver::OrganizationPolicy, None) => unknown("policy"),
        (Resolver::OrganizationResourcePolicy, _) => resource_policy(),
        (Resolver::OrganizationTransfer, Some(transfer)) => {
            Resolved { account: Some(owner), ..Resolved::unknown(arn("transfer", &format!("/*/*/{transfer}"))) }
        }
        (Resolver::OrganizationTarget, Some(target)) => match target.split_once('-').map(|(kind, _)| kind) {
            Some("r") => named(arn("root", &format!("/{target}")), organization.record().root_tags.clone()),
            Some("ou") => {
                let tags = organization.unit(target).map(|unit| unit.tags.clone());
                named(arn("ou", &format!("/{target}")), tags.unwrap_or_default())
            }
            Some("p") => policy(target),
            Some("rp") => resource_policy(),
            _ => account(target),
        },
        (_, _) => Resolved {
            account: Some(owner),
            ..Resolved::unknown(format!("arn:{}:organizations::{owner}:*", call.partition))
        },
    }
}
