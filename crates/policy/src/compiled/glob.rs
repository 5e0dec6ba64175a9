//! Patterns, prepared once and matched without allocation.
//!
//! Texts are UTF-8 and patterns count in UTF-16 code units (`?` is one unit), so a place in a text is a byte offset and, within a character
//! outside of the basic plane, whether its first unit has been passed.

use super::bytes::{after, position_of_any, same};
use crate::Context;
use crate::Value;
use crate::context::key_hash;
use crate::document::Version;

/// A condition key as it is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    hash: u64,
    lower: Box<str>,
}

impl Key {
    pub(super) fn new(name: &str) -> Self {
        let lower = name.to_ascii_lowercase().into_boxed_str();
        Key { hash: key_hash(lower.as_bytes()), lower }
    }

    pub(super) fn value<'c>(&self, context: &'c Context) -> Option<&'c Value> {
        context.find(self.hash, &self.lower)
    }
}

/// A policy variable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Variable {
    key: Key,
    default: Option<Box<str>>,
}

impl Variable {
    fn value<'v>(&'v self, context: &'v Context) -> Option<&'v str> {
        match self.key.value(context) {
            Some(Value::One(text)) => Some(text),
            Some(Value::Set(_)) => None,
            None => self.default.as_deref(),
        }
    }
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    Text(Box<str>),
    Variable(Variable),
    One,
    Many,
}

/// Cuts a text into pieces; `None` when a variable is malformed, which then never has a value.
pub(super) fn pieces(text: &str, version: Version, wild: bool) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let flush = |plain: &mut String, pieces: &mut Vec<Piece>| {
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(plain).into_boxed_str()));
        }
    };
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'$' if version == Version::V2012 && bytes.get(at + 1) == Some(&b'{') => {
                let end = closing_brace(bytes, at + 2)?;
                let inside = text.get(at + 2..end)?;
                at = end + 1;
                match inside {
                    "*" | "?" | "$" => plain.push_str(inside),
                    _ => {
                        flush(&mut plain, &mut pieces);
                        pieces.push(Piece::Variable(variable(inside)?));
                    }
                }
                continue;
            }
            b'*' | b'?' if wild => {
                flush(&mut plain, &mut pieces);
                // Several stars in a row are one.
                if *byte == b'?' {
                    pieces.push(Piece::One);
                } else if pieces.last() != Some(&Piece::Many) {
                    pieces.push(Piece::Many);
                }
                at += 1;
            }
            _ => {
                let run = bytes.iter().skip(at + 1).position(|b| matches!(b, b'$' | b'*' | b'?'));
                let end = run.map_or(bytes.len(), |run| at + 1 + run);
                plain.push_str(text.get(at..end)?);
                at = end;
            }
        }
    }
    flush(&mut plain, &mut pieces);
    Some(pieces)
}

fn closing_brace(bytes: &[u8], from: usize) -> Option<usize> {
    let mut in_quotes = false;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        in_quotes ^= *byte == b'\'';
        if *byte == b'}' && !in_quotes {
            return Some(at);
        }
    }
    None
}

fn variable(inside: &str) -> Option<Variable> {
    let Some(comma) = inside.find(',') else {
        return Some(Variable { key: Key::new(inside.trim_matches(' ')), default: None });
    };
    let (key, rest) = inside.split_at(comma);
    let quoted = rest.get(1..)?.trim_matches(' ');
    let inner = quoted.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''))?;
    Some(Variable { key: Key::new(key.trim_matches(' ')), default: Some(inner.into()) })
}

/// What a pattern's text is, seen without taking it apart; most have a star at their end or none.
pub(super) enum Shape<'t> {
    Exact,
    /// This, and anything after it.
    Prefix(&'t str),
    Other,
}

impl<'t> Shape<'t> {
    pub(super) fn of(text: &'t str, version: Version) -> Self {
        // In the old version `$` is a character like others.
        let dollar = if version == Version::V2012 { b'$' } else { b'*' };
        match position_of_any(text.as_bytes(), [b'*', b'?', dollar]) {
            None => Shape::Exact,
            Some(at) if text.as_bytes().get(at..) == Some(b"*") => Shape::Prefix(text.get(..at).unwrap_or_default()),
            Some(_) => Shape::Other,
        }
    }
}

/// A prepared pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Pattern {
    /// Everything.
    All,
    /// This text.
    Exact(Box<str>),
    /// Everything that begins with this text.
    Prefix(Box<str>),
    /// Texts with stars between them.
    Stars(Box<Stars>),
    /// Wildcards elsewhere.
    Wild(Box<[Piece]>),
    /// With variables.
    Dynamic(Box<[Piece]>),
}

impl Pattern {
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        match pieces.as_slice() {
            [] => Pattern::Exact("".into()),
            [Piece::Many] => Pattern::All,
            [Piece::Text(text)] => Pattern::Exact(text.clone()),
            [Piece::Text(text), Piece::Many] => Pattern::Prefix(text.clone()),
            pieces if pieces.iter().any(|piece| matches!(piece, Piece::Variable(_))) => Pattern::Dynamic(pieces.into()),
            pieces if !pieces.contains(&Piece::One) => Pattern::Stars(Box::new(Stars::new(pieces))),
            _ => Pattern::Wild(pieces.into_boxed_slice()),
        }
    }

    /// The text every match begins with.
    pub(super) fn literal_prefix(&self) -> &str {
        match self {
            Pattern::All => "",
            Pattern::Exact(text) | Pattern::Prefix(text) => text,
            Pattern::Stars(stars) => &stars.start,
            Pattern::Wild(pieces) | Pattern::Dynamic(pieces) => match pieces.first() {
                Some(Piece::Text(text)) => text,
                _ => "",
            },
        }
    }

    /// Whether all variables have a value.
    pub(super) fn is_known(&self, context: &Context) -> bool {
        match self {
            Pattern::Dynamic(pieces) => known(pieces, context),
            _ => true,
        }
    }

    /// Whether a text matches; a variable without a value makes it match nothing.
    pub(super) fn matches(&self, text: &str, context: &Context) -> bool {
        match self {
            Pattern::All => true,
            Pattern::Exact(wanted) => same(wanted.as_bytes(), text.as_bytes()),
            Pattern::Prefix(wanted) => after(text.as_bytes(), wanted.as_bytes()).is_some(),
            Pattern::Stars(stars) => stars.matches(text.as_bytes()),
            Pattern::Wild(pieces) => glob(&Subject { pieces, context }, text),
            Pattern::Dynamic(pieces) => known(pieces, context) && glob(&Subject { pieces, context }, text),
        }
    }
}

