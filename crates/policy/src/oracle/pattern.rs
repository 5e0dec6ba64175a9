//! Wildcards and policy variables. Source: AWS's IAM guide, "IAM policy elements: Variables and tags", and recorded answers for `?`,
//! which stands for one UTF-16 code unit.

use crate::document::Version;
use crate::{Context, Value};

/// One unit of a pattern, after variables have been put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// One UTF-16 code unit of the pattern's own text.
    Unit(u16),
    /// One that came out of a variable; never a wildcard, and never a separator in a resource.
    Put(u16),
    /// `?`
    One,
    /// `*`
    Many,
}

impl Token {
    /// The unit, unless it is a wildcard.
    pub(crate) fn unit(self) -> Option<u16> {
        match self {
            Token::Unit(unit) | Token::Put(unit) => Some(unit),
            Token::One | Token::Many => None,
        }
    }
}

/// Whether `*` and `?` of the text are wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wild {
    Yes,
    No,
}

/// Puts variables into a text. `None` when a variable has no value: then the text matches nothing.
pub(crate) fn expand(text: &str, version: Version, wild: Wild, context: &Context) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if version == Version::V2012 && rest.starts_with("${") {
            let (inside, after) = split_variable(rest)?;
            tokens.extend(value_of(inside, context)?.encode_utf16().map(Token::Put));
            rest = after;
            continue;
        }
        match c {
            '*' if wild == Wild::Yes => tokens.push(Token::Many),
            '?' if wild == Wild::Yes => tokens.push(Token::One),
            c => tokens.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| Token::Unit(*unit))),
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    Some(tokens)
}

/// The inside of the variable a text begins with, and what follows it. A quoted default may hold any character but the quote.
fn split_variable(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix("${")?;
    let mut quoted = false;
    for (at, c) in inside.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '}' if !quoted => return Some((inside.get(..at)?, inside.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

/// `*`, `?` and `$` stand for themselves; anything else is a key, perhaps with a default: `key, 'default'`.
fn value_of<'a>(inside: &'a str, context: &'a Context) -> Option<&'a str> {
    if matches!(inside, "*" | "?" | "$") {
        return Some(inside);
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, default)) => {
            let text = default.trim_matches(' ').strip_prefix('\'')?.strip_suffix('\'')?;
            (key, Some(text))
        }
    };
    match context.get(key.trim_matches(' ')) {
        Some(Value::One(value)) => Some(value),
        // A key with several values has no one text, and AWS then does not use the default either.
        Some(Value::Set(_)) => None,
        None => default,
    }
}

/// Whether a pattern matches all of a text. Keeps the set of places of the text that the pattern so far may end at.
pub(crate) fn matches(pattern: &[Token], text: &[u16]) -> bool {
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for token in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match token {
                Token::Many => ends[at] || (at > 0 && next[at - 1]),
                token => at > 0 && ends[at - 1] && token.unit().is_none_or(|wanted| wanted == text[at - 1]),
            };
        }
        ends = next;
    }
    ends[text.len()]
}

/// A text as the units patterns are matched in.
pub(crate) fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// Whether a pattern of an action matches: without regard to case, without variables.
pub(crate) fn action_matches(pattern: &str, action: &str) -> bool {
    // What stands before the first wildcard has to be there, which nearly all patterns of a long list fail.
    let literal = pattern.split(['*', '?']).next().unwrap_or_default().as_bytes();
    if !action.as_bytes().get(..literal.len()).is_some_and(|start| start.eq_ignore_ascii_case(literal)) {
        return false;
    }
    let pattern = pattern.to_ascii_lowercase();
    let tokens = expand(&pattern, Version::V2008, Wild::Yes, &Context::new()).unwrap_or_default();
    matches(&tokens, &units(&action.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(pattern: &str, text: &str) -> bool {
        let context = Context::new().with("aws:username", "a*b").with("k:empty", "").with_set("aws:TagKeys", ["x"]);
        expand(pattern, Version::V2012, Wild::Yes, &context).is_some_and(|tokens| matches(&tokens, &units(text)))
    }

    #[test]
    fn wildcards_match_any_unit() {
        for (pattern, text) in [
            ("*", ""),
            ("a*c", "abc"),
            ("a*c", "ac"),
            ("*b*", "a\n/b:"),
            ("??", "\u{10400}"),
            ("a?", "a*"),
            ("**a", "a"),
        ] {
            assert!(like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", "A"), ("?", ""), ("?", "\u{10400}"), ("a*c", "acd"), ("[ab]", "a")] {
            assert!(!like(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn variables_are_put_in_as_plain_text() {
        for (pattern, text) in [
            ("${aws:username}", "a*b"),
            ("x${AWS:UserName}*", "xa*bc"),
            ("${none, 'd}e'}", "d}e"),
            ("${none,'d'}", "d"),
            ("${*}${?}${$}", "*?$"),
            ("${k:empty, 'd'}", ""),
            ("$", "$"),
            ("a$b{", "a$b{"),
        ] {
            assert!(like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("${aws:username}", "axb"),
            ("${none}", ""),
            ("${aws:TagKeys, 'd'}", "d"),
            ("${none, d}", "d"),
            ("${open", "${open"),
        ] {
            assert!(!like(pattern, text), "{pattern} {text}");
        }
        let old = expand("${aws:username}", Version::V2008, Wild::Yes, &Context::new()).unwrap();
        assert!(matches(&old, &units("${aws:username}")), "in 2008 there are no variables");
    }

    #[test]
    fn actions_have_no_case() {
        assert!(action_matches("S3:get*", "s3:GetObject"));
        assert!(action_matches("S3:?et*", "s3:GetObject"));
        assert!(action_matches("*", "s3:GetObject"));
        assert!(!action_matches("s3:get", "s3:GetObject"));
        assert!(!action_matches("s3:GetObject*", "s3:Get"));
        assert!(!action_matches("s3:Öffne", "s3:GetObject"));
    }
}
