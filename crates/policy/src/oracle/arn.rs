//! ARNs are compared part by part: a wildcard never reaches over a colon into the next part, except within the last part, the resource, which
//! may hold colons itself. Source: AWS's IAM guide, "IAM JSON policy elements: Resource" and "Amazon Resource Name condition operators".

use super::pattern::{Token, matches};

const COLON: u16 = b':' as u16;
const PARTS: usize = 6;

/// Splits at the first five units for which `separates` holds.
fn split<T: Copy>(items: &[T], separates: impl Fn(T) -> bool) -> Vec<&[T]> {
    items.splitn(PARTS, |item| separates(*item)).collect()
}

/// Whether a text has the six parts of an ARN.
pub(crate) fn is_arn(text: &[u16]) -> bool {
    let parts = split(text, |unit| unit == COLON);
    parts.len() == PARTS && String::from_utf16_lossy(parts[0]) == "arn"
}

/// Whether a pattern has the six parts of an ARN; colons out of variables count.
pub(crate) fn is_arn_pattern(pattern: &[Token]) -> bool {
    let parts = split(pattern, |token| token.unit() == Some(COLON));
    let first: Option<Vec<u16>> = parts[0].iter().map(|token| token.unit()).collect();
    parts.len() == PARTS && first.is_some_and(|first| String::from_utf16_lossy(&first) == "arn")
}

/// For the ARN operators: the pattern against a text, both being ARNs.
pub(crate) fn arn_matches(pattern: &[Token], text: &[u16]) -> bool {
    parts_match(&split(pattern, |token| token.unit() == Some(COLON)), &split(text, |unit| unit == COLON))
}

/// For the `Resource` element. `*` alone is every resource, and nothing else matches a request without a resource. Parts that the
/// pattern leaves out at its end are `*`. A colon that comes out of a variable does not separate parts.
pub(crate) fn resource_matches(pattern: &[Token], resource: Option<&[u16]>) -> bool {
    if pattern.iter().all(|token| *token == Token::Many) {
        return true;
    }
    let Some(text) = resource else { return false };
    let mut wanted = split(pattern, |token| token == Token::Unit(COLON));
    while wanted.len() < PARTS {
        wanted.push(&[Token::Many]);
    }
    parts_match(&wanted, &split(text, |unit| unit == COLON))
}

fn parts_match(pattern: &[&[Token]], text: &[&[u16]]) -> bool {
    pattern.len() == text.len() && pattern.iter().zip(text).all(|(pattern, text)| matches(pattern, text))
}

#[cfg(test)]
mod tests {
    use super::super::pattern::{Wild, expand, units};
    use super::*;
    use crate::Context;
    use crate::document::Version;

    fn resource(pattern: &str, text: &str) -> bool {
        let context = Context::new().with("k:colon", "a:b").with("k:plain", "ops");
        let tokens = expand(pattern, Version::V2012, Wild::Yes, &context).unwrap();
        let text = units(text);
        resource_matches(&tokens, Some(&text).filter(|text| text.as_slice() != [u16::from(b'*')]).map(Vec::as_slice))
    }

    #[test]
    fn resources_match_part_by_part() {
        let topic = "arn:aws:sns:us-east-1:444455556666:ops:sub";
        for pattern in [
            "*",
            "**",
            "arn:aws:sns:*:*:ops*",
            "arn:aws:sns",
            "arn:*",
            "arn:aws:s?s:us-*-1:4*6:*",
            "arn:aws:sns:us-east-1:444455556666:${k:plain}:*",
        ] {
            assert!(resource(pattern, topic), "{pattern}");
        }
        for pattern in [
            "arn:aws:*:ops:sub",
            "arn:aws:sns:us-east-1:444455556666:ops",
            "arn:aws:sns:*:ops:sub",
            "arn:aws:SNS:*:*:*",
        ] {
            assert!(!resource(pattern, topic), "{pattern}");
        }
        assert!(
            resource("arn:aws:s3:::b/*/x", "arn:aws:s3:::b/a:b/c/x"),
            "in the last part a wildcard reaches over all"
        );
        assert!(!resource("arn:aws:sns:${k:colon}:t", "arn:aws:sns:a:b:t"), "a variable cannot move parts");
        assert!(resource("*", "*") && !resource("arn:*", "*"), "without a resource only `*` matches");
        assert!(resource("*", "bucket") && !resource("arn:*", "bucket"));
    }
}
