use super::resource::first_colons;
use crate::document::{PrincipalElement, PrincipalKind, PrincipalSet};
use crate::{Effect, Principal};
use bailiwick_ident::Arn;
use std::cell::OnceCell;

/// How directly a statement names the caller; a higher value is more direct.
pub(super) const ACCOUNT: u8 = 1;
pub(super) const BEHIND: u8 = 2;
pub(super) const DIRECT: u8 = 3;

/// A prepared `Principal` or `NotPrincipal`.
#[derive(Debug, Clone)]
pub(super) struct Principals {
    negated: bool,
    everyone: bool,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
enum Entry {
    Anyone,
    /// An account; with the partition, when it was written as an ARN.
    Account {
        partition: Option<Box<str>>,
        id: Box<str>,
    },
    /// An ARN or a unique id.
    Name(Box<str>),
    Service(Box<str>),
    AnyService,
    Provider(Box<str>),
    AnyProvider,
    Canonical,
}

impl Principals {
    pub(super) fn new(element: &PrincipalElement) -> Self {
        let entries = match &element.principals {
            PrincipalSet::Everyone => Vec::new(),
            PrincipalSet::Listed(entries) => entries.iter().map(|e| Entry::new(e.kind, &e.value)).collect(),
        };
        Principals { negated: element.negated, everyone: element.principals == PrincipalSet::Everyone, entries }
    }

    /// How the statement names the caller; 0 when it does not.
    pub(super) fn grade(&self, caller: &Caller<'_>, effect: Effect) -> u8 {
        if self.everyone {
            return if self.negated { 0 } else { caller.as_anyone };
        }
        let best = |entries: &[Entry]| entries.iter().map(|entry| entry.grade(caller, effect)).max().unwrap_or(0);
        match (self.negated, effect) {
            (false, _) => best(&self.entries),
            (true, Effect::Allow) => {
                if best(&self.entries) > 0 {
                    0
                } else {
                    caller.as_anyone
                }
            }
            (true, Effect::Deny) => {
                let mut seen = 0;
                for entry in &self.entries {
                    seen |= entry.covers(caller);
                }
                if seen & caller.required == caller.required { 0 } else { caller.as_anyone }
            }
        }
    }
}

/// The caller, with what is asked of it again and again.
#[derive(Debug)]
pub(super) struct Caller<'r> {
    pub(super) principal: &'r Principal,
    /// The ARN that the account is read from.
    arn: Option<&'r Arn>,
    /// Partition and account, once somebody asked.
    origin: OnceCell<(&'r str, Option<&'r str>)>,
    /// The grade of `*`.
    as_anyone: u8,
    /// Which of [`ITSELF`], [`ROLE`], [`OWNER`], [`OUTSIDER`] a `NotPrincipal` has to list to spare the caller of a deny.
    required: u8,
}

const ITSELF: u8 = 1;
const ROLE: u8 = 2;
const OWNER: u8 = 4;
const OUTSIDER: u8 = 8;

impl<'r> Caller<'r> {
    pub(super) fn of(principal: &'r Principal) -> Self {
        let (arn, as_anyone, required): (Option<&Arn>, u8, u8) = match principal {
            Principal::Root { arn } => (Some(arn), DIRECT, OWNER),
            Principal::User { arn, .. } => (Some(arn), DIRECT, ITSELF | OWNER),
            Principal::RoleSession { session_arn: Some(arn), .. } => (Some(arn), BEHIND, ITSELF | ROLE | OWNER),
            Principal::RoleSession { role_arn, .. } => (Some(role_arn), BEHIND, ROLE | OWNER),
            Principal::FederatedUser { arn, user_arn: Some(_), .. } => (Some(arn), BEHIND, ITSELF | ROLE | OWNER),
            Principal::FederatedUser { arn, .. } => (Some(arn), BEHIND, ITSELF | OWNER),
            Principal::Federated { .. } | Principal::Service { .. } | Principal::Anonymous => (None, DIRECT, OUTSIDER),
        };
        Caller { principal, arn, origin: OnceCell::new(), as_anyone, required }
    }

    fn origin(&self) -> (&'r str, Option<&'r str>) {
        *self.origin.get_or_init(|| self.arn.map_or(("", None), |arn| partition_and_account(arn.as_str())))
    }

    /// The account the caller belongs to.
    #[inline]
    pub(super) fn account(&self) -> Option<&'r str> {
        self.origin().1
    }
}

