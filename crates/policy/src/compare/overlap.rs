//! How patterns overlap: which sets of them one text can match.

use super::Mask;
use crate::document::Version;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

/// One letter of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Letter {
    /// One UTF-16 code unit.
    Unit(u16),
    /// What a variable stands for: a text that nothing else equals.
    Variable(String),
    /// `?`
    One,
    /// `*`
    Many,
}

/// The most sets of places in patterns that are walked through.
const STATES: usize = 20_000;
/// The most places that are looked at on the way.
const WORK: usize = 50_000_000;

/// Reads a pattern.
pub(super) fn glob(text: &str, version: Version) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if version == Version::V2012
            && let Some((inside, after)) = rest.strip_prefix("${").and_then(|rest| rest.split_once('}'))
        {
            match inside {
                "*" | "?" | "$" => letters.extend(inside.encode_utf16().map(Letter::Unit)),
                key => letters.push(Letter::Variable(key.to_ascii_lowercase())),
            }
            rest = after;
            continue;
        }
        match c {
            // Two stars are one.
            '*' if letters.last() == Some(&Letter::Many) => {}
            '*' => letters.push(Letter::Many),
            '?' => letters.push(Letter::One),
            c => letters.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| Letter::Unit(*unit))),
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    letters
}

/// Every set of patterns, by their numbers, that some text matches and whose other patterns it does not match. `None` when
/// there is too much to walk through.
pub(super) fn overlaps(patterns: &[Vec<Letter>]) -> Option<BTreeSet<Mask>> {
    witnesses(patterns).map(|found| found.into_keys().collect())
}

/// The same, each with a shortest text that matches just these.
pub(super) fn witnesses(patterns: &[Vec<Letter>]) -> Option<BTreeMap<Mask, String>> {
    if patterns.len() > 128 {
        return None;
    }
    let mut alphabet: BTreeSet<&Letter> = patterns.iter().flatten().collect();
    alphabet.retain(|letter| !matches!(letter, Letter::One | Letter::Many));
    // A letter that no pattern names stands for all the others.
    let unused = (u16::from(b'a')..0xd800).map(Letter::Unit).find(|letter| !alphabet.contains(letter))?;
    let letters: Vec<&Letter> = alphabet.into_iter().chain([&unused]).collect();
    let each = letters.len() * patterns.iter().map(|pattern| pattern.len() + 1).sum::<usize>();
    let most = STATES.min(WORK / each.max(1));
    let start: Vec<Vec<bool>> = patterns.iter().map(|pattern| start(pattern)).collect();
    let mut seen = HashSet::from([start.clone()]);
    let mut open = VecDeque::from([(start, Vec::new())]);
    let mut found = BTreeMap::new();
    while let Some((state, path)) = open.pop_front() {
        let ends = state.iter().enumerate().map(|(n, places)| (n, places.last().copied().unwrap_or_default()));
        let mask = ends.fold(0, |mask: Mask, (n, ends)| mask | Mask::from(ends) << n);
        found.entry(mask).or_insert_with(|| text(&path));
        for letter in &letters {
            let next: Vec<Vec<bool>> =
                patterns.iter().zip(&state).map(|(pattern, places)| step(pattern, places, letter)).collect();
            if seen.insert(next.clone()) {
                if seen.len() > most {
                    return None;
                }
                let mut path = path.clone();
                path.push(*letter);
                open.push_back((next, path));
            }
        }
    }
    Some(found)
}

fn text(path: &[&Letter]) -> String {
    let mut units = Vec::new();
    for letter in path {
        match letter {
            Letter::Unit(unit) => units.push(*unit),
            Letter::Variable(key) => units.extend(format!("${{{key}}}").encode_utf16()),
            Letter::One | Letter::Many => {}
        }
    }
    String::from_utf16_lossy(&units)
}

/// Where one may be before any text: a star may be passed by.
fn start(pattern: &[Letter]) -> Vec<bool> {
    let mut places = vec![false; pattern.len() + 1];
    places[0] = true;
    pass(pattern, &mut places);
    places
}

fn pass(pattern: &[Letter], places: &mut [bool]) {
    for (at, letter) in pattern.iter().enumerate() {
        if *letter == Letter::Many && places[at] {
            places[at + 1] = true;
        }
    }
}

fn step(pattern: &[Letter], places: &[bool], read: &Letter) -> Vec<bool> {
    let mut next = vec![false; places.len()];
    for (at, letter) in pattern.iter().enumerate().filter(|(at, _)| places[*at]) {
        match letter {
            Letter::Many => next[at] = true,
            Letter::One => next[at + 1] = true,
            letter => next[at + 1] |= letter == read,
        }
    }
    pass(pattern, &mut next);
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(patterns: &[&str]) -> Vec<Mask> {
        let globs: Vec<_> = patterns.iter().map(|pattern| glob(pattern, Version::V2012)).collect();
        overlaps(&globs).unwrap().into_iter().collect()
    }

    #[test]
    fn overlaps_are_all_there() {
        assert_eq!(sets(&["a*", "*b"]), [0, 1, 2, 3]);
        assert_eq!(sets(&["a*", "ab*"]), [0, 1, 3], "what begins with ab begins with a");
        assert_eq!(sets(&["a", "b"]), [0, 1, 2]);
        assert_eq!(sets(&["*"]), [1]);
        assert_eq!(sets(&["?", "??"]), [0, 1, 2]);
        assert_eq!(sets(&["${k:a}", "${k:b}"]), [0, 1, 2], "two variables are two texts");
        assert_eq!(sets(&["${K:a}", "${k:a}"]), [0, 3], "a variable is itself, in any case");
    }
}
