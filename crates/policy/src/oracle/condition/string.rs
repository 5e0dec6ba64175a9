use crate::Context;
use crate::document::Version;
use crate::oracle::pattern::{Wild, expand, matches, units};

/// `StringEquals`: the same text, variables put in.
pub(super) fn equals(wanted: &str, text: &str, version: Version, context: &Context) -> bool {
    plain(wanted, version, context).is_some_and(|wanted| wanted == units(text))
}

/// `StringLike`: the text matches the pattern, variables put in.
pub(super) fn like(wanted: &str, text: &str, version: Version, context: &Context) -> bool {
    expand(wanted, version, Wild::Yes, context).is_some_and(|tokens| matches(&tokens, &units(text)))
}

/// `StringEqualsIgnoreCase`: the same text in lower case.
pub(super) fn equals_ignore_case(wanted: &str, text: &str, version: Version, context: &Context) -> bool {
    let Some(wanted) = plain(wanted, version, context) else { return false };
    lower_case(&String::from_utf16_lossy(&wanted)) == lower_case(text)
}

fn plain(wanted: &str, version: Version, context: &Context) -> Option<Vec<u16>> {
    let tokens = expand(wanted, version, Wild::No, context)?;
    tokens.into_iter().map(|token| token.unit()).collect()
}

/// Lower case as AWS's engine sees it: Unicode's mapping with its rule for the final sigma, but only within the basic plane.
/// Letters outside of it stay as they are, while still counting as letters for that rule.
fn lower_case(text: &str) -> String {
    let whole = text.to_lowercase();
    let mut lowered = whole.chars();
    let mut out = String::new();
    for c in text.chars() {
        let mapped: String = lowered.by_ref().take(c.to_lowercase().count()).collect();
        if u32::from(c) > 0xFFFF { out.push(c) } else { out.push_str(&mapped) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::lower_case;

    #[test]
    fn lower_case_is_not_folding() {
        assert_eq!(lower_case("ẞ"), "ß");
        assert_eq!(lower_case("ſ"), "ſ");
        assert_eq!(lower_case("Σ"), "σ");
        assert_eq!(lower_case("ΟΣ"), "ος");
        assert_eq!(lower_case("ΟΣΑ"), "οσα");
        assert_eq!(lower_case("\u{10400}Σ"), "\u{10400}ς");
        assert_eq!(lower_case("İX"), "i\u{307}x");
    }
}