/// The second and the fifth part of an ARN; the latter only if it is an account id.
fn partition_and_account(arn: &str) -> (&str, Option<&str>) {
    // Nearly every caller's ARN begins in one of two ways.
    if arn.starts_with("arn:aws:iam::") || arn.starts_with("arn:aws:sts::") {
        let account = arn.get(13..25).filter(|text| is_account_id(text));
        if account.is_some() && arn.as_bytes().get(25) == Some(&b':') {
            return ("aws", account);
        }
    }
    // An `Arn` has its six parts.
    let Some(colons) = first_colons(arn.as_bytes()) else { return ("", None) };
    let part = |from: usize, to: usize| arn.get(from + 1..to).unwrap_or_default();
    (part(colons[0], colons[1]), Some(part(colons[3], colons[4])).filter(|text| is_account_id(text)))
}

/// Twelve decimal digits.
pub(super) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Entry {
    fn new(kind: PrincipalKind, text: &str) -> Self {
        match (kind, text) {
            (PrincipalKind::Aws, "*") => Entry::Anyone,
            (PrincipalKind::Service, "*") => Entry::AnyService,
            (PrincipalKind::Federated, "*") => Entry::AnyProvider,
            (PrincipalKind::Service, name) => Entry::Service(name.into()),
            (PrincipalKind::Federated, name) => Entry::Provider(name.into()),
            (PrincipalKind::CanonicalUser, _) => Entry::Canonical,
            (PrincipalKind::Aws, text) if is_account_id(text) => Entry::Account { partition: None, id: text.into() },
            (PrincipalKind::Aws, text) => match account_root(text) {
                Some((partition, id)) => Entry::Account { partition: Some(partition.into()), id: id.into() },
                None => Entry::Name(text.into()),
            },
        }
    }

    /// How the entry names the caller.
    fn grade(&self, caller: &Caller<'_>, effect: Effect) -> u8 {
        match self {
            Entry::Anyone => caller.as_anyone,
            Entry::Canonical => {
                if effect == Effect::Deny && caller.account().is_some() {
                    ACCOUNT
                } else {
                    0
                }
            }
            entry => match entry.covers(caller) {
                covered if covered & (ITSELF | OUTSIDER) != 0 => DIRECT,
                covered if covered & ROLE != 0 => BEHIND,
                covered if covered & OWNER != 0 => ACCOUNT,
                _ => 0,
            },
        }
    }

    /// Which of the caller's names the entry is.
    fn covers(&self, caller: &Caller<'_>) -> u8 {
        match (self, caller.principal) {
            (Entry::Anyone, _) => ITSELF | ROLE | OWNER | OUTSIDER,
            (Entry::Account { partition, id }, _) => {
                let same =
                    caller.account() == Some(&**id) && partition.as_deref().is_none_or(|p| p == caller.origin().0);
                if same { OWNER } else { 0 }
            }
            (Entry::Name(name), principal) => name_covers(name, principal),
            (Entry::Service(wanted), Principal::Service { name }) if **wanted == **name => OUTSIDER,
            (Entry::AnyService, Principal::Service { .. }) => OUTSIDER,
            (Entry::Provider(wanted), Principal::Federated { provider }) if **wanted == **provider => OUTSIDER,
            (Entry::AnyProvider, Principal::Federated { .. }) => OUTSIDER,
            _ => 0,
        }
    }
}

fn name_covers(name: &str, principal: &Principal) -> u8 {
    let is = |arn: &Option<Arn>| arn.as_ref().is_some_and(|arn| arn.as_str() == name);
    let has = |id: &Option<String>| id.as_deref() == Some(name);
    match principal {
        Principal::User { arn, id } if arn.as_str() == name || has(id) => ITSELF,
        Principal::RoleSession { session_arn, .. } if is(session_arn) => ITSELF,
        Principal::RoleSession { role_arn, role_id, .. } if role_arn.as_str() == name || has(role_id) => ROLE,
        Principal::FederatedUser { arn, .. } if arn.as_str() == name => ITSELF,
        Principal::FederatedUser { user_arn, user_id, .. } if is(user_arn) || has(user_id) => ROLE,
        _ => 0,
    }
}

/// Partition and account of `arn:PARTITION:iam::ACCOUNT:root`.
fn account_root(text: &str) -> Option<(&str, &str)> {
    let (partition, rest) = text.strip_prefix("arn:")?.split_once(':')?;
    let id = rest.strip_prefix("iam::")?.strip_suffix(":root")?;
    is_account_id(id).then_some((partition, id))
}
