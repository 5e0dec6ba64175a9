//! Who a statement is for. Source: AWS's IAM guide, "AWS JSON policy elements: Principal" and "NotPrincipal".

use crate::document::{PrincipalElement, PrincipalEntry, PrincipalKind, PrincipalSet};
use crate::{Effect, Principal};

/// How a resource policy names the caller, from the least to the most direct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// The account: it delegates to the account's identity policies.
    Account,
    /// The role of the session, or the user behind a federated session: boundary and session policies still limit.
    Role,
    /// The user or the session itself: nothing limits the grant but explicit denies.
    Direct,
}

/// Whether the element speaks of the caller, and how.
pub(crate) fn speaks_of(element: &PrincipalElement, caller: &Principal, effect: Effect) -> Option<Grade> {
    let PrincipalSet::Listed(entries) = &element.principals else {
        // `NotPrincipal: "*"` speaks of nobody.
        return (!element.negated).then(|| everyone(caller));
    };
    if !element.negated {
        return entries.iter().filter_map(|entry| names(entry, caller, effect)).max();
    }
    let excepted = match effect {
        // Everyone but those listed: whoever is listed in any way is not granted anything.
        Effect::Allow => entries.iter().any(|entry| names(entry, caller, effect).is_some()),
        // AWS: a deny spares a caller only when the account and, for a session, the role are listed with it.
        Effect::Deny => identities(caller).iter().all(|wanted| entries.iter().any(|entry| wanted(entry, caller))),
    };
    (!excepted).then(|| everyone(caller))
}

/// How `*` names a caller: directly, except that a session stays limited by its boundary and session policies.
fn everyone(caller: &Principal) -> Grade {
    match caller {
        Principal::RoleSession { .. } | Principal::FederatedUser { .. } => Grade::Role,
        _ => Grade::Direct,
    }
}

/// How one entry names the caller.
fn names(entry: &PrincipalEntry, caller: &Principal, effect: Effect) -> Option<Grade> {
    let text = entry.value.as_str();
    match entry.kind {
        PrincipalKind::Aws if text == "*" => Some(everyone(caller)),
        PrincipalKind::Aws => {
            if is_itself(entry, caller) {
                Some(Grade::Direct)
            } else if is_behind(entry, caller) {
                Some(Grade::Role)
            } else if is_account(entry, caller) {
                Some(Grade::Account)
            } else {
                None
            }
        }
        PrincipalKind::Service => match caller {
            Principal::Service { name } if text == "*" || text == name => Some(Grade::Direct),
            _ => None,
        },
        PrincipalKind::Federated => match caller {
            Principal::Federated { provider } if text == "*" || text == provider => Some(Grade::Direct),
            _ => None,
        },
        // Which account has this canonical id is not known here: nobody is granted anything, and a deny spares nobody.
        PrincipalKind::CanonicalUser => {
            (effect == Effect::Deny && caller.account().is_some()).then_some(Grade::Account)
        }
    }
}

/// The entry names the user or the session itself.
fn is_itself(entry: &PrincipalEntry, caller: &Principal) -> bool {
    let text = entry.value.as_str();
    match caller {
        Principal::User { arn, id } => text == arn.as_str() || id.as_deref() == Some(text),
        Principal::RoleSession { session_arn, .. } => session_arn.as_ref().is_some_and(|arn| text == arn.as_str()),
        Principal::FederatedUser { arn, .. } => text == arn.as_str(),
        _ => false,
    }
}

/// The entry names the role of a session, or the user behind a federated session.
fn is_behind(entry: &PrincipalEntry, caller: &Principal) -> bool {
    let text = entry.value.as_str();
    match caller {
        Principal::RoleSession { role_arn, role_id, .. } => {
            text == role_arn.as_str() || role_id.as_deref() == Some(text)
        }
        Principal::FederatedUser { user_arn, user_id, .. } => {
            user_arn.as_ref().is_some_and(|arn| text == arn.as_str()) || user_id.as_deref() == Some(text)
        }
        _ => false,
    }
}

/// The entry names the caller's account: twelve digits, or the ARN that ends with `:root`.
fn is_account(entry: &PrincipalEntry, caller: &Principal) -> bool {
    let (Some(arn), Some(account)) = (caller.arn(), caller.account()) else { return false };
    let text = entry.value.as_str();
    text == account.as_str() || text == format!("arn:{}:iam::{account}:root", arn.partition())
}

type Wanted = fn(&PrincipalEntry, &Principal) -> bool;

/// What a `NotPrincipal` of a deny has to list to spare a caller.
fn identities(caller: &Principal) -> Vec<Wanted> {
    fn anyone(entry: &PrincipalEntry, _: &Principal) -> bool {
        entry.kind == PrincipalKind::Aws && entry.value.as_str() == "*"
    }
    fn aws(entry: &PrincipalEntry, caller: &Principal, test: Wanted) -> bool {
        anyone(entry, caller) || (entry.kind == PrincipalKind::Aws && test(entry, caller))
    }
    fn itself(entry: &PrincipalEntry, caller: &Principal) -> bool {
        aws(entry, caller, is_itself)
    }
    fn behind(entry: &PrincipalEntry, caller: &Principal) -> bool {
        aws(entry, caller, is_behind)
    }
    fn account(entry: &PrincipalEntry, caller: &Principal) -> bool {
        aws(entry, caller, is_account)
    }
    fn other(entry: &PrincipalEntry, caller: &Principal) -> bool {
        names(entry, caller, Effect::Allow).is_some()
    }
    match caller {
        Principal::Root { .. } => vec![account],
        Principal::User { .. } => vec![itself, account],
        Principal::RoleSession { session_arn: Some(_), .. } => vec![itself, behind, account],
        Principal::RoleSession { session_arn: None, .. } => vec![behind, account],
        Principal::FederatedUser { user_arn: Some(_), .. } => vec![itself, behind, account],
        Principal::FederatedUser { .. } => vec![itself, account],
        Principal::Service { .. } | Principal::Federated { .. } | Principal::Anonymous => vec![other],
    }
}
