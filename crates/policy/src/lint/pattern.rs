/// Whether every text that `narrow` matches is matched by `wide`, too. Both are patterns with `*` and `?`. May say no where a longer
/// look would say yes, never the other way round.
pub(super) fn covers(wide: &str, narrow: &str) -> bool {
    glob(wide.as_bytes(), narrow.as_bytes())
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
