use super::bytes::{after, hits, position_of_any, same};
use super::glob::{Pattern, Piece, Shape, pieces};
use super::trie::index;
use crate::Context;
use crate::document::Version;

/// The resource of a request, cut where ARNs are cut.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target<'r> {
    /// No resource: only `*` matches.
    Nothing,
    /// A text that is no ARN of six parts: only `*` matches.
    Other,
    /// An ARN.
    Arn {
        text: &'r str,
        /// Where each of the parts after the first begins.
        starts: [usize; 5],
    },
}

impl<'r> Target<'r> {
    pub(super) fn of(text: &'r str) -> Self {
        match first_colons(text.as_bytes()) {
            Some(colons) => Target::Arn { text, starts: colons.map(|colon| colon + 1) },
            None => Target::Other,
        }
    }

    /// The last part, which the index is over.
    pub(super) fn tail(&self) -> Option<&'r str> {
        match self {
            Target::Arn { text, starts } => text.get(starts[4]..),
            _ => None,
        }
    }

    /// The account part.
    pub(super) fn account(&self) -> Option<&'r str> {
        match self {
            Target::Arn { text, starts } if text.starts_with("arn:") => text.get(starts[3]..starts[4] - 1),
            _ => None,
        }
    }
}

/// Where the first five colons are, found eight bytes at a time; `None` when there are fewer.
#[inline]
pub(super) fn first_colons(text: &[u8]) -> Option<[usize; 5]> {
    let mut colons = [0; 5];
    let mut found = 0;
    let (words, rest) = text.as_chunks::<8>();
    for (n, word) in words.iter().enumerate() {
        let mut hits = hits(*word, b':');
        while hits != 0 {
            colons[found] = n * 8 + hits.trailing_zeros() as usize / 8;
            found += 1;
            if found == 5 {
                return Some(colons);
            }
            hits &= hits - 1;
        }
    }
    for (n, byte) in rest.iter().enumerate() {
        if *byte == b':' {
            colons[found] = words.len() * 8 + n;
            found += 1;
            if found == 5 {
                return Some(colons);
            }
        }
    }
    None
}

/// Whether a pattern is nothing but stars.
pub(super) fn is_everything(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'*')
}

/// A prepared pattern of `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum ResourcePattern {
    /// `*`: every resource, and also a request without one.
    Everything,
    /// A pattern with a malformed variable: it names nothing.
    Nothing,
    /// An ARN that is written out; its last part begins at `tail`.
    Exact { text: Box<str>, tail: u32 },
    /// Everything that begins with this text, in which the last part begins at `tail`.
    Prefix { text: Box<str>, tail: u32 },
    /// An ARN with its first five parts as they are written, colons included, and a pattern for the last.
    Plain { head: Box<str>, tail: Pattern },
    /// An ARN with wildcards or variables among the first five parts.
    Parts { parts: Box<[Pattern; 5]>, tail: Pattern },
}

impl ResourcePattern {
    pub(super) fn new(text: &str, version: Version) -> Self {
        if is_everything(text) {
            return ResourcePattern::Everything;
        }
        // The usual shape, an ARN whose first five parts are plain, needs no cutting into pieces but for its last part.
        if let Target::Arn { starts, .. } = Target::of(text) {
            let (head, tail) = text.split_at(starts[4]);
            if position_of_any(head.as_bytes(), [b'*', b'?', b'$']).is_none() {
                let start = index(starts[4]);
                return match Shape::of(text, version) {
                    Shape::Exact => ResourcePattern::Exact { text: text.into(), tail: start },
                    Shape::Prefix(text) => ResourcePattern::Prefix { text: text.into(), tail: start },
                    Shape::Other => match pieces(tail, version, true) {
                        Some(pieces) => ResourcePattern::Plain { head: head.into(), tail: Pattern::new(pieces) },
                        None => ResourcePattern::Nothing,
                    },
                };
            }
        }
        let Some(pieces) = pieces(text, version, true) else { return ResourcePattern::Nothing };
        let mut parts = split(pieces).into_iter().map(Pattern::new);
        // Parts that are left out at the end are `*`.
        let mut next = || parts.next().unwrap_or(Pattern::All);
        let heads = [next(), next(), next(), next(), next()];
        ResourcePattern::Parts { parts: Box::new(heads), tail: next() }
    }

