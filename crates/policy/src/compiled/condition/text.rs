use crate::Context;
use crate::compiled::glob::{Pattern, Piece, Place, Step, Subject, known, pieces};
use crate::document::Version;

/// The values of a string condition; one with a malformed variable matches nothing and is left out.
pub(super) fn patterns<'a>(values: impl Iterator<Item = &'a str>, version: Version, wild: bool) -> Box<[Pattern]> {
    values.filter_map(|value| pieces(value, version, wild)).map(Pattern::new).collect()
}

/// A value that is compared in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Lower {
    /// A text, in lower case.
    Plain(Box<str>),
    /// With variables.
    Dynamic(Box<[Piece]>),
}

impl Lower {
    pub(super) fn new(value: &str, version: Version) -> Option<Self> {
        let pieces = pieces(value, version, false)?;
        Some(match pieces.as_slice() {
            [] => Lower::Plain("".into()),
            [Piece::Text(text)] => Lower::Plain(lower(text).into_boxed_str()),
            _ => Lower::Dynamic(pieces.into_boxed_slice()),
        })
    }

    pub(super) fn matches(&self, text: &str, context: &Context) -> bool {
        match self {
            Lower::Plain(wanted) => same_lower(wanted, text),
            Lower::Dynamic(pieces) => {
                known(pieces, context) && {
                    let subject = Subject { pieces, context };
                    let mut wanted = Bytes { subject: &subject, place: Place::default() };
                    if text.is_ascii() && wanted.clone().all(|byte| byte.is_ascii()) {
                        let mut own = text.bytes();
                        return loop {
                            match (wanted.next(), own.next()) {
                                (None, None) => break true,
                                (Some(a), Some(b)) if a.eq_ignore_ascii_case(&b) => {}
                                _ => break false,
                            }
                        };
                    }
                    // Beyond ASCII the case of a letter may hang on its neighbours: the text is put together first.
                    let whole: Vec<u8> = wanted.collect();
                    String::from_utf8(whole).is_ok_and(|whole| same_lower(&lower(&whole), text))
                }
            }
        }
    }
}

#[derive(Clone)]
struct Bytes<'s> {
    subject: &'s Subject<'s>,
    place: Place,
}

impl Iterator for Bytes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (step, next) = self.subject.step(self.place);
        self.place = next;
        match step {
            Step::Byte(byte) => Some(byte),
            _ => None,
        }
    }
}

/// Whether a text in lower case equals the other once that is, too. Allocates only for texts with a capital sigma, whose lower
/// case hangs on its neighbours.
fn same_lower(wanted: &str, text: &str) -> bool {
    if text.is_ascii() {
        return wanted.len() == text.len()
            && wanted.bytes().zip(text.bytes()).all(|(a, b)| a == b.to_ascii_lowercase());
    }
    if text.contains('Σ') {
        return wanted == lower(text);
    }
    let mut wanted = wanted.chars();
    for c in text.chars() {
        if u32::from(c) > 0xFFFF {
            if wanted.next() != Some(c) {
                return false;
            }
        } else if !c.to_lowercase().all(|c| wanted.next() == Some(c)) {
            return false;
        }
    }
    wanted.next().is_none()
}

/// Lower case within the basic plane, with Unicode's rule for the sigma at the end of a word.
fn lower(text: &str) -> String {
    if !text.contains('Σ') {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            if u32::from(c) > 0xFFFF { out.push(c) } else { out.extend(c.to_lowercase()) }
        }
        return out;
    }
    let mapped = text.to_lowercase();
    let mut mapped = mapped.chars();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        for _ in c.to_lowercase() {
            if let Some(low) = mapped.next().filter(|_| u32::from(c) <= 0xFFFF) {
                out.push(low);
            }
        }
        if u32::from(c) > 0xFFFF {
            out.push(c);
        }
    }
    out
}
