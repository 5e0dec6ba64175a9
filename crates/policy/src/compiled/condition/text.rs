use super::lower::lowered;
use crate::Context;
use crate::compiled::glob::{Pattern, Piece, Subject, known, pieces};
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
            [Piece::Text(text)] => Lower::Plain(lowered(text.chars()).collect::<String>().into_boxed_str()),
            _ => Lower::Dynamic(pieces.into_boxed_slice()),
        })
    }

    pub(super) fn matches(&self, text: &str, context: &Context) -> bool {
        match self {
            Lower::Plain(wanted) if text.is_ascii() => {
                wanted.len() == text.len() && wanted.bytes().zip(text.bytes()).all(|(a, b)| a == b.to_ascii_lowercase())
            }
            Lower::Plain(wanted) => lowered(text.chars()).eq(wanted.chars()),
            Lower::Dynamic(pieces) => {
                let subject = Subject { pieces, context };
                let wanted = pieces.iter().filter_map(|piece| subject.text(piece)).flat_map(str::chars);
                known(pieces, context) && lowered(wanted).eq(lowered(text.chars()))
            }
        }
    }
}
