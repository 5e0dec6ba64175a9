//! Who can change a refusal, by name where names are known.

use bailiwick_ident::AccountId;

use super::{Grounds, trace::account_name};
use crate::{
    authority::configuration,
    call::Call,
    directory::Account,
    managed::policy_name,
    origin::{ChatOrigin, Origin},
    record::RoomRole,
    ruling::{Changer, Denial},
};

/// Managed policies whose holders administer the account.
const ADMINISTRATION: [&str; 2] = ["AdministratorAccess", "IAMFullAccess"];

pub(super) fn who(grounds: &Grounds<'_>, origin: &Origin, call: &Call, denial: &Denial) -> Vec<Changer> {
    match (denial.layer, origin.chat()) {
        (1, _) => {
            vec![Changer { role: "nobody: run it with the AWS CLI and keys of your own".to_owned(), names: Vec::new() }]
        }
        (2 | 3, _) => organization(grounds, call),
        (6 | 7, Some(chat)) => vec![channel(grounds, chat, call.account)],
        (4, Some(chat)) if configuration(grounds.directory, chat, call.account).is_none() => {
            vec![account(grounds, call.account)]
        }
        (4, Some(chat)) => {
            let mut can = vec![channel(grounds, chat, call.account), account(grounds, call.account)];
            can.dedup();
            can
        }
        _ => vec![account(grounds, call.account)],
    }
}

fn organization(grounds: &Grounds<'_>, call: &Call) -> Vec<Changer> {
    let Some(organization) = grounds.directory.organization() else {
        return vec![account(grounds, call.account)];
    };
    let management = organization.management_account();
    let of_account = account(grounds, management);
    let role =
        format!("the organization's administrators, in its management account {}", account_name(grounds, management));
    let mut can = vec![Changer { role, names: of_account.names }];
    let mut delegated: Vec<String> =
        organization.administrators().iter().map(|of| account_name(grounds, of.account)).collect();
    delegated.dedup();
    if !delegated.is_empty() {
        can.push(Changer { role: "the organization's delegated administrators".to_owned(), names: delegated });
    }
    can
}

/// The administrators of the room.
fn channel(grounds: &Grounds<'_>, chat: &ChatOrigin, id: AccountId) -> Changer {
    let mut names = Vec::new();
    for account in grounds.directory.accounts() {
        let administers = |membership: &&crate::record::RoomMembershipRecord| {
            membership.room == chat.channel && membership.role == RoomRole::Administrator
        };
        let persons = account.room_memberships().filter(administers).filter_map(|of| account.person(&of.person));
        names.extend(persons.map(|person| person.name.clone()));
    }
    names.sort();
    if names.is_empty() {
        account(grounds, id)
    } else {
        Changer { role: "the channel's administrators".to_owned(), names }
    }
}

fn administers(account: &Account, user: &crate::User) -> bool {
    let is = |arn: &String| ADMINISTRATION.contains(&policy_name(arn));
    user.record.policies.managed.iter().any(is)
        || user
            .record
            .groups
            .iter()
            .any(|group| account.group_by_id(group).is_some_and(|group| group.record.policies.managed.iter().any(is)))
}

fn account(grounds: &Grounds<'_>, id: AccountId) -> Changer {
    let role = format!("the administrators of account {}", account_name(grounds, id));
    let Some(account) = grounds.directory.account(id) else { return Changer { role, names: Vec::new() } };
    let mut names: Vec<String> =
        account.users().filter(|user| administers(account, user)).map(|user| user.record.name.clone()).collect();
    names.sort();
    Changer { role, names }
}
