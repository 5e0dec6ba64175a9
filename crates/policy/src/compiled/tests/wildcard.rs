use super::generate::Random;
use crate::Context;
use crate::compiled::glob::{Pattern, pieces};
use crate::document::Version;
use crate::oracle::pattern::{Wild, expand, matches, units};

/// The definition: a star is nothing, or one unit and a star.
fn reference(pattern: &[u16], text: &[u16]) -> bool {
    let (star, mark) = (u16::from(b'*'), u16::from(b'?'));
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((first, rest)), _) if *first == star => {
            reference(rest, text) || text.split_first().is_some_and(|(_, tail)| reference(pattern, tail))
        }
        (Some((first, rest)), Some((unit, tail))) => (*first == mark || first == unit) && reference(rest, tail),
        (Some(_), None) => false,
    }
}

#[test]
fn wildcards_match_as_defined() {
    let context = Context::new();
    let mut matched = 0;
    for number in 0..50_000 {
        let mut random = Random(number);
        let mut word = |alphabet: &[&str], most: usize| -> String {
            (0..random.below(most + 1)).map(|_| random.pick(alphabet)).collect()
        };
        let pattern = word(&["a", "b", "*", "?", "\u{10400}", "é", ":"], 7);
        let text = word(&["a", "b", "\u{10400}", "é", ":"], 7);
        let expected = reference(&units(&pattern), &units(&text));
        let tokens = expand(&pattern, Version::V2012, Wild::Yes, &context).unwrap();
        assert_eq!(matches(&tokens, &units(&text)), expected, "plain: {pattern} {text}");
        let compiled = Pattern::new(pieces(&pattern, Version::V2012, true).unwrap());
        assert_eq!(compiled.matches(&text, &context), expected, "compiled: {pattern} {text}");
        matched += usize::from(expected);
    }
    assert!(matched > 2_500, "{matched}");
}
