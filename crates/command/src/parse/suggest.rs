//! The nearest right name.

/// The longest name that is compared; longer ones are no typing mistakes of ours.
const MAX_LENGTH: usize = 80;

/// The name nearest to what was typed, if it is near enough to be meant: at most a third of its letters wrong.
pub(crate) fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let typed_letters: Vec<char> = typed.chars().take(MAX_LENGTH + 1).collect();
    if typed_letters.len() > MAX_LENGTH || typed_letters.is_empty() {
        return None;
    }
    let limit = (typed_letters.len() / 3).clamp(1, 6);
    let mut best: Option<(usize, &str)> = None;
    let typed_counts = letter_counts(typed);
    for name in names.filter(|name| name.len() <= MAX_LENGTH) {
        // Two bounds that cost little spare the whole comparison for nearly all names.
        let apart: usize = typed_counts.iter().zip(letter_counts(name)).map(|(a, b)| usize::from(a.abs_diff(b))).sum();
        if name.len().abs_diff(typed.len()) > limit || apart > 2 * limit {
            continue;
        }
        let distance = distance(&typed_letters, &name.chars().collect::<Vec<_>>());
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// How often each letter stands in a name; other characters share one place.
fn letter_counts(name: &str) -> [u8; 27] {
    let mut counts = [0u8; 27];
    for byte in name.bytes() {
        let place = byte.to_ascii_lowercase().checked_sub(b'a').map_or(26, |place| usize::from(place).min(26));
        if let Some(count) = counts.get_mut(place) {
            *count = count.saturating_add(1);
        }
    }
    counts
}

/// Insertions, deletions, substitutions and swaps of neighbours between two words.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in right.iter().enumerate() {
            let at = |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut cost =
                (at(&last, column + 1) + 1).min(at(&current, column) + 1).min(at(&last, column) + usize::from(a != b));
            let swapped = row > 0 && column > 0 && Some(b) == left.get(row - 1) && right.get(column - 1) == Some(a);
            if swapped {
                cost = cost.min(at(&before, column - 1) + 1);
            }
            current.push(cost);
        }
        before = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found() {
        let names = ["describe-instances", "describe-images", "run-instances"];
        for (typed, expected) in [
            ("descrbe-instances", Some("describe-instances")),
            ("describe-instnaces", Some("describe-instances")),
            ("run-instance", Some("run-instances")),
            ("list-topics", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, names.into_iter()), expected, "{typed}");
        }
        assert_eq!(nearest(&"x".repeat(10_000), names.into_iter()), None);
        assert_eq!(distance(&['a', 'b'], &['b', 'a']), 1);
    }
}