/// A pattern of texts with stars between them: what it begins with, what it ends with, and what comes between in this order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Stars {
    start: Box<str>,
    middle: Box<[Box<str>]>,
    end: Box<str>,
}

impl Stars {
    /// From pieces that are texts and at least one star.
    fn new(pieces: &[Piece]) -> Self {
        let mut stars = Stars { start: "".into(), middle: Box::new([]), end: "".into() };
        let mut middle = Vec::new();
        for (n, piece) in pieces.iter().enumerate() {
            let Piece::Text(text) = piece else { continue };
            match n {
                0 => stars.start = text.clone(),
                n if n + 1 == pieces.len() => stars.end = text.clone(),
                _ => middle.push(text.clone()),
            }
        }
        stars.middle = middle.into();
        stars
    }

    /// UTF-8 lets bytes stand for characters here: a text is found only where a character begins.
    fn matches(&self, text: &[u8]) -> bool {
        let Some(rest) = after(text, self.start.as_bytes()) else { return false };
        let Some(mut rest) = rest.strip_suffix(self.end.as_bytes()) else { return false };
        for wanted in &self.middle {
            let wanted = wanted.as_bytes();
            let found = rest.windows(wanted.len().max(1)).position(|window| window == wanted);
            let Some(found) = found else { return false };
            rest = rest.get(found + wanted.len()..).unwrap_or_default();
        }
        true
    }
}

pub(super) fn known(pieces: &[Piece], context: &Context) -> bool {
    pieces.iter().all(|piece| match piece {
        Piece::Variable(variable) => variable.value(context).is_some(),
        _ => true,
    })
}

/// Pieces with the context their variables are read from.
pub(super) struct Subject<'a> {
    pub(super) pieces: &'a [Piece],
    pub(super) context: &'a Context,
}

/// A place in the pieces: piece, and byte within its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    piece: usize,
    byte: usize,
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Byte(u8),
    One,
    Many,
    End,
}

impl<'a> Subject<'a> {
    /// The text of a piece, empty for a variable without a value; `None` for a wildcard.
    pub(super) fn text(&self, piece: &'a Piece) -> Option<&'a str> {
        match piece {
            Piece::Text(text) => Some(text),
            Piece::Variable(variable) => Some(variable.value(self.context).unwrap_or_default()),
            Piece::One | Piece::Many => None,
        }
    }

    /// What stands at a place, and the place after it.
    pub(super) fn step(&self, mut place: Place) -> (Step, Place) {
        loop {
            let Some(piece) = self.pieces.get(place.piece) else { return (Step::End, place) };
            let next = Place { piece: place.piece + 1, byte: 0 };
            match piece {
                Piece::One => return (Step::One, next),
                Piece::Many => return (Step::Many, next),
                piece => match self.text(piece).and_then(|text| text.as_bytes().get(place.byte)) {
                    Some(byte) => return (Step::Byte(*byte), Place { byte: place.byte + 1, ..place }),
                    None => place = next,
                },
            }
        }
    }
}

/// A place in a text: a byte, and whether the first of two units of the character there has been passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct At {
    byte: usize,
    half: bool,
}

/// One UTF-16 unit on; `None` at the end.
fn unit_after(text: &[u8], at: At) -> Option<At> {
    let lead = *text.get(at.byte)?;
    let length = match lead {
        0x00..=0x7F => 1,
        0x80..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ if at.half => return Some(At { byte: at.byte + 4, half: false }),
        _ => return Some(At { half: true, ..at }),
    };
    Some(At { byte: at.byte + length, half: false })
}

fn glob(subject: &Subject<'_>, text: &str) -> bool {
    glob_part(subject, Place::default(), false, text).is_some()
}

/// Matches the pieces from a place on, to their end or, if asked, up to the next colon of their text; gives the place where
/// they ended.
pub(super) fn glob_part(subject: &Subject<'_>, from: Place, to_colon: bool, text: &str) -> Option<Place> {
    let text = text.as_bytes();
    let mut place = from;
    let mut at = At { byte: 0, half: false };
    let mut retry: Option<(Place, At)> = None;
    loop {
        let (step, next) = subject.step(place);
        let ends = step == Step::End || (to_colon && step == Step::Byte(b':'));
        let moved = match step {
            _ if ends => {
                if at.byte == text.len() {
                    return Some(place);
                }
                None
            }
            Step::Many => {
                retry = Some((next, at));
                Some(at)
            }
            Step::One => unit_after(text, at),
            Step::Byte(byte) if !at.half && text.get(at.byte) == Some(&byte) => {
                Some(At { byte: at.byte + 1, half: false })
            }
            Step::Byte(_) | Step::End => None,
        };
        match moved {
            Some(moved) => (place, at) = (next, moved),
            None => {
                let (after_star, start) = retry?;
                at = unit_after(text, start)?;
                place = after_star;
                retry = Some((after_star, at));
            }
        }
    }
}
