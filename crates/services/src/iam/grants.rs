//! Which services a policy lets somebody use at all, for the reports on access that is granted and access that is used.

use bailiwick_authority::record::AttachedPolicies;
use bailiwick_authority::{Account, Group, Role, User};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use bailiwick_policy::document::{Effect, PatternElement};
use bailiwick_policy::{Policy, PolicyType};

use super::attached::path_and_name;
use super::{account, invalid_input, no_such_entity};
use crate::{Authorized, Context};

/// An entity that has permissions, or a managed policy that gives some.
pub(super) enum Entity<'a> {
    Group(&'a Group),
    Policy(String),
    Role(&'a Role),
    User(&'a User),
}

/// The entity of an ARN, or IAM's answer that there is none.
pub(super) fn entity<'a, I>(cx: &'a Context<'_>, call: &Authorized<I>, arn: &str) -> Result<Entity<'a>, Fault> {
    let account = account(cx, call)?;
    let parsed = Arn::parse(arn).map_err(|_| invalid_input(format!("ARN {arn} is not valid.")))?;
    let name = arn.rsplit('/').next().unwrap_or_default();
    let absent = || no_such_entity(format!("ARN {arn} does not exist."));
    match parsed.resource().split('/').next() {
        Some("user") => account.user_by_arn(arn).map(|user| Entity::User(user)).ok_or_else(absent),
        Some("role") => account.role_by_arn(arn).map(|role| Entity::Role(role)).ok_or_else(absent),
        Some("group") => {
            let group = account.group(name).filter(|group| group.arn == arn);
            group.map(|group| Entity::Group(group)).ok_or_else(absent)
        }
        Some("policy") => match super::policies::find(cx, call, arn)? {
            super::policies::Found::Aws(policy) => Ok(Entity::Policy(policy.shown.arn)),
            super::policies::Found::Own(policy) => Ok(Entity::Policy(policy.arn.clone())),
        },
        _ => Err(invalid_input(format!("ARN {arn} is not one of a user, group, role or policy."))),
    }
}

/// A policy that somebody has, and how it comes to them.
pub(super) struct Granting {
    pub(super) name: String,
    /// The ARN of a managed policy; none: it is inline.
    pub(super) arn: Option<String>,
    /// The kind and name of who holds an inline policy: `USER`, `GROUP` or `ROLE`.
    pub(super) holder: Option<(&'static str, String)>,
    text: String,
}

fn held(
    cx: &Context<'_>,
    account: &Account,
    policies: &AttachedPolicies,
    kind: &'static str,
    holder: &str,
    out: &mut Vec<Granting>,
) -> Result<(), Fault> {
    for arn in &policies.managed {
        out.push(managed(cx, account, arn)?);
    }
    for (name, text) in &policies.inline {
        let holder = Some((kind, holder.to_owned()));
        out.push(Granting { name: name.clone(), arn: None, holder, text: text.clone() });
    }
    Ok(())
}

fn managed(cx: &Context<'_>, account: &Account, arn: &str) -> Result<Granting, Fault> {
    let text = match account.managed_policy(arn) {
        Some(policy) => policy.document().to_owned(),
        None => {
            let text = cx.pack.managed_policy_document(arn);
            text.map_err(|error| crate::fault::internal(&error.to_string()))?.unwrap_or_default()
        }
    };
    Ok(Granting { name: path_and_name(arn).1.to_owned(), arn: Some(arn.to_owned()), holder: None, text })
}

/// The policies of an entity; of a user also those of its groups.
pub(super) fn policies(cx: &Context<'_>, account: &Account, entity: &Entity<'_>) -> Result<Vec<Granting>, Fault> {
    let mut out = Vec::new();
    let of_group = |group: &Group, out: &mut Vec<Granting>| {
        held(cx, account, &group.record.policies, "GROUP", &group.record.name, out)
    };
    match entity {
        Entity::Group(group) => of_group(group, &mut out)?,
        Entity::Policy(arn) => out.push(managed(cx, account, arn)?),
        Entity::Role(role) => held(cx, account, &role.record.policies, "ROLE", &role.record.name, &mut out)?,
        Entity::User(user) => {
            held(cx, account, &user.record.policies, "USER", &user.record.name, &mut out)?;
            for group in user.record.groups.iter().filter_map(|id| account.group_by_id(id)) {
                of_group(group, &mut out)?;
            }
        }
    }
    Ok(out)
}

/// Whether an action pattern can match an action of a service. In front of the colon IAM takes no wildcards but a lone `*`.
fn touches(pattern: &str, service: &str) -> bool {
    let prefix = pattern.split(':').next().unwrap_or(pattern);
    prefix == "*" || prefix.eq_ignore_ascii_case(service)
}

/// Whether `NotAction` leaves anything of a service.
fn leaves(element: &PatternElement, service: &str) -> bool {
    !element.patterns.iter().any(|pattern| {
        let whole = pattern.value == "*" || pattern.value.ends_with(":*");
        whole && touches(&pattern.value, service)
    })
}

impl Granting {
    /// The services of which the policy allows any action, out of those given.
    pub(super) fn services<'s>(&self, all: impl Iterator<Item = &'s str>) -> Vec<&'s str> {
        let policy = Policy::read(&self.name, PolicyType::Identity, &self.text);
        let Some(document) = policy.document() else { return Vec::new() };
        let allows: Vec<_> = document.statements.iter().filter(|of| of.effect.value == Effect::Allow).collect();
        let granted = |service: &&str| {
            allows.iter().any(|statement| match statement.action.negated {
                true => leaves(&statement.action, service),
                false => statement.action.patterns.iter().any(|pattern| touches(&pattern.value, service)),
            })
        };
        all.filter(granted).collect()
    }
}
