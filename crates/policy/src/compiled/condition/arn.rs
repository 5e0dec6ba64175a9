use super::{Verdict, verdict};
use crate::Context;
use crate::compiled::glob::{Piece, Place, Step, Subject, glob_part, known, pieces};
use crate::compiled::resource::{ResourcePattern, Target};
use crate::document::Version;

/// A prepared value of an ARN operator.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum ArnPattern {
    /// An ARN without variables.
    Plain(ResourcePattern),
    /// With variables, whose values may bring colons that separate parts.
    Dynamic(Box<[Piece]>),
    /// No ARN: reaching it makes the condition untellable.
    Bad,
}

impl ArnPattern {
    /// `None` for a malformed variable, which matches nothing.
    pub(super) fn new(text: &str, version: Version) -> Option<Self> {
        let pieces = pieces(text, version, true)?;
        if pieces.iter().any(|piece| matches!(piece, Piece::Variable(_))) {
            return Some(ArnPattern::Dynamic(pieces.into_boxed_slice()));
        }
        // `${*}` and the like have become plain text in the pieces; the parts are cut from those.
        let subject = Subject { pieces: &pieces, context: &Context::new() };
        if !is_arn(&subject) {
            return Some(ArnPattern::Bad);
        }
        // With at most one star, at its very end, an ARN is the pattern of a resource; other patterns are matched piece by piece.
        Some(match pieces.as_slice() {
            [Piece::Text(text)] => ArnPattern::Plain(ResourcePattern::exact(text)),
            [Piece::Text(text), Piece::Many] if text.bytes().filter(|byte| *byte == b':').count() >= 5 => {
                ArnPattern::Plain(ResourcePattern::prefix(text))
            }
            _ => ArnPattern::Dynamic(pieces.into_boxed_slice()),
        })
    }
}

/// Tries the patterns in order; the first that matches decides, and one that is no ARN ends the search.
pub(super) fn test(patterns: &[ArnPattern], text: &str, negated: bool, context: &Context) -> Verdict {
    let target = Target::of(text);
    let Target::Arn { starts, .. } = target else { return Verdict::No };
    if starts[0] != 4 || !text.starts_with("arn:") {
        return Verdict::No;
    }
    for pattern in patterns {
        let matches = match pattern {
            ArnPattern::Plain(pattern) => pattern.matches(&target, context),
            ArnPattern::Bad => return Verdict::Unknown,
            ArnPattern::Dynamic(pieces) => {
                if !known(pieces, context) {
                    continue;
                }
                let subject = Subject { pieces, context };
                if !is_arn(&subject) {
                    return Verdict::Unknown;
                }
                parts_match(&subject, text, starts)
            }
        };
        if matches {
            return verdict(!negated);
        }
    }
    verdict(negated)
}

/// Whether the pieces, variables put in, begin with `arn:` and have six parts.
fn is_arn(subject: &Subject<'_>) -> bool {
    let mut place = Place::default();
    let mut start = b"arn:".iter();
    let mut colons = 0;
    loop {
        let (step, next) = subject.step(place);
        if start.as_slice().first().is_some_and(|wanted| step != Step::Byte(*wanted)) {
            return false;
        }
        start.next();
        colons += usize::from(step == Step::Byte(b':'));
        if colons == 5 {
            return true;
        }
        if step == Step::End {
            return false;
        }
        place = next;
    }
}

fn parts_match(subject: &Subject<'_>, text: &str, starts: [usize; 5]) -> bool {
    let mut place = Place::default();
    let mut from = 0;
    for start in starts {
        let part = text.get(from..start - 1).unwrap_or_default();
        let Some(end) = glob_part(subject, place, true, part) else { return false };
        let (step, after) = subject.step(end);
        if step != Step::Byte(b':') {
            return false;
        }
        place = after;
        from = start;
    }
    glob_part(subject, place, false, text.get(from..).unwrap_or_default()).is_some()
}
