/// `Bool`: `true`, in any case, is true; every other text is false, on both sides.
pub(super) fn equals(wanted: &str, text: &str) -> bool {
    is_true(wanted) == is_true(text)
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

#[cfg(test)]
mod tests {
    use super::equals;

    #[test]
    fn only_true_is_true() {
        for (wanted, text) in [("true", "TRUE"), ("false", "yes"), ("false", ""), ("yes", "false"), ("false", " true ")]
        {
            assert!(equals(wanted, text), "{wanted:?} {text:?}");
        }
        for (wanted, text) in [("true", "1"), ("false", "True"), ("true", "")] {
            assert!(!equals(wanted, text), "{wanted:?} {text:?}");
        }
    }
}
