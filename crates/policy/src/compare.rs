//! Which of two sets of policies lets more through.
//!
//! A request picks one value of each *dimension*: the action, each part of the resource's ARN, the caller, and each condition key. What counts of a
//! value is only which statements it fits, so that values fall into a few classes; [`compare`] walks through all combinations of classes, each
//! stood for by a set of statements. Wildcards are exact: the classes of texts are the ways in which the patterns can overlap. Condition keys
//! are taken at the values that the policies name, and beside them. What could not be walked through is [`Comparison::Unknown`], never a guess.
//!
//! A variable is a text of its own that nothing else equals.
//!
//! ```
//! use bailiwick_policy::{Policy, PolicyType};
//! use bailiwick_policy::compare::{Comparison, compare};
//!
//! let policy = |action: &str| Policy::read("p", PolicyType::Identity, &format!(
//!     r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#
//! ));
//! assert_eq!(compare(&[policy("s3:*")], &[policy("s3:Get*")]), Comparison::AMorePermissive);
//! ```

mod condition;
mod overlap;

use crate::document::{PatternElement, PrincipalSet, Version};
use crate::oracle::principal::speaks_of;
use crate::{Effect, Policy, PolicyType, Principal, Statement};
use overlap::overlaps;
use std::collections::BTreeSet;

/// How the requests that two sets of policies allow relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// The same.
    Equivalent,
    /// The first set allows all that the second does, and more.
    AMorePermissive,
    /// The second set allows all that the first does, and more.
    BMorePermissive,
    /// Each allows something that the other does not.
    Incomparable,
    /// There is too much to walk through, or a policy cannot be read.
    Unknown,
}

impl Comparison {
    /// `equivalent`, `a_more_permissive`, `b_more_permissive`, `incomparable` or `unknown`, as conformance cases spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Comparison::Equivalent => "equivalent",
            Comparison::AMorePermissive => "a_more_permissive",
            Comparison::BMorePermissive => "b_more_permissive",
            Comparison::Incomparable => "incomparable",
            Comparison::Unknown => "unknown",
        }
    }
}

/// A set of statements, by number.
type Mask = u128;
/// The most statements that two sets of policies may have together.
const STATEMENTS: usize = 128;
/// The most combinations of classes that are kept.
const COMBINATIONS: usize = 200_000;

/// A statement with the set it belongs to.
struct Member<'a> {
    statement: &'a Statement,
    version: Version,
    kind: PolicyType,
}

