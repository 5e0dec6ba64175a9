//! Texts with `*` for any number of characters. `\*` and `\\` stand for the characters themselves.

/// One element of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Any,
    One(char),
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '*' => Piece::Any,
            '\\' => Piece::One(chars.next().unwrap_or('\\')),
            other => Piece::One(other),
        });
    }
    out
}

/// What is wrong with a pattern.
pub(super) fn check(pattern: &str) -> Result<(), String> {
    let mut chars = pattern.chars().enumerate().peekable();
    while let Some((at, c)) = chars.next() {
        match (c, chars.peek().map(|(_, next)| *next)) {
            ('*', Some('*')) => return Err(format!("Consecutive wildcard characters at pos {at}")),
            ('\\', Some('*' | '\\')) => drop(chars.next()),
            ('\\', _) => return Err(format!("Invalid escape character at pos {at}")),
            _ => {}
        }
    }
    Ok(())
}

/// Whether a text fits, in time proportional to the product of the lengths.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pieces(pattern), text.chars().collect::<Vec<_>>());
    let (mut p, mut t) = (0, 0);
    // Where the latest `*` stands, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = text.get(t) {
        match pattern.get(p) {
            Some(Piece::One(wanted)) if wanted == c => (p, t) = (p + 1, t + 1),
            Some(Piece::Any) => {
                star = Some((p, t));
                p += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, t) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_none_or(|rest| rest.iter().all(|piece| *piece == Piece::Any))
}

#[cfg(test)]
mod tests {
    use super::{check, matches};

    #[test]
    fn stars_take_any_number_of_characters() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*", "a", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("*b*b*", "abab", true),
            ("*ab*ab", "abaab", true),
            ("a\\*c", "a*c", true),
            ("a\\*c", "abc", false),
            ("ä*ö", "äxö", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn two_stars_in_a_row_are_refused() {
        assert!(check("a**b").is_err());
        assert!(check("a\\b").is_err());
        assert!(check("a*b\\**").is_ok());
    }
}
