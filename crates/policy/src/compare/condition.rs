//! Condition keys as dimensions: each key at the values that policies name, and beside them.

use super::overlap::{Letter, glob, witnesses};
use super::{Mask, Member};
use crate::document::{Condition, OperatorKind, Version};
use crate::lint::global_key;
use crate::oracle::condition::{Truth, evaluate};
use crate::{Context, Effect, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The most texts of one key that are tried.
const TEXTS: usize = 400;
/// The most texts of which also the pairs are tried.
const PAIRED: usize = 60;

/// For each key its classes of values.
pub(super) fn keys(members: &[Member<'_>]) -> Option<Vec<BTreeSet<Mask>>> {
    let mut keys: BTreeMap<String, Vec<&Condition>> = BTreeMap::new();
    for condition in members.iter().flat_map(|member| &member.statement.conditions) {
        keys.entry(condition.key.to_ascii_lowercase()).or_default().push(condition);
    }
    keys.iter().map(|(key, conditions)| classes(members, key, conditions)).collect()
}

fn classes(members: &[Member<'_>], key: &str, conditions: &[&Condition]) -> Option<BTreeSet<Mask>> {
    let mut texts = texts(conditions);
    texts.extend(overlapping(conditions));
    texts.sort();
    texts.dedup();
    if texts.len() > TEXTS {
        return None;
    }
    let quantified = conditions.iter().any(|condition| condition.operator.quantifier.is_some());
    // Of a key that is not known either may be.
    let (one, set) = global_key(key).map_or((true, quantified), |key| (!key.set, key.set));
    let mut masks = BTreeSet::from([fits(members, key, None)]);
    for text in &texts {
        if one {
            masks.insert(fits(members, key, Some(Value::One(text.clone()))));
        }
        if set {
            masks.insert(fits(members, key, Some(Value::Set(vec![text.clone()]))));
        }
    }
    if set {
        for (n, first) in texts.iter().enumerate().filter(|_| texts.len() <= PAIRED) {
            for second in texts.iter().skip(n + 1) {
                masks.insert(fits(members, key, Some(Value::Set(vec![first.clone(), second.clone()]))));
            }
        }
        masks.insert(fits(members, key, Some(Value::Set(texts))));
    }
    Some(masks)
}

/// The statements none of whose conditions on the key stands in the way of the value.
fn fits(members: &[Member<'_>], key: &str, value: Option<Value>) -> Mask {
    let mut context = Context::new();
    if let Some(value) = value {
        context.set(key, value);
    }
    members.iter().enumerate().fold(0, |mask: Mask, (n, member)| {
        let denies = member.statement.effect.value == Effect::Deny;
        let mine = member.statement.conditions.iter().filter(|condition| condition.key.eq_ignore_ascii_case(key));
        let holds = mine.map(|condition| truth(condition, member.version, &context)).all(|truth| match truth {
            Truth::True => true,
            Truth::False => false,
            Truth::Error => denies,
        });
        mask | Mask::from(holds) << n
    })
}

/// A variable stands for its own text: a value of that text equals it, and no other does.
fn truth(condition: &Condition, version: Version, context: &Context) -> Truth {
    let variable = |text: &str| version == Version::V2012 && text.contains("${") && !text.contains("${*}");
    let plain = condition.values.iter().any(|value| variable(&value.text.value));
    evaluate(condition, if plain { Version::V2008 } else { version }, context)
}

/// Values that tell the conditions apart: those that are named, with wildcards filled, their neighbours, and others.
fn texts(conditions: &[&Condition]) -> Vec<String> {
    let mut texts: BTreeSet<String> = ["", "another", "true", "false"].map(str::to_owned).into();
    for condition in conditions {
        let kind = condition.operator.kind;
        let name = kind.name();
        for value in &condition.values {
            let text = &value.text.value;
            texts.insert(text.clone());
            for fill in ["", "x", "xy"] {
                texts.insert(text.replace('*', fill).replace('?', "z"));
                texts.insert(text.replace("${*}", "*").replace("${?}", "?").replace("${$}", "$"));
            }
            texts.insert(text.to_uppercase());
            texts.insert(text.to_lowercase());
            texts.insert(format!("{text}another"));
            match kind {
                _ if name.starts_with("Numeric") => texts.extend(beside(text)),
                _ if name.starts_with("Date") => texts.extend(around(text)),
                OperatorKind::Bool | OperatorKind::Null => {}
                _ if name.ends_with("IpAddress") => texts.extend(ends(text)),
                _ if name.starts_with("Arn") => {
                    texts.insert("arn:another:another:another:another:another".to_owned());
                }
                _ => {}
            }
        }
    }
    texts.into_iter().collect()
}

/// Texts for every way in which the patterns of string operators overlap.
fn overlapping(conditions: &[&Condition]) -> Vec<String> {
    let mut patterns = BTreeSet::new();
    for condition in conditions.iter().filter(|condition| condition.operator.kind.name().starts_with("String")) {
        let wild = condition.operator.kind.name().ends_with("Like");
        let texts = condition.values.iter().map(|value| &value.text.value);
        patterns.extend(texts.map(|text| match wild {
            true => glob(text, Version::V2012),
            false => text.encode_utf16().map(Letter::Unit).collect(),
        }));
    }
    let patterns: Vec<Vec<Letter>> = patterns.into_iter().collect();
    witnesses(&patterns).map(|found| found.into_values().collect()).unwrap_or_default()
}

fn beside(number: &str) -> Vec<String> {
    let value: Result<i64, _> = number.parse();
    let near = |value: i64| [value.saturating_sub(1).to_string(), value.saturating_add(1).to_string()];
    value.map(|value| near(value).to_vec()).unwrap_or_default()
}

/// A moment before and one after a date: of the same year's form, or of a count of seconds.
fn around(date: &str) -> Vec<String> {
    match date.parse::<i64>() {
        Ok(seconds) => vec![seconds.saturating_sub(1).to_string(), seconds.saturating_add(1).to_string()],
        Err(_) => {
            let year: i64 = date.get(..4).and_then(|year| year.parse().ok()).unwrap_or(2026);
            [year - 1, year + 1].map(|year| format!("{year:04}{}", date.get(4..).unwrap_or_default())).to_vec()
        }
    }
}

/// The first address of a range, and one on either side of it.
fn ends(range: &str) -> Vec<String> {
    let (network, bits) = range.split_once('/').unwrap_or((range, ""));
    let mut texts = vec![network.to_owned(), "192.0.2.1".to_owned(), "2001:db8::1".to_owned()];
    if let Ok(address) = network.parse::<std::net::Ipv4Addr>() {
        let start = u32::from(address);
        let size = bits.parse::<u32>().ok().filter(|bits| *bits <= 32).map_or(1, |bits| 1u64 << (32 - bits));
        let last = (u64::from(start) + size - 1).min(u64::from(u32::MAX)) as u32;
        for near in [start.wrapping_sub(1), last, last.wrapping_add(1)] {
            texts.push(std::net::Ipv4Addr::from(near).to_string());
        }
    } else if let Ok(address) = network.parse::<std::net::Ipv6Addr>() {
        let start = u128::from(address);
        let bits = bits.parse::<u32>().ok().filter(|bits| (1..=128).contains(bits)).unwrap_or(128);
        let last = start.saturating_add((1u128 << (128 - bits)) - 1);
        for near in [start.wrapping_sub(1), last, last.wrapping_add(1)] {
            texts.push(std::net::Ipv6Addr::from(near).to_string());
        }
    }
    texts
}