    /// What the last part of a matching ARN begins with.
    pub(super) fn tail_prefix(&self) -> &str {
        match self {
            ResourcePattern::Everything | ResourcePattern::Nothing => "",
            ResourcePattern::Exact { text, tail } | ResourcePattern::Prefix { text, tail } => {
                text.get(*tail as usize..).unwrap_or_default()
            }
            ResourcePattern::Plain { tail, .. } | ResourcePattern::Parts { tail, .. } => tail.literal_prefix(),
        }
    }

    /// Whether every variable has a value.
    pub(super) fn is_known(&self, context: &Context) -> bool {
        match self {
            ResourcePattern::Everything | ResourcePattern::Exact { .. } | ResourcePattern::Prefix { .. } => true,
            ResourcePattern::Nothing => false,
            ResourcePattern::Plain { tail, .. } => tail.is_known(context),
            ResourcePattern::Parts { parts, tail } => {
                parts.iter().all(|part| part.is_known(context)) && tail.is_known(context)
            }
        }
    }

    /// Whether the resource matches.
    #[inline]
    pub(super) fn matches(&self, target: &Target<'_>, context: &Context) -> bool {
        let (text, starts) = match (self, target) {
            (ResourcePattern::Everything, _) => return true,
            (ResourcePattern::Nothing, _) | (_, Target::Nothing | Target::Other) => return false,
            (_, Target::Arn { text, starts }) => (*text, starts),
        };
        match self {
            ResourcePattern::Everything | ResourcePattern::Nothing => false,
            ResourcePattern::Exact { text: wanted, .. } => same(text.as_bytes(), wanted.as_bytes()),
            ResourcePattern::Prefix { text: wanted, .. } => after(text.as_bytes(), wanted.as_bytes()).is_some(),
            ResourcePattern::Plain { head, tail } => {
                starts[4] == head.len()
                    && text.as_bytes().get(..head.len()).is_some_and(|own| same(own, head.as_bytes()))
                    && tail.matches(text.get(starts[4]..).unwrap_or_default(), context)
            }
            ResourcePattern::Parts { parts, tail } => {
                let mut from = 0;
                for (pattern, next) in parts.iter().zip(starts) {
                    if !pattern.matches(text.get(from..*next - 1).unwrap_or_default(), context) {
                        return false;
                    }
                    from = *next;
                }
                tail.matches(text.get(from..).unwrap_or_default(), context)
            }
        }
    }
}

/// Cuts pieces at the first five colons of their own text; colons of variables do not cut.
fn split(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut parts = vec![Vec::new()];
    for piece in pieces {
        let Piece::Text(text) = piece else {
            if let Some(part) = parts.last_mut() {
                part.push(piece);
            }
            continue;
        };
        let left = 6usize.saturating_sub(parts.len());
        for (n, chunk) in text.splitn(left + 1, ':').enumerate() {
            if n > 0 {
                parts.push(Vec::new());
            }
            if let Some(part) = parts.last_mut().filter(|_| !chunk.is_empty()) {
                part.push(Piece::Text(chunk.into()));
            }
        }
    }
    parts
}

/// The patterns of a statement, prepared.
#[derive(Debug, Clone)]
pub(super) struct Resources {
    pub(super) negated: bool,
    pub(super) patterns: Vec<ResourcePattern>,
}

impl Resources {
    /// Whether the whole element speaks of the resource. `allow`: an allow with "everything but something unknown" does not.
    pub(super) fn apply(&self, target: &Target<'_>, context: &Context, allow: bool) -> bool {
        let listed = self.patterns.iter().any(|pattern| pattern.is_known(context) && pattern.matches(target, context));
        if !self.negated {
            return listed;
        }
        !(listed || allow && self.patterns.iter().any(|pattern| !pattern.is_known(context)))
    }
}

impl ResourcePattern {
    /// An ARN that is written out.
    pub(super) fn exact(text: &str) -> Self {
        match Target::of(text) {
            Target::Arn { starts, .. } => ResourcePattern::Exact { text: text.into(), tail: index(starts[4]) },
            _ => ResourcePattern::Nothing,
        }
    }

    /// Everything below an ARN whose first five parts are written out.
    pub(super) fn prefix(text: &str) -> Self {
        match Target::of(text) {
            Target::Arn { starts, .. } => ResourcePattern::Prefix { text: text.into(), tail: index(starts[4]) },
            _ => ResourcePattern::Nothing,
        }
    }
}