/// Compares what two sets of policies of one type allow, each by itself: a request is allowed when a statement of the set allows it and none denies it.
pub fn compare(a: &[Policy], b: &[Policy]) -> Comparison {
    let mut members = Vec::new();
    for policy in a.iter().chain(b) {
        let Some(document) = policy.document() else { return Comparison::Unknown };
        let version = document.version;
        members.extend(document.statements.iter().map(|statement| Member { statement, version, kind: policy.kind() }));
    }
    let of_a: usize = a.iter().filter_map(|policy| policy.document()).map(|document| document.statements.len()).sum();
    if members.len() > STATEMENTS {
        return Comparison::Unknown;
    }
    let Some(combinations) = combinations(&members) else { return Comparison::Unknown };
    let mask = |wanted: &dyn Fn(usize, &Member<'_>) -> bool| {
        members.iter().enumerate().filter(|(n, member)| wanted(*n, member)).fold(0, |mask, (n, _)| mask | 1 << n)
    };
    let side = |first: bool, effect: Effect| {
        mask(&|n: usize, member: &Member<'_>| (n < of_a) == first && member.statement.effect.value == effect)
    };
    let allowed =
        |fits: Mask, first: bool| fits & side(first, Effect::Allow) != 0 && fits & side(first, Effect::Deny) == 0;
    let (mut a_more, mut b_more) = (false, false);
    for fits in combinations {
        match (allowed(fits, true), allowed(fits, false)) {
            (true, false) => a_more = true,
            (false, true) => b_more = true,
            _ => {}
        }
    }
    match (a_more, b_more) {
        (false, false) => Comparison::Equivalent,
        (true, false) => Comparison::AMorePermissive,
        (false, true) => Comparison::BMorePermissive,
        (true, true) => Comparison::Incomparable,
    }
}

/// Every set of statements that some request fits.
fn combinations(members: &[Member<'_>]) -> Option<BTreeSet<Mask>> {
    let all: Mask = if members.len() == STATEMENTS { Mask::MAX } else { (1 << members.len()) - 1 };
    let mut found = BTreeSet::from([all]);
    for classes in
        [actions(members)?, resources(members)?, callers(members)].into_iter().chain(condition::keys(members)?)
    {
        let mut next = BTreeSet::new();
        for have in &found {
            next.extend(classes.iter().map(|class| have & class));
            if next.len() > COMBINATIONS {
                return None;
            }
        }
        found = next;
    }
    Some(found)
}

/// The statements whose element holds, when these of the patterns match.
fn hold<'a>(
    members: &[Member<'a>],
    element: impl Fn(&Member<'a>) -> Option<&'a PatternElement>,
    matched: &dyn Fn(&str, Version) -> bool,
) -> Mask {
    let mut mask = 0;
    for (n, member) in members.iter().enumerate() {
        let holds = element(member).is_none_or(|element| {
            element.patterns.iter().any(|pattern| matched(pattern, member.version)) != element.negated
        });
        mask |= Mask::from(holds) << n;
    }
    mask
}

fn actions(members: &[Member<'_>]) -> Option<BTreeSet<Mask>> {
    let lower = |text: &str| text.to_ascii_lowercase();
    // Whatever else it is, an action has a service and a name.
    let mut patterns = vec!["?*:?*".to_owned()];
    for pattern in members.iter().flat_map(|member| &member.statement.action.patterns) {
        patterns.push(lower(pattern));
    }
    patterns.sort();
    patterns.dedup();
    let form = patterns.iter().position(|pattern| pattern == "?*:?*")?;
    let classes = overlaps(&patterns.iter().map(|pattern| overlap::glob(pattern, Version::V2008)).collect::<Vec<_>>())?;
    let mut masks = BTreeSet::new();
    for class in classes.into_iter().filter(|class| class & 1 << form != 0) {
        let matched = |pattern: &str, _: Version| {
            let lower = lower(pattern);
            patterns.iter().position(|known| *known == lower).is_some_and(|at| class & 1 << at != 0)
        };
        masks.insert(hold(members, |member| Some(&member.statement.action), &matched));
    }
    Some(masks)
}

fn resources(members: &[Member<'_>]) -> Option<BTreeSet<Mask>> {
    let mut patterns: Vec<(&str, Version)> = Vec::new();
    for member in members {
        for pattern in member.statement.resource.iter().flat_map(|element| &element.patterns) {
            patterns.push((pattern, member.version));
        }
    }
    patterns.sort();
    patterns.dedup();
    if patterns.len() > STATEMENTS {
        return None;
    }
    let split: Vec<Vec<Vec<overlap::Letter>>> = patterns.iter().map(|(text, version)| parts(text, *version)).collect();
    let mut found = BTreeSet::from([Mask::MAX]);
    for part in 0..PARTS {
        let globs: Vec<&Vec<overlap::Letter>> = split.iter().filter_map(|parts| parts.get(part)).collect();
        let mut distinct: Vec<Vec<overlap::Letter>> = globs.iter().map(|glob| (*glob).clone()).collect();
        distinct.sort();
        distinct.dedup();
        let mut next = BTreeSet::new();
        for class in overlaps(&distinct)? {
            let fits = globs.iter().enumerate().fold(0, |mask: Mask, (n, glob)| {
                let at = distinct.binary_search(glob).unwrap_or_default();
                mask | (class >> at & 1) << n
            });
            next.extend(found.iter().map(|have| have & fits));
            if next.len() > COMBINATIONS {
                return None;
            }
        }
        found = next;
    }
    // A request without a resource, which `*` alone matches.
    let all = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte == b'*');
    found.insert(patterns.iter().enumerate().fold(0, |mask, (n, (text, _))| mask | Mask::from(all(text)) << n));
    let mut masks = BTreeSet::new();
    for class in found {
        let matched = |pattern: &str, version: Version| {
            patterns.binary_search(&(pattern, version)).is_ok_and(|at| class & 1 << at != 0)
        };
        masks.insert(hold(members, |member| member.statement.resource.as_ref(), &matched));
    }
    Some(masks)
}

const PARTS: usize = 6;

/// The parts of a resource pattern; those that are left out are `*`.
fn parts(pattern: &str, version: Version) -> Vec<Vec<overlap::Letter>> {
    let letters = overlap::glob(pattern, version);
    if letters.iter().all(|letter| *letter == overlap::Letter::Many) {
        return vec![vec![overlap::Letter::Many]; PARTS];
    }
    let colon = overlap::Letter::Unit(u16::from(b':'));
    let mut parts: Vec<Vec<overlap::Letter>> =
        letters.splitn(PARTS, |letter| *letter == colon).map(<[_]>::to_vec).collect();
    parts.resize(PARTS, vec![overlap::Letter::Many]);
    parts
}

/// Who may ask: everyone whom a statement names, everyone behind them, and strangers of every kind.
fn callers(members: &[Member<'_>]) -> BTreeSet<Mask> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for member in members {
        let Some(PrincipalSet::Listed(entries)) = member.statement.principal.as_ref().map(|who| &who.principals) else {
            continue;
        };
        for entry in entries {
            let text = entry.value.as_str();
            names.insert(text.to_owned());
            let account = if text.len() == 12 { text } else { text.split(':').nth(4).unwrap_or_default() };
            if account.len() == 12 {
                let partition = text.strip_prefix("arn:").and_then(|rest| rest.split(':').next()).unwrap_or("aws");
                names.insert(format!("arn:{partition}:iam::{account}:root"));
                names.insert(format!("arn:{partition}:iam::{account}:user/a-stranger"));
                names.insert(format!("arn:{partition}:sts::{account}:assumed-role/a-stranger/a-stranger"));
            }
            if let Some(role) = text.split_once(":role/").and_then(|(_, path)| path.rsplit('/').next()) {
                names.insert(format!("arn:aws:sts::{account}:assumed-role/{role}/a-stranger"));
            }
        }
    }
    for stranger in ["arn:aws:iam::999999999999:user/a-stranger", "a-stranger.amazonaws.com", "www.a-stranger.example"]
    {
        names.insert(stranger.to_owned());
    }
    let mut callers: Vec<Principal> = names.iter().filter_map(|name| Principal::from_arn_text(name).ok()).collect();
    callers.extend(names.iter().map(|name| Principal::Federated { provider: name.clone() }));
    callers.push(Principal::Anonymous);
    let fits = |caller: &Principal| {
        members.iter().enumerate().fold(0, |mask: Mask, (n, member)| {
            let effect = member.statement.effect.value;
            let holds = match &member.statement.principal {
                Some(who) => speaks_of(who, caller, effect).is_some(),
                None => !matches!(member.kind, PolicyType::Resource | PolicyType::Trust),
            };
            mask | Mask::from(holds) << n
        })
    };
    callers.iter().map(fits).collect()
}

#[cfg(test)]
mod tests;
