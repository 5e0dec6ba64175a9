/// Whether every text that `narrow` matches is matched by `wide`, too. Both are patterns with `*` and `?`. May say no where a longer
/// look would say yes, never the other way round.
pub(super) fn covers(wide: &str, narrow: &str) -> bool {
    // Longer patterns than any service has are not worth the time.
    wide.len().max(narrow.len()) <= 4_096 && glob(wide.as_bytes(), narrow.as_bytes())
}

/// How many comparisons of patterns one look at a document may take: lists are compared each with each, and a document may be long.
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Budget(16_000_000)
    }
}

impl Budget {
    /// The patterns that another one covers, with that one, by position. Of two that are equal the later one counts as covered.
    /// Stops without a word when the budget is used up.
    pub(super) fn covered<T: AsRef<str>>(&mut self, patterns: &[T]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (n, narrow) in patterns.iter().map(AsRef::as_ref).enumerate() {
            let Some(left) = self.0.checked_sub(patterns.len()) else { break };
            self.0 = left;
            let mut others = patterns.iter().map(AsRef::as_ref).enumerate().filter(|(m, _)| *m != n);
            // A pattern without a wildcard covers only itself.
            let covers = |(m, wide): &(usize, &str)| {
                if wide == &narrow { *m < n } else { wide.contains(['*', '?']) && covers(wide, narrow) }
            };
            found.extend(others.find(covers).map(|(m, _)| (n, m)));
        }
        found
    }
}

/// Whether two patterns can match the same text. Exact enough for a fixed text on one side.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    glob(pattern.as_bytes(), text.as_bytes())
}

/// Matches `text` as if its own wildcards were characters: `*` takes them, `?` takes anything but a `*`.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        let here = pattern.get(p).copied();
        let takes = match here {
            Some(b'?') => text[t] != b'*',
            Some(b'*') => false,
            Some(byte) => byte == text[t],
            None => false,
        };
        if here == Some(b'*') {
            back = Some((p, t));
            p += 1;
        } else if takes {
            p += 1;
            t += 1;
        } else if let Some((star, from)) = back {
            back = Some((star, from + 1));
            p = star + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_pattern_covers_a_narrower_one() {
        for (wide, narrow, expected) in [
            ("*", "a*", true),
            ("a*", "ab*", true),
            ("a*", "*", false),
            ("a?", "ab", true),
            ("a?", "a*", false),
            ("a?", "a?", true),
            ("ab", "a?", false),
            ("*b", "a*b", true),
            ("a*c*", "abc", true),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(covers(wide, narrow), expected, "{wide} {narrow}");
        }
    }
}
