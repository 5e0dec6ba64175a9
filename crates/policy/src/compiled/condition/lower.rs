use std::char::ToLowercase;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The characters of a text in lower case, one after the other: Unicode's mapping within the basic plane, the other characters as they
/// are. A capital sigma at the end of a word, that is after a letter and not before one, has a form of its own.
#[derive(Debug, Clone)]
pub(super) struct Lowered<I> {
    rest: I,
    /// The mapping of the last character, as far as it has not been given out.
    mapped: Option<ToLowercase>,
    /// What stands before ends with a letter, leaving out what case ignores.
    after_letter: bool,
}

/// Puts a text in lower case.
pub(super) fn lowered<I: Iterator<Item = char> + Clone>(text: I) -> Lowered<I> {
    Lowered { rest: text, mapped: None, after_letter: false }
}

impl<I: Iterator<Item = char> + Clone> Iterator for Lowered<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if let Some(next) = self.mapped.as_mut().and_then(Iterator::next) {
            return Some(next);
        }
        let c = self.rest.next()?;
        let final_sigma = c == 'Σ' && self.after_letter && !self.before_letter();
        if !is_ignored(c) {
            self.after_letter = is_cased(c);
        }
        if final_sigma {
            return Some('ς');
        }
        if u32::from(c) > 0xFFFF {
            return Some(c);
        }
        let mut mapped = c.to_lowercase();
        let first = mapped.next();
        self.mapped = Some(mapped);
        first
    }
}

impl<I: Iterator<Item = char> + Clone> Lowered<I> {
    /// What follows begins with a letter, leaving out what case ignores.
    fn before_letter(&self) -> bool {
        self.rest.clone().find(|c| !is_ignored(*c)).is_some_and(is_cased)
    }
}

/// Unicode's `Cased`: capital, small and title case letters.
fn is_cased(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase() || c.general_category() == GeneralCategory::TitlecaseLetter
}

/// Unicode's `Case_Ignorable`: marks, modifiers, format characters, and what may stand within a word.
fn is_ignored(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, '\'' | '.' | ':' | '^' | '`');
    }
    let within_words = matches!(
        c,
        '\u{B7}'
            | '\u{387}'
            | '\u{55F}'
            | '\u{5F4}'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{2024}'
            | '\u{2027}'
            | '\u{FE13}'
            | '\u{FE52}'
            | '\u{FE55}'
            | '\u{FF07}'
            | '\u{FF0E}'
            | '\u{FF1A}'
    );
    within_words
        || matches!(
            c.general_category(),
            GeneralCategory::NonspacingMark
                | GeneralCategory::EnclosingMark
                | GeneralCategory::Format
                | GeneralCategory::ModifierLetter
                | GeneralCategory::ModifierSymbol
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard library maps whole texts, to a new text; every character beside a sigma shows what it is.
    #[test]
    fn the_final_sigma_is_the_standard_librarys() {
        let mut wrong = Vec::new();
        for c in char::MIN..=char::MAX {
            if u32::from(c) > 0xFFFF {
                break;
            }
            for text in [format!("{c}Σ"), format!("aΣ{c}"), format!("aΣ{c}a"), format!("a{c}Σ"), format!("a{c}Σ{c}b")]
            {
                if lowered(text.chars()).collect::<String>() != text.to_lowercase() {
                    wrong.push(text);
                }
            }
        }
        // Tables of neighbouring versions differ in a few new marks.
        let (major, ..) = unicode_properties::UNICODE_VERSION;
        let few = if major == u64::from(char::UNICODE_VERSION.0) { 0 } else { 100 };
        assert!(wrong.len() <= few, "{wrong:?}");
    }

    #[test]
    fn beyond_the_basic_plane_nothing_changes_but_counts() {
        let lower = |text: &str| lowered(text.chars()).collect::<String>();
        assert_eq!(lower("\u{10400}Σ"), "\u{10400}ς");
        assert_eq!(lower("ΟΣ\u{10400}"), "οσ\u{10400}");
        assert_eq!(lower("ΟΣ\u{1F600}"), "ος\u{1F600}");
        assert_eq!(lower("İX"), "i\u{307}x");
    }
}
