/// `BinaryEquals`: the same base64 text. AWS compares the canonical text: the same bytes without padding are another value.
pub(super) fn equals(wanted: &str, text: &str) -> bool {
    wanted == text
}

#[cfg(test)]
mod tests {
    use super::equals;

    #[test]
    fn padding_counts() {
        assert!(equals("YQ==", "YQ=="));
        assert!(!equals("YQ==", "YQ"));
    }
}
